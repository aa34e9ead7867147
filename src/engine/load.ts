import { tableId, type Column, type QualifiedName, type Reference, type Table } from '../domain/catalogue/catalogue.ts';
import type { Key, KeyedTable, TableSettings } from '../domain/catalogue/key.ts';
import type { Companion, ManifestTable } from '../infra/archive/manifest.ts';
import { Defect } from '../domain/refusal.ts';

/**
 * One table of one run, as every step of the engine sees it: the archive's part held against the target's table.
 * Built once per run from catalogues that were compared before; steps add nothing to it.
 */
export type Load = {
  /** Names the temporary tables: `wb_stage_<index>` and so on. */
  readonly index: number;
  readonly target: KeyedTable;
  /** What the source's catalogue says of the table: constraints it has already enforced. Absent for layout 1.0.0. */
  readonly source: Table | undefined;
  readonly key: Key;
  /** The columns that are written, as the target has them. */
  readonly columns: readonly Column[];
  /** The archive's columns in COPY order. */
  readonly staged: readonly StagedColumn[];
  readonly origin: { readonly database: string; readonly key: string } | undefined;
  readonly references: readonly LoadReference[];
  readonly settings: TableSettings;
  /** `lookup`: not asked for, staged only because rows that are written refer to it. */
  readonly role: 'write' | 'lookup';
  /** A single file: ids in it are the target's own, and columns that a new row needs may be missing. */
  readonly ownIds?: true;
};

export type StagedColumn = {
  readonly name: string;
  /** Type in the staging table. */
  readonly type: string;
  /** Type in the target, where it differs: columns over composite types are staged as text (ENGINE-RULES 4). */
  readonly castTo?: string;
  readonly collation?: QualifiedName;
  /** A domain that takes no NULL: its cells are refused while they are staged. */
  readonly refusesNull?: true;
};

export type LoadReference = {
  readonly reference: Reference;
  /** The parent's load when its rows are in the archive. */
  readonly parentIndex: number | undefined;
  readonly parent: KeyedTable | undefined;
  readonly companion: Companion | undefined;
  /** Per leaf of the companion: its column in the target's table, absent for the two columns of an origin. */
  readonly leafColumns: readonly (Column | undefined)[];
  /** Per leaf the foreign keys from the parent upwards, where the parent's key is itself a reference. */
  readonly steps: readonly (readonly Reference[])[];
};

/** What staging found of one table. */
export type Staged = { readonly rows: number; /** Rows with a bad cell; they are not in the typed stage. */ readonly bad: number; readonly asText: boolean };

export const loadId = (load: Load): string => tableId(load.target);

export const missingMessage = (load: Load, column: string): string => `${loadId(load)} needs a value in ${column}, and the row has none`;

type StagedFrom = {
  readonly target: KeyedTable;
  readonly manifest: ManifestTable;
  readonly companionTypes: ReadonlyMap<string, string>;
  readonly isBase: boolean;
};

const stagedColumn = (name: string, { target, manifest, companionTypes, isBase }: StagedFrom): StagedColumn => {
  if (manifest.origin?.database === name) return { name, type: 'text' };
  if (manifest.origin?.key === name) return { name, type: 'text[]' };
  const leaf = companionTypes.get(name);
  const own = target.columns.find((column) => column.name === name);
  if (own === undefined) {
    if (leaf === undefined && isBase) return { name, type: 'text' };
    if (leaf === undefined) throw new Defect(`Column ${name} of the archive is neither in ${tableId(target)} nor a companion`);
    return { name, type: leaf };
  }
  const collation = own.collation === undefined ? {} : { collation: own.collation };
  const refusesNull = own.domain?.notNull === true ? { refusesNull: true as const } : {};
  return own.overComposite ? { name, type: 'text', castTo: own.type } : { name, type: own.type, ...collation, ...refusesNull };
};

/** The foreign keys on a companion leaf's path, as the target has them: the archive's word is never trusted. */
const leafSteps = (companion: Companion, leaf: Companion['leaves'][number], tables: ReadonlyMap<string, KeyedTable>): readonly Reference[] => {
  const steps: Reference[] = [];
  let table = tables.get(tableId(companion.parent));
  for (const name of leaf.path) {
    const reference = table?.references.find((candidate) => candidate.name === name);
    if (reference === undefined) return [];
    steps.push(reference);
    table = tables.get(tableId(reference.parent));
  }
  return steps;
};

/** The target's column behind a companion's leaf. */
const leafColumn = (companion: Companion, leaf: Companion['leaves'][number], tables: ReadonlyMap<string, KeyedTable>): Column | undefined => {
  const last = leafSteps(companion, leaf, tables).at(-1);
  const table = tables.get(tableId(last?.parent ?? companion.parent));
  return table?.columns.find((column) => column.name === leaf.column);
};

const leafType = (companion: Companion, leaf: Companion['leaves'][number], tables: ReadonlyMap<string, KeyedTable>): string =>
  leafColumn(companion, leaf, tables)?.type ?? 'text';

const companionLeaves = (companion: Companion | undefined, tables: ReadonlyMap<string, KeyedTable>): Pick<LoadReference, 'leafColumns' | 'steps'> => ({
  leafColumns: companion?.leaves.map((leaf) => leafColumn(companion, leaf, tables)) ?? [],
  steps: companion?.leaves.map((leaf) => leafSteps(companion, leaf, tables)) ?? [],
});

