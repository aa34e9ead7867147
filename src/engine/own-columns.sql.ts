import type { QualifiedName } from '../domain/catalogue/catalogue.ts';
import { sql, type Statement } from '../infra/postgres/sql.ts';

export type ColumnsRow = { readonly readable: boolean; readonly columns: readonly string[] };
/** Waybill's own relation, seen as any role sees it: absent where this database never took anything in; relations of version 1 have fewer columns. */
export const columnsOf = (wanted: QualifiedName): Statement => sql`/* engine.own-columns */
select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
  array(select a.attname::pg_catalog.text from pg_catalog.pg_attribute as a where a.attrelid operator(pg_catalog.=) c.oid and a.attnum operator(pg_catalog.>) 0 and not a.attisdropped) as columns
from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) ${wanted.schema} and c.relname operator(pg_catalog.=) ${wanted.name} and c.relkind operator(pg_catalog.=) 'r'`;
