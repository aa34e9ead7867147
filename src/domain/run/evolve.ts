import { assertNever, Defect } from '../refusal.ts';
import type { RunEvent } from './events.ts';
import { noRun, type Run, type RunFacts } from './state.ts';

const factsOf = (run: Run): RunFacts => {
  if (run.state === 'none') throw new Defect('A run begins with its request');
  return {
    requested: run.requested,
    attempt: run.attempt,
    retries: run.retries,
    cancelRequested: run.cancelRequested,
    ...(run.plan === undefined ? {} : { plan: run.plan }),
    ...(run.approvedPlanHash === undefined ? {} : { approvedPlanHash: run.approvedPlanHash }),
  };
};

const fresh = { attempt: 0, retries: 0, cancelRequested: false } as const;

/** What a run is after one more event. Takes every event that `decide` can give; it does not judge. */
export const evolve = (run: Run, event: RunEvent): Run => {
  switch (event.type) {
    case 'ImportRequested':
      return { state: 'requested', requested: { kind: 'import', input: event.data }, ...fresh };
    case 'ExportRequested':
      return { state: 'requested', requested: { kind: 'export', input: event.data }, ...fresh };
    case 'RunStarted':
      return { ...factsOf(run), state: 'running', attempt: event.data.attempt, betweenAttempts: false };
    case 'RunAttemptLost': {
      const facts = factsOf(run);
      return { ...facts, state: 'running', betweenAttempts: true, retries: facts.retries + (event.data.cause === 'retry' ? 1 : 0) };
    }
    case 'RunPlanned': {
      const facts = { ...factsOf(run), plan: event.data };
      const waits = facts.requested.kind === 'import' && facts.requested.input.approval === 'required' && facts.approvedPlanHash === undefined;
      return waits ? { ...facts, state: 'planned' } : { ...facts, state: 'running', betweenAttempts: false };
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
