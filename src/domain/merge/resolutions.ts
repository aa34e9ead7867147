import type { Resolution, RowChange } from '../run/run.ts';

/** A cell of a row, or without a column the row itself, where one side deleted it. */
export type ConflictPlace = { readonly table: string; readonly row: string; readonly column?: string };

export const fits = (resolution: Resolution, place: ConflictPlace): boolean =>
  (resolution.table ?? place.table) === place.table &&
  (resolution.row ?? place.row) === place.row &&
  (resolution.column === undefined || resolution.column === place.column);

/** Of several words on one place the last one counts; undefined while nobody has said one. */
export const resolutionOf = (resolutions: readonly Resolution[], place: ConflictPlace): Resolution['take'] | undefined =>
  resolutions.findLast((resolution) => fits(resolution, place))?.take;

/** What has to be decided about a row: the row itself where one side deleted it, else each cell that clashes. */
export const conflictsOf = ({ table, row, verdict, deletedBy, cells }: RowChange): readonly ConflictPlace[] => {
  if (verdict !== 'conflict') return [];
  if (deletedBy !== undefined) return [{ table, row }];
  return cells.filter(({ outcome }) => outcome === 'clash').map(({ column }) => ({ table, row, column }));
};

export const isDecided = (change: RowChange, resolutions: readonly Resolution[]): boolean =>
  conflictsOf(change).every((place) => resolutionOf(resolutions, place) !== undefined);
