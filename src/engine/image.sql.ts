import type { Column, QualifiedName } from '../domain/catalogue/catalogue.ts';
import { comma, relation, sql, type Statement } from '../infra/postgres/sql.ts';
import { columnOf, integers, rowKey, type Load } from './load.ts';

/**
 * A row, or some cells of it, as the ledger keeps it: each value as PostgreSQL writes it (ENGINE-RULES 19). From two arrays,
 * since a function takes a hundred arguments and a table may have more columns.
 */
export const imageOf = (columns: readonly string[], value: (name: string) => Statement): Statement =>
  columns.length === 0
    ? sql`'{}'::pg_catalog.jsonb`
    : sql`pg_catalog.jsonb_object(array[${comma(columns.map((name) => sql.lit(name)))}]::pg_catalog.text[], array[${comma(columns.map((name) => sql`(${value(name)})::pg_catalog.text`))}]::pg_catalog.text[])`;

/** What a row is made of: the rest PostgreSQL computes from it. */
export const storedColumns = (table: { readonly columns: readonly Column[] }): readonly Column[] =>
  table.columns.filter((column) => column.generated === undefined);

/** Rows a chunk, as everywhere in the ledger. */
const chunkRows = 10_000;

export type Images = {
  readonly load: Load;
  readonly verdict: 'delete' | 'insert';
  /** Whole rows that are gone, or that came. */
  readonly side: 'before' | 'after';
  /** A relation with the stored columns of the table. */
  readonly rows: Statement;
  /** Over a row `r`. */
  readonly name?: Statement;
};

/** Whole rows into the ledger, in the order of their keys; `names` where a row has more to say than its key. */
export const recordImages = ({ load, verdict, side, rows, name }: Images, ledger: { readonly relation: QualifiedName; readonly runId: string }): Statement => {
  const key = rowKey(load);
  const [first] = key;
  const isNumbered = key.length === 1 && first !== undefined && integers.has(columnOf(load.target, first).baseType);
  const id = isNumbered ? sql`r.${sql.id(first)}::bigint` : sql`null::bigint`;
  const text =
    isNumbered || first === undefined
      ? sql`null::pg_catalog.text`
      : sql`array[${comma(key.map((part) => sql`r.${sql.id(part)}::pg_catalog.text`))}]::pg_catalog.text`;
  const image = imageOf(
    storedColumns(load.target).map((column) => column.name),
    (column) => sql`r.${sql.id(column)}`,
  );
  const order = isNumbered ? id : first === undefined ? image : comma(key.map((part) => sql`r.${sql.id(part)}`));
  const isGapless = sql`(pg_catalog.max(i.id)::numeric operator(pg_catalog.-) pg_catalog.min(i.id)) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*)`;
  const ids = isNumbered ? sql`case when ${isGapless} then null else pg_catalog.array_agg(i.id order by i.place) end` : sql`null::bigint[]`;
  const keys = isNumbered || first === undefined ? sql`null::pg_catalog.text[]` : sql`pg_catalog.array_agg(i.key order by i.place)`;
  const names = name === undefined ? sql`null::pg_catalog.text[]` : sql`pg_catalog.array_agg(i.name order by i.place)`;
  const isOfTable = sql`l.run_id operator(pg_catalog.=) ${sql.lit(ledger.runId)} and l.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)} and l.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)} and l.verdict operator(pg_catalog.=) ${sql.lit(verdict)}`;
  return sql`insert into ${relation(ledger.relation)} (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, ${sql.id(side)})
  select ${sql.lit(ledger.runId)}, ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, ${sql.lit(verdict)},
    (i.place operator(pg_catalog./) ${sql.lit(chunkRows)}) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from ${relation(ledger.relation)} as l where ${isOfTable}),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), ${ids}, ${keys}, ${names}, pg_catalog.array_agg(i.image order by i.place)
  from (
    select ${id} as id, ${text} as key, ${name ?? sql`null::pg_catalog.text`} as name, ${image} as image, pg_catalog.row_number() over (order by ${order}) operator(pg_catalog.-) 1 as place
    from ${rows} as r
  ) as i group by i.place operator(pg_catalog./) ${sql.lit(chunkRows)}`;
};
