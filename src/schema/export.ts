import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import type { ExportInput } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { mayReachInward, metadataOf } from './context.ts';
import { given } from './given.ts';
import { RowFilterInputType, selectionOf } from './export-selection.ts';
import { InvalidInput } from './invalid-input.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { CompressionEnum, idempotencyKeyArg, tableNames } from './run-words.ts';

const recipient = z.string().regex(/^age1[0-9a-z]{10,4000}$/, 'An age recipient looks like age1...');

const ExportFormatEnum = builder.enumType('ExportFormat', {
  description: 'What an export is written as.',
  values: {
    ARCHIVE: { value: 'archive', description: 'One archive, with everything that merge, replace and replay need.' },
    CSV: { value: 'csv', description: 'A CSV file for each table: UTF-8, commas, a header; NULL is empty, an empty text is `""`.' },
    JSONL: { value: 'jsonl', description: 'A file of JSON lines for each table, a row a line.' },
    JSON: {
      value: 'json',
      description: 'One JSON document of all the tables, rows inside the rows that they belong to. For reading: it is not imported again.',
    },
  } as const,
});

const ExportPlaceEnum = builder.enumType('ExportPlace', {
  description: 'Where an export goes. It is in the blob store in any case.',
  values: {
    BACKUP: { value: 'backup', description: 'The backup folder.' },
    EXCHANGE: { value: 'exchange', description: 'The exchange folder, which the machine’s users share; a file of that name is replaced.' },
    STORE: { value: 'store', description: 'The blob store alone: fetch it by `downloadLink`.' },
  } as const,
});

const ReferenceFormEnum = builder.enumType('ReferenceForm', {
  description: 'What a file says of a row’s parents.',
  values: {
    ID: { value: 'id', description: 'The ids of this database.' },
    KEY: { value: 'key', description: 'Their keys, in columns of their own (`parent_code`): such a file can travel to another database.' },
    BOTH: { value: 'both', description: 'Both.' },
  } as const,
});

const ExportInputType = builder.inputType('ExportInput', {
  description: 'What to carry, and how to pack it.',
  fields: (t) => ({
    database: t.string({
      required: true,
      description: 'The source: a registered name, or a postgres:// URL.',
      validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
    }),
    tables: t.stringList({
      description:
        'Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: those of which `rows` are chosen, else all.',
      validate: tableNames,
    }),
    compression: t.field({ type: CompressionEnum, defaultValue: 'zstd', description: 'How the archive is compressed.' }),
    recipients: t.stringList({
      description: 'age recipients (`age1...`) that the archive is encrypted for. Default: not encrypted.',
      validate: z.array(recipient).max(20, 'At most 20 recipients.'),
    }),
    out: t.string({
      description:
        'The name of the one file. Default: `backup_<database>_<epoch ms>.tar.zst` for an archive, `<table>.csv`, `<table>.jsonl` or `<table>.json` for a table, `database_export.json` for several.',
    }),
    format: t.field({ type: ExportFormatEnum, defaultValue: 'archive', description: 'As what it is written.' }),
    to: t.field({ type: ExportPlaceEnum, description: 'Which folder. Default: BACKUP for an archive, EXCHANGE for files.' }),
    rows: t.field({
      type: [RowFilterInputType],
      description: 'Only these rows of some tables. In JSON, other tables have of theirs what stands inside these.',
      validate: z.array(z.unknown()).max(1000, 'At most 1,000 tables.'),
    }),
    parents: t.boolean({
      defaultValue: false,
      description: 'Whether the rows that the chosen ones refer to come too, from whatever table. In an archive those of its own tables come anyhow.',
    }),
    spreadsheetSafe: t.boolean({
      defaultValue: false,
      description: 'CSV only: an apostrophe before what a spreadsheet would run as a formula. Import it with the same option.',
    }),
    references: t.field({ type: ReferenceFormEnum, defaultValue: 'id', description: 'For CSV, JSON lines and JSON; an archive has both.' }),
  }),
});

const isPlainName = (name: string): boolean => /^[^/\\\p{Cc}]{1,200}$/u.test(name) && !name.startsWith('.');

const checkedOut = (out: string | null | undefined, trusted: boolean): string | undefined => {
  if (out === null || out === undefined || isPlainName(out) || (trusted && isAbsolute(out))) return out ?? undefined;
  throw new Refusal('FILE_REFUSED', `The name ${JSON.stringify(out.slice(0, 100))} cannot be used: give the name of a file, without folders.`);
};

type Asked = typeof ExportInputType.$inferInput;

const inputOf = (input: Asked, database: string, trusted: boolean): ExportInput => {
  const format = input.format ?? 'archive';
  return {
    ...given('out', checkedOut(input.out, trusted)),
    database,
    ...given('tables', input.tables),
    compression: input.compression ?? 'zstd',
    recipients: input.recipients ?? [],
    ...(format === 'archive' ? {} : { format }),
    ...given('to', input.to),
    ...given('selection', selectionOf(input.rows, input.parents ?? false)),
    ...(input.spreadsheetSafe === true ? { safe: true } : {}),
    ...(input.references === null || input.references === undefined || input.references === 'id' ? {} : { references: input.references }),
  };
};

/** What was asked for and would be left undone. */
const refuseMisfit = (input: Asked): void => {
  const format = input.format ?? 'archive';
  const wrong =
    format !== 'archive' && (input.recipients ?? []).length > 0
      ? { path: 'input.recipients', message: 'Only an archive is encrypted. Leave out the recipients, or export an archive.' }
      : format !== 'csv' && input.spreadsheetSafe === true
        ? { path: 'input.spreadsheetSafe', message: 'Only CSV is opened by spreadsheets. Leave this out, or export CSV.' }
        : format === 'archive' && (input.references ?? 'id') !== 'id'
          ? { path: 'input.references', message: 'An archive says both. Leave this out, or export CSV, JSON lines or JSON.' }
          : undefined;
  if (wrong !== undefined) throw new InvalidInput([{ path: wrong.path.split('.'), message: wrong.message }]);
};

builder.mutationField('export', (t) =>
  t.field({
    type: RunPayload,
    authScopes: { export: true },
    errors: refusals('FileRefused', 'UnknownDatabase', 'DatabaseRefused'),
    description:
      'Exports a database, or chosen tables and rows of it, from one consistent snapshot: to one archive, to a CSV or JSON-lines file for each table, or to one nested JSON document.',
    args: { input: t.arg({ type: ExportInputType, required: true, description: 'What to carry.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) => {
      refuseMisfit(input);
      return refusing(async () => {
        const meta = metadataOf(context);
        const run = inputOf(input, await context.databases.resolve(input.database, { mayReachInward: mayReachInward(context), meta }), context.trusted);
        return context.store.requestRun({ kind: 'export', input: run }, meta, idempotencyKey);
      });
    },
  }),
);
