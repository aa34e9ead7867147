import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { nestTables, type Inside } from '../../domain/catalogue/nesting.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { ExportSelection, RowFilter } from '../../domain/run/run.ts';

/** What is asked for, in the user's own names. */
export type Asked = {
  /** `table` or `schema.table`; absent: the tables of which rows are chosen, else all. */
  readonly tables?: readonly string[];
  readonly selection?: ExportSelection;
};

/** Which tables an export holds, and which of their rows. */
export type Choice = {
  /** `schema.table`, of every table of the export. */
  readonly names: ReadonlySet<string>;
  /** Tables, by name, that do not come whole: rows that fit the filter, where there is one, and rows that other rows of the export refer to. */
  readonly partial: ReadonlyMap<string, RowFilter | undefined>;
  /** Of a nested document: tables, by name, that have of their rows those which belong to chosen rows of another table. */
  readonly within?: ReadonlyMap<string, Inside>;
  /** Whether rows of partial tables come because rows of the export refer to them. */
  readonly follows: boolean;
  /** False: something of the database was left out on purpose. */
  readonly complete: boolean;
};

/**
 * An archive that is imported elsewhere cannot do without the parents within itself, so what its rows refer to in its own
 * tables always comes (`closed`); `parents` brings the other tables that they refer to as well.
 */
export const chooseTables = (keyed: readonly KeyedTable[], { tables, selection }: Asked, closed: boolean): Choice => {
  const filters = filtersOf(keyed, selection);
  const isAll = tables === undefined && filters.size === 0;
  const asked = new Set([...(isAll ? keyed.map(tableId) : (tables ?? []).map((name) => tableId(findTable(keyed, name)))), ...filters.keys()]);
  const parents = selection?.parents === true ? parentsOf(keyed, asked) : [];
  return {
    names: new Set([...asked, ...parents]),
    partial: new Map<string, RowFilter | undefined>([...filters, ...parents.map((name) => [name, undefined] as const)]),
    follows: closed || selection?.parents === true,
    complete: isAll,
  };
};

/**
 * Of a nested document: what is asked for without saying which rows, and stands inside chosen ones, comes with these and no
 * others, so that one project does not bring the images of all.
 */
export const followChosen = (keyed: readonly KeyedTable[], choice: Choice): Choice => {
  const within = new Map<string, Inside>();
  for (const { table, inside } of nestTables(keyed.filter((each) => choice.names.has(tableId(each))))) {
    if (inside === undefined || choice.partial.has(tableId(table))) continue;
    const parent = tableId(inside.parent);
    if (choice.partial.get(parent) !== undefined || within.has(parent)) within.set(tableId(table), inside);
  }
  return { ...choice, within, partial: new Map([...choice.partial, ...[...within.keys()].map((name) => [name, undefined] as const)]) };
};

const filtersOf = (keyed: readonly KeyedTable[], selection: ExportSelection | undefined): ReadonlyMap<string, RowFilter> => {
  const filters = new Map<string, RowFilter>();
  for (const [name, filter] of Object.entries(selection?.rows ?? {})) {
    const id = tableId(findTable(keyed, name));
    if (filters.has(id)) throw new Refusal('SELECTION_TABLE_TWICE', `The rows of ${id} are chosen twice. Put all its conditions into one.`, { table: id });
    filters.set(id, filter);
  }
  return filters;
};

/** Tables that rows of these refer to, directly or over others, and that are none of them. */
const parentsOf = (keyed: readonly KeyedTable[], asked: ReadonlySet<string>): readonly string[] => {
  const byId = new Map(keyed.map((table) => [tableId(table), table]));
  const found = new Set<string>();
  const follow = (names: readonly string[]): void => {
    const next = names
      .flatMap((name) => byId.get(name)?.references.filter(({ enforced }) => enforced) ?? [])
      .map(({ parent }) => tableId(parent))
      .filter((name) => byId.has(name) && !asked.has(name) && !found.has(name));
    next.forEach((name) => found.add(name));
    if (next.length > 0) follow(next);
  };
  follow([...asked]);
  return [...found];
};

const findTable = (keyed: readonly KeyedTable[], name: string): KeyedTable => {
  const exact = keyed.find((table) => tableId(table) === name);
  if (exact !== undefined) return exact;
  const byName = keyed.filter((table) => table.name === name);
  const [only, another] = byName;
  if (only === undefined)
    throw new Refusal('TABLE_NOT_FOUND', `There is no table ${name} that this role may read. The database has ${some(keyed.map(tableId))}.`, { table: name });
  if (another !== undefined)
    throw new Refusal('TABLE_AMBIGUOUS', `More than one table is called ${name}: ${byName.map(tableId).join(', ')}. Name its schema too.`, { table: name });
  return only;
};

const some = (names: readonly string[]): string =>
  names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ') || 'no tables';
