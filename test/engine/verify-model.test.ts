import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyData, type DataComparison } from '../../src/events/verify-data.ts';
import { openArena, type Arena } from '../support/arena.ts';
import type { NamedDatabase, NamedRow } from './merge-model.ts';
import type { ModelDatabase } from './model.ts';
import { nameRows } from './named-rows.ts';
import { applyEdits, idsFrom, makeEdits } from './random-edits.ts';
import { fill, makeRows, makeSchema, randomFrom, sqlOf, tieRings, type Shape } from './random-tables.ts';

/** Random schemas and rows in two databases: what differs is what a naming in plain TypeScript finds. WAYBILL_MODEL_SEEDS for more. */
const seeds = Array.from({ length: Number(process.env['WAYBILL_MODEL_SEEDS'] ?? 20) }, (_, seed) => seed + 1);

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

type Counts = { readonly table: string; readonly onlyA: number; readonly onlyB: number; readonly different: number };

/** Ids are each database's own; rows that are known by nothing else are known by them. */
const named = (tables: readonly Shape[], database: ModelDatabase): NamedDatabase => nameRows(tables, database, (_table, id) => id).rows;
const cellsOf = (row: NamedRow): string =>
  JSON.stringify(
    Object.entries(row)
      .filter(([column]) => column !== 'id')
      .toSorted(),
  );

const expected = (tables: readonly Shape[], a: ModelDatabase, b: ModelDatabase): readonly Counts[] => {
  const [mine, theirs] = [named(tables, a), named(tables, b)];
  return tables.map(({ name }) => {
    const [rowsA, rowsB] = [mine[name] ?? new Map<string, NamedRow>(), theirs[name] ?? new Map<string, NamedRow>()];
    const both = [...rowsA].flatMap(([row, cells]) => {
      const other = rowsB.get(row);
      return other === undefined ? [] : [{ cells, other }];
    });
    return {
      table: `public.${name}`,
      onlyA: rowsA.size - both.length,
      onlyB: rowsB.size - both.length,
      different: both.filter(({ cells, other }) => cellsOf(cells) !== cellsOf(other)).length,
    };
  });
};

const verify = (): Promise<DataComparison> =>
  verifyData({
    a: { name: 'a', url: arena.source, tables: {} },
    b: { name: 'b', url: arena.target, tables: {} },
    aside: [],
    differences: 500,
    signal: new AbortController().signal,
  });

const counted = ({ tables }: DataComparison): readonly Counts[] => tables.map(({ table, onlyA, onlyB, different }) => ({ table, onlyA, onlyB, different }));

test.each(seeds)('finds what a row-by-row comparison of names finds, seed %i', async (seed) => {
  const random = randomFrom(seed * 104_729);
  const tables = makeSchema(random, 'merging');
  const [a, b] = [0, 1].map((side) => tieRings(random, tables, makeRows(random, tables, side))) as [ModelDatabase, ModelDatabase];
  await arena.set(sqlOf(tables), { source: fill(tables, a), target: fill(tables, b) });
  const found = await verify();
  expect(counted(found)).toEqual(expected(tables, a, b));
  for (const { table, equal, onlyA, onlyB, different, differences } of found.tables) {
    // Equal rows of a table without a key are one difference, counted several times.
    const isKeyless = tables.some(({ name, kind }) => kind === 'image' && table === `public.${name}`);
    if (!isKeyless) expect(differences).toHaveLength(onlyA + onlyB + different);
    expect(equal).toBe(differences.length === 0);
    expect(differences.every(({ side, cells }) => (side === 'both') === cells.length > 0)).toBe(true);
  }

  await arena.set(sqlOf(tables), { source: fill(tables, a), target: fill(tables, a) });
  expect((await verify()).equal).toBe(true);
  const ids = idsFrom(tables, 1);
  ids.see(a);
  const edited = applyEdits(tables, a, makeEdits(random, 4), { originOf: (_table, id) => id, nextId: ids });
  await arena.inTarget(['begin', 'set constraints all deferred', ...edited.script, 'commit'].join(';\n'));
  expect(counted(await verify())).toEqual(expected(tables, a, edited.database));
});
