import { hostname } from 'node:os';
import type { Progress } from '../domain/run/run.ts';
import { Failure, Refusal } from '../domain/refusal.ts';
import { crashPoint } from '../infra/crash-point.ts';
import { claimNext, releasePlanned, report, takeOverAbandoned, type Claim } from './attempts.ts';
import { conclude, outcomeOfError, type Conclusion, type RetryPolicy } from './conclude.ts';
import { JobStopped, stopCauseOf, type RunHandlers, type RunJob, type RunOutcome } from './job.ts';
import { heldLeases, renewLeases, type Holder } from './lease.sql.ts';
import { newId } from './log/append.ts';
import { eventChannel } from './log/subscribe.ts';
import { openPresence, type Presence } from './presence.ts';
import { createProgressSaver } from './progress-saver.ts';
import type { Store } from './store.ts';

export { JobStopped, stopCauseOf } from './job.ts';
export type { RunHandler, RunHandlers, RunJob, RunOutcome } from './job.ts';

export type WorkerOptions = {
  readonly handlers: RunHandlers;
  /** A worker that renews nothing for this long has lost its runs. */
  readonly leaseSeconds: number;
  readonly workerId?: string;
  /** Runs at a time; runs on one database take turns by its lock anyway. */
  readonly concurrency?: number;
  readonly retry?: RetryPolicy;
  /** On stop: how long current runs may finish by themselves, and then how long they may take to give up. */
  readonly finishSeconds?: number;
  readonly giveUpSeconds?: number;
  readonly onError?: (error: unknown, runId?: string) => void;
};

export type Worker = { readonly id: string; stop(): Promise<void> };

type Running = { readonly claim: Claim; readonly stop: AbortController; done: Promise<void> };

const sweepMs = 1000;
const defaultRetry: RetryPolicy = { most: 5, firstDelaySeconds: 1, longestDelaySeconds: 60 };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes runs from the queue and sees them to their end. What must never happen: two attempts of one run both heard by the
 * log (version and attempt number decide), and a run that nobody holds and nobody will take (message or lease is always
 * there, and every live worker sweeps for abandoned leases).
 */
export const startWorker = async (store: Store, options: WorkerOptions): Promise<Worker> => {
  const id = options.workerId ?? `${hostname()}-${process.pid}-${newId().slice(-6)}`;
  const worker = createWorker(store, { ...options, id, presence: await openPresence(store.context.url, id) });
  worker.begin();
  return { id, stop: worker.stop };
};

