import { tableId, type Column, type Reference } from '../catalogue/catalogue.ts';
import { column, type KeyedTable } from '../catalogue/key.ts';
import { Defect } from '../refusal.ts';
import type { SnapshotColumn, SnapshotCsv, SnapshotNode } from './definition.ts';
import { pathUp, type StepUp } from './paths.ts';
import { rowKey } from './row-key.ts';

/** Rows of a table that are counted for each row above them. */
export type Counted = {
  readonly path: readonly StepUp[];
  readonly where: readonly { readonly column: Column; readonly value: string }[];
  readonly by?: Column;
};

export type SourceCell =
  | { readonly name: string; readonly column: Column }
  | {
      readonly name: string;
      readonly counted: Counted;
      /** The counted rows stand inside the row, so that no count changes without a change among them. */
      readonly isInside?: true;
    };

export type SourceNode = {
  /** Of the array that its rows are in. */
  readonly name: string;
  readonly table: KeyedTable;
  /** Absent: rows have no key, and are ordered by all that they are. */
  readonly key?: readonly Column[];
  readonly cells: readonly SourceCell[];
  /** The node inside of whose rows its rows stand, by its number, which is lower. */
  readonly parent?: { readonly index: number; readonly by: Reference };
  /** Only rows that refer to no row of this table. */
  readonly without?: { readonly by: Reference; readonly parent: KeyedTable };
  /** Nodes inside, by their numbers, ascending. */
  readonly children: readonly number[];
  /** Tables whose changes may change what it says. */
  readonly dependsOn: ReadonlySet<string>;
};

/** What one file, or one array at the top of the document, is made of: the first node leads, and its keys cut it into segments. */
export type Source = { readonly name: string; readonly format: 'csv' | 'json'; readonly nodes: readonly SourceNode[] };

export const leading = ({ nodes, name }: Source): SourceNode => {
  const [first] = nodes;
  if (first === undefined) throw new Defect(`${name} has no leading table`);
  return first;
};

export const sourceOfCsv = (tables: readonly KeyedTable[], { file, table, columns }: SnapshotCsv): Source => ({
  name: file,
  format: 'csv',
  nodes: collect(tables, { name: file, table, columns, children: [] }),
});

export const sourceOfNode = (tables: readonly KeyedTable[], node: SnapshotNode): Source => ({ name: node.name, format: 'json', nodes: collect(tables, node) });

const collect = (tables: readonly KeyedTable[], root: SnapshotNode): readonly SourceNode[] => {
  const nodes: (Omit<SourceNode, 'children'> & { readonly children: number[] })[] = [];
  const add = (node: SnapshotNode, parent: number | undefined): void => {
    const table = tableNamed(tables, node.table);
    const cells = node.columns.map((each) => cellOf(tables, node, each));
    const key = rowKey(table);
    const index = nodes.length;
    const above = parent === undefined ? undefined : nodes[parent];
    nodes.push({
      name: node.name,
      table,
      cells,
      children: [],
      dependsOn: new Set([tableId(table), ...(above?.dependsOn ?? []), ...cells.flatMap(dependenciesOf), ...parentOf(tables, table, node.without)]),
      ...(key === undefined ? {} : { key }),
      ...(parent === undefined ? {} : { parent: { index: parent, by: referenceNamed(table, node.inside) } }),
      ...(node.without === undefined ? {} : { without: { by: referenceNamed(table, node.without), parent: referred(tables, table, node.without) } }),
    });
    above?.children.push(index);
    for (const child of node.children) add(child, index);
  };
  add(root, undefined);
  return nodes;
};

const dependenciesOf = (cell: SourceCell): readonly string[] => (isCountedApart(cell) ? cell.counted.path.map(({ from }) => tableId(from)) : []);

/** Whether the state of a row says nothing of what this cell counts. */
export const isCountedApart = (cell: SourceCell): cell is Extract<SourceCell, { readonly counted: Counted }> => 'counted' in cell && cell.isInside !== true;

const parentOf = (tables: readonly KeyedTable[], table: KeyedTable, without: string | undefined): readonly string[] =>
  without === undefined ? [] : [tableId(referred(tables, table, without))];

const referred = (tables: readonly KeyedTable[], table: KeyedTable, name: string): KeyedTable =>
  tableNamed(tables, tableId(referenceNamed(table, name).parent));

const tableNamed = (tables: readonly KeyedTable[], id: string): KeyedTable => {
  const found = tables.find((table) => tableId(table) === id);
  if (found === undefined) throw new Defect(`The snapshot names ${id}, which is not in the catalogue`);
  return found;
};

const referenceNamed = (table: KeyedTable, name: string | undefined): Reference => {
  const found = table.references.find((reference) => reference.name === name);
  if (found === undefined) throw new Defect(`${tableId(table)} has no reference ${name}`);
  return found;
};

const cellOf = (tables: readonly KeyedTable[], node: SnapshotNode, given: SnapshotColumn): SourceCell => {
  const table = tableNamed(tables, node.table);
  if ('column' in given) return { name: given.name, column: column(table, given.column) };
  const counted = tableNamed(tables, given.count);
  const path = pathUp(tables, counted, table);
  if (path === undefined) throw new Defect(`${tableId(counted)} does not stand below ${tableId(table)}`);
  const where = 'where' in given ? Object.entries(given.where ?? {}).map(([name, value]) => ({ column: column(counted, name), value })) : [];
  const what: Counted = { path, where, ...('by' in given ? { by: column(counted, given.by) } : {}) };
  return { name: given.name, counted: what, ...(standInside(node, path.toReversed()) ? { isInside: true as const } : {}) };
};

const standInside = (node: SnapshotNode, [step, ...further]: readonly StepUp[]): boolean =>
  step === undefined || node.children.some((child) => child.table === tableId(step.from) && child.inside === step.by.name && standInside(child, further));
