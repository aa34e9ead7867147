import { tableId, type Catalogue, type Column, type Reference, type Table } from './catalogue.ts';
import { hasKey } from './choose-key.ts';
import type { Key, KeyedTable, TableSettings } from './key.ts';
import { isTranslated, parentsAmong, surrogatesOf, type FindParent } from './surrogates.ts';
import { fitOf } from './widening.ts';

/** A table as an archive has it: what the source's catalogue said, the source's key, and the names of the columns that travel (generated and excluded ones do not). */
export type ArchivedTable = { readonly table: Table; readonly key: Key; readonly carried: readonly string[] };

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
export type Definitions = { readonly archive: Pick<Catalogue, 'enums' | 'collations' | 'extensions'>; readonly target: Pick<Catalogue, 'enums' | 'collations' | 'extensions'> };

/** Holds the archive's catalogue against the target's before anything is staged (DESIGN 5). `settings` are the target's. */
export const compareCatalogues = (archive: readonly ArchivedTable[], target: readonly KeyedTable[], settings: Readonly<Record<string, TableSettings>> = {}, definitions: Definitions = { archive: {}, target: {} }): Comparison => {
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

const compareTables = (archived: ArchivedTable, target: KeyedTable, settings: TableSettings, definitions: Definitions): { readonly pair: TablePair; readonly mismatches: readonly string[] } => {
  const id = tableId(target);
  const excluded = settings.exclude ?? [];
  const mismatches: string[] = [];
  const notes: string[] = [];
  const columns = archived.carried.filter((name) => !excluded.includes(name)).flatMap((name): TablePair['columns'] => {
    const from = archived.table.columns.find((column) => column.name === name);
    if (from === undefined) return []; // a companion's leaf or an origin column: no column of the table
    const to = target.columns.find((column) => column.name === name);
    const problem = to === undefined ? 'the target has no such column' : to.generated === undefined ? undefined : 'the target computes it; exclude it in the settings of the table to leave it to the target';
    if (to === undefined || problem !== undefined) {
      mismatches.push(`${id}.${name}: ${problem}`);
      return [];
    }
    const key = archived.key.kind !== 'image' && (archived.key.kind === 'natural' ? archived.key.columns : archived.key.surrogate).includes(name);
    const fit = fitOf(from, to, { key, from: definitions.archive.enums ?? [], to: definitions.target.enums ?? [] });
    if (fit.fit === 'none') mismatches.push(`${id}.${name}: ${fit.reason}`);
    if (fit.fit === 'wider' && fit.note !== undefined) notes.push(`${id}.${name}: ${fit.note}`);
    if (key) {
      const { reasons, warnings } = compareEquality(from, to, definitions);
      mismatches.push(...reasons.map((reason) => `${id}.${name}: ${reason}`));
      notes.push(...warnings.map((warning) => `${id}.${name}: ${warning}`));
    }
    return [{ name, from, to, fit: fit.fit === 'wider' ? 'wider' : 'same' }];
  });
  const written = new Set(columns.map(({ name }) => name));
  const added = target.columns.filter(({ name }) => !written.has(name));
  mismatches.push(...added.filter((column) => isNeeded(column) && !archived.carried.includes(column.name)).map(({ name }) => `${id}.${name}: the target's column is NOT NULL without a default, and the archive has no values for it`));
  mismatches.push(...added.filter((column) => isNeeded(column) && excluded.includes(column.name)).map(({ name }) => `${id}.${name}: it is excluded in the settings, but NOT NULL without a default`));
  mismatches.push(...compareKeys(archived, target, settings));
  return { pair: { archive: archived, target: { ...target, key: keyInTarget(archived.key, target) }, columns, added, notes }, mismatches: [...new Set(mismatches)] };
};

const isNeeded = (column: Column): boolean => (column.notNull || column.domain?.notNull === true) && column.default === undefined && column.identity === undefined && column.generated === undefined;

const keyInTarget = (key: Key, target: Table): Key => (key.kind === 'natural' ? { ...key, surrogate: surrogatesOf(target, key.columns) } : key);

/** The key was chosen once, by the source (ENGINE-RULES 6); here it is verified. */
const compareKeys = ({ key }: ArchivedTable, target: KeyedTable, settings: TableSettings): readonly string[] => {
  const id = tableId(target);
  if (key.kind === 'image') return [];
  const columns = key.kind === 'natural' ? key.columns : (key.columns ?? key.surrogate);
  const reasons: string[] = [];
  if (settings.key !== undefined && [...settings.key].sort().join('\0') !== [...columns].sort().join('\0')) {
    reasons.push(`${id}: the archive's key is (${columns.join(', ')}), the target's settings say (${settings.key.join(', ')}); export again with the same key`);
  }
  const absent = columns.filter((name) => !target.columns.some((column) => column.name === name));
  if (absent.length > 0) reasons.push(`${id}: the target lacks the key column${absent.length > 1 ? 's' : ''} ${absent.join(', ')}`);
  else if (!hasKey(target, columns, key.kind)) reasons.push(`${id}: the archive's key (${columns.join(', ')}) is no key in the target: no unique, immediate, full key with NOT NULL columns is made of it`);
  return reasons;
};

/** Rule 29: what decides equality besides the type. Deterministic collations all call equal what has the same bytes. */
const compareEquality = (from: Column, to: Column, { archive, target }: Definitions): { readonly reasons: readonly string[]; readonly warnings: readonly string[] } => {
  const collation = (column: Column, side: Definitions['archive']) => (side.collations ?? []).find((each) => column.collation !== undefined && tableId(each) === tableId(column.collation));
  const [source, destination] = [collation(from, archive), collation(to, target)];
  const [byName, alsoByName] = [from.collation === undefined ? 'the default' : tableId(from.collation), to.collation === undefined ? 'the default' : tableId(to.collation)];
  const loose = source?.deterministic === false || destination?.deterministic === false;
  const differ = byName !== alsoByName || source?.provider !== destination?.provider || source?.locale !== destination?.locale || source?.deterministic !== destination?.deterministic;
  const version = (side: Definitions['archive']): string | undefined => side.extensions?.find(({ name }) => name === unqualified(to.baseType))?.version;
  const [theirs, ours] = [version(archive), version(target)];
  return {
    reasons: loose && differ ? [`its collation ${alsoByName} and the archive's ${byName} differ in what they call equal, and this is a key column`] : [],
    warnings: [
      ...(loose && !differ && source?.version !== destination?.version ? [`the collation ${byName} has version ${source?.version} in the archive and ${destination?.version} here: two keys may be equal on one side only`] : []),
      ...(theirs !== undefined && ours !== undefined && theirs !== ours ? [`the key's type comes from an extension of version ${theirs} in the archive and ${ours} here`] : []),
    ],
  };
};

const unqualified = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/**
 * An id means something only through its reference. A reference that one side has and the other lacks would leave the id
 * as it was, and so point at another row, unless the parent's ids are the same by setting.
 */
const compareReferences = (archive: readonly ArchivedTable[], pairs: readonly TablePair[], target: readonly KeyedTable[], settings: Readonly<Record<string, TableSettings>>): readonly string[] => {
  const paired = new Map(pairs.map((pair) => [tableId(pair.target), pair.target]));
  const after = parentsAmong(target.map((table) => paired.get(tableId(table)) ?? table));
  const among = parentsAmong(archive.map(({ table, key }) => ({ ...table, key })));
  const before: FindParent = (name) => among(name) ?? after(name);
  return pairs.flatMap(({ archive: { table }, target: found, columns }) => {
    const written = columns.map(({ name }) => name);
    const counts = (reference: Reference, find: FindParent): boolean => {
      const parent = find(reference.parent);
      const ids = parent === undefined ? false : reference.parentColumns.some((name) => parent.surrogate.includes(name) || isTranslated(parent.table, name, find));
      return ids && reference.columns.some((name) => written.includes(name)) && settings[tableId(reference.parent)]?.ids !== 'preserve';
    };
    const lacking = (some: Table, others: Table, find: FindParent): readonly Reference[] => some.references.filter((reference) => counts(reference, find) && !others.references.some((other) => sameTarget(reference, other)));
    const id = tableId(found);
    return [
      ...lacking(table, found, before).map((reference) => `${id}: the target lacks the reference (${reference.columns.join(', ')}) -> ${tableId(reference.parent)}, so its ids cannot be translated; add it, or set ids: 'preserve' for ${tableId(reference.parent)}`),
      ...lacking(found, table, after).map((reference) => `${id}: the archive lacks the reference (${reference.columns.join(', ')}) -> ${tableId(reference.parent)} of the target, so its ids cannot be translated; set ids: 'preserve' for ${tableId(reference.parent)}, or exclude the column`),
    ];
  });
};

const sameTarget = (one: Reference, other: Reference): boolean => tableId(one.parent) === tableId(other.parent) && pairsOf(one) === pairsOf(other);
const pairsOf = ({ columns, parentColumns }: Reference): string => columns.map((name, index) => `${name}\0${parentColumns[index]}`).toSorted().join('\0\0');
