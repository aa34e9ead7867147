import type { QualifiedName, Reference } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { comma, or, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { nameOf, targetParent, targetPortable, type Naming } from '../portable.sql.ts';
import type { ComparedCell, PairedTable } from './pair-tables.ts';

export const beginComparison: Statement = sql`/* engine.compare.begin */
begin isolation level repeatable read read only`;
export const endComparison: Statement = sql`/* engine.compare.end */
rollback`;

/** Names of types and tables in values come out with their schema; sums and sorts of a large table need room. */
export const comparisonSettings: Statement = sql`/* engine.compare.settings */
select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), pg_catalog.set_config('work_mem', '64MB', true), pg_catalog.set_config('jit', 'off', true)`;

export const holdTables = (tables: readonly QualifiedName[]): Statement => sql`/* engine.compare.hold-tables */
lock table ${comma(tables.map((table) => relation(table)))} in access share mode`;

/** Whether rows that came from the other database are here: then its ids are not ours. */
export const hasRowsOf = (provenance: QualifiedName, database: string): Statement => sql`/* engine.compare.has-rows-of */
select exists (select from ${relation(provenance)} as v where v.origin_database operator(pg_catalog.=) ${database}) as found`;

const rowsOf = (table: KeyedTable): Statement => (table.kind === 'partitioned' ? relation(table) : sql`only ${relation(table)}`);

export const countRows = (table: KeyedTable): Statement => sql`/* engine.compare.count-rows */
select pg_catalog.count(*)::bigint as rows from ${rowsOf(table)} as t`;

/** One side of a pair of tables. */
export type Half = { readonly pair: PairedTable; readonly side: 'a' | 'b'; readonly naming: Naming };

/** json and jsonb by value, as the plan compares them (ENGINE-RULES 5): 1.0 is 1.00, and keys have no order. `\u0000` is good json and no jsonb. */
const document = (value: Statement): Statement => sql`case
    when pg_catalog.strpos(${value}::pg_catalog.text, '\\u0000') operator(pg_catalog.>) 0 then ${value}::pg_catalog.text
    else pg_catalog.jsonb_hash_extended(${value}::pg_catalog.jsonb, 0)::pg_catalog.text end`;

/** The name of what is referred to; where that is nowhere to be found, the cells as they are. */
const parentName = (naming: Naming, reference: Reference): { readonly joins: Statement; readonly value: Statement } => {
  const parent = targetParent(naming, reference, 't');
  const own = reference.columns.map((name) => sql.id('t', name));
  const name = nameOf(parent?.leaves ?? []);
  const raw = sql`'? ' operator(pg_catalog.||) array[${comma(own.map((cell) => sql`${cell}::pg_catalog.text`))}]::pg_catalog.text`;
  return {
    joins: parent?.joins ?? sql``,
    value: sql`coalesce(${name}, case when ${or(own.map((cell) => sql`${cell} is not null`))} then ${raw} end)`,
  };
};

const cellOf = ({ side, naming }: Half, cell: ComparedCell): { readonly joins: Statement; readonly value: Statement } =>
  cell.kind === 'value' ? { joins: sql``, value: sql.id('t', cell.name) } : parentName(naming, cell[side]);

type Images = {
  readonly from: Statement;
  /** What a row is known by: its name, or the hash of its content. */
  readonly name: Statement;
  readonly image: Statement;
  /** For people: the name, or the content. */
  readonly shown: Statement;
};

const imagesOf = (half: Half): Images => {
  const { pair, side, naming } = half;
  const table = pair[side];
  const portable = pair.isNamed ? targetPortable(naming, table, 't') : undefined;
  const cells = pair.cells.map((cell) => ({ cell, ...cellOf(half, cell) }));
  const compared = cells.map(({ cell, value }) => (cell.kind === 'value' && cell.isDocument ? document(value) : value));
  const name = portable === undefined ? undefined : nameOf(portable.leaves);
  const content = sql`row(${comma([...(name === undefined ? [] : [name]), ...compared])})::pg_catalog.text`;
  const image = sql`pg_catalog.md5(pg_catalog.convert_to(${content}, 'UTF8'))`;
  return {
    from: sql`from ${rowsOf(table)} as t${portable?.joins ?? sql``}${sql.join(
      cells.map(({ joins }) => joins),
      sql``,
    )}`,
    name: name ?? image,
    image,
    shown: name ?? sql`row(${comma(cells.map(({ value }) => value))})::pg_catalog.text`,
  };
};

const half = (from: number): Statement =>
  sql`pg_catalog.sum(('x' operator(pg_catalog.||) pg_catalog.substr(i.image, ${sql.lit(from)}, 16))::pg_catalog.bit(64)::bigint)::pg_catalog.text`;

/** Two sums over the halves of each row's md5: the same for the same rows in any order, on any server. */
export type TableHashRow = { readonly rows: string; readonly high: string | null; readonly low: string | null };
export const hashTable = (of: Half): Statement => {
  const { from, image } = imagesOf(of);
  return sql`/* engine.compare.hash-table */
select pg_catalog.count(*)::bigint as rows, ${half(1)} as high, ${half(17)} as low
from (select ${image} as image ${from}) as i`;
};

/** Every row's name and image in byte order of the names: hex keeps that order and needs no escapes. */
export const listImages = (of: Half): Statement => {
  const { from, name, image } = imagesOf(of);
  return sql`copy (
  /* engine.compare.list-images */
  select pg_catalog.encode(i.name, 'hex'), i.image
  from (select pg_catalog.convert_to(${name}, 'UTF8') as name, ${image} as image ${from}) as i
  order by i.name, i.image
) to stdout`;
};

/** The cells of some rows as text, and by what they are compared. */
export type ShownRow = {
  readonly name: string;
  readonly shown: string;
  readonly cells: readonly (string | null)[];
  readonly marks: readonly (string | null)[];
};
export const showRows = (of: Half, names: readonly string[]): Statement => {
  const { from, name, shown } = imagesOf(of);
  const values = of.pair.cells.map((cell) => ({ value: cellOf(of, cell).value, isDocument: cell.kind === 'value' && cell.isDocument }));
  const texts = values.map(({ value }) => sql`(${value})::pg_catalog.text`);
  const marks = values.map(({ value, isDocument }) => sql`(${isDocument ? document(value) : value})::pg_catalog.text`);
  return sql`/* engine.compare.show-rows */
select ${name} as name, pg_catalog.left(${shown}, 1000) as shown, array[${comma(texts)}]::pg_catalog.text[] as cells, array[${comma(marks)}]::pg_catalog.text[] as marks
${from}
where ${name} operator(pg_catalog.=) any (${names}::pg_catalog.text[])`;
};
