import { copyField, isStorable } from '../archive/layout-1-values.ts';
import { hexOf, isDigit, isEscape, scanNumber, scanScalar, scanString, scanValue, skipSpace } from './json-scan.ts';

/** A column of the table, as JSON values go into it. */
export type JsonColumn = {
  readonly name: string;
  /** json or jsonb: takes the value's own text. */
  readonly json?: boolean;
  /** Arrays: the literal of PostgreSQL for an array of JSON. */
  readonly array?: (json: string) => string | undefined;
  /** bytea: only the hexadecimal form, since any other text would be taken for bytes too. */
  readonly bytea?: boolean;
  readonly type?: string;
  /** What a line without this key means. */
  readonly missing: 'null' | 'refuse';
};

/** Where values are written as COPY text. */
export type Sink = { out: Buffer; at: number; /** Why the last value could not be written. */ problem: ValueProblem | undefined };
export type ValueProblem = { readonly code: 'value.unstorable' | 'type.invalid'; readonly message: string };

/** The value is JSON, but cannot go into its column: `problem` says why. */
export const unfit = Number.MIN_SAFE_INTEGER;

const [quote, backslash, openBrace, openBracket] = [0x22, 0x5c, 0x7b, 0x5b];

const refuse = (sink: Sink, code: ValueProblem['code'], message: string): number => {
  sink.problem = { code, message };
  return unfit;
};

/** Writes the value that begins here; where it ends, the complement of the byte that is wrong, or `unfit`. */
export const writeValue = (sink: Sink, column: JsonColumn, bytes: Buffer, { at, end }: { readonly at: number; readonly end: number }): number => {
  const byte = bytes[at] ?? 0;
  if (at < end && byte === 0x6e) return writeNull(sink, bytes, at, end);
  if (column.json === true) return writeJson(sink, bytes, at, end);
  if (at < end && byte === quote) return column.bytea === true ? writeBytea(sink, bytes, at + 1, end) : writeString(sink, bytes, at + 1, end);
  if (at < end && (byte === openBrace || byte === openBracket)) return writeNested(sink, column, bytes, { at, end });
  const after = byte === 0x2d || isDigit(byte) ? scanNumber(bytes, at, end) : scanScalar(bytes, at, end);
  if (after >= 0) copy(sink, bytes, at, after);
  return after;
};

const copy = (sink: Sink, bytes: Buffer, from: number, to: number): void => {
  const { out } = sink;
  let at = sink.at;
  for (let index = from; index < to; index += 1) out[at++] = bytes[index] ?? 0;
  sink.at = at;
};

const writeNull = (sink: Sink, bytes: Buffer, at: number, end: number): number => {
  const after = scanScalar(bytes, at, end);
  if (after < 0) return after;
  sink.out[sink.at++] = backslash;
  sink.out[sink.at++] = 0x4e;
  return after;
};

/** In COPY text `\\ \b \f \n \r \t` mean what they mean in JSON, so only the others are decoded. */
const writeString = (sink: Sink, bytes: Buffer, from: number, end: number): number => {
  const { out } = sink;
  let to = sink.at;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      sink.at = to;
      return at + 1;
    }
    if (byte < 0x20) return ~at;
    if (byte === backslash) {
      sink.at = to;
      at = writeEscape(sink, bytes, at + 1, end);
      if (at < 0) return at;
      to = sink.at;
    } else out[to++] = byte;
  }
  return ~end;
};

/** The last byte of the escape. */
const writeEscape = (sink: Sink, bytes: Buffer, at: number, end: number): number => {
  const letter = bytes[at] ?? 0;
  if (letter === 0x75) return at + 4 < end ? writeUnit(sink, bytes, at, hexOf(bytes, at + 1)) : ~at;
  if (!isEscape(letter) || at >= end) return ~at;
  if (letter !== quote && letter !== 0x2f) sink.out[sink.at++] = backslash;
  sink.out[sink.at++] = letter;
  return at;
};

