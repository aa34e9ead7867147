import { createHash } from 'node:crypto';
import { tableId, type QualifiedName, type Reference } from '../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../domain/catalogue/key.ts';
import { parentsAmong, translatingReference, type FindParent } from '../domain/catalogue/surrogates.ts';
import { and, comma, relation, sql, typeName, type Statement } from '../infra/postgres/sql.ts';
import type { OriginMatch } from './companion.sql.ts';
import { columnOf, isStaged, type Load, type LoadReference } from './load.ts';
import { equals, plainEquality } from './rows.sql.ts';
import { temporary } from './temporary.ts';

/**
 * A row's name that is the same in every database (ENGINE-RULES 9): the columns of its key, where a column that holds a
 * parent's id gives way to the parent's own name; for rows known by their origin the database and the key they have
 * there. One tree of leaves, decided from the target's catalogue, is read from staged rows and from the target's rows:
 * same leaves, same order, same types. No name can be made of a table without a key, nor through a companion that names
 * its parent by another key than the target's: then the answer is `undefined`, never a name that means another row.
 */
export type PortableLeaf = {
  readonly value: Statement;
  /** As `format_type` prints it. */
  readonly type: string;
  readonly equality: QualifiedName;
};

export type Portable = {
  /** Left joins that follow the from item, each on a new line; a parent that is not found gives NULL leaves. */
  readonly joins: Statement;
  readonly leaves: readonly PortableLeaf[];
};

/** What names are made from; one for all tables of a run. */
export type Naming = {
  readonly byId: ReadonlyMap<string, KeyedTable>;
  readonly find: FindParent;
  readonly origin: OriginMatch;
  readonly loads: readonly Load[];
  /** Databases whose own ids mean the same rows: copies of each other. */
  readonly family: readonly string[];
  /** Tables whose rows shall have no name, though they have a key. */
  readonly nameless: ReadonlySet<string>;
};

/** `tables` are all of the target; those in the archive count with the archive's key, as their loads have it. */
export const namingOf = (from: Pick<Naming, 'origin'> & Partial<Naming> & { readonly tables: readonly KeyedTable[] }): Naming => {
  const loads = from.loads ?? [];
  const byId = new Map([...from.tables, ...loads.map(({ target }) => target)].map((table) => [tableId(table), table]));
  const find = parentsAmong([...byId.values()]);
  return { byId, find, origin: from.origin, loads, family: from.family ?? [], nameless: from.nameless ?? new Set() };
};

/** References whose cells are ids and so mean nothing elsewhere. */
export const idReferences = (naming: Naming, table: KeyedTable): readonly Reference[] =>
  table.references.filter((reference) => {
    const parent = naming.byId.get(tableId(reference.parent));
    const surrogate = parent === undefined || parent.key.kind === 'image' ? [] : parent.key.surrogate;
    return (
      parent !== undefined && reference.parentColumns.some((name) => surrogate.includes(name) || translatingReference(parent, name, naming.find) !== undefined)
    );
  });

/** One leaf its text, several the text of their array; NULL where the parent was not found. */
export const nameOf = (leaves: readonly PortableLeaf[]): Statement => {
  const texts = leaves.map(({ value }) => sql`${value}::pg_catalog.text`);
  const [first] = leaves;
  if (first === undefined || texts.length === 1) return texts[0] ?? sql`null::pg_catalog.text`;
  return sql`case when ${first.value} is not null then array[${comma(texts)}]::pg_catalog.text end`;
};

/** The row that `alias` stands for in a statement over the staged rows of `load`. A parent that comes twice in the archive would double its children: validate has said so before. */
export const stagedPortable = (naming: Naming, load: Load, alias: string): Portable | undefined =>
  finished(stagedLeaves(naming, load, { alias, root: alias, way: ['key'], isJoined: false, above: [] }));

export const targetPortable = (naming: Naming, table: KeyedTable, alias: string): Portable | undefined =>
  finished(targetLeaves(naming, current(naming, table), { alias, root: alias, way: ['key'], isJoined: false, above: [] }));

