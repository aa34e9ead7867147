import { scanString, scanValue, skipSpace } from './json-scan.ts';
import { unfit, writeValue, type JsonColumn, type Sink } from './json-value.ts';
import { charactersIn, defaultMachineLimits, type MachineLimits, type RowFault, type TableMachine } from './machine.ts';
import { invalid, tooLong, tooManyFaults, type Place } from './refusals.ts';

/**
 * JSON lines to COPY text. Files repeat the shape of their lines: what stood between the values of the last line is compared
 * as bytes with the next one, and only values are read. Any other line is taken apart key by key, and becomes the shape.
 */
export type JsonlShape = {
  readonly columns: readonly JsonColumn[];
  readonly unknown: 'refuse' | 'ignore';
  /** Keys that are no fault and not read. */
  readonly skipped?: readonly string[];
  /** Keys that no column has become one and are put here: to learn which there are. */
  readonly learns?: string[];
  readonly from?: { readonly byte: number; readonly line: number };
  readonly wantsLines?: boolean;
};

/** What stands between values, with what COPY text has before each of them. */
type Mould = {
  readonly gaps: readonly Buffer[];
  readonly columns: readonly number[];
  readonly before: readonly Buffer[];
  readonly tail: Buffer;
  readonly after: Buffer;
};

type State = Sink & {
  readonly columns: JsonColumn[];
  readonly byName: Map<string, number>;
  readonly shape: JsonlShape;
  readonly limits: MachineLimits;
  mould: Mould | undefined;
  row: number;
  line: number;
  /** First byte of the open line, in the file. */
  byte: number;
  /** The line so far, when it began in an earlier chunk. */
  readonly pieces: Buffer[];
  held: number;
  readonly faults: RowFault[];
  lines: number[];
};

type Line = { readonly bytes: Buffer; readonly from: number; readonly end: number };

const placeIn = (j: State, { bytes, from }: Line, at: number, column?: string): Place => ({
  line: j.line,
  position: charactersIn(bytes, from, at) + 1,
  byte: j.byte + at - from,
  ...(column === undefined ? {} : { column }),
});

const broken = (j: State, line: Line, at: number, column?: string) => {
  const { bytes, from, end } = line;
  const first = skipSpace(bytes, from, end);
  const place = placeIn(j, line, Math.min(at, end), column);
  if (bytes[first] === 0x5b)
    return invalid('this is a JSON array, not JSON lines', place, 'Put one object on each line, without brackets around them and commas between them.');
  if (j.line === 1 && bytes[first] === 0x7b && skipSpace(bytes, first + 1, end) === end)
    return invalid('this is one JSON document over several lines, not JSON lines', place, 'Put one object on each line, as an export to JSON lines does.');
  if (at >= end) return invalid('the line ends inside an object', place, 'Put each object on one line; if the file was cut off, send it again.');
  const found = JSON.stringify(bytes.toString('utf8', at, Math.min(end, at + 12)));
  return invalid(`${found} is no JSON here`, place, 'Mend the line: each is one JSON object.');
};

const fault = (j: State, line: Line, found: Pick<RowFault, 'code' | 'message' | 'column' | 'value'> & { readonly at: number }): void => {
  if (j.shape.learns !== undefined) return;
  const { at, ...rest } = found;
  j.faults.push({ ...rest, row: j.row + 1, line: j.line, position: placeIn(j, line, at).position });
  if (j.faults.length > j.limits.maxFaults) throw tooManyFaults(j.limits.maxFaults, j);
};

const ensure = (j: State, more: number): void => {
  if (j.at + more <= j.out.length) return;
  const larger = Buffer.allocUnsafe(j.out.length * 2 + more);
  j.out.copy(larger, 0, 0, j.at);
  j.out = larger;
};

/* A line of the same shape as the one before. */

const isAt = (bytes: Buffer, at: number, wanted: Buffer): boolean => {
  for (let offset = 0; offset < wanted.length; offset += 1) if (bytes[at + offset] !== wanted[offset]) return false;
  return true;
};

const put = (j: State, bytes: Buffer): void => {
  for (let index = 0; index < bytes.length; index += 1) j.out[j.at++] = bytes[index] ?? 0;
};

const readByMould = (j: State, mould: Mould, { bytes, from, end }: Line): boolean => {
  let at = from;
  const position = { at, end };
  for (let index = 0; index < mould.gaps.length; index += 1) {
    const gap = mould.gaps[index] ?? mould.tail;
    if (at + gap.length > end || !isAt(bytes, at, gap)) return false;
    const column = j.columns[mould.columns[index] ?? -1];
    put(j, mould.before[index] ?? mould.after);
    position.at = at + gap.length;
    at = column === undefined ? scanValue(bytes, position.at, end) : writeValue(j, column, bytes, position);
    if (at < 0) return false;
  }
  if (end - at !== mould.tail.length || !isAt(bytes, at, mould.tail)) return false;
  put(j, mould.after);
  return true;
};

