import { tableId, type Catalogue, type Collation, type Column, type Reference, type Table } from './catalogue.ts';
import { hasKey } from './choose-key.ts';
import type { Key, KeyedTable, TableSettings } from './key.ts';
import { isTranslated, parentsAmong, surrogatesOf, type FindParent } from './surrogates.ts';
import { fitOf } from './widening.ts';

/** A table as an archive has it: what the source's catalogue said, the source's key, and the names of the columns that travel (generated and excluded ones do not). */
export type ArchivedTable = {
  readonly table: Table;
  readonly key: Key;
  readonly carried: readonly string[];
  /** Columns that do not travel and are filled all the same: their parent's key does (layout 1.0.0). */
  readonly filled?: readonly string[];
  /** A column that a new row needs may be missing: rows that are new are then refused one by one. */
  readonly partial?: true;
};

/** A table of the archive with its table in the target, whose `key` is the archive's, verified there. */
export type TablePair = {
  readonly archive: ArchivedTable;
  readonly target: KeyedTable;
  /** Columns of the archive that are written, in the archive's order. */
  readonly columns: readonly { readonly name: string; readonly from: Column; readonly to: Column; readonly fit: 'same' | 'wider' }[];
  /** Columns that only the target has; PostgreSQL fills them. */
  readonly added: readonly Column[];
  readonly notes: readonly string[];
};

export type Comparison = {
  readonly tables: readonly TablePair[];
  /** Why the archive does not fit, each reason by name; empty when it fits. */
  readonly mismatches: readonly string[];
};

/** Enums, collations and extensions of the two sides. Without them only names are compared. */
export type Definitions = {
  readonly archive: Pick<Catalogue, 'enums' | 'collations' | 'extensions'>;
  readonly target: Pick<Catalogue, 'enums' | 'collations' | 'extensions'>;
};

/** Holds the archive's catalogue against the target's before anything is staged (DESIGN 5). `settings` are the target's. */
export const compareCatalogues = (
  archive: readonly ArchivedTable[],
  target: readonly KeyedTable[],
  settings: Readonly<Record<string, TableSettings>> = {},
  definitions: Definitions = { archive: {}, target: {} },
): Comparison => {
  const byId = new Map(target.map((table) => [tableId(table), table]));
  const results = archive.map((archived): { readonly pair?: TablePair; readonly mismatches: readonly string[] } => {
    const id = tableId(archived.table);
    const found = byId.get(id);
    if (found === undefined) return { mismatches: [`${id}: the target has no such table, or the role may not read it`] };
    return compareTables(archived, found, settings[id] ?? {}, definitions);
  });
  const tables = results.flatMap(({ pair }) => pair ?? []);
  return { tables, mismatches: [...results.flatMap(({ mismatches }) => mismatches), ...compareReferences(archive, tables, target, settings)] };
};

const compareTables = (
  archived: ArchivedTable,
  target: KeyedTable,
  settings: TableSettings,
  definitions: Definitions,
): { readonly pair: TablePair; readonly mismatches: readonly string[] } => {
  const id = tableId(target);
  const excluded = settings.exclude ?? [];
  const compared = archived.carried.filter((name) => !excluded.includes(name)).flatMap((name) => compareColumn(name, archived, target, definitions) ?? []);
  const columns = compared.flatMap(({ pair }) => pair ?? []);
  const written = new Set(columns.map(({ name }) => name));
  const added = target.columns.filter(({ name }) => !written.has(name));
  const empty = added
    .filter((column) => isNeeded(column) && archived.filled?.includes(column.name) !== true)
    .flatMap(({ name }) => {
      if (excluded.includes(name)) return [`${id}.${name}: it is excluded in the settings, but NOT NULL without a default`];
      return archived.carried.includes(name) || archived.partial === true
        ? []
        : [`${id}.${name}: the target's column is NOT NULL without a default, and the archive has no values for it`];
    });
  return {
    pair: {
      archive: archived,
      target: { ...target, key: keyInTarget(archived.key, target) },
      columns,
      added,
      notes: compared.flatMap(({ name, notes }) => notes.map((note) => `${id}.${name}: ${note}`)),
    },
    mismatches: [
      ...compared.flatMap(({ name, reasons }) => reasons.map((reason) => `${id}.${name}: ${reason}`)),
      ...empty,
      ...compareKeys(archived, target, settings),
    ],
  };
};