/** The parent that a staged row refers to. */
export const stagedParent = (naming: Naming, load: Load, reference: Reference, alias: string): Portable | undefined =>
  finished(stagedStep(naming, load, reference, { alias, root: alias, way: ['parent'], isJoined: false, above: [] }));

/** The parent that a row of the target refers to. */
export const targetParent = (naming: Naming, reference: Reference, alias: string): Portable | undefined =>
  finished(targetStep(naming, reference, { alias, root: alias, way: ['parent'], isJoined: false, above: [] }));

/** Where in a statement a row stands: the alias, and the foreign keys that led there from the root. */
type Place = {
  readonly alias: string;
  readonly root: string;
  readonly way: readonly string[];
  /** Left joined: all of its columns may be NULL. */
  readonly isJoined: boolean;
  /** Tables on the way; a key that leads back to one of them names nothing. */
  readonly above: readonly string[];
};

type Found = { readonly joins: readonly Statement[]; readonly leaves: readonly PortableLeaf[] };

const finished = (found: Found | undefined): Portable | undefined =>
  found === undefined
    ? undefined
    : {
        joins: found.joins.length === 0 ? sql`` : sql`\n${sql.join([...found.joins], sql`\n`)}`,
        leaves: found.leaves,
      };

const current = (naming: Naming, table: KeyedTable): KeyedTable => naming.byId.get(tableId(table)) ?? table;

const combined = (parts: readonly (Found | undefined)[]): Found | undefined => {
  const known = parts.filter((part) => part !== undefined);
  return known.length < parts.length ? undefined : { joins: known.flatMap(({ joins }) => joins), leaves: known.flatMap(({ leaves }) => leaves) };
};

const textLeaf = (value: Statement): PortableLeaf => ({ value, type: 'text', equality: plainEquality });

const leafOf = (table: KeyedTable, name: string, value: Statement): PortableLeaf => {
  const { type, equality } = columnOf(table, name);
  return { value, type, equality: equality ?? plainEquality };
};

const originColumns = ({ key }: KeyedTable): readonly string[] => (key.kind === 'origin' ? (key.columns ?? key.surrogate) : []);

/** A natural key's columns in order; those that hold a parent's id as their reference, once. */
const partsOf = (naming: Naming, table: KeyedTable): readonly (string | Reference)[] =>
  table.key.kind === 'natural' ? [...new Set(table.key.columns.map((name) => translatingReference(table, name, naming.find) ?? name))] : [];

/** Readable as long as it is unambiguous and PostgreSQL would not cut it. */
const stepped = (place: Place, step: string): Place => {
  const way = [...place.way, step];
  const readable = `${place.root}.${way.join('.')}`;
  const isPlain = Buffer.byteLength(readable) <= 63 && way.every((name) => !name.includes('.'));
  const alias = isPlain
    ? readable
    : `${Buffer.byteLength(place.root) <= 30 ? place.root : ''}.${createHash('md5')
        .update(JSON.stringify([place.root, way]))
        .digest('hex')}`;
  return { ...place, alias, way, isJoined: true };
};

const enter = (place: Place, table: KeyedTable): Place | undefined =>
  place.above.includes(tableId(table)) ? undefined : { ...place, above: [...place.above, tableId(table)] };

const matched = (reference: Reference, parent: (column: string) => Statement, child: (column: string) => Statement): Statement =>
  and(reference.columns.map((name, at) => equals(parent(reference.parentColumns[at] ?? ''), child(name), reference.equality[at])));

/* The target's rows. */

const targetLeaves = (naming: Naming, table: KeyedTable, place: Place): Found | undefined => {
  const inside = enter(place, table);
  if (inside === undefined || table.key.kind === 'image' || naming.nameless.has(tableId(table))) return undefined;
  const own = (name: string): Statement => sql.id(place.alias, name);
  if (table.key.kind === 'origin') return targetOrigin(naming, table, { place, key: originColumns(table).map(own) });
  return combined(
    partsOf(naming, table).map((part) =>
      typeof part === 'string' ? { joins: [], leaves: [leafOf(table, part, own(part))] } : targetStep(naming, part, inside),
    ),
  );
};

