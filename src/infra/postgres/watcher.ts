import { openSession, type Session } from './session.ts';
import { sql, type Statement } from './sql.ts';

/**
 * A second session beside the one that works: it sees for whom the worker waits, and it stops the work in PostgreSQL
 * itself when the run is cancelled (a client that merely stops listening leaves its statement running).
 */
export type Watcher = {
  /** Cancels the running statement; ends the backend when it has not stopped after two seconds. */
  cancel(): Promise<void>;
  stop(): Promise<void>;
};

export type Blocked = { readonly pid: number; readonly application: string; readonly waitingSeconds: number };

type Watched = {
  readonly url: string;
  readonly pid: number;
  readonly onBlocked: (blocked: Blocked) => void;
  readonly onFree: () => void;
  /** Age of the open transaction, as it grows. */
  readonly onTransaction?: (seconds: number) => void;
  readonly intervalMs?: number;
};

type Seen = { readonly pid: number | null; readonly application: string; readonly waitingSeconds: number; readonly transactionSeconds: number | null };

const watchedSession = (pid: number): Statement => sql`
/* infra.watcher.watched-session */
select b.pid, coalesce(nullif(a.application_name, ''), 'another session') as application,
  pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp() - w.query_start))::integer as "waitingSeconds",
  pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp() - w.xact_start))::integer as "transactionSeconds"
from pg_catalog.pg_stat_activity as w
left join lateral pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) as b(pid) on true
left join pg_catalog.pg_stat_activity as a on a.pid = b.pid
where w.pid = ${sql.lit(pid)}
limit 1`;

export const watch = async (watched: Watched): Promise<Watcher> => {
  let session: Session | undefined = await openSession(watched.url, { purpose: 'watcher' });
  let wasBlocked = false;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || session === undefined) return;
    looking = true;
    try {
      const seen = await session.maybeOne<Seen>(watchedSession(watched.pid));
      if (seen === undefined) return;
      if (seen.transactionSeconds !== null) watched.onTransaction?.(seen.transactionSeconds);
      const { pid } = seen;
      if (pid !== null) watched.onBlocked({ ...seen, pid });
      else if (wasBlocked) watched.onFree();
      wasBlocked = pid !== null;
    } catch {
      // The watcher only tells; a lost connection is the worker's to report.
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), watched.intervalMs ?? 500);
  timer.unref();
  return {
    cancel: async () => {
      const canceller = await openSession(watched.url, { purpose: 'canceller' });
      try {
        await canceller.run(sql`select pg_catalog.pg_cancel_backend(${sql.lit(watched.pid)})`);
        const isActive = sql`select 1 from pg_catalog.pg_stat_activity where pid = ${sql.lit(watched.pid)} and state = 'active'`;
        for (let waited = 0; waited < 20; waited += 1) {
          if ((await canceller.many(isActive)).length === 0) return;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        await canceller.run(sql`select pg_catalog.pg_terminate_backend(${sql.lit(watched.pid)})`);
      } finally {
        await canceller.close();
      }
    },
    stop: async () => {
      clearInterval(timer);
      const closing = session;
      session = undefined;
      await closing?.close();
    },
  };
};
