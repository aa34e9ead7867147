import type { ConflictPolicy } from '../../domain/run/run.ts';
import { and, comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { storedColumns } from '../image.sql.ts';
import { rowKey, type Load } from '../load.ts';
import { verdictOfOneSide } from '../plan/verdict.sql.ts';
import { nameOf, type Portable } from '../portable.sql.ts';
import { deleteTable, isSameRow, removalKey } from '../removal.ts';
import { equals, targetTable } from '../rows.sql.ts';
import { changeColumn, lookupColumn, temporary, temporaryName } from '../temporary.ts';
import { keyValue, rowsOf, storedImage, type UndoSource } from './ledger-rows.sql.ts';
import type { UndoTable } from './undo-tables.ts';

const isWrittenByRun = ({ writers }: UndoTable): Statement =>
  writers.length === 0
    ? sql`false`
    : sql`t.xmin operator(pg_catalog.=) any (array[${comma(writers.map((writer) => sql`${sql.lit(writer)}::pg_catalog.xid`))}])`;

/** Rows that the run put in and that are there: as it left them, or touched since. A row whose writer is the run itself is as it was. */
export const createGone = (table: UndoTable, source: UndoSource, name: Portable): Statement => {
  const { load } = table;
  const isOurs = isWrittenByRun(table);
  const key = rowKey(load);
  if (key.length === 0) {
    return sql`
/* engine.undo.create-gone */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
select null::bigint as need, 'delete'::pg_catalog.text as verdict, ${nameOf(name.leaves)} as name, null::pg_catalog.jsonb as after,
  ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)} as ${changeColumn('k', name)}`))}
from ${targetTable(load)} as t where ${isOurs}`;
  }
  const others = storedColumns(load.target).filter(({ name }) => !key.includes(name));
  const isRecorded = sql`(e.after is not null and e.after operator(pg_catalog.?&) array[${comma(others.map(({ name }) => sql.lit(name)))}]::pg_catalog.text[] and ${storedImage(load)} operator(pg_catalog.@>) e.after)`;
  const onKey = and(removalKey(load).map(({ name, type, equality }, position) => equals(sql`t.${sql.id(name)}`, keyValue(load, position, type), equality)));
  return sql`
/* engine.undo.create-gone */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
select null::bigint as need, case when ${isOurs} or ${isRecorded} then 'delete' else 'touched' end as verdict, ${nameOf(name.leaves)} as name,
  case when ${isOurs} then null else e.after end as after, ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)} as ${changeColumn('k', name)}`))}
from (select e.id, e.key, e.after ${rowsOf(source, table, ['insert'])}) as e
join ${targetTable(load)} as t on ${onKey}${name.joins}`;
};

/** Rows that somebody wrote since the run: of those without a key, any may be one of the run's, changed. The first writer is the run itself. */
export const countWrittenSince = (table: UndoTable): Statement => {
  const [writer] = table.writers;
  const isSince = writer === undefined ? sql`true` : sql`pg_catalog.age(t.xmin) operator(pg_catalog.<) pg_catalog.age(${sql.lit(writer)}::pg_catalog.xid)`;
  return sql`
/* engine.undo.count-written-since */
select pg_catalog.count(*)::integer as count from ${targetTable(table.load)} as t where not ${isWrittenByRun(table)} and ${isSince}`;
};

const gone = (load: Load): Statement => temporary('gone', load.index);

export const countTouched = (load: Load): Statement =>
  sql`/* engine.undo.count-touched */ select pg_catalog.count(*)::integer as count from ${gone(load)} where verdict operator(pg_catalog.=) 'touched'`;

/** The run's archive again, matched with what is there now: what is equal to it nobody has touched. */
export const acceptMatches = (load: Load, archived: Load): Statement => sql`
/* engine.undo.accept-matches */
update ${gone(load)} as g set verdict = 'delete'
from ${temporary('match', archived.index)} as m, ${targetTable(load)} as t
where g.verdict operator(pg_catalog.=) 'touched' and m.verdict operator(pg_catalog.=) 'same'
  and ${and(removalKey(load).map(({ name, equality }) => equals(sql`m.${lookupColumn('t', name)}`, sql`g.${changeColumn('k', name)}`, equality)))}
  and ${isSameRow(load, sql`t`, sql`g`)} and (g.after is null or ${storedImage(load)} operator(pg_catalog.@>) g.after)`;

/** The archive's tables make room for those of the rollback; the transaction's end brings them back if it fails. */
export const dropArchived = (archived: Load): Statement =>
  sql`/* engine.undo.drop-archived */ drop table if exists ${temporary('stage', archived.index)}, ${temporary('match', archived.index)}`;
export const clearIssues: Statement = sql`/* engine.undo.clear-issues */ delete from pg_temp.wb_issue`;

/** What shall become of rows that were touched since. */
export const judgeTouched = (load: Load, policy: ConflictPolicy): Statement => sql`
/* engine.undo.judge-touched */
update ${gone(load)} as g set verdict = ${verdictOfOneSide('undo', 'current', sql`false`, policy)} where g.verdict operator(pg_catalog.=) 'touched'`;

export const fillDelete = (load: Load): Statement => sql`
/* engine.undo.fill-delete */
insert into ${deleteTable(load)} (${comma(removalKey(load).map(({ name }) => changeColumn('k', name)))})
select ${comma(removalKey(load).map(({ name }) => sql`g.${changeColumn('k', name)}`))} from ${gone(load)} as g where g.verdict operator(pg_catalog.=) 'delete'
order by ${comma(removalKey(load).map((_, position) => sql`${sql.lit(position + 1)}`))}`;

/** Rows that stay because others refer to them. */
export const markKept = (load: Load): Statement => sql`
/* engine.undo.mark-kept */
update ${gone(load)} as g set verdict = 'blocked' from ${sql.id('pg_temp', `wb_blocked_${load.index}`)} as b
where ${and(removalKey(load).map(({ name, equality }) => equals(sql`g.${changeColumn('k', name)}`, sql`b.${changeColumn('k', name)}`, equality)))}`;

export const countGone = (load: Load): Statement => sql`
/* engine.undo.count-gone */
select g.verdict as state, pg_catalog.count(*)::integer as count, pg_catalog.sum(pg_catalog.hashtextextended(g.name, 0))::pg_catalog.text as keys
from ${gone(load)} as g group by 1 order by 1`;