/** `child`: the columns of the row that refers, where it is not the target's own. */
const targetStep = (naming: Naming, reference: Reference, place: Place, child = (name: string): Statement => sql.id(place.alias, name)): Found | undefined => {
  const parent = naming.byId.get(tableId(reference.parent));
  if (parent === undefined) return undefined;
  const at = stepped(place, reference.name);
  const above = targetLeaves(naming, parent, at);
  if (above === undefined) return undefined;
  const rows = parent.kind === 'partitioned' ? relation(parent) : sql`only ${relation(parent)}`;
  const on = matched(reference, (name) => sql.id(at.alias, name), child);
  return { joins: [sql`left join ${rows} as ${sql.id(at.alias)} on ${on}`, ...above.joins], leaves: above.leaves };
};

/** Rows that came from elsewhere have the name they have there; the others are this database's own (ENGINE-RULES 7). */
const targetOrigin = ({ origin, family }: Naming, table: KeyedTable, { place, key }: { readonly place: Place; readonly key: readonly Statement[] }): Found => {
  const own = sql`array[${comma(key.map((value) => sql`${value}::pg_catalog.text`))}]`;
  const ownId = origin.ownDatabaseId ?? '';
  const database = sql.lit(family.includes(ownId) ? '' : ownId);
  const known = (recorded: Statement): Statement =>
    family.length === 0
      ? recorded
      : sql`case when ${recorded} operator(pg_catalog.<>) all (array[${comma(family.map((id) => sql.lit(id)))}]) then ${recorded} end`;
  const guarded = (value: Statement): Statement => (place.isJoined ? sql`case when ${key[0] ?? sql`null`} is not null then ${value} end` : value);
  if (origin.provenance === undefined) return { joins: [], leaves: [textLeaf(guarded(database)), textLeaf(guarded(sql`${own}::pg_catalog.text`))] };
  const at = stepped(place, 'origin');
  const origins = sql`(select distinct on (v.key) v.key, v.origin_database, v.origin_key from ${relation(origin.provenance)} as v
  where v.table_schema operator(pg_catalog.=) ${sql.lit(table.schema)} and v.table_name operator(pg_catalog.=) ${sql.lit(table.name)}
  order by v.key, v.origin_database, v.origin_key)`;
  return {
    joins: [sql`left join ${origins} as ${sql.id(at.alias)} on ${sql.id(at.alias, 'key')} operator(pg_catalog.=) ${own}`],
    leaves: [
      textLeaf(guarded(sql`coalesce(${known(sql.id(at.alias, 'origin_database'))}, ${database})`)),
      textLeaf(guarded(sql`coalesce(${sql.id(at.alias, 'origin_key')}, ${own})::pg_catalog.text`)),
    ],
  };
};

/* Staged rows. */

const cell = (load: Load, name: string, alias: string): Statement => {
  const castTo = load.staged.find((column) => column.name === name)?.castTo;
  return castTo === undefined ? sql.id(alias, name) : sql`${sql.id(alias, name)}::${typeName(castTo)}`;
};

const stagedLeaves = (naming: Naming, load: Load, place: Place): Found | undefined => {
  const inside = enter(place, load.target);
  if (inside === undefined) return undefined;
  if (load.key.kind === 'origin' && load.origin !== undefined) {
    const { database, key } = load.origin;
    return { joins: [], leaves: [textLeaf(sql.id(place.alias, database)), textLeaf(sql`${sql.id(place.alias, key)}::pg_catalog.text`)] };
  }
  if (load.key.kind !== 'natural') return undefined;
  return combined(
    partsOf(naming, load.target).map((part) => {
      if (typeof part !== 'string') return stagedStep(naming, load, part, inside);
      return isStaged(load, part) ? { joins: [], leaves: [leafOf(load.target, part, cell(load, part, place.alias))] } : undefined;
    }),
  );
};

