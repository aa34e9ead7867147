import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { tableId } from '../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Condition, RowFilter } from '../../domain/run/run.ts';
import { sqlStateOf } from '../../infra/postgres/errors.ts';
import type { Session } from '../../infra/postgres/session.ts';
import type { Statement } from '../../infra/postgres/sql.ts';
import type { Choice } from './choose-tables.ts';
import { checkCondition, fits, fitting, keyColumns } from './conditions.sql.ts';

/** Refuses, before any row is read, a value that its column cannot hold. */
export const checkFilters = async (session: Session, tables: ReadonlyMap<string, KeyedTable>, { partial }: Choice): Promise<void> => {
  for (const [name, filter] of partial) {
    const table = tables.get(name);
    if (table === undefined || filter === undefined) continue;
    for (const condition of filter.where ?? []) await check(session, table, fits(table, condition), wrongValue(table, condition));
    if (filter.keys !== undefined) await check(session, table, fitting(table, { keys: filter.keys }), wrongKey(table, filter.keys));
  }
};

const check = async (session: Session, table: KeyedTable, condition: Statement, refusal: Refusal): Promise<void> => {
  try {
    await session.run(checkCondition(table, condition));
  } catch (error) {
    const state = sqlStateOf(error)?.sqlState ?? '';
    // Data exceptions, and operators that the type does not have.
    throw ['22', '42', '0A'].includes(state.slice(0, 2)) ? Object.assign(refusal, { cause: error }) : error;
  }
};

const wrongValue = (table: KeyedTable, { column, is, values }: Condition): Refusal => {
  const type = table.columns.find(({ name }) => name === column)?.type ?? '';
  const shown = values.map((value) => JSON.stringify(value.slice(0, 100))).slice(0, 5);
  return new Refusal(
    'SELECTION_VALUE_INVALID',
    `${tableId(table)}.${column} is of type ${type}, which cannot be compared (${is}) with ${shown.join(', ')}. Write the value as PostgreSQL writes it.`,
    { table: tableId(table), column },
  );
};

const wrongKey = (table: KeyedTable, keys: NonNullable<RowFilter['keys']>): Refusal => {
  const columns = keyColumns(table);
  const example = keys[0]?.map((value) => JSON.stringify(value.slice(0, 100))).join(', ') ?? '';
  return new Refusal(
    'SELECTION_VALUE_INVALID',
    `Among the keys is one that is none of ${tableId(table)}, whose rows are named by ${columns.join(', ')} (the first given: ${example}).`,
    { table: tableId(table), columns },
  );
};