/* Any other line. */

/** Far more than a table has columns; keys beyond are not learnt, so that a hostile file fills no memory. */
const mostKeys = 5000;

type Member = { readonly column: number; readonly key: number; readonly value: number; readonly after: number; readonly from: number; readonly to: number };

const keyOf = (bytes: Buffer, from: number, after: number): string => {
  const text = bytes.toString('utf8', from, after);
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
};

const columnOf = (j: State, line: Line, key: string, at: number): number => {
  const name = key.normalize('NFC');
  const known = j.byName.get(name);
  if (known !== undefined) return known;
  if (j.shape.learns !== undefined && j.columns.length < mostKeys) {
    j.byName.set(name, j.columns.length);
    j.shape.learns.push(key);
    return j.columns.push({ name, missing: 'null' }) - 1;
  }
  if (j.shape.unknown === 'refuse' && j.shape.skipped?.includes(key) !== true)
    fault(j, line, { code: 'column.unknown', column: key, at, message: 'The table has no such column' });
  return -1;
};

/** One `"key": value`; nothing where the value cannot go in. */
const readMember = (j: State, line: Line, at: number): Member => {
  const { bytes, end } = line;
  if (at >= end || bytes[at] !== 0x22) throw broken(j, line, at);
  const afterKey = scanString(bytes, at + 1, end);
  if (afterKey < 0) throw broken(j, line, ~afterKey);
  const name = keyOf(bytes, at, afterKey);
  const colon = skipSpace(bytes, afterKey, end);
  if (bytes[colon] !== 0x3a || colon >= end) throw broken(j, line, colon, name);
  const value = skipSpace(bytes, colon + 1, end);
  const after = scanValue(bytes, value, end);
  if (after < 0) throw broken(j, line, ~after, name);
  const index = columnOf(j, line, name, at);
  const column = j.columns[index];
  const from = j.at;
  if (column !== undefined && j.shape.learns === undefined && writeValue(j, column, bytes, { at: value, end }) === unfit) {
    j.at = from;
    fault(j, line, {
      ...(j.problem ?? { code: 'type.invalid', message: '' }),
      column: name,
      value: bytes.toString('utf8', value, Math.min(after, value + 200)),
      at: value,
    });
    j.at += j.out.write('\\N', j.at);
  }
  return { column: index, key: at, value, after, from, to: j.at };
};

const readMembers = (j: State, line: Line): readonly Member[] => {
  const { bytes, from, end } = line;
  const members: Member[] = [];
  const first = skipSpace(bytes, from, end);
  if (bytes[first] !== 0x7b) throw broken(j, line, first);
  let at = skipSpace(bytes, first + 1, end);
  if (at < end && bytes[at] === 0x7d) return closed(j, line, at, members);
  for (;;) {
    const member = readMember(j, line, at);
    members.push(member);
    at = skipSpace(bytes, member.after, end);
    if (at < end && bytes[at] === 0x7d) return closed(j, line, at, members);
    if (bytes[at] !== 0x2c || at >= end) throw broken(j, line, at);
    at = skipSpace(bytes, at + 1, end);
  }
};

const closed = (j: State, line: Line, at: number, members: readonly Member[]): readonly Member[] => {
  const after = skipSpace(line.bytes, at + 1, line.end);
  if (after < line.end) throw broken(j, line, after);
  return members;
};

/** Whether the line has a fault that its shape alone tells. */
const judge = (j: State, line: Line, members: readonly Member[], slots: readonly (Member | undefined)[]): boolean => {
  const before = j.faults.length;
  for (const member of members)
    if (member.column >= 0 && slots[member.column] !== member)
      fault(j, line, { code: 'column.duplicate', column: j.columns[member.column]?.name ?? '', at: member.key, message: 'The line has this key twice' });
  for (const [index, column] of j.columns.entries())
    if (slots[index] === undefined && column.missing === 'refuse')
      fault(j, line, { code: 'column.missing', column: column.name, at: line.from, message: 'The line lacks this key: write null for no value' });
  return j.faults.length > before;
};

const nothing = Buffer.from('\\N');
const tab = Buffer.from('\t');

const readApart = (j: State, line: Line): void => {
  const start = j.at;
  const faults = j.faults.length;
  const members = readMembers(j, line);
  const slots: (Member | undefined)[] = j.columns.map(() => undefined);
  for (const member of members) if (member.column >= 0) slots[member.column] ??= member;
  const isFaulty = judge(j, line, members, slots) || j.faults.length > faults;
  const row = slots.flatMap((slot, index) => [...(index === 0 ? [] : [tab]), slot === undefined ? nothing : Buffer.from(j.out.subarray(slot.from, slot.to))]);
  j.at = start;
  ensure(
    j,
    row.reduce((total, part) => total + part.length, 1),
  );
  for (const part of row) put(j, part);
  j.out[j.at++] = 0x0a;
  j.mould = isFaulty ? undefined : mouldOf(j, line, members);
};

