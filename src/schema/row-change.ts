import type { CellChange, Resolution, RowChange } from '../domain/run/run.ts';
import { resolutionOf } from '../domain/merge/resolutions.ts';
import { builder } from './builder.ts';
import { VerdictEnum } from './verdicts.ts';

export const SideEnum = builder.enumType('Side', {
  description: 'One of the two sides of a merge.',
  values: {
    INCOMING: { value: 'incoming', description: 'The archive; for a rollback what the run had found.' },
    CURRENT: { value: 'current', description: 'The database as it is.' },
  } as const,
});

const CellOutcomeEnum = builder.enumType('CellOutcome', {
  description: 'What becomes of a cell.',
  values: {
    INCOMING: { value: 'incoming', description: 'The incoming value is written.' },
    CURRENT: { value: 'current', description: 'The cell stays as it is.' },
    CLASH: { value: 'clash', description: 'Both sides changed it: somebody has to decide.' },
  } as const,
});

/** A row of a plan, with the words that were said on it. */
export type ShownRow = { readonly change: RowChange; readonly resolutions: readonly Resolution[] };
type ShownCell = { readonly cell: CellChange; readonly resolution: Resolution['take'] | undefined };

const shownCells = ({ change, resolutions }: ShownRow): readonly ShownCell[] =>
  change.cells.map((cell) => ({
    cell,
    resolution: cell.outcome === 'clash' ? resolutionOf(resolutions, { table: change.table, row: change.row, column: cell.column }) : undefined,
  }));

const CellChangeType = builder.objectRef<ShownCell>('CellChange').implement({
  description:
    'One cell of a row that changes, or that both sides changed. Values are text, as PostgreSQL writes them; references are shown by the name of the row that they point to.',
  fields: (t) => ({
    column: t.string({ resolve: ({ cell }) => cell.column, description: 'The column.' }),
    base: t.string({ nullable: true, resolve: ({ cell }) => cell.base, description: 'What both sides once held; null also where that is not known.' }),
    baseKnown: t.boolean({ resolve: ({ cell }) => cell.base !== undefined, description: 'Whether it is known what both sides once held.' }),
    current: t.string({ nullable: true, resolve: ({ cell }) => cell.current, description: 'The value now.' }),
    incoming: t.string({ nullable: true, resolve: ({ cell }) => cell.incoming, description: 'The value that arrives.' }),
    outcome: t.field({ type: CellOutcomeEnum, resolve: ({ cell }) => cell.outcome, description: 'What becomes of it.' }),
    resolution: t.field({
      type: SideEnum,
      nullable: true,
      resolve: (shown) => shown.resolution,
      description: 'For a clash: what was decided; null while it is open.',
    }),
  }),
});

export const RowChangeType = builder.objectRef<ShownRow>('RowChange').implement({
  description: 'What becomes of one row, cell by cell.',
  fields: (t) => ({
    table: t.string({ resolve: ({ change }) => change.table, description: '`schema.table`.' }),
    row: t.string({ resolve: ({ change }) => change.row, description: 'The row’s name: its key, where it has several columns as the text of an array.' }),
    verdict: t.field({ type: VerdictEnum, resolve: ({ change }) => change.verdict, description: 'What becomes of it.' }),
    deletedBy: t.field({ type: SideEnum, nullable: true, resolve: ({ change }) => change.deletedBy, description: 'The side that has no such row any more.' }),
    cells: t.field({ type: [CellChangeType], resolve: (shown) => [...shownCells(shown)], description: 'Its cells that differ.' }),
    resolution: t.field({
      type: SideEnum,
      nullable: true,
      resolve: ({ change, resolutions }) =>
        change.verdict === 'conflict' && change.deletedBy !== undefined ? resolutionOf(resolutions, { table: change.table, row: change.row }) : undefined,
      description: 'For a conflict in which one side deleted the row: what was decided; null while it is open. Else each cell has its own.',
    }),
  }),
});

export const RowChangeConnection = builder.connectionObject(
  { type: RowChangeType, name: 'RowChangeConnection', description: 'A page of rows of a plan, in the order of the plan’s tables.' },
  { name: 'RowChangeEdge', description: 'One row of a page.' },
);