const writeUnit = (sink: Sink, bytes: Buffer, at: number, unit: number): number => {
  if (unit < 0) return ~at;
  if (unit === 0) return refuse(sink, 'value.unstorable', 'A text of PostgreSQL cannot hold U+0000');
  if (unit < 0xd800 || unit > 0xdfff) return writeCodePoint(sink, unit, at + 4);
  const low = bytes[at + 5] === backslash && bytes[at + 6] === 0x75 ? hexOf(bytes, at + 7) : -1;
  if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
    return refuse(sink, 'value.unstorable', `Half of a surrogate pair (\\u${unit.toString(16)}) is no character`);
  return writeCodePoint(sink, 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00), at + 10);
};

const special: Readonly<Record<number, string>> = { 0x09: '\\t', 0x0a: '\\n', 0x0d: '\\r', 0x5c: '\\\\' };

const writeCodePoint = (sink: Sink, code: number, last: number): number => {
  const text = special[code] ?? String.fromCodePoint(code);
  sink.at += sink.out.write(text, sink.at);
  return last;
};

const writeBytea = (sink: Sink, bytes: Buffer, from: number, end: number): number => {
  const start = sink.at;
  const after = writeString(sink, bytes, from, end);
  if (after < 0) return after;
  return sink.out.toString('latin1', start, start + 3) === '\\\\x'
    ? after
    : refuse(sink, 'type.invalid', 'Bytes are written in hexadecimal, as "\\\\x00ff" in JSON; other forms, as base64, are not read');
};

const wrapper = Buffer.from('"$json"');

/** The text as it stands; `{"$json": "..."}` is the text in the string, for what has no other way in: null, and line breaks. */
const writeJson = (sink: Sink, bytes: Buffer, at: number, end: number): number => {
  const after = scanValue(bytes, at, end);
  if (after < 0) return after;
  const inner = bytes[at] === openBrace ? wrapped(bytes, skipSpace(bytes, at + 1, after), after) : undefined;
  if (inner !== undefined) {
    const written = writeString(sink, bytes, inner, after);
    return written < 0 ? written : after;
  }
  const { out } = sink;
  for (let index = at; index < after; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === backslash || byte < 0x20) out[sink.at++] = backslash;
    out[sink.at++] = byte === 0x09 ? 0x74 : byte === 0x0d ? 0x72 : byte;
  }
  return after;
};

/** Where the text of the wrapper begins, if it is one: its only key, and a string. */
const wrapped = (bytes: Buffer, at: number, end: number): number | undefined => {
  if (!bytes.subarray(at, at + wrapper.length).equals(wrapper)) return undefined;
  const value = skipSpace(bytes, skipSpace(bytes, at + wrapper.length, end) + 1, end);
  if (bytes[value] !== quote) return undefined;
  return skipSpace(bytes, scanString(bytes, value + 1, end), end) === end - 1 ? value + 1 : undefined;
};

const writeNested = (sink: Sink, column: JsonColumn, bytes: Buffer, { at, end }: { readonly at: number; readonly end: number }): number => {
  const after = scanValue(bytes, at, end);
  if (after < 0) return after;
  const isArray = bytes[at] === openBracket;
  if (!isArray || column.array === undefined)
    return refuse(
      sink,
      'type.invalid',
      `${isArray ? 'An array' : 'An object'} cannot go into a column of type ${column.type ?? 'text'}: write its value as PostgreSQL's text`,
    );
  const text = column.array(bytes.toString('utf8', at, after));
  if (text !== undefined && !isStorable(text)) return refuse(sink, 'value.unstorable', 'The array holds U+0000 or half of a surrogate pair');
  const field = Buffer.from(copyField(text));
  if (sink.at + field.length + (end - after) * 2 + 64 > sink.out.length) {
    const larger = Buffer.allocUnsafe(sink.out.length * 2 + field.length * 2);
    sink.out.copy(larger, 0, 0, sink.at);
    sink.out = larger;
  }
  field.copy(sink.out, sink.at);
  sink.at += field.length;
  return after;
};
