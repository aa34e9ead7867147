import { cellOutcome, cellsOf, verdictOf, type Mode, type Situation } from '../../domain/merge/verdict-table.ts';
import type { ConflictPolicy, Verdict } from '../../domain/run/run.ts';
import { Defect } from '../../domain/refusal.ts';
import { or, sql, type Statement } from '../../infra/postgres/sql.ts';

/** The verdict table as SQL: expressions over what a statement knows of a row, never a rule of their own. */

/** What is said of a matched row whose cells are not looked at one by one: it differs, and the change table says how. */
export const differs = 'differs';

const fate = (mode: Mode, situation: Situation): Verdict => {
  const verdict = verdictOf(mode, situation);
  if (verdict === undefined) throw new Defect(`Mode ${mode} has no verdict for ${JSON.stringify(situation)}`);
  return verdict;
};

const ofBoth = (mode: Mode, cells: Situation['cells']): Verdict => fate(mode, { base: 'none', incoming: 'present', current: 'present', cells });

/** A row that both sides have, as one expression over `isEqual`. */
export const verdictOfMatched = (mode: Mode, isEqual: Statement): Statement =>
  sql`case when ${isEqual} then ${sql.lit(ofBoth(mode, 'equal'))} else ${sql.lit(mode === 'import' ? ofBoth(mode, 'incoming') : differs)} end`;

/** The outcome of one cell, by the letters of the change table. */
export const outcomeLetters = { equal: '=', incoming: 'i', current: 'c', clash: 'x' } as const;

export type Cell = {
  readonly isEqual: Statement;
  /** Absent: no base is known for the cell, and none is asked for: what arrives is taken. */
  readonly base?: { readonly isIncoming: Statement; readonly isCurrent: Statement };
  readonly policy: Statement;
};

/** Compiled from the one rule of cells; a clash goes by the policy, which may leave it one. */
export const outcomeOfCell = ({ isEqual, base, policy }: Cell): Statement => {
  const letter = (cell: { isEqual: boolean; isIncomingBase: boolean; isCurrentBase: boolean }): string => outcomeLetters[cellOutcome(cell)];
  const equal = letter({ isEqual: true, isIncomingBase: false, isCurrentBase: false });
  if (base === undefined) return sql`case when ${isEqual} then ${sql.lit(equal)} else ${sql.lit(outcomeLetters.incoming)} end`;
  const keeps = letter({ isEqual: false, isIncomingBase: true, isCurrentBase: false });
  const takes = letter({ isEqual: false, isIncomingBase: false, isCurrentBase: true });
  return sql`case when ${isEqual} then ${sql.lit(equal)} when ${base.isIncoming} then ${sql.lit(keeps)} when ${base.isCurrent} then ${sql.lit(takes)} else ${policy} end`;
};

/** The letter that a policy gives a clash; `newest` compares the two rows' values of its column. */
export const letterOfPolicy = (policy: ConflictPolicy, newest: (column: string) => Statement): Statement => {
  switch (policy) {
    case 'fail':
      return sql.lit(outcomeLetters.clash);
    case 'incoming':
      return sql.lit(outcomeLetters.incoming);
    case 'current':
      return sql.lit(outcomeLetters.current);
    default:
      return sql`case when ${newest(policy.slice('newest:'.length))} then ${sql.lit(outcomeLetters.incoming)} else ${sql.lit(outcomeLetters.current)} end`;
  }
};

/** The verdict of a row from the letters of its cells. */
export const verdictOfCells = (mode: Mode, letters: readonly Statement[]): Statement => {
  const some = (outcome: keyof typeof outcomeLetters): Statement =>
    or(letters.map((letter) => sql`${letter} operator(pg_catalog.=) ${sql.lit(outcomeLetters[outcome])}`));
  const decisive = ['clash', 'incoming', 'current'] as const;
  const whens = decisive.map((outcome) => sql`when ${some(outcome)} then ${sql.lit(ofBoth(mode, cellsOf([outcome])))}`);
  return sql`case ${sql.join(whens, sql` `)} else ${sql.lit(ofBoth(mode, 'equal'))} end`;
};

/** A row that the base had and only one side still has, over whether that side left it as it was. */
export const verdictOfOneSide = (mode: Mode, side: 'incoming' | 'current', isUnchanged: Statement, policy: ConflictPolicy): Statement => {
  const situation = { base: 'present', incoming: side === 'incoming' ? 'present' : 'absent', current: side === 'current' ? 'present' : 'absent' } as const;
  const unchanged = fate(mode, { ...situation, cells: 'equal' });
  const changed = fate(mode, { ...situation, cells: 'clash' });
  const decided = changed === 'conflict' ? decidedOneSide(side, policy) : changed;
  return sql`case when ${isUnchanged} then ${sql.lit(unchanged)} else ${sql.lit(decided)} end`;
};

/** What a policy makes of a row that one side deleted and the other changed; a row that is gone has no newest value. */
const decidedOneSide = (side: 'incoming' | 'current', policy: ConflictPolicy): Verdict => {
  if (policy === 'incoming') return side === 'incoming' ? 'insert' : 'delete';
  return policy === 'current' ? 'keep' : 'conflict';
};