type ComparedColumn = {
  readonly name: string;
  readonly pair?: TablePair['columns'][number];
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
};

/** Nothing for what is no column of the table: a companion's leaf, an origin. */
const compareColumn = (name: string, archived: ArchivedTable, target: Table, definitions: Definitions): ComparedColumn | undefined => {
  const from = archived.table.columns.find((column) => column.name === name);
  if (from === undefined) return undefined;
  const to = target.columns.find((column) => column.name === name);
  if (to === undefined) return { name, reasons: ['the target has no such column'], notes: [] };
  if (to.generated !== undefined)
    return { name, reasons: ['the target computes it; exclude it in the settings of the table to leave it to the target'], notes: [] };
  const key = keyColumns(archived.key).includes(name);
  const fit = fitOf(from, to, { key, from: definitions.archive.enums ?? [], to: definitions.target.enums ?? [] });
  const equality = key ? compareEquality(from, to, definitions) : { reasons: [], warnings: [] };
  return {
    name,
    pair: { name, from, to, fit: fit.fit === 'wider' ? 'wider' : 'same' },
    reasons: [...(fit.fit === 'none' ? [fit.reason] : []), ...equality.reasons],
    notes: [...(fit.fit === 'wider' && fit.note !== undefined ? [fit.note] : []), ...equality.warnings],
  };
};

const keyColumns = (key: Key): readonly string[] => (key.kind === 'image' ? [] : key.kind === 'natural' ? key.columns : (key.columns ?? key.surrogate));

/** A new row must bring a value: nothing else fills the column. */
export const isNeeded = (column: Column): boolean =>
  (column.notNull || column.domain?.notNull === true) && column.default === undefined && column.identity === undefined && column.generated === undefined;

const keyInTarget = (key: Key, target: Table): Key => (key.kind === 'natural' ? { ...key, surrogate: surrogatesOf(target, key.columns) } : key);

/** The key was chosen once, by the source (ENGINE-RULES 6); here it is verified. */
const compareKeys = ({ key }: ArchivedTable, target: KeyedTable, settings: TableSettings): readonly string[] => {
  const id = tableId(target);
  if (key.kind === 'image') return [];
  const columns = keyColumns(key);
  const reasons: string[] = [];
  if (settings.key !== undefined && [...settings.key].sort().join('\0') !== [...columns].sort().join('\0')) {
    reasons.push(`${id}: the archive's key is (${columns.join(', ')}), the target's settings say (${settings.key.join(', ')}); export again with the same key`);
  }
  const absent = columns.filter((name) => !target.columns.some((column) => column.name === name));
  if (absent.length > 0) reasons.push(`${id}: the target lacks the key column${absent.length > 1 ? 's' : ''} ${absent.join(', ')}`);
  else if (!hasKey(target, columns, key.kind))
    reasons.push(
      `${id}: the archive's key (${columns.join(', ')}) is no key in the target: no unique, immediate, full key with NOT NULL columns is made of it`,
    );
  return reasons;
};

type EqualityFindings = { readonly reasons: readonly string[]; readonly warnings: readonly string[] };
type Side = Definitions['archive'];

/** Rule 29: what decides equality besides the type. */
const compareEquality = (from: Column, to: Column, { archive, target }: Definitions): EqualityFindings => {
  const collations = compareCollations(from, to, [collationOf(from, archive), collationOf(to, target)]);
  const [theirs, ours] = [extensionOf(to, archive), extensionOf(to, target)];
  const changed = theirs !== undefined && ours !== undefined && theirs !== ours;
  return {
    reasons: collations.reasons,
    warnings: [...collations.warnings, ...(changed ? [`the key's type comes from an extension of version ${theirs} in the archive and ${ours} here`] : [])],
  };
};

