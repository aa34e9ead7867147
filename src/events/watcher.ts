import { setTimeout } from 'node:timers/promises';
import { createRuleFinder } from '../infra/folders/rules.ts';
import { createScan, type Scan } from '../infra/folders/scan.ts';
import { openSession, type Session } from '../infra/postgres/session.ts';
import { holdScanner } from './inbox.sql.ts';
import { recordArrivals, recordDisappeared, recordMissing } from './watch-arrivals.ts';
import { settleEnded, takeWaiting } from './watch-runs.ts';
import { folderOf, type Folder, type Turning, type WatchEvent, type WatchPorts } from './watch-turn.ts';

/**
 * What happens to files that arrive. A turn looks at the folders, records what came and what is gone, lets rules take what
 * waits, and puts away what ended runs had. Each step may be cut off after any line, done twice, and done by two at once:
 * what is in the log decides, and the next turn finds what the last one left.
 */
export type Watch = {
  /** What happened in this turn. `takes: false` only records what is there. */
  turn(options?: { readonly takes?: boolean }): Promise<readonly WatchEvent[]>;
  /** How many files were still being written at the last look. */
  pending(): number;
};

const portion = 100;

const begin = (ports: WatchPorts, signal: AbortSignal, tell: (event: WatchEvent) => void): Turning => {
  const { config } = ports;
  const now = ports.clock ?? Date.now;
  const isExchangeWatched = config.watch.exchange && config.rules.some(({ folder }) => folder === 'exchange');
  const folders: readonly Folder[] = isExchangeWatched ? ['inbox', 'exchange'] : ['inbox'];
  const scanOf = (folder: Folder): Scan => createScan(folderOf(ports, folder), { settleSeconds: config.watch.settleSeconds, clock: now });
  return {
    ...ports,
    rules: createRuleFinder(config.rules),
    scans: new Map(folders.map((folder) => [folder, scanOf(folder)])),
    contents: new Map(),
    later: new Map(),
    now,
    signal,
    tell,
  };
};

/** Aborted in the middle of a turn, however large the file is that is being read, the turn throws at once. */
export const createWatch = (ports: WatchPorts, signal: AbortSignal = new AbortController().signal): Watch => {
  const events: WatchEvent[] = [];
  const turning = begin(ports, signal, (event) => void events.push(event));
  const { scans, store, now: clock } = turning;
  let pending = 0;
  let lookedUpTo = 0;
  let head = -1;
  /** A turn that broke off may have missed what went away: the next one holds all that lies there against the log. */
  let isAfterFailure = true;

  const tryAgain = (): void => {
    for (const [key, { folder, name, at }] of turning.later) {
      if (at > clock()) continue;
      turning.later.delete(key);
      scans.get(folder)?.forget(name);
      lookedUpTo = 0;
      head = -1;
    }
  };
  const lookAround = async (isWhole: boolean): Promise<void> => {
    pending = 0;
    for (const [folder, scan] of scans) {
      const look = await scan.look();
      pending += look.pending.filter(({ name }) => folder === 'inbox' || turning.rules(folder, name) !== undefined).length;
      await recordDisappeared(turning, folder, look.gone);
      // The first of very many is imported before the last has been read.
      look.complete.slice(portion).forEach(({ name }) => scan.forget(name));
      await recordArrivals(turning, folder, look.complete.slice(0, portion));
    }
    if (isWhole) await recordMissing(turning);
  };
  /** Nothing new in the log: nothing waits that did not wait before, and no run has ended. */
  const followLog = async (takes: boolean): Promise<void> => {
    const now = await store.headPosition();
    if (now === head) return;
    await settleEnded(turning);
    if (!takes) return;
    lookedUpTo = await takeWaiting(turning, lookedUpTo);
    head = now;
  };

  return {
    turn: async ({ takes = true } = {}) => {
      tryAgain();
      const isWhole = isAfterFailure;
      isAfterFailure = true;
      await lookAround(isWhole);
      await followLog(takes);
      isAfterFailure = false;
      return events.splice(0);
    },
    pending: () => pending,
  };
};

type WatcherOptions = {
  readonly seconds: number;
  readonly onEvent: (event: WatchEvent) => void;
  readonly onError: (error: unknown) => void;
};

const seconds = (count: number): number => count * 1000;

/** One watcher works for all servers of a store: the others try, now and then, whether it is still there. */
export const startWatcher = (ports: WatchPorts, { seconds: pause, onEvent, onError }: WatcherOptions): { stop(): Promise<void> } => {
  const stopping = new AbortController();
  let lock: Session | undefined;
  let watch: Watch | undefined;

  const hold = async (): Promise<boolean> => {
    if (lock !== undefined) return true;
    const session = await openSession(ports.store.context.url, { purpose: 'inbox', statementTimeoutMs: 10_000 });
    const { held } = await session.one<{ held: boolean }>(holdScanner());
    if (!held) {
      await session.close();
      return false;
    }
    lock = session;
    // Another server may have watched meanwhile: what this one remembers is worth nothing.
    watch = createWatch(ports, stopping.signal);
    void session.lost.then(() => {
      lock = undefined;
    });
    return true;
  };
  const sleep = (ms: number): Promise<void> => setTimeout(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  const unlessStopped = (error: unknown): void => {
    if (!stopping.signal.aborted) onError(error);
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const isHeld = await hold().catch((error: unknown) => {
        unlessStopped(error);
        return false;
      });
      if (isHeld) (await watch?.turn().catch(unlessStopped))?.forEach(onEvent);
      await sleep(seconds(isHeld ? pause : Math.max(2, pause)));
    }
  };
  const ended = work();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
      await lock?.close();
    },
  };
};
