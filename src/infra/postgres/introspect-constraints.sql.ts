import { isNoHook } from './hooks.sql.ts';
import { sql, type Statement } from './sql.ts';

export type UniqueRow = {
  readonly table: number;
  readonly name: string;
  readonly constraint: boolean;
  readonly primary: boolean;
  readonly columns: readonly (string | null)[];
  readonly expressions: readonly string[];
  readonly predicate: string | null;
  readonly immediate: boolean;
  readonly valid: boolean;
  readonly nullsNotDistinct: boolean;
  readonly equalitySchemas: readonly (string | null)[];
  readonly equalityNames: readonly (string | null)[];
};
/** Exclusion constraints and WITHOUT OVERLAPS keys are unique in another sense: see `constraints`. */
export const uniques = (oids: readonly number[]): Statement =>
  sql`/* catalogue.uniques */
select i.indrelid as "table", c.relname::text as name, k.oid is not null as "constraint", i.indisprimary as "primary",
  part.columns, part.expressions, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate, i.indimmediate as immediate,
  i.indisvalid and i.indisready and i.indislive as valid, i.indnullsnotdistinct as "nullsNotDistinct",
  part.schemas as "equalitySchemas", part.operators as "equalityNames"
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u')
cross join lateral (
  select pg_catalog.array_agg(a.attname::text order by n) as columns, pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, n, false) order by n) as expressions,
    pg_catalog.array_agg(opn.nspname::text order by n) as schemas, pg_catalog.array_agg(op.oprname::text order by n) as operators
  from pg_catalog.generate_series(1, i.indnkeyatts::int4) n
  join pg_catalog.pg_opclass oc on oc.oid = i.indclass[n - 1]
  left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[n - 1] and a.attnum > 0
  left join pg_catalog.pg_amop ao on ao.amopfamily = oc.opcfamily and ao.amoplefttype = oc.opcintype and ao.amoprighttype = oc.opcintype and ao.amopstrategy = 3
  left join pg_catalog.pg_operator op on op.oid = ao.amopopr
  left join pg_catalog.pg_namespace opn on opn.oid = op.oprnamespace
) part
where i.indrelid = any (${oids}::oid[]) and i.indisunique and not i.indisexclusion
order by i.indrelid, c.relname collate "C"`;

export type ConstraintRow = {
  readonly table: number;
  readonly name: string;
  readonly kind: 'c' | 'f' | 'x' | 'p' | 'u';
  readonly period: boolean;
  readonly definition: string;
  readonly expression: string | null;
  readonly columns: readonly string[];
  readonly enforced: boolean;
  readonly validated: boolean;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly parentSchema: string | null;
  readonly parentName: string | null;
  /** The partition that is named where the reference points below a root. */
  readonly parentPartition: string | null;
  readonly parentColumns: readonly string[];
  readonly match: 's' | 'f' | 'p' | ' ';
  readonly onDelete: Action;
  readonly onUpdate: Action;
  readonly onDeleteColumns: readonly string[];
  readonly equalitySchemas: readonly string[];
  readonly equalityNames: readonly string[];
};
export type Action = 'a' | 'r' | 'c' | 'n' | 'd' | ' ';

/**
 * Checks, references, exclusions and temporal keys. A reference to a partitioned table has one more row per partition of
 * the parent (`conparentid`); only the one that the user wrote counts.
 */
export const constraints = (oids: readonly number[], enforcedAndPeriod: boolean): Statement =>
  sql`/* catalogue.constraints */
select k.conrelid as "table", k.conname::text as name, k.contype::text as kind, ${enforcedAndPeriod ? sql`k.conperiod` : sql`false`} as period,
  pg_catalog.pg_get_constraintdef(k.oid) as definition, pg_catalog.pg_get_expr(k.conbin, k.conrelid) as expression,
  array(select a.attname from pg_catalog.unnest(k.conkey) with ordinality u (attnum, n) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum order by u.n)::text[] as columns,
  ${enforcedAndPeriod ? sql`k.conenforced` : sql`true`} as enforced, k.convalidated as validated, k.condeferrable as deferrable, k.condeferred as deferred,
  pn.nspname::text as "parentSchema", p.relname::text as "parentName", case when root.oid <> k.confrelid then (select l.relname from pg_catalog.pg_class l where l.oid = k.confrelid)::text end as "parentPartition",
  array(select a.attname from pg_catalog.unnest(k.confkey) with ordinality u (attnum, n) join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum order by u.n)::text[] as "parentColumns",
  k.confmatchtype::text as match, k.confdeltype::text as "onDelete", k.confupdtype::text as "onUpdate",
  array(select a.attname from pg_catalog.unnest(k.confdelsetcols) with ordinality u (attnum, n) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum order by u.n)::text[] as "onDeleteColumns",
  array(select n.nspname from pg_catalog.unnest(k.conpfeqop) with ordinality u (op, n) join pg_catalog.pg_operator o on o.oid = u.op join pg_catalog.pg_namespace n on n.oid = o.oprnamespace order by u.n)::text[] as "equalitySchemas",
  array(select o.oprname from pg_catalog.unnest(k.conpfeqop) with ordinality u (op, n) join pg_catalog.pg_operator o on o.oid = u.op order by u.n)::text[] as "equalityNames"
from pg_catalog.pg_constraint k
left join lateral (select coalesce(pg_catalog.pg_partition_root(k.confrelid)::oid, k.confrelid) as oid) root on k.contype = 'f'
left join pg_catalog.pg_class p on p.oid = root.oid
left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
where k.conrelid = any (${oids}::oid[]) and k.contype in ('c', 'f', 'x', 'p', 'u') and (k.contype <> 'f' or k.conparentid = 0)
order by k.conrelid, k.conname collate "C"`;

