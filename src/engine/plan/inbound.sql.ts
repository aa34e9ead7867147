import type { Reference, Table } from '../../domain/catalogue/catalogue.ts';
import { and, comma, or, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { rowKey, type Load } from '../load.ts';
import { deleteTable, isLate, isSameRow, removalKey, removals } from '../removal.ts';
import { equals, targetTable } from '../rows.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';
import { tableId } from '../../domain/catalogue/catalogue.ts';

/** One foreign key that leads to rows which are to go. */
export type Inbound = {
  readonly parent: Load;
  readonly child: Table;
  readonly reference: Reference;
  /** The child's own load, where rows of it may go or change too. */
  readonly deleting: Load | undefined;
  readonly changing: { readonly load: Load; readonly columns: readonly string[] } | undefined;
};

/** `repointed`: the update of the child comes in between; else the row stays. Made anew when the deletes are judged again. */
export const createRemovals: readonly Statement[] = [
  sql`/* engine.plan.drop-removals */ drop table if exists pg_temp.wb_removal, pg_temp.wb_removal_edge`,
  sql`
/* engine.plan.create-removals */
create temporary table wb_removal (load integer not null, src pg_catalog.tid not null, child pg_catalog.text not null, constraint_name pg_catalog.text not null, repointed boolean not null)`,
  sql`
/* engine.plan.create-removal-edges */
create temporary table wb_removal_edge (parent integer not null, parent_src pg_catalog.tid not null, load integer not null, src pg_catalog.tid not null, child pg_catalog.text not null, constraint_name pg_catalog.text not null)`,
];

const childTable = (child: Table): Statement => (child.kind === 'partitioned' ? relation(child) : sql`only ${relation(child)}`);

/** The rows to go (d), with the columns that the reference leads to: of the key, or of the row itself (t). */
const doomed = ({ parent, reference }: Inbound): { readonly from: Statement; readonly column: (name: string) => Statement } => {
  const key = rowKey(parent);
  if (reference.parentColumns.every((name) => key.includes(name)))
    return { from: sql`${deleteTable(parent)} as d`, column: (name) => sql`d.${changeColumn('k', name)}` };
  return {
    from: sql`${deleteTable(parent)} as d join ${targetTable(parent)} as t on ${isSameRow(parent, sql`t`, sql`d`)}`,
    column: (name) => sql`t.${sql.id(name)}`,
  };
};

const refers = ({ reference }: Inbound, parent: (name: string) => Statement, child: (name: string) => Statement): Statement =>
  and(reference.columns.map((name, position) => equals(parent(reference.parentColumns[position] ?? ''), child(name), reference.equality[position])));

const takes = (name: string): Statement => sql`g.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`;

/** Columns of the reference that an update of the child may write. */
const writes = ({ changing, reference }: Inbound): readonly string[] => reference.columns.filter((name) => changing?.columns.includes(name));

/** What the child will hold after its update (g). */
const afterUpdate =
  (inbound: Inbound) =>
  (name: string): Statement =>
    writes(inbound).includes(name) ? sql`case when ${takes(name)} then g.${changeColumn('i', name)} else c.${sql.id(name)} end` : sql`c.${sql.id(name)}`;

const isUpdated = ({ changing }: Inbound): Statement =>
  changing === undefined ? sql`false` : sql`g.verdict operator(pg_catalog.=) 'update' and ${isSameRow(changing.load, sql`c`, sql`g`)}`;

const isLeaving = ({ deleting }: Inbound): Statement =>
  deleting === undefined ? sql`false` : sql`exists (select 1 from ${deleteTable(deleting)} as x where ${isSameRow(deleting, sql`c`, sql`x`)})`;

const names = ({ child, reference }: Inbound): Statement => sql`${sql.lit(tableId(child))}, ${sql.lit(reference.name)}`;

/**
 * Rows to go to which a row refers that stays. Every reference counts, whatever PostgreSQL would do on delete: a cascade
 * would remove, and `set null` would change, what nobody planned (ENGINE-RULES 14).
 */
export const findReferenced = (inbound: Inbound): Statement => {
  const { from, column } = doomed(inbound);
  const isWritten = writes(inbound).length > 0;
  const change =
    inbound.changing === undefined || !isWritten ? sql`` : sql`\nleft join ${temporary('change', inbound.changing.load.index)} as g on ${isUpdated(inbound)}`;
  const repointed = isWritten ? sql`g.verdict is not null and not coalesce(${refers(inbound, column, afterUpdate(inbound))}, false)` : sql`false`;
  return sql`
/* engine.plan.find-referenced */
insert into ${removals} (load, src, child, constraint_name, repointed)
select ${sql.lit(inbound.parent.index)}, d.ctid, ${names(inbound)}, pg_catalog.bool_and(${repointed})
from ${from}
join ${childTable(inbound.child)} as c on ${refers(inbound, column, (name) => sql`c.${sql.id(name)}`)}${change}
where not ${isLeaving(inbound)}
group by d.ctid`;
};

/** Rows that stay and still refer to rows that go late, now that the updates are done. */
export const stillReferenced = (inbound: Inbound): Statement => {
  const { from, column } = doomed(inbound);
  return sql`
/* engine.apply.still-referenced */
select ${sql.lit(tableId(inbound.parent.target))} as table, ${sql.lit(tableId(inbound.child))} as child, ${sql.lit(inbound.reference.name)} as constraint, pg_catalog.count(*)::integer as count
from ${from} join ${childTable(inbound.child)} as c on ${refers(inbound, column, (name) => sql`c.${sql.id(name)}`)}
where ${isLate(inbound.parent)} and not ${isLeaving(inbound)}`;
};

/** Rows to go to which an update would point a row anew. */
export const findNewlyReferenced = (inbound: Inbound): Statement | undefined => {
  const { changing } = inbound;
  const written = writes(inbound);
  if (changing === undefined || written.length === 0) return undefined;
  const { from, column } = doomed(inbound);
  return sql`
/* engine.plan.find-newly-referenced */
insert into ${removals} (load, src, child, constraint_name, repointed)
select distinct ${sql.lit(inbound.parent.index)}, d.ctid, ${names(inbound)}, false
from ${temporary('change', changing.load.index)} as g
join ${childTable(inbound.child)} as c on ${isUpdated(inbound)}
join (${sql`select ${comma([sql`d.ctid`, ...inbound.reference.parentColumns.map((name) => sql`${column(name)} as ${changeColumn('k', name)}`)])} from ${from}`}) as d
  on ${refers(inbound, (name) => sql`d.${changeColumn('k', name)}`, afterUpdate(inbound))}
where ${or(written.map(takes))} and not ${isLeaving(inbound)}`;
};

/** Who of those that go refers to whom of them: what keeps a row from going keeps its parents too. */
export const findEdges = (inbound: Inbound): Statement | undefined => {
  const { deleting } = inbound;
  if (deleting === undefined) return undefined;
  const { from, column } = doomed(inbound);
  return sql`
/* engine.plan.find-removal-edges */
insert into pg_temp.wb_removal_edge (parent, parent_src, load, src, child, constraint_name)
select ${sql.lit(inbound.parent.index)}, d.ctid, ${sql.lit(deleting.index)}, x.ctid, ${names(inbound)}
from ${from}
join ${childTable(inbound.child)} as c on ${refers(inbound, column, (name) => sql`c.${sql.id(name)}`)}
join ${deleteTable(deleting)} as x on ${isSameRow(deleting, sql`c`, sql`x`)}`;
};

export const countRemovals: Statement = sql`/* engine.plan.count-removals */ select pg_catalog.count(*)::bigint as count from ${removals}`;

/** Upwards from the rows that stay, through cycles too; what is left waits for its children's updates, and so do its parents. */
export const settleRemovals: readonly Statement[] = [
  sql`
/* engine.plan.settle-removals */
create temporary table wb_removal_settled as
with recursive blocked as (
  select load, src, child, constraint_name, false as derived from ${removals} where not repointed
  union
  select e.parent, e.parent_src, e.child, e.constraint_name, true
  from blocked as b join pg_temp.wb_removal_edge as e on e.load operator(pg_catalog.=) b.load and e.src operator(pg_catalog.=) b.src
), stays as (
  select distinct on (load, src) load, src, child, constraint_name from blocked order by load, src, derived, child, constraint_name
), late as (
  select r.load, r.src from ${removals} as r
  where not exists (select 1 from stays as s where s.load operator(pg_catalog.=) r.load and s.src operator(pg_catalog.=) r.src)
  union
  select e.parent, e.parent_src
  from late as l join pg_temp.wb_removal_edge as e on e.load operator(pg_catalog.=) l.load and e.src operator(pg_catalog.=) l.src
)
select load, src, child, constraint_name, true as stays from stays
union all
select l.load, l.src, null, null, false from late as l
where not exists (select 1 from stays as s where s.load operator(pg_catalog.=) l.load and s.src operator(pg_catalog.=) l.src)`,
  sql`/* engine.plan.clear-removals */ delete from ${removals}`,
];

const settledOf = (load: Load): Statement =>
  sql`pg_temp.wb_removal_settled as w on w.load operator(pg_catalog.=) ${sql.lit(load.index)} and w.stays and w.src operator(pg_catalog.=) d.ctid`;

/** Rows that stay leave the list of those that go; `wb_removal` keeps the late ones. */
export const moveBlocked = (load: Load): readonly Statement[] => [
  sql`/* engine.plan.drop-blocked */ drop table if exists ${sql.id('pg_temp', `wb_blocked_${load.index}`)}`,
  sql`
/* engine.plan.create-blocked */
create temporary table ${sql.id(`wb_blocked_${load.index}`)} as select d.*, w.child, w.constraint_name from ${deleteTable(load)} as d join ${settledOf(load)}`,
  sql`
/* engine.plan.move-blocked */
delete from ${deleteTable(load)} as d using pg_temp.wb_removal_settled as w
where w.load operator(pg_catalog.=) ${sql.lit(load.index)} and w.stays and w.src operator(pg_catalog.=) d.ctid`,
];

export const keepLate: readonly Statement[] = [
  sql`
/* engine.plan.keep-late */
insert into ${removals} (load, src, child, constraint_name, repointed) select load, src, '', '', true from pg_temp.wb_removal_settled where not stays`,
  sql`/* engine.plan.drop-settled */ drop table pg_temp.wb_removal_settled, pg_temp.wb_removal_edge`,
];

export type BlockedRow = { readonly child: string; readonly constraint: string; readonly count: number; readonly example: string };
export const countBlockedDeletes = (load: Load): Statement => sql`
/* engine.plan.count-blocked-deletes */
select b.child, b.constraint_name as "constraint", pg_catalog.count(*)::integer as count, pg_catalog.min(${nameOfRow(load, sql`b`)}) as example
from ${sql.id('pg_temp', `wb_blocked_${load.index}`)} as b group by 1, 2 order by 1, 2`;

const nameOfRow = (load: Load, alias: Statement): Statement => {
  const texts = removalKey(load).map(({ name }) => sql`${alias}.${changeColumn('k', name)}::pg_catalog.text`);
  const [only] = texts;
  return texts.length === 1 && only !== undefined ? only : sql`array[${comma(texts)}]::pg_catalog.text`;
};

export type RemovalCount = { readonly early: number; readonly late: number };
export const countDeletes = (load: Load): Statement => sql`
/* engine.plan.count-deletes */
select (pg_catalog.count(*) operator(pg_catalog.-) pg_catalog.count(w.src))::integer as early, pg_catalog.count(w.src)::integer as late
from ${deleteTable(load)} as d left join ${removals} as w on w.load operator(pg_catalog.=) ${sql.lit(load.index)} and w.src operator(pg_catalog.=) d.ctid`;

export const noteBlocked = (load: Load): Statement => sql`
/* engine.plan.note-blocked */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select ${sql.lit(load.index)}, null, 'reference.inbound', null, b.constraint_name, pg_catalog.left(${nameOfRow(load, sql`b`)}, 200),
  (('A row of ' operator(pg_catalog.||) b.child) operator(pg_catalog.||) ' refers to the row, so it stays: delete or change that row too')
from ${sql.id('pg_temp', `wb_blocked_${load.index}`)} as b`;
