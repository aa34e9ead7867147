import { createJsonCursor, type JsonCursor } from './json-cursor.ts';
import type { ArchiveLimits } from './format.ts';
import { corrupt } from './refusals.ts';
import type { TarEntry } from './tar-entries.ts';

/**
 * One entity file of layout 1.0.0, `{tableName, columns, rows, detailTables}`, as a stream. Members come in any order, so
 * what a table is called may be known only after its rows: sections are numbered as they begin, and named at their end.
 */
export type EntityEvent =
  | { readonly kind: 'rows'; readonly section: number }
  | { readonly kind: 'row'; readonly section: number; readonly text: string }
  | { readonly kind: 'named'; readonly section: number; readonly table: string; readonly columns: readonly string[] };

export async function* readEntity(entry: TarEntry, limits: ArchiveLimits): AsyncGenerator<EntityEvent> {
  const cursor = createJsonCursor(entry.data, entry.name, limits.maxManifestBytes);
  let sections = 0;
  yield* readTable({ cursor, entry: entry.name, next: () => (sections += 1) - 1, nested: false });
  if ((await cursor.peek()) !== '') throw corrupt(`${entry.name} goes on after its end`);
}

type Reading = { readonly cursor: JsonCursor; readonly entry: string; readonly next: () => number; readonly nested: boolean };

async function* readTable(reading: Reading): AsyncGenerator<EntityEvent> {
  const { cursor, entry, nested } = reading;
  const section = reading.next();
  const seen = new Map<string, string>();
  await cursor.take('{');
  for (let first = true; (await cursor.peek()) !== '}'; first = false) {
    if (!first) await cursor.take(',');
    const key = parse(await cursor.value(), entry);
    if (typeof key !== 'string' || seen.has(key)) throw corrupt(`${entry} has a member twice, or one without a name`);
    seen.set(key, '');
    await cursor.take(':');
    if (key === 'rows') yield* readRows(cursor, section);
    else if (key === 'detailTables' && !nested && (await cursor.peek()) === '[') yield* readDetails(reading);
    else seen.set(key, await cursor.value());
  }
  await cursor.take('}');
  if (!seen.has('rows')) yield { kind: 'rows', section };
  yield { kind: 'named', section, table: tableName(seen.get('tableName'), entry), columns: columnNames(seen.get('columns'), entry) };
}

async function* readRows(cursor: JsonCursor, section: number): AsyncGenerator<EntityEvent> {
  yield { kind: 'rows', section };
  await cursor.take('[');
  for (let first = true; (await cursor.peek()) !== ']'; first = false) {
    if (!first) await cursor.take(',');
    yield { kind: 'row', section, text: await cursor.value() };
  }
  await cursor.take(']');
}

async function* readDetails(reading: Reading): AsyncGenerator<EntityEvent> {
  const { cursor } = reading;
  await cursor.take('[');
  for (let first = true; (await cursor.peek()) !== ']'; first = false) {
    if (!first) await cursor.take(',');
    yield* readTable({ ...reading, nested: true });
  }
  await cursor.take(']');
}

const parse = (text: string, entry: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw corrupt(`${entry} is no JSON`);
  }
};

const tableName = (text: string | undefined, entry: string): string => {
  const name = text === undefined ? undefined : parse(text, entry);
  if (typeof name !== 'string' || name === '' || name.length > 200) throw corrupt(`${entry} names no table`);
  return name;
};

const columnNames = (text: string | undefined, entry: string): readonly string[] => {
  const names = text === undefined ? [] : parse(text, entry);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) throw corrupt(`${entry} has columns that are no list of names`);
  return names;
};
