import type { Column } from '../../domain/catalogue/catalogue.ts';
import { column, type KeyedTable } from '../../domain/catalogue/key.ts';
import type { ManifestTable } from '../../infra/archive/manifest.ts';
import { comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { companionColumns, rowsOf } from './copy-table.sql.ts';
import type { Selected } from './selection.sql.ts';

/**
 * One table as one file, CSV or JSON lines, written by PostgreSQL itself, so that each value is the text that the same
 * server reads again. Rows come in the order of their key: two exports of the same rows are the same bytes.
 */
export type CopyFile = {
  readonly table: KeyedTable;
  /** Columns of the file: the table's own, then those that name its parents. */
  readonly manifest: Pick<ManifestTable, 'columns' | 'companions'>;
  readonly tables: ReadonlyMap<string, KeyedTable>;
  readonly selected?: Selected;
  readonly format: 'csv' | 'jsonl';
  /** CSV that a spreadsheet takes no formula from. */
  readonly safe: boolean;
  /** Of the database. */
  readonly encoding: string;
};

type Cell = { readonly name: string; readonly value: Statement; readonly column: Pick<Column, 'baseType'> };

export const copyFile = (copy: CopyFile): Statement => {
  const companions = companionColumns(copy);
  const cells = cellsOf(copy, companions.leaves);
  const columns =
    copy.format === 'csv'
      ? cells.map((cell) => sql`${copy.safe ? safely(cell, copy.encoding) : cell.value} as ${sql.id(cell.name)}`)
      : [sql`pg_catalog.concat('{', ${jsonMembers(cells)}, '}')`];
  // A line of JSON has none of these characters, so nothing of it is ever quoted.
  const options = copy.format === 'csv' ? sql`format csv, header` : sql`format csv, delimiter e'\\x02', quote e'\\x01'`;
  return sql`/* engine.export.copy-file */
copy (
  ${copy.selected?.with ?? sql``}select ${comma(columns)}
  from ${rowsOf(copy.table)} as t
  ${sql.join(
    [
      ...companions.joins.map(({ clause }) => clause),
      ...(copy.selected === undefined ? [] : [sql`where ${copy.selected.where}`]),
      ...orderOf(copy.table).map((order) => sql`order by ${order}`),
    ],
    sql`
  `,
  )}
) to stdout with (${options})`;
};

export const cellsOf = ({ table, manifest }: Pick<CopyFile, 'table' | 'manifest'>, parents: readonly Cell[]): readonly Cell[] => [
  ...manifest.columns.slice(0, manifest.columns.length - parents.length).map((name) => ({ name, value: sql.id('t', name), column: column(table, name) })),
  ...parents,
];

const numbers = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);
const texts = new Set(['text', 'character varying']);

/** As COPY writes it: a cast would cut the blanks of `character(5)` and give an address a mask. A composite of nulls is a value. */
const textOf = ({ value, column: { baseType } }: Cell): Statement =>
  texts.has(baseType) ? sql`${value}::pg_catalog.text` : sql`case when ${value} is distinct from null then pg_catalog.format('%s', ${value}) end`;

/** What a spreadsheet takes for a formula, also behind apostrophes that are there already: taking one away gives back what was. */
const formula = (encoding: string): string => `^'*[=+@\t\r${encoding === 'UTF8' ? '\uFF1D\uFF0B\uFF0D\uFF20' : ''}-]`;

/** Numbers are no formulas, and nothing but text begins with an apostrophe or a sign that is no number's. */
const safely = (cell: Cell, encoding: string): Statement => {
  if (numbers.has(cell.column.baseType) || cell.column.baseType === 'boolean') return cell.value;
  const text = textOf(cell);
  return sql`case when ${text} operator(pg_catalog.~) ${sql.lit(formula(encoding))} then pg_catalog.concat('''', ${text}) else ${text} end`;
};

export const jsonMembers = (cells: readonly Cell[]): Statement =>
  cells.length === 0 ? sql`''` : sql`pg_catalog.array_to_string(array[${comma(cells.map(jsonMember))}], ',')`;

const jsonMember = (cell: Cell): Statement => sql`pg_catalog.concat(${sql.lit(`${JSON.stringify(cell.name)}:`)}, coalesce(${jsonOf(cell)}, 'null'))`;

/** Numbers keep their digits (those that JSON has no word for are text); documents stand as they are; all else is its text. */
const jsonOf = (cell: Cell): Statement => {
  const { value } = cell;
  const { baseType } = cell.column;
  if (numbers.has(baseType) || baseType === 'boolean') return sql`pg_catalog.to_json(${value})::pg_catalog.text`;
  if (baseType !== 'json' && baseType !== 'jsonb') return sql`pg_catalog.to_json(${textOf(cell)})::pg_catalog.text`;
  const text = sql`${value}::pg_catalog.text`;
  // JSON's null is not NULL, a line break would end the row, blanks around it would be lost, and what looks like this very form must not be taken for it.
  return sql`case when ${text} operator(pg_catalog.~) ${sql.lit('[\\n\\r]|^\\s|\\s$|^null$|^\\{\\s*"\\$json"')}
    then pg_catalog.concat('{"$json":', pg_catalog.to_json(${text}), '}') else ${text} end`;
};

/** Of its rows, where it has a key: by bytes, so that the same rows are in the same order on every server. */
export const orderOf = (table: KeyedTable): readonly Statement[] => {
  const primary = table.uniques.find((unique) => unique.primary)?.columns ?? [];
  const names = table.key.kind === 'natural' ? table.key.columns : table.key.kind === 'origin' ? (table.key.columns ?? table.key.surrogate) : primary;
  if (names.length === 0) return [];
  return [comma(names.map((name) => (texts.has(column(table, name).baseType) ? sql`${sql.id('t', name)} collate pg_catalog."C"` : sql.id('t', name))))];
};
