import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import type { Key, KeyRange } from '../../domain/snapshot/segments.ts';
import { comma, operator, relation, sql, typeName, typeText, type Statement } from '../../infra/postgres/sql.ts';
import { plainText } from './cells.sql.ts';

/** The order of a table's rows: its key, as its columns are collated; equals of a lax collation by their bytes. */
export const inOrder = (key: readonly Column[] | undefined, columns: readonly Column[]): Statement => {
  const parts = (key ?? []).flatMap((column) => [
    sql.id('t', column.name),
    ...(column.collation === undefined ? [] : [sql`${sql.id('t', column.name)} collate pg_catalog."C"`]),
  ]);
  const all = key === undefined ? columns.map((column) => sql`${plainText(sql.id('t', column.name), column)} collate pg_catalog."C"`) : parts;
  return all.length === 0 ? sql`` : sql`order by ${comma(all)}`;
};

/** A row's key as JSON, to begin a segment with. */
export const keyText = (key: readonly Column[]): Statement =>
  sql`pg_catalog.to_json(array[${comma(key.map((column) => plainText(sql.id('t', column.name), column)))}])::pg_catalog.text`;

const baseOf = ({ type, domain }: Column): string => domain?.base ?? type;
/** A domain may have a collation of its own, which stays with its values. */
const valueOf = (column: Column, text: string): Statement =>
  column.domain === undefined ? sql`${sql.lit(text)}::${typeName(column.type)}` : sql`${sql.lit(text)}::${typeName(column.type)}::${typeName(baseOf(column))}`;
const collated = ({ collation }: Column): Statement => (collation === undefined ? sql`` : sql` collate ${relation(collation)}`);
const cell = (column: Column): Statement =>
  column.domain === undefined ? sql.id('t', column.name) : sql`${sql.id('t', column.name)}::${typeName(baseOf(column))}`;

/** The operator of the same class as the key's equality, which an extension may have put elsewhere than into pg_catalog. */
const comparing = (column: Column, symbol: string): Statement => operator({ schema: schemaOf(column), name: symbol });
const schemaOf = ({ equality }: Pick<Column, 'equality'>): QualifiedName['schema'] => equality?.schema ?? 'pg_catalog';

/** Rows from one key on, up to before another. */
export const within = (key: readonly Column[], { from, to }: KeyRange): readonly Statement[] => [
  ...(from === undefined ? [] : [compared(key, from, '>=')]),
  ...(to === undefined ? [] : [compared(key, to, '<')]),
];

const compared = (key: readonly Column[], bound: Key, symbol: '>=' | '<'): Statement => {
  const [first] = key;
  if (first === undefined) return sql`true`;
  const values = key.map((column, at) => valueOf(column, bound[at] ?? ''));
  const schemas = new Set(key.map(schemaOf));
  // One comparison of rows, which an index serves; it has one operator for all columns.
  if (schemas.size === 1) return sql`(${comma(key.map(cell))}) ${comparing(first, symbol)} (${comma(values)})`;
  return key.reduceRight<Statement>(
    (rest, column, at) => {
      const [mine, value] = [cell(column), values[at] ?? sql`null`];
      const strict = sql`${mine} ${comparing(column, symbol === '<' ? '<' : '>')} ${value}`;
      return sql`(${strict} or (${mine} ${comparing(column, '=')} ${value} and ${rest}))`;
    },
    symbol === '<' ? sql`false` : sql`true`,
  );
};

/** In which segment a row is, by the keys with which all but the first begin: their number, found by halving. */
export const segmentOf = (key: readonly Column[] | undefined, starts: readonly Key[]): Statement => {
  const [first, second] = key ?? [];
  if (key === undefined || first === undefined || starts.length === 0) return sql`0`;
  // Arrays of arrays are no arrays of them: rows hold both those and keys of several columns.
  if (second === undefined && !baseOf(first).endsWith('[]')) {
    const values = starts.map((start) => sql.lit(start[0] ?? ''));
    return sql`pg_catalog.width_bucket(${cell(first)}, array[${comma(values)}]::${sql.raw(`${typeText(baseOf(first))}[]`)})`;
  }
  const rows = starts.map((start) => sql`row(${comma(key.map((column, at) => sql`${valueOf(column, start[at] ?? '')}${collated(column)}`))})`);
  return sql`pg_catalog.width_bucket(row(${comma(key.map(cell))}), array[${comma(rows)}])`;
};
