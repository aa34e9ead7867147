import type { CellChange, Resolution, RowChange } from '../run/run.ts';

/**
 * What becomes of cells that a release and somebody here both changed: what is here stays. But a cell that is empty here,
 * and of which the release before said nothing, as in a column that this release brings, is nobody's edit: it is filled.
 */
const isFilled = ({ current, base }: CellChange): boolean => current === null && base === undefined;

/** Rows that are named one by one at most; where a column has more of both kinds, what is here stays in all of them. */
const most = 500;

type Column = { readonly table: string; readonly column: string; readonly fill: string[]; readonly stay: string[] };

const wordsOn = ({ table, column, fill, stay }: Column): readonly Resolution[] => {
  if (fill.length === 0) return [];
  if (stay.length <= most) return [{ table, column, take: 'incoming' }, ...stay.map((row): Resolution => ({ table, column, row, take: 'current' }))];
  return fill.length <= most ? fill.map((row): Resolution => ({ table, column, row, take: 'incoming' })) : [];
};

export const decideConflicts = async (changes: AsyncIterable<RowChange>): Promise<readonly Resolution[]> => {
  const columns = new Map<string, Column>();
  for await (const { table, row, verdict, deletedBy, cells } of changes) {
    if (verdict !== 'conflict' || deletedBy !== undefined) continue;
    for (const cell of cells.filter(({ outcome }) => outcome === 'clash')) {
      const { column } = cell;
      const found = columns.get(`${table} ${column}`) ?? { table, column, fill: [], stay: [] };
      columns.set(`${table} ${column}`, found);
      const rows = isFilled(cell) ? found.fill : found.stay;
      if (rows.length <= most) rows.push(row);
    }
  }
  return [{ take: 'current' }, ...[...columns.values()].flatMap(wordsOn)];
};
