import type { SnapshotCause } from '../../../domain/run/events.ts';
import { createDoorbell } from '../../log/subscribe.ts';

export type Ring = {
  /** `any`: something changed, and nobody knows where. */
  readonly tables: readonly string[] | 'any';
  readonly by: SnapshotCause;
  readonly run?: string;
  /** Whoever rings looks only now and then, and says when a look found nothing: before that nobody knows whether it is quiet. */
  readonly untilCalm?: boolean;
};

export type Rung = {
  readonly changed: ReadonlySet<string> | undefined;
  /** The first that rang. */
  readonly by: SnapshotCause;
  readonly run?: string;
};

/** Rings until somebody comes, and then until a burst has ended: many changes make one snapshot. */
export type Bell = {
  ring(ring: Ring): void;
  /** A look found nothing. */
  calm(by: 'hooks' | 'polling'): void;
  /** Undefined when the signal aborts. */
  next(signal: AbortSignal): Promise<Rung | undefined>;
  /** After a snapshot that took so long: one that follows while changes go on without a pause waits its share. */
  rest(milliseconds: number): void;
};

const quietMs = 120;
const mostMs = 500;
/** Of the time in which changes do not stop, snapshots take a twentieth. */
const restTimes = 19;
const longestRestMs = 120_000;
/** Polling cannot tell whether changes stop: it rests when snapshots that took their time follow each other. */
const largeInARow = 2;

type Pending = { rung: Rung; readonly firstAt: number; quietAt: number; isPolled: boolean };

const merged = (one: Rung, { tables }: Ring): Rung => ({
  ...one,
  changed: one.changed === undefined || tables === 'any' ? undefined : new Set([...one.changed, ...tables]),
});

/** A snapshot that took longer than `largeMs` is a large one. */
export const createBell = (largeMs: number): Bell => {
  const doorbell = createDoorbell();
  let pending: Pending | undefined;
  let restUntil = 0;
  let largePolled = 0;
  let isPolled = false;
  /** A single change is seen after a short quiet; changes that go on are seen at the end of the rest at the latest. */
  const dueAt = (waiting: Pending): number => {
    if (waiting.isPolled) return Math.max(waiting.quietAt, largePolled >= largeInARow ? restUntil : 0);
    return Math.min(waiting.quietAt, Math.max(waiting.firstAt + mostMs, restUntil));
  };
  return {
    ring: (ring) => {
      const now = performance.now();
      const quietAt = ring.untilCalm === true ? Number.POSITIVE_INFINITY : now + quietMs;
      if (pending === undefined) {
        const { tables, by, run } = ring;
        const rung = { changed: tables === 'any' ? undefined : new Set(tables), by, ...(run === undefined ? {} : { run }) };
        pending = { rung, firstAt: now, quietAt, isPolled: by === 'polling' };
      } else {
        pending.rung = merged(pending.rung, ring);
        pending.quietAt = quietAt;
        pending.isPolled &&= ring.by === 'polling';
      }
      doorbell.ring();
    },
    calm: (by) => {
      if (by === 'polling') largePolled = 0;
      else if (pending?.quietAt === Number.POSITIVE_INFINITY) {
        pending.quietAt = performance.now();
        doorbell.ring();
      }
    },
    next: async (signal) => {
      while (!signal.aborted) {
        const left = pending === undefined ? 60_000 : dueAt(pending) - performance.now();
        if (pending !== undefined && left <= 0) {
          const { rung } = pending;
          ({ isPolled } = pending);
          pending = undefined;
          return rung;
        }
        await doorbell.wait(signal, left);
      }
      return undefined;
    },
    rest: (milliseconds) => {
      restUntil = performance.now() + Math.min(longestRestMs, milliseconds * restTimes);
      largePolled = isPolled && milliseconds > largeMs ? largePolled + 1 : 0;
    },
  };
};
