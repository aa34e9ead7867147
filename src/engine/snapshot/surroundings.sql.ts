import { sql } from '../../infra/postgres/sql.ts';

/**
 * What the text of a row depends on besides the row and its table: which database this is and from which of its pasts it
 * comes (numbers of transactions begin again after a recovery to a point in time), the labels of enums, the parts of
 * composites, and the order that collations give.
 */
export const surroundings = sql`/* engine.snapshot.surroundings */
select pg_catalog.concat_ws(' ', d.oid, pg_catalog.current_setting('server_version_num'), pg_catalog.pg_database_collation_actual_version(d.oid),
  case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') then (select s.system_identifier from pg_catalog.pg_control_system() as s) end,
  case when pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'execute') then (select p.timeline_id from pg_catalog.pg_control_checkpoint() as p) end,
  (select pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', e.enumtypid, e.enumsortorder, e.enumlabel), 0)) from pg_catalog.pg_enum as e),
  (select pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', a.attrelid, a.attnum, a.attname, a.atttypid), 0))
    from pg_catalog.pg_attribute as a join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) a.attrelid and c.relkind operator(pg_catalog.=) 'c'),
  (select pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', l.oid, pg_catalog.pg_collation_actual_version(l.oid)), 0))
    from pg_catalog.pg_collation as l where l.collnamespace operator(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace)
) as text
from pg_catalog.pg_database as d where d.datname operator(pg_catalog.=) pg_catalog.current_database()`;

/** Names of types and tables in values come out with their schema; plans are made for rows by the ten thousand. */
export const settleSnapshot = sql`/* engine.snapshot.settle */
select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), pg_catalog.set_config('jit', 'off', true), pg_catalog.set_config('work_mem', '64MB', true)`;
