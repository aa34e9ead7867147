import { tableId, type Reference } from '../catalogue/catalogue.ts';
import type { KeyedTable, TableSettings } from '../catalogue/key.ts';
import { Refusal } from '../refusal.ts';
import {
  columnsByDefault,
  defaultCsv,
  defaultDocument,
  information,
  type SnapshotColumn,
  type SnapshotCsv,
  type SnapshotDefinition,
  type SnapshotLayout,
  type SnapshotNode,
} from './definition.ts';
import { pathUp, referenceInto } from './paths.ts';

/** `databases.<name>.snapshot` of the configuration. A column by its name, or a count of what stands below a row. */
export type SnapshotColumnConfig = string | { readonly count: string; readonly where?: Readonly<Record<string, string>>; readonly by?: string };
type Columns = Readonly<Record<string, SnapshotColumnConfig>>;
export type SnapshotCsvConfig = { readonly table?: string; readonly columns?: Columns };
export type SnapshotNodeConfig = { readonly table?: string; readonly columns?: Columns; readonly children?: Readonly<Record<string, SnapshotNodeConfig>> };
export type SnapshotConfig = {
  /** By file name; `false`: none. */
  readonly csv?: false | Readonly<Record<string, SnapshotCsvConfig>>;
  /** By the name of the array; `false`: none. */
  readonly document?: false | Readonly<Record<string, SnapshotNodeConfig>>;
  readonly layout?: SnapshotLayout;
  /** Arrays whose rows `export_info` counts; absent: all. */
  readonly totals?: readonly string[];
};

type Known = { readonly tables: readonly KeyedTable[]; readonly settings: Readonly<Record<string, TableSettings>> };

/** What is configured, its names resolved; what is not configured, derived from the references. */
export const checkDefinition = (
  configured: SnapshotConfig,
  tables: readonly KeyedTable[],
  settings: Readonly<Record<string, TableSettings>> = {},
): SnapshotDefinition => {
  const known: Known = { tables, settings };
  const { csv, document, layout = 'document', totals } = configured;
  const files = csv === false ? [] : csv === undefined ? defaultCsv(tables, settings) : checkFiles(csv, known);
  const nodes =
    document === false
      ? undefined
      : document === undefined
        ? defaultDocument(tables, settings)
        : Object.entries(document).map(([name, node]) => checkNode(known, `document.${name}`, { name, node }));
  if (nodes?.some(({ name }) => name === information) === true)
    throw invalid(`document.${information}`, `that name is the document's own. Give the array another one, with \`table\` for its table.`);
  checkTotals(totals, nodes ?? []);
  return { csv: files, ...(nodes === undefined ? {} : { document: nodes }), layout, ...(totals === undefined ? {} : { totals }) };
};

const invalid = (place: string, reason: string): Refusal => new Refusal('SNAPSHOT_DEFINITION_INVALID', `snapshot.${place}: ${reason}`, { place });

const list = (names: readonly string[]): string => {
  const shown = names.slice(0, 20).join(', ');
  return names.length === 0 ? 'nothing' : names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
};

const checkTotals = (totals: readonly string[] | undefined, nodes: readonly SnapshotNode[]): void => {
  const names = new Set(arraysOf(nodes));
  const unknown = totals?.find((name) => !names.has(name));
  if (unknown !== undefined) throw invalid('totals', `the document has no array ${unknown}. It has ${list([...names])}.`);
};

const arraysOf = (nodes: readonly SnapshotNode[]): readonly string[] => nodes.flatMap(({ name, children }) => [name, ...arraysOf(children)]);

const checkFiles = (csv: Readonly<Record<string, SnapshotCsvConfig>>, known: Known): readonly SnapshotCsv[] => {
  const taken = new Set<string>();
  return Object.entries(csv).map(([file, { table: named, columns }]) => {
    const place = `csv.${file}`;
    if (!/^[^.\p{Cc}/\\][^\p{Cc}/\\]{0,190}\.csv$/u.test(file))
      throw invalid(place, 'is no name for a file: it ends in .csv, does not begin with a dot and has no slash.');
    const folded = file.normalize('NFC').toLowerCase();
    if (taken.has(folded)) throw invalid(place, 'another file has that name but for capitals, which some file systems take for the same.');
    taken.add(folded);
    const table = findTable(known, place, named ?? file.slice(0, -4));
    const checked = checkColumns(known, place, { table, columns });
    const object = checked.find((column) => 'by' in column);
    if (object !== undefined)
      throw invalid(
        `${place}.columns.${object.name}`,
        'a count by a column is an object, which a cell of CSV has no room for. Give it a `where` for each value instead.',
      );
    if (checked.length === 0) throw invalid(place, `${tableId(table)} has no column to write.`);
    return { file, table: tableId(table), columns: checked };
  });
};

