import type { AttemptCommand } from '../domain/run/decide.ts';
import { Failure, Refusal } from '../domain/refusal.ts';
import { assertNever } from '../domain/refusal.ts';
import { JobStopped, type RunOutcome, type StopCause } from './job.ts';

export type RetryPolicy = { readonly most: number; readonly firstDelaySeconds: number; readonly longestDelaySeconds: number };

/** What to append when an attempt is over, and when the next one comes; nothing when another attempt has the say. */
export type Conclusion =
  | { readonly kind: 'silent' }
  | { readonly kind: 'release planned' }
  | { readonly kind: 'report'; readonly command: Exclude<AttemptCommand, { type: 'StartAttempt' }>; readonly nextAfterSeconds?: number };

export type Ended = {
  readonly attempt: number;
  readonly retries: number;
  readonly stop: StopCause | undefined;
  readonly phase: string;
  readonly policy: RetryPolicy;
};

export const outcomeOfError = (error: unknown): RunOutcome => {
  if (error instanceof JobStopped) return error.stop === 'superseded' ? { state: 'superseded' } : { state: 'cancelled', phase: '' };
  if (error instanceof Refusal) {
    if (error.code === 'RUN_SUPERSEDED') return { state: 'superseded' };
    return { state: 'refused', code: error.code, message: error.message, details: error.details };
  }
  if (error instanceof Failure) return { state: 'failed', code: error.code, message: error.message, retryable: error.retryable };
  return { state: 'failed', code: 'DEFECT', message: 'Waybill broke; the log of the worker has the details.', retryable: false };
};

const delayOf = ({ retries, policy }: Ended): number => Math.min(policy.firstDelaySeconds * 2 ** retries, policy.longestDelaySeconds);

const again = (ended: Ended, cause: 'retry' | 'worker-stopped', reason: string, nextAfterSeconds: number): Conclusion => ({
  kind: 'report',
  command: { type: 'LoseAttempt', attempt: ended.attempt, cause, reason },
  nextAfterSeconds,
});

/** Retryable faults are tried again, bounded; refusals never; a stopping worker hands its run on. */
export const conclude = (outcome: RunOutcome, ended: Ended): Conclusion => {
  const { attempt } = ended;
  if (ended.stop === 'superseded') return { kind: 'silent' };
  switch (outcome.state) {
    case 'superseded':
      // A handler that only saw itself stopped; should another attempt have the say after all, the report is refused.
      return ended.stop === 'stopping' ? again(ended, 'worker-stopped', 'The worker was stopped.', 0) : { kind: 'silent' };
    case 'planned':
      return { kind: 'release planned' };
    case 'completed':
      return { kind: 'report', command: { type: 'CompleteRun', attempt, result: outcome.result } };
    case 'refused':
      return { kind: 'report', command: { type: 'RefuseRun', attempt, code: outcome.code, message: outcome.message, details: outcome.details } };
    case 'cancelled':
      if (ended.stop === 'stopping') return again(ended, 'worker-stopped', 'The worker was stopped.', 0);
      return { kind: 'report', command: { type: 'ConfirmCancel', attempt, phase: outcome.phase === '' ? ended.phase : outcome.phase } };
    case 'failed': {
      if (ended.stop === 'stopping') return again(ended, 'worker-stopped', 'The worker was stopped.', 0);
      // The statement under way was cancelled on our own request: its transaction is rolled back.
      if (ended.stop === 'cancel' && outcome.code === 'STATEMENT_CANCELLED')
        return { kind: 'report', command: { type: 'ConfirmCancel', attempt, phase: ended.phase } };
      if (outcome.retryable && ended.retries < ended.policy.most) {
        return again(ended, 'retry', `${outcome.code}: ${outcome.message}`, ended.stop === 'cancel' ? 0 : delayOf(ended));
      }
      return { kind: 'report', command: { type: 'FailRun', attempt, code: outcome.code, message: outcome.message } };
    }
    default:
      return assertNever(outcome);
  }
};
