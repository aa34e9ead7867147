import type { KeyedTable } from '../domain/catalogue/key.ts';
import type { JsonSchema } from '../domain/snapshot/json-schema.ts';
import type { Databases } from './databases.ts';
import type { RowHistory } from './row-history.ts';
import type { HistoryPorts, RowTouch } from './touched-cells.ts';
import type { DataComparison, VerifyData } from './verify-data.ts';

/** What can be asked of the databases themselves, and changes nothing in them. Loaded when somebody asks. */
export type Questions = {
  /** Whether two databases hold the same rows. */
  verifyData(question: Omit<VerifyData, 'a' | 'b'> & { readonly a: string; readonly b: string }, caller: Asking): Promise<DataComparison>;
  /** What every run did to one row, newest first. */
  rowHistory(question: Omit<RowHistory, 'database'> & { readonly database: string }, caller: Asking): Promise<readonly RowTouch[]>;
  /** The tables of a database with their keys and references: all, or those that are named. */
  tables(question: TablesOf, caller: Asking): Promise<TablesFound>;
  /** The JSON Schema of the document in a database's snapshots. */
  snapshotSchema(question: Omit<TablesOf, 'tables'>, caller: Asking): Promise<JsonSchema>;
};

export type TablesOf = {
  readonly database: string;
  /** As `schema.table`, or by the name alone. */ readonly tables?: readonly string[];
  readonly signal: AbortSignal;
};
export type TablesFound = { readonly name: string; readonly tables: readonly KeyedTable[] };

export type Asking = { readonly mayReachInward: boolean };

export const createQuestions = (databases: Databases, ports: HistoryPorts): Questions => ({
  verifyData: async ({ a, b, ...question }, caller) => {
    const [one, other] = [await databases.reach(a, caller), await databases.reach(b, caller)];
    const { verifyData } = await import('./verify-data.ts');
    return verifyData({ a: one, b: other, ...question });
  },
  rowHistory: async ({ database, ...question }, caller) => {
    const reached = await databases.reach(database, caller);
    const { rowHistory } = await import('./row-history.ts');
    return rowHistory({ database: reached, ...question }, ports);
  },
  tables: async ({ database, tables, signal }, caller) => {
    const reached = await databases.reach(database, caller);
    const { readTables } = await import('./read-tables.ts');
    return { name: reached.name, tables: await readTables(reached, { ...(tables === undefined ? {} : { tables }), signal }) };
  },
  snapshotSchema: async ({ database, signal }, caller) => {
    const reached = await databases.reach(database, caller);
    const { readSnapshotSchema } = await import('./read-tables.ts');
    return readSnapshotSchema(reached, signal);
  },
});
