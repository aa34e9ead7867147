import type { Verdict } from '../run/run.ts';

/**
 * The one verdict table (DESIGN 1): everything that changes a database is a three-way merge of row sets. A row's fate
 * depends on what both sides once shared (base), what arrives (incoming) and what is there (current), matched by key.
 * A new kind of run is a new entry here, compiled by `engine/plan`, and never a new code path.
 */
export type Situation = {
  /** `none`: it is not known what both sides once held of this row, or it is known that they held none. */
  readonly base: 'none' | 'present';
  readonly incoming: 'absent' | 'present';
  readonly current: 'absent' | 'present';
  /**
   * What the cells say together (`cellOutcomes`): `equal` in every cell; `incoming` has something to take and nothing
   * clashes; `current` is the only side that changed; `clash` in at least one cell. Where one side is absent: whether the
   * other is as the base has it (`equal`) or was changed since (`clash`).
   */
  readonly cells: 'equal' | 'incoming' | 'current' | 'clash';
};

export type Rule = { readonly when: Partial<Situation>; readonly verdict: Verdict };

/** `undefined`: the row is none of this run's business and is not counted. */
export type Fate = Verdict | undefined;

/** `merge` has no base (update-import); `three-way` has one, for each row of its own; `undo` is rollback: incoming is what the run found. */
export const modes = ['import', 'merge', 'three-way', 'replace', 'undo'] as const;
export type Mode = (typeof modes)[number];

const both = { incoming: 'present', current: 'present' } as const;
const arrives = { incoming: 'present', current: 'absent' } as const;
const left = { incoming: 'absent', current: 'present' } as const;

const threeWay: readonly Rule[] = [
  { when: { ...both, cells: 'equal' }, verdict: 'same' },
  { when: { ...both, cells: 'incoming' }, verdict: 'update' },
  { when: { ...both, cells: 'current' }, verdict: 'keep' },
  { when: { ...both, cells: 'clash' }, verdict: 'conflict' },
  { when: { ...arrives, base: 'none' }, verdict: 'insert' },
  // Deleted here since: it does not return, unless the other side changed it meanwhile.
  { when: { ...arrives, base: 'present', cells: 'equal' }, verdict: 'keep' },
  { when: { ...arrives, base: 'present' }, verdict: 'conflict' },
  // Deleted there since.
  { when: { ...left, base: 'present', cells: 'equal' }, verdict: 'delete' },
  { when: { ...left, base: 'present' }, verdict: 'conflict' },
];

/** First rule that fits decides. */
export const verdictTable: Readonly<Record<Mode, readonly Rule[]>> = {
  import: [
    { when: arrives, verdict: 'insert' },
    { when: { ...both, cells: 'equal' }, verdict: 'same' },
    { when: both, verdict: 'keep' },
  ],
  merge: [
    { when: arrives, verdict: 'insert' },
    { when: { ...both, cells: 'equal' }, verdict: 'same' },
    { when: both, verdict: 'update' },
  ],
  'three-way': threeWay,
  replace: [
    { when: arrives, verdict: 'insert' },
    { when: { ...both, cells: 'equal' }, verdict: 'same' },
    { when: both, verdict: 'update' },
    { when: left, verdict: 'delete' },
  ],
  undo: threeWay,
};

const fits = (rule: Rule, situation: Situation): boolean =>
  (rule.when.base ?? situation.base) === situation.base &&
  (rule.when.incoming ?? situation.incoming) === situation.incoming &&
  (rule.when.current ?? situation.current) === situation.current &&
  (rule.when.cells ?? situation.cells) === situation.cells;

export const verdictOf = (mode: Mode, situation: Situation): Fate => verdictTable[mode].find((rule) => fits(rule, situation))?.verdict;

/** One cell of a row that both sides have. */
export type CellOutcome = 'equal' | 'incoming' | 'current' | 'clash';

/**
 * Cells combine (DESIGN 6): who left the cell as the base has it gives way to the other; where both changed it, or the base
 * of the cell is not known, they clash.
 */
export const cellOutcome = (cell: { readonly isEqual: boolean; readonly isIncomingBase: boolean; readonly isCurrentBase: boolean }): CellOutcome => {
  if (cell.isEqual) return 'equal';
  if (cell.isIncomingBase) return 'current';
  return cell.isCurrentBase ? 'incoming' : 'clash';
};

/** What the cells of a row say together. */
export const cellsOf = (outcomes: readonly CellOutcome[]): Situation['cells'] => {
  for (const decisive of ['clash', 'incoming', 'current'] as const) if (outcomes.includes(decisive)) return decisive;
  return 'equal';
};
