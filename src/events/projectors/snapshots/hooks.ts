import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../../infra/postgres/session.ts';
import { writers, type WriterRow } from './snapshots.sql.ts';

/** Something in the database that says at once which tables are written. */
export type Hooks = {
  readonly kind: 'decoding' | 'triggers';
  /** Whether nothing escapes it but what changes the catalogue. */
  readonly isComplete: boolean;
  readonly session: Session;
  /** What was written since the last look. */
  look(): Promise<readonly string[] | 'any'>;
};

const everyMs = 80;
/** Of the time, looks take a twentieth: decoding reads again what transactions that are still open have written. */
const share = 20;
/** One slow look does not make the next one late. */
const smoothing = 8;

/**
 * A hook may be heard before what it tells of can be seen: a trigger rings inside its transaction, and a decoded commit
 * may still wait for a standby. So whoever runs when a hook is heard is remembered, and rings again when it ends.
 */
type Waiting = Map<string, Set<string>>;
const anywhere = 'any';

const remember = (waiting: Waiting, ids: ReadonlySet<string>, tables: readonly string[] | 'any'): void => {
  for (const id of ids) {
    const known = waiting.get(id) ?? new Set();
    for (const table of tables === 'any' ? [anywhere] : tables) known.add(table);
    waiting.set(id, known);
  }
};

const release = (waiting: Waiting, ids: ReadonlySet<string>): readonly string[] | 'any' => {
  const ended = [...waiting].filter(([id]) => !ids.has(id));
  for (const [id] of ended) waiting.delete(id);
  const tables = new Set(ended.flatMap(([, names]) => [...names]));
  return tables.has(anywhere) ? 'any' : [...tables];
};

/** With no table: a look found nothing new. */
export type RingHooks = (tables: readonly string[] | 'any') => void;

/** Until the signal aborts or a look fails. `ring` is told at first that anything may have changed. */
export const followHooks = async (hooks: Hooks, signal: AbortSignal, ring: RingHooks): Promise<void> => {
  const waiting: Waiting = new Map();
  const ids = async (): Promise<ReadonlySet<string>> => new Set((await hooks.session.many<WriterRow>(writers())).map(({ id }) => id));
  let usualMs = 0;
  remember(waiting, await ids(), 'any');
  ring('any');
  while (!signal.aborted) {
    const startedAt = performance.now();
    const tables = await hooks.look();
    usualMs += (performance.now() - startedAt - usualMs) / smoothing;
    if (tables === 'any' || tables.length > 0 || waiting.size > 0) {
      const now = await ids();
      const late = release(waiting, now);
      if (tables === 'any' || tables.length > 0) remember(waiting, now, tables);
      ring(tables === 'any' || late === 'any' ? 'any' : [...late, ...tables]);
    } else ring([]);
    await sleep(Math.max(everyMs, usualMs * share), undefined, { signal }).catch(() => undefined);
  }
};
