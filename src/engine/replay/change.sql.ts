import type { Column } from '../../domain/catalogue/catalogue.ts';
import { comma, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, rowKeyColumns } from '../change.ts';
import { columnOf, rowKey, type Load } from '../load.ts';
import { createDelete, deleteTable, removalKey } from '../removal.ts';
import { targetTable } from '../rows.sql.ts';
import { changeColumn, regclassText, temporary, temporaryName } from '../temporary.ts';
import { isOther } from './foreign.sql.ts';
import { isRecordedRow } from './pair.sql.ts';
import { recorded } from './record.sql.ts';

/** What the ledger says that a run changed, deleted and brought back, as apply takes it. Rows that are not here were told of before. */
const ofRecord = (load: Load): Statement => isRecordedRow(load, { id: sql`r.id`, text: sql`r.key` });

const wasWritten = (column: Column): Statement => sql`r.after operator(pg_catalog.?) ${sql.lit(column.name)}`;
const written = (column: Column): Statement => sql`(r.after operator(pg_catalog.->>) ${sql.lit(column.name)})`;

export const createRecordedChange = (load: Load): Statement => sql`
/* engine.replay.create-change */
create temporary table ${sql.id(temporaryName('change', load.index))} as
select ${comma([
  sql`null::pg_catalog.tid as src`,
  sql`'update'::pg_catalog.text as verdict`,
  ...rowKeyColumns(load).map((column) => sql`t.${sql.id(column.name)} as ${changeColumn('k', column.name)}`),
  ...comparedColumns(load).flatMap((column) => [
    sql`${column.overComposite ? written(column) : sql`${written(column)}::${typeName(column.type)}`} as ${changeColumn('i', column.name)}`,
    sql`t.${sql.id(column.name)}${column.overComposite ? sql`::pg_catalog.text` : sql``} as ${changeColumn('c', column.name)}`,
    sql`case when ${wasWritten(column)} then 'i' else '=' end::"char" as ${changeColumn('o', column.name)}`,
  ]),
])}
from ${recorded(load.index, 'update')} as r join ${targetTable(load)} as t on ${ofRecord(load)}`;

export const fillDelete = (load: Load): readonly Statement[] => [
  createDelete(load),
  sql`
/* engine.replay.fill-delete */
insert into ${deleteTable(load)}
select ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)}`))}
from ${recorded(load.index, 'delete')} as r join ${targetTable(load)} as t on ${ofRecord(load)}`,
];

/** Rows that came back then, with all that they held; a row that is there already stays. */
const isAbsent = (load: Load): Statement => sql`not exists (select 1 from ${targetTable(load)} as t where ${ofRecord(load)})`;

const insertRecorded = (load: Load): Statement => {
  const overriding = load.columns.some((column) => column.identity !== undefined) ? sql` overriding system value` : sql``;
  return sql`insert into ${relation(load.target)} (${comma(load.columns.map((column) => sql.id(column.name)))})${overriding}
  select ${comma(load.columns.map((column) => sql`${written(column)}::${typeName(column.type)}`))}
  from ${recorded(load.index, 'insert')} as r where ${isAbsent(load)}
  returning true as present`;
};

/** One component in one statement: rows that refer to each other come back together (ENGINE-RULES 13). */
export const insertRecordedComponent = (loads: readonly Load[]): Statement => sql`
/* engine.replay.insert-recorded-component */
with ${comma(
  loads.map(
    (load, position) => sql`${sql.id(`inserted_${position}`)} as (
  ${insertRecorded(load)}
)`,
  ),
)}
select ${comma(loads.map((_, position) => sql`(select pg_catalog.count(*) from ${sql.id(`inserted_${position}`)})::bigint as ${sql.id(`n${position}`)}`))}`;

/** `new`: rows of the archive with their recorded values; else rows of the ledger. */
export type Settled = { readonly load: Load; readonly source: 'new' | 'insert' | 'update'; readonly columns: readonly string[] };

const settledRows = ({ load, source }: Settled): Statement =>
  source === 'new' ? sql`(select n.row_id as id, n.row_key as key, n.after from ${temporary('new', load.index)} as n)` : recorded(load.index, source);

const isUnsettled = (name: string): Statement =>
  sql`(r.after operator(pg_catalog.?) ${sql.lit(name)} and ${isOther(sql`t.${sql.id(name)}::pg_catalog.text`, sql`(r.after operator(pg_catalog.->>) ${sql.lit(name)})`)})`;

/** How many rows hold another value than recorded, per column: what a trigger wrote on the way. */
export const countUnsettled = (settled: Settled): Statement => sql`
/* engine.replay.count-unsettled */
select ${comma(settled.columns.map((name, position) => sql`pg_catalog.count(*) filter (where ${isUnsettled(name)})::integer as ${sql.id(`c${position}`)}`))}
from ${settledRows(settled)} as r join ${targetTable(settled.load)} as t on ${ofRecord(settled.load)}`;

/** The recorded values over what triggers wrote now; only those columns, so that no other trigger fires. */
export const settleValues = (settled: Settled): Statement => {
  const { load, columns } = settled;
  const values = columns.map((name) => {
    const type = typeName(columnOf(load.target, name).type);
    return sql`${sql.id(name)} = case when r.after operator(pg_catalog.?) ${sql.lit(name)} then (r.after operator(pg_catalog.->>) ${sql.lit(name)})::${type} else t.${sql.id(name)} end`;
  });
  return sql`
/* engine.replay.settle-values */
update ${targetTable(load)} as t set ${comma(values)}
from ${settledRows(settled)} as r
where ${ofRecord(load)} and (${sql.join(columns.map(isUnsettled), sql` or `)})`;
};

/** A sequence is moved past what was written, in its direction, and never lowered (ENGINE-RULES 16). */
export const advanceSequence = (load: Load, column: Column): Statement => {
  const { sequence } = column;
  if (sequence === undefined) return sql`select`;
  return sql`
/* engine.replay.advance-sequence */
select pg_catalog.setval(${sql.lit(regclassText(sequence))}::pg_catalog.regclass, goal.value, true)
from ${relation(sequence)} as q
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) ${sql.lit(regclassText(sequence))}::pg_catalog.regclass
cross join lateral (
  select case when p.seqincrement operator(pg_catalog.>) 0 then pg_catalog.max(t.${sql.id(column.name)}) else pg_catalog.min(t.${sql.id(column.name)}) end::bigint as value from ${targetTable(load)} as t
) as goal
where goal.value operator(pg_catalog.>=) p.seqmin and goal.value operator(pg_catalog.<=) p.seqmax
  and (case when p.seqincrement operator(pg_catalog.>) 0 then goal.value operator(pg_catalog.>) q.last_value else goal.value operator(pg_catalog.<) q.last_value end
    or (not q.is_called and goal.value operator(pg_catalog.=) q.last_value))`;
};

/** By which of its columns a load is known to the ledger; used where there is no archive. */
export const ledgerLoad = (load: Load, columns: readonly string[]): Load => {
  const names = new Set(columns);
  return {
    ...load,
    key: { kind: 'origin', surrogate: rowKey(load) },
    columns: load.target.columns.filter((column) => column.generated === undefined && names.has(column.name)),
  };
};
