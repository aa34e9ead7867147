import { charactersIn, type MachineLimits, type RowFault } from './machine.ts';
import { tooManyFaults, type Place } from './refusals.ts';

/** How the file writes its cells. */
export type CsvDialect = {
  readonly delimiter: string;
  /** Empty: nothing is quoted. */
  readonly quote: string;
  readonly nulls: string;
  readonly comments?: string;
  readonly safe: boolean;
};

export type CsvShape = {
  /** Names of the file's columns, in order; absent: any number of them, all taken. */
  readonly columns?: readonly string[];
  /** Per column of the file whether it is taken; absent: all. */
  readonly taken?: readonly boolean[];
  /** Per column of the file: an empty cell is empty text, since the column takes no NULL. */
  readonly emptyText?: readonly boolean[];
  /** The first record is the header, which gives no row. */
  readonly header: boolean;
  /** Where the text begins, when bytes before it were taken off. */
  readonly from?: { readonly byte: number; readonly line: number };
  readonly wantsLines?: boolean;
  /** Nothing is read after the first record. */
  readonly firstOnly?: boolean;
};

export const [tab, lf, cr, backslash, apostrophe] = [0x09, 0x0a, 0x0d, 0x5c, 0x27];
/** What a byte means inside a field. */
export const [plain, delimits, ends, quotes, escapes, nul] = [0, 1, 2, 3, 4, 5];
export const letters: Readonly<Record<number, number>> = { [tab]: 0x74, [lf]: 0x6e, [cr]: 0x72, [backslash]: backslash };

export const [atRecord, atField, inPlain, inQuoted, afterQuote, inComment, afterReturn, inDelimiter, inMark] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** What a machine knows between two bytes. */
export type State = {
  readonly delimiter: Buffer;
  readonly mark: Buffer;
  readonly nulls: Buffer;
  readonly safe: boolean;
  readonly quote: number;
  readonly plainKinds: Uint8Array;
  readonly quotedKinds: Uint8Array;
  readonly shape: CsvShape;
  readonly limits: MachineLimits;
  state: number;
  out: Buffer;
  at: number;
  /** Of the field that is open, in `out`. */
  start: number;
  /** Part of it was put out already. */
  isCut: boolean;
  isQuoted: boolean;
  field: number;
  taken: number;
  isHeader: boolean;
  row: number;
  line: number;
  recordLine: number;
  recordByte: number;
  /** First byte of the chunk, in the file. */
  base: number;
  lineByte: number;
  /** Characters of the line that were counted, up to this byte. */
  counted: number;
  characters: number;
  returnedAt: number;
  opened: Place;
  matched: number;
  readonly faults: RowFault[];
  lines: number[];
};

const kindsOf = (dialect: CsvDialect, isQuoted: boolean): Uint8Array => {
  const kinds = new Uint8Array(256);
  for (const byte of [tab, backslash]) kinds[byte] = escapes;
  for (const byte of [lf, cr]) kinds[byte] = isQuoted ? escapes : ends;
  kinds[0] = nul;
  if (!isQuoted) kinds[Buffer.from(dialect.delimiter)[0] ?? 0] = delimits;
  if (dialect.quote !== '') kinds[dialect.quote.charCodeAt(0)] = quotes;
  return kinds;
};

const escaped = (text: string): Buffer => Buffer.from(text.replaceAll(/[\\\t]/g, (character) => (character === '\t' ? '\\t' : '\\\\')));

export const createState = (dialect: CsvDialect, shape: CsvShape, limits: MachineLimits): State => {
  const { byte = 0, line = 1 } = shape.from ?? {};
  return {
    delimiter: Buffer.from(dialect.delimiter),
    mark: Buffer.from(dialect.comments ?? ''),
    nulls: escaped(dialect.nulls),
    safe: dialect.safe,
    quote: dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0),
    plainKinds: kindsOf(dialect, false),
    quotedKinds: kindsOf(dialect, true),
    shape,
    limits,
    state: atRecord,
    out: Buffer.alloc(0),
    at: 0,
    start: 0,
    isCut: false,
    isQuoted: false,
    field: 0,
    taken: 0,
    isHeader: shape.header,
    row: 0,
    line,
    recordLine: line,
    recordByte: byte,
    base: byte,
    lineByte: byte,
    counted: byte,
    characters: 0,
    returnedAt: -1,
    opened: { line: 1, position: 1, byte: 0 },
    matched: 0,
    faults: [],
    lines: [],
  };
};

/* Where things are. */

export const placeAt = (m: State, chunk: Uint8Array, at: number): Place => {
  count(m, chunk, at);
  const column = m.shape.columns?.[m.field];
  return { line: m.line, position: m.characters + 1, byte: m.base + at, ...(column === undefined || m.state === atRecord ? {} : { column }) };
};

/** Counts characters of the open line up to here; each is counted at most once. */
export const count = (m: State, chunk: Uint8Array, at: number): void => {
  const from = Math.max(m.counted - m.base, 0);
  m.characters += charactersIn(chunk, from, at);
  m.counted = m.base + at;
};

export const nextLine = (m: State, at: number): void => {
  m.line += 1;
  m.lineByte = m.base + at;
  m.counted = m.lineByte;
  m.characters = 0;
};

export const fault = (m: State, found: Pick<RowFault, 'code' | 'message' | 'column' | 'value'> & { readonly position: number }): void => {
  if (m.isHeader) return;
  m.faults.push({ ...found, row: m.row + 1, line: m.recordLine });
  if (m.faults.length > m.limits.maxFaults) throw tooManyFaults(m.limits.maxFaults, m);
};