const stagedStep = (naming: Naming, load: Load, reference: Reference, place: Place): Found | undefined => {
  const found = load.references.find((candidate) => candidate.reference.name === reference.name);
  if (found === undefined) return undefined;
  if (found.companion !== undefined) return companionLeaves(naming, found, stepped(place, reference.name), place.alias);
  const parent = naming.loads.find(({ index }) => index === found.parentIndex);
  if (parent === undefined && load.ownIds === true) return targetStep(naming, reference, place, (name) => cell(load, name, place.alias));
  if (parent === undefined || !reference.parentColumns.every((name) => isStaged(parent, name))) return undefined;
  const at = stepped(place, reference.name);
  const above = stagedLeaves(naming, parent, at);
  if (above === undefined) return undefined;
  const on = matched(
    reference,
    (name) => cell(parent, name, at.alias),
    (name) => cell(load, name, place.alias),
  );
  return { joins: [sql`left join ${temporary('stage', parent.index)} as ${sql.id(at.alias)} on ${on}`, ...above.joins], leaves: above.leaves };
};

/** The companion's columns in the order of the parent's key as the target has it. */
const companionLeaves = (naming: Naming, { companion, parent }: LoadReference, place: Place, alias: string): Found | undefined => {
  if (companion === undefined || parent === undefined) return undefined;
  const spots = spotsOf(naming, current(naming, parent), { path: [], above: [] });
  if (spots === undefined) return undefined;
  const named = spots.flatMap((spot) => spot.columns.map((column) => ({ spot, column })));
  if (named.length !== companion.leaves.length) return undefined;
  return combined(
    spots.map((spot) => {
      const leaves = spot.columns.flatMap(
        (column) => companion.leaves.find((leaf) => leaf.column === column && leaf.path.join('\0') === spot.path.join('\0')) ?? [],
      );
      const values = leaves.map(({ name }) => sql.id(alias, name));
      const [first] = values;
      if (first === undefined || values.length < spot.columns.length) return undefined;
      if (spot.table.key.kind !== 'origin') return { joins: [], leaves: spot.columns.map((column, at) => leafOf(spot.table, column, values[at] ?? first)) };
      return companionOrigin(naming, spot, { ...place, way: [...place.way, ...spot.path] }, values);
    }),
  );
};

/** A companion carries the id in the source. In the source itself, coming home, the row may have an older origin. */
const companionOrigin = (naming: Naming, { table }: Spot, place: Place, key: readonly Statement[]): Found => {
  const { origin } = naming;
  const isHome = origin.ownDatabaseId === origin.sourceDatabaseId;
  const source: OriginMatch = { ...origin, ownDatabaseId: origin.sourceDatabaseId, provenance: isHome ? origin.provenance : undefined };
  return targetOrigin({ ...naming, origin: source }, table, { place, key });
};

/** The ends of a key: columns of one table, reached by foreign keys; an origin's columns belong together. */
type Spot = { readonly table: KeyedTable; readonly path: readonly string[]; readonly columns: readonly string[] };

const spotsOf = (
  naming: Naming,
  table: KeyedTable,
  { path, above }: { readonly path: readonly string[]; readonly above: readonly string[] },
): readonly Spot[] | undefined => {
  if (table.key.kind === 'image' || above.includes(tableId(table))) return undefined;
  if (table.key.kind === 'origin') return [{ table, path, columns: originColumns(table) }];
  const spots = partsOf(naming, table).map((part) => {
    if (typeof part === 'string') return [{ table, path, columns: [part] }];
    const parent = naming.byId.get(tableId(part.parent));
    return parent === undefined ? undefined : spotsOf(naming, parent, { path: [...path, part.name], above: [...above, tableId(table)] });
  });
  const known = spots.filter((spot) => spot !== undefined);
  return known.length < spots.length ? undefined : known.flat();
};
