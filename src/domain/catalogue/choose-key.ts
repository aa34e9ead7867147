import { Refusal } from '../refusal.ts';
import { tableId, type Catalogue, type QualifiedName, type Table, type UniqueIndex } from './catalogue.ts';
import type { Key, KeyedTable, TableSettings } from './key.ts';
import { barePrimaryKey, fedColumns, surrogatesOf, translatingReference, type FindParent } from './surrogates.ts';

/**
 * The columns by which a row is the same row in two databases (ENGINE-RULES 6). In this order:
 * 1. the configured key;
 * 2. a natural key: NOT NULL, immediate, full, valid, without an id that this table makes up itself (a surrogate).
 *    Fewest columns first, a column that holds a parent's id counting as that parent's key; then the lowest column numbers;
 * 3. a UUID, or a primary key of one integer that nothing feeds: the same value in both databases by intent;
 * 4. a surrogate: rows are known by their origin;
 * 5. nothing unique: rows are known by their image.
 * A key whose references lead back to its own table cannot be resolved and is passed over.
 */
export const chooseKeys = (catalogue: Pick<Catalogue, 'tables'>, settings: Readonly<Record<string, TableSettings>> = {}): readonly KeyedTable[] => {
  const byId = new Map(catalogue.tables.map((table) => [tableId(table), table]));
  refuseUnknownSettings(byId, settings);
  const ids = new Map(catalogue.tables.map((table) => [tableId(table), { table, surrogate: surrogatesOf(table, []) }]));
  const chosen = new Map<string, Key>();
  const underway = new Set<string>();
  const choose = (table: Table): Key | undefined => {
    const id = tableId(table);
    const known = chosen.get(id);
    if (known !== undefined || underway.has(id)) return known;
    underway.add(id);
    const key = keyOf(table, settings[id] ?? {}, { find: (name) => ids.get(tableId(name)), key: (name) => choose(byId.get(tableId(name)) ?? table) });
    underway.delete(id);
    chosen.set(id, key);
    return key;
  };
  return catalogue.tables.map((table) => ({ ...table, key: choose(table) ?? { kind: 'image' } }));
};

/** `key` gives nothing for a table whose key is being chosen right now: a key that needs it would go in a circle. */
type Parents = { readonly find: FindParent; key(name: QualifiedName): Key | undefined };

const keyOf = (table: Table, settings: TableSettings, parents: Parents): Key => {
  const whole = table.uniques.filter((unique) => isWhole(table, unique, settings));
  const candidates = whole.filter(({ immediate }) => immediate);
  if (settings.key !== undefined) return configured(table, settings.key, candidates);
  const [fed, bare] = [fedColumns(table), barePrimaryKey(table)];
  const isBare = ({ columns }: UniqueIndex): boolean => columns.length === 1 && columns[0] === bare;
  const natural = candidates.filter((unique) => !isBare(unique) && !unique.columns.some((name) => fed.includes(name)));
  const lasting = candidates
    .filter((unique) => isBare(unique) || isUuid(table, unique))
    .toSorted((a, b) => Number(isUuid(table, b)) - Number(isUuid(table, a)) || primaryFirst(a, b));
  const best = cheapest(table, natural, parents) ?? lasting[0];
  if (best !== undefined) return { kind: 'natural', columns: best.columns, surrogate: surrogatesOf(table, best.columns) };
  // Deferred uniqueness holds in every snapshot: enough to tell rows apart, too little to be a key.
  const [own] = whole
    .filter(({ columns }) => columns.some((name) => fed.includes(name)))
    .toSorted((a, b) => a.columns.length - b.columns.length || primaryFirst(a, b));
  if (own === undefined) return { kind: 'image' };
  return { kind: 'origin', surrogate: own.columns.filter((name) => fed.includes(name)), ...(own.columns.length === 1 ? {} : { columns: own.columns }) };
};

