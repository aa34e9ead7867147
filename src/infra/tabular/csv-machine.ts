import {
  afterQuote,
  afterReturn,
  apostrophe,
  atField,
  atRecord,
  backslash,
  count,
  cr,
  createState,
  delimits,
  ends,
  escapes,
  fault,
  inComment,
  inDelimiter,
  inMark,
  inPlain,
  inQuoted,
  letters,
  lf,
  nextLine,
  nul,
  placeAt,
  plain,
  quotes,
  tab,
  type CsvDialect,
  type CsvShape,
  type State,
} from './csv-state.ts';
import { defaultMachineLimits, type MachineLimits, type TableMachine } from './machine.ts';
import { invalid, tooLong } from './refusals.ts';

/**
 * CSV to COPY text, byte by byte, without an object per cell. RFC 4180, and any of LF, CRLF and CR ends a record. A quote
 * counts only at the beginning of a field. What a machine gives depends on the bytes alone, never on where chunks end: a
 * field that is open at the end of a chunk is held back as long as it may still turn out to be NULL.
 */
/** A field that grew this long is neither NULL nor a disguised formula: it need not be held back. */
const heldAtMost = 4096;

/* Fields and records. */

const isTaken = (m: State): boolean => {
  const { columns, taken } = m.shape;
  return (columns === undefined || m.field < columns.length) && taken?.[m.field] !== false;
};

const beginField = (m: State): void => {
  if (m.taken > 0 && isTaken(m)) m.out[m.at++] = tab;
  m.start = m.at;
  m.isCut = false;
  m.isQuoted = false;
};

const endField = (m: State): void => {
  if (!isTaken(m)) m.at = m.start;
  else {
    if (!m.isQuoted && !m.isCut && m.shape.emptyText?.[m.field] !== true && m.out.subarray(m.start, m.at).equals(m.nulls)) {
      m.at = m.start;
      m.out[m.at++] = backslash;
      m.out[m.at++] = 0x4e;
    } else if (m.safe && !m.isCut) disarm(m);
    m.taken += 1;
  }
  m.field += 1;
};

const formula = /^'+(?:[=+@\uff1d\uff0b\uff20\uff0d-]|\\[tr])/;

/** The apostrophe that kept a spreadsheet from taking the cell for a formula is taken off again. */
const disarm = (m: State): void => {
  if (m.out[m.start] !== apostrophe || !formula.test(m.out.toString('utf8', m.start, m.at))) return;
  m.out.copyWithin(m.start, m.start + 1, m.at);
  m.at -= 1;
};

const ensure = (m: State, more: number): void => {
  if (m.at + more <= m.out.length) return;
  const larger = Buffer.allocUnsafe(m.out.length * 2 + more);
  m.out.copy(larger, 0, 0, m.at);
  m.out = larger;
};

/** `left`: what the rest of the chunk may still need. */
const pad = (m: State, columns: readonly string[], { position, left }: { readonly position: number; readonly left: number }): void => {
  const had = m.field;
  fault(m, {
    code: 'row.ragged',
    position,
    message:
      had < columns.length
        ? `The row has ${had} of ${columns.length} fields: the first that is missing is ${columns[had] ?? ''}`
        : `The row has ${had} fields, ${had - columns.length} more than the ${columns.length} columns`,
    ...(had < columns.length ? { column: columns[had] ?? '' } : {}),
  });
  ensure(m, (columns.length - Math.min(had, columns.length) + 1 + left) * 3 + m.nulls.length);
  while (m.field < columns.length) {
    beginField(m);
    endField(m.nulls.length === 0 ? m : nullField(m));
  }
};

/** Padding is NULL whatever NULL is written as. */
const nullField = (m: State): State => {
  m.nulls.copy(m.out, m.at);
  m.at += m.nulls.length;
  return m;
};

const endRecord = (m: State, chunk: Uint8Array, at: number): void => {
  endField(m);
  const { columns } = m.shape;
  if (m.base + at - m.recordByte > m.limits.maxLineBytes) throw tooLong(m.recordLine, m.limits.maxLineBytes);
  if (columns !== undefined && m.field !== columns.length && !m.isHeader)
    pad(m, columns, { position: placeAt(m, chunk, at).position, left: chunk.length - at });
  if (m.isHeader) m.at = 0;
  else {
    m.out[m.at++] = lf;
    m.row += 1;
    if (m.shape.wantsLines === true) m.lines.push(m.recordLine);
  }
  m.isHeader = false;
  m.state = atRecord;
};

/* Steps: each takes bytes from `at` on and says where it stopped. */

