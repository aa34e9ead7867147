import { stat } from 'node:fs/promises';
import { tableId, type Column, type Table } from '../../domain/catalogue/catalogue.ts';
import { hasKey } from '../../domain/catalogue/choose-key.ts';
import type { Key, KeyedTable } from '../../domain/catalogue/key.ts';
import type { Issue } from '../../domain/issue.ts';
import { Defect, Refusal } from '../../domain/refusal.ts';
import type { FileFormat } from '../../domain/run/run.ts';
import { fitColumns, hasDefault, type FileColumns } from '../tabular/file-columns.ts';
import type { JsonColumn } from '../tabular/json-value.ts';
import type { RowFault } from '../tabular/machine.ts';
import { readColumns, readRows, recordLines, tableFile, type TableFile, type Wanted } from '../tabular/read-table.ts';
import { folderOf } from './format.ts';
import { valueReader } from './layout-1-values.ts';
import type { Manifest, ManifestTable } from './manifest.ts';
import type { OpenArchive } from './read-archive.ts';

/**
 * One CSV or JSON-lines file as an archive of one table, read where it lies. What a file does not say, types, keys and
 * references, is the target's word; its ids are the target's own.
 */
export type SingleFile = { readonly file: FileFormat; readonly targets: readonly KeyedTable[]; readonly maxLineBytes?: number | undefined };

export const openSingleFile = async (path: string, { file: format, targets, maxLineBytes }: SingleFile): Promise<OpenArchive> => {
  const target = findTable(format.table, targets);
  const { size } = await stat(path);
  let read = 0;
  const plain = tableFile(path, format, maxLineBytes === undefined ? {} : { maxLineBytes });
  const counted: TableFile = { ...plain, chunks: () => counting(plain.chunks(), (bytes) => (read = bytes)) };
  const found = await columnsOf(path, plain, target);
  const names = found ?? carried(target);
  const columns = fitColumns(names, format, target, targets);
  const table = describe(target, columns);
  const wanted = wantedOf(names, columns, { format, target, key: table.key });
  const parts: OpenArchive['parts'] = async function* () {
    const { rows, machine } = readRows(counted, wanted);
    yield {
      table,
      data: { [Symbol.asyncIterator]: () => ({ next: () => rows.next() }) },
      rows: () => machine()?.rows ?? 0,
      faults: () => (machine()?.faults() ?? []).map((fault) => issueOf(fault, tableId(target))),
    };
    for (let next = await rows.next(); next.done !== true; next = await rows.next());
  };
  return {
    layout: 'file',
    manifest: manifestOf(table, target),
    encrypted: false,
    bytesTotal: size,
    bytesRead: () => read,
    parts,
    summary: () => {
      throw new Defect('A single file says nothing of itself that could be compared');
    },
    issues: () => [],
    notes: () => [...(found === undefined ? [withoutLines] : []), ...columns.notes],
    lines: () => recordLines(plain, wanted),
    close: () => Promise.resolve(),
  };
};

const counting = async function* (chunks: AsyncIterable<Uint8Array>, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    report((bytes += chunk.length));
    yield chunk;
  }
};

/** What an export of an empty table is, and what is left of a file that was cut off: it deletes nothing, so it may come in. */
const withoutLines = 'The file has no line, so no row comes in. If it should have some, send it again.';

const carried = (target: KeyedTable): readonly string[] => target.columns.filter(({ generated }) => generated === undefined).map(({ name }) => name);

/** A header that is not there: the table's columns, in their order. What is in the blob store never changes, and a run opens its file several times. */
const columnsOf = async (path: string, file: TableFile, target: KeyedTable): Promise<readonly string[] | undefined> => {
  const { format } = file;
  if (format.kind === 'csv') return format.header !== true && format.header.length === 0 ? carried(target) : readColumns(file);
  const { mtimeMs, size, ino } = await stat(path);
  const key = JSON.stringify([path, mtimeMs, size, ino, format.encoding]);
  const known = surveyed.get(key) ?? (await readColumns(file));
  if (known === undefined) return undefined;
  surveyed.delete(key);
  surveyed.set(key, known);
  for (const oldest of surveyed.keys()) if (surveyed.size > 100) surveyed.delete(oldest);
  return known;
};

const surveyed = new Map<string, readonly string[]>();