const configured = (table: Table, key: readonly string[], candidates: readonly UniqueIndex[]): Key => {
  if (!candidates.some(({ columns }) => sameColumns(columns, key))) {
    const choices = candidates.map(({ columns }) => `(${columns.join(', ')})`).join(', ');
    throw new Refusal(
      'KEY_NOT_UNIQUE',
      `The key (${key.join(', ')}) that is configured for ${tableId(table)} is not backed by a unique key that is NOT NULL, immediate and full. ${choices === '' ? 'The table has none: create one, or remove the setting.' : `Choose one of ${choices}, or create it.`}`,
      { table: tableId(table), key },
    );
  }
  return { kind: 'natural', columns: key, surrogate: surrogatesOf(table, key) };
};

/** Rows can be told apart by it: every row, no expression, the same equality as the columns themselves. */
const isWhole = (table: Table, unique: UniqueIndex, settings: TableSettings): boolean =>
  unique.valid &&
  unique.expressions === undefined &&
  unique.predicate === undefined &&
  unique.columns.length > 0 &&
  unique.columns.every((name, part) => {
    const found = table.columns.find((column) => column.name === name);
    const equality = unique.equality[part];
    if (found?.equality === undefined || equality === undefined || tableId(found.equality) !== tableId(equality)) return false;
    return found.notNull && found.notNullNotValid === undefined && found.generated === undefined && !(settings.exclude ?? []).includes(name);
  });

/** A unique, full key over exactly these columns, in any order; immediate where a key is meant and not an origin. */
export const hasKey = (table: Table, columns: readonly string[], kind: 'natural' | 'origin' = 'natural'): boolean =>
  table.uniques.some((unique) => (unique.immediate || kind === 'origin') && isWhole(table, unique, {}) && sameColumns(unique.columns, columns));

const sameColumns = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && new Set(others).size === others.length && some.every((name) => others.includes(name));
const primaryFirst = (a: UniqueIndex, b: UniqueIndex): number => Number(b.primary) - Number(a.primary) || (a.name < b.name ? -1 : 1);
const isUuid = (table: Table, { columns }: UniqueIndex): boolean =>
  columns.length === 1 && table.columns.some(({ name, baseType }) => name === columns[0] && baseType === 'uuid');

const cheapest = (table: Table, candidates: readonly UniqueIndex[], parents: Parents): UniqueIndex | undefined => {
  const attnum = (name: string): number => table.columns.find((column) => column.name === name)?.attnum ?? 0;
  const costed = candidates.flatMap((unique) => {
    const cost = costOf(table, unique.columns, parents);
    return cost === undefined ? [] : [{ unique, cost, attnums: unique.columns.map(attnum).toSorted((a, b) => a - b) }];
  });
  return costed.toSorted((a, b) => a.cost - b.cost || byNumbers(a.attnums, b.attnums) || primaryFirst(a.unique, b.unique))[0]?.unique;
};

const byNumbers = (a: readonly number[], b: readonly number[]): number => {
  for (const [index, number] of a.entries()) {
    const difference = number - (b[index] ?? Number.POSITIVE_INFINITY);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

/** Number of values that have to be compared; none when the key leads back to itself. */
const costOf = (table: Table, columns: readonly string[], parents: Parents): number | undefined => {
  const references = columns.map((name) => translatingReference(table, name, parents.find));
  let cost = references.filter((reference) => reference === undefined).length;
  for (const reference of new Set(references)) {
    if (reference === undefined) continue;
    const key = parents.key(reference.parent);
    if (key === undefined) return undefined;
    cost += key.kind === 'natural' ? key.columns.length : 1;
  }
  return cost;
};

const refuseUnknownSettings = (byId: ReadonlyMap<string, Table>, settings: Readonly<Record<string, TableSettings>>): void => {
  for (const [id, { key, exclude }] of Object.entries(settings)) {
    const table = byId.get(id);
    if (table === undefined)
      throw new Refusal(
        'TABLE_NOT_FOUND',
        `The settings name the table ${id}, which is not in the database or may not be read. Correct the name (schema.table), grant SELECT, or remove the setting.`,
        { table: id },
      );
    const missing = [...(key ?? []), ...(exclude ?? [])].find((name) => !table.columns.some((column) => column.name === name));
    if (missing !== undefined)
      throw new Refusal('COLUMN_NOT_FOUND', `The settings of ${id} name the column ${missing}, which the table does not have. Correct the name or remove it.`, {
        table: id,
        column: missing,
      });
  }
};
