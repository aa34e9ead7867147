import type { ModelDatabase, ModelRow } from './model.ts';
import { nameRows, type OriginOf } from './named-rows.ts';
import { idTypeOf, literal, type Random, type Shape } from './random-tables.ts';

/**
 * What an application does to its rows. An edit points to the n-th row by name, so that the same edit meets the same row in
 * two databases with other ids; one that does not fit is passed over, so any part of a list of edits is a list of edits.
 */
export type Edit = {
  readonly kind: 'set' | 'rename' | 'delete' | 'insert';
  readonly table: number;
  readonly row: number;
  readonly column: number;
  readonly value: string | null;
  readonly parent: number;
};

const texts = ['a', 'b', 'c', 'A', '', '\\N', 'x"y', 'd', 'e', 'f', null] as const;

export const makeEdits = (random: Random, count: number): readonly Edit[] =>
  Array.from({ length: count }, () => ({
    kind: random.pick(['set', 'set', 'set', 'set', 'delete', 'insert', 'insert', 'rename'] as const),
    table: random.below(60),
    row: random.below(5040),
    column: random.below(60),
    value: random.pick(texts),
    parent: random.below(5040),
  }));

export type Edited = { readonly database: ModelDatabase; readonly script: readonly string[] };
type Place = {
  readonly originOf: OriginOf;
  /** An id that no row ever had. */
  readonly nextId: (table: Shape) => string;
};

export const applyEdits = (tables: readonly Shape[], database: ModelDatabase, edits: readonly Edit[], place: Place): Edited => {
  let state: Edited = { database, script: [] };
  for (const edit of edits) {
    const table = tables[edit.table % tables.length];
    const done = table === undefined ? undefined : applyEdit(tables, state.database, { edit, table, place });
    if (done !== undefined) state = { database: done.database, script: [...state.script, ...done.script] };
  }
  return state;
};

type Doing = { readonly edit: Edit; readonly table: Shape; readonly place: Place };

const applyEdit = (tables: readonly Shape[], database: ModelDatabase, doing: Doing): Edited | undefined => {
  const { edit, table, place } = doing;
  const named = nameRows(tables, database, place.originOf);
  const nth = (name: string, at: number): ModelRow | undefined => {
    const rows = database[name] ?? [];
    const names = [...(named.rows[name]?.keys() ?? [])];
    const order = names.map((row, position) => ({ row, position })).toSorted((one, other) => (one.row < other.row ? -1 : 1));
    return rows[order[at % Math.max(order.length, 1)]?.position ?? -1];
  };
  if (edit.kind === 'insert') {
    const row: Record<string, string | null> = table.kind === 'image' ? {} : { id: place.nextId(table) };
    for (const [position, column] of table.columns.entries()) {
      const at = { ...edit, parent: edit.parent + position * 7 };
      row[column.name] = valueOf(column, at, nth);
    }
    return isAllowed(table, row, database[table.name] ?? []) ? insertRow(database, table, row) : undefined;
  }
  const row = nth(table.name, edit.row);
  if (row === undefined) return undefined;
  if (edit.kind === 'delete') return removeRow(tables, database, table, row);
  const columns = table.columns.filter(({ name }) => (edit.kind === 'rename' ? table.key.includes(name) : !table.key.includes(name)));
  const column = columns[edit.column % Math.max(columns.length, 1)];
  if (column === undefined) return undefined;
  const changed = { ...row, [column.name]: valueOf(column, edit, nth) };
  const others = (database[table.name] ?? []).filter((other) => other !== row);
  return changed[column.name] !== row[column.name] && isAllowed(table, changed, others) ? replaceRow(database, table, row, changed) : undefined;
};

const valueOf = (column: Shape['columns'][number], edit: Edit, nth: (table: string, at: number) => ModelRow | undefined): string | null => {
  if (column.isNumber === true) return String(edit.parent % 9);
  if (column.parent === undefined) return column.notNull ? (edit.value ?? 'g') : edit.value;
  return !column.notNull && edit.parent % 4 === 0 ? null : (nth(column.parent, edit.parent)?.['id'] ?? null);
};

