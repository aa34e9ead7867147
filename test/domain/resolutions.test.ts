import { expect, test } from 'vitest';
import { conflictsOf, isDecided, resolutionOf } from '../../src/domain/merge/resolutions.ts';
import type { Resolution, RowChange } from '../../src/domain/run/run.ts';

const clash = (column: string): RowChange['cells'][number] => ({ column, base: 'a', current: 'b', incoming: 'c', outcome: 'clash' });
const page: RowChange = {
  table: 'public.page',
  row: 'home',
  verdict: 'conflict',
  cells: [clash('title'), clash('body'), { ...clash('rank'), outcome: 'incoming' }],
};
const gone: RowChange = { table: 'public.page', row: 'old', verdict: 'conflict', deletedBy: 'incoming', cells: [clash('title')] };

const title = { table: 'public.page', row: 'home', column: 'title' };

test.each<[string, readonly Resolution[], Resolution['take'] | undefined]>([
  ['nothing was said', [], undefined],
  ['everything', [{ take: 'current' }], 'current'],
  ['the table', [{ table: 'public.page', take: 'incoming' }], 'incoming'],
  ['another table', [{ table: 'public.task', take: 'incoming' }], undefined],
  ['the row', [{ row: 'home', take: 'incoming' }], 'incoming'],
  ['another row', [{ row: 'away', take: 'incoming' }], undefined],
  ['the cell', [{ ...title, take: 'incoming' }], 'incoming'],
  ['another cell', [{ ...title, column: 'body', take: 'incoming' }], undefined],
  ['narrow, then wide: the last counts', [{ ...title, take: 'incoming' }, { take: 'current' }], 'current'],
  ['wide, then narrow: the last counts', [{ take: 'current' }, { ...title, take: 'incoming' }], 'incoming'],
  [
    'a later word on another place does not count',
    [
      { ...title, take: 'incoming' },
      { row: 'away', take: 'current' },
    ],
    'incoming',
  ],
])('a word on %s', (_name, resolutions, expected) => {
  expect(resolutionOf(resolutions, title)).toBe(expected);
});

test('a word on a column says nothing of a row that one side deleted', () => {
  expect(resolutionOf([{ table: 'public.page', column: 'title', take: 'incoming' }], { table: 'public.page', row: 'old' })).toBeUndefined();
  expect(resolutionOf([{ table: 'public.page', take: 'incoming' }], { table: 'public.page', row: 'old' })).toBe('incoming');
});

test('a conflict is each cell that clashes, or the row where one side deleted it', () => {
  expect(conflictsOf(page)).toEqual([title, { ...title, column: 'body' }]);
  expect(conflictsOf(gone)).toEqual([{ table: 'public.page', row: 'old' }]);
  expect(conflictsOf({ ...page, verdict: 'update' })).toEqual([]);
});

test('a row is decided when each of its conflicts is', () => {
  expect(isDecided(page, [{ ...title, take: 'current' }])).toBe(false);
  expect(
    isDecided(page, [
      { ...title, take: 'current' },
      { column: 'body', take: 'incoming' },
    ]),
  ).toBe(true);
  expect(isDecided(gone, [{ column: 'title', take: 'current' }])).toBe(false);
  expect(isDecided(gone, [{ row: 'old', take: 'current' }])).toBe(true);
});
