import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { comma, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, rowKeyColumns } from '../change.ts';
import { imageOf, storedColumns } from '../image.sql.ts';
import type { Ids } from '../ids.ts';
import { columnOf, originColumns, rowKey, type Load } from '../load.ts';
import { createDelete, deleteTable, removalKey } from '../removal.ts';
import { newRows, finalValue } from '../new-rows.sql.ts';
import { targetTable, type Presence } from '../rows.sql.ts';
import { changeColumn, temporary, temporaryName } from '../temporary.ts';
import { isOther } from './foreign.sql.ts';
import { hasIntegerKey, isRecordedRow } from './pair.sql.ts';
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
  sql`null::pg_catalog.text as name`,
  sql`'update'::pg_catalog.text as verdict`,
  ...rowKeyColumns(load).map((column) => sql`t.${sql.id(column.name)} as ${changeColumn('k', column.name)}`),
  ...comparedColumns(load).flatMap((column) => [
    sql`${column.overComposite ? written(column) : sql`${written(column)}::${typeName(column.type)}`} as ${changeColumn('i', column.name)}`,
    sql`t.${sql.id(column.name)}${column.overComposite ? sql`::pg_catalog.text` : sql``} as ${changeColumn('c', column.name)}`,
    sql`case when ${wasWritten(column)} then 'i' else '=' end::pg_catalog."char" as ${changeColumn('o', column.name)}`,
  ]),
])}
from ${recorded(load.index, 'update')} as r join ${targetTable(load)} as t on ${ofRecord(load)}`;

export const fillDelete = (load: Load): readonly Statement[] => [
  createDelete(load),
  rowKey(load).length === 0
    ? fillByImage(load)
    : sql`
/* engine.replay.fill-delete */
insert into ${deleteTable(load)}
select ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)}`))}
from ${recorded(load.index, 'delete')} as r join ${targetTable(load)} as t on ${ofRecord(load)}`,
];

/** Rows without any key: as many of each image as were deleted then. */
const fillByImage = (load: Load): Statement => {
  const image = imageOf(
    storedColumns(load.target).map(({ name }) => name),
    (name) => sql`t.${sql.id(name)}`,
  );
  return sql`
/* engine.replay.fill-by-image */
insert into ${deleteTable(load)}
select ${comma(removalKey(load).map(({ name }) => sql`c.${sql.id(name)}`))}
from (select r.before as image, pg_catalog.count(*) as copies from ${recorded(load.index, 'delete')} as r group by 1) as gone
join (
  select i.*, pg_catalog.row_number() over (partition by i.image order by i.tableoid, i.ctid) as copy
  from (select ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)}`))}, ${image} as image from ${targetTable(load)} as t) as i
) as c on c.image operator(pg_catalog.=) gone.image and c.copy operator(pg_catalog.<=) gone.copies`;
};

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

/** By which of its columns a load is known to the ledger; used where there is no archive. */
export const ledgerLoad = (load: Load, columns: readonly string[]): Load => {
  const names = new Set(columns);
  const origin = originColumns(load);
  return {
    ...load,
    key: { kind: 'origin', surrogate: rowKey(load), ...(origin.length === 0 ? {} : { columns: origin }) },
    columns: load.target.columns.filter((column) => column.generated === undefined && names.has(column.name)),
  };
};

export type Arriving = { readonly load: Load; readonly ids: readonly Ids[]; readonly presence: Presence };

/** The rows that are about to go in, as they will be: whose unique values they take steps aside first (ENGINE-RULES 15). */
export const createArriving = (load: Load, arriving: Arriving | undefined, returns: boolean): Statement => {
  const columns = storedColumns(load.target);
  const value = (column: Column): Statement => (arriving === undefined ? undefined : finalValue(arriving.load, arriving.ids, column.name)) ?? sql`null`;
  const typed = (column: Column, cell: Statement): Statement => sql`(${cell})::${typeName(column.domain?.base ?? column.type)} as ${sql.id(column.name)}`;
  const parts = [
    ...(arriving === undefined
      ? []
      : [sql`select ${comma(columns.map((column) => typed(column, value(column))))} ${newRows(arriving.load, arriving.ids, arriving.presence)}`]),
    ...(returns ? [sql`select ${comma(columns.map((column) => typed(column, written(column))))} from ${recorded(load.index, 'insert')} as r`] : []),
  ];
  const none = sql`select ${comma(columns.map((column) => typed(column, sql`null`)))} where false`;
  return sql`
/* engine.replay.create-arriving */
create temporary table ${sql.id(temporaryName('stage', load.index))} as
${parts.length === 0 ? none : sql.join(parts, sql` union all `)}`;
};

/** Where rows that came back had come from: the run that was taken back had noted it when it deleted them. */
export const restoreOrigins = (
  load: Load,
  ledger: QualifiedName,
  provenance: QualifiedName,
  runs: { readonly takenBack: string; readonly own: string },
): Statement => sql`
/* engine.replay.restore-origins */
insert into ${relation(provenance)} (table_schema, table_name, origin_database, origin_key, key, run_id)
select ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, o.parts[1], o.parts[2:], array[${comma(originColumns(load).map((name) => sql`t.${sql.id(name)}::pg_catalog.text`))}], ${sql.lit(runs.own)}
from ${relation(ledger)} as l
cross join lateral rows from (
  pg_catalog.unnest(case when l.ids is null and l.lo is not null then array(select pg_catalog.generate_series(l.lo, l.hi)) else l.ids end), pg_catalog.unnest(l.keys), pg_catalog.unnest(l.names)
) as r (id, key, name)
cross join lateral (select r.name::pg_catalog.text[] as parts) as o
join ${targetTable(load)} as t on ${ofRecord(load)}
where l.run_id operator(pg_catalog.=) ${sql.lit(runs.takenBack)} and l.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)} and l.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)}
  and l.verdict operator(pg_catalog.=) 'delete' and r.name is not null
  and exists (select 1 from ${recorded(load.index, 'insert')} as x where ${isSameRecorded(load)})
on conflict (table_schema, table_name, origin_database, origin_key) do update set key = excluded.key, run_id = excluded.run_id`;

const isSameRecorded = (load: Load): Statement => (hasIntegerKey(load) ? sql`x.id operator(pg_catalog.=) r.id` : sql`x.key operator(pg_catalog.=) r.key`);
