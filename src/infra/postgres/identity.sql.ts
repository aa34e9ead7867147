import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from './sql.ts';

export type PlaceRow = {
  readonly name: string;
  readonly oid: string;
  readonly systemIdentifier: string | null;
  readonly readable: boolean;
  readonly writable: boolean;
};
/** Where this session is. The cluster's identifier only where the role may ask for it. */
export const place = (own: QualifiedName): Statement =>
  sql`/* identity.place */
select d.datname::pg_catalog.text as name, d.oid::pg_catalog.text as oid,
  case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') then (select s.system_identifier::pg_catalog.text from pg_catalog.pg_control_system() s) end as "systemIdentifier",
  coalesce(pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select'), false) as readable,
  coalesce(pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'insert'), false) and pg_catalog.current_setting('transaction_read_only') operator(pg_catalog.=) 'off' as writable
from pg_catalog.pg_database d
left join pg_catalog.pg_namespace n on n.nspname operator(pg_catalog.=) ${own.schema}
left join pg_catalog.pg_class c on c.relnamespace operator(pg_catalog.=) n.oid and c.relname operator(pg_catalog.=) ${own.name} and c.relkind operator(pg_catalog.=) 'r'
where d.datname operator(pg_catalog.=) pg_catalog.current_database()`;

export type IdentityRow = { readonly databaseId: string; readonly parentId: string | null; readonly systemIdentifier: string | null; readonly oid: string };
/** The newest of the line: each copy adds a row that names its parent. */
export const newestIdentity = (own: QualifiedName): Statement =>
  sql`/* identity.newest */
select i.database_id as "databaseId", i.parent_id as "parentId", i.system_identifier as "systemIdentifier", i.oid::pg_catalog.text as oid
from ${relation(own)} i
where not exists (select from ${relation(own)} child where child.parent_id operator(pg_catalog.=) i.database_id)
order by i.created_at desc limit 1`;

/** The databases of which this one was a copy, nearest first, and when its copy was first seen to be one of its own. */
export const forebears = (own: QualifiedName, databaseId: string): Statement =>
  sql`/* identity.forebears */
with recursive line (database_id, parent_id, created_at, generation) as (
  select i.database_id, i.parent_id, i.created_at, 1 from ${relation(own)} i where i.database_id operator(pg_catalog.=) ${databaseId}
  union all
  select i.database_id, i.parent_id, i.created_at, line.generation operator(pg_catalog.+) 1
  from line join ${relation(own)} i on i.database_id operator(pg_catalog.=) line.parent_id where line.generation operator(pg_catalog.<) 100
)
select line.parent_id as "databaseId", pg_catalog.to_char(line.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as until
from line where line.parent_id is not null order by line.generation`;

export const insertIdentity = (own: QualifiedName, row: IdentityRow & { readonly name: string }): Statement =>
  sql`/* identity.insert */
insert into ${relation(own)} (database_id, parent_id, system_identifier, oid, name) values (${row.databaseId}, ${row.parentId}, ${row.systemIdentifier}, ${row.oid}, ${row.name})`;

export const lockIdentity: Statement = sql`/* identity.lock */ select pg_catalog.pg_advisory_xact_lock(1463900482, 3)`;
export const begin: Statement = sql`begin`;
export const commit: Statement = sql`commit`;
export const rollback: Statement = sql`rollback`;
