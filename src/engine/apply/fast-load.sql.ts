import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { isNoHook } from '../../infra/postgres/hooks.sql.ts';
import { comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { regclassText } from '../temporary.ts';

/**
 * One row when the table may be loaded the fast way (ENGINE-RULES 18): owned, and nothing around its indexes and
 * constraints that a rebuild could lose. Whatever is unusual (comments, options, tablespaces, statistics targets, cluster
 * mark, replica identity, publications, dependent objects) makes it ineligible: it is never touched, so it cannot get lost.
 */
export const eligibility = (table: QualifiedName): Statement => sql`
/* engine.fast-load.eligibility */
with loaded as (
  select c.oid, c.relowner, c.reltablespace from pg_catalog.pg_class as c where c.oid operator(pg_catalog.=) ${sql.lit(regclassText(table))}::pg_catalog.regclass
), indexes as (
  select i.*, x.reloptions, x.reltablespace from pg_catalog.pg_index as i join loaded on i.indrelid operator(pg_catalog.=) loaded.oid join pg_catalog.pg_class as x on x.oid operator(pg_catalog.=) i.indexrelid
), constraints as (
  select k.* from pg_catalog.pg_constraint as k join loaded on k.conrelid operator(pg_catalog.=) loaded.oid where k.contype operator(pg_catalog.=) any ('{p,u,f,x}'::pg_catalog."char"[])
)
select pg_catalog.pg_has_role(loaded.relowner, 'usage') as owned from loaded
where pg_catalog.pg_has_role(loaded.relowner, 'usage')
  and not exists (select 1 from pg_catalog.pg_event_trigger where evtenabled operator(pg_catalog.<>) 'D')
  and not exists (select 1 from pg_catalog.pg_trigger as t where t.tgrelid operator(pg_catalog.=) loaded.oid and not t.tgisinternal and ${isNoHook})
  and not exists (select 1 from pg_catalog.pg_constraint as k where k.confrelid operator(pg_catalog.=) loaded.oid and k.contype operator(pg_catalog.=) 'f')
  and not exists (select 1 from pg_catalog.pg_inherits as h where h.inhrelid operator(pg_catalog.=) loaded.oid or h.inhparent operator(pg_catalog.=) loaded.oid)
  and not exists (select 1 from constraints as k where not k.convalidated or k.contype operator(pg_catalog.=) 'x' or k.coninhcount operator(pg_catalog.>) 0)
  and not exists (select 1 from pg_catalog.pg_constraint as k where k.conrelid operator(pg_catalog.=) loaded.oid and not k.convalidated)
  and not exists (select 1 from indexes as i where not i.indisvalid or not i.indisready or i.indisclustered or i.indisreplident or i.indisexclusion or i.reloptions is not null or i.reltablespace operator(pg_catalog.<>) 0)
  and not exists (select 1 from pg_catalog.pg_attribute as a join indexes as i on i.indexrelid operator(pg_catalog.=) a.attrelid where a.attstattarget operator(pg_catalog.>=) 0)
  and not exists (select 1 from pg_catalog.pg_description as d where (d.classoid operator(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objoid operator(pg_catalog.=) any (select k.oid from constraints as k)) or (d.classoid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid operator(pg_catalog.=) any (select i.indexrelid from indexes as i)))
  and not exists (select 1 from pg_catalog.pg_publication where puballtables) and not exists (select 1 from pg_catalog.pg_publication_rel as p where p.prrelid operator(pg_catalog.=) loaded.oid)
  and not exists (select 1 from pg_catalog.pg_publication_namespace as p join pg_catalog.pg_class as c on c.relnamespace operator(pg_catalog.=) p.pnnspid where c.oid operator(pg_catalog.=) loaded.oid)
  and not exists (
    select 1 from pg_catalog.pg_depend as d
    where ((d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.refobjid operator(pg_catalog.=) any (select k.oid from constraints as k))
        or (d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid operator(pg_catalog.=) any (select i.indexrelid from indexes as i)))
      and d.deptype operator(pg_catalog.=) 'n')
  and not exists (select 1 from constraints as k where k.contype operator(pg_catalog.=) 'f' and not pg_catalog.has_table_privilege(k.confrelid, 'references'))`;

export type Definition = { readonly name: string; readonly kind: 'primary' | 'unique' | 'foreign' | 'index'; readonly definition: string };

/** What is dropped and comes back, in the order in which it was made. */
export const definitions = (table: QualifiedName): Statement => sql`
/* engine.fast-load.definitions */
select name, kind, definition from (
  select k.conname::pg_catalog.text as name, case when k.contype operator(pg_catalog.=) 'p' then 'primary' when k.contype operator(pg_catalog.=) 'u' then 'unique' else 'foreign' end as kind, pg_catalog.pg_get_constraintdef(k.oid) as definition, k.oid
  from pg_catalog.pg_constraint as k where k.conrelid operator(pg_catalog.=) ${sql.lit(regclassText(table))}::pg_catalog.regclass and k.contype operator(pg_catalog.=) any ('{p,u,f}'::pg_catalog."char"[])
  union all
  select x.relname::pg_catalog.text, 'index', pg_catalog.pg_get_indexdef(i.indexrelid), i.indexrelid
  from pg_catalog.pg_index as i join pg_catalog.pg_class as x on x.oid operator(pg_catalog.=) i.indexrelid
  where i.indrelid operator(pg_catalog.=) ${sql.lit(regclassText(table))}::pg_catalog.regclass
    and not exists (select 1 from pg_catalog.pg_constraint as k where k.conindid operator(pg_catalog.=) i.indexrelid and k.conrelid operator(pg_catalog.=) i.indrelid and k.contype operator(pg_catalog.=) any ('{p,u,x}'::pg_catalog."char"[]))
) as d order by oid`;

/** Everything the catalogs say of constraints, indexes and columns of the table, without oids: equal before and after, or nothing is committed. */
export const catalogueText = (table: QualifiedName): Statement => sql`
/* engine.fast-load.catalogue-text */
select pg_catalog.md5(coalesce(pg_catalog.string_agg(line, e'\\n' order by line collate "C"), '')) as text from (
  select pg_catalog.concat_ws('|', 'constraint', k.conname, k.contype, k.condeferrable, k.condeferred, k.convalidated, k.connoinherit, pg_catalog.pg_get_constraintdef(k.oid)) as line
  from pg_catalog.pg_constraint as k where k.conrelid operator(pg_catalog.=) ${sql.lit(regclassText(table))}::pg_catalog.regclass
  union all
  select pg_catalog.concat_ws('|', 'index', x.relname, x.relowner, x.reloptions, x.reltablespace, i.indisunique, i.indisprimary, i.indimmediate, i.indisclustered, i.indisreplident, i.indnullsnotdistinct, pg_catalog.pg_get_indexdef(i.indexrelid))
  from pg_catalog.pg_index as i join pg_catalog.pg_class as x on x.oid operator(pg_catalog.=) i.indexrelid where i.indrelid operator(pg_catalog.=) ${sql.lit(regclassText(table))}::pg_catalog.regclass
  union all
  select pg_catalog.concat_ws('|', 'column', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated, a.attstattarget, a.attcollation, a.attacl)
  from pg_catalog.pg_attribute as a where a.attrelid operator(pg_catalog.=) ${sql.lit(regclassText(table))}::pg_catalog.regclass and a.attnum operator(pg_catalog.>) 0
) as facts`;

export const dropDefinition = (table: QualifiedName, definition: Definition): Statement =>
  definition.kind === 'index'
    ? sql`/* engine.fast-load.drop-index */ drop index ${sql.id(table.schema, definition.name)}`
    : sql`/* engine.fast-load.drop-constraint */ alter table ${relation(table)} drop constraint ${sql.id(definition.name)}`;

/** The definition is PostgreSQL's own text, read from this very table. */
export const restoreDefinition = (table: QualifiedName, definition: Definition): Statement =>
  definition.kind === 'index'
    ? sql`/* engine.fast-load.restore-index */ ${sql.raw(definition.definition)}`
    : sql`/* engine.fast-load.restore-constraint */ alter table ${relation(table)} add constraint ${sql.id(definition.name)} ${sql.raw(definition.definition)}`;

export const maintenanceMemory: Statement = sql`/* engine.fast-load.memory */ select pg_catalog.set_config('maintenance_work_mem', '512MB', true)`;

/** Before the first query, and impatient: whoever reads the table now is not made to queue behind us for long. */
export const lockForRebuild = (tables: readonly QualifiedName[]): Statement =>
  sql`/* engine.fast-load.lock */ lock table ${comma(tables.map(relation))} in access exclusive mode`;
export const impatient: Statement = sql`/* engine.fast-load.impatient */ set local lock_timeout = '2s'`;
export const patient = (milliseconds: number): Statement => sql`/* engine.fast-load.patient */ set local lock_timeout = ${sql.lit(milliseconds)}`;
export const isEmptyRelation = (table: QualifiedName): Statement =>
  sql`/* engine.fast-load.is-empty */ select not exists (select 1 from ${relation(table)}) as empty`;
