import type { ModelDatabase, ModelRow, ModelTable } from './model.ts';

/** Random schemas and rows for the tests that hold the engine against a reference: the same seed gives the same tables. */
export type Random = { below(limit: number): number; chance(percent: number): boolean; pick<Item>(items: readonly Item[]): Item };
export const randomFrom = (seed: number): Random => {
  let state = (seed * 2654435761) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, chance: (percent) => below(100) < percent, pick: (items) => items[below(items.length)] as (typeof items)[number] };
};

export type Column = {
  readonly name: string;
  readonly parent?: string;
  readonly notNull: boolean;
  readonly isNumber?: true;
  readonly onDelete?: 'cascade' | 'set null';
};
export type Shape = ModelTable & {
  readonly columns: readonly Column[];
  readonly idType: 'serial' | 'identity' | 'uuid';
  /** Columns that follow the others and make no row differ by themselves. */
  readonly passive?: readonly string[];
};
/** `merging`: more cells to a row, junctions, and foreign keys with actions. */
type Richness = 'importing' | 'merging';

/** Keys refer upwards only; other references go anywhere, to the table itself and in rings too, and then they may be NULL. */
export const makeSchema = (random: Random, richness: Richness = 'importing'): readonly Shape[] => {
  const isRich = richness === 'merging';
  const names = Array.from({ length: 2 + random.below(4) }, (_, position) => `t${position}`);
  const kinds = names.map((_, position) => (position > 0 && random.chance(15) ? 'image' : random.chance(15) ? 'origin' : 'natural') as ModelTable['kind']);
  return names.map((name, position): Shape => {
    const kind = kinds[position] ?? 'natural';
    const named = names.filter((_, other) => other < position && kinds[other] === 'natural');
    const parents = names.filter((_, other) => kinds[other] !== 'image');
    const keyParent = kind === 'natural' && named.length > 0 && random.chance(45) ? random.pick(named) : undefined;
    const columns: Column[] = [];
    if (keyParent !== undefined) columns.push({ name: 'key_ref', parent: keyParent, notNull: true });
    const isJunction = isRich && keyParent !== undefined && random.chance(40);
    if (isJunction) columns.push({ name: 'key_ref2', parent: random.pick(named), notNull: true });
    if (kind === 'natural' && !isJunction && (keyParent === undefined || random.chance(70))) columns.push({ name: 'code', notNull: true });
    const key = columns.map((column) => column.name);
    const references = parents.length === 0 ? 0 : random.below(3);
    for (let number = 0; number < references; number += 1) {
      const parent = random.pick(parents);
      const isUpward = names.indexOf(parent) < position;
      const notNull = isUpward && random.chance(40);
      const action = isRich ? random.pick(['cascade', 'set null', undefined] as const) : undefined;
      columns.push({ name: `ref${number}`, parent, notNull, ...(action === undefined || (action === 'set null' && notNull) ? {} : { onDelete: action }) });
    }
    columns.push({ name: 'v', notNull: false });
    if (isRich && random.chance(70)) columns.push({ name: 'w', notNull: false }, { name: 'n', notNull: true, isNumber: true });
    return {
      name,
      kind,
      key,
      columns,
      strict: random.chance(30),
      idType: random.pick(['serial', 'identity', 'uuid'] as const),
      references: columns.flatMap((column) => (column.parent === undefined ? [] : [{ column: column.name, parent: column.parent }])),
      values: columns.flatMap((column) => (column.parent === undefined ? [column.name] : [])),
    };
  });
};

const idDefinition = { serial: 'serial', identity: 'int generated always as identity', uuid: 'uuid default gen_random_uuid()' } as const;
export const sqlOf = (tables: readonly Shape[]): string =>
  [
    ...tables.map((table) => {
      const type = (column: Column): string => {
        const parent = tables.find(({ name }) => name === column.parent);
        if (column.isNumber === true) return 'int';
        return parent === undefined ? 'text' : idTypeOf(parent) === 'uuid' ? 'uuid' : 'int';
      };
      const id = table.kind === 'image' ? [] : [`id ${idDefinition[idTypeOf(table)]} primary key`];
      const columns = table.columns.map((column) => `${column.name} ${type(column)}${column.notNull ? ' not null' : ''}`);
      return `create table ${table.name} (${[...id, ...columns, ...(table.kind === 'natural' ? [`unique (${table.key.join(', ')})`] : [])].join(', ')})`;
    }),
    ...tables.flatMap((table) =>
      table.columns.flatMap(({ name, parent, onDelete }) =>
        parent === undefined
          ? []
          : [`alter table ${table.name} add foreign key (${name}) references ${parent}${onDelete === undefined ? '' : ` on delete ${onDelete}`} deferrable`],
      ),
    ),
  ].join(';\n');

