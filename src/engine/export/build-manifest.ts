import { tableId, type Catalogue } from '../../domain/catalogue/catalogue.ts';
import { companionsFor } from '../../domain/catalogue/companions.ts';
import type { KeyedTable, TableSettings } from '../../domain/catalogue/key.ts';
import { referenceGraph } from '../../domain/catalogue/reference-graph.ts';
import { folderOf, formatVersion } from '../../infra/archive/format.ts';
import type { DatabaseIdentity, Lineage, Manifest, ManifestTable } from '../../infra/archive/manifest.ts';
import type { Choice } from './choose-tables.ts';

export type ManifestInput = {
  readonly catalogue: Catalogue;
  readonly keyed: readonly KeyedTable[];
  readonly choice: Choice;
  readonly settings: Readonly<Record<string, TableSettings>>;
  readonly identity: DatabaseIdentity;
  readonly lineage: Lineage;
  readonly timestamp: string;
};

/** What the archive will hold, decided from the catalogue alone, before any row is read. */
export const buildManifest = (input: ManifestInput): Manifest => {
  const { catalogue, keyed, identity, choice } = input;
  const { names } = choice;
  const selected = keyed.filter((table) => names.has(tableId(table)));
  const ordered = referenceGraph(selected)
    .components()
    .flatMap(({ tables }) => tables);
  const tables = ordered.map((table) => describe(table, input, names));
  return {
    metadata: { timestamp: input.timestamp, database: identity.name, version: formatVersion, generator: 'waybill' },
    entities: tables.map(tableId),
    files: Object.fromEntries(tables.map((table, index) => [tableId(table), folderOf(index + 1)])),
    source: identity,
    lineage: within(input.lineage, names),
    complete: choice.complete,
    ...(choice.partial.size === 0 ? {} : { partial: [...choice.partial.keys()] }),
    catalogue: { ...catalogue, tables: catalogue.tables.filter((table) => names.has(tableId(table))) },
    tables,
    notCarried: [...catalogue.unsupported, ...ordered.flatMap((table) => leftOut(table, input))],
  };
};

/** An archive of some tables says nothing of rows of the others, not even their keys. */
const within = (lineage: Lineage, names: ReadonlySet<string>): Lineage => ({
  ...lineage,
  tookIn: lineage.tookIn.map(({ exceptions, leftColumns, ...taken }) => ({
    ...taken,
    ...(exceptions === undefined ? {} : { exceptions: only(exceptions, names) }),
    ...(leftColumns === undefined ? {} : { leftColumns: only(leftColumns, names) }),
  })),
});

const only = <Value>(byTable: Readonly<Record<string, Value>>, names: ReadonlySet<string>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(byTable).filter(([table]) => names.has(table)));

export const isCarried = (table: KeyedTable, settings: ManifestInput['settings']) => {
  const excluded = new Set(settings[tableId(table)]?.exclude);
  return ({ name, generated }: KeyedTable['columns'][number]): boolean => generated === undefined && !excluded.has(name);
};

const describe = (table: KeyedTable, { keyed, settings }: ManifestInput, names: ReadonlySet<string>): ManifestTable => {
  const own = table.columns.filter(isCarried(table, settings)).map(({ name }) => name);
  // A parent without any key cannot be named by one: its id travels as it is.
  const companions = companionsFor(table, keyed, names).filter(({ leaves }) => leaves.length > 0);
  const leaves = companions.flatMap((companion) => companion.leaves.map(({ name }) => name));
  const taken = new Set([...table.columns.map(({ name }) => name), ...leaves]);
  const origin = table.key.kind === 'origin' ? { database: freeName('origin_database', taken), key: freeName('origin_key', taken) } : undefined;
  return {
    schema: table.schema,
    name: table.name,
    key: table.key,
    columns: [...own, ...leaves, ...(origin === undefined ? [] : [origin.database, origin.key])],
    companions,
    ...(origin === undefined ? {} : { origin }),
  };
};

const freeName = (wished: string, taken: ReadonlySet<string>): string => (taken.has(wished) ? freeName(`${wished}_`, taken) : wished);

const leftOut = (table: KeyedTable, { settings }: ManifestInput): Manifest['notCarried'] =>
  (settings[tableId(table)]?.exclude ?? []).map((name) => ({ object: `${tableId(table)}.${name}`, reason: 'left out by the settings' }));
