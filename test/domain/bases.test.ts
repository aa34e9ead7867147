import { describe, expect, test } from 'vitest';
import {
  broughtBackBy,
  candidates,
  orderBases,
  takenBack,
  type Candidate,
  type Descent,
  type Exceptions,
  type Sides,
  type TakenIn,
} from '../../src/domain/merge/bases.ts';

const took = (run: string, archive: string, of: string, more: Partial<TakenIn> = {}): TakenIn => ({
  run,
  at: `2026-01-01T00:00:${run.padStart(2, '0')}Z`,
  archive: { sha256: archive, databaseId: of },
  ...more,
});
const between = (sides: Partial<Sides>): Sides => ({ ownDatabaseId: 'T', forebears: [], sourceDatabaseId: 'S', source: [], target: [], ...sides });
const shown = (sides: Partial<Sides>): readonly string[] =>
  candidates(between(sides)).map(({ sha256, how, run, tables, exceptions }) =>
    [sha256, how, run, ...(tables === undefined ? [] : [`only ${tables.join(',')}`]), ...without(exceptions)].join(' '),
  );
const without = (exceptions: Exceptions): readonly string[] =>
  Object.entries(exceptions).map(([table, names]) => `not ${table}:${names === 'all' ? 'all' : names.join(',')}`);

describe('which archives both sides held', () => {
  test('an export of the target that the source took in, and the other way round', () => {
    expect(shown({ source: [took('1', 'e1', 'T')], target: [took('2', 'a1', 'S')] })).toEqual(['e1 target-export 1', 'a1 source-export 2']);
  });

  test('an archive of a third that both took in, and not one that only one of them took in', () => {
    expect(shown({ source: [took('1', 'x', 'Q'), took('2', 'y', 'Q')], target: [took('3', 'x', 'Q'), took('4', 'z', 'Q')] })).toEqual(['x both 1']);
  });

  test('a run that came with a copy counts once', () => {
    expect(shown({ source: [took('1', 'x', 'Q')], target: [took('1', 'x', 'Q')] })).toEqual(['x both 1']);
  });

  test('rows and tables that a side did not take are no part of it', () => {
    const exceptions = { 's.t': ['{1}'], 's.u': 'all' } as const;
    expect(shown({ source: [took('1', 'e1', 'T', { tables: ['s.t', 's.u'], exceptions })] })).toEqual([
      'e1 target-export 1 only s.t,s.u not s.t:{1} not s.u:all',
    ]);
  });

  test('of what both took in only the rows that both took', () => {
    expect(
      shown({
        source: [took('1', 'x', 'Q', { tables: ['t', 'u'], exceptions: { t: ['{1}'], u: ['{7}'] } })],
        target: [took('2', 'x', 'Q', { exceptions: { t: ['{1}', '{2}'], u: 'all' } })],
      }),
    ).toEqual(['x both 1 only t,u not t:{1},{2} not u:all']);
  });

  test('a row that was kept the first time and taken the second was held', () => {
    expect(
      shown({
        source: [
          took('1', 'e1', 'T', { tables: ['t'], exceptions: { t: ['{1}', '{2}'] } }),
          took('2', 'e1', 'T', { tables: ['t', 'u'], exceptions: { t: ['{2}', '{3}'], u: ['{9}'] } }),
        ],
      }),
    ).toEqual(['e1 target-export 1 only t,u not t:{2} not u:{9}']);
  });

  test('where the rows are not known one by one, the other run tells', () => {
    const runs = [took('1', 'e1', 'T', { exceptions: { t: 'all' } }), took('2', 'e1', 'T', { exceptions: { t: ['{2}'] } })];
    expect(shown({ source: runs })).toEqual(['e1 target-export 1 not t:{2}']);
    expect(shown({ source: [runs[0] as TakenIn, { ...(runs[1] as TakenIn), exceptions: {} }] })).toEqual(['e1 target-export 1']);
  });

  test('a column that any of the runs left out says nothing, though another run took it', () => {
    const source = [took('1', 'e1', 'T', { leftColumns: { t: ['x'] } }), took('2', 'e1', 'T', { leftColumns: { t: ['y'], u: ['z'] } }), took('3', 'e1', 'T')];
    expect(candidates(between({ source }))).toMatchObject([{ leftColumns: { t: ['x', 'y'], u: ['z'] } }]);
    const [taken] = candidates(
      between({ source: [took('1', 'e1', 'Q', { leftColumns: { t: ['x'] } })], target: [took('2', 'e1', 'Q', { leftColumns: { t: ['y'] } })] }),
    );
    expect(taken?.leftColumns).toEqual({ t: ['x', 'y'] });
  });

  test('what a forebear of the target exported, the target held too', () => {
    expect(shown({ forebears: ['P'], source: [took('1', 'e1', 'P')] })).toEqual(['e1 target-export 1']);
    expect(shown({ source: [took('1', 'e1', 'P')] })).toEqual([]);
  });

  test('nothing is known of a target without an id', () => {
    expect(shown({ ownDatabaseId: undefined, source: [took('1', 'e1', 'T')] })).toEqual([]);
  });
});

