import { hostname } from 'node:os';
import { attemptRun, type Workplace } from './attempt.ts';
import { claimNext, takeOverAbandoned } from './attempts.ts';
import type { RetryPolicy } from './conclude.ts';
import { createHeldRuns, type HeldRuns } from './held-runs.ts';
import type { RunHandlers } from './job.ts';
import type { Holder } from './lease.sql.ts';
import { newId } from './log/append.ts';
import { eventChannel } from './log/subscribe.ts';
import { openPresence, type Presence } from './presence.ts';
import type { Store } from './store.ts';

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

const sweepMs = 1000;
const defaultRetry: RetryPolicy = { most: 5, firstDelaySeconds: 1, longestDelaySeconds: 60 };

/**
 * Takes runs from the queue and sees them to their end. What must never happen: two attempts of one run both heard by the
 * log (version and attempt number decide), and a run that nobody holds and nobody will take (message or lease is always
 * there, and every live worker sweeps for abandoned leases).
 */
export const startWorker = async (store: Store, options: WorkerOptions): Promise<Worker> => {
  const id = options.workerId ?? `${hostname()}-${process.pid}-${newId().slice(-6)}`;
  const onError = options.onError ?? (() => undefined);
  let left = false;
  const presence: Presence = await openPresence(store.context.url, id, { renew: () => held.renew(), error: onError });
  const holder = (): Holder => ({ worker: id, workerLock: presence.number(), leaseSeconds: options.leaseSeconds });
  const held = createHeldRuns(store.context, holder);
  const workplace: Workplace = { store, id, handlers: options.handlers, retry: options.retry ?? defaultRetry, hasLeft: () => left, onError };
  const pump = createPump(workplace, held, { holder, concurrency: options.concurrency ?? 2 });
  const leave = schedule(workplace, held, pump, options.leaseSeconds);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await pump.close();
    await held.idle((options.finishSeconds ?? 5) * 1000);
    held.stopAll('stopping');
    await held.idle((options.giveUpSeconds ?? 10) * 1000);
    left = true;
    leave();
    // What has not given up by now loses its session here, and the next worker takes it over at once.
    await presence.close();
  };
  return { id, stop: () => (stopped ??= stop()) };
};

type Pump = { wake(): Promise<void>; close(): Promise<void> };

/** Takes messages while there is room; woken meanwhile, it looks once more. */
const createPump = (workplace: Workplace, held: HeldRuns, options: { readonly holder: () => Holder; readonly concurrency: number }): Pump => {
  let closed = false;
  let again = false;
  let pumping: Promise<void> | undefined;
  const takeAll = async (): Promise<void> => {
    do {
      again = false;
      while (!closed && held.count() < options.concurrency) {
        const claim = await claimNext(workplace.store.context, options.holder());
        if (claim === 'idle') break;
        if (claim === 'dropped') continue;
        held.add(
          claim,
          (signal) => attemptRun(workplace, claim, signal),
          (error) => {
            if (error !== undefined) workplace.onError(error, claim.runId);
            void wake().catch(workplace.onError);
          },
        );
      }
    } while (again && !closed);
  };
  const wake = async (): Promise<void> => {
    if (closed) return;
    again = true;
    pumping ??= takeAll().finally(() => (pumping = undefined));
    await pumping;
  };
  return {
    wake,
    close: async () => {
      closed = true;
      await pumping?.catch(workplace.onError);
    },
  };
};

/** What happens on events and by the clock; gives the way to end it. */
const schedule = ({ store, onError }: Workplace, held: HeldRuns, pump: Pump, leaseSeconds: number): (() => void) => {
  const quietly = (work: () => Promise<unknown>) => (): void => void work().catch(onError);
  const look = async (): Promise<void> => {
    await held.look();
    await pump.wake();
  };
  const sweep = async (): Promise<void> => {
    await takeOverAbandoned(store.context);
    await look();
  };
  const unlisten = store.context.listener.onWake(eventChannel, quietly(look));
  const timers = [setInterval(quietly(held.renew), Math.max(200, (leaseSeconds * 1000) / 3)), setInterval(quietly(sweep), sweepMs)];
  quietly(sweep)();
  return () => {
    unlisten();
    timers.forEach((timer) => clearInterval(timer));
  };
};
