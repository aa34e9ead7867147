import { createHash } from 'node:crypto';
import { tableId, type Column } from '../../domain/catalogue/catalogue.ts';
import type { Issue } from '../../domain/issue.ts';
import { membersOf } from './json-cursor.ts';
import type { Layout1Table } from './layout-1-manifest.ts';
import { copyField, isStorable, isText, valueReader, type ValueReader } from './layout-1-values.ts';
import { corrupt, escaped } from './refusals.ts';

/** The row that the old import made before it knew the instructors, and often left behind (reference 5, Q&A). */
export const leftoverTable = 'instructors';
const leftoverKey = 'setup';

export type Leftovers = { /** Ids of left-over rows, as JSON text. */ readonly ids: ReadonlySet<string> };

export const isLeftover = (table: string, row: ReadonlyMap<string, string>): boolean => table === leftoverTable && row.get('xmlid') === `"${leftoverKey}"`;

export const parseRow = (text: string, table: string): ReadonlyMap<string, string> => {
  try {
    JSON.parse(text);
  } catch {
    throw corrupt(`a row of ${escaped(table)} is no JSON`);
  }
  if (!text.startsWith('{')) throw corrupt(`a row of ${escaped(table)} is no JSON object`);
  return new Map(membersOf(text).map(({ key, text: value }) => [key, value]));
};

export type RowEncoder = {
  /** COPY text of a row; undefined for one that is left out. */
  encode(text: string): string | undefined;
  issues(): readonly Issue[];
  notes(): readonly string[];
};

type FieldReader = { readonly name: string; readonly read: ValueReader; readonly pointsToLeftover: (json: string) => boolean };

/** `origin` is the database that rows without a key of their own come from; `once` leaves out rows that were there before. */
export const createRowEncoder = (
  table: Layout1Table,
  options: { readonly origin: string; readonly leftovers: Leftovers; readonly once: boolean },
): RowEncoder => {
  const { manifest } = table;
  const id = tableId(manifest);
  const extra = manifest.origin === undefined ? 0 : 2;
  const fields = manifest.columns.slice(0, manifest.columns.length - extra).map((name): FieldReader => fieldReader(name, table, options.leftovers));
  const originKey = manifest.key.kind === 'origin' ? (manifest.key.columns ?? manifest.key.surrogate) : [];
  const seen = new Set<string>();
  const dropped: Issue[] = [];
  const unlinked = new Map<string, number>();
  let row = 0;
  let repeated = 0;

  const fieldOf = (field: FieldReader, json: string | undefined): string | undefined => {
    if (json === undefined) return undefined;
    if (field.pointsToLeftover(json)) {
      unlinked.set(field.name, (unlinked.get(field.name) ?? 0) + 1);
      return undefined;
    }
    const value = field.read(json);
    if (value !== undefined && !isStorable(value))
      throw corrupt(`row ${row} of ${escaped(id)} has in ${escaped(field.name)} a character that PostgreSQL cannot store`);
    return value;
  };

  return {
    encode: (text) => {
      row += 1;
      const members = parseRow(text, id);
      if (isLeftover(manifest.name, members)) {
        dropped.push(leftoverRow(id, row));
        return undefined;
      }
      const values = fields.map((field) => fieldOf(field, members.get(field.name)));
      const origin =
        originKey.length === 0
          ? []
          : [options.origin, `{${originKey.map((name) => JSON.stringify(values[manifest.columns.indexOf(name)] ?? null)).join(',')}}`];
      const line = `${[...values, ...origin].map(copyField).join('\t')}\n`;
      if (options.once && !isNew(seen, line)) {
        repeated += 1;
        return undefined;
      }
      return line;
    },
    issues: () => [...dropped, ...unlinkedIssues(id, unlinked)],
    notes: () => [
      ...ignoredNote(id, table.ignored),
      ...(repeated === 0 ? [] : [`${id}: ${counted(repeated, 'row was', 'rows were')} listed under more than one parent and taken once`]),
    ],
  };
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const leftoverRow = (table: string, row: number): Issue => ({
  code: 'row.leftover',
  table,
  row,
  column: 'xmlid',
  value: leftoverKey,
  message: `The placeholder that an old import left behind (xmlid = '${leftoverKey}') is not imported.`,
});

const unlinkedIssues = (table: string, unlinked: ReadonlyMap<string, number>): readonly Issue[] =>
  [...unlinked].map(([column, count]) => ({
    code: 'row.leftover',
    table,
    column,
    value: leftoverKey,
    message: `${counted(count, 'row', 'rows')} referred to the placeholder '${leftoverKey}' in ${column}; the reference is left empty.`,
  }));

const ignoredNote = (table: string, ignored: readonly string[]): readonly string[] =>
  ignored.length === 0
    ? []
    : [`${table}: ${ignored.join(', ')} ${ignored.length === 1 ? 'is' : 'are'} computed by PostgreSQL; the values of the backup were not read`];

/** Junction tables are listed under each of their parents; 22 characters a row tell which were there. */
const isNew = (seen: Set<string>, line: string): boolean => {
  const digest = createHash('sha256').update(line).digest('base64url').slice(0, 22);
  const { size } = seen;
  return seen.add(digest).size > size;
};

const fieldReader = (name: string, { manifest, target }: Layout1Table, leftovers: Leftovers): FieldReader => {
  const column: Column | undefined = target?.columns.find((candidate) => candidate.name === name);
  const toInstructors =
    target?.references.some((reference) => reference.parent.name === leftoverTable && reference.columns.length === 1 && reference.columns[0] === name) ?? false;
  const leaf = manifest.companions.some(
    (companion) => companion.parent.name === leftoverTable && companion.leaves.some((candidate) => candidate.name === name && candidate.column === 'xmlid'),
  );
  return {
    name,
    read: valueReader(column),
    pointsToLeftover: leaf ? (json) => isText(json) && json === `"${leftoverKey}"` : toInstructors ? (json) => leftovers.ids.has(json) : () => false,
  };
};
