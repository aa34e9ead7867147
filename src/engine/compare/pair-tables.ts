import { tableId, type Column, type Reference } from '../../domain/catalogue/catalogue.ts';
import { hasKey } from '../../domain/catalogue/choose-key.ts';
import type { Key, KeyedTable, TableSettings } from '../../domain/catalogue/key.ts';
import { surrogatesOf, translatingReference } from '../../domain/catalogue/surrogates.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { OriginMatch } from '../companion.sql.ts';
import { idReferences, namingOf, targetParent, targetPortable, type Naming } from '../portable.sql.ts';

/**
 * What of two databases can be held against each other, decided from their catalogues alone. Ids are others in each:
 * surrogates are left out, and a reference to one is compared as the name of the row it means. What cannot be compared is
 * put aside by name, never silently.
 */
export type ComparedSide = {
  readonly tables: readonly KeyedTable[];
  readonly settings: Readonly<Record<string, TableSettings>>;
  readonly origin: OriginMatch;
};

export type PairedTable = {
  /** `schema.table`. */
  readonly table: string;
  readonly a: KeyedTable;
  readonly b: KeyedTable;
  /** Rows are known by their key; else by their whole content, equal rows counted. */
  readonly isNamed: boolean;
  readonly cells: readonly ComparedCell[];
  /** Columns that are not compared. */
  readonly aside: readonly string[];
};

/** A column by its value, or a reference by the name of what it refers to. */
export type ComparedCell =
  | { readonly kind: 'value'; readonly name: string; /** Both are json or jsonb: compared by value. */ readonly isDocument: boolean }
  | { readonly kind: 'parent'; readonly name: string; readonly a: Reference; readonly b: Reference };

export type Paired = {
  readonly tables: readonly PairedTable[];
  /** Tables that only one side has. */
  readonly single: readonly { readonly table: KeyedTable; readonly side: 'a' | 'b' }[];
  readonly namings: { readonly a: Naming; readonly b: Naming };
  readonly notes: readonly string[];
};

export type PairOptions = {
  /** `table` or `schema.table`; absent: all. */
  readonly tables?: readonly string[];
  /** `column`, `table.column` or `schema.table.column`: not compared. */
  readonly aside: readonly string[];
  /** Databases whose own ids mean the same rows. */
  readonly family: readonly string[];
};

export const pairTables = (a: ComparedSide, b: ComparedSide, options: PairOptions): Paired => {
  const agreed = agreeOnKeys(a.tables, b.tables);
  const first = { a: namingOf({ tables: agreed.a, origin: a.origin }), b: namingOf({ tables: agreed.b, origin: b.origin }) };
  const parted = [...first.a.byId.keys()].filter((id) => !keysMeanTheSame(first, id));
  const nameless = new Set([...agreed.nameless, ...parted]);
  const namings = {
    a: namingOf({ tables: agreed.a, origin: a.origin, family: options.family, nameless }),
    b: namingOf({ tables: agreed.b, origin: b.origin, family: options.family, nameless }),
  };
  const chosen = selection([...new Set([...namings.a.byId.keys(), ...namings.b.byId.keys()])].toSorted(), options.tables);
  const notes = [...agreed.notes, ...parted.map((id) => `${id}: its key goes through a reference that only one side has`)];
  const tables = chosen.flatMap((id): PairedTable[] => {
    const pair = { a: namings.a.byId.get(id), b: namings.b.byId.get(id) };
    return pair.a === undefined || pair.b === undefined
      ? []
      : [describePair({ a: pair.a, b: pair.b }, namings, { options, settings: [a.settings, b.settings], notes })];
  });
  refuseUnknownColumns(tables, options.aside);
  const single = chosen.flatMap((id): Paired['single'] => {
    const [inA, inB] = [namings.a.byId.get(id), namings.b.byId.get(id)];
    if (inA !== undefined && inB === undefined) return [{ table: inA, side: 'a' }];
    return inB !== undefined && inA === undefined ? [{ table: inB, side: 'b' }] : [];
  });
  return { tables, single, namings, notes: notes.filter((note) => chosen.some((id) => note.startsWith(`${id}:`) || note.startsWith(`${id}.`))) };
};

type Both<Value> = { readonly a: Value; readonly b: Value };

