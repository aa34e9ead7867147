import { assertNever, Defect } from '../refusal.ts';
import type { RunEvent } from './events.ts';
import type { PlanSummary } from './run.ts';
import { noRun, type Requested, type Run, type RunFacts } from './state.ts';

const factsOf = (run: Run): RunFacts => {
  if (run.state === 'none') throw new Defect('A run begins with its request');
  return {
    requested: run.requested,
    attempt: run.attempt,
    retries: run.retries,
    cancelRequested: run.cancelRequested,
    resolutions: run.resolutions,
    ...(run.plan === undefined ? {} : { plan: run.plan }),
    ...(run.approvedPlanHash === undefined ? {} : { approvedPlanHash: run.approvedPlanHash }),
  };
};

const fresh = { attempt: 0, retries: 0, cancelRequested: false, resolutions: [] } as const;

const requested = (asked: Requested): Run => ({ state: 'requested', requested: asked, ...fresh });

export const hasConflicts = (plan: PlanSummary): boolean => plan.tables.some(({ counts }) => counts.conflict > 0);

/** A plan waits where a person asked to read it first, and where it has conflicts that nobody has decided. */
const waits = (facts: RunFacts, plan: PlanSummary): boolean => {
  if (facts.approvedPlanHash !== undefined) return false;
  const { input } = facts.requested;
  return ('approval' in input && input.approval === 'required') || hasConflicts(plan);
};

/** What a run is after one more event. Takes every event that `decide` can give; it does not judge. */
export const evolve = (run: Run, event: RunEvent): Run => {
  switch (event.type) {
    case 'ImportRequested':
      return requested({ kind: 'import', input: event.data });
    case 'ExportRequested':
      return requested({ kind: 'export', input: event.data });
    case 'MergeRequested':
      return requested({ kind: 'merge', input: event.data });
    case 'ReplaceRequested':
      return requested({ kind: 'replace', input: event.data });
    case 'RollbackRequested':
      return requested({ kind: 'rollback', input: event.data });
    case 'ReplayRequested':
      return requested({ kind: 'replay', input: event.data });
    case 'RunStarted':
      return { ...factsOf(run), state: 'running', attempt: event.data.attempt, betweenAttempts: false };
    case 'RunAttemptLost': {
      const facts = factsOf(run);
      return { ...facts, state: 'running', betweenAttempts: true, retries: facts.retries + (event.data.cause === 'retry' ? 1 : 0) };
    }
    case 'RunPlanned': {
      const facts = { ...factsOf(run), plan: event.data };
      return waits(facts, event.data) ? { ...facts, state: 'planned' } : { ...facts, state: 'running', betweenAttempts: false };
    }
    case 'ConflictsResolved': {
      const facts = factsOf(run);
      return run.state === 'none' ? run : { ...run, resolutions: [...facts.resolutions, ...event.data.resolutions] };
    }
    case 'PlanApproved':
      return { ...factsOf(run), state: 'approved', approvedPlanHash: event.data.planHash };
    case 'CancelRequested':
      return run.state === 'none' ? run : { ...run, cancelRequested: true };
    case 'RunDrifted':
      return run;
    case 'RunCompleted':
      return { ...factsOf(run), state: 'completed', result: event.data };
    case 'RunRefused':
      return { ...factsOf(run), state: 'refused', code: event.data.code, message: event.data.message };
    case 'RunFailed':
      return { ...factsOf(run), state: 'failed', code: event.data.code, message: event.data.message };
    case 'RunCancelled':
      return { ...factsOf(run), state: 'cancelled', phase: event.data.phase };
    default:
      return assertNever(event);
  }
};

export const runFrom = (events: readonly RunEvent[]): Run => events.reduce(evolve, noRun);
