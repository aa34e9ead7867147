import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../../infra/postgres/session.ts';
import { catalogueToken, countsHeldBack, running, statistics, type RunningRow, type StatisticsRow, type SuspicionRow, type TokenRow } from './snapshots.sql.ts';

/**
 * Changes by PostgreSQL's own counts, which needs no rights. While no transaction has ended anywhere there is nothing to do.
 * Sessions may hold their counts back for up to ten seconds: as long as one may, and a transaction has ended, everything is
 * looked at, as often as that is cheap.
 */
export type Polling = {
  /** What changed since the last look. */
  look(): Promise<readonly string[] | 'any'>;
  /** How long it took to look at everything. */
  lookedAtAll(milliseconds: number): void;
};

/** Of the time, looks at everything take a fifth at most. */
const share = 4;

type Seen = { readonly snapshot: string; readonly token: string; readonly counts: ReadonlyMap<string, string> };

const differing = (before: Seen, now: Seen): readonly string[] => {
  const names = new Set([...before.counts.keys(), ...now.counts.keys()]);
  return [...names].filter((name) => before.counts.get(name) !== now.counts.get(name));
};

/** Its first look is what later ones are held against: begin it before whoever asks reads everything. */
export const openPolling = async (session: Session, isCovered: () => boolean): Promise<Polling> => {
  const snapshotNow = async (): Promise<string> => (await session.one<RunningRow>(running())).snapshot;
  /** What ends after `snapshot` was read is seen by the next look. */
  const read = async (snapshot: string): Promise<Seen> => ({
    snapshot,
    token: (await session.one<TokenRow>(catalogueToken())).token,
    counts: new Map((await session.many<StatisticsRow>(statistics())).map(({ table, counts }) => [table, counts])),
  });
  let seen = await read(await snapshotNow());
  let isUnsure = false;
  let restUntil = 0;
  return {
    lookedAtAll: (milliseconds) => {
      restUntil = performance.now() + milliseconds * share;
    },
    look: async () => {
      const snapshot = await snapshotNow();
      const hasEnded = snapshot !== seen.snapshot;
      if (!hasEnded && !isUnsure) return [];
      const now = await read(snapshot);
      const [changed, isAltered] = [differing(seen, now), now.token !== seen.token];
      seen = now;
      if (isAltered) return 'any';
      if (isCovered()) return [];
      const { possible } = await session.one<SuspicionRow>(countsHeldBack());
      isUnsure = possible && (hasEnded || isUnsure);
      if (!isUnsure || performance.now() < restUntil) return changed;
      isUnsure = false;
      return 'any';
    },
  };
};

/** `ring` is told of each look, also that it found nothing. Every interval, until the signal aborts or a look fails. */
export const poll = async (polling: Polling, everyMs: number, signal: AbortSignal, ring: (tables: readonly string[] | 'any') => void): Promise<void> => {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    ring(await polling.look());
  }
};