export type TriggerRow = {
  readonly table: number;
  readonly name: string;
  readonly bits: number;
  readonly enabled: boolean;
  readonly function: string;
};
export const triggers = (oids: readonly number[]): Statement =>
  sql`/* catalogue.triggers */
select t.tgrelid as "table", t.tgname::text as name, t.tgtype::int4 as bits, t.tgenabled in ('O', 'A') as enabled, n.nspname || '.' || p.proname as function
from pg_catalog.pg_trigger t
join pg_catalog.pg_proc p on p.oid = t.tgfoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where t.tgrelid = any (${oids}::oid[]) and not t.tgisinternal and ${isNoHook}
order by t.tgrelid, t.tgname collate "C"`;

export type RuleRow = { readonly table: number; readonly name: string };
export const rules = (oids: readonly number[]): Statement =>
  sql`/* catalogue.rules */
select r.ev_class as "table", r.rulename::text as name
from pg_catalog.pg_rewrite r
where r.ev_class = any (${oids}::oid[]) and r.ev_type in ('2', '3', '4') and r.ev_enabled in ('O', 'A')
order by r.ev_class, r.rulename collate "C"`;

export type PartitionRow = { readonly table: number; readonly partition: string; readonly foreign: boolean; readonly own: readonly string[] };
/** What a partition adds to its root: constraints, unique indexes and triggers that the root does not know of. */
export const partitions = (oids: readonly number[]): Statement =>
  sql`/* catalogue.partitions */
with leaves as materialized (
  select root.oid as root, c.oid, n.nspname || '.' || c.relname as partition, c.relkind = 'f' as foreign
  from pg_catalog.unnest(${oids}::oid[]) root (oid)
  cross join lateral pg_catalog.pg_partition_tree(root.oid) leaf
  join pg_catalog.pg_class c on c.oid = leaf.relid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where leaf.level > 0
), own as (
  select k.conrelid as oid, 'constraint ' || k.conname as thing from pg_catalog.pg_constraint k
  where k.conrelid in (select oid from leaves) and k.contype in ('c', 'f', 'p', 'u', 'x') and k.conislocal and k.coninhcount = 0 and k.conparentid = 0
  union all
  select i.indrelid, 'unique index ' || ic.relname from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
  where i.indrelid in (select oid from leaves) and i.indisunique and not ic.relispartition and not exists (select from pg_catalog.pg_constraint k where k.conindid = ic.oid)
  union all
  select t.tgrelid, 'trigger ' || t.tgname from pg_catalog.pg_trigger t where t.tgrelid in (select oid from leaves) and not t.tgisinternal and t.tgparentid = 0
)
select leaves.root as "table", leaves.partition, leaves.foreign, pg_catalog.array_remove(pg_catalog.array_agg(own.thing order by own.thing collate "C"), null)::text[] as own
from leaves left join own on own.oid = leaves.oid
group by leaves.root, leaves.partition, leaves.foreign
having leaves.foreign or pg_catalog.count(own.thing) > 0
order by 1, 2`;

export type SequenceRow = {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cycle: boolean;
  readonly ownerSchema: string | null;
  readonly ownerTable: string | null;
  readonly ownerColumn: string | null;
  readonly readable: boolean;
  readonly lastValue: string | null;
};
export const sequences = (ownSchemas: readonly string[], ownNames: readonly string[]): Statement =>
  sql`/* catalogue.sequences */
with own as (select * from rows from (pg_catalog.unnest(${ownSchemas}::text[]), pg_catalog.unnest(${ownNames}::text[])) as own (schema, name))
select n.nspname::text as schema, c.relname::text as name, pg_catalog.format_type(s.seqtypid, null) as type, s.seqstart::text as start, s.seqincrement::text as increment,
  s.seqmin::text as minimum, s.seqmax::text as maximum, s.seqcycle as cycle,
  owner.schema as "ownerSchema", owner.name as "ownerTable", owner."column" as "ownerColumn", may.reading as readable,
  case when may.reading then pg_catalog.pg_sequence_last_value(c.oid)::text end as "lastValue"
from pg_catalog.pg_sequence s
join pg_catalog.pg_class c on c.oid = s.seqrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_sequence_privilege(c.oid, 'select, usage') as reading) may
left join lateral (
  select tn.nspname::text as schema, t.relname::text as name, a.attname::text as "column"
  from pg_catalog.pg_depend d
  join pg_catalog.pg_class t on t.oid = d.refobjid
  join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
  limit 1
) owner on true
where c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and not exists (select from own where own.schema = n.nspname and (own.name = c.relname or own.name = owner.name and own.schema = owner.schema))
order by n.nspname collate "C", c.relname collate "C"`;

export type UnsupportedRow = {
  readonly object: string;
  readonly kind: 'foreign table' | 'materialized view' | 'large objects' | 'extension table';
  readonly extra: string;
};
/** Data that lives where COPY of a table does not reach. Views, functions and the like are no data. */
export const unsupported = (): Statement =>
  sql`/* catalogue.unsupported */
select n.nspname || '.' || c.relname as object, case c.relkind when 'f' then 'foreign table' else 'materialized view' end as kind, '' as extra
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('f', 'm') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
union all
select 'large objects', 'large objects', pg_catalog.count(*)::text from pg_catalog.pg_largeobject_metadata having pg_catalog.count(*) > 0
union all
select n.nspname || '.' || c.relname, 'extension table', e.extname::text
from pg_catalog.pg_extension e
join pg_catalog.pg_class c on c.oid = any (e.extconfig) and c.relkind in ('r', 'p')
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by 2, 1`;
