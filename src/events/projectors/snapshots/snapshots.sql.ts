import { sql, type Statement } from '../../../infra/postgres/sql.ts';

/** These sessions read catalogs and copy rows out; nothing of the user's runs in them that would need another path. */
export const ownSearchPath: Statement = sql`/* events.snapshots.search-path */ set search_path = pg_catalog, pg_temp`;

/** The server ends a session that says nothing for so long, as of a process that was stopped: with it go slot and locks. */
export const endWhenIdle: Statement = sql`/* events.snapshots.end-when-idle */ set idle_session_timeout = '30s'`;
export const heartbeat: Statement = sql`/* events.snapshots.heartbeat */ select 1`;

/** In the store: of all servers one watches a database, and of all processes one writes its files. Both go with the session. */
export const holdWatch = (database: string): Statement => sql`/* events.snapshots.hold-watch */
select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(${`waybill watches ${database}`}, 0)) as held`;
export const holdFiles = (database: string): Statement => sql`/* events.snapshots.hold-files */
select pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended(${`waybill writes snapshots of ${database}`}, 0))`;
export const releaseFiles = (database: string): Statement => sql`/* events.snapshots.release-files */
select pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended(${`waybill writes snapshots of ${database}`}, 0))`;

const ofUser = sql`c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

export type TokenRow = { readonly token: string };
/** Another text whenever a table, a column or a constraint was made, altered or dropped; VACUUM and ANALYZE leave it. */
export const catalogueToken = (): Statement => sql`/* events.snapshots.catalogue-token */
select concat_ws(' ',
  (select sum(hashtextextended(concat_ws('|', n.nspname, c.relname, c.oid, c.xmin, a.attnum, a.xmin), 0))
   from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 where ${ofUser}),
  (select sum(hashtextextended(concat_ws('|', k.oid, k.xmin), 0)) from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace where ${ofUser}),
  (select sum(hashtextextended(concat_ws('|', i.indexrelid, i.xmin), 0)) from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace where ${ofUser})
) as token`;

export type RunningRow = { readonly snapshot: string };
/** The same text means that no transaction that wrote has ended since. */
export const running = (): Statement => sql`/* events.snapshots.running */
select pg_current_snapshot()::text as snapshot`;

export type WriterRow = { readonly id: string };
/**
 * Transactions that have written and not ended, prepared ones too: each holds a lock on its own id until after its rows can
 * be seen. A snapshot does not do: it lists no id above that of the last one that ended.
 */
export const writers = (): Statement => sql`/* events.snapshots.writers */
select transactionid::text as id from pg_locks where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted`;

export type StatisticsRow = { readonly table: string; readonly counts: string };
/** Rows that were written, counted by PostgreSQL, and the file of each table, which TRUNCATE changes. Partitions count for their root. */
export const statistics = (): Statement => sql`/* events.snapshots.statistics */
select root.schema || '.' || root.name as "table",
  concat_ws(' ', sum(pg_stat_get_tuples_inserted(c.oid)), sum(pg_stat_get_tuples_updated(c.oid)), sum(pg_stat_get_tuples_deleted(c.oid)), sum(c.relfilenode::int8)) as counts
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select rn.nspname::text as schema, r.relname::text as name
  from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = coalesce(case when c.relispartition then pg_partition_root(c.oid) end, c.oid)
) root
where ${ofUser}
group by 1`;

export type SuspicionRow = { readonly possible: boolean };
/**
 * Whether some session may hold counts back: one that told within the last second tells the next ones when it has been
 * idle for ten (PGSTAT_IDLE_INTERVAL). What another role's session does is not shown, and so may be that.
 */
export const countsHeldBack = (): Statement => sql`/* events.snapshots.counts-held-back */
select current_setting('track_counts') = 'off' or exists (
  select from pg_stat_activity s
  where s.datname = current_database() and s.pid <> pg_backend_pid() and s.backend_type = 'client backend'
    and coalesce(s.application_name, '') not like 'waybill snapshots%'
    and (s.state is null or s.state <> 'idle' or s.state_change > clock_timestamp() - interval '11 seconds')
) as possible`;
