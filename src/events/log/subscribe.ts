import { Failure } from '../../domain/refusal.ts';
import type { StoredEvent } from '../../domain/run/events.ts';
import type { Listener } from '../../infra/postgres/listener.ts';
import type { Queries } from '../../infra/postgres/transaction-pool.ts';
import { decodeEvent, type EventRow } from './codec.ts';
import { readEvents } from './read.sql.ts';
import { isAboutRuns, passes, type EventFilter, type Tail } from './tail.ts';

export const eventChannel = 'waybill_event';
export const progressChannel = 'waybill_progress';

const batch = 500;
/** A notification may be lost; the log is looked at this often all the same. */
const pollMs = 2000;

/** A doorbell: rung while nobody waits, it is remembered once. */
export type Doorbell = { ring(): void; wait(signal: AbortSignal, atMostMs: number): Promise<void> };

export const createDoorbell = (): Doorbell => {
  let rung = false;
  let answer: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      answer?.();
    },
    wait: (signal, atMostMs) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          answer = undefined;
          rung = false;
          resolve();
        };
        const timer = setTimeout(done, atMostMs);
        signal.addEventListener('abort', done, { once: true });
        answer = done;
        if (rung || signal.aborted) done();
      }),
  };
};

/**
 * `return()` of an async generator waits for the `next()` under way, which may wait for an event that never comes. Here it
 * ends that wait first, so a client that goes away leaves nothing behind.
 */
export const endable = <Value>(
  signal: AbortSignal | undefined,
  start: (signal: AbortSignal) => AsyncGenerator<Value, void, undefined>,
): AsyncIterableIterator<Value, void, undefined> => {
  const left = new AbortController();
  const values = start(signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]));
  return {
    next: () => values.next(),
    return: () => {
      left.abort();
      return values.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};

const patienceMs = 30_000;
const pauseMs = 200;

/** Reads again while the store is away for a moment: a follower only waits then, its cursor does not move. */
export const patiently = async <Value>(signal: AbortSignal, read: () => Promise<Value>): Promise<Value> => {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Failure && error.retryable) || signal.aborted || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
};

type SubscribeOptions = { readonly after: number; readonly filter?: EventFilter; readonly signal: AbortSignal };

/** Reads on in the log itself: as far as `head`, one batch at a time. */
const catchUp = async (log: Queries, options: SubscribeOptions, cursor: number, head: number): Promise<Step> => {
  const rows = await log.many<EventRow>(readEvents({ ...options.filter, after: cursor, upTo: head, limit: batch }));
  const events = rows.map(decodeEvent);
  // Fewer than asked for: everything up to the head was looked at, also what the filter leaves out.
  return { events, reached: events.length < batch ? head : (events.at(-1)?.position ?? head) };
};

type Step = { readonly events: readonly StoredEvent[]; readonly reached: number };

const readOn = async (
  log: Queries,
  tail: Tail,
  options: SubscribeOptions,
  { cursor, head }: { readonly cursor: number; readonly head: number },
): Promise<Step> => {
  const near = isAboutRuns(options.filter) ? undefined : tail.after(cursor);
  if (near === undefined) return patiently(options.signal, () => catchUp(log, options, cursor, head));
  return { events: near.filter((event) => passes(options.filter, event)), reached: near.at(-1)?.position ?? cursor };
};

const untilAborted = function* <Value>(values: readonly Value[], signal: AbortSignal): Generator<Value, void, undefined> {
  for (const value of values) {
    if (signal.aborted) return;
    yield value;
  }
};

/**
 * Every event after a position, once, in order, for as long as the caller reads. Positions are gapless in commit order, so
 * the cursor alone decides; nothing is held in memory for a slow reader but one batch.
 */
export const subscribeEvents = async function* (
  log: Queries,
  tail: Tail,
  listener: Listener,
  options: SubscribeOptions,
): AsyncGenerator<StoredEvent, void, undefined> {
  const doorbell = createDoorbell();
  const leave = listener.onWake(eventChannel, doorbell.ring);
  let cursor = options.after;
  try {
    while (!options.signal.aborted) {
      const head = await patiently(options.signal, tail.refresh);
      if (head <= cursor) {
        await doorbell.wait(options.signal, pollMs);
        continue;
      }
      const { events, reached } = await readOn(log, tail, options, { cursor, head });
      yield* untilAborted(events, options.signal);
      cursor = reached;
    }
  } finally {
    leave();
  }
};
