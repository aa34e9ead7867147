import type { FileFormat } from '../../domain/run/run.ts';
import { copyValues } from '../archive/copy-rows.ts';
import { peek } from '../archive/peek.ts';
import { createCsvMachine } from './csv-machine.ts';
import { createJsonlMachine } from './jsonl-machine.ts';
import type { JsonColumn } from './json-value.ts';
import type { MachineLimits, TableMachine } from './machine.ts';
import { empty, invalid } from './refusals.ts';
import { readFileChunks, runMachine } from './text-source.ts';

/** One file, read by its format from its first byte on. Every function reads the file anew. */
export type TableFile = { readonly format: FileFormat; readonly chunks: () => AsyncIterable<Uint8Array>; readonly limits: Partial<MachineLimits> };

export const tableFile = (path: string, format: FileFormat, limits: Partial<MachineLimits>): TableFile => ({
  format,
  chunks: () => readFileChunks(path),
  limits,
});

type Csv = Extract<FileFormat, { readonly kind: 'csv' }>;
type From = { readonly byte: number; readonly line: number };

/** What comes before the text: a byte order mark, and the line by which Excel names the delimiter. */
const leadIn = (head: Buffer, format: FileFormat): From => {
  const mark = format.encoding === 'utf-8' && head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  if (format.kind !== 'csv' || format.encoding !== 'utf-8') return { byte: mark, line: 1 };
  const separator = [`sep=${format.delimiter}\r\n`, `sep=${format.delimiter}\n`].find((line) => head.subarray(mark).indexOf(line) === 0);
  return separator === undefined ? { byte: mark, line: 1 } : { byte: mark + Buffer.byteLength(separator), line: 2 };
};

const withoutFirst = async function* (whole: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of whole) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
};

const run = async function* ({ format, chunks }: TableFile, create: (from: From) => TableMachine): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(chunks(), 16);
  const from = leadIn(head, format);
  yield* runMachine({ source: withoutFirst(whole, from.byte), encoding: format.encoding }, create(from));
};

/** The names in the first record, as they stand there; nothing when there is none. */
const readNames = async (file: TableFile, format: Csv): Promise<readonly string[]> => {
  const { limits } = file;
  const dialect = { ...format, nulls: '', safe: false };
  const parts: Buffer[] = [];
  const { rows, machine } = reading(file, (from) => createCsvMachine(dialect, { header: false, firstOnly: true, from }, limits));
  for await (const chunk of rows) {
    const [fault] = machine()?.faults() ?? [];
    if (fault !== undefined && fault.row === 1) throw invalid('the header holds U+0000', { ...fault, byte: 0 }, 'Mend the names of the columns.');
    const end = chunk.indexOf(0x0a);
    parts.push(end === -1 ? chunk : chunk.subarray(0, end));
    if (end !== -1) return copyValues(Buffer.concat(parts).toString('utf8')).map((name) => name ?? '');
  }
  throw empty();
};

/** Names of the file's columns: its header, or every key of any of its lines in the order in which they first come; nothing of JSON lines without a line. */
export const readColumns = async (file: TableFile): Promise<readonly string[] | undefined> => {
  const { format, limits } = file;
  if (format.kind === 'csv') return format.header === true ? readNames(file, format) : format.header;
  const keys: string[] = [];
  const { rows, machine } = reading(file, (from) => createJsonlMachine({ columns: [], unknown: 'refuse', learns: keys, from }, limits));
  for await (const chunk of rows) void chunk;
  return machine()?.rows === 0 ? undefined : keys;
};

/** Which columns of the file become COPY text, in the file's order; for JSON lines, what they take. */
export type Wanted = {
  readonly columns: readonly string[];
  readonly taken: readonly boolean[];
  readonly emptyText?: readonly boolean[];
  readonly json: readonly JsonColumn[];
  readonly skipped: readonly string[];
  readonly wantsLines?: boolean;
};

export type TableReading = { readonly rows: AsyncGenerator<Buffer>; readonly machine: () => TableMachine | undefined };

const reading = (file: TableFile, create: (from: From) => TableMachine): TableReading => {
  let machine: TableMachine | undefined;
  return { rows: run(file, (from) => (machine = create(from))), machine: () => machine };
};

export const readRows = (file: TableFile, { columns, taken, emptyText = [], json, skipped, wantsLines = false }: Wanted): TableReading => {
  const { format, limits } = file;
  return reading(file, (from) =>
    format.kind === 'csv'
      ? createCsvMachine(format, { columns, taken, emptyText, header: format.header === true, from, wantsLines }, limits)
      : createJsonlMachine({ columns: json, unknown: format.unknown, skipped, from, wantsLines }, limits),
  );
};

/** On which line each row begins, in order. A second reading: only who has to name rows needs it. */
export const recordLines = async function* (file: TableFile, wanted: Wanted): AsyncGenerator<number> {
  const { rows, machine } = readRows(file, { ...wanted, wantsLines: true });
  for await (const chunk of rows) {
    void chunk;
    yield* machine()?.takeLines() ?? [];
  }
  yield* machine()?.takeLines() ?? [];
};