const collationOf = (column: Column, side: Side): Collation | undefined =>
  (side.collations ?? []).find((each) => column.collation !== undefined && tableId(each) === tableId(column.collation));
const extensionOf = (column: Column, side: Side): string | undefined =>
  (side.extensions ?? []).find(({ name }) => name === unqualified(column.baseType))?.version;

/** Deterministic collations all call equal what has the same bytes; the others each in their own way. */
const compareCollations = (from: Column, to: Column, [source, destination]: readonly [Collation | undefined, Collation | undefined]): EqualityFindings => {
  if (source?.deterministic !== false && destination?.deterministic !== false) return { reasons: [], warnings: [] };
  const [theirs, ours] = [from, to].map(({ collation }) => (collation === undefined ? 'the default' : tableId(collation)));
  const facts = (collation: Collation | undefined): string => JSON.stringify([collation?.provider, collation?.locale, collation?.deterministic]);
  if (theirs !== ours || facts(source) !== facts(destination))
    return { reasons: [`its collation ${ours} and the archive's ${theirs} differ in what they call equal, and this is a key column`], warnings: [] };
  const [then, now] = [source?.version, destination?.version];
  return {
    reasons: [],
    warnings: then === now ? [] : [`the collation ${ours} has version ${then} in the archive and ${now} here: two keys may be equal on one side only`],
  };
};

const unqualified = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/**
 * An id means something only through its reference. A reference that one side has and the other lacks would leave the id
 * as it was, and so point at another row, unless the parent's ids are the same by setting.
 */
const compareReferences = (
  archive: readonly ArchivedTable[],
  pairs: readonly TablePair[],
  target: readonly KeyedTable[],
  settings: Readonly<Record<string, TableSettings>>,
): readonly string[] => {
  const paired = new Map(pairs.map((pair) => [tableId(pair.target), pair.target]));
  const after = parentsAmong(target.map((table) => paired.get(tableId(table)) ?? table));
  const among = parentsAmong(archive.map(({ table, key }) => ({ ...table, key })));
  const before: FindParent = (name) => among(name) ?? after(name);
  return pairs.flatMap(({ archive: { table }, target: found, columns }) => {
    const written = columns.map(({ name }) => name);
    const counts = (reference: Reference, find: FindParent): boolean => {
      const parent = find(reference.parent);
      const ids =
        parent === undefined ? false : reference.parentColumns.some((name) => parent.surrogate.includes(name) || isTranslated(parent.table, name, find));
      return ids && reference.columns.some((name) => written.includes(name)) && settings[tableId(reference.parent)]?.ids !== 'preserve';
    };
    const lacking = (some: Table, others: Table, find: FindParent): readonly Reference[] =>
      some.references.filter((reference) => counts(reference, find) && !others.references.some((other) => sameTarget(reference, other)));
    const id = tableId(found);
    return [
      ...lacking(table, found, before).map(
        (reference) =>
          `${id}: the target lacks the reference (${reference.columns.join(', ')}) -> ${tableId(reference.parent)}, so its ids cannot be translated; add it, or set ids: 'preserve' for ${tableId(reference.parent)}`,
      ),
      ...lacking(found, table, after).map(
        (reference) =>
          `${id}: the archive lacks the reference (${reference.columns.join(', ')}) -> ${tableId(reference.parent)} of the target, so its ids cannot be translated; set ids: 'preserve' for ${tableId(reference.parent)}, or exclude the column`,
      ),
    ];
  });
};

const sameTarget = (one: Reference, other: Reference): boolean => tableId(one.parent) === tableId(other.parent) && pairsOf(one) === pairsOf(other);
const pairsOf = ({ columns, parentColumns }: Reference): string =>
  columns
    .map((name, index) => `${name}\0${parentColumns[index]}`)
    .toSorted()
    .join('\0\0');
