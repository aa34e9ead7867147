import { Refusal } from '../refusal.ts';
import { tableId, type QualifiedName } from './catalogue.ts';

/** The table that somebody means by `schema.table`, or by the name alone where only one has it. */
export const findTable = <Found extends QualifiedName>(tables: readonly Found[], name: string): Found => {
  const exact = tables.find((table) => tableId(table) === name);
  const [only, another] = tables.filter((table) => table.name === name);
  const found = exact ?? (another === undefined ? only : undefined);
  if (found !== undefined) return found;
  if (another !== undefined) throw new Refusal('TABLE_AMBIGUOUS', `More than one table is called ${name}. Name its schema too.`, { table: name });
  throw new Refusal('TABLE_NOT_FOUND', `There is no table ${name} that this role may read.`, { table: name });
};
