import { describe, expect, it } from 'vitest';
import { planSegments, type Segment, type Tally } from '../../../src/domain/snapshot/segments.ts';

const segment = (from: string | undefined, rows: number): Segment => ({
  ...(from === undefined ? {} : { from: [from] }),
  offset: 0,
  bytes: 1,
  hash: '',
  tallies: [
    { rows, digest: `${rows}` },
    { rows: 0, digest: '0' },
  ],
});

/** Five segments of ten rows. */
const old = [undefined, 'b', 'c', 'd', 'e'].map((from) => segment(from, 10));

const found = (rows: readonly number[], digests: readonly string[] = rows.map(String)): ReadonlyMap<number, ReadonlyMap<number, Tally>> =>
  new Map([[0, new Map(rows.flatMap((count, at) => (count === 0 ? [] : [[at, { rows: count, digest: digests[at] ?? '' }] as const])))]]);

describe('a plan of segments', () => {
  it('keeps all of a source that nobody asked for', () => {
    expect(planSegments(2, old, new Map())).toEqual({ parts: [{ kind: 'kept', first: 0, end: 5 }], nodes: new Set(), rows: [50, 0] });
  });

  it('reads what has another sum, with as many rows', () => {
    expect(planSegments(2, old, found([10, 10, 10, 10, 10], ['10', 'x', '10', '10', 'y']))).toEqual({
      parts: [
        { kind: 'kept', first: 0, end: 1 },
        { kind: 'read', first: 1, end: 2, range: { from: ['b'], to: ['c'] } },
        { kind: 'kept', first: 2, end: 4 },
        { kind: 'read', first: 4, end: 5, range: { from: ['e'] } },
      ],
      nodes: new Set([0]),
      rows: [50, 0],
    });
  });

  it('reads neighbours together, and does not ask for what is empty', () => {
    const { parts, rows } = planSegments(2, old, found([11, 9, 10, 0, 10]));
    expect(parts).toEqual([
      { kind: 'read', first: 0, end: 2, range: { to: ['c'] } },
      { kind: 'kept', first: 2, end: 3 },
      { kind: 'kept', first: 4, end: 5 },
    ]);
    expect(rows).toEqual([40, 0]);
  });

  it('reads all when all of it differs, and when nothing is known, and no more than what differs when that is most', () => {
    const all = [{ kind: 'read', first: 0, end: 5, range: {} }];
    expect(planSegments(2, old, found([11, 11, 11, 11, 11])).parts).toEqual(all);
    expect(planSegments(2, old, found([11, 11, 10, 11, 11])).parts.map(({ kind }) => kind)).toEqual(['read', 'kept', 'read']);
    expect(planSegments(2, [], found([3])).parts).toEqual([{ kind: 'read', first: 0, end: 1, range: {} }]);
  });

  it('has no part of a source without rows', () => {
    expect(planSegments(2, [], found([]))).toEqual({ parts: [], nodes: new Set(), rows: [0, 0] });
    expect(planSegments(2, old, found([0, 0, 0, 0, 0])).parts).toEqual([]);
  });
});
