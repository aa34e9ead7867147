import { tableId, type Reference } from '../catalogue/catalogue.ts';
import type { KeyedTable } from '../catalogue/key.ts';
import { nestTables } from '../catalogue/nesting.ts';

/** One step from a row to the row that it refers to. */
export type StepUp = { readonly from: KeyedTable; readonly by: Reference; readonly to: KeyedTable };

/**
 * How the rows of a table stand below those of another: the references that lead up, the fewest first; among equals those
 * by which its rows stand inside others in a document. Absent: they do not.
 */
export const pathUp = (tables: readonly KeyedTable[], from: KeyedTable, to: KeyedTable): readonly StepUp[] | undefined => {
  const byId = new Map(tables.map((table) => [tableId(table), table]));
  const inside = new Map(nestTables(tables).map((nested) => [tableId(nested.table), nested.inside?.by.name]));
  const stepsOf = (table: KeyedTable): readonly StepUp[] =>
    table.references
      .flatMap((by) => {
        const parent = byId.get(tableId(by.parent));
        return parent === undefined ? [] : [{ from: table, by, to: parent }];
      })
      .toSorted((one, other) => Number(other.by.name === inside.get(tableId(table))) - Number(one.by.name === inside.get(tableId(table))));
  const seen = new Set<string>();
  let ends: readonly (readonly StepUp[])[] = stepsOf(from).map((step) => [step]);
  while (ends.length > 0) {
    const found = ends.find((path) => path.at(-1)?.to === to);
    if (found !== undefined) return found;
    ends = ends.flatMap((path) => {
      const at = path.at(-1)?.to;
      if (at === undefined || seen.has(tableId(at))) return [];
      seen.add(tableId(at));
      return stepsOf(at).map((step) => [...path, step]);
    });
  }
  return undefined;
};

/** The shortest reference by which rows of one table stand inside rows of another. */
export const referenceInto = (tables: readonly KeyedTable[], from: KeyedTable, to: KeyedTable): Reference | undefined => {
  const nested = nestTables(tables).find(({ table }) => table === from)?.inside;
  if (nested !== undefined && nested.parent === to) return nested.by;
  return from.references.find((by) => tableId(by.parent) === tableId(to));
};
