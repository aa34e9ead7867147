import type { Mode } from '../../domain/merge/verdict-table.ts';
import type { Resolution } from '../../domain/run/run.ts';
import { comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, isPassive } from '../change.ts';
import { archiveName } from '../archive-name.sql.ts';
import { loadId, type Load } from '../load.ts';
import { nameOf, type Portable } from '../portable.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';
import { verdictOfCells } from './verdict.sql.ts';

/** A person's word on conflicts, laid over what the plan found: the plan itself, and its hash, stay what was read. */
export const createResolutions: Statement = sql`
/* engine.plan.create-resolutions */
create temporary table wb_resolution (place integer primary key, table_id pg_catalog.text, row_name pg_catalog.text, column_name pg_catalog.text, take pg_catalog.text not null) on commit drop`;

export const insertResolutions = (resolutions: readonly Resolution[]): Statement => sql`
/* engine.plan.insert-resolutions */
insert into pg_temp.wb_resolution
select r.place, r.table_id, r.row_name, r.column_name, r.take
from rows from (pg_catalog.unnest(${resolutions.map(({ table }) => table ?? null)}::pg_catalog.text[]), pg_catalog.unnest(${resolutions.map(({ row }) => row ?? null)}::pg_catalog.text[]), pg_catalog.unnest(${resolutions.map(({ column }) => column ?? null)}::pg_catalog.text[]), pg_catalog.unnest(${resolutions.map(({ take }) => take)}::pg_catalog.text[])) with ordinality as r(table_id, row_name, column_name, take, place)`;

/** Of those that fit the last one counts; NULL where nobody has decided. A row that one side deleted has no column to name. */
const taken = (load: Load, row: Statement, column: string | undefined): Statement => sql`(
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) ${sql.lit(loadId(load))}) and (w.row_name is null or w.row_name operator(pg_catalog.=) ${row})
      and ${column === undefined ? sql`w.column_name is null` : sql`(w.column_name is null or w.column_name operator(pg_catalog.=) ${sql.lit(column)})`}
    order by w.place desc limit 1)`;

const letterOf = (load: Load, column: string): Statement => {
  const own = sql`ch.${changeColumn('o', column)}`;
  return sql`case when ${own} operator(pg_catalog.=) 'x' then coalesce(case ${taken(load, sql`ch.name`, column)} when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ${own}::pg_catalog.text end::"char"`;
};

export const resolveCells = (load: Load): Statement => {
  const columns = comparedColumns(load);
  return sql`
/* engine.plan.resolve-cells */
update ${temporary('change', load.index)} as ch
set ${comma(columns.map((column) => sql`${changeColumn('o', column.name)} = ${letterOf(load, column.name)}`))}
where ch.verdict operator(pg_catalog.=) 'conflict'`;
};

/** Passive cells follow what was decided of the others. */
export const settleResolved = (load: Load, mode: Mode): Statement => {
  const columns = comparedColumns(load);
  const decisive = columns.filter((column) => !isPassive(load, column.name));
  const verdict = verdictOfCells(
    mode,
    decisive.map((column) => sql`ch.${changeColumn('o', column.name)}`),
  );
  const passive = columns.filter((column) => isPassive(load, column.name));
  const letter = sql`case when ${verdict} operator(pg_catalog.=) 'update' then 'i'::"char" else 'c'::"char" end`;
  return sql`
/* engine.plan.settle-resolved */
update ${temporary('change', load.index)} as ch
set verdict = ${verdict}${comma([sql``, ...passive.map((column) => sql`${changeColumn('o', column.name)} = case when ch.${changeColumn('o', column.name)} operator(pg_catalog.=) '=' then ch.${changeColumn('o', column.name)} else ${letter} end`)])}
where ch.verdict operator(pg_catalog.=) 'conflict'`;
};

/** Deleted here, changed there: it comes again, or stays away. */
export const resolveStaying = (load: Load, row: Portable | undefined): readonly Statement[] => {
  const named = sql`select y.src, ${row === undefined ? archiveName(load) : nameOf(row.leaves)} as name from ${temporary('stay', load.index)} as y join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) y.src${row?.joins ?? sql``} where y.verdict operator(pg_catalog.=) 'conflict'`;
  const decided = sql`(select n.src, ${taken(load, sql`n.name`, undefined)} as take from (${named}) as n) as d`;
  return [
    sql`
/* engine.plan.resolve-staying */
delete from ${temporary('stay', load.index)} as y using ${decided} where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'incoming'`,
    sql`
/* engine.plan.resolve-staying-away */
update ${temporary('stay', load.index)} as y set verdict = 'keep' from ${decided} where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'current'`,
  ];
};

/** Deleted there, changed here: it goes, or stays. */
export const resolveGone = (load: Load): Statement => sql`
/* engine.plan.resolve-gone */
update ${temporary('gone', load.index)} as g set verdict = coalesce(case ${taken(load, sql`g.name`, undefined)} when 'incoming' then 'delete' when 'current' then 'keep' end, g.verdict)
where g.verdict operator(pg_catalog.=) 'conflict'`;
