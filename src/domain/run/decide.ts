import { assertNever, Refusal } from '../refusal.ts';
import type { RunEvent } from './events.ts';
import { hasConflicts } from './evolve.ts';
import type { PlanSummary, Resolution, RunResult } from './run.ts';
import type { Requested, Run } from './state.ts';

/** What a person asks for. */
export type RequestCommand =
  | { readonly type: 'RequestRun'; readonly requested: Requested }
  | { readonly type: 'ResolveConflicts'; readonly resolutions: readonly Resolution[] }
  | { readonly type: 'ApprovePlan' }
  | { readonly type: 'CancelRun' };

/** What a worker reports; each but the first names the attempt it speaks for. */
export type AttemptCommand =
  | { readonly type: 'StartAttempt'; readonly worker: string }
  | { readonly type: 'LoseAttempt'; readonly attempt: number; readonly cause: AttemptLossCause; readonly reason: string }
  | { readonly type: 'RecordDrift'; readonly attempt: number; readonly reason: string; readonly tables: readonly string[] }
  | { readonly type: 'RecordPlan'; readonly attempt: number; readonly plan: PlanSummary }
  | { readonly type: 'CompleteRun'; readonly attempt: number; readonly result: RunResult }
  | {
      readonly type: 'RefuseRun';
      readonly attempt: number;
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'FailRun'; readonly attempt: number; readonly code: string; readonly message: string }
  | { readonly type: 'ConfirmCancel'; readonly attempt: number; readonly phase: string };

export type AttemptLossCause = Extract<RunEvent, { type: 'RunAttemptLost' }>['data']['cause'];
export type RunCommand = RequestCommand | AttemptCommand;

const refuse = (code: string, message: string, run: Run): never => {
  throw new Refusal(code, message, { state: run.state });
};

const requestOf = (requested: Requested): RunEvent => {
  switch (requested.kind) {
    case 'import':
      return { type: 'ImportRequested', data: requested.input };
    case 'merge':
      return { type: 'MergeRequested', data: requested.input };
    case 'replace':
      return { type: 'ReplaceRequested', data: requested.input };
    case 'rollback':
      return { type: 'RollbackRequested', data: requested.input };
    case 'replay':
      return { type: 'ReplayRequested', data: requested.input };
    case 'export':
      return { type: 'ExportRequested', data: requested.input };
    default:
      return assertNever(requested);
  }
};

/** Words on conflicts are taken while the plan waits and nobody has approved it: what is applied is what was read. */
const resolve = (run: Run, resolutions: readonly Resolution[]): readonly RunEvent[] => {
  if (run.state === 'none') return refuse('RUN_UNKNOWN', 'There is no such run. List the runs to find it.', run);
  if (run.state !== 'planned') {
    return refuse('RUN_NOT_PLANNED', `This run is ${run.state}: conflicts are resolved while a run waits with its plan.`, run);
  }
  if (!hasConflicts(run.plan)) return refuse('RUN_HAS_NO_CONFLICTS', 'The plan of this run has no conflicts. Apply it as it is.', run);
  return [{ type: 'ConflictsResolved', data: { resolutions } }];
};

const approve = (run: Run): readonly RunEvent[] => {
  switch (run.state) {
    case 'none':
      return refuse('RUN_UNKNOWN', 'There is no such run. List the runs to find it.', run);
    case 'planned':
      return [{ type: 'PlanApproved', data: { planHash: run.plan.planHash } }];
    case 'approved':
      return refuse('PLAN_ALREADY_APPROVED', 'The plan of this run is approved already. Watch its progress.', run);
    case 'requested':
    case 'running':
    case 'completed':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return refuse('RUN_NOT_PLANNED', `This run is ${run.state}: only a run that waits with a plan can be approved.`, run);
    default:
      return assertNever(run);
  }
};

const asked = (already: boolean): readonly RunEvent[] => (already ? [] : [{ type: 'CancelRequested', data: {} }]);

const cancel = (run: Run): readonly RunEvent[] => {
  switch (run.state) {
    case 'none':
      return refuse('RUN_UNKNOWN', 'There is no such run. List the runs to find it.', run);
    case 'requested':
    case 'planned':
    case 'approved':
      return [...asked(run.cancelRequested), { type: 'RunCancelled', data: { phase: run.state === 'planned' ? 'planned' : 'queued' } }];
    case 'running':
      return asked(run.cancelRequested);
    case 'completed':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return refuse('RUN_ENDED', `This run is ${run.state} already; there is nothing left to cancel.`, run);
    default:
      return assertNever(run);
  }
};

const start = (run: Run, worker: string): readonly RunEvent[] => {
  const waits = run.state === 'requested' || run.state === 'approved' || (run.state === 'running' && run.betweenAttempts);
  if (!waits) return refuse('RUN_NOT_WAITING', `This run is ${run.state}: no attempt is wanted.`, run);
  return [{ type: 'RunStarted', data: { attempt: run.attempt + 1, worker } }];
};

const report = (run: Run, command: Exclude<AttemptCommand, { type: 'StartAttempt' }>): readonly RunEvent[] => {
  if (run.state !== 'running' || run.betweenAttempts || run.attempt !== command.attempt) {
    return refuse('RUN_SUPERSEDED', `Attempt ${command.attempt} is not the one under way any more.`, run);
  }
  switch (command.type) {
    case 'LoseAttempt':
      return [{ type: 'RunAttemptLost', data: { attempt: command.attempt, cause: command.cause, reason: command.reason } }];
    case 'RecordDrift':
      return [{ type: 'RunDrifted', data: { attempt: command.attempt, reason: command.reason, tables: command.tables } }];
    case 'RecordPlan':
      return [{ type: 'RunPlanned', data: command.plan }];
    case 'CompleteRun':
      return [{ type: 'RunCompleted', data: command.result }];
    case 'RefuseRun':
      return [{ type: 'RunRefused', data: { code: command.code, message: command.message, details: command.details } }];
    case 'FailRun':
      return [{ type: 'RunFailed', data: { code: command.code, message: command.message } }];
    case 'ConfirmCancel':
      return [{ type: 'RunCancelled', data: { phase: command.phase } }];
    default:
      return assertNever(command);
  }
};

/** The events that a command leads to, or a refusal. */
export const decide = (run: Run, command: RunCommand): readonly RunEvent[] => {
  switch (command.type) {
    case 'RequestRun':
      return run.state === 'none' ? [requestOf(command.requested)] : refuse('RUN_EXISTS', 'A run is requested once.', run);
    case 'ResolveConflicts':
      return resolve(run, command.resolutions);
    case 'ApprovePlan':
      return approve(run);
    case 'CancelRun':
      return cancel(run);
    case 'StartAttempt':
      return start(run, command.worker);
    default:
      return report(run, command);
  }
};
