import { sql, type Statement } from './sql.ts';

/** `waybill.probe` is a setting of our own making: a session keeps it, the next server behind a pooler does not have it. */
export const leaveProbe = (mark: string): Statement =>
  sql`/* preflight.leave-probe */
select pg_catalog.set_config('waybill.probe', ${mark}, false)`;

export type ProbeRow = { readonly pid: number; readonly mark: string | null };
export const readProbe = (): Statement =>
  sql`/* preflight.read-probe */
select pg_catalog.pg_backend_pid() as pid, pg_catalog.current_setting('waybill.probe', true) as mark`;

export type ServerStateRow = {
  readonly version: number;
  readonly versionText: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
  readonly database: string;
};
export const serverState = (): Statement =>
  sql`/* preflight.server-state */
select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as version, pg_catalog.current_setting('server_version') as "versionText", pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only') operator(pg_catalog.=) 'on' as "readOnly", pg_catalog.current_database()::pg_catalog.text as database`;

export type GuardedRow = { readonly name: string };
/** PostgreSQL's own answer for this role: FORCE, ownership and BYPASSRLS included, whatever `row_security` is set to. */
export const guardedTables = (schemas: readonly string[], names: readonly string[]): Statement =>
  sql`/* preflight.guarded-tables */
select (n.nspname operator(pg_catalog.||) '.') operator(pg_catalog.||) c.relname as name
from rows from (pg_catalog.unnest(${schemas}::pg_catalog.text[]), pg_catalog.unnest(${names}::pg_catalog.text[])) as wanted (schema, name)
join pg_catalog.pg_namespace n on n.nspname operator(pg_catalog.=) wanted.schema
join pg_catalog.pg_class c on c.relnamespace operator(pg_catalog.=) n.oid and c.relname operator(pg_catalog.=) wanted.name
where pg_catalog.row_security_active(c.oid)
order by 1`;

export type SearchPathRow = { readonly path: string };
/** What a new session of this role starts with in this database, by whatever level set it. */
export const defaultSearchPath = (): Statement =>
  sql`/* preflight.default-search-path */
select s.reset_val as path from pg_catalog.pg_settings s where s.name operator(pg_catalog.=) 'search_path'`;

export const setSearchPath = (path: string, local: boolean): Statement =>
  sql`/* preflight.set-search-path */
select pg_catalog.set_config('search_path', ${path}, ${local})`;
