import type { QualifiedName } from '../../../domain/catalogue/catalogue.ts';
import { hookComment, hookNames } from '../../../infra/postgres/own-relations.ts';
import { relation, sql, type Statement } from '../../../infra/postgres/sql.ts';

/*
 * A statement trigger on each table calls `nextval` of a sequence of its own. Not NOTIFY: its lock would make all writers
 * of the database commit one after the other. A sequence costs a few microseconds, holds no lock until commit, and its
 * value can be read by anybody who may; it moves also when the transaction is rolled back, which costs one look in vain.
 */

const ours = sql`p.proname = ${hookNames.ring} and obj_description(p.oid, 'pg_proc') = ${hookComment}`;

export type HookRow = { readonly table: string; readonly sequence: number };
/** Tables with a hook; a partition rings for its root. */
export const hookedTables = (): Statement => sql`/* events.snapshots.hooked-tables */
select rn.nspname || '.' || r.relname as "table", s.oid as sequence
from pg_trigger t
join pg_proc p on p.oid = t.tgfoid and ${ours}
join pg_class s on s.relnamespace = p.pronamespace and s.relkind = 'S' and s.relname = split_part(encode(t.tgargs, 'escape'), '\\000', 2)
join pg_class c on c.oid = t.tgrelid
join pg_class r on r.oid = coalesce(case when c.relispartition then pg_partition_root(c.oid) end, c.oid)
join pg_namespace rn on rn.oid = r.relnamespace
where t.tgenabled in ('O', 'A')`;

export type ValueRow = { readonly sequence: number; readonly value: string | null };
export const sequenceValues = (sequences: readonly number[]): Statement => sql`/* events.snapshots.sequence-values */
select s.oid as sequence, pg_sequence_last_value(s.oid)::text as value
from pg_class s where s.oid = any (${sequences}::oid[]) and s.relkind = 'S'`;

export const lockHooks: Statement = sql`/* events.snapshots.lock-hooks */ select pg_advisory_xact_lock(1463900482, 3)`;

export type SchemaRow = { readonly found: boolean };
export const findSchema = (schema: string): Statement => sql`/* events.snapshots.find-schema */
select exists (select from pg_namespace n where n.nspname = ${schema}) as found`;

export const createRing = (schema: string): readonly Statement[] => [
  // As its owner, so that whoever writes the table needs no right on the sequence; nobody else may put it on a table.
  sql`create or replace function ${sql.id(schema, hookNames.ring)}() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as ${sql.lit(
    `begin perform nextval((quote_ident(tg_argv[0]) || '.' || quote_ident(tg_argv[1]))::regclass); return null; end`,
  )}`,
  sql`comment on function ${sql.id(schema, hookNames.ring)}() is ${sql.lit(hookComment)}`,
  sql`revoke all on function ${sql.id(schema, hookNames.ring)}() from public`,
];

export type UnhookedRow = QualifiedName & { readonly oid: number };
/** Tables and partitions that have no hook yet. */
export const unhookedTables = (tables: readonly QualifiedName[]): Statement => sql`/* events.snapshots.unhooked-tables */
with recursive wanted as (
  select c.oid
  from rows from (unnest(${tables.map(({ schema }) => schema)}::text[]), unnest(${tables.map(({ name }) => name)}::text[])) as named (schema, name)
  join pg_namespace n on n.nspname = named.schema
  join pg_class c on c.relnamespace = n.oid and c.relname = named.name
  union
  select i.inhrelid from wanted join pg_inherits i on i.inhparent = wanted.oid join pg_class k on k.oid = i.inhrelid and k.relispartition and k.relkind in ('r', 'p')
)
select c.oid, n.nspname::text as schema, c.relname::text as name
from wanted join pg_class c on c.oid = wanted.oid join pg_namespace n on n.oid = c.relnamespace
where not exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid where t.tgrelid = c.oid and ${ours})
order by 2, 3`;

export const createHook = (schema: string, { oid, ...table }: UnhookedRow): readonly Statement[] => {
  const sequence = `${hookNames.sequence}${oid}`;
  return [
    sql`create sequence if not exists ${sql.id(schema, sequence)}`,
    sql`comment on sequence ${sql.id(schema, sequence)} is ${sql.lit(hookComment)}`,
    sql`create trigger ${sql.id(hookNames.trigger)} after insert or update or delete or truncate on ${relation(table)}
  for each statement execute function ${sql.id(schema, hookNames.ring)}(${sql.lit(schema)}, ${sql.lit(sequence)})`,
  ];
};

export type InstalledRow = QualifiedName & { readonly kind: 'trigger' | 'function' | 'sequence'; readonly trigger: string };
/** Everything of ours, wherever it lies. */
export const installedHooks = (): Statement => sql`/* events.snapshots.installed-hooks */
select 'trigger' as kind, n.nspname::text as schema, c.relname::text as name, t.tgname::text as trigger
from pg_trigger t join pg_proc p on p.oid = t.tgfoid and ${ours} join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where t.tgparentid = 0
union all
select 'function', n.nspname::text, p.proname::text, '' from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours}
union all
select 'sequence', n.nspname::text, c.relname::text, '' from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S' and obj_description(c.oid, 'pg_class') = ${hookComment}`;

export const dropHook = ({ kind, trigger, ...named }: InstalledRow): Statement => {
  if (kind === 'trigger') return sql`drop trigger if exists ${sql.id(trigger)} on ${relation(named)}`;
  return kind === 'function' ? sql`drop function if exists ${relation(named)}()` : sql`drop sequence if exists ${relation(named)}`;
};

/** A schema of ours in which nothing is left. */
export const emptySchema = (schema: string, comment: string): Statement => sql`/* events.snapshots.empty-schema */
select exists (
  select from pg_namespace n
  where n.nspname = ${schema} and obj_description(n.oid, 'pg_namespace') = ${comment}
    and not exists (select from pg_depend d where d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid)
) as found`;
export const dropSchema = (schema: string): Statement => sql`drop schema ${sql.id(schema)}`;
