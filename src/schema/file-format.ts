import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import type { FileFormat, FileFormatGiven } from '../domain/run/run.ts';
import type { SnapshotConfig } from '../domain/snapshot/check-definition.ts';
import { snapshotCsvNames } from '../domain/snapshot/csv-names.ts';
import { isPackedHead, readHead } from '../infra/archive/packed.ts';
import { kindOfName, tableOfName } from '../infra/tabular/file-name.ts';
import { encodingNamed, headBytes, resolveFormat } from '../infra/tabular/look.ts';
import { readColumns, tableFile } from '../infra/tabular/read-table.ts';
import { builder } from './builder.ts';
import { given } from './given.ts';
import { InvalidInput } from './invalid-input.ts';
import { RunType } from './run.ts';

const FileKindEnum = builder.enumType('FileKind', {
  description: 'What a single file is.',
  values: {
    CSV: { value: 'csv', description: 'One record a line; RFC 4180 and what spreadsheets write.' },
    JSONL: { value: 'jsonl', description: 'One JSON object a line.' },
  } as const,
});

const MissingKeysEnum = builder.enumType('MissingKeys', {
  description: 'What a key means that some lines of JSON have and this one has not.',
  values: {
    AUTO: { value: 'auto', description: 'In an import NULL, or a fault where the column has a default; in a merge always a fault.' },
    NULL: { value: 'null', description: 'NULL.' },
    REFUSE: { value: 'refuse', description: 'A fault of the line.' },
  } as const,
});

const UnknownColumnsEnum = builder.enumType('UnknownColumns', {
  description: 'What columns of the file mean that the table does not have.',
  values: {
    REFUSE: { value: 'refuse', description: 'The file is refused; a key that only some lines have is a fault of these.' },
    IGNORE: { value: 'ignore', description: 'They are left out, and a note says so.' },
  } as const,
});

const oneCharacter = (text: string): boolean => /^.$/su.test(text) && !/[\r\n\\\0]/.test(text);