const noBytes = Buffer.alloc(0);

/** Only where values come in the order of the columns, so that they can be put out as they are read. Who learns keys puts out nothing. */
const mouldOf = (j: State, { bytes, from, end }: Line, members: readonly Member[]): Mould | undefined => {
  const copied = (start: number, to: number): Buffer => Buffer.from(bytes.subarray(start, to));
  const gaps = members.map(({ value }, index) => copied(index === 0 ? from : (members[index - 1]?.after ?? from), value));
  const tail = copied(members.at(-1)?.after ?? from, end);
  if (j.shape.learns !== undefined) return { gaps, columns: members.map(() => -1), before: members.map(() => noBytes), tail, after: noBytes };
  const before: Buffer[] = [];
  let next = 0;
  for (const { column } of members) {
    if (column >= 0 && column < next) return undefined;
    before.push(Buffer.from(column < 0 ? '' : `${'\\N\t'.repeat(column - next)}`));
    if (column >= 0) next = column + 1;
  }
  let written = 0;
  const separated = before.map((bytesBefore, index) => {
    if ((members[index]?.column ?? -1) < 0) return bytesBefore;
    written += 1;
    return written === 1 ? bytesBefore : Buffer.concat([tab, bytesBefore]);
  });
  const left = j.columns.length - next;
  return {
    gaps,
    columns: members.map(({ column }) => column),
    before: separated,
    tail,
    after: Buffer.from(`${written === 0 ? '\\N\t'.repeat(left).slice(0, -1) : '\t\\N'.repeat(left)}\n`),
  };
};

/* The whole. */

const readLine = (j: State, line: Line): void => {
  const { bytes, from, end } = line;
  if (end - from > j.limits.maxLineBytes) throw tooLong(j.line, j.limits.maxLineBytes);
  ensure(j, (end - from) * 2 + j.columns.length * 3 + 64);
  const start = j.at;
  if (j.mould === undefined || !readByMould(j, j.mould, line)) {
    j.at = start;
    if (skipSpace(bytes, from, end) === end) return;
    readApart(j, line);
  }
  j.row += 1;
  if (j.shape.wantsLines === true) j.lines.push(j.line);
};

const nextLine = (j: State, bytes: number): void => {
  j.line += 1;
  j.byte += bytes;
};

const feed = (j: State, chunk: Buffer): Buffer => {
  j.out = Buffer.allocUnsafe(chunk.length + (chunk.length >> 1) + 1024);
  j.at = 0;
  let from = 0;
  for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
    if (j.pieces.length > 0) {
      const bytes = Buffer.concat([...j.pieces.splice(0), chunk.subarray(from, end)]);
      j.held = 0;
      readLine(j, { bytes, from: 0, end: bytes.length });
      nextLine(j, bytes.length + 1);
    } else {
      readLine(j, { bytes: chunk, from, end });
      nextLine(j, end - from + 1);
    }
    from = end + 1;
  }
  if (from < chunk.length) {
    j.held += chunk.length - from;
    if (j.held > j.limits.maxLineBytes) throw tooLong(j.line, j.limits.maxLineBytes);
    j.pieces.push(Buffer.from(chunk.subarray(from)));
  }
  return j.out.subarray(0, j.at);
};

const last = (j: State): Buffer => {
  const bytes = Buffer.concat(j.pieces.splice(0));
  j.out = Buffer.allocUnsafe(bytes.length * 2 + 1024);
  j.at = 0;
  readLine(j, { bytes, from: 0, end: bytes.length });
  j.byte += bytes.length;
  j.held = 0;
  return j.out.subarray(0, j.at);
};

export const createJsonlMachine = (shape: JsonlShape, limits: Partial<MachineLimits> = {}): TableMachine => {
  const { byte = 0, line = 1 } = shape.from ?? {};
  const j: State = {
    out: Buffer.alloc(0),
    at: 0,
    problem: undefined,
    columns: [...shape.columns],
    byName: new Map(shape.columns.map(({ name }, index) => [name.normalize('NFC'), index])),
    shape,
    limits: { ...defaultMachineLimits, ...limits },
    mould: undefined,
    row: 0,
    line,
    byte,
    pieces: [],
    held: 0,
    faults: [],
    lines: [],
  };
  return {
    feed: (chunk) => feed(j, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    end: () => last(j),
    get rows() {
      return j.row;
    },
    faults: () => j.faults,
    place: () => {
      const bytes = Buffer.concat(j.pieces);
      return placeIn(j, { bytes, from: 0, end: bytes.length }, bytes.length);
    },
    takeLines: () => j.lines.splice(0),
  };
};
