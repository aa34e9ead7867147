import type { Claim } from './attempts.ts';
import type { StoreContext } from './context.ts';
import { JobStopped, type StopCause } from './job.ts';
import { heldLeases, renewLeases, type Holder } from './lease.sql.ts';

/** The runs that a worker is at, and their stop buttons. */
export type HeldRuns = {
  count(): number;
  /** Runs `work` until it is over; its errors go to `failed`. */
  add(claim: Claim, work: (signal: AbortSignal) => Promise<void>, over: (error: unknown) => void): void;
  /** Renews the leases; stops what is not this worker's any more and what was cancelled. */
  renew(): Promise<void>;
  /** The same without renewing. */
  look(): Promise<void>;
  stopAll(cause: StopCause): void;
  /** Resolves when nothing runs, at the latest after so long. */
  idle(atMostMs: number): Promise<void>;
};

type Held = readonly { readonly run_id: string; readonly attempt: number; readonly cancel_requested: boolean }[];
type Running = { readonly claim: Claim; readonly stop: AbortController; readonly done: Promise<void> };

const judge = ({ claim, stop }: Running, held: Held): void => {
  const mine = held.find((lease) => lease.run_id === claim.runId && lease.attempt === claim.attempt);
  if (mine === undefined) stop.abort(new JobStopped('superseded'));
  else if (mine.cancel_requested) stop.abort(new JobStopped('cancel'));
};

export const createHeldRuns = ({ queries }: Pick<StoreContext, 'queries'>, holder: () => Holder): HeldRuns => {
  const running = new Set<Running>();
  const judgeBy = async (read: (runIds: readonly string[]) => Promise<Held>): Promise<void> => {
    // A reading says nothing of runs that began after it was asked for.
    const before = [...running];
    if (before.length === 0) return;
    const held = await read(before.map(({ claim }) => claim.runId));
    for (const run of before) judge(run, held);
  };
  return {
    count: () => running.size,
    add: (claim, work, over) => {
      const stop = new AbortController();
      if (claim.cancelRequested) stop.abort(new JobStopped('cancel'));
      const done = work(stop.signal).then(
        () => undefined,
        (error: unknown) => error,
      );
      const entry: Running = {
        claim,
        stop,
        done: done.then((error) => {
          running.delete(entry);
          over(error);
        }),
      };
      running.add(entry);
    },
    renew: () => judgeBy((runIds) => queries.many(renewLeases(holder(), runIds))),
    look: () => judgeBy(() => queries.many(heldLeases(holder().worker))),
    stopAll: (cause) => running.forEach(({ stop }) => stop.abort(new JobStopped(cause))),
    idle: async (atMostMs) => {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, atMostMs)));
      await Promise.race([Promise.all([...running].map(({ done }) => done)), patience]);
      clearTimeout(timer);
    },
  };
};