/** How one file is read: what is not given is found by looking. */
export const FileFormatInput = builder.inputType('FileFormatInput', {
  description: 'How one CSV or JSON-lines file is read into one table; what is not given is found by looking at its name and its beginning.',
  fields: (t) => ({
    kind: t.field({ type: FileKindEnum, description: 'Default: by the name, else by the first character.' }),
    table: t.string({
      description: '`schema.table`, or its name alone. Default: the file’s name without its ending.',
      validate: z.string().min(1, 'Name a table.').max(130, 'No table has a name as long as this.'),
    }),
    delimiter: t.string({
      description: 'One character. Default: that of `, ; tab |` which every record has equally often.',
      validate: z.string().refine(oneCharacter, 'A delimiter is one character, and no line break or backslash.'),
    }),
    quote: t.string({
      description: 'One ASCII character, or empty if nothing is quoted. Default: `"`.',
      validate: z.string().regex(/^[^\r\n\t\\\0-\x1f\x7f-\uffff]?$/, 'A quote is one ASCII character, or empty.'),
    }),
    encoding: t.string({
      description: '`utf-8`, `utf-16le`, `utf-16be`, `windows-1252`, `iso-8859-1` or `macintosh`. Default: UTF-8, or what a byte order mark says.',
    }),
    hasHeader: t.boolean({
      defaultValue: true,
      description: 'Whether the first record names the columns. Without it they are those of the table, in its order.',
    }),
    columns: t.stringList({
      description: 'Names of the columns of a file that has no header.',
      validate: z.array(z.string().min(1, 'Name the column.')).min(1).max(1600),
    }),
    nulls: t.string({
      description: 'Unquoted text that is NULL. Default: empty.',
      validate: z
        .string()
        .max(100, 'Too long.')
        .regex(/^[^\r\n]*$/, 'No line break.'),
    }),
    comments: t.string({
      description: 'Lines that begin so are skipped. Default: none.',
      validate: z
        .string()
        .min(1)
        .max(20)
        .regex(/^[^\r\n"\\\t\0]+$/, 'No line break, tab, quote or backslash.'),
    }),
    unknown: t.field({ type: UnknownColumnsEnum, defaultValue: 'refuse', description: 'Columns that the table does not have.' }),
    missing: t.field({ type: MissingKeysEnum, defaultValue: 'auto', description: 'Keys that some lines do not have.' }),
    spreadsheetSafe: t.boolean({ defaultValue: false, description: 'The apostrophe before what a spreadsheet would take for a formula is taken off again.' }),
  }),
});

export type AskedFormat = typeof FileFormatInput.$inferInput;

const FileFormatType = builder.objectRef<FileFormat>('FileFormat').implement({
  description: 'How a file was read, complete: recorded when the run was asked for.',
  fields: (t) => ({
    kind: t.field({ type: FileKindEnum, resolve: ({ kind }) => kind, description: 'What it is.' }),
    table: t.exposeString('table', { description: 'The table that was asked for.' }),
    delimiter: t.string({
      nullable: true,
      resolve: (file) => (file.kind === 'csv' ? file.delimiter : undefined),
      description: 'Between fields; null for JSON lines.',
    }),
    quote: t.string({ nullable: true, resolve: (file) => (file.kind === 'csv' ? file.quote : undefined), description: 'Around fields; null for JSON lines.' }),
    encoding: t.exposeString('encoding', { description: 'Of its bytes.' }),
    header: t.boolean({
      nullable: true,
      resolve: (file) => (file.kind === 'csv' ? file.header === true : undefined),
      description: 'Whether its first record names the columns.',
    }),
    nulls: t.string({ nullable: true, resolve: (file) => (file.kind === 'csv' ? file.nulls : undefined), description: 'Unquoted text that is NULL.' }),
    unknown: t.field({ type: UnknownColumnsEnum, resolve: ({ unknown }) => unknown, description: 'What is done with columns that the table does not have.' }),
    missing: t.field({
      type: MissingKeysEnum,
      nullable: true,
      resolve: (file) => (file.kind === 'jsonl' ? file.missing : undefined),
      description: 'What a missing key means.',
    }),
    spreadsheetSafe: t.boolean({
      nullable: true,
      resolve: (file) => (file.kind === 'csv' ? file.safe : undefined),
      description: 'Whether apostrophes before formulas are taken off.',
    }),
  }),
});

builder.objectField(RunType, 'file', (t) =>
  t.field({
    type: FileFormatType,
    nullable: true,
    resolve: ({ input }) => ('file' in input ? input.file : undefined),
    description: 'How the file is read; null where it is an archive.',
  }),
);

const givenOf = (asked: AskedFormat): FileFormatGiven => {
  const { encoding } = asked;
  return {
    ...given('kind', asked.kind),
    ...given('table', asked.table),
    ...given('delimiter', asked.delimiter),
    ...given('quote', asked.quote),
    ...(encoding === null || encoding === undefined ? {} : { encoding: encodingNamed(encoding) }),
    ...given('hasHeader', asked.hasHeader),
    ...given('columns', asked.columns),
    ...given('nulls', asked.nulls),
    ...given('comments', asked.comments),
    ...given('unknown', asked.unknown),
    ...given('missing', asked.missing),
    ...given('spreadsheetSafe', asked.spreadsheetSafe),
  };
};

export type AskedFile = {
  readonly path: string;
  readonly name: string;
  readonly tables: readonly string[] | undefined;
  readonly file: AskedFormat | null | undefined;
  readonly kind: 'import' | 'merge' | 'replace';
  /** Of the database that the file goes into. */
  readonly snapshot?: SnapshotConfig | undefined;
};

/** What was asked for, with what is found by looking; nothing where the upload is an archive. */
export const fileFormatOf = async ({ path, name, tables, file, kind, snapshot }: AskedFile): Promise<FileFormat | undefined> => {
  const asked = file ?? undefined;
  if (asked === undefined && kindOfName(name) === undefined) return undefined;
  const head = await readHead(path, headBytes);
  if (isPackedHead(head)) {
    if (asked === undefined) return undefined;
    throw new InvalidInput([{ path: ['input', 'file'], message: 'This upload is an archive, which says itself how it is read: leave `file` out.' }]);
  }
  if (kind === 'replace')
    throw new Refusal('ARCHIVE_INCOMPLETE', 'A single file does not prove that it holds every row, and replace would delete the others. Merge it.');
  const given = tableOf(givenOf(asked ?? {}), tables);
  const format = await asOwnCsv(path, resolveFormat(head, name, given), { name, given, snapshot });
  if (kind !== 'merge' || format.kind !== 'jsonl' || format.missing !== 'auto') return format;
  // What a merge would write NULL over, nobody has asked for.
  return { ...format, missing: 'refuse' };
};

type Named = { readonly name: string; readonly given: FileFormatGiven; readonly snapshot: SnapshotConfig | undefined };

/** A CSV file of the database's own snapshots: its header says what columns are called there, whatever the table calls them. */
const asOwnCsv = async (path: string, format: FileFormat, { name, given, snapshot }: Named): Promise<FileFormat> => {
  if (format.kind !== 'csv' || format.header !== true || snapshot === undefined) return format;
  const own = snapshotCsvNames(snapshot, `${tableOfName(name)}.csv`);
  if (own === undefined) return format;
  const header = await readColumns(tableFile(path, format, {})).catch(() => undefined);
  const isOwn = header?.length === own.names.size && header.every((each) => own.names.has(each));
  return isOwn ? { ...format, table: given.table ?? own.table, names: Object.fromEntries(own.names) } : format;
};

/** `tables` with one name is the table that the file goes into. */
const tableOf = (given: FileFormatGiven, tables: readonly string[] | undefined): FileFormatGiven => {
  const [table, ...others] = tables ?? [];
  if (table === undefined || table === given.table) return given;
  if (others.length > 0 || given.table !== undefined) throw new InvalidInput([{ path: ['input', 'tables'], message: 'A single file goes into one table.' }]);
  return { ...given, table };
};