const isAllowed = (table: Shape, row: ModelRow, others: readonly ModelRow[]): boolean =>
  table.columns.every(({ name, notNull }) => !notNull || row[name] !== null) &&
  !(table.strict && row['v'] === 'c') &&
  !(table.kind === 'natural' && others.some((other) => table.key.every((name) => other[name] === row[name])));

const where = (table: Shape, row: ModelRow): string =>
  table.kind === 'image'
    ? `ctid = (select ctid from ${table.name} where ${Object.entries(row)
        .map(([name, value]) => `${name} is not distinct from ${literal(value)}`)
        .join(' and ')} limit 1)`
    : `id = ${literal(row['id'] ?? '')}`;

const insertRow = (database: ModelDatabase, table: Shape, row: ModelRow): Edited => ({
  database: { ...database, [table.name]: [...(database[table.name] ?? []), row] },
  script: [`insert into ${table.name} (${Object.keys(row).join(', ')}) overriding system value values (${Object.values(row).map(literal).join(', ')})`],
});

const replaceRow = (database: ModelDatabase, table: Shape, row: ModelRow, changed: ModelRow): Edited => {
  const cells = Object.keys(changed).filter((name) => changed[name] !== row[name]);
  return {
    database: { ...database, [table.name]: (database[table.name] ?? []).map((other) => (other === row ? changed : other)) },
    script: [`update ${table.name} set ${cells.map((name) => `${name} = ${literal(changed[name] ?? null)}`).join(', ')} where ${where(table, row)}`],
  };
};

/** With the rows that cannot be without it; the others let go of it. */
export const removeRow = (tables: readonly Shape[], database: ModelDatabase, table: Shape, row: ModelRow): Edited | undefined => {
  let state: Edited = { database, script: [] };
  for (const child of tables)
    for (const { name, parent, notNull } of child.columns) {
      if (parent !== table.name) continue;
      for (;;) {
        const referring = (state.database[child.name] ?? []).find((other) => other[name] === row['id'] && !(child === table && other['id'] === row['id']));
        if (referring === undefined) break;
        const cleared = { ...referring, [name]: null };
        if (!notNull && !isAllowed(child, cleared, [])) return undefined;
        const done = notNull ? removeRow(tables, state.database, child, referring) : replaceRow(state.database, child, referring, cleared);
        if (done === undefined) return undefined;
        state = { database: done.database, script: [...state.script, ...done.script] };
      }
    }
  const own = (state.database[table.name] ?? []).find((other) => (table.kind === 'image' ? other === row : other['id'] === row['id']));
  if (own === undefined) return state;
  return {
    database: { ...state.database, [table.name]: (state.database[table.name] ?? []).filter((other) => other !== own) },
    script: [...state.script, `delete from ${table.name} where ${where(table, own)}`],
  };
};

/** Ids above all that were ever seen; both sides count from the same one, so that one id comes to mean two rows. */
export const idsFrom = (tables: readonly Shape[], side: number): Place['nextId'] & { see(database: ModelDatabase): void } => {
  const highest = new Map(tables.map(({ name }) => [name, 500]));
  const next = (table: Shape): string => {
    const number = (highest.get(table.name) ?? 0) + 1;
    highest.set(table.name, number);
    return idTypeOf(table) === 'uuid' ? `${String(side).padStart(8, '1')}-0000-0000-0000-${String(number).padStart(12, '0')}` : String(number);
  };
  const see = (database: ModelDatabase): void => {
    for (const { name } of tables)
      for (const row of database[name] ?? []) if (/^\d+$/.test(row['id'] ?? '')) highest.set(name, Math.max(highest.get(name) ?? 0, Number(row['id'])));
  };
  return Object.assign(next, { see });
};
