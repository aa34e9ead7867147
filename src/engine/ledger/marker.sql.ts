import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/** One lock per database: mutual exclusion of runs, and the fence of recovery (ENGINE-RULES 12). */
const lockKey = sql`1463900482, 1`;

export const tryLock: Statement = sql`/* engine.marker.try-lock */ select pg_catalog.pg_try_advisory_lock(${lockKey}) as locked`;
export const lockInTransaction: Statement = sql`/* engine.marker.lock */ select pg_catalog.pg_advisory_xact_lock(${lockKey})`;
export const unlock: Statement = sql`/* engine.marker.unlock */ select pg_catalog.pg_advisory_unlock(${lockKey})`;

export const lockHolder: Statement = sql`
/* engine.marker.lock-holder */
select l.pid, coalesce(a.application_name, '') as application, coalesce(a.usename::pg_catalog.text, '') as role
from pg_catalog.pg_locks as l left join pg_catalog.pg_stat_activity as a on a.pid operator(pg_catalog.=) l.pid
where l.locktype operator(pg_catalog.=) 'advisory' and l.classid operator(pg_catalog.=) 1463900482 and l.objid operator(pg_catalog.=) 1 and l.granted
  and l.database operator(pg_catalog.=) (select d.oid from pg_catalog.pg_database as d where d.datname operator(pg_catalog.=) pg_catalog.current_database())
limit 1`;

export const terminate = (pid: number): Statement => sql`/* engine.marker.terminate */ select pg_catalog.pg_terminate_backend(${sql.lit(pid)}) as done`;

export type NewMarker = {
  readonly runId: string;
  readonly attempt: number;
  /** Of the database that is written; absent where the role may record no id. */
  readonly databaseId?: string | undefined;
  /** Which log has the run (`storeId` of the ports). */
  readonly storeId?: string | undefined;
};

/** First write of the apply transaction. No row back: the run was applied already, or a later attempt has fenced this one out. */
export const insertMarker = (runs: QualifiedName, marker: NewMarker): Statement => sql`
/* engine.marker.insert */
insert into ${relation(runs)} as r (run_id, attempt, state, backend_pid, database_id, store_id, xid)
values (${marker.runId}, ${marker.attempt}, 'applied', pg_catalog.pg_backend_pid(), ${marker.databaseId ?? null}, ${marker.storeId ?? null}, pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint)
on conflict (run_id) do update set attempt = excluded.attempt, state = 'applied', backend_pid = excluded.backend_pid, database_id = excluded.database_id, store_id = excluded.store_id, xid = excluded.xid
where r.state operator(pg_catalog.=) 'fenced' and r.attempt operator(pg_catalog.<=) excluded.attempt
returning run_id`;

export const completeMarker = (runs: QualifiedName, runId: string, planHash: string, summary: string): Statement => sql`
/* engine.marker.complete */
update ${relation(runs)} set plan_hash = ${planHash}, summary = ${summary}::pg_catalog.jsonb where run_id operator(pg_catalog.=) ${runId}`;

export const readMarker = (runs: QualifiedName, runId: string): Statement => sql`
/* engine.marker.read */
select attempt, state, plan_hash as "planHash", summary from ${relation(runs)} where run_id operator(pg_catalog.=) ${runId}`;

/** Which of these runs the database has. */
export const appliedAmong = (runs: QualifiedName, ids: readonly string[]): Statement => sql`
/* engine.marker.applied-among */
select run_id as run from ${relation(runs)}
where run_id operator(pg_catalog.=) any (${[...ids]}::pg_catalog.text[]) and state operator(pg_catalog.=) 'applied'`;

/** The tombstone: an attempt with a lower number fails at its marker, however late it comes. */
export const fence = (runs: QualifiedName, runId: string, attempt: number): Statement => sql`
/* engine.marker.fence */
insert into ${relation(runs)} as r (run_id, attempt, state) values (${runId}, ${attempt}, 'fenced')
on conflict (run_id) do update set attempt = greatest(r.attempt, excluded.attempt) where r.state operator(pg_catalog.=) 'fenced'`;