type Step = (m: State, chunk: Uint8Array, at: number) => number;

const lineEnd = (m: State, byte: number, at: number): number => {
  m.state = byte === cr ? afterReturn : atRecord;
  nextLine(m, at + 1);
  return at + 1;
};

const record: Step = (m, chunk, at) => {
  const byte = chunk[at] ?? 0;
  if ((byte === lf || byte === cr) && (m.isHeader || m.shape.columns?.length !== 1)) return lineEnd(m, byte, at);
  if (m.mark.length > 0 && byte === m.mark[0]) {
    m.state = inMark;
    m.matched = 0;
    m.recordByte = m.base + at;
    return at;
  }
  openRecord(m, m.base + at);
  m.state = atField;
  return at;
};

const openRecord = (m: State, byte: number): void => {
  m.recordLine = m.line;
  m.recordByte = byte;
  m.field = 0;
  m.taken = 0;
  m.start = m.at;
};

const field: Step = (m, chunk, at) => {
  beginField(m);
  if (chunk[at] !== m.quote) {
    m.state = inPlain;
    return at;
  }
  m.opened = placeAt(m, chunk, at);
  m.isQuoted = true;
  m.state = inQuoted;
  return at + 1;
};

const inField: Step = (m, chunk, from) => {
  const { plainKinds: kinds, out } = m;
  let [at, to, kind] = [from, m.at, plain];
  for (; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0;
    kind = kinds[byte] ?? 0;
    if (kind !== plain) break;
    out[to++] = byte;
  }
  m.at = to;
  return at === chunk.length ? at : special(m, chunk, { at, kind });
};

const special = (m: State, chunk: Uint8Array, { at, kind }: { readonly at: number; readonly kind: number }): number => {
  const byte = chunk[at] ?? 0;
  switch (kind) {
    case delimits:
      return delimiter(m, chunk, at);
    case ends:
      endRecord(m, chunk, at);
      return lineEnd(m, byte, at);
    case quotes:
      throw invalid(
        `a quote ${JSON.stringify(String.fromCharCode(m.quote))} inside a field that does not begin with one`,
        placeAt(m, chunk, at),
        'Quote the whole field and double the quote in it; or say --quote "" if the file quotes nothing.',
      );
    case escapes:
      return escape(m, byte, at);
    default:
      return zero(m, chunk, at);
  }
};

const escape = (m: State, byte: number, at: number): number => {
  m.out[m.at++] = backslash;
  m.out[m.at++] = letters[byte] ?? byte;
  return at + 1;
};

const zero = (m: State, chunk: Uint8Array, at: number): number => {
  const { position, column } = placeAt(m, chunk, at);
  fault(m, {
    code: 'value.unstorable',
    position,
    message: 'A text of PostgreSQL cannot hold U+0000',
    ...(column === undefined ? {} : { column }),
  });
  return at + 1;
};

const delimiter = (m: State, chunk: Uint8Array, at: number): number => {
  if (m.delimiter.length > 1) {
    m.state = inDelimiter;
    m.matched = 0;
    return at;
  }
  endField(m);
  m.state = atField;
  return chunk.length === at + 1 ? at + 1 : field(m, chunk, at + 1);
};

/** Several bytes of one character: its first byte begins no other sequence of it. */
const delimiterBytes: Step = (m, chunk, at) => {
  if (chunk[at] === m.delimiter[m.matched]) {
    m.matched += 1;
    if (m.matched === m.delimiter.length) {
      endField(m);
      m.state = atField;
    }
    return at + 1;
  }
  if (m.isQuoted) throw afterClosing(m, chunk, at);
  m.delimiter.copy(m.out, m.at, 0, m.matched);
  m.at += m.matched;
  m.state = inPlain;
  return at;
};

const quoted: Step = (m, chunk, from) => {
  const { quotedKinds: kinds, out } = m;
  let [at, to, kind] = [from, m.at, plain];
  for (; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0;
    kind = kinds[byte] ?? 0;
    if (kind !== plain) break;
    out[to++] = byte;
  }
  m.at = to;
  if (at === chunk.length) return at;
  const byte = chunk[at] ?? 0;
  if (kind === quotes) {
    m.state = afterQuote;
    return at + 1;
  }
  if (kind === nul) return zero(m, chunk, at);
  if (byte === cr) m.returnedAt = m.base + at;
  if (byte === cr || (byte === lf && m.returnedAt !== m.base + at - 1)) nextLine(m, at + 1);
  else if (byte === lf) {
    m.lineByte = m.base + at + 1;
    m.counted = m.lineByte;
    m.characters = 0;
  }
  return escape(m, byte, at);
};

