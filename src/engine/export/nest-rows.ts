/**
 * Rows with their places (24 hexadecimal digits for each step down, an octet 2, `{"id":1`, a line break) into one JSON document: a member for each table
 * whose rows stand by themselves, and in each row one for each table that stands inside it. Only what is open is kept: one
 * row of each depth, however many rows there are and however long a row is.
 */
export type NestedNames = {
  /** Of the array in the document. */
  readonly outside: string;
  /** Of the array in the row that it stands inside of; absent: it stands by itself. */
  readonly inside?: string;
  /** Tables that stand inside its rows, by their numbers, ascending. */
  readonly children: readonly number[];
};

export type NestedCounts = { readonly rows: number; readonly bytes: number };

export type RowNester = {
  feed(chunk: Uint8Array): Buffer;
  /** The rest of the document; `last` becomes its last member. */
  end(last: (counts: readonly NestedCounts[]) => { readonly name: string; readonly value: unknown }): Buffer;
  counts(): readonly NestedCounts[];
};

/** The document or a row: which arrays it has to have, how many of them it has, and which one is open. */
type Open = { readonly children: readonly number[]; done: number; array: number | undefined; isEmpty: boolean };

type State = {
  readonly tables: readonly NestedNames[];
  readonly counts: { rows: number; bytes: number }[];
  readonly document: Open;
  /** The document, and the open row of each depth. */
  readonly stack: Open[];
  out: (string | Buffer)[];
  /** The beginning of a row's place, while it is not whole; nothing while its line is read. */
  place: string | undefined;
  /** The table of the row that is read, and the bytes of its line so far. */
  table: number;
  length: number;
};

const member = ({ tables, document, out }: State, open: Open, index: number, text: string): void => {
  const names = tables[index];
  const name = open === document ? names?.outside : names?.inside;
  out.push(`${open.isEmpty ? '' : open === document ? ',\n' : ','}${JSON.stringify(name)}:${text}`);
  open.isEmpty = false;
};

const closeArray = ({ document, out }: State, open: Open): void => {
  if (open.array !== undefined) out.push(open === document ? '\n]' : ']');
  open.array = undefined;
};

/** Arrays up to this one that have no row. */
const passBy = (state: State, open: Open, before: number): void => {
  for (let next = open.children[open.done]; next !== undefined && next < before; next = open.children[open.done]) {
    member(state, open, next, '[]');
    open.done += 1;
  }
};

const closeRow = (state: State): void => {
  const row = state.stack.pop();
  if (row === undefined) return;
  closeArray(state, row);
  passBy(state, row, state.tables.length);
  state.out.push('}');
};

const stepDigits = 24;
const rowDigits = 16;

const openRow = (state: State, place: string): void => {
  const { tables, document, stack, out, counts } = state;
  while (stack.length > place.length / stepDigits) closeRow(state);
  const index = Number.parseInt(place.slice(-stepDigits, -rowDigits), 16);
  const open = stack.at(-1) ?? document;
  if (open.array === index) out.push(open === document ? ',\n' : ',');
  else {
    closeArray(state, open);
    passBy(state, open, index);
    if (open.children[open.done] === index) open.done += 1;
    member(state, open, index, open === document ? '[\n' : '[');
    open.array = index;
  }
  const count = counts[index];
  if (count !== undefined) count.rows += 1;
  state.table = index;
  state.length = 0;
  stack.push({ children: tables[index]?.children ?? [], done: 0, array: undefined, isEmpty: true });
};

const putLine = (state: State, bytes: Buffer): void => {
  const count = state.counts[state.table];
  if (count !== undefined) count.bytes += bytes.length;
  state.length += bytes.length;
  const row = state.stack.at(-1);
  // A row without columns is `{`.
  if (row !== undefined && state.length > 1) row.isEmpty = false;
  state.out.push(bytes);
};

const take = (state: State): Buffer => {
  const whole = Buffer.concat(state.out.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  state.out = [];
  return whole;
};

const afterPlace = 0x02;
const newLine = 0x0a;

const feed = (state: State, bytes: Buffer): Buffer => {
  let at = 0;
  while (at < bytes.length) {
    if (state.place !== undefined) {
      const end = bytes.indexOf(afterPlace, at);
      state.place += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
      if (end === -1) break;
      openRow(state, state.place);
      state.place = undefined;
      at = end + 1;
    }
    const end = bytes.indexOf(newLine, at);
    putLine(state, bytes.subarray(at, end === -1 ? bytes.length : end));
    if (end === -1) break;
    state.place = '';
    at = end + 1;
  }
  return take(state);
};

export const createRowNester = (tables: readonly NestedNames[]): RowNester => {
  const roots = tables.flatMap(({ inside }, index) => (inside === undefined ? [index] : []));
  const document: Open = { children: roots, done: 0, array: undefined, isEmpty: true };
  const counts = tables.map(() => ({ rows: 0, bytes: 0 }));
  const state: State = { tables, counts, document, stack: [document], out: ['{\n'], place: '', table: 0, length: 0 };
  return {
    feed: (chunk) => feed(state, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    end: (last) => {
      while (state.stack.length > 1) closeRow(state);
      closeArray(state, document);
      passBy(state, document, tables.length);
      const { name, value } = last(counts);
      state.out.push(`${document.isEmpty ? '' : ',\n'}${JSON.stringify(name)}:${JSON.stringify(value)}\n}\n`);
      return take(state);
    },
    counts: () => counts,
  };
};
