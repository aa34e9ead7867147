/**
 * What becomes of a table whose file a release brings. The first file is imported: rows that are there stay. Each later
 * one is merged with the file before it as base, so that what the release changed arrives, and what was edited or deleted
 * here stays so. Which file that was the log says, and the database whether it still has it.
 */
export type EarlierFilling = {
  readonly run: string;
  /** SHA-256 of the file. */
  readonly upload: string;
  readonly isCompleted: boolean;
  readonly isTakenBack: boolean;
  /** The database has the run: it was neither made anew nor restored to a state from before. */
  readonly isThere: boolean;
};

/** `unchanged`: the last release had the same file; `taken-back`: it did too, and somebody took it back. */
export type TableDecision =
  | { readonly verdict: 'unchanged' | 'taken-back'; readonly run: string }
  | { readonly verdict: 'import' }
  | { readonly verdict: 'merge'; readonly base: string };

/** `earlier`: newest first. */
export const decideTable = (sha256: string, earlier: readonly EarlierFilling[]): TableDecision => {
  const standing = earlier.filter(({ isCompleted, isThere }) => isCompleted && isThere);
  const [last] = standing;
  if (last?.upload === sha256) return { verdict: last.isTakenBack ? 'taken-back' : 'unchanged', run: last.run };
  const base = standing.find(({ isTakenBack }) => !isTakenBack)?.upload;
  return base === undefined ? { verdict: 'import' } : { verdict: 'merge', base };
};