type Around = { readonly table: KeyedTable; readonly columns: readonly SnapshotColumn[] };

const checkNode = (
  known: Known,
  place: string,
  given: { readonly name: string; readonly node: SnapshotNodeConfig; readonly around?: Around },
): SnapshotNode => {
  const { name, node, around } = given;
  const table = findTable(known, place, node.table ?? name);
  const columns = checkColumns(known, place, { table, columns: node.columns });
  if (around?.columns.some((column) => column.name === name) === true)
    throw invalid(place, 'a column of the row around it has that name. Name one of them otherwise.');
  const children = Object.entries(node.children ?? {}).map(([child, childNode]) =>
    checkNode(known, `${place}.children.${child}`, { name: child, node: childNode, around: { table, columns } }),
  );
  return {
    name,
    table: tableId(table),
    columns,
    children,
    ...(around === undefined ? {} : { inside: insideOf(known, place, { table, parent: around.table }).name }),
  };
};

const insideOf = ({ tables }: Known, place: string, { table, parent }: { readonly table: KeyedTable; readonly parent: KeyedTable }): Reference => {
  const found = referenceInto(tables, table, parent);
  if (found !== undefined) return found;
  const parents = [...new Set(table.references.map((reference) => tableId(reference.parent)))];
  throw invalid(place, `${tableId(table)} has no reference to ${tableId(parent)}, so its rows cannot stand inside. It refers to ${list(parents)}.`);
};

const findTable = ({ tables }: Known, place: string, name: string): KeyedTable => {
  const exact = tables.find((table) => tableId(table) === name);
  if (exact !== undefined) return exact;
  const named = tables.filter((table) => table.name === name);
  const [found] = named.length > 1 ? named.filter(({ schema }) => schema === 'public') : named;
  if (found !== undefined) return found;
  if (named.length > 1) throw invalid(place, `${name} is a table in several schemas. Say which with \`table\`: ${list(named.map(tableId))}.`);
  throw invalid(place, `there is no table ${name}. There is ${list(tables.map(tableId))}.`);
};

const checkColumns = (
  known: Known,
  place: string,
  { table, columns }: { readonly table: KeyedTable; readonly columns: Columns | undefined },
): readonly SnapshotColumn[] =>
  columns === undefined
    ? columnsByDefault(table, known.settings)
    : Object.entries(columns).map(([name, column]) => checkColumn(known, `${place}.columns.${name}`, { name, column, table }));

type GivenColumn = { readonly name: string; readonly column: SnapshotColumnConfig; readonly table: KeyedTable };

const checkColumn = (known: Known, place: string, { name, column, table }: GivenColumn): SnapshotColumn => {
  if (typeof column === 'string') return { name, column: findColumn(known, place, { table, column }) };
  const counted = findTable(known, place, column.count);
  if (pathUp(known.tables, counted, table) === undefined)
    throw invalid(place, `rows of ${tableId(counted)} do not stand below rows of ${tableId(table)}: no references lead from it to there.`);
  const { by, where } = column;
  if (by !== undefined && where !== undefined) throw invalid(place, 'a count is either by a column or of the rows `where` a column has a value.');
  if (by !== undefined) return { name, count: tableId(counted), by: findColumn(known, place, { table: counted, column: by }) };
  for (const condition of Object.keys(where ?? {})) findColumn(known, place, { table: counted, column: condition });
  return { name, count: tableId(counted), ...(where === undefined ? {} : { where }) };
};

const findColumn = ({ settings }: Known, place: string, { table, column }: { readonly table: KeyedTable; readonly column: string }): string => {
  if (!table.columns.some(({ name }) => name === column))
    throw invalid(place, `${tableId(table)} has no column ${column}. It has ${list(table.columns.map(({ name }) => name))}.`);
  if (settings[tableId(table)]?.exclude?.includes(column) === true)
    throw invalid(place, `${tableId(table)}.${column} is excluded by the settings of the table, so it leaves the database in no file.`);
  return column;
};
