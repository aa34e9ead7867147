import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { and, comma, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { imageOf, storedColumns } from '../image.sql.ts';
import { columnOf, integers, rowKey, type Load } from '../load.ts';
import { removalKey } from '../removal.ts';
import { changeColumn } from '../temporary.ts';
import type { UndoTable } from './undo-tables.ts';

/** What the ledger says of one run, opened into rows that the engine's other steps can work on. */
export type UndoSource = { readonly ledger: QualifiedName; readonly runId: string };

const isOfRun = ({ runId }: UndoSource, { load }: UndoTable): Statement =>
  and([
    sql`l.run_id operator(pg_catalog.=) ${sql.lit(runId)}`,
    sql`l.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)}`,
    sql`l.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)}`,
  ]);

export const isNumbered = (load: Load): boolean => {
  const [first, second] = rowKey(load);
  return first !== undefined && second === undefined && integers.has(columnOf(load.target, first).baseType);
};

/** One row per row of the ledger's chunks; a range without ids has no gap. */
export const rowsOf = (source: UndoSource, table: UndoTable, verdicts: readonly string[]): Statement => sql`from ${relation(source.ledger)} as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where ${isOfRun(source, table)} and l.verdict operator(pg_catalog.=) any (array[${comma(verdicts.map((verdict) => sql.lit(verdict)))}])`;

export const keyValue = (load: Load, position: number, type: string): Statement =>
  isNumbered(load) ? sql`e.id::${typeName(type)}` : sql`(e.key::pg_catalog.text[])[${sql.lit(position + 1)}]::${typeName(type)}`;

export const keyColumns = (load: Load): readonly Statement[] =>
  rowKey(load).map((name, position) => sql`${keyValue(load, position, columnOf(load.target, name).type)} as ${changeColumn('k', name)}`);

/** How a list names a row: its key, several columns as an array's text. */
export const nameOfKey = (load: Load, value: (name: string) => Statement): Statement => {
  const texts = removalKey(load).map(({ name }) => sql`${value(name)}::pg_catalog.text`);
  const [only] = texts;
  return texts.length === 1 && only !== undefined ? only : sql`array[${comma(texts)}]::pg_catalog.text`;
};

export const storedImage = (load: Load): Statement =>
  imageOf(
    storedColumns(load.target).map(({ name }) => name),
    (name) => sql`t.${sql.id(name)}`,
  );
