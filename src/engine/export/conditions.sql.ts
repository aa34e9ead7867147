import { tableId, type Column } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Condition, RowFilter } from '../../domain/run/run.ts';
import { and, operator, or, sql, type Statement } from '../../infra/postgres/sql.ts';
import { rowsOf } from './copy-table.sql.ts';

/**
 * Conditions on a table's rows (`t`). Values are literals without a type, so PostgreSQL reads them as the column's own,
 * and a limit of its length cuts none of them short; COPY takes no parameters.
 */
export const fitting = (table: KeyedTable, { keys, where }: RowFilter): Statement =>
  and([...(where ?? []).map((condition) => fits(table, condition)), ...(keys === undefined ? [] : [hasKey(table, keys)])]);

/** Conditions one by one, for a look at their values before any row is read. */
export const checkCondition = (table: KeyedTable, condition: Statement): Statement => sql`/* engine.export.check-condition */
select from ${rowsOf(table)} as t where ${condition} limit 0`;

const symbols = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

export const fits = (table: KeyedTable, { column: name, is, values }: Condition): Statement => {
  const column = columnOf(table, name);
  const cell = sql.id('t', name);
  if (is === 'null') return sql`${cell} is not distinct from null`;
  if (is === 'not-null') return sql`${cell} is distinct from null`;
  if (is === 'like') return sql`${cell}::pg_catalog.text operator(pg_catalog.~~) ${sql.lit(oneOf(table, name, values))}`;
  const equality = equalityOf(table, column);
  if (is === 'in') return isAmong(column, equality, values);
  // An ordering has the schema of its equality: citext compares as citext, not as text.
  return sql`${cell} ${operator({ schema: equality.schema, name: symbols[is] })} ${sql.lit(oneOf(table, name, values))}`;
};

const isAmong = (column: Column, equality: { readonly schema: string; readonly name: string }, values: readonly string[]): Statement => {
  const cell = sql.id('t', column.name);
  // An array of arrays is one array in PostgreSQL.
  if (column.type.endsWith('[]') || column.domain?.base.endsWith('[]') === true)
    return values.length === 0 ? sql`false` : sql`(${or(values.map((value) => sql`${cell} ${operator(equality)} ${sql.lit(value)}`))})`;
  const list = `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
  return sql`${cell} ${operator(equality)} any (${sql.lit(list)})`;
};

const hasKey = (table: KeyedTable, keys: readonly (readonly string[])[]): Statement => {
  const names = keyColumns(table);
  const wrong = keys.find((key) => key.length !== names.length);
  if (wrong !== undefined)
    throw new Refusal('SELECTION_VALUE_INVALID', `A key of ${tableId(table)} is ${names.join(', ')}: ${names.length} values, not ${wrong.length}.`, {
      table: tableId(table),
      columns: names,
    });
  const [only] = names;
  if (names.length === 1 && only !== undefined) return fits(table, { column: only, is: 'in', values: keys.flat() });
  const rows = keys.map((key) => and(names.map((column, position) => fits(table, { column, is: 'eq', values: [key[position] ?? ''] }))));
  return rows.length === 0 ? sql`false` : sql`(${or(rows.map((row) => sql`(${row})`))})`;
};

/** The columns by which rows of a table are named. */
export const keyColumns = (table: KeyedTable): readonly string[] => {
  if (table.key.kind === 'natural') return table.key.columns;
  if (table.key.kind === 'origin') return table.key.columns ?? table.key.surrogate;
  throw new Refusal('SELECTION_COLUMN_UNKNOWN', `${tableId(table)} has no key. Choose its rows by a condition on a column.`, { table: tableId(table) });
};

const columnOf = (table: KeyedTable, name: string): Column => {
  const found = table.columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const names = table.columns.map((column) => column.name);
  throw new Refusal(
    'SELECTION_COLUMN_UNKNOWN',
    `${tableId(table)} has no column ${JSON.stringify(name.slice(0, 100))}. It has ${names.slice(0, 50).join(', ')}${names.length > 50 ? ', ...' : ''}.`,
    { table: tableId(table), column: name },
  );
};

const equalityOf = (table: KeyedTable, { name, type, equality }: Column): NonNullable<Column['equality']> => {
  if (equality !== undefined) return equality;
  throw new Refusal(
    'SELECTION_VALUE_INVALID',
    `${tableId(table)}.${name} is of type ${type}, whose values cannot be compared. Choose rows by its text (like), by whether it is null, or by another column.`,
    { table: tableId(table), column: name },
  );
};

const oneOf = (table: KeyedTable, column: string, values: readonly string[]): string => {
  const [value, another] = values;
  if (value !== undefined && another === undefined) return value;
  throw new Refusal('SELECTION_VALUE_INVALID', `The condition on ${tableId(table)}.${column} wants one value, not ${values.length}.`, {
    table: tableId(table),
    column,
  });
};
