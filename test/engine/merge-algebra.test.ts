import { expect, test } from 'vitest';
import { mergeRows, type MergeRequest, type MergeVerdict, type NamedDatabase } from './merge-model.ts';
import { importRows, type ModelDatabase } from './model.ts';
import { listRows, nameRows, type OriginOf } from './named-rows.ts';
import { applyEdits, idsFrom, makeEdits } from './random-edits.ts';
import { makeRows, makeSchema, randomFrom, tieRings, type Shape } from './random-tables.ts';

/** The reference against its own laws, before the engine is held against it: a wrong yardstick finds nothing. */
const seeds = Array.from({ length: 200 }, (_, seed) => seed + 1);

const forEachSeed = (check: (seed: number) => void): void => {
  for (const seed of seeds)
    try {
      check(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
};

type Copies = { readonly tables: readonly Shape[]; readonly base: NamedDatabase; readonly a: NamedDatabase; readonly b: NamedDatabase };

/** Without the ids that are kept: here rows are their names and nothing else. */
const byName = (tables: readonly Shape[], database: ModelDatabase, originOf: OriginOf): NamedDatabase =>
  Object.fromEntries(
    Object.entries(nameRows(tables, database, originOf).rows).map(([table, rows]) => [
      table,
      new Map([...rows].map(([name, row]) => [name, Object.fromEntries(Object.entries(row).filter(([column]) => column !== 'id'))])),
    ]),
  );

/** Two copies of one database, each edited. */
const copies = (seed: number): Copies => {
  const random = randomFrom(seed);
  const tables = makeSchema(random, 'merging').map((table) => ({ ...table, strict: false }));
  const database = tieRings(random, tables, makeRows(random, tables, 0));
  const originOf = (table: string, id: string): string => `${table} ${id}`;
  const edited = (side: number): NamedDatabase => {
    const edits = makeEdits(random, random.below(12));
    return byName(tables, applyEdits(tables, database, edits, { originOf, nextId: idsFrom(tables, side) }).database, originOf);
  };
  return { tables, base: byName(tables, database, originOf), a: edited(1), b: edited(2) };
};

const merge = (copy: Copies, sides: { readonly incoming: NamedDatabase; readonly current: NamedDatabase }, more: Partial<MergeRequest> = {}) =>
  mergeRows({ mode: 'three-way', tables: copy.tables, base: copy.base, deletes: true, winner: () => undefined, ...sides, ...more });
const verdicts = (merged: ReturnType<typeof mergeRows>): ReadonlySet<MergeVerdict> =>
  new Set(Object.values(merged.verdicts).flatMap((rows) => [...rows.values()]));

test('merge(base, a, a) is a', () =>
  forEachSeed((seed) => {
    const copy = copies(seed);
    const merged = merge(copy, { incoming: copy.a, current: copy.a });
    expect(listRows(merged.rows)).toEqual(listRows(copy.a));
    expect([...verdicts(merged)].filter((verdict) => verdict !== 'same')).toEqual([]);
  }));

test('merge(base, base, b) is b', () =>
  forEachSeed((seed) => {
    const copy = copies(seed);
    expect(listRows(merge(copy, { incoming: copy.base, current: copy.b }).rows)).toEqual(listRows(copy.b));
  }));

test('merge(base, a, base) is a', () =>
  forEachSeed((seed) => {
    const copy = copies(seed);
    expect(listRows(merge(copy, { incoming: copy.a, current: copy.base }).rows)).toEqual(listRows(copy.a));
  }));

test('which side is merged into which does not matter, where nothing is blocked', () =>
  forEachSeed((seed) => {
    const copy = copies(seed);
    const there = merge(copy, { incoming: copy.a, current: copy.b }, { winner: () => 'incoming' });
    const back = merge(copy, { incoming: copy.b, current: copy.a }, { winner: () => 'current' });
    if (verdicts(there).has('blocked') || verdicts(back).has('blocked')) return;
    expect(listRows(there.rows)).toEqual(listRows(back.rows));
  }));

test('applied and planned again, nothing is left to do', () =>
  forEachSeed((seed) => {
    const copy = copies(seed);
    const winner = (): 'incoming' => 'incoming';
    const once = merge(copy, { incoming: copy.a, current: copy.b }, { winner });
    const again = merge(copy, { incoming: copy.a, current: once.rows }, { winner });
    expect([...verdicts(again)].filter((verdict) => verdict !== 'same' && verdict !== 'keep' && verdict !== 'blocked')).toEqual([]);
    expect(listRows(again.rows)).toEqual(listRows(once.rows));
  }));

test('replaced, the rows are those that came', () =>
  forEachSeed((seed) => {
    const copy = copies(seed);
    expect(listRows(merge(copy, { incoming: copy.a, current: copy.b }, { mode: 'replace' }).rows)).toEqual(listRows(copy.a));
  }));

test('the copies are worth merging: every verdict comes up', () => {
  const found = new Set(
    seeds.flatMap((seed) => {
      const copy = copies(seed);
      const rejecting = { ...copy, tables: copy.tables.map((table) => ({ ...table, strict: true })) };
      return [...verdicts(merge(rejecting, { incoming: copy.a, current: copy.b }))];
    }),
  );
  expect([...found].toSorted()).toEqual(['blocked', 'conflict', 'delete', 'insert', 'keep', 'same', 'update']);
});

test('the two references agree on an import', () =>
  forEachSeed((seed) => {
    const random = randomFrom(seed);
    const tables = makeSchema(random).filter(({ kind }) => kind !== 'image');
    const [source, target] = [0, 1].map((side) => tieRings(random, tables, makeRows(random, tables, side))) as [ModelDatabase, ModelDatabase];
    const [incoming, current] = [source, target].map((rows, side) => byName(tables, rows, (table, id) => `${side} ${table} ${id}`)) as [
      NamedDatabase,
      NamedDatabase,
    ];
    const merged = mergeRows({ mode: 'import', tables, base: {}, incoming, current, deletes: false, winner: () => undefined });
    const counts = Object.fromEntries(
      Object.entries(merged.verdicts).map(([table, rows]) => {
        const of = (verdict: MergeVerdict): number => [...rows.values()].filter((found) => found === verdict).length;
        return [table, { insert: of('insert'), same: of('same'), keep: of('keep'), blocked: of('blocked') }];
      }),
    );
    expect(counts).toEqual(importRows({ tables, source, target }).counts);
  }));
