import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadExample } from '../../examples/crearis/load.ts';
import { contentDifferences, expectedAfterImport, readContent, type Content } from '../../examples/crearis/content.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { dbhash } from '../support/dbhash.ts';
import { createWaybill, jsonOf, leftovers, type Waybill } from '../support/scenario.ts';
import type { TestDatabase } from '../support/cluster.ts';

/**
 * The example goes into a second copy whose ids are all different and which lacks half of the rows. The tests run in
 * order on one pair of databases: plan, import, import again.
 */
describe('the example goes into a second copy with other ids', () => {
  let waybill: Waybill;
  let source: TestDatabase;
  let target: TestDatabase;
  let incoming: Content;
  let before: Content;
  let file: string;

  beforeAll(async () => {
    waybill = await createWaybill();
    [source, target] = [await waybill.database(), await waybill.database()];
    await Promise.all([loadExample(source.url, { copy: 'first', scale: 0.2 }), loadExample(target.url, { copy: 'second', scale: 0.2 })]);
    [incoming, before] = await Promise.all([readContent(source.url), readContent(target.url)]);
    file = waybill.path('example.tar.zst');
    const exported = await waybill.cli(['export', '--from', source.url, '--out', file, '--json']);
    expect(exported, exported.stderr).toMatchObject({ status: 0 });
  });
  afterAll(() => waybill.close());

  test('a plan moves no sequence and writes nothing', async () => {
    const [hashes, state] = [await dbhash(target.url), await writeState(target)];
    const planned = await waybill.cli(['plan', file, '--into', target.url, '--json']);
    expect(planned, planned.stderr).toMatchObject({ status: 0 });
    jsonOf(planned);
    expect(await writeState(target)).toEqual(state);
    expect(await dbhash(target.url, { withoutWaybill: true })).toEqual(hashes);
    expect(await leftovers(target)).toEqual([]);
  });

  test('every reference points to the right row by key and existing rows are untouched', async () => {
    const imported = await waybill.cli(['import', file, '--into', target.url, '--yes', '--json']);
    expect(imported, imported.stderr).toMatchObject({ status: 0 });
    expect(contentDifferences(expectedAfterImport(incoming, before), await readContent(target.url))).toEqual([]);
    expect(await leftovers(target)).toEqual([]);
  });

  test('each sequence is ahead of its ids', async () => {
    expect(await sequencesBehindIds(target)).toEqual([]);
  });

  test('a second import of the same file changes nothing', async () => {
    const [hashes, state] = [await dbhash(target.url, { withoutWaybill: true }), await writeState(target)];
    const again = await waybill.cli(['import', file, '--into', target.url, '--yes', '--json']);
    expect(again, again.stderr).toMatchObject({ status: 0 });
    expect(await dbhash(target.url, { withoutWaybill: true })).toEqual(hashes);
    expect(await writeState(target)).toEqual(state);
  });

  test('the source is as it was', async () => {
    expect(contentDifferences(incoming, await readContent(source.url))).toEqual([]);
  });

  test('the log verifies', async () => {
    const verified = await waybill.cli(['verify', 'log', '--json']);
    expect(verified, verified.stderr).toMatchObject({ status: 0 });
  });
});

describe('a backup of layout 1.0.0', () => {
  let waybill: Waybill;
  beforeAll(async () => {
    waybill = await createWaybill();
  });
  afterAll(() => waybill.close());

  const backup = `${import.meta.dirname}/../../examples/crearis/backup_crearis_1762723397548.tar.gz`;

  test('goes into an empty copy of the schema; the left-over setup row stays out and is counted', async () => {
    const [source, target] = [await waybill.database(), await waybill.database()];
    await loadExample(source.url, { copy: 'first', scale: 0.1 });
    await emptyExample(target);
    const imported = await waybill.cli(['import', backup, '--into', target.url, '--yes', '--json']);
    expect(imported, imported.stderr).toMatchObject({ status: 0 });
    expect(imported.stdout).toContain('row.leftover');
    const expected = withoutBigNumbers(await readContent(source.url));
    expect(contentDifferences(expected, withoutBigNumbers(await readContent(target.url)))).toEqual([]);
  });

  test('goes into a second copy with other ids', async () => {
    const [source, target] = [await waybill.database(), await waybill.database()];
    await Promise.all([loadExample(source.url, { copy: 'first', scale: 0.1 }), loadExample(target.url, { copy: 'second', scale: 0.1 })]);
    const before = await readContent(target.url);
    const imported = await waybill.cli(['import', backup, '--into', target.url, '--yes', '--json']);
    expect(imported, imported.stderr).toMatchObject({ status: 0 });
    const expected = withoutBigNumbers(expectedAfterImport(await readContent(source.url), before));
    expect(contentDifferences(expected, withoutBigNumbers(await readContent(target.url)))).toEqual([]);
  });
});

/** The old export passed JSON through JavaScript numbers; what it lost there no import can bring back. */
const withoutBigNumbers = (content: Content): Content =>
  new Map([...content].map(([table, rows]) => [table, new Map([...rows].map(([key, image]) => [rounded(key), rounded(image)]))]));
const rounded = (text: string): string => text.replaceAll('12345678901234567000', '12345678901234567890').replaceAll('1.50', '1.5');

const emptyExample = async (database: TestDatabase): Promise<void> => {
  await loadExample(database.url, { copy: 'first', scale: 0.01 });
  const session = await database.session();
  await session.run(
    sql`truncate users, projects, images, instructors, locations, participants, posts, events, interactions, pages, tasks, tags, status restart identity cascade`,
  );
};

/** What PostgreSQL counts of writes to user tables, and where each sequence stands. */
const writeState = async (database: TestDatabase): Promise<unknown> => {
  const session = await database.session();
  await session.run(sql`select pg_stat_force_next_flush()`);
  const tables = await session.many(
    sql`select schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_user_tables where schemaname = 'public' order by 1, 2`,
  );
  const sequences = await session.many(sql`select schemaname, sequencename, last_value from pg_sequences where schemaname = 'public' order by 1, 2`);
  await session.close();
  return { tables, sequences };
};

const sequencesBehindIds = async (database: TestDatabase): Promise<readonly unknown[]> => {
  const session = await database.session();
  await session.run(sql`create temporary table highest (name text, sequence text, id bigint)`);
  await session.run(sql`
    do $$ declare it record; begin
      for it in select c.oid::regclass as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attidentity <> '' where c.relnamespace = 'public'::regnamespace loop
        execute format('insert into highest select %L, pg_get_serial_sequence(%L, ''id''), max(id) from %s', it.name, it.name, it.name);
      end loop;
    end $$`);
  return session.many(
    sql`select h.name, h.id, s.last_value from highest h join pg_sequences s on h.sequence = format('%I.%I', s.schemaname, s.sequencename) where s.last_value is null or s.last_value < h.id`,
  );
};
