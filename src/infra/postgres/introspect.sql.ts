import { foundingTables, hookComment, hookNames, ownSchema, registryComment, registryNames, storeNames } from './own-relations.ts';
import { sql, relation, type Statement } from './sql.ts';
import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';

/**
 * Every name that `format_type`, `pg_get_expr` and `pg_get_indexdef` print carries its schema only when it is not visible;
 * so the catalogue is read with nothing visible but pg_catalog.
 */
export type ReadingSettings = { readonly searchPath: string; readonly quoteAll: string; readonly jit: string };
export const currentSettings = (): Statement =>
  sql`/* catalogue.current-settings */
select pg_catalog.current_setting('search_path') as "searchPath", pg_catalog.current_setting('quote_all_identifiers') as "quoteAll", pg_catalog.current_setting('jit') as jit`;
/** Without JIT: the planner expects a thousand times the rows that these statements find, and would compile them. */
export const applySettings = ({ searchPath, quoteAll, jit }: ReadingSettings): Statement =>
  sql`/* catalogue.apply-settings */
select pg_catalog.set_config('search_path', ${searchPath}, false), pg_catalog.set_config('quote_all_identifiers', ${quoteAll}, false), pg_catalog.set_config('jit', ${jit}, false)`;

export type ServerRow = { readonly serverVersion: number; readonly encoding: string };
export const server = (): Statement =>
  sql`/* catalogue.server */
select pg_catalog.current_setting('server_version_num')::int4 as "serverVersion", pg_catalog.current_setting('server_encoding') as encoding`;

export type RegistryRow = QualifiedName & { readonly readable: boolean };
/** Tables that say of themselves that they are Waybill's registry. */
export const registries = (): Statement =>
  sql`/* catalogue.registries */
select n.nspname::text as schema, c.relname::text as name, pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relname = any (${registryNames}::text[]) and (c.relname <> ${registryNames[0]} or n.nspname = ${ownSchema})
  and pg_catalog.obj_description(c.oid, 'pg_class') = ${registryComment}`;

/** A store in the same database: the log, its read models and the job queue are no user's tables either. Names alone do not make a store: its founding tables do, all of them. */
export const storeRelations = (): Statement => sql`/* catalogue.store-relations */
select n.nspname::text as schema, c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where (n.nspname = 'pgboss' or (n.nspname = ${ownSchema} and c.relname = any (${storeNames}::text[]))) and c.relkind in ('r', 'p', 'S')
  and (select pg_catalog.count(*) from pg_catalog.pg_class k join pg_catalog.pg_namespace m on m.oid = k.relnamespace where m.nspname = ${ownSchema} and k.relname = any (${foundingTables}::text[]) and k.relkind = 'r') = ${foundingTables.length}`;

/** The sequences by which hooks ring. */
export const hookSequences = (): Statement => sql`/* catalogue.hook-sequences */
select n.nspname::text as schema, c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S' and c.relname ^@ ${hookNames.sequence} and pg_catalog.obj_description(c.oid, 'pg_class') = ${hookComment}`;

export const registered = (registry: QualifiedName): Statement => sql`/* catalogue.registered */
select name from ${relation(registry)}`;

