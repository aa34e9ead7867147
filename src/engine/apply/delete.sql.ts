import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { and, comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { recordImages, storedColumns } from '../image.sql.ts';
import { originColumns, type Load } from '../load.ts';
import { deleteTable, isEarly, isLate, isSameRow } from '../removal.ts';
import { targetTable } from '../rows.sql.ts';

export type DeleteTurn = 'early' | 'late';
export type DeleteLedger = { readonly relation: QualifiedName; readonly provenance: QualifiedName; readonly runId: string };

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
const recordDeleted = (load: Load, deleted: Statement, ledger: DeleteLedger): Statement =>
  recordImages(
    { load, verdict: 'delete', side: 'before', rows: deleted, ...(originColumns(load).length === 0 ? {} : { name: originOf(load, ledger, sql`r`) }) },
    ledger,
  );

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
