/**
 * The engine, row by row and without SQL: small enough to be right by reading. Tables hold rows of text; a reference holds
 * the id of its parent's row. Import mode with REJECT_ROWS: rows that the target lacks go in, the others stay; new rows that
 * a table's CHECK refuses stay out, with every new row that leads to one.
 */
export type ModelTable = {
  readonly name: string;
  /** `natural`: the key's columns; `origin`: rows are known by where they came from; `image`: by everything they hold. */
  readonly kind: 'natural' | 'origin' | 'image';
  readonly key: readonly string[];
  readonly references: readonly { readonly column: string; readonly parent: string }[];
  /** Columns besides the id and the references. */
  readonly values: readonly string[];
  /** A CHECK refuses the value c in the column v. */
  readonly strict: boolean;
};

export type ModelRow = Readonly<Record<string, string | null>>;
export type ModelDatabase = Readonly<Record<string, readonly ModelRow[]>>;
type Counts = { insert: number; same: number; keep: number; blocked: number };
export type ModelCounts = Readonly<Record<string, Counts>>;

type Merge = { readonly tables: readonly ModelTable[]; readonly source: ModelDatabase; readonly target: ModelDatabase };

const tableOf = (tables: readonly ModelTable[], name: string): ModelTable => {
  const found = tables.find((table) => table.name === name);
  if (found === undefined) throw new Error(`No table ${name}`);
  return found;
};

const rowById = (database: ModelDatabase, table: string, id: string): ModelRow => {
  const found = database[table]?.find((row) => row['id'] === id);
  if (found === undefined) throw new Error(`${table} has no row ${id}`);
  return found;
};

/** What a row is called, whatever the ids: its key, a referencing column counting as its parent's key. Rows known by origin or image have no such name. */
const nameOf = (tables: readonly ModelTable[], database: ModelDatabase, table: ModelTable, row: ModelRow): string | undefined => {
  if (table.kind !== 'natural') return undefined;
  const parts = table.key.map((column) => {
    const reference = table.references.find((candidate) => candidate.column === column);
    const value = row[column] ?? null;
    if (reference === undefined || value === null) return value;
    const parent = tableOf(tables, reference.parent);
    return nameOf(tables, database, parent, rowById(database, parent.name, value)) ?? `${parent.name} without a name`;
  });
  return JSON.stringify(parts);
};

/** Where each source row lives in the target: an id there, or `new <id>` for one that goes in. */
type Homes = Map<string, string>;
const homeKey = (table: string, id: string | null | undefined): string => `${table} ${id ?? ''}`;

const findHomes = ({ tables, source, target }: Merge): Homes => {
  const homes: Homes = new Map();
  for (const table of tables) {
    const there = new Map(
      (target[table.name] ?? []).flatMap((row) => {
        const name = nameOf(tables, target, table, row);
        return name === undefined ? [] : [[name, row['id'] ?? ''] as const];
      }),
    );
    for (const row of source[table.name] ?? []) {
      const name = nameOf(tables, source, table, row);
      const id = row['id'];
      if (table.kind === 'image') continue;
      homes.set(homeKey(table.name, id), (name === undefined ? undefined : there.get(name)) ?? `new ${id}`);
    }
  }
  return homes;
};

/** A source row as the target would hold it: references point to where their parents live. */
const translated = (table: ModelTable, row: ModelRow, homes: Homes): ModelRow =>
  Object.fromEntries([
    ...table.values.map((column) => [column, row[column] ?? null] as const),
    ...table.references.map(({ column, parent }) => {
      const value = row[column] ?? null;
      return [column, value === null ? null : (homes.get(homeKey(parent, value)) ?? '?')] as const;
    }),
  ]);

const image = (table: ModelTable, row: ModelRow): string =>
  JSON.stringify([...table.values, ...table.references.map(({ column }) => column)].map((column) => row[column] ?? null));

/** New rows that stay out: refused, or leading to one that is, however far. */
const findBlocked = ({ tables, source }: Merge, homes: Homes): ((table: ModelTable, row: ModelRow) => boolean) => {
  const blocked = new Set<string>();
  const isBlocked = (table: ModelTable, row: ModelRow): boolean =>
    (table.strict && row['v'] === 'c') || table.references.some(({ column, parent }) => blocked.has(homeKey(parent, row[column])));
  for (let before = -1; before !== blocked.size;) {
    before = blocked.size;
    for (const table of tables)
      for (const row of source[table.name] ?? []) {
        const key = homeKey(table.name, row['id']);
        if (homes.get(key)?.startsWith('new ') === true && isBlocked(table, row)) blocked.add(key);
      }
  }
  return isBlocked;
};

export const importRows = (merge: Merge): { readonly counts: ModelCounts; readonly rows: Readonly<Record<string, readonly string[]>> } => {
  const { tables, source, target } = merge;
  const homes = findHomes(merge);
  const isBlocked = findBlocked(merge, homes);
  const counts: Record<string, Counts> = {};
  const result: Record<string, ModelRow[]> = {};
  for (const table of tables) {
    const count = { insert: 0, same: 0, keep: 0, blocked: 0 };
    const present = [...(target[table.name] ?? [])];
    const rows = [...present];
    const left = present.map((row) => image(table, row));
    for (const row of source[table.name] ?? []) {
      const incoming = translated(table, row, homes);
      const home = homes.get(homeKey(table.name, row['id']));
      if (table.kind === 'image') {
        const at = left.indexOf(image(table, incoming));
        if (at >= 0) left.splice(at, 1);
        if (at < 0 && !isBlocked(table, row)) rows.push(incoming);
        count[at >= 0 ? 'same' : isBlocked(table, row) ? 'blocked' : 'insert'] += 1;
      } else if (home === undefined || home.startsWith('new ')) {
        if (!isBlocked(table, row)) rows.push({ ...incoming, id: home ?? '' });
        count[isBlocked(table, row) ? 'blocked' : 'insert'] += 1;
      } else {
        count[image(table, rowById(target, table.name, home)) === image(table, incoming) ? 'same' : 'keep'] += 1;
      }
    }
    counts[table.name] = count;
    result[table.name] = rows;
  }
  return { counts, rows: describe(tables, result) };
};

/**
 * Rows as sorted text without ids: a reference reads as what its parent is called, or for a parent without a name as what
 * it holds (to a depth: rows may refer to each other in rings).
 */
export const describe = (tables: readonly ModelTable[], database: ModelDatabase): Readonly<Record<string, readonly string[]>> => {
  const text = (table: ModelTable, row: ModelRow, depth: number): string => {
    const references = table.references.map(({ column, parent }) => {
      const value = row[column] ?? null;
      if (value === null) return [column, null];
      const parentTable = tableOf(tables, parent);
      const parentRow = rowById(database, parent, value);
      return [column, nameOf(tables, database, parentTable, parentRow) ?? (depth === 0 ? '...' : text(parentTable, parentRow, depth - 1))];
    });
    return JSON.stringify([...table.values.map((column) => [column, row[column] ?? null]), ...references]);
  };
  return Object.fromEntries(tables.map((table) => [table.name, (database[table.name] ?? []).map((row) => text(table, row, 3)).toSorted()]));
};