export type TableRow = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned';
  readonly persistence: 'permanent' | 'unlogged';
  readonly rowSecurity: 'none' | 'enabled' | 'forced';
  readonly owned: boolean;
  readonly readable: boolean;
  readonly inherits: readonly string[];
  readonly estimatedRows: number;
  readonly defaultPartition: boolean;
};
/** Without system schemas, temporary tables, partitions, extension members and the given own relations. */
export const tables = (ownSchemas: readonly string[], ownNames: readonly string[]): Statement =>
  sql`/* catalogue.tables */
with own as (select * from rows from (pg_catalog.unnest(${ownSchemas}::text[]), pg_catalog.unnest(${ownNames}::text[])) as own (schema, name))
select c.oid, n.nspname::text as schema, c.relname::text as name,
  case c.relkind when 'p' then 'partitioned' else 'table' end as kind,
  case c.relpersistence when 'u' then 'unlogged' else 'permanent' end as persistence,
  case when not c.relrowsecurity then 'none' when c.relforcerowsecurity then 'forced' else 'enabled' end as "rowSecurity",
  pg_catalog.pg_has_role(c.relowner, 'usage') as owned,
  pg_catalog.has_schema_privilege(n.oid, 'usage')
    and (pg_catalog.has_table_privilege(c.oid, 'select')
      or coalesce((select bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), false)) as readable,
  array(select pn.nspname || '.' || p.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class p on p.oid = i.inhparent join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
    where i.inhrelid = c.oid order by i.inhseqno)::text[] as inherits,
  case c.relkind when 'p'
    then (select coalesce(sum(case when leaf.reltuples < 0 then coalesce(pg_catalog.pg_relation_size(leaf.oid), 0) / 100 else leaf.reltuples end), 0) from pg_catalog.pg_partition_tree(c.oid) t join pg_catalog.pg_class leaf on leaf.oid = t.relid where t.isleaf)
    else case when c.reltuples < 0 then coalesce(pg_catalog.pg_relation_size(c.oid), 0) / 100 else c.reltuples end end::float8 as "estimatedRows",
  c.relkind = 'p' and exists (select from pg_catalog.pg_partitioned_table d where d.partrelid = c.oid and (d.partdefid <> 0 or d.partstrat = 'h')) as "defaultPartition"
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and c.relpersistence <> 't' and not c.relispartition
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and not exists (select from own where own.schema = n.nspname and own.name = c.relname)
order by n.nspname collate "C", c.relname collate "C"`;

export type ColumnRow = {
  readonly table: number;
  readonly name: string;
  readonly attnum: number;
  readonly type: string;
  readonly typeOid: number;
  readonly notNull: boolean;
  readonly notNullNotValid: boolean;
  readonly collationSchema: string | null;
  readonly collationName: string | null;
  readonly default: string | null;
  readonly identity: '' | 'a' | 'd';
  readonly generated: '' | 's' | 'v';
  readonly sequenceSchema: string | null;
  readonly sequenceName: string | null;
};
/** `notNullMarks`: PostgreSQL 18 and later keep NOT NULL as constraints that may be NOT VALID. */
export const columns = (oids: readonly number[], notNullMarks: boolean): Statement =>
  sql`/* catalogue.columns */
select a.attrelid as "table", a.attname::text as name, a.attnum::int4 as attnum, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, a.atttypid as "typeOid",
  a.attnotnull as "notNull",
  ${notNullMarks ? sql`exists (select from pg_catalog.pg_constraint k where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum] and not k.convalidated)` : sql`false`} as "notNullNotValid",
  cn.nspname::text as "collationSchema", co.collname::text as "collationName",
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as "default",
  a.attidentity::text as identity, a.attgenerated::text as generated,
  s."schema" as "sequenceSchema", s.name as "sequenceName"
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_collation co on co.oid = a.attcollation and a.attcollation <> t.typcollation
left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
left join lateral (
  select sn.nspname::text as "schema", sc.relname::text as name
  from (
    select p.refobjid as sequence from pg_catalog.pg_depend p
    where p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid = d.oid and p.refclassid = 'pg_catalog.pg_class'::regclass and a.attgenerated = ''
    union all
    select p.objid from pg_catalog.pg_depend p
    where p.classid = 'pg_catalog.pg_class'::regclass and p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid = a.attnum and p.deptype = 'i' and a.attidentity <> ''
  ) feeds
  join pg_catalog.pg_class sc on sc.oid = feeds.sequence and sc.relkind = 'S'
  join pg_catalog.pg_namespace sn on sn.oid = sc.relnamespace
  order by 1, 2 limit 1
) s on true
where a.attrelid = any (${oids}::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum`;

