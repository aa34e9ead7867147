import { mergeRows, type Merged, type MergeTable, type NamedDatabase, type NamedRow } from './merge-model.ts';
import type { ModelDatabase } from './model.ts';
import type { Shape } from './random-tables.ts';

/**
 * Rollback is the merge whose base is what the run left and whose incoming is what it found (DESIGN 1), of the rows that it
 * touched and the cells that it changed. Inside one database a row's name is its id.
 */
export const rollBackRows = (
  tables: readonly Shape[],
  { found, left, current }: { readonly found: ModelDatabase; readonly left: ModelDatabase; readonly current: ModelDatabase },
  policy: 'incoming' | 'current',
): Merged => {
  const [before, after, now] = [found, left, current].map((database) => byId(tables, database)) as [NamedDatabase, NamedDatabase, NamedDatabase];
  const touched = (side: NamedDatabase, other: NamedDatabase): NamedDatabase =>
    Object.fromEntries(
      Object.entries(side).map(([table, rows]) => [
        table,
        new Map([...rows].flatMap(([id, row]) => (isSame(row, other[table]?.get(id)) ? [] : [[id, changedCells(row, other[table]?.get(id))] as const]))),
      ]),
    );
  return mergeRows({
    mode: 'undo',
    tables: tables.map((table): MergeTable => ({ ...table, unique: table.kind === 'natural' ? table.key : [], passive: [] })),
    base: touched(after, before),
    incoming: touched(before, after),
    current: now,
    deletes: true,
    winner: () => policy,
  });
};

/** Rows without an id are told apart by what they hold, and equal ones by their number. */
export const byId = (tables: readonly Shape[], database: ModelDatabase): NamedDatabase =>
  Object.fromEntries(
    tables.map(({ name, kind }) => {
      const seen = new Map<string, number>();
      const rows = (database[name] ?? []).map(({ id = null, ...cells }): readonly [string, NamedRow] => {
        if (kind !== 'image') return [id ?? '', cells];
        const image = JSON.stringify(cells);
        seen.set(image, (seen.get(image) ?? 0) + 1);
        return [`${image} #${seen.get(image)}`, cells];
      });
      return [name, new Map(rows)];
    }),
  );

const isSame = (row: NamedRow, other: NamedRow | undefined): boolean =>
  other !== undefined && Object.keys(row).every((column) => row[column] === other[column]);

const changedCells = (row: NamedRow, other: NamedRow | undefined): NamedRow =>
  other === undefined ? row : Object.fromEntries(Object.entries(row).filter(([column, value]) => other[column] !== value));

/** Whether the run deleted a row and put another one in its place under the same id: two rows to the engine, one to this reference. */
export const hasSuccessors = (tables: readonly Shape[], found: ModelDatabase, left: ModelDatabase): boolean =>
  tables.some(({ name, kind, key }) =>
    (found[name] ?? []).some(
      (row) => kind === 'natural' && left[name]?.some((other) => other['id'] === row['id'] && key.some((column) => other[column] !== row[column])),
    ),
  );
