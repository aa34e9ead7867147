import type { Column } from '../../domain/catalogue/catalogue.ts';
import { membersOf } from './json-cursor.ts';

/**
 * One value of layout 1.0.0, as `JSON.stringify` wrote what node-postgres had read, back to the text that PostgreSQL
 * reads. Numbers keep their digits, JSON columns their text. Undefined stands for NULL.
 */
export type ValueReader = (json: string) => string | undefined;

const booleans: Readonly<Record<string, string>> = { true: 't', false: 'f' };

export const isText = (json: string): boolean => json.startsWith('"');

const plain = (json: string): string => (isText(json) ? (JSON.parse(json) as string) : (booleans[json] ?? json));

const numbers = (json: string): Readonly<Record<string, string>> => Object.fromEntries(membersOf(json).map(({ key, text }) => [key, text]));

/** node-postgres gives a Buffer, which JSON writes as `{"type":"Buffer","data":[...]}`. */
const bytea: ValueReader = (json) => {
  if (!json.startsWith('{')) return plain(json);
  const { data } = numbers(json);
  return data === undefined ? json : `\\x${Buffer.from(JSON.parse(data) as number[]).toString('hex')}`;
};

const interval: ValueReader = (json) => {
  if (!json.startsWith('{')) return plain(json);
  const parts = membersOf(json).map(({ key, text }) => `${plain(text)} ${key}`);
  return parts.length === 0 ? '0' : parts.join(' ');
};

const point: ValueReader = (json) => {
  if (!json.startsWith('{')) return plain(json);
  const { x, y } = numbers(json);
  return x === undefined || y === undefined ? json : `(${x},${y})`;
};

const circle: ValueReader = (json) => {
  if (!json.startsWith('{')) return plain(json);
  const { x, y, radius } = numbers(json);
  return x === undefined || y === undefined || radius === undefined ? json : `<(${x},${y}),${radius}>`;
};

const byType: Readonly<Record<string, ValueReader>> = { json: (json) => json, jsonb: (json) => json, bytea, interval, point, circle };

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

const array =
  (element: ValueReader): ValueReader =>
  (json) => {
    if (!json.startsWith('[')) return plain(json);
    return `{${membersOf(json)
      .map(({ text }) => {
        if (text === 'null') return 'NULL';
        if (text.startsWith('[')) return array(element)(text);
        return quoted(element(text) ?? '');
      })
      .join(',')}}`;
  };

const readerOf = (type: string): ValueReader => {
  const name = type.replace(/^pg_catalog\./, '').replace(/\(.*\)/, '');
  if (name.endsWith('[]')) return array(readerOf(name.slice(0, -2)));
  return byType[name] ?? plain;
};

/** A column that the target does not have is read as text, so that the comparison can name it. */
export const valueReader = (column: Column | undefined): ValueReader => {
  const read = readerOf(column?.baseType ?? 'text');
  return (json) => (json === 'null' ? undefined : read(json));
};

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** What no text of PostgreSQL can hold: a zero, or half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

export const copyField = (text: string | undefined): string =>
  text === undefined ? '\\N' : text.replaceAll(/[\\\n\r\t]/g, (character) => escapes[character] ?? character);
