import type { Column, UniqueIndex } from '../catalogue/catalogue.ts';
import { column, type KeyedTable } from '../catalogue/key.ts';

/**
 * The columns by which the rows of a table have one order, and by which a range of them is found again: the primary key,
 * else the key by which rows are known, else another unique one. Absent: no key that no row lacks.
 */
export const rowKey = (table: KeyedTable): readonly Column[] | undefined => {
  const known = table.key.kind === 'natural' ? table.key.columns : table.key.kind === 'origin' ? (table.key.columns ?? table.key.surrogate) : [];
  const rank = (unique: UniqueIndex): number => (unique.primary ? 0 : isSame(unique.columns, known) ? 1 : 2);
  const [first] = table.uniques
    .filter((unique) => isSure(table, unique))
    .toSorted((one, other) => rank(one) - rank(other) || one.columns.length - other.columns.length || (one.name < other.name ? -1 : 1));
  return first?.columns.map((name) => column(table, name));
};

const isSame = (one: readonly string[], other: readonly string[]): boolean => one.length === other.length && one.every((name) => other.includes(name));

const isSure = (table: KeyedTable, { columns, expressions, predicate, valid }: UniqueIndex): boolean =>
  valid &&
  columns.length > 0 &&
  expressions === undefined &&
  predicate === undefined &&
  columns.every((name) => {
    const found = column(table, name);
    return found.notNull && found.notNullNotValid !== true && found.equality !== undefined && found.typeKind !== 'composite' && !found.overComposite;
  });