const closing: Step = (m, chunk, at) => {
  const byte = chunk[at] ?? 0;
  if (byte === m.quote) {
    m.out[m.at++] = byte;
    m.state = inQuoted;
    return at + 1;
  }
  const kind = m.plainKinds[byte] ?? 0;
  if (kind === delimits) return delimiter(m, chunk, at);
  if (kind !== ends) throw afterClosing(m, chunk, at);
  endRecord(m, chunk, at);
  return lineEnd(m, byte, at);
};

const afterClosing = (m: State, chunk: Uint8Array, at: number) =>
  invalid('text after the quote that closes the field', placeAt(m, chunk, at), 'Double the quotes inside the field, or take off what follows it.');

const comment: Step = (m, chunk, from) => {
  let at = from;
  while (at < chunk.length && chunk[at] !== lf && chunk[at] !== cr) at += 1;
  return at === chunk.length ? at : lineEnd(m, chunk[at] ?? 0, at);
};

const returned: Step = (m, chunk, at) => {
  m.state = atRecord;
  if (chunk[at] !== lf) return at;
  m.lineByte = m.base + at + 1;
  m.counted = m.lineByte;
  return at + 1;
};

const markBytes: Step = (m, chunk, at) => {
  if (chunk[at] === m.mark[m.matched]) {
    m.matched += 1;
    if (m.matched === m.mark.length) m.state = inComment;
    return at + 1;
  }
  openRecord(m, m.recordByte);
  beginField(m);
  m.mark.copy(m.out, m.at, 0, m.matched);
  m.at += m.matched;
  m.state = inPlain;
  return at;
};

const steps: readonly Step[] = [record, field, inField, quoted, closing, comment, returned, delimiterBytes, markBytes];

/* The whole. */

const begin = (m: State, chunk: Uint8Array): void => {
  const held = m.out.subarray(m.start, m.at);
  const next = Buffer.allocUnsafe(held.length + chunk.length * 3 + 64 + m.mark.length);
  held.copy(next);
  m.out = next;
  m.at = held.length;
  m.start = 0;
};

/** What is finished goes out; an open field waits, unless it has grown too long for that to matter. */
const finish = (m: State, chunk: Uint8Array): Buffer => {
  if (m.base + chunk.length - m.recordByte > m.limits.maxLineBytes && m.state !== atRecord && m.state !== inComment && m.state !== afterReturn)
    throw tooLong(m.recordLine, m.limits.maxLineBytes);
  count(m, chunk, chunk.length);
  m.base += chunk.length;
  const isOpen = m.state === inPlain || m.state === inQuoted || m.state === afterQuote || m.state === inDelimiter;
  if (!isOpen) m.start = m.at;
  else if (m.isHeader || !isTaken(m)) m.at = m.start;
  else if (m.at - m.start > heldAtMost) {
    m.start = m.at;
    m.isCut = true;
  }
  return m.isHeader ? Buffer.alloc(0) : m.out.subarray(0, m.start);
};

const last = (m: State): void => {
  const nothing = Buffer.alloc(0);
  m.out = Buffer.concat([m.out.subarray(m.start, m.at), Buffer.alloc(64 + m.mark.length)]);
  m.at -= m.start;
  m.start = 0;
  if (m.state === inQuoted) throw invalid('a quote that is never closed', m.opened, 'Close it, or say which character quotes with --quote.');
  if (m.state === inDelimiter) delimiterBytes(m, Buffer.of(0xff), 0);
  if (m.state === inMark) markBytes(m, Buffer.of(0xff), 0);
  if (m.state === atField) beginField(m);
  if (m.state === atRecord || m.state === afterReturn || m.state === inComment) return;
  endRecord(m, nothing, 0);
};

export const createCsvMachine = (dialect: CsvDialect, shape: CsvShape, limits: Partial<MachineLimits> = {}): TableMachine => {
  const m = createState(dialect, shape, { ...defaultMachineLimits, ...limits });
  return {
    feed: (chunk) => {
      begin(m, chunk);
      for (let at = 0; at < chunk.length && (m.row === 0 || shape.firstOnly !== true);) at = steps[m.state]?.(m, chunk, at) ?? chunk.length;
      return finish(m, chunk);
    },
    end: () => {
      last(m);
      m.start = m.at;
      return m.out.subarray(0, m.at);
    },
    get rows() {
      return m.row;
    },
    faults: () => m.faults,
    place: () => placeAt(m, Buffer.alloc(0), 0),
    takeLines: () => m.lines.splice(0),
  };
};
