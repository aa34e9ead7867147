import { Refusal } from '../domain/refusal.ts';
import type { Progress, RunState } from '../domain/run/run.ts';
import { isEnded } from '../domain/run/state.ts';
import type { StoreContext } from './context.ts';
import { createDoorbell, endable, eventChannel, patiently, progressChannel } from './log/subscribe.ts';
import * as statements from './progress.sql.ts';

/** The latest state of a run's work with the run's own state; `progress` is the queue until a worker has said something. */
export type StoredProgress = {
  readonly runId: string;
  readonly state: RunState;
  readonly attempt: number;
  /** Grows with every stored value of the run. */
  readonly sequence: number;
  readonly progress: Progress;
  readonly at: string;
};

type ProgressRow = { run_id: string; state: RunState; version: string; attempt: number; sequence: string; progress: Progress | null; at: string };

const queued: Progress = { phase: 'queued', tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 };
const pollMs = 2000;

const storedProgress = (row: ProgressRow): StoredProgress => ({
  runId: row.run_id,
  state: row.state,
  attempt: row.attempt,
  sequence: Number(row.sequence),
  progress: row.progress ?? queued,
  at: row.at,
});

export const saveProgress = async (context: StoreContext, runId: string, attempt: number, progress: Progress): Promise<void> => {
  await context.queries.run(statements.saveProgress(runId, attempt, JSON.stringify(progress)));
};

export const readProgress = async (context: StoreContext, runId: string): Promise<StoredProgress | undefined> => {
  const row = await context.queries.maybeOne<ProgressRow>(statements.readProgress(runId));
  return row === undefined ? undefined : storedProgress(row);
};

/** The latest value whenever it or the run's state changed; values in between may be skipped; ends with the run. */
export const subscribeProgress = (context: StoreContext, runId: string, signal?: AbortSignal): AsyncIterableIterator<StoredProgress, void, undefined> =>
  endable(signal, async function* (ended) {
    const doorbell = createDoorbell();
    const leaves = [
      context.listener.onWake(progressChannel, (payload) => (payload === '' || payload === runId ? doorbell.ring() : undefined)),
      context.listener.onWake(eventChannel, doorbell.ring),
    ];
    let seen = '';
    try {
      while (!ended.aborted) {
        const row = await patiently(ended, () => context.queries.maybeOne<ProgressRow>(statements.readProgress(runId)));
        if (row === undefined) throw new Refusal('RUN_UNKNOWN', `There is no run ${runId}. List the runs to find it.`, { runId });
        const mark = `${row.sequence} ${row.state}`;
        if (mark !== seen) {
          seen = mark;
          yield storedProgress(row);
        }
        if (isEnded(row.state)) return;
        await doorbell.wait(ended, pollMs);
      }
    } finally {
      leaves.forEach((leave) => leave());
    }
  });
