import type { Metadata } from '../domain/run/events.ts';
import type { PlanSummary, Progress, Resolution, RunKind, RunResult } from '../domain/run/run.ts';
import type { Requested } from '../domain/run/state.ts';
import { Failure } from '../domain/refusal.ts';

/** One attempt at one run, as its handler sees it. */
export type RunJob<Request extends Requested = Requested> = Request & {
  readonly runId: string;
  /** From 1; two attempts never share a number, and only the newest may write to the log. */
  readonly attempt: number;
  readonly approvedPlanHash?: string;
  /** What was said on the conflicts of the approved plan, in the order in which it was said. */
  readonly resolutions: readonly Resolution[];
  /** For events that the handler causes beside the run. */
  readonly meta: Metadata;
  /**
   * Aborted with a `JobStopped` as reason. It may be aborted from the start: a cancelled run whose last attempt was lost
   * gets one more, to find out by the marker in the target what that attempt did.
   */
  readonly signal: AbortSignal;
  /** Latest value; stored at most ten times a second. */
  progress(progress: Progress): void;
  /** The log decides whether a plan waits: where approval was asked, and where it has conflicts. The handler ends as `planned` then. */
  planned(plan: PlanSummary): Promise<void>;
  drifted(reason: string, tables: readonly string[]): Promise<void>;
};

export type RunHandler<Kind extends RunKind = RunKind> = (job: RunJob<Extract<Requested, { readonly kind: Kind }>>) => Promise<RunOutcome>;

export type RunHandlers = { readonly [Kind in RunKind]: RunHandler<Kind> };

/** `failed` and `cancelled` promise that nothing was committed in the target; where that is not known, try again. */
export type RunOutcome =
  | { readonly state: 'completed'; readonly result: RunResult }
  /** Waits for approval, or for a word on its conflicts. */
  | { readonly state: 'planned' }
  | { readonly state: 'refused'; readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly state: 'failed'; readonly code: string; readonly message: string; readonly retryable: boolean }
  | { readonly state: 'cancelled'; readonly phase: string }
  /** Another attempt has taken over: this one says nothing more. */
  | { readonly state: 'superseded' };

export type StopCause = 'cancel' | 'superseded' | 'stopping';

const words: Readonly<Record<StopCause, string>> = {
  cancel: 'The run was cancelled.',
  superseded: 'Another attempt has taken over this run.',
  stopping: 'The worker is stopping; the next one continues.',
};

/** Why a job's signal was aborted. */
export class JobStopped extends Failure {
  readonly stop: StopCause;
  constructor(stop: StopCause) {
    super('conflict', `RUN_STOPPED_${stop.toUpperCase()}`, words[stop]);
    this.stop = stop;
  }
}

export const stopCauseOf = (signal: AbortSignal): StopCause | undefined =>
  signal.aborted && signal.reason instanceof JobStopped ? signal.reason.stop : undefined;