const selection = (all: readonly string[], wanted: readonly string[] | undefined): readonly string[] => {
  if (wanted === undefined) return all;
  const found = wanted.map((name) => {
    const exact = all.find((id) => id === name);
    const [only, another] = all.filter((id) => id.endsWith(`.${name}`));
    const match = exact ?? (another === undefined ? only : undefined);
    if (match === undefined)
      throw new Refusal(
        another === undefined ? 'TABLE_NOT_FOUND' : 'TABLE_AMBIGUOUS',
        another === undefined
          ? `Neither database has a table ${name}. Name it as schema.table.`
          : `More than one table is called ${name}. Name its schema too.`,
        { table: name },
      );
    return match;
  });
  return [...new Set(found)];
};

type AgreedKeys = Both<readonly KeyedTable[]> & { readonly nameless: ReadonlySet<string>; readonly notes: readonly string[] };

/** The key of either side will do, if it is one on both. */
const agreeOnKeys = (as: readonly KeyedTable[], bs: readonly KeyedTable[]): AgreedKeys => {
  const others = new Map(bs.map((table) => [tableId(table), table]));
  const keys = new Map<string, Both<Key>>();
  const nameless = new Set<string>();
  const notes: string[] = [];
  for (const a of as) {
    const id = tableId(a);
    const b = others.get(id);
    if (b === undefined) continue;
    const common = commonKey(a, b);
    if (common !== undefined) keys.set(id, common);
    else {
      nameless.add(id);
      notes.push(
        a.key.kind === 'image' && b.key.kind === 'image'
          ? `${id}: it has no key, so its rows are compared by their whole content`
          : `${id}: the two sides know its rows by different keys, so they are compared by their whole content; configure one key on both`,
      );
    }
  }
  const keyed = (tables: readonly KeyedTable[], side: 'a' | 'b'): readonly KeyedTable[] =>
    tables.map((table) => ({ ...table, key: keys.get(tableId(table))?.[side] ?? table.key }));
  return { a: keyed(as, 'a'), b: keyed(bs, 'b'), nameless, notes };
};

const keyColumns = (key: Key): readonly string[] => (key.kind === 'image' ? [] : key.kind === 'natural' ? key.columns : (key.columns ?? key.surrogate));

const commonKey = (a: KeyedTable, b: KeyedTable): Both<Key> | undefined => {
  if (a.key.kind === 'image' && b.key.kind === 'image') return undefined;
  if (a.key.kind === b.key.kind && keyColumns(a.key).join('\0') === keyColumns(b.key).join('\0')) return { a: a.key, b: b.key };
  for (const { key } of [a, b]) {
    if (key.kind !== 'natural' || !hasKey(a, key.columns) || !hasKey(b, key.columns)) continue;
    const { columns } = key;
    return {
      a: { kind: 'natural', columns, surrogate: surrogatesOf(a, columns) },
      b: { kind: 'natural', columns, surrogate: surrogatesOf(b, columns) },
    };
  }
  return undefined;
};

const signature = (reference: Reference): string =>
  JSON.stringify([
    tableId(reference.parent),
    reference.columns.map((name, at) => JSON.stringify([name, reference.parentColumns[at]])).toSorted((a, b) => (a < b ? -1 : 1)),
  ]);

/** A key column holds an id on both sides or on neither, and then of the same parent. */
const keysMeanTheSame = (namings: Both<Naming>, id: string): boolean => {
  const [a, b] = [namings.a.byId.get(id), namings.b.byId.get(id)];
  if (a === undefined || b === undefined || a.key.kind !== 'natural') return true;
  return a.key.columns.every((name) => {
    const [mine, theirs] = [translatingReference(a, name, namings.a.find), translatingReference(b, name, namings.b.find)];
    return (mine === undefined ? '' : signature(mine)) === (theirs === undefined ? '' : signature(theirs));
  });
};

type Circumstances = {
  readonly options: PairOptions;
  readonly settings: readonly Readonly<Record<string, TableSettings>>[];
  readonly notes: string[];
};

const isFlagged = (table: KeyedTable, name: string, aside: readonly string[]): boolean =>
  aside.includes(name) || aside.includes(`${table.name}.${name}`) || aside.includes(`${tableId(table)}.${name}`);

