import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Base } from '../../src/domain/merge/bases.ts';
import { readLineage } from '../../src/engine/export/lineage.ts';
import { ensureTargetSchema, findTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import { findBases, type FoundBases } from '../../src/events/projectors/database/find-bases.ts';
import type { Lineage, Manifest } from '../../src/infra/archive/manifest.ts';
import { openArchive } from '../../src/infra/archive/read-archive.ts';
import { identify, renewIdentity } from '../../src/infra/postgres/identity.ts';
import { targetRelations } from '../../src/infra/postgres/own-relations.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { openArena, type Arena } from '../support/arena.ts';
import { createTestDatabase } from '../support/cluster.ts';
import type { WriteOptions } from '../support/engine.ts';
import { resultOf } from '../support/two-databases.ts';

/** `source` is development, `target` production: archives go out, are changed, and come home. */
let arena: Arena;
let names: Map<string, string>;

beforeAll(async () => {
  arena = await openArena();
});
beforeEach(async () => {
  names = new Map();
  await arena.set(`create table item (code text primary key, price int); create table tag (name text primary key)`, {
    target: `insert into item values ('a', 1), ('b', 2), ('c', 3); insert into tag values ('x')`,
  });
});
afterAll(() => arena.close());

const url = (side: 'source' | 'target'): string => (side === 'source' ? arena.source : arena.target);

const exported = async (from: 'source' | 'target', name: string, tables?: readonly string[]): Promise<string> => {
  const sha256 = await arena.export(url(from), tables === undefined ? {} : { tables });
  // Two archives of the very same state are one file: it keeps its first name.
  if (!names.has(sha256)) names.set(sha256, name);
  return sha256;
};
/** The run that took it in. */
const takes = async (side: 'source' | 'target', upload: string, options: WriteOptions = {}): Promise<string> => {
  const imported = await arena.import(url(side), upload, options);
  resultOf(imported);
  return imported.runId;
};
const manifestOf = async (upload: string): Promise<Manifest> => {
  const archive = await openArchive(arena.blobs.path(upload), {});
  await archive.close();
  return archive.manifest;
};
const lineageOf = async (upload: string): Promise<Lineage> => (await manifestOf(upload)).lineage;

const find = async (upload: string, base = 'auto'): Promise<FoundBases> => {
  const session = await openSession(arena.target, { purpose: 'test' });
  try {
    const [{ databaseId }, relations] = [await identify(session, { readOnly: true }), await findTargetSchema(session)];
    const { blobs } = arena;
    return await findBases({ session, relations, manifest: await manifestOf(upload), upload, blobs, identities: [], base, ownDatabaseId: databaseId });
  } finally {
    await session.close();
  }
};
const shown = ({ bases }: FoundBases): readonly string[] => bases.map((base) => [names.get(base.sha256) ?? '?', base.how, ...exceptionsOf(base)].join(' '));
const exceptionsOf = ({ exceptions }: Base): readonly string[] =>
  Object.entries(exceptions).map(([table, rows]) => `not ${table}:${rows === 'all' ? 'all' : rows.join(',')}`);

/** What a rollback leaves in the target, as far as lineage reads it. */
const markRollback = (side: 'source' | 'target', run: string, of: string, kept = 0): Promise<unknown> =>
  (side === 'source' ? arena.inSource : arena.inTarget)(
    `insert into waybill.run (run_id, attempt, state, summary) values ('${run}', 1, 'applied', '${JSON.stringify({
      kind: 'rollback',
      rolledBack: of,
      tables: [{ table: 'public.item', counts: { insert: 0, update: 1, keep: kept } }],
    })}')`,
  );

test('where nothing was shared there is none, and the plan says what that means', async () => {
  const found = await find(await exported('source', 'A1'));
  expect(found.bases).toEqual([]);
  expect(found.notes).toEqual([expect.stringContaining('so the merge is two-way')]);
  expect(await find(await exported('source', 'A1'), 'none')).toEqual({ bases: [], notes: [] });
});

test('three round trips: each state that both sides held, the newest first', async () => {
  await takes('source', await exported('target', 'E1'));
  const first = await exported('source', 'A1');
  expect(shown(await find(first))).toEqual(['E1 target-export']);
  await takes('target', first);
  await arena.inSource(`insert into item values ('d', 4)`);
  const second = await exported('source', 'A2');
  expect(shown(await find(second))).toEqual(['A1 source-export', 'E1 target-export']);
  await takes('target', second);
  await takes('source', await exported('target', 'E2'));
  expect(shown(await find(await exported('source', 'A3')))).toEqual(['E2 target-export', 'A2 source-export', 'A1 source-export', 'E1 target-export']);
});

test('rows that were kept, blocked or out of scope have no base in it', async () => {
  await arena.inSource(`alter table item add check (price < 3); insert into item values ('b', 1)`);
  const whole = await exported('target', 'E1');
  await takes('source', whole, { onError: 'reject-rows', tables: ['item'] });
  const [taken] = (await lineageOf(await exported('source', 'A1'))).tookIn;
  expect(taken).toMatchObject({ tables: ['public.item'], exceptions: { 'public.item': ['{c}', '{b}'] } });
  const found = await find(await exported('source', 'A2'));
  expect(shown(found)).toEqual(['E1 target-export not public.item:{c},{b}']);
  expect(found.bases[0]?.tables).toEqual(['public.item']);
});

test('rows that should have gone and had to stay are no rows of the archive', async () => {
  await takes('source', await exported('target', 'E1'));
  await arena.inSource(`create table uses (item text references item); insert into uses values ('c')`);
  await arena.inTarget(`delete from item where code = 'c'`);
  const merged = await arena.write('merge', arena.source, await exported('target', 'E2'), {
    base: 'auto',
    deletes: true,
    maxDeletes: 'any',
    onError: 'reject-rows',
  });
  expect(resultOf(merged).tables.find(({ table }) => table === 'public.item')?.counts).toMatchObject({ same: 2, blocked: 1 });
  const [, taken] = (await lineageOf(await exported('source', 'A1'))).tookIn;
  expect([taken?.run, taken?.exceptions]).toEqual([merged.runId, undefined]);
});

test('an archive of some tables does not tell the keys of the others', async () => {
  await arena.inSource(`insert into item values ('b', 1)`);
  await takes('source', await exported('target', 'E1'));
  const lineage = await lineageOf(await exported('source', 'A1', ['tag']));
  expect(lineage.tookIn).toMatchObject([{ tables: ['public.item', 'public.tag'], exceptions: {} }]);
  expect(JSON.stringify(lineage)).not.toContain('{b}');
});

test('columns that a side did not take are named', async () => {
  await takes('source', await exported('target', 'E1'), { settings: { 'public.item': { exclude: ['price'] } } });
  const found = await find(await exported('source', 'A1'));
  expect(found.bases).toMatchObject([{ how: 'target-export', leftColumns: { 'public.item': ['price'] } }]);
});

test('more rows than are worth listing: the whole table has no base', async () => {
  const many = (price: number): string => `insert into item select n::text, ${price} from generate_series(1, 10001) n`;
  await arena.inTarget(many(1));
  await arena.inSource(many(2));
  await takes('source', await exported('target', 'E1'));
  expect(shown(await find(await exported('source', 'A1')))).toEqual(['E1 target-export not public.item:all']);
});

test('a ledger that is gone, or of version 1, is not taken for a run that left nothing out', async () => {
  await arena.inSource(`insert into item values ('b', 1)`);
  await takes('source', await exported('target', 'E1'));
  await arena.inSource(`update waybill.ledger set keys = names, ids = null, names = null, found = null where verdict = 'keep'`);
  expect(shown(await find(await exported('source', 'A1')))).toEqual(['E1 target-export not public.item:{b}']);
  await arena.inSource(`delete from waybill.ledger where verdict = 'keep'`);
  expect(shown(await find(await exported('source', 'A1')))).toEqual(['E1 target-export not public.item:all']);
});

test('a relation of version 1 is read as it is', async () => {
  await arena.inSource(`insert into item values ('b', 1)`);
  await takes('source', await exported('target', 'E1'));
  await arena.inSource(`update waybill.ledger set keys = names where verdict = 'keep';
    alter table waybill.ledger drop column names, drop column after, drop column found; alter table waybill.run drop column database_id, drop column store_id`);
  const session = await openSession(arena.source, { purpose: 'test' });
  expect((await readLineage(session, targetRelations())).tookIn).toMatchObject([{ exceptions: { 'public.item': ['{b}'] } }]);
  await session.close();
});

test('a run that was taken back is no base, and is one again when that was taken back', async () => {
  const run = await takes('source', await exported('target', 'E1'));
  await markRollback('source', 'run-BACK', run);
  const lineage = await lineageOf(await exported('source', 'A1'));
  expect(lineage).toMatchObject({ tookIn: [], otherRuns: expect.arrayContaining([run, 'run-BACK']) });
  expect(shown(await find(await exported('source', 'A1')))).toEqual([]);
  await markRollback('source', 'run-REDO', 'run-BACK', 1);
  expect(shown(await find(await exported('source', 'A2')))).toEqual(['E1 target-export not public.item:all']);
});

test('taken back in the target it is no base either', async () => {
  const first = await exported('source', 'A1');
  const run = await takes('target', first);
  await arena.inSource(`insert into item values ('d', 4)`);
  const second = await exported('source', 'A2');
  expect(shown(await find(second))).toEqual(['A1 source-export']);
  await markRollback('target', 'run-BACK', run);
  expect(shown(await find(second))).toEqual([]);
});

test('an archive that is not there any more, or is another file now, is named', async () => {
  const [gone, changed] = [await exported('target', 'E1'), await exported('target', 'E2', ['item'])];
  await takes('source', gone);
  await takes('source', changed);
  await rm(arena.blobs.path(gone));
  await writeFile(arena.blobs.path(changed), 'no archive');
  const found = await find(await exported('source', 'A1'));
  expect(found.bases).toEqual([]);
  expect(found.notes).toHaveLength(3);
  expect(found.notes).toEqual(
    expect.arrayContaining([
      expect.stringMatching(new RegExp(`^The archive ${gone.slice(0, 12)}.* is no base: it is not in the blob store any more`)),
      expect.stringMatching(new RegExp(`^The archive ${changed.slice(0, 12)}.* is no base: it cannot be read`)),
      expect.stringContaining('so the merge is two-way'),
    ]),
  );
});

test('what a restored database lost is no state of its past', async () => {
  await takes('source', await exported('target', 'E1'));
  await takes('target', await exported('source', 'A1'));
  await takes('source', await exported('target', 'E2'));
  const third = await exported('source', 'A2');
  expect(shown(await find(third))).toEqual(['E2 target-export', 'A1 source-export', 'E1 target-export']);
  await arena.inTarget(`delete from waybill.run`);
  const found = await find(third);
  expect(shown(found)).toEqual(['E1 target-export']);
  expect(found.notes).toEqual([
    expect.stringMatching(/is no base: its database has been restored to a state from before it \(run-TEST\d+ is not in its past any more\)/),
  ]);
});

test('runs that a copy brought with it count for both', async () => {
  const shared = await exported('source', 'X');
  await takes('target', shared);
  // Production is copied; the copy edits and exports, as another database.
  const copy = await createTestDatabase(new URL(arena.target).pathname.slice(1));
  const ofCopy = await arena.export(copy.url);
  expect((await manifestOf(ofCopy)).source.databaseId).not.toBe((await manifestOf(await exported('target', 'E1'))).source.databaseId);
  expect(shown(await find(ofCopy))).toEqual(['X both']);
  await copy.drop();
});

test('what a database exported before it was moved, it held', async () => {
  const before = await exported('target', 'E1');
  await takes('source', before);
  const session = await openSession(arena.target, { purpose: 'test' });
  await ensureTargetSchema(session);
  await renewIdentity(session);
  await session.close();
  const arriving = await exported('source', 'A1');
  expect(shown(await find(arriving))).toEqual(['E1 target-export']);
  await arena.inTarget(`update waybill.database set created_at = 'epoch' where parent_id is not null`);
  const found = await find(arriving);
  expect(found.bases).toEqual([]);
  expect(found.notes[0]).toContain('the database of which the target is a copy exported it after the copy was made');
});

test('an archive that was taken in already is its own base: what was changed here since stays', async () => {
  const first = await exported('source', 'A1');
  await takes('target', first);
  expect(shown(await find(first))).toEqual(['A1 source-export']);
});

test('its own export comes home: nothing in it is newer', async () => {
  const own = await exported('target', 'E1');
  await takes('target', await exported('source', 'A1'));
  expect(shown(await find(own))).toEqual(['E1 target-export']);
});

test('a given base is taken at its word, but for rows that are known not to have been taken', async () => {
  await arena.inSource(`insert into item values ('b', 1)`);
  const older = await exported('target', 'E1');
  await arena.inTarget(`insert into item values ('d', 4)`);
  const newer = await exported('target', 'E2');
  await takes('source', older);
  expect(shown(await find(await exported('source', 'A1'), older))).toEqual(['E1 given not public.item:{b}']);
  expect(shown(await find(await exported('source', 'A1'), newer))).toEqual(['E2 given']);
  await expect(find(await exported('source', 'A1'), 'f'.repeat(64))).rejects.toMatchObject({ code: 'BASE_MISSING' });
});
