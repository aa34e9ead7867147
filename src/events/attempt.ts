import { assertNever, Failure, Refusal } from '../domain/refusal.ts';
import type { Progress } from '../domain/run/run.ts';
import { crashPoint } from '../infra/crash-point.ts';
import { sqlStateOf } from '../infra/postgres/errors.ts';
import { releasePlanned, report, type Claim } from './attempts.ts';
import { conclude, outcomeOfError, type Conclusion, type RetryPolicy } from './conclude.ts';
import { stopCauseOf, type RunHandlers, type RunJob, type RunOutcome } from './job.ts';
import { createProgressSaver } from './progress-saver.ts';
import type { Store } from './store.ts';

/** What an attempt needs of its worker. */
export type Workplace = {
  readonly store: Store;
  readonly id: string;
  readonly handlers: RunHandlers;
  readonly retry: RetryPolicy;
  /** True when the worker has given up its presence and nobody listens any more. */
  readonly hasLeft: () => boolean;
  readonly onError: (error: unknown, runId?: string) => void;
};

const pauseMs = 500;

/** Runs the handler of a claimed run and reports how it ended. */
export const attemptRun = async (workplace: Workplace, claim: Claim, signal: AbortSignal): Promise<void> => {
  const { store, onError } = workplace;
  crashPoint('run started');
  const saver = createProgressSaver((progress) => store.saveProgress(claim.runId, claim.attempt, progress));
  const outcome = await runHandler(workplace.handlers, jobOf(store, claim, signal, saver.offer)).catch((error: unknown) => {
    onError(error, claim.runId);
    return outcomeOfError(error);
  });
  crashPoint('run handled');
  await saver.flush();
  await settle(workplace, claim, () =>
    conclude(outcome, {
      attempt: claim.attempt,
      retries: claim.retries,
      stop: stopCauseOf(signal),
      phase: saver.latest()?.phase ?? 'queued',
      policy: workplace.retry,
    }),
  );
  crashPoint('run settled');
};

/** The store may be away for a moment: what was done is reported when it is back, unless another attempt has taken over. */
const settle = async (workplace: Workplace, claim: Claim, concluded: () => Conclusion): Promise<void> => {
  while (!workplace.hasLeft()) {
    try {
      return await reportConclusion(workplace, claim, concluded());
    } catch (error) {
      if (error instanceof Refusal && error.code === 'RUN_SUPERSEDED') return;
      if (isHopeless(error)) throw error;
      workplace.onError(error, claim.runId);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
};

const reportConclusion = async ({ store, id }: Workplace, claim: Claim, conclusion: Conclusion): Promise<void> => {
  if (conclusion.kind === 'silent') return;
  if (conclusion.kind === 'release planned') return releasePlanned(store.context, claim, id);
  const next = conclusion.nextAfterSeconds;
  await report(store.context, claim, conclusion.command, { worker: id, ...(next === undefined ? {} : { nextAfterSeconds: next }) });
};

/** What the log refuses to hold it will refuse again: the lease is left to run out, and the next attempt starts afresh. */
const isHopeless = (error: unknown): boolean =>
  !(error instanceof Failure) || error.kind === 'defect' || /^(0A|22|23|42)/.test(sqlStateOf(error)?.sqlState ?? '');

const runHandler = (handlers: RunHandlers, job: RunJob): Promise<RunOutcome> => {
  switch (job.kind) {
    case 'import':
      return handlers.import(job);
    case 'merge':
      return handlers.merge(job);
    case 'replace':
      return handlers.replace(job);
    case 'rollback':
      return handlers.rollback(job);
    case 'replay':
      return handlers.replay(job);
    case 'export':
      return handlers.export(job);
    default:
      return assertNever(job);
  }
};

const jobOf = (store: Store, claim: Claim, signal: AbortSignal, progress: (progress: Progress) => void): RunJob => ({
  ...claim.requested,
  runId: claim.runId,
  attempt: claim.attempt,
  ...(claim.approvedPlanHash === undefined ? {} : { approvedPlanHash: claim.approvedPlanHash }),
  resolutions: claim.resolutions,
  meta: claim.meta,
  signal,
  progress,
  planned: (plan) => report(store.context, claim, { type: 'RecordPlan', attempt: claim.attempt, plan }),
  drifted: (reason, tables) => report(store.context, claim, { type: 'RecordDrift', attempt: claim.attempt, reason, tables }),
});