const isDocument = ({ baseType }: Column): boolean => baseType === 'json' || baseType === 'jsonb';

const describePair = (pair: Both<KeyedTable>, namings: Both<Naming>, { options, settings, notes }: Circumstances): PairedTable => {
  const { a, b } = pair;
  const id = tableId(a);
  const isNamed = isSameShape(targetPortable(namings.a, a, 't'), targetPortable(namings.b, b, 't'));
  const key = isNamed && a.key.kind === 'natural' ? a.key.columns : [];
  const ids = new Set([a, b].flatMap(({ key: own }) => (own.kind === 'image' ? [] : [...own.surrogate])));
  const excluded = new Set(settings.flatMap((each) => each[id]?.exclude ?? []));
  const isOut = (name: string): boolean => !key.includes(name) && (ids.has(name) || excluded.has(name) || isFlagged(a, name, options.aside));
  const shared = a.columns.filter(
    (column) => column.generated === undefined && b.columns.some((other) => other.name === column.name && other.generated === undefined),
  );
  const compared = shared.filter(({ name }) => !isOut(name)).map(({ name }) => name);
  const parents = parentCells(pair, namings, new Set(compared));
  const covered = new Set(parents.flatMap(({ a: reference }) => [...reference.columns]));
  const holdsId = (name: string): boolean =>
    translatingReference(a, name, namings.a.find) !== undefined || translatingReference(b, name, namings.b.find) !== undefined;
  const values = compared.filter((name) => !holdsId(name) && !key.includes(name));
  const lost = compared.filter((name) => holdsId(name) && !covered.has(name) && !key.includes(name));
  notes.push(...lost.map((name) => `${id}.${name}: it holds an id, and what that id means cannot be named on both sides; it is not compared`));
  const unheard = key.filter((name) => isFlagged(a, name, options.aside));
  notes.push(...unheard.map((name) => `${id}.${name}: it is part of the key, by which rows are found; it is compared all the same`));
  const onlyOne = [...a.columns, ...b.columns].filter(({ name }) => !a.columns.some((one) => one.name === name) || !b.columns.some((one) => one.name === name));
  notes.push(...onlyOne.map(({ name }) => `${id}.${name}: only one side has this column; it is not compared`));
  return {
    table: id,
    a,
    b,
    isNamed,
    cells: [
      ...values.map((name): ComparedCell => ({
        kind: 'value',
        name,
        isDocument: [a, b].every((table) => table.columns.some((column) => column.name === name && isDocument(column))),
      })),
      ...parents.filter(({ a: reference }) => !reference.columns.every((name) => key.includes(name))),
    ],
    aside: [...shared.filter(({ name }) => isOut(name)).map(({ name }) => name), ...lost, ...onlyOne.map(({ name }) => name)],
  };
};

type Shape = { readonly leaves: readonly unknown[] } | undefined;
const isSameShape = (a: Shape, b: Shape): boolean => a !== undefined && b !== undefined && a.leaves.length === b.leaves.length;

/** References to ids that both sides have and can name. */
const parentCells = ({ a, b }: Both<KeyedTable>, namings: Both<Naming>, compared: ReadonlySet<string>): readonly (ComparedCell & { kind: 'parent' })[] => {
  const theirs = idReferences(namings.b, b);
  return idReferences(namings.a, a).flatMap((mine) => {
    const other = theirs.find((reference) => signature(reference) === signature(mine));
    if (other === undefined || !mine.columns.every((name) => compared.has(name))) return [];
    if (!isSameShape(targetParent(namings.a, mine, 't'), targetParent(namings.b, other, 't'))) return [];
    return [{ kind: 'parent' as const, name: mine.columns.join(', '), a: mine, b: other }];
  });
};

/** A name that is nowhere is a slip of the pen, and the difference it was meant to hide would be found. */
const refuseUnknownColumns = (tables: readonly PairedTable[], aside: readonly string[]): void => {
  const unknown = aside.filter(
    (name) => !tables.some(({ a, b }) => [a, b].some((table) => table.columns.some((column) => isFlagged(table, column.name, [name])))),
  );
  if (unknown.length > 0)
    throw new Refusal('COLUMN_NOT_FOUND', `No compared table has the column ${unknown.join(', ')}. Write column, table.column or schema.table.column.`, {
      columns: unknown,
    });
};
