import type { Column } from '../domain/catalogue/catalogue.ts';
import { comma, sql, type Statement } from '../infra/postgres/sql.ts';

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
