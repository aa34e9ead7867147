import type { NamedDatabase, NamedRow } from './merge-model.ts';
import type { ModelDatabase, ModelRow } from './model.ts';
import { idTypeOf, type Shape } from './random-tables.ts';

/** What the rows of a database are called, whatever their ids (ENGINE-RULES 6 and 7), and by which id each name is found there. */
export type Named = { readonly rows: NamedDatabase; readonly ids: Readonly<Record<string, ReadonlyMap<string, string>>> };
/** Where a row that is known by its origin alone came from. */
export type OriginOf = (table: string, id: string) => string;

export const nameRows = (tables: readonly Shape[], database: ModelDatabase, originOf: OriginOf): Named => {
  const rowOf = (table: string, id: string): ModelRow => {
    const found = database[table]?.find((row) => row['id'] === id);
    if (found === undefined) throw new Error(`${table} has no row ${id}`);
    return found;
  };
  const parentName = (parent: string, id: string): string => {
    const table = tables.find(({ name }) => name === parent);
    if (table === undefined) throw new Error(`No table ${parent}`);
    return nameOf(table, rowOf(parent, id));
  };
  const cellsOf = (table: Shape, row: ModelRow, columns: readonly string[]): NamedRow =>
    Object.fromEntries(
      columns.map((name) => {
        const [parent, value] = [table.columns.find((column) => column.name === name)?.parent, row[name] ?? null];
        return [name, parent === undefined || value === null ? value : parentName(parent, value)];
      }),
    );
  const nameOf = (table: Shape, row: ModelRow): string =>
    table.kind === 'origin' ? originOf(table.name, row['id'] ?? '') : JSON.stringify(Object.values(cellsOf(table, row, table.key)));
  const named = tables.map((table) => {
    const seen = new Map<string, number>();
    const rows = (database[table.name] ?? []).map((row) => {
      const cells = cellsOf(
        table,
        row,
        table.columns.map(({ name }) => name),
      );
      if (table.kind !== 'image')
        return { name: nameOf(table, row), cells: isIdKept(table) ? { ...cells, id: row['id'] ?? null } : cells, id: row['id'] ?? '' };
      const image = JSON.stringify(cells);
      const count = (seen.get(image) ?? 0) + 1;
      seen.set(image, count);
      return { name: `${image} #${count}`, cells, id: '' };
    });
    return { table: table.name, rows };
  });
  return {
    rows: Object.fromEntries(named.map(({ table, rows }) => [table, new Map(rows.map(({ name, cells }) => [name, cells]))])),
    ids: Object.fromEntries(named.map(({ table, rows }) => [table, new Map(rows.map(({ name, id }) => [name, id]))])),
  };
};

/** UUIDs stay what they are in every database. */
export const isIdKept = (table: Shape): boolean => table.kind === 'natural' && idTypeOf(table) === 'uuid';

/** As sorted text, to compare and to read. */
export const listRows = (database: NamedDatabase): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(database).map(([table, rows]) => [table, [...rows].map(([name, row]) => `${name} ${JSON.stringify(sortCells(row))}`).toSorted()]),
  );

const sortCells = (row: NamedRow): NamedRow => Object.fromEntries(Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1)));
