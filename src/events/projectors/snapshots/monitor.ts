import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../domain/refusal.ts';
import type { Metadata } from '../../../domain/run/events.ts';
import { openSession, type Session } from '../../../infra/postgres/session.ts';
import { stopOnAbort } from '../../../infra/postgres/stop-on-abort.ts';
import type { KnownDatabase } from '../../databases.ts';
import type { SnapshotReport } from '../../snapshots.ts';
import type { Store } from '../../store.ts';
import { createBell, type Bell, type Rung } from './bell.ts';
import { openDecoding } from './decoding.ts';
import { snapshotFailure } from './failure.ts';
import { followHooks, type Hooks, type RingHooks } from './hooks.ts';
import { openPolling, poll } from './polling.ts';
import { endWhenIdle, heartbeat, holdWatch, ownSearchPath } from './snapshots.sql.ts';
import { openTaker, type Taken, type Taker, type TakerPorts } from './taker.ts';
import { openTriggers } from './triggers.ts';

export type MonitorPorts = TakerPorts & {
  readonly store: Store;
  readonly databases: { find(name: string): Promise<KnownDatabase> };
};

export type MonitorEvent =
  | { readonly type: 'written'; readonly report: SnapshotReport }
  /** The first of a time in which none can be made. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly error: unknown }
  /** How changes are learned from now on, and why not otherwise. */
  | { readonly type: 'learning'; readonly by: Hooks['kind'] | 'polling'; readonly reason: string }
  /** Another process watches this database. */
  | { readonly type: 'waiting' };

export type Monitor = { readonly bell: Bell; stop(): Promise<void> };

const meta: Metadata = { actor: 'snapshots', requestId: 'snapshots', client: 'server' };
const longestPauseMs = 60_000;
const firstPauseMs = 1000;
const tryAgainMs = 2000;
/** Where there are no hooks: they may be installed while we watch. */
const hooksAgainMs = 15_000;
/** Hooks that were lost: a transaction that holds the slot keeps the next one from being made, too. */
const lostAgainMs = 2000;
const heartbeatMs = 5000;

type Tell = (event: MonitorEvent) => void;

/**
 * Follows one database: a bell rings (a run of ours, hooks, polling), the burst ends, and its files are brought up to date.
 * Of all servers one does so, by a lock in the store that goes with its session. Whatever breaks is told once, ends all
 * sessions, and is tried again from the beginning, where everything is looked at: nothing has to be remembered.
 */
export const startMonitor = (ports: MonitorPorts, database: string, tell: Tell): Monitor => {
  const stopping = new AbortController();
  const bell = createBell(Math.max(1000, ports.config.snapshot.intervalSeconds * 100));
  const failing = trackFailure(ports.store, database, tell);
  let isTold = false;
  const turn = async (): Promise<void> => {
    const lock = await openSession(ports.store.context.url, { purpose: 'snapshots', statementTimeoutMs: 10_000 });
    try {
      const { held } = await lock.one<{ held: boolean }>(holdWatch(database));
      if (held) return await watch(ports, { database, bell, lock, failing, tell, signal: stopping.signal });
      if (!isTold) tell({ type: 'waiting' });
      isTold = true;
    } finally {
      await lock.close();
    }
    await pause(tryAgainMs, stopping.signal);
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const pauseMs = await turn().then(
        () => 0,
        (error: unknown) => (stopping.signal.aborted ? 0 : failing.failed(error)),
      );
      await pause(pauseMs, stopping.signal);
    }
  };
  const ended = work();
  return {
    bell,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
};

const pause = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  milliseconds === 0 ? Promise.resolve() : sleep(milliseconds, undefined, { signal }).catch(() => undefined);

type Failing = {
  /** Tells of the first, and says how long to wait. */
  failed(error: unknown): Promise<number>;
  /** A snapshot was taken; the first after a failure is told even when it changed nothing. */
  succeeded(rung: Rung, taken: Taken): Promise<void>;
};

const trackFailure = (store: Store, database: string, tell: Tell): Failing => {
  let pauseMs = 0;
  /** The store was away when it was to be told. */
  let isFailureOwed = false;
  let owed: SnapshotReport[] = [];
  const say = async (): Promise<void> => {
    for (const report of owed.splice(0)) {
      await store.snapshotWritten(report, meta).catch((error: unknown) => {
        owed = [report, ...owed];
        throw error;
      });
    }
  };
  return {
    failed: async (thrown) => {
      const error = snapshotFailure(thrown);
      const code = error instanceof Failure ? error.code : 'SNAPSHOT_FAILED';
      // What PostgreSQL says may quote a row; what was not foreseen may say anything.
      const message =
        error instanceof Failure && error.code !== 'DATABASE_ERROR' ? error.message : 'The snapshot could not be made; the log of the server says more.';
      if (pauseMs === 0 || isFailureOwed) {
        if (pauseMs === 0) tell({ type: 'failed', code, message: error.message, error });
        isFailureOwed = await store.snapshotFailed({ database, code, message: message.slice(0, 1000) }, meta).then(
          () => false,
          () => true,
        );
      }
      pauseMs = Math.min(longestPauseMs, pauseMs === 0 ? firstPauseMs : pauseMs * 2);
      return pauseMs;
    },
    succeeded: async ({ by, run }, { wrote, files, tables, bytesRead, bytesWritten, milliseconds }) => {
      if (wrote || pauseMs > 0) {
        const written = files.flatMap(({ written: isWritten, ...file }) => (isWritten ? [file] : []));
        const report = { database, by, ...(run === undefined ? {} : { run }), tables, files: written, bytesRead, bytesWritten, milliseconds };
        tell({ type: 'written', report });
        owed.push(report);
      }
      await say();
      pauseMs = 0;
      isFailureOwed = false;
    },
  };
};

