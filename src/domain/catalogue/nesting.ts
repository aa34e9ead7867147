import { tableId, type Reference } from './catalogue.ts';
import type { KeyedTable } from './key.ts';
import { referenceGraph } from './reference-graph.ts';

/** The reference by which rows stand inside rows of another table. */
export type Inside = { readonly parent: KeyedTable; readonly by: Reference };

/** A table of a nested export; without `inside` its rows stand by themselves. */
export type Nested = { readonly table: KeyedTable; readonly inside?: Inside };

/**
 * Which rows stand inside which: parents first, each table at one place, so that each row is there once. Tables that refer
 * to each other in a circle, or to themselves, do not stand inside each other.
 */
export const nestTables = (tables: readonly KeyedTable[]): readonly Nested[] => {
  const components = referenceGraph(tables).components();
  const turnOf = new Map(components.flatMap((component, turn) => component.tables.map((table) => [tableId(table), { table, turn }] as const)));
  return [...turnOf.values()].map(({ table, turn }) => {
    const [first] = table.references
      .flatMap((by) => {
        const parent = turnOf.get(tableId(by.parent));
        return by.enforced && parent !== undefined && parent.turn < turn ? [{ parent: parent.table, by, rank: rankOf(table, by) }] : [];
      })
      .toSorted((one, other) => one.rank - other.rank);
    return first === undefined ? { table } : { table, inside: { parent: first.parent, by: first.by } };
  });
};

/** What goes with its parent is part of it; what has to have one is rather part of it than what may; else as the columns come. */
const rankOf = ({ columns }: KeyedTable, { columns: names, onDelete }: Reference): number => {
  const own = columns.filter(({ name }) => names.includes(name));
  const isOwned = own.every(({ notNull }) => notNull);
  return (onDelete === 'cascade' ? 0 : isOwned ? 1 : 2) * 2000 + Math.min(...own.map(({ attnum }) => attnum));
};
