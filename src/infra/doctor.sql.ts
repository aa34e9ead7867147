import { registryComment } from './postgres/own-relations.ts';
import { sql, type Statement } from './postgres/sql.ts';

export type DatabaseFacts = {
  readonly version: string;
  readonly role: string;
  readonly superuser: boolean;
  readonly maycreateschema: boolean;
  readonly standby: boolean;
  readonly readonly: boolean;
  readonly tables: number;
  readonly unreadable: number;
  readonly unwritable: number;
  readonly guarded: number;
  readonly registry: string | null;
};

/** What decides whether a run could work here, without changing anything. */
export const databaseFacts = (): Statement => sql`
/* infra.doctor.database-facts */
with tables as (
  select c.oid, c.relrowsecurity
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
  where c.relkind operator(pg_catalog.=) any (array['r', 'p']::"char"[])
    and n.nspname operator(pg_catalog.<>) 'information_schema'
    and not pg_catalog.starts_with(n.nspname::text, 'pg_')
), rights as (
  select pg_catalog.count(*)::int as tables,
    pg_catalog.count(*) filter (where not pg_catalog.has_table_privilege(oid, 'select'))::int as unreadable,
    pg_catalog.count(*) filter (where not pg_catalog.has_table_privilege(oid, 'insert'))::int as unwritable,
    pg_catalog.count(*) filter (where relrowsecurity and pg_catalog.row_security_active(oid))::int as guarded
  from tables
)
select pg_catalog.current_setting('server_version') as version,
  current_user::text as role,
  (select rolsuper from pg_catalog.pg_roles where rolname operator(pg_catalog.=) current_user) as superuser,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as maycreateschema,
  pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only')::boolean as readonly,
  rights.tables, rights.unreadable, rights.unwritable, rights.guarded,
  (
    select c.relnamespace::regnamespace::text
    from pg_catalog.pg_description d
    join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) d.objoid
    where d.classoid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
      and d.objsubid operator(pg_catalog.=) 0
      and d.description operator(pg_catalog.=) ${registryComment}
    limit 1
  ) as registry
from rights`;

/** By `schema.table`, or by its name alone. */
export const hasTable = (table: string): Statement => sql`/* infra.doctor.has-table */
select exists (
  select from pg_catalog.pg_class as relation
  join pg_catalog.pg_namespace as schema on schema.oid operator(pg_catalog.=) relation.relnamespace
  where relation.relkind operator(pg_catalog.=) any (array['r', 'p']::pg_catalog."char"[])
    and ${table}::pg_catalog.text operator(pg_catalog.=) any (array[relation.relname::pg_catalog.text, pg_catalog.concat(schema.nspname, '.', relation.relname)])
) as found`;
