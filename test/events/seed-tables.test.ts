import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillTables } from '../../src/events/seed-service.ts';
import type { Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';

let shop: TestDatabase;
let app: TestApp;
let session: Session;
let image: string;

const makeTables = async (): Promise<void> => {
  session = await shop.session();
  await session.run(sql`create table public.continent (id serial primary key, code text not null unique)`);
  await session.run(
    sql`create table public.country (id serial primary key, code text not null unique, name text, capital text, continent_id int not null references public.continent)`,
  );
};
beforeAll(async () => {
  shop = await createTestDatabase();
  image = await mkdtemp(join(tmpdir(), 'waybill-image-'));
  app = await createTestApp({ WAYBILL_DATABASE_SHOP: shop.url }, { worker: true });
  await makeTables();
}, 60_000);
afterAll(async () => {
  await app.close();
  await shop.drop();
  await rm(image, { recursive: true, force: true });
});

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(image, path)), { recursive: true });
  await writeFile(join(image, path), text);
};
const country = (...rows: readonly string[]): Promise<void> =>
  put('tables/country.csv', `code,name,capital,continent_code\n${rows.map((row) => `${row},eu\n`).join('')}`);

type Start = { readonly lines: readonly string[]; readonly remarks: readonly string[] };
const start = async (more: { readonly dryRun?: boolean; readonly into?: string; readonly tables?: string; readonly from?: string } = {}): Promise<Start> => {
  const lines: string[] = [];
  const remarks: string[] = [];
  const { store, blobs, databases, config } = app.app;
  await fillTables(
    { store, blobs, databases, limits: config.limits },
    { from: image, tables: 'tables/*.csv', into: 'shop', ...more },
    { signal: AbortSignal.timeout(60_000), write: (line) => lines.push(line), remark: (line) => remarks.push(line) },
  );
  const plain = (line: string): string => line.replace(/ ?\(waybill show [0-9A-Z]+\)/, '').replace(/[0-9A-Z]{26}/, 'RUN');
  return { lines: lines.map(plain), remarks: remarks.map(plain) };
};
const countries = async (): Promise<readonly string[]> =>
  (await session.many<{ line: string }>(sql`select concat_ws(' ', code, name, capital) as line from public.country order by code`)).map(({ line }) => line);
const runs = async (): Promise<number> => (await app.app.store.runs({ actor: 'seed' }, { first: 500 })).rows.length;

describe('tables follow the releases', () => {
  test('the first one is imported, parents first; rows that are there stay', { timeout: 60_000 }, async () => {
    await session.run(sql`insert into public.continent (code) values ('eu')`);
    await session.run(sql`insert into public.country (code, name, continent_id) values ('at', 'Oesterreich', 1)`);
    await country('at,Austria,Vienna', 'de,Germany,Bonn', 'fr,France,Paris', 'it,Italy,Rome', 'yu,Yugoslavia,Belgrade');
    await put('tables/continent.csv', 'code\neu\nas\n');
    await put('other/country.csv', 'code,name\nxx,No table\n');
    expect((await start({ dryRun: true })).lines).toEqual([
      'table public.continent from tables/continent.csv: would be imported; rows that are here stay',
      'table public.country from tables/country.csv: would be imported; rows that are here stay',
      'Dry run: no table was filled.',
    ]);
    expect(await runs()).toBe(0);
    expect(await start()).toEqual({
      lines: [
        'table public.continent from tables/continent.csv: 1 new, 1 the same',
        'table public.country from tables/country.csv: 4 new, 1 here already, with other values',
        'Sync of tables completed successfully.',
      ],
      remarks: [],
    });
  });

  test('the same release again does nothing, and writes no event', { timeout: 60_000 }, async () => {
    await session.run(sql`update public.country set name = 'Frankreich' where code = 'fr'`);
    await session.run(sql`delete from public.country where code in ('it', 'yu')`);
    const head = await app.app.store.headPosition();
    expect((await start()).lines).toEqual([
      'table public.continent from tables/continent.csv: as the release before',
      'table public.country from tables/country.csv: as the release before',
      'Sync of tables completed successfully.',
    ]);
    expect(await app.app.store.headPosition()).toBe(head);
  });

  test('what the release changed arrives; edits stay, deleted rows stay deleted and are listed, conflicts are told', { timeout: 60_000 }, async () => {
    await country('at,Austria,Vienna', 'de,Germany,Berlin', 'fr,La France,Paris', 'it,Italy,Rome', 'yu,Serbia,Belgrade', 'es,Spain,Madrid');
    expect(await start()).toEqual({
      lines: [
        'table public.continent from tables/continent.csv: as the release before',
        'table public.country from tables/country.csv: 1 new, 1 changed, 2 edited here, 2 deleted here; 2 in conflict, kept as here',
        'Sync of tables completed successfully.',
      ],
      remarks: [
        'kept deleted in public.country: it, yu',
        'kept back row fr of public.country: name edited here, and the new release changes it',
        'kept back row yu of public.country: deleted here, and the new release changes it',
        'both sides of 2 in conflict in public.country: waybill conflicts RUN',
      ],
    });
    expect(await countries()).toEqual(['at Oesterreich', 'de Germany Berlin', 'es Spain Madrid', 'fr Frankreich Paris']);
    expect((await start()).lines[1]).toBe(
      'table public.country from tables/country.csv: as the release before, of which 2 in conflict were kept as here (waybill conflicts RUN)',
    );
  });

  test('so it goes on: the base is the release before, also for rows that did not come in then', { timeout: 60_000 }, async () => {
    await country('at,Austria,Vienna', 'de,Germany,Berlin', 'fr,La France,Lutetia', 'it,Italy,Rome', 'yu,Serbia,Belgrade', 'es,Spain,Madrid');
    expect(await start()).toMatchObject({
      lines: [{}, 'table public.country from tables/country.csv: 1 changed, 2 the same, 1 edited here, 2 deleted here', {}].map((line) =>
        typeof line === 'string' ? line : expect.any(String),
      ),
      remarks: ['kept deleted in public.country: it, yu'],
    });
    expect(await countries(), 'a cell beside the edited one follows the release').toEqual([
      'at Oesterreich',
      'de Germany Berlin',
      'es Spain Madrid',
      'fr Frankreich Lutetia',
    ]);
  });

  test('going back to an older release brings its values back', { timeout: 60_000 }, async () => {
    await country('at,Austria,Vienna', 'de,Germany,Bonn', 'fr,France,Paris', 'it,Italy,Rome', 'yu,Yugoslavia,Belgrade');
    await start();
    expect(await countries()).toEqual(['at Oesterreich', 'de Germany Bonn', 'es Spain Madrid', 'fr Frankreich Paris']);
  });
});

