import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { dbhash, hashDifferences } from '../support/dbhash.ts';
import { createReplayRig, replayed, RunNotCompleted, type ReplayRig } from '../support/replay.ts';
import { query } from '../support/two-databases.ts';
import { createSide } from './merge-side.ts';
import { makeEdits } from './random-edits.ts';
import { fill, makeRows, makeSchema, randomFrom, sqlOf, tieRings, type Random } from './random-tables.ts';

/**
 * Random schemas, edits and runs of every kind on a database that nobody else writes: replayed into an empty one it holds the
 * same rows under the same ids, and nothing is called changed outside. WAYBILL_MODEL_SEEDS for more, WAYBILL_MODEL_SEED for one.
 */
const seeds =
  process.env['WAYBILL_MODEL_SEED'] === undefined
    ? Array.from({ length: Number(process.env['WAYBILL_MODEL_SEEDS'] ?? 12) }, (_, seed) => seed + 1)
    : [Number(process.env['WAYBILL_MODEL_SEED'])];

let arena: Arena;
let fresh: TestDatabase;
beforeAll(async () => {
  [arena, fresh] = [await openArena(), await createTestDatabase()];
});
afterAll(async () => {
  await arena.close();
  await fresh.drop();
});

const step = async (random: Random, rig: ReplayRig, runs: readonly string[]): Promise<string | undefined> => {
  const [earlier, policy] = [random.pick(runs), random.pick(['incoming', 'current'] as const)];
  try {
    if (runs.length > 0 && random.chance(25)) return await rig.rollback(arena.target, earlier, { onConflict: policy });
    const upload = await rig.engine.export(arena.source);
    const kind = random.pick(['import', 'merge', 'merge', 'replace'] as const);
    const options = { base: random.pick(['auto', 'none']), deletes: random.chance(60), onConflict: policy, maxDeletes: 'any', onError: 'reject-rows' } as const;
    return await rig.write(kind, arena.target, upload, options);
  } catch (error) {
    // What nobody could do is no part of the log: a rollback that something stands against, say.
    if (error instanceof RunNotCompleted) return undefined;
    throw error;
  }
};

test.each(seeds)('a replay gives what only runs wrote, seed %i', { timeout: 120_000 }, async (seed) => {
  const random = randomFrom(seed * 6151);
  const tables = makeSchema(random, 'merging');
  const rig = await createReplayRig();
  const checks = tables.filter(({ strict }) => strict).map(({ name }) => `alter table ${name} add check (v <> 'c') not valid`);
  const empty = [sqlOf(tables), ...checks].join(';\n');
  await arena.set(sqlOf(tables), { source: fill(tables, tieRings(random, tables, makeRows(random, tables, 0))), targetSchema: empty });
  await query(fresh.url, `drop schema if exists waybill cascade; drop schema public cascade; create schema public;\n${empty}`);
  const source = createSide(arena.source, tables, 0);
  const runs: string[] = [];
  for (let count = 2 + random.below(4); count > 0; count -= 1) {
    const run = await step(random, rig, runs);
    if (run !== undefined) runs.push(run);
    await source.edit(makeEdits(random, random.below(8)));
  }
  if (runs.length === 0) return;
  const result = replayed(await rig.replay(fresh.url));
  const [there, here] = [await dbhash(arena.target, { withoutWaybill: true }), await dbhash(fresh.url, { withoutWaybill: true })];
  expect({ differences: hashDifferences(there, here), foreign: result.foreign, notes: result.notes }).toEqual({ differences: [], foreign: [], notes: [] });
  const ledger = `select run_id, table_name, verdict, n, lo, hi, ids, keys, names, before, after, found from waybill.ledger order by run_id, table_name, verdict, chunk`;
  expect(await query(fresh.url, ledger)).toEqual(await query(arena.target, ledger));
  const origins = 'select table_name, origin_database, origin_key, key from waybill.provenance order by 1, 2, 3';
  expect(await query(fresh.url, origins)).toEqual(await query(arena.target, origins));
});
