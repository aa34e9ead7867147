import type { KeyedTable } from '../../src/domain/catalogue/key.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import type { FileFormat, FileFormatGiven } from '../../src/domain/run/run.ts';
import { copyValues } from '../../src/infra/archive/copy-rows.ts';
import { fitColumns } from '../../src/infra/tabular/file-columns.ts';
import type { JsonColumn } from '../../src/infra/tabular/json-value.ts';
import { resolveFormat } from '../../src/infra/tabular/look.ts';
import type { MachineLimits, RowFault } from '../../src/infra/tabular/machine.ts';
import { readColumns, readRows, type TableFile } from '../../src/infra/tabular/read-table.ts';

/** A file as its reader gives it: rows and faults, or the refusal. Without database, so that every case is quick. */
export type Reading = {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly faults: readonly RowFault[];
  readonly refused?: { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> };
};

export const cut = (bytes: Buffer, size: number): TableFile['chunks'] =>
  async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };

const table = (names: readonly string[]): KeyedTable => ({
  schema: 'public',
  name: 'case',
  kind: 'table',
  persistence: 'permanent',
  columns: names.map((name, at) => ({ name, attnum: at + 1, type: 'text', typeKind: 'base', overComposite: false, notNull: false, baseType: 'text' })),
  uniques: [],
  checks: [],
  references: [],
  unforeseeable: [],
  triggers: [],
  rules: [],
  rowSecurity: 'none',
  owned: true,
  inherits: [],
  estimatedRows: 0,
  key: { kind: 'image' },
});

export type ReadOptions = {
  readonly given?: FileFormatGiven;
  readonly size?: number;
  /** The table's columns; absent: those that the file names. */
  readonly columns?: readonly string[];
  readonly json?: Readonly<Record<string, Partial<JsonColumn>>>;
  readonly limits?: Partial<MachineLimits>;
};

const read = async (bytes: Buffer, name: string, { given = {}, size = 65_536, columns, json = {}, limits = {} }: ReadOptions): Promise<Reading> => {
  const found = resolveFormat(bytes.subarray(0, 65_536), name, given);
  const chunks = cut(bytes, size);
  const format = found.kind === 'csv' && found.header !== true ? await unnamed(found, chunks) : found;
  const file: TableFile = { format, chunks, limits };
  const names = (await readColumns(file)) ?? [];
  const fitted = fitColumns(names, format, table(columns ?? [...new Set(names.filter((each) => each !== ''))]), []);
  const { rows, machine } = readRows(file, {
    columns: names,
    taken: fitted.taken.map((each) => each !== undefined),
    json: fitted.taken.flatMap((each, at): readonly JsonColumn[] =>
      each === undefined ? [] : [{ missing: 'null' as const, ...json[each], name: names[at] ?? '' }],
    ),
    skipped: fitted.skipped,
  });
  const parts: Buffer[] = [];
  for await (const part of rows) parts.push(Buffer.from(part));
  const text = Buffer.concat(parts).toString('utf8');
  return { names, rows: text === '' ? [] : text.slice(0, -1).split('\n').map(copyValues), faults: [...(machine()?.faults() ?? [])] };
};

/** As many columns as the first record has. */
const unnamed = async (format: Extract<FileFormat, { readonly kind: 'csv' }>, chunks: TableFile['chunks']): Promise<FileFormat> => {
  const first = (await readColumns({ format: { ...format, header: true }, chunks, limits: {} })) ?? [];
  return { ...format, header: first.map((_, at) => `c${at + 1}`) };
};

export const readFileText = async (bytes: Buffer, name: string, options: ReadOptions = {}): Promise<Reading> => {
  try {
    return await read(bytes, name, options);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { names: [], rows: [], faults: [], refused: { code: error.code, message: error.message, details: error.details } };
  }
};