type Watching = {
  readonly database: string;
  readonly bell: Bell;
  readonly lock: Session;
  readonly failing: Failing;
  readonly tell: Tell;
  readonly signal: AbortSignal;
};

/** Until the signal aborts; throws when something breaks. */
const watch = async (ports: MonitorPorts, { database, bell, lock, failing, tell, signal }: Watching): Promise<void> => {
  const { hooks: wantsHooks, intervalSeconds } = ports.config.snapshot;
  const known = await ports.databases.find(database);
  const opened: { close(): Promise<unknown> }[] = [];
  const broken = new AbortController();
  const both = AbortSignal.any([signal, broken.signal]);
  const running: Promise<void>[] = [];
  const run = (work: Promise<void>): void =>
    void running.push(work.catch((error: unknown) => (broken.signal.aborted || signal.aborted ? undefined : broken.abort(error))));
  try {
    const polled = await openSession(known.url, { purpose: 'snapshots polling', statementTimeoutMs: 60_000 });
    opened.push(polled);
    const taker = await openTaker(ports, known);
    opened.push(taker);
    await polled.run(ownSearchPath);
    let learned: Hooks | undefined;
    const polling = await openPolling(polled, () => learned?.isComplete === true);
    for (const session of [lock, polled]) void session.lost.then((error) => broken.abort(error));
    run(keepHeld(lock, both));
    run(poll(polling, intervalSeconds * 1000, both, ringOf(bell, taker, 'polling')));
    if (wantsHooks) run(learnByHooks({ url: known.url, signal: both, tell, ring: ringOf(bell, taker, 'hooks'), learned: (hooks) => (learned = hooks) }));
    else tell({ type: 'learning', by: 'polling', reason: 'hooks are switched off' });
    bell.ring({ tables: 'any', by: 'start' });
    for (;;) {
      const rung = await bell.next(both);
      if (rung === undefined) break;
      const taken = await taker.take({ ...(rung.changed === undefined ? {} : { changed: rung.changed }), signal: both });
      if (rung.changed === undefined) polling.lookedAtAll(taken.milliseconds);
      await failing.succeeded(rung, taken);
      bell.rest(taken.milliseconds);
    }
    if (!signal.aborted) throw broken.signal.reason;
  } catch (error) {
    throw broken.signal.aborted && !signal.aborted ? broken.signal.reason : error;
  } finally {
    broken.abort();
    await Promise.all(opened.map(({ close }) => close()));
    await Promise.all(running);
  }
};

/** Whoever says nothing for a while, a stopped process for one, holds no lock any more. */
const keepHeld = async (lock: Session, signal: AbortSignal): Promise<void> => {
  await lock.run(endWhenIdle);
  while (!signal.aborted) {
    await pause(heartbeatMs, signal);
    if (!signal.aborted) await lock.run(heartbeat);
  }
};

/** A table that no catalogue knows is new, the first time it is heard of, or Waybill's own. */
const ringOf = (bell: Bell, taker: Taker, by: 'hooks' | 'polling'): RingHooks => {
  const strange = new Set<string>();
  const untilCalm = by === 'hooks';
  return (tables) => {
    if (tables === 'any') return bell.ring({ tables, by, untilCalm });
    const meant = tables.filter((table) => taker.knows(table) || !strange.has(table));
    for (const table of meant) if (!taker.knows(table)) strange.add(table);
    if (meant.length > 0) bell.ring({ tables: meant, by, untilCalm });
    else bell.calm(by);
  };
};

type Learning = {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly tell: Tell;
  readonly ring: RingHooks;
  learned(hooks: Hooks | undefined): void;
};

/** Polling goes on beside it; hooks that are lost are looked for again. */
const learnByHooks = async (learning: Learning): Promise<void> => {
  const { url, signal, tell, ring, learned } = learning;
  let told = '';
  const say = (by: Hooks['kind'] | 'polling', reason: string): void => {
    if (`${by} ${reason}` !== told) tell({ type: 'learning', by, reason });
    told = `${by} ${reason}`;
  };
  while (!signal.aborted) {
    const decoding = await openDecoding(url, signal);
    if (signal.aborted) return;
    const hooks = 'reason' in decoding ? await openTriggers(url) : decoding;
    if ('reason' in hooks) say('polling', [decoding, hooks].map((each) => ('reason' in each ? each.reason : '')).join('; '));
    else {
      say(hooks.kind, 'reason' in decoding ? decoding.reason : '');
      learned(hooks);
      const lost = await untilLost(hooks, learning);
      learned(undefined);
      if (signal.aborted) return;
      say('polling', lost);
      ring('any');
      // Nobody looks who would say that it is calm.
      ring([]);
    }
    await pause('reason' in hooks ? hooksAgainMs : lostAgainMs, signal);
  }
};

/** In words why. */
const untilLost = async (hooks: Hooks, { url, signal, ring }: Learning): Promise<string> => {
  const over = stopOnAbort(hooks.session, url, signal);
  try {
    await followHooks(hooks, signal, ring);
    return 'it was stopped';
  } catch (error) {
    return error instanceof Failure ? error.message : 'the hooks were lost';
  } finally {
    over();
    await hooks.session.close();
  }
};