const findTable = (name: string, targets: readonly KeyedTable[]): KeyedTable => {
  const same = targets.filter((table) => tableId(table) === name || table.name === name);
  const found = same.find((table) => tableId(table) === name) ?? same.find(({ schema }) => schema === 'public') ?? (same.length === 1 ? same[0] : undefined);
  if (found !== undefined) return found;
  const bare = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '')
      .replace(/s$/, '');
  const near = (same.length > 1 ? same : targets.filter((table) => bare(table.name) === bare(name))).map(tableId);
  const known =
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It has ${targets.slice(0, 20).map(tableId).join(', ')}${targets.length > 20 ? ', ...' : ''}.`;
  throw new Refusal(
    'FILE_TABLE_UNKNOWN',
    `The target has ${same.length > 1 ? 'several tables' : 'no table'} ${JSON.stringify(name.slice(0, 100))}, or the role may not read it. ${known} Say which one the file goes into with --table.`,
    { table: name.slice(0, 200), near },
  );
};

const primaryKey = (target: Table): readonly string[] | undefined => target.uniques.find(({ primary }) => primary)?.columns;

/** The target's key where the file has it; else the primary key, since ids are the target's own; else whole rows. */
const keyOf = (target: KeyedTable, filled: ReadonlySet<string>): Key => {
  const has = (names: readonly string[]): boolean => names.every((name) => filled.has(name));
  if (target.key.kind === 'image') return target.key;
  if (target.key.kind === 'natural' && has(target.key.columns)) return target.key;
  const ids = [primaryKey(target), target.key.kind === 'origin' ? (target.key.columns ?? target.key.surrogate) : undefined];
  const found = ids.find((names) => names !== undefined && has(names) && hasKey(target, names));
  if (found !== undefined) return { kind: 'natural', columns: found, surrogate: [] };
  if (target.key.kind === 'origin') return { kind: 'image' };
  const choices = [target.key.columns, ...[primaryKey(target) ?? []].filter((names) => names.length > 0)];
  throw new Refusal(
    'FILE_WITHOUT_KEY',
    `The file has no columns by which rows of ${tableId(target)} are known: ${choices.map((names) => `(${names.join(', ')})`).join(' or ')}. Nothing was written. Add them to the file; a reference may also be given by its name.`,
    { table: tableId(target), columns: choices },
  );
};

const describe = (target: KeyedTable, { taken, companions, filled }: FileColumns): ManifestTable => ({
  schema: target.schema,
  name: target.name,
  key: keyOf(target, filled),
  columns: taken.filter((name) => name !== undefined),
  companions,
  ownIds: true,
});

/** Nobody has enforced keys and checks on these rows. References are the target's. */
const manifestOf = (table: ManifestTable, target: KeyedTable): Manifest => {
  const id = tableId(target);
  const described: Table = {
    ...target,
    columns: target.columns.filter(({ name }) => table.columns.includes(name)).map((column) => ({ ...column, notNull: false })),
    uniques: [],
    checks: [],
    unforeseeable: [],
    triggers: [],
    rules: [],
    rowSecurity: 'none',
    owned: false,
    inherits: [],
    estimatedRows: 0,
  };
  return {
    metadata: { timestamp: '', database: 'file', version: '2.0.0', generator: 'file' },
    entities: [id],
    files: { [id]: folderOf(1) },
    source: { databaseId: `file:${id}`, name: 'file', systemIdentifier: '', oid: 0 },
    lineage: { tookIn: [] },
    complete: false,
    catalogue: { serverVersion: 0, encoding: 'UTF8', tables: [described], sequences: [], unsupported: [] },
    tables: [table],
    notCarried: [],
  };
};

type Into = { readonly format: FileFormat; readonly target: KeyedTable; readonly key: Key };

const textTypes = new Set(['text', 'character varying', 'character', 'citext']);

/** Spreadsheets write empty text without quotes: where a column takes no NULL, nothing else can be meant. A key is never empty by accident. */
const isEmptyText = ({ target, key, format }: Into, name: string | undefined): boolean => {
  const column = target.columns.find((each) => each.name === name);
  if (column === undefined || format.kind !== 'csv' || format.nulls !== '' || (key.kind === 'natural' && key.columns.includes(column.name))) return false;
  return (column.notNull || column.domain?.notNull === true) && textTypes.has(unqualified(column.baseType));
};

const unqualified = (type: string): string => type.replace(/^(?:[^"(]*\.)?([^.(]+).*$/s, '$1');

const wantedOf = (names: readonly string[], { taken, companions, skipped }: FileColumns, into: Into): Wanted => {
  const leafTypes = new Map(companions.flatMap(({ leaves }) => leaves.map((leaf) => [leaf.name, leaf.type] as const)));
  const json = taken.flatMap((name, at): readonly JsonColumn[] => {
    if (name === undefined) return [];
    const column = into.target.columns.find((each) => each.name === name);
    return [{ ...jsonColumn(column, leafTypes.get(name), into.format), name: names[at] ?? name }];
  });
  return { columns: names, taken: taken.map((name) => name !== undefined), json, skipped, emptyText: taken.map((name) => isEmptyText(into, name)) };
};

const jsonColumn = (column: Column | undefined, leafType: string | undefined, format: FileFormat): JsonColumn => {
  const type = column?.baseType ?? leafType ?? 'text';
  const word = format.kind === 'jsonl' ? format.missing : 'null';
  return {
    name: '',
    type: column?.type ?? type,
    missing: word === 'refuse' || (word === 'auto' && hasDefault(column)) ? 'refuse' : 'null',
    ...(type === 'json' || type === 'jsonb' ? { json: true } : {}),
    ...(type === 'bytea' ? { bytea: true } : {}),
    ...(type.endsWith('[]') ? { array: valueReader(column) } : {}),
  };
};

const issueOf = ({ code, row, line, position, column, value, message }: RowFault, table: string): Issue => ({
  code,
  table,
  row,
  line,
  position,
  message,
  ...(column === undefined ? {} : { column }),
  ...(value === undefined ? {} : { value }),
});