const createWorker = (store: Store, options: WorkerOptions & { readonly id: string; readonly presence: Presence }) => {
  const { context } = store;
  const { id } = options;
  const concurrency = options.concurrency ?? 2;
  const running = new Map<string, Running>();
  const onError = options.onError ?? (() => undefined);
  let presence = options.presence;
  let stopping = false;
  let stopped = false;
  let pumping: Promise<void> | undefined;
  let pumpAgain = false;
  const holder = (): Holder => ({ worker: id, workerLock: presence.number, leaseSeconds: options.leaseSeconds });
  const timers: NodeJS.Timeout[] = [];
  const leaves: (() => void)[] = [];

  /** After a restart of the store the session is gone though the worker is not: it stands up again, and renewing says what is still its own. */
  const guardPresence = (): void => {
    void presence.session.lost.then(async (error) => {
      if (stopping) return;
      onError(error);
      while (!stopping) {
        try {
          presence = await openPresence(context.url, id);
          guardPresence();
          await renew();
          return;
        } catch (failure) {
          onError(failure);
          await pause(500);
        }
      }
    });
  };

  type Held = readonly { run_id: string; attempt: number; cancel_requested: boolean }[];
  const judgeBy = async (read: (runIds: readonly string[]) => Promise<Held>): Promise<void> => {
    // A reading says nothing of runs that began after it was asked for.
    const before = [...running.values()];
    if (before.length === 0) return;
    const held = await read(before.map(({ claim }) => claim.runId));
    for (const { claim, stop } of before) {
      const mine = held.find((lease) => lease.run_id === claim.runId && lease.attempt === claim.attempt);
      if (mine === undefined) stop.abort(new JobStopped('superseded'));
      else if (mine.cancel_requested) stop.abort(new JobStopped('cancel'));
    }
  };
  const renew = (): Promise<void> => judgeBy((runIds) => context.queries.many(renewLeases(holder(), runIds)));
  const look = (): Promise<void> => judgeBy(() => context.queries.many(heldLeases(id)));

  const takeAll = async (): Promise<void> => {
    do {
      pumpAgain = false;
      while (!stopping && running.size < concurrency) {
        const claim = await claimNext(context, holder());
        if (claim === 'idle') break;
        if (claim !== 'dropped') begin(claim);
      }
    } while (pumpAgain && !stopping);
  };
  const pump = async (): Promise<void> => {
    pumpAgain = true;
    pumping ??= takeAll().finally(() => (pumping = undefined));
    await pumping;
  };

  const begin = (claim: Claim): void => {
    const stop = new AbortController();
    if (claim.cancelRequested) stop.abort(new JobStopped('cancel'));
    const entry: Running = { claim, stop, done: Promise.resolve() };
    running.set(claim.runId, entry);
    entry.done = attempt(entry)
      .catch((error: unknown) => onError(error, claim.runId))
      .finally(() => {
        running.delete(claim.runId);
        wake();
      });
  };

  const attempt = async ({ claim, stop }: Running): Promise<void> => {
    crashPoint('run started');
    const saver = createProgressSaver((progress) => store.saveProgress(claim.runId, claim.attempt, progress));
    const outcome = await runHandler(options.handlers, jobOf(store, claim, stop.signal, saver.offer)).catch((error: unknown) => {
      onError(error, claim.runId);
      return outcomeOfError(error);
    });
    crashPoint('run handled');
    await saver.flush();
    await settle(claim, () =>
      conclude(outcome, {
        attempt: claim.attempt,
        retries: claim.retries,
        stop: stopCauseOf(stop.signal),
        phase: saver.latest()?.phase ?? 'queued',
        policy: options.retry ?? defaultRetry,
      }),
    );
    crashPoint('run settled');
  };

  /** The store may be away for a moment: what was done is reported when it is back, unless another attempt has taken over. */
  const settle = async (claim: Claim, concluded: () => Conclusion): Promise<void> => {
    while (!stopped) {
      try {
        const conclusion = concluded();
        if (conclusion.kind === 'silent') return;
        if (conclusion.kind === 'release planned') return await releasePlanned(context, claim, id);
        const next = conclusion.nextAfterSeconds;
        return await report(context, claim, conclusion.command, { worker: id, ...(next === undefined ? {} : { nextAfterSeconds: next }) });
      } catch (error) {
        if (error instanceof Refusal && error.code === 'RUN_SUPERSEDED') return;
        if (!(error instanceof Failure) || error.kind === 'defect') throw error;
        onError(error, claim.runId);
        await pause(500);
      }
    }
  };

  const quietly = (work: () => Promise<unknown>) => (): void => void work().catch(onError);
  const wake = quietly(async () => {
    await look();
    await pump();
  });

  return {
    id,
    begin: () => {
      guardPresence();
      leaves.push(context.listener.onWake(eventChannel, wake));
      timers.push(setInterval(quietly(renew), Math.max(200, (options.leaseSeconds * 1000) / 3)));
      timers.push(
        setInterval(
          quietly(async () => {
            await takeOverAbandoned(context);
            await look();
            await pump();
          }),
          sweepMs,
        ),
      );
      quietly(() => takeOverAbandoned(context).then(pump))();
    },
    stop: async () => {
      if (stopping) return;
      stopping = true;
      leaves.forEach((leave) => leave());
      await pumping?.catch(onError);
      const all = (): Promise<unknown> => Promise.all([...running.values()].map(({ done }) => done));
      await Promise.race([all(), pause((options.finishSeconds ?? 5) * 1000)]);
      for (const { stop } of running.values()) stop.abort(new JobStopped('stopping'));
      await Promise.race([all(), pause((options.giveUpSeconds ?? 10) * 1000)]);
      timers.forEach((timer) => clearInterval(timer));
      stopped = true;
      // What has not given up by now loses its session here, and the next worker takes it over at once.
      await presence.session.close();
    },
  };
};

const runHandler = (handlers: RunHandlers, job: RunJob): Promise<RunOutcome> => (job.kind === 'import' ? handlers.import(job) : handlers.export(job));

const jobOf = (store: Store, claim: Claim, signal: AbortSignal, progress: (progress: Progress) => void): RunJob => ({
  ...claim.requested,
  runId: claim.runId,
  attempt: claim.attempt,
  ...(claim.approvedPlanHash === undefined ? {} : { approvedPlanHash: claim.approvedPlanHash }),
  meta: claim.meta,
  signal,
  progress,
  planned: (plan) => report(store.context, claim, { type: 'RecordPlan', attempt: claim.attempt, plan }),
  drifted: (reason, tables) => report(store.context, claim, { type: 'RecordDrift', attempt: claim.attempt, reason, tables }),
});