export type LoadSources = {
  readonly manifest: readonly ManifestTable[];
  /** What the archive's manifest says of the source's tables; none in layout 1.0.0. */
  readonly sources: readonly Table[];
  readonly targets: readonly KeyedTable[];
  readonly settings: Readonly<Record<string, TableSettings>>;
  /** `schema.table` of what was asked for; absent for all. */
  readonly selected: ReadonlySet<string> | undefined;
  /** A base is only read, beside the archive that arrives: its loads are numbered from here, and columns that the target does not have any more are no defect. */
  readonly baseFrom?: number;
};

export const buildLoads = ({
  manifest: manifestTables,
  sources: sourceTables,
  targets: targetTables,
  settings,
  selected,
  baseFrom,
}: LoadSources): readonly Load[] => {
  const targets = new Map(targetTables.map((table) => [tableId(table), table]));
  const sources = new Map(sourceTables.map((table) => [tableId(table), table]));
  const first = baseFrom ?? 0;
  const indexes = new Map(manifestTables.map((table, index) => [tableId(table), first + index]));
  return manifestTables.map((manifest, index): Load => {
    const id = tableId(manifest);
    const target = targets.get(id);
    if (target === undefined) throw new Defect(`${id} passed the comparison but is not in the target`);
    const companionTypes = new Map(
      manifest.companions.flatMap((companion) => companion.leaves.map((leaf) => [leaf.name, leafType(companion, leaf, targets)] as const)),
    );
    const staged = manifest.columns.map((name) => stagedColumn(name, { target, manifest, companionTypes, isBase: baseFrom !== undefined }));
    const own = new Set(manifest.columns);
    const byReference = new Map(manifest.companions.map((companion) => [companion.reference, companion]));
    const carried = new Set(byReference.keys());
    // A companion's own columns may be left out of the archive (layout 1.0.0): they are written all the same.
    const filled = new Set(target.references.filter((reference) => carried.has(reference.name)).flatMap((reference) => [...reference.columns]));
    // So may ids be, which are drawn anew where other rows refer to them.
    const ids = manifest.key.kind === 'image' ? [] : manifest.key.surrogate;
    const fed = new Set(target.columns.filter((column) => ids.includes(column.name) && column.sequence !== undefined).map((column) => column.name));
    return {
      index: first + index,
      target,
      source: sources.get(id),
      key: manifest.key,
      columns: target.columns.filter((column) => {
        const isWritten = own.has(column.name) || filled.has(column.name) || fed.has(column.name);
        return isWritten && column.generated === undefined && !(settings[id]?.exclude ?? []).includes(column.name);
      }),
      staged,
      origin: manifest.origin,
      references: target.references
        .filter((reference) => reference.columns.every((name) => own.has(name) || filled.has(name)))
        .map((reference) => ({
          reference,
          parentIndex: indexes.get(tableId(reference.parent)),
          parent: targets.get(tableId(reference.parent)),
          companion: byReference.get(reference.name),
          ...companionLeaves(byReference.get(reference.name), targets),
        })),
      settings: settings[id] ?? {},
      role: selected === undefined || selected.has(id) ? 'write' : 'lookup',
      ...(manifest.ownIds === undefined ? {} : { ownIds: manifest.ownIds }),
    };
  });
};

/** Where a parent in the same archive has what a companion's leaf says: its own column, or a companion of its own when its key is itself a reference (layout 1.0.0). */
export const stagedLeaf = (parent: Load, leaf: Companion['leaves'][number]): string | undefined => {
  const [first, ...rest] = leaf.path;
  if (first === undefined) return isStaged(parent, leaf.column) ? leaf.column : undefined;
  const own = parent.references.find((candidate) => candidate.reference.name === first)?.companion;
  return own?.leaves.find((candidate) => candidate.column === leaf.column && candidate.path.join('\0') === rest.join('\0'))?.name;
};

/** Staged columns that hold the row's natural key: its own, and those of companions that its key refers through. */
export const stagedKey = (load: Load): readonly string[] => {
  const key = load.key.kind === 'natural' ? load.key.columns : [];
  const named = load.references.filter(({ reference }) => reference.columns.some((name) => key.includes(name)));
  return [...new Set([...key.filter((name) => isStaged(load, name)), ...named.flatMap(({ companion }) => companion?.leaves.map((leaf) => leaf.name) ?? [])])];
};

export const isStaged = (load: Load, column: string): boolean => load.staged.some((candidate) => candidate.name === column);

export const columnOf = (table: Table, name: string): Column => {
  const found = table.columns.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Defect(`Column ${name} is not in ${tableId(table)}`);
  return found;
};

export const surrogateOf = (load: Load): readonly string[] => (load.key.kind === 'image' ? [] : load.key.surrogate);

/** The columns whose text, in this order, is a row's origin key. */
export const originColumns = (load: Load): readonly string[] => (load.key.kind === 'origin' ? (load.key.columns ?? load.key.surrogate) : []);

/** The columns by which the ledger names a row of the target: its primary key, else the key it was matched by; none at all for a table without a key. */
export const rowKey = (load: Load): readonly string[] => {
  const primary = load.target.uniques.find((unique) => unique.primary);
  if (primary !== undefined) return primary.columns;
  return load.key.kind === 'natural' ? load.key.columns : originColumns(load);
};

export const integers = new Set(['smallint', 'integer', 'bigint', 'int2', 'int4', 'int8']);

/** The sequence that hands out new ids for the surrogate, if one does. */
export const surrogateSequence = (load: Load): { readonly column: string; readonly sequence: QualifiedName } | undefined => {
  for (const name of surrogateOf(load)) {
    const { sequence, baseType } = columnOf(load.target, name);
    if (sequence !== undefined && integers.has(baseType)) return { column: name, sequence };
  }
  return undefined;
};
