import { tableId } from '../catalogue/catalogue.ts';
import type { KeyedTable, TableSettings } from '../catalogue/key.ts';
import { nestTables, type Nested } from '../catalogue/nesting.ts';

/**
 * What a snapshot of a database consists of: a CSV file per table, and one document whose rows stand inside the rows that
 * they belong to. Resolved: tables are `schema.table`, columns are there, references are chosen.
 */
export type SnapshotColumn =
  | { readonly name: string; readonly column: string }
  /** How many rows of another table stand below this one, over however many references; `where`: column = value as text. */
  | { readonly name: string; readonly count: string; readonly where?: Readonly<Record<string, string>> }
  /** In a document only: an object, value -> count. */
  | { readonly name: string; readonly count: string; readonly by: string };

export type SnapshotCsv = { readonly file: string; readonly table: string; readonly columns: readonly SnapshotColumn[] };

export type SnapshotNode = {
  /** Of the array. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly SnapshotColumn[];
  readonly children: readonly SnapshotNode[];
  /** The reference, by its name, over which its rows stand inside the rows around them; absent at the top. */
  readonly inside?: string;
  /** At the top: only rows that refer to no row by this reference; all others stand inside their parents. */
  readonly without?: string;
};

export type SnapshotLayout = 'document' | 'roots';

export type SnapshotDefinition = {
  readonly csv: readonly SnapshotCsv[];
  readonly document?: readonly SnapshotNode[];
  /** `roots`: one JSON file for each root row, `<array>/<key>.json`. */
  readonly layout: SnapshotLayout;
  /** Arrays whose rows `export_info` counts; absent: all. */
  readonly totals?: readonly string[];
};

type Settings = Readonly<Record<string, TableSettings>>;

/** Columns that go into a snapshot unasked: as in an export, none that is computed and none that the settings exclude. */
export const columnsByDefault = (table: KeyedTable, settings: Settings): readonly SnapshotColumn[] => {
  const excluded = new Set(settings[tableId(table)]?.exclude);
  return table.columns.filter(({ name, generated }) => generated === undefined && !excluded.has(name)).map(({ name }) => ({ name, column: name }));
};

/** The document says of itself what it is under this name. */
export const information = 'export_info';

/** Every table a file with all its columns, and each row at one place of the document, those without a parent at the top. */
export const defaultDefinition = (tables: readonly KeyedTable[], settings: Settings = {}): SnapshotDefinition => ({
  csv: defaultCsv(tables, settings),
  document: defaultDocument(tables, settings),
  layout: 'document',
});

export const defaultCsv = (tables: readonly KeyedTable[], settings: Settings): readonly SnapshotCsv[] => {
  const taken = new Set<string>();
  return tables
    .map((table) => ({ table, columns: columnsByDefault(table, settings) }))
    .filter(({ columns }) => columns.length > 0)
    .map(({ table, columns }) => ({ file: freeFile(fileStem(nameOf(table)), '.csv', taken), table: tableId(table), columns }));
};

export const defaultDocument = (tables: readonly KeyedTable[], settings: Settings): readonly SnapshotNode[] => {
  const nested = nestTables(tables);
  const taken = new Set([information]);
  const tops = nested.map(({ table }) => freeName(nameOf(table), taken));
  return nested.flatMap((nest, index) => {
    if (nest.inside !== undefined && hasToHaveParent(nest)) return [];
    const without = nest.inside === undefined ? {} : { without: nest.inside.by.name };
    return [{ ...nodeOf(nest, nested, settings), name: tops[index] ?? nameOf(nest.table), ...without }];
  });
};

const nodeOf = ({ table }: Nested, nested: readonly Nested[], settings: Settings): SnapshotNode => {
  const columns = columnsByDefault(table, settings);
  const taken = new Set(columns.map(({ name }) => name));
  const children = nested.flatMap((nest) => {
    if (nest.inside === undefined || tableId(nest.inside.parent) !== tableId(table)) return [];
    return [{ ...nodeOf(nest, nested, settings), name: freeName(nameOf(nest.table), taken), inside: nest.inside.by.name }];
  });
  return { name: nameOf(table), table: tableId(table), columns, children };
};

/** A reference that was never checked may lead nowhere. */
const hasToHaveParent = ({ table, inside }: Nested): boolean =>
  inside !== undefined &&
  inside.by.validated &&
  inside.by.columns.every((name) => table.columns.some((column) => column.name === name && column.notNull && column.notNullNotValid !== true));

/** With the schema where that is not `public`. */
const nameOf = (table: KeyedTable): string => (table.schema === 'public' ? table.name : tableId(table));

const freeName = (wished: string, taken: Set<string>): string => {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wished : `${wished}_${number}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
};

/** What any file system takes as the beginning of a name: no separators, nothing hidden, and not too long. */
export const fileStem = (name: string): string => {
  const plain = name.toWellFormed().replace(/[\p{Cc}/\\:*?"<>|]|^[.~-]/gu, '_');
  const sure = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(plain) ? `_${plain}` : plain;
  return sure.slice(0, 50).toWellFormed();
};

/** Some file systems take `A.csv` and `a.csv` for one. */
export const freeFile = (stem: string, ending: string, taken: Set<string>): string => {
  for (let number = 1; ; number += 1) {
    const file = `${number === 1 ? stem : `${stem}_${number}`}${ending}`;
    const folded = file.normalize('NFC').toLowerCase();
    if (taken.has(folded)) continue;
    taken.add(folded);
    return file;
  }
};
