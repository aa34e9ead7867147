import { describe, expect, it } from 'vitest';
import { conflictsOf, resolutionOf } from '../../../src/domain/merge/resolutions.ts';
import type { CellChange, RowChange } from '../../../src/domain/run/run.ts';
import { decideConflicts } from '../../../src/domain/seed/decide-conflicts.ts';
import { decideTable, type EarlierFilling } from '../../../src/domain/seed/decide-table.ts';

const cell = (column: string, current: string | null, base?: string | null): CellChange => ({
  column,
  ...(base === undefined ? {} : { base }),
  current,
  incoming: 'new',
  outcome: 'clash',
});
const row = (name: string, ...cells: readonly CellChange[]): RowChange => ({ table: 'public.t', row: name, verdict: 'conflict', cells });
async function* each(changes: readonly RowChange[]): AsyncGenerator<RowChange> {
  yield* changes;
}
/** `row.column` of what is taken from the release. */
const taken = async (changes: readonly RowChange[]): Promise<readonly string[]> => {
  const resolutions = await decideConflicts(each(changes));
  expect(changes.every((change) => conflictsOf(change).every((place) => resolutionOf(resolutions, place) !== undefined))).toBe(true);
  return changes
    .flatMap(conflictsOf)
    .filter((place) => resolutionOf(resolutions, place) === 'incoming')
    .map(({ row: name, column }) => `${name}.${column ?? ''}`);
};
const many = (count: number, prefix: string, make: () => CellChange): readonly RowChange[] =>
  Array.from({ length: count }, (_, at) => row(`${prefix}${at}`, make()));

describe('what a release and somebody here both changed', () => {
  it('stays as it is here, also where it was emptied here', async () => {
    expect(await taken([row('a', cell('x', 'mine', 'old')), row('b', cell('x', null, 'old')), { ...row('c', cell('x', null)), deletedBy: 'current' }])).toEqual(
      [],
    );
  });

  it('is filled where the release before said nothing of the cell and nothing is there', async () => {
    expect(await taken([row('a', cell('x', null), cell('y', 'mine')), row('b', cell('x', 'mine')), row('c', cell('x', null, 'old'), cell('y', null))])).toEqual(
      ['a.x', 'c.y'],
    );
  });

  it('is told apart row by row for as many rows as can be named', async () => {
    const [fill, stay] = [(): CellChange => cell('x', null), (): CellChange => cell('x', 'mine')];
    expect(await taken([...many(2000, 'f', fill), ...many(3, 's', stay)])).toHaveLength(2000);
    expect(await taken([...many(3, 'f', fill), ...many(2000, 's', stay)])).toEqual(['f0.x', 'f1.x', 'f2.x']);
    expect(await taken([...many(600, 'f', fill), ...many(600, 's', stay)])).toEqual([]);
  });
});

describe('the release before', () => {
  const run = (name: string, more: Partial<EarlierFilling> = {}): EarlierFilling => ({
    run: name,
    upload: name,
    isCompleted: true,
    isTakenBack: false,
    isThere: true,
    ...more,
  });

  it.each([
    ['none: an import', [], { verdict: 'import' }],
    ['the same file', [run('new'), run('old')], { verdict: 'unchanged', run: 'new' }],
    ['another file', [run('old'), run('older')], { verdict: 'merge', base: 'old' }],
    ['an older file, on the way back', [run('newer'), run('new')], { verdict: 'merge', base: 'newer' }],
    ['one that failed does not count', [run('new', { isCompleted: false }), run('old')], { verdict: 'merge', base: 'old' }],
    ['one that the database does not have does not count', [run('new', { isThere: false }), run('old', { isThere: false })], { verdict: 'import' }],
    ['the same file, taken back: not again', [run('new', { isTakenBack: true }), run('old')], { verdict: 'taken-back', run: 'new' }],
    ['another file that was taken back: the one before it', [run('x', { isTakenBack: true }), run('old')], { verdict: 'merge', base: 'old' }],
    ['all taken back: an import', [run('x', { isTakenBack: true })], { verdict: 'import' }],
  ] as const)('%s', (_, earlier, decision) => {
    expect(decideTable('new', earlier)).toEqual(decision);
  });
});
