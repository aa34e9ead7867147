import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { and, comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { imageOf, storedColumns } from '../image.sql.ts';
import { columnOf, integers, originColumns, rowKey, type Load } from '../load.ts';
import { deleteTable, isEarly, isLate, isSameRow } from '../removal.ts';
import { targetTable } from '../rows.sql.ts';

export type DeleteTurn = 'early' | 'late';
export type DeleteLedger = { readonly relation: QualifiedName; readonly provenance: QualifiedName; readonly runId: string };

/** Rows a chunk, as everywhere in the ledger. */
const chunkRows = 10_000;

/** Where a deleted row had come from, so that it is known again if it ever comes back. */
const originOf = (load: Load, ledger: DeleteLedger, alias: Statement): Statement => {
  const key = originColumns(load);
  if (key.length === 0) return sql`null::pg_catalog.text`;
  return sql`(select (array[p.origin_database] operator(pg_catalog.||) p.origin_key)::pg_catalog.text from ${relation(ledger.provenance)} as p where ${isProvenanceOf(load, alias)} order by 1 limit 1)`;
};

const isProvenanceOf = (load: Load, alias: Statement): Statement =>
  and([
    sql`p.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)}`,
    sql`p.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)}`,
    sql`p.key operator(pg_catalog.=) array[${comma(originColumns(load).map((name) => sql`${alias}.${sql.id(name)}::pg_catalog.text`))}]`,
  ]);

/** The whole row before it went, beside its key; `names` has its origin where it has one. */
const recordDeleted = (load: Load, deleted: Statement, ledger: DeleteLedger): Statement => {
  const key = rowKey(load);
  const [first] = key;
  const isNumbered = key.length === 1 && first !== undefined && integers.has(columnOf(load.target, first).baseType);
  const id = isNumbered ? sql`r.${sql.id(first)}::bigint` : sql`null::bigint`;
  const text =
    isNumbered || first === undefined
      ? sql`null::pg_catalog.text`
      : sql`array[${comma(key.map((name) => sql`r.${sql.id(name)}::pg_catalog.text`))}]::pg_catalog.text`;
  const image = imageOf(
    storedColumns(load.target).map((column) => column.name),
    (name) => sql`r.${sql.id(name)}`,
  );
  const isGapless = sql`(pg_catalog.max(i.id)::numeric operator(pg_catalog.-) pg_catalog.min(i.id)) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*)`;
  const ids = isNumbered ? sql`case when ${isGapless} then null else pg_catalog.array_agg(i.id order by i.place) end` : sql`null::bigint[]`;
  const keys = isNumbered || first === undefined ? sql`null::pg_catalog.text[]` : sql`pg_catalog.array_agg(i.key order by i.place)`;
  const names = originColumns(load).length === 0 ? sql`null::pg_catalog.text[]` : sql`pg_catalog.array_agg(i.name order by i.place)`;
  return sql`insert into ${relation(ledger.relation)} (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before)
  select ${sql.lit(ledger.runId)}, ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, 'delete',
    (i.place operator(pg_catalog./) ${sql.lit(chunkRows)}) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from ${relation(ledger.relation)} as l
      where l.run_id operator(pg_catalog.=) ${sql.lit(ledger.runId)} and l.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)} and l.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)} and l.verdict operator(pg_catalog.=) 'delete'),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), ${ids}, ${keys}, ${names}, pg_catalog.array_agg(i.image order by i.place)
  from (
    select ${id} as id, ${text} as key, ${originOf(load, ledger, sql`r`)} as name, ${image} as image,
      pg_catalog.row_number() over (order by ${isNumbered ? id : first === undefined ? image : comma(key.map((name) => sql`r.${sql.id(name)}`))}) operator(pg_catalog.-) 1 as place
    from ${deleted} as r
  ) as i group by i.place operator(pg_catalog./) ${sql.lit(chunkRows)}`;
};

/**
 * All tables of one component in one statement, so that rows which refer to each other go together (ENGINE-RULES 13). The
 * ledger and the provenance go with them.
 */
export const deleteComponent = (loads: readonly Load[], turn: DeleteTurn, ledger: DeleteLedger): Statement => sql`
/* engine.apply.delete-component */
with ${comma(
  loads.flatMap((load, position) => [
    sql`${sql.id(`deleted_${position}`)} as (
  delete from ${targetTable(load)} as t using ${deleteTable(load)} as d
  where ${isSameRow(load, sql`t`, sql`d`)} and ${turn === 'early' ? isEarly(load) : isLate(load)}
  returning ${comma(storedColumns(load.target).map((column) => sql`t.${sql.id(column.name)}`))}
)`,
    sql`${sql.id(`recorded_${position}`)} as (
  ${recordDeleted(load, sql.id(`deleted_${position}`), ledger)}
)`,
    ...(originColumns(load).length === 0
      ? []
      : [
          sql`${sql.id(`forgotten_${position}`)} as (
  delete from ${relation(ledger.provenance)} as p using ${sql.id(`deleted_${position}`)} as r where ${isProvenanceOf(load, sql`r`)}
)`,
        ]),
  ]),
)}
select ${comma(loads.map((_, position) => sql`(select pg_catalog.count(*) from ${sql.id(`deleted_${position}`)})::integer as ${sql.id(`n${position}`)}`))}`;