describe('what goes wrong', () => {
  test('a file that fails names itself, leaves its table, and is mended by the next release', { timeout: 60_000 }, async () => {
    const before = await countries();
    await put('tables/country.csv', 'code,name,continent_code\nde,Germany,nowhere\n');
    await put('tables/nothing.csv', 'a\n1\n');
    await put('tables/continent.tsv', 'code\neu\n');
    const failed = await start({ tables: 'tables/*' });
    expect(failed.lines).toEqual([
      expect.stringMatching(/^table public\.continent from tables\/continent\.csv failed: .*continent\.tsv.*\(SEED_TABLE_TWICE\)$/),
      expect.stringMatching(/^table public\.continent from tables\/continent\.tsv failed: .*\(SEED_TABLE_TWICE\)$/),
      expect.stringMatching(/^table public\.country from tables\/country\.csv failed: .*\(IMPORT_HAS_ISSUES\)$/),
      expect.stringMatching(/^table nothing from tables\/nothing\.csv failed: .*\(FILE_TABLE_UNKNOWN\)$/),
      'Sync of tables failed: 4 of 4 tables were not filled.',
    ]);
    expect(await countries()).toEqual(before);
    await rm(join(image, 'tables/nothing.csv'));
    await rm(join(image, 'tables/continent.tsv'));
    await put('tables/country.csv', 'code,name,continent_code\nde,Deutschland,eu\n');
    expect((await start()).lines[1], 'the base is the last release that arrived').toBe('table public.country from tables/country.csv: 1 changed');
    const [mended, all] = await app.app.store.browse({ newestFirst: true, limit: 2, types: ['SeedSynced'] });
    expect(mended).toMatchObject({ metadata: { actor: 'seed' }, event: { data: { to: 'shop', failed: [], tables: [{ table: 'public.country' }] } } });
    expect(all?.event.data).toMatchObject({ tables: [], failed: expect.arrayContaining([{ path: 'tables/nothing.csv', code: 'FILE_TABLE_UNKNOWN' }]) });
  });

  test('an unknown database, a release that is not there, and a glob that names nothing', { timeout: 60_000 }, async () => {
    await expect(start({ into: 'nowhere' })).rejects.toMatchObject({ code: 'DATABASE_UNKNOWN' });
    await expect(start({ into: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    await mkdir(join(image, 'broken'));
    await symlink('nowhere.csv', join(image, 'broken/country.csv'));
    expect((await start({ tables: 'broken/*.csv' })).lines).toEqual([
      expect.stringMatching(/^table country from broken\/country\.csv failed: .*\(LINK_BROKEN\)$/),
      'Sync of tables failed: 1 of 1 table was not filled.',
    ]);
    expect((await start({ tables: 'data/*.csv' })).lines).toEqual(["Sync of tables: the initial data has no file that matches 'data/*.csv'."]);
  });

  test('a run that somebody took back is not done again until the release changes', { timeout: 60_000 }, async () => {
    const { store } = app.app;
    const [last] = (await store.runs({ actor: 'seed', table: 'public.country', states: ['completed'] })).rows;
    const input = { database: 'shop', run: last?.runId ?? '', exclusive: false, approval: 'none', maxDeletes: 'any', onConflict: 'current' } as const;
    const { runId } = await store.requestRun({ kind: 'rollback', input }, { actor: 'me', requestId: 'test', client: 'cli' });
    await expect.poll(async () => (await store.run(runId))?.state, { timeout: 30_000 }).toBe('completed');
    expect((await start()).lines[1]).toBe('table public.country from tables/country.csv: was taken back here, and the release has nothing new');
    expect((await countries())[1]).toBe('de Germany Bonn');
  });

  test('a database that was made anew is filled anew, though the log says that it was filled', { timeout: 60_000 }, async () => {
    await session.run(sql`drop schema public, waybill cascade`);
    await session.run(sql`create schema public`);
    await makeTables();
    await session.run(sql`insert into public.continent (code) values ('eu')`);
    expect((await start()).lines).toEqual([
      'table public.continent from tables/continent.csv: 1 new, 1 the same',
      'table public.country from tables/country.csv: 1 new',
      'Sync of tables completed successfully.',
    ]);
  });
});

describe('a column that the release before did not have', () => {
  test('is filled where nobody has written into it', { timeout: 60_000 }, async () => {
    await country('de,Deutschland,', 'pt,Portugal,', 'gr,Greece,');
    await session.run(sql`update public.country set capital = 'Bonn' where code = 'de'`);
    await start();
    await session.run(sql`alter table public.country add column area int`);
    await session.run(sql`update public.country set area = 9 where code = 'gr'`);
    await put('tables/country.csv', 'code,name,capital,continent_code,area\nde,Deutschland,,eu,357\npt,Portugal,,eu,92\ngr,Hellas,,eu,131\n');
    expect(await start()).toMatchObject({
      lines: [{}, 'table public.country from tables/country.csv: 3 changed; 1 in conflict, kept as here', {}].map((line) =>
        typeof line === 'string' ? line : expect.any(String),
      ),
      remarks: ['kept back row gr of public.country: area edited here, and the new release changes it', expect.any(String)],
    });
    const rows = await session.many<{ line: string }>(sql`select concat_ws(' ', code, name, capital, area) as line from public.country order by code`);
    expect(rows.map(({ line }) => line)).toEqual(['de Deutschland Bonn 357', 'gr Hellas 9', 'pt Portugal 92']);
  });
});

describe('more than one server', () => {
  test('that start at once with the same release ask for the same runs', { timeout: 60_000 }, async () => {
    await country('de,Allemagne,', 'pt,Portugal,Lisbon', 'nl,Netherlands,Amsterdam');
    const before = await runs();
    const starts = await Promise.all([start(), start(), start()]);
    expect(await runs()).toBe(before + 1);
    for (const { lines } of starts)
      expect(lines[1]).toMatch(/^table public\.country from tables\/country\.csv: (1 new, 2 changed, 1 the same|1 new, 2 changed|as the release before)$/);
    expect(await countries()).toEqual(['de Allemagne Bonn', 'gr Hellas', 'nl Netherlands Amsterdam', 'pt Portugal Lisbon']);
  });

  test('that start at once with two releases both come to an end, and the next start settles it', { timeout: 60_000 }, async () => {
    const other = await mkdtemp(join(tmpdir(), 'waybill-image-'));
    try {
      await mkdir(join(other, 'tables'));
      await writeFile(join(other, 'tables/country.csv'), 'code,name,continent_code\nde,Duitsland,eu\npt,Portugal,eu\n');
      await country('de,Niemcy,', 'pt,Portugalia,');
      const starts = await Promise.all([start(), start({ from: other }), start(), start({ from: other })]);
      for (const { lines } of starts) expect(lines.at(-1)).toBe('Sync of tables completed successfully.');
      await start();
      expect((await countries()).filter((line) => /^(de|pt)/.test(line))).toEqual(['de Niemcy Bonn', 'pt Portugalia Lisbon']);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});