export type TypeRow = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly formatted: string;
  readonly kind: 'b' | 'c' | 'd' | 'e' | 'm' | 'p' | 'r';
  /** Type below a domain, element of an array, subtype of a range, range of a multirange. */
  readonly below: number | null;
  readonly array: boolean;
  readonly domainBase: string | null;
  readonly domainNotNull: boolean;
  readonly attributes: readonly number[];
  readonly labels: readonly string[];
  readonly equalitySchema: string | null;
  readonly equalityName: string | null;
};
/** The types of the given columns and all that they are made over. */
export const types = (oids: readonly number[]): Statement =>
  sql`/* catalogue.types */
with recursive equalities as materialized (
  ${equalities()}
), parts as (
  select t.oid, t.typtype, t.typrelid,
    case when t.typtype = 'd' then t.typbasetype when t.typtype = 'r' then (select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid)
      when t.typtype = 'm' then (select r.rngtypid from pg_catalog.pg_range r where r.rngmultitypid = t.oid)
      when t.typcategory = 'A' and t.typelem <> 0 then t.typelem end as below
  from pg_catalog.pg_type t
), reached as (
  select distinct a.atttypid as oid from pg_catalog.pg_attribute a where a.attrelid = any (${oids}::oid[]) and a.attnum > 0 and not a.attisdropped
  union
  select made.oid from reached join parts p on p.oid = reached.oid
  cross join lateral (
    select p.below as oid where p.below is not null
    union all
    select a.atttypid from pg_catalog.pg_attribute a where p.typtype = 'c' and a.attrelid = p.typrelid and a.attnum > 0 and not a.attisdropped
  ) made
)
select t.oid, n.nspname::text as schema, t.typname::text as name, pg_catalog.format_type(t.oid, null) as formatted, t.typtype::text as kind, parts.below,
  t.typtype = 'b' and t.typcategory = 'A' and t.typelem <> 0 as "array",
  case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as "domainBase", t.typnotnull as "domainNotNull",
  array(select a.atttypid from pg_catalog.pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)::oid[] as attributes,
  array(select e.enumlabel from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)::text[] as labels,
  eq.schema as "equalitySchema", eq.name as "equalityName"
from reached join pg_catalog.pg_type t on t.oid = reached.oid join parts on parts.oid = t.oid join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join lateral (${equalityOf()}) eq on true`;

/** Per type the equality of its default operator class, btree before hash. */
const equalities = (): Statement =>
  sql`select distinct on (oc.opcintype) oc.opcintype as type, n.nspname::text as schema, op.oprname::text as name, it.typispreferred as preferred
  from pg_catalog.pg_opclass oc
  join pg_catalog.pg_am am on am.oid = oc.opcmethod and am.amname in ('btree', 'hash')
  join pg_catalog.pg_amop ao on ao.amopfamily = oc.opcfamily and ao.amoplefttype = oc.opcintype and ao.amoprighttype = oc.opcintype and ao.amopstrategy = case am.amname when 'btree' then 3 else 1 end
  join pg_catalog.pg_operator op on op.oid = ao.amopopr
  join pg_catalog.pg_namespace n on n.oid = op.oprnamespace
  join pg_catalog.pg_type it on it.oid = oc.opcintype
  where oc.opcdefault
  order by oc.opcintype, am.amname`;

/**
 * As `GetDefaultOpClass` finds it: the type's own class, else that of a type it is the same bytes as (varchar: text,
 * cidr: inet). Polymorphic classes (arrays, enums, ranges, records) are the caller's.
 */
const equalityOf = (): Statement =>
  sql`select e.schema, e.name from equalities e
  where e.type = t.oid or e.type in (select ca.casttarget from pg_catalog.pg_cast ca where ca.castsource = t.oid and ca.castmethod = 'b' and ca.castcontext = 'i')
  order by e.type = t.oid desc, e.preferred desc, e.type limit 1`;

export type CollationRow = QualifiedName & {
  readonly provider: 'c' | 'i' | 'b' | 'd';
  readonly locale: string | null;
  readonly deterministic: boolean;
  readonly version: string | null;
};
/** The locale of an ICU collation has had three names: colliculocale (15, 16), colllocale (17), and collcollate before. */
export const collations = (oids: readonly number[]): Statement =>
  sql`/* catalogue.collations */
select n.nspname::text as schema, co.collname::text as name, co.collprovider::text as provider,
  coalesce(pg_catalog.to_jsonb(co) ->> 'colllocale', pg_catalog.to_jsonb(co) ->> 'colliculocale', co.collcollate::text) as locale, co.collisdeterministic as deterministic, co.collversion as version
from pg_catalog.pg_collation co
join pg_catalog.pg_namespace n on n.oid = co.collnamespace
where co.oid in (select a.attcollation from pg_catalog.pg_attribute a where a.attrelid = any (${oids}::oid[]) and a.attnum > 0 and not a.attisdropped) and co.collname <> 'default'
order by 1, 2`;

export const extensions = (): Statement =>
  sql`/* catalogue.extensions */
select extname::text as name, extversion as version from pg_catalog.pg_extension order by 1`;
