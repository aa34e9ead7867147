import { openSession, type Session } from './session.ts';
import { sql } from './sql.ts';

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
  readonly intervalMs?: number;
};

const blockers = (pid: number) => sql`
/* infra.watcher.blockers */
select b.pid, coalesce(nullif(a.application_name, ''), 'another session') as application,
  pg_catalog.floor(extract(epoch from pg_catalog.clock_timestamp() - w.query_start))::integer as "waitingSeconds"
from pg_catalog.unnest(pg_catalog.pg_blocking_pids(${sql.lit(pid)})) as b(pid)
left join pg_catalog.pg_stat_activity as a on a.pid = b.pid
left join pg_catalog.pg_stat_activity as w on w.pid = ${sql.lit(pid)}
limit 1`;

export const watch = async (watched: Watched): Promise<Watcher> => {
  let session: Session | undefined = await openSession(watched.url, { purpose: 'watcher' });
  let wasBlocked = false;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || session === undefined) return;
    looking = true;
    try {
      const found = await session.maybeOne<Blocked>(blockers(watched.pid));
      if (found !== undefined) watched.onBlocked(found);
      else if (wasBlocked) watched.onFree();
      wasBlocked = found !== undefined;
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
