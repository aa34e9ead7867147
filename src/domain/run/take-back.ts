import { Refusal } from '../refusal.ts';
import { writeKinds, type RollbackInput } from './run.ts';
import type { Run } from './state.ts';

/** What later runs did to the run that shall be taken back. */
export type Afterwards = { readonly takenBackBy: string | undefined; readonly lost: boolean };

const isWrite = (kind: string): boolean => writeKinds.some((each) => each === kind);

const whyNot = (run: Exclude<Run, { readonly state: 'none' }>, input: RollbackInput, afterwards: Afterwards): string | undefined => {
  const { kind, input: asked } = run.requested;
  if (!isWrite(kind)) return `is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}, which cannot be taken back: imports, merges, replaces and rollbacks can`;
  if (run.state !== 'completed') return `is ${run.state}: only a completed run has anything to take back`;
  if (asked.database !== input.database) return `was made on ${asked.database}, not on ${input.database}`;
  if (afterwards.takenBackBy !== undefined) return `was taken back already by run ${afterwards.takenBackBy}. To have it again, take that run back`;
  return afterwards.lost ? 'is lost: the database was restored to a state before it' : undefined;
};

/** Whether a run can be taken back, as far as the log knows; the rest shows in the database. */
export const checkTakeBack = (run: Run, input: RollbackInput, afterwards: Afterwards): void => {
  if (run.state === 'none') throw new Refusal('RUN_UNKNOWN', `There is no run ${input.run}. List the runs to find it.`, { run: input.run });
  const reason = whyNot(run, input, afterwards);
  if (reason !== undefined)
    throw new Refusal('ROLLBACK_NOT_POSSIBLE', `Run ${input.run} ${reason}. Nothing was changed.`, { run: input.run, state: run.state });
};
