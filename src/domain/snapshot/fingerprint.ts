import { tableId, type Reference } from '../catalogue/catalogue.ts';
import type { Source, SourceCell } from './source.ts';

/** Counts up with every release that writes another text for the same rows. */
const textVersion = 1;

/** All of a source that its text depends on besides the rows: another one, and every row is read again. */
export const sourceText = ({ name, format, nodes }: Source): string =>
  JSON.stringify([
    textVersion,
    name,
    format,
    nodes.map((node) => ({
      name: node.name,
      table: [tableId(node.table), node.table.kind],
      key: node.key ?? null,
      cells: node.cells.map(cellText),
      // Without a key rows are ordered by all that they have.
      all: node.key === undefined ? node.table.columns.map(({ attnum: _number, ...column }) => column) : [],
      parent: node.parent === undefined ? null : [node.parent.index, referenceText(node.parent.by)],
      without: node.without === undefined ? null : referenceText(node.without.by),
    })),
  ]);

const referenceText = ({ columns, parent, parentColumns }: Reference): unknown => [columns, tableId(parent), parentColumns];

const cellText = (cell: SourceCell): unknown => {
  if ('column' in cell) return [cell.name, cell.column];
  const { path, where, by } = cell.counted;
  return [
    cell.name,
    cell.isInside ?? false,
    path.map((step) => [tableId(step.from), referenceText(step.by)]),
    where.map(({ column, value }) => [column.name, value]),
    by ?? null,
  ];
};
