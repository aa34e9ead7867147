import type { Verdict } from '../run/run.ts';

/**
 * The one verdict table (DESIGN 1): everything that changes a database is a three-way merge of row sets. A row's fate
 * depends on what both sides once shared (base), what arrives (incoming) and what is there (current), matched by key.
 * A new kind of run is a new entry here, compiled by `engine/plan`, and never a new code path.
 */
export type Situation = {
  readonly base: 'none' | 'absent' | 'present';
  readonly incoming: 'absent' | 'present';
  readonly current: 'absent' | 'present';
  /** Incoming and current are equal in every cell (ENGINE-RULES 5); only meaningful where both are present. */
  readonly equal: boolean;
};

export type Rule = { readonly when: Partial<Situation>; readonly verdict: Verdict };

/** `undefined`: the row is none of this run's business and is not counted. */
export type Fate = Verdict | undefined;

export const modes = ['import'] as const;
export type Mode = (typeof modes)[number];

/** First rule that fits decides. */
export const verdictTable: Readonly<Record<Mode, readonly Rule[]>> = {
  import: [
    { when: { incoming: 'present', current: 'absent' }, verdict: 'insert' },
    { when: { incoming: 'present', current: 'present', equal: true }, verdict: 'same' },
    { when: { incoming: 'present', current: 'present', equal: false }, verdict: 'keep' },
  ],
};

const fits = (rule: Rule, situation: Situation): boolean =>
  (rule.when.base ?? situation.base) === situation.base &&
  (rule.when.incoming ?? situation.incoming) === situation.incoming &&
  (rule.when.current ?? situation.current) === situation.current &&
  (rule.when.equal ?? situation.equal) === situation.equal;

export const verdictOf = (mode: Mode, situation: Situation): Fate => verdictTable[mode].find((rule) => fits(rule, situation))?.verdict;
