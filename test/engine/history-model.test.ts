import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowHistory } from '../../src/events/row-history.ts';
import type { RowTouch } from '../../src/events/touched-cells.ts';
import { openArena, type Arena } from '../support/arena.ts';
import type { Imported } from '../support/engine.ts';
import type { ModelDatabase, ModelRow } from './model.ts';
import { applyEdits, idsFrom, makeEdits } from './random-edits.ts';
import { fill, makeRows, makeSchema, randomFrom, readTables, sqlOf, tieRings, type Shape } from './random-tables.ts';

/** Random schemas, edits, merges and rollbacks: whoever plays a row's history from its beginning arrives at the row. */
const seeds = Array.from({ length: Number(process.env['WAYBILL_MODEL_SEEDS'] ?? 5) }, (_, seed) => seed + 1);

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const written = (run: Imported): Imported => {
  if (run.outcome.state !== 'completed') throw new Error(JSON.stringify(run.outcome));
  return run;
};

const historyOf = (table: string, id: string): Promise<readonly RowTouch[]> =>
  rowHistory(
    { database: { name: 'target', url: arena.target, tables: {} }, table, key: [`id=${id}`], first: 99, skip: 0, signal: new AbortController().signal },
    { blobs: arena.blobs, identities: async () => [] },
  );

/** Oldest first; absent when the row was deleted last. */
const played = (touches: readonly RowTouch[]): ModelRow | undefined =>
  touches.toReversed().reduce<ModelRow | undefined>((row, { verdict, cells }) => {
    if (verdict === 'delete') return undefined;
    const after = Object.fromEntries(cells.map((cell) => [cell.column, cell.after]));
    return verdict === 'insert' || verdict === 'update' ? { ...row, ...after } : row;
  }, undefined);

const isKeyed = ({ kind }: Shape): boolean => kind !== 'image';

test.each(seeds)('a history played from its beginning gives the row, seed %i', { timeout: 120_000 }, async (seed) => {
  const random = randomFrom(seed * 15_485_863);
  const tables = makeSchema(random, 'merging').map((table) => ({ ...table, strict: false }));
  let source: ModelDatabase = tieRings(random, tables, makeRows(random, tables, 0));
  await arena.set(sqlOf(tables), { source: fill(tables, source) });
  const settings = Object.fromEntries(tables.filter(() => random.chance(50)).map(({ name }) => [`public.${name}`, { ids: 'remap' as const }]));
  const seen = new Map<string, Set<string>>(tables.map(({ name }) => [name, new Set()]));
  const look = async (): Promise<ModelDatabase> => {
    const found = await readTables(arena.inTarget, tables);
    for (const { name } of tables.filter(isKeyed)) for (const row of found[name] ?? []) seen.get(name)?.add(row['id'] ?? '');
    return found;
  };
  const ids = idsFrom(tables, 0);
  ids.see(source);
  let last = written(await arena.import(arena.target, await arena.export(arena.source), { settings }));
  for (let round = 0; round < 3; round += 1) {
    await look();
    const edited = applyEdits(tables, source, makeEdits(random, 6), { originOf: (_table, id) => id, nextId: ids });
    source = edited.database;
    await arena.inSource(['begin', 'set constraints all deferred', ...edited.script, 'commit'].join(';\n'));
    last = written(
      await arena.write(random.chance(25) ? 'replace' : 'merge', arena.target, await arena.export(arena.source), {
        settings,
        deletes: true,
        maxDeletes: 'any',
        onConflict: 'incoming',
        onError: 'reject-rows',
      }),
    );
    await look();
    if (random.chance(40)) written(await arena.rollback(arena.target, last.runId, { maxDeletes: 'any', onConflict: 'incoming', settings }));
  }
  const now = await look();
  for (const { name } of tables.filter(isKeyed)) {
    for (const id of seen.get(name) ?? []) {
      const touches = await historyOf(name, id);
      expect(played(touches), `${name} ${id}: ${JSON.stringify(touches, undefined, 1)}`).toEqual(now[name]?.find((row) => row['id'] === id));
    }
  }
});
