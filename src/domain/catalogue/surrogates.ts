import type { Column, QualifiedName, Reference, Table } from './catalogue.ts';
import { tableId } from './catalogue.ts';
import type { KeyedTable } from './key.ts';

const integers = new Set(['smallint', 'integer', 'bigint', 'numeric']);
const isIdType = ({ baseType }: Column): boolean => integers.has(baseType) || baseType === 'uuid';

const isUnique = (table: Table, name: string): boolean => table.uniques.some(({ columns }) => columns.includes(name));
const isPrimary = (table: Table, name: string): boolean => table.uniques.some(({ primary, columns }) => primary && columns.includes(name));
const isReferencing = (table: Table, name: string): boolean => table.references.some(({ columns }) => columns.includes(name));

/** A value that the database makes up for a row: sequence, identity, UUID; for a primary key any computed default, but no constant. */
const isMadeUp = (table: Table, column: Column): boolean =>
  column.sequence !== undefined ||
  column.identity !== undefined ||
  (column.default !== undefined && (column.baseType === 'uuid' || (isPrimary(table, column.name) && column.default.includes('('))));

/** Unique ids, no references, that this table makes up itself and that are therefore others in another database. */
export const fedColumns = (table: Table): readonly string[] =>
  table.columns
    .filter(
      (column) =>
        isIdType(column) && column.generated === undefined && isUnique(table, column.name) && !isReferencing(table, column.name) && isMadeUp(table, column),
    )
    .map(({ name }) => name);

/** The one integer or UUID column of a primary key that nothing feeds and that is no reference: an id when there is another key, else the key. */
export const barePrimaryKey = (table: Table): string | undefined => {
  const name = table.uniques.find(({ primary, columns }) => primary && columns.length === 1)?.columns[0];
  const found = table.columns.find((column) => column.name === name);
  return found === undefined || !isIdType(found) || isReferencing(table, found.name) || fedColumns(table).includes(found.name) ? undefined : found.name;
};

/** The ids of a table whose rows are matched by `key`. */
export const surrogatesOf = (table: Table, key: readonly string[]): readonly string[] => {
  const ids = new Set([...fedColumns(table), barePrimaryKey(table)]);
  return table.columns.map(({ name }) => name).filter((name) => ids.has(name) && !key.includes(name));
};

/** How a parent looks from its children: the table, and which of its columns are ids. */
export type Parent = { readonly table: Table; readonly surrogate: readonly string[] };
export type FindParent = (name: QualifiedName) => Parent | undefined;

export const parentsAmong = (tables: readonly KeyedTable[]): FindParent => {
  const byId = new Map(tables.map((table) => [tableId(table), { table, surrogate: table.key.kind === 'image' ? [] : table.key.surrogate }]));
  return (name) => byId.get(tableId(name));
};

/** Whether a column's value means another thing in another database: it holds, over whatever references, an id. */
export const isTranslated = (table: Table, name: string, find: FindParent): boolean => translatingReference(table, name, find) !== undefined;

/** The narrowest reference by which a column holds an id. */
export const translatingReference = (table: Table, name: string, find: FindParent, path: readonly string[] = []): Reference | undefined =>
  table.references
    .filter((reference) => {
      const at = reference.columns.indexOf(name);
      const parentColumn = reference.parentColumns[at];
      const parent = find(reference.parent);
      if (at < 0 || parentColumn === undefined || parent === undefined) return false;
      const step = `${tableId(reference.parent)}\0${parentColumn}`;
      // References in a circle over plain values: no id anywhere.
      if (path.includes(step)) return false;
      return parent.surrogate.includes(parentColumn) || translatingReference(parent.table, parentColumn, find, [...path, step]) !== undefined;
    })
    .toSorted((a, b) => a.columns.length - b.columns.length || (a.name < b.name ? -1 : 1))[0];

/** References among the key's columns that have to be resolved before this table's rows can be matched. */
export const keyReferences = (table: KeyedTable, find: FindParent): readonly Reference[] =>
  table.key.kind !== 'natural'
    ? []
    : [...new Set(table.key.columns.map((name) => translatingReference(table, name, find)))].filter((reference) => reference !== undefined);