/** A UUID alone is a key of its own: such tables are known by a sequence's number. */
export const idTypeOf = (table: Shape): Shape['idType'] => (table.kind === 'origin' && table.idType === 'uuid' ? 'serial' : table.idType);

export const makeRows = (random: Random, tables: readonly Shape[], side: number): ModelDatabase => {
  const counts = new Map(tables.map((table) => [table.name, random.chance(12) ? 0 : random.below(9)]));
  const shift = side === 0 || random.chance(30) ? 0 : random.below(30);
  const id = (table: Shape, number: number): string =>
    idTypeOf(table) === 'uuid' ? `${String(side).padStart(8, '0')}-0000-0000-0000-${String(number).padStart(12, '0')}` : String(number + shift);
  const database: Record<string, ModelRow[]> = {};
  for (const table of tables) {
    const taken = new Set<string>();
    const rows: ModelRow[] = [];
    for (let number = 1; number <= (counts.get(table.name) ?? 0); number += 1) {
      const row: Record<string, string | null> = table.kind === 'image' ? {} : { id: id(table, number) };
      for (const column of table.columns) row[column.name] = cell(random, column, { tables, database, counts, id });
      const key = JSON.stringify(table.key.map((name) => row[name]));
      const isBroken = table.columns.some((column) => column.notNull && row[column.name] === null);
      if (isBroken || (table.kind === 'natural' && taken.has(key))) counts.set(table.name, number - 1);
      if (isBroken || (table.kind === 'natural' && taken.has(key))) break;
      taken.add(key);
      rows.push(row);
    }
    database[table.name] = rows;
  }
  return database;
};

type Making = {
  readonly tables: readonly Shape[];
  readonly database: ModelDatabase;
  readonly counts: Map<string, number>;
  readonly id: (table: Shape, number: number) => string;
};
const cell = (random: Random, column: Column, { tables, database, id }: Making): string | null => {
  if (column.isNumber === true) return String(random.below(9));
  if (column.parent === undefined) return !column.notNull && random.chance(15) ? null : random.pick(['a', 'b', 'c', 'A', '', '\\N', 'x"y']);
  const parent = tables.find(({ name }) => name === column.parent);
  const present = database[column.parent]?.length ?? 0;
  if (parent === undefined || present === 0 || (!column.notNull && random.chance(25))) return null;
  return id(parent, 1 + random.below(present));
};

/** References to rows that come later, and rings: set once all rows are there. */
export const tieRings = (random: Random, tables: readonly Shape[], database: ModelDatabase): ModelDatabase =>
  Object.fromEntries(
    tables.map((table) => [
      table.name,
      (database[table.name] ?? []).map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => {
            const column = table.columns.find((candidate) => candidate.name === name);
            const parents = column?.parent === undefined ? [] : (database[column.parent] ?? []);
            if (column === undefined || table.key.includes(name) || parents.length === 0 || random.chance(50)) return [name, value];
            return [name, random.pick(parents)['id'] ?? null];
          }),
        ),
      ),
    ]),
  );

export const literal = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);
export const fill = (tables: readonly Shape[], database: ModelDatabase): string =>
  [
    'begin',
    'set constraints all deferred',
    ...tables.flatMap((table) =>
      (database[table.name] ?? []).map(
        (row) => `insert into ${table.name} (${Object.keys(row).join(', ')}) overriding system value values (${Object.values(row).map(literal).join(', ')})`,
      ),
    ),
    'commit',
  ].join(';\n');

/** What the tables hold now, ids included. */
export const readTables = async (
  inDatabase: (script: string) => Promise<readonly (readonly (string | null)[])[]>,
  tables: readonly Shape[],
): Promise<ModelDatabase> => {
  const database: Record<string, ModelRow[]> = {};
  for (const table of tables) {
    const names = [...(table.kind === 'image' ? [] : ['id']), ...table.columns.map(({ name }) => name)];
    const rows = await inDatabase(`select ${names.join(', ')} from ${table.name}`);
    database[table.name] = rows.map((row) => Object.fromEntries(names.map((name, position) => [name, row[position] ?? null])));
  }
  return database;
};
