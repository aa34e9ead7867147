import { createModel, type Cell, type Model, type Row } from './model.ts';
import { createRandom } from './random.ts';

/** `first` holds every row; `second` holds half of them under other ids, some edited, and rows of its own. */
export type Copy = 'first' | 'second';
export type CopyOptions = { readonly copy: Copy; readonly seed?: number; readonly scale?: number };

/** One table's rows as text, ready for COPY. `undefined` is NULL. */
export type CopyTable = { readonly table: string; readonly columns: readonly string[]; readonly rows: readonly (readonly (string | undefined)[])[] };

/** Load order: parents first; `users.instructor_id` closes the cycle and is set when the instructors are there. */
const idKinds: Readonly<Record<string, 'number' | 'uuid' | 'own' | 'none'>> = {
  status: 'own',
  tags: 'number',
  users: 'uuid',
  projects: 'number',
  images: 'number',
  instructors: 'number',
  locations: 'number',
  participants: 'number',
  posts: 'number',
  events: 'number',
  interactions: 'number',
  pages: 'number',
  tasks: 'number',
  project_members: 'number',
  event_instructors: 'none',
  events_tags: 'none',
  posts_tags: 'none',
};

const withoutKey = new Set(['interactions', 'pages', 'tasks']);
const required = new Set([
  'status_id',
  'owner_id@projects',
  'user_id@instructors',
  'user_id@project_members',
  'project_id@posts',
  'project_id@events',
  'project_id@pages',
  'project_id@project_members',
  'event_id',
  'instructor_id@event_instructors',
  'tag_id',
  'post_id',
]);
const isRequired = (table: string, column: string): boolean => required.has(column) || required.has(`${column}@${table}`);

export const createCopy = ({ copy, seed = 1, scale = 1 }: CopyOptions): readonly CopyTable[] => {
  const full = createModel({ seed, scale });
  const model = copy === 'first' ? full : halved(full, createModel({ seed: seed + 1000, scale: scale / 3 }), seed);
  const ids = new Map(
    Object.entries(idKinds).map(([table, kind]) => [table, idsOf({ full: full.get(table) ?? [], rows: model.get(table) ?? [], kind, copy, seed })]),
  );
  const text = (cell: Cell): string | undefined => (typeof cell === 'object' ? ids.get(cell.to)?.get(cell.key) : cell);
  return Object.entries(idKinds).map(([table, kind]) => {
    const rows = model.get(table) ?? [];
    const columns = Object.keys(rows[0]?.cells ?? {});
    return {
      table,
      columns: kind === 'none' ? columns : ['id', ...columns],
      rows: rows.map(({ key, cells }) => {
        const values = columns.map((column) => text(cells[column]));
        return kind === 'none' ? values : [ids.get(table)?.get(key), ...values];
      }),
    };
  });
};

/** Ids of the two copies lie in the same range but never agree: an id taken over unchanged points to a wrong row. */
const idsOf = ({
  full,
  rows,
  kind,
  copy,
  seed,
}: {
  readonly full: readonly Row[];
  readonly rows: readonly Row[];
  readonly kind: string;
  readonly copy: Copy;
  readonly seed: number;
}): ReadonlyMap<string, string> => {
  const random = createRandom(seed * 2 + (copy === 'first' ? 0 : 1));
  if (kind === 'own') return new Map(rows.map(({ key }) => [key, key]));
  if (kind === 'uuid') return new Map(rows.map(({ key }) => [key, random.uuid()]));
  const keys = [...new Set([...full, ...rows].map(({ key }) => key))];
  const shift = copy === 'first' ? 0 : Math.floor(keys.length / 2);
  return new Map(keys.map((key, index) => [key, String(1 + ((index + shift) % keys.length))]));
};

/** Half of the rows, closed under required references; tables without a key hold rows of this copy alone. */
const halved = (full: Model, own: Model, seed: number): Model => {
  const random = createRandom(seed + 7);
  const kept = new Map<string, readonly Row[]>();
  const keys = new Map<string, ReadonlySet<string>>();
  const isKept = (cell: Cell): boolean => typeof cell !== 'object' || keys.get(cell.to)?.has(cell.key) !== false;
  for (const [table, rows] of full) {
    const source = withoutKey.has(table)
      ? (own.get(table) ?? []).map((row) => ({ key: `own ${row.key}`, cells: withParents(row, kept, random) }))
      : rows.filter(() => table === 'status' || random.chance(0.85));
    const closed = source.filter(({ cells }) => Object.entries(cells).every(([column, cell]) => !isRequired(table, column) || isKept(cell)));
    kept.set(
      table,
      closed.map((row) => edited(row, random)),
    );
    keys.set(table, new Set(closed.map(({ key }) => key)));
  }
  for (const [table, rows] of kept)
    kept.set(
      table,
      rows.map(({ key, cells }) => ({
        key,
        cells: Object.fromEntries(Object.entries(cells).map(([column, cell]) => [column, isKept(cell) ? cell : undefined])),
      })),
    );
  return kept;
};

const withParents = (row: Row, kept: Model, random: ReturnType<typeof createRandom>): Row['cells'] =>
  Object.fromEntries(
    Object.entries(row.cells).map(([column, cell]) => [
      column,
      typeof cell === 'object' ? { to: cell.to, key: random.pick(kept.get(cell.to) ?? []).key } : cell,
    ]),
  );

/** Every tenth row was edited in this copy: an import of new rows must leave it so. */
const edited = (row: Row, random: ReturnType<typeof createRandom>): Row => {
  const column = ['title', 'name', 'description'].find((name) => typeof row.cells[name] === 'string' && row.cells[name] !== row.key);
  return column === undefined || row.cells['tbl'] !== undefined || random.chance(0.9)
    ? row
    : { key: row.key, cells: { ...row.cells, [column]: `${String(row.cells[column])} (edited here)` } };
};