describe('which is the newest', () => {
  const base = (sha256: string, heldAt: string): Candidate => ({ sha256, databaseId: 'T', how: 'both', exceptions: {}, heldAt });
  const says = (databaseId: string, exportedAt: string, runs: number, ...tookIn: readonly string[]): Descent => ({ databaseId, exportedAt, runs, tookIn });
  const order = (found: readonly Candidate[], descent: Readonly<Record<string, Descent>>): readonly string[] =>
    orderBases(found, new Map(Object.entries(descent))).map(({ sha256 }) => sha256);

  test('round trips: each archive is newer than the one that it was made from, whatever the clocks say', () => {
    const found = [base('e1', '09'), base('a1', '08'), base('e2', '07'), base('a2', '06')];
    const descent = { e1: says('T', '1', 0), a1: says('S', '9', 1, 'e1'), e2: says('T', '2', 1, 'a1'), a2: says('S', '8', 2, 'e1', 'e2') };
    for (const order1 of [found, found.toReversed()]) expect(order(order1, descent)).toEqual(['a2', 'e2', 'a1', 'e1']);
  });

  test('of the same database the later export, though the older one was taken in last', () => {
    expect(order([base('e1', '09'), base('e2', '02')], { e1: says('T', '1', 4), e2: says('T', '2', 4) })).toEqual(['e2', 'e1']);
    expect(order([base('e1', '09'), base('e2', '02')], { e1: says('T', '7', 4), e2: says('T', '2', 5) })).toEqual(['e2', 'e1']);
  });

  test('descent goes through archives that are no candidates themselves', () => {
    const descent = { old: says('T', '1', 0), middle: says('Q', '1', 1, 'old'), newest: says('S', '1', 1, 'middle') };
    expect(order([base('old', '09'), base('newest', '01')], descent)).toEqual(['newest', 'old']);
  });

  test('where neither is older, the one that both held later', () => {
    expect(order([base('e1', '03'), base('a1', '04')], { e1: says('T', '1', 0), a1: says('S', '1', 0) })).toEqual(['a1', 'e1']);
  });

  test('archives that claim to have taken each other in do not loop', () => {
    const descent = { a: says('S', '1', 1, 'b'), b: says('T', '1', 1, 'a'), c: says('Q', '1', 1, 'c') };
    expect(order([base('a', '01'), base('b', '02'), base('c', '03')], descent)).toEqual(['c', 'b', 'a']);
  });
});

describe('what is still in force', () => {
  const markers = (...pairs: readonly string[]): { run: string; rolledBack?: string }[] =>
    pairs.map((pair) => {
      const [run = '', rolledBack] = pair.split(' of ');
      return rolledBack === undefined ? { run } : { run, rolledBack };
    });

  test('a run that was taken back is not, and is again when that is taken back', () => {
    expect([...takenBack(markers('a', 'b', 'c of a'))]).toEqual(['a']);
    expect([...takenBack(markers('a', 'c of a', 'd of c'))]).toEqual(['c']);
    expect([...takenBack(markers('a', 'c of a', 'd of c', 'e of d'))].toSorted()).toEqual(['a', 'd']);
    expect([...takenBack(markers('a', 'c of a', 'd of c', 'e of a'))].toSorted()).toEqual(['a', 'c']);
  });

  test('names what brought a run back', () => {
    expect(broughtBackBy(markers('a', 'c of a', 'd of c', 'x', 'y of x'), 'a')).toEqual(['d']);
    expect(broughtBackBy(markers('a', 'c of a'), 'a')).toEqual([]);
  });
});
