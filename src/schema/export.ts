import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import type { ExportInput } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { mayReachInward, metadataOf } from './context.ts';
import { given } from './given.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { CompressionEnum, idempotencyKeyArg, tableNames } from './run-words.ts';

const recipient = z.string().regex(/^age1[0-9a-z]{10,4000}$/, 'An age recipient looks like age1...');

const ExportInputType = builder.inputType('ExportInput', {
  description: 'What to carry, and how to pack it.',
  fields: (t) => ({
    database: t.string({
      required: true,
      description: 'The source: a registered name, or a postgres:// URL.',
      validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
    }),
    tables: t.stringList({
      description: 'Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all.',
      validate: tableNames,
    }),
    compression: t.field({ type: CompressionEnum, defaultValue: 'zstd', description: 'How the archive is compressed.' }),
    recipients: t.stringList({
      description: 'age recipients (`age1...`) that the archive is encrypted for. Default: not encrypted.',
      validate: z.array(recipient).max(20, 'At most 20 recipients.'),
    }),
    out: t.string({ description: 'The name of the archive in the backup folder. Default: `backup_<database>_<epoch ms>.tar.zst`.' }),
  }),
});

const isPlainName = (name: string): boolean => /^[^/\\\p{Cc}]{1,200}$/u.test(name) && !name.startsWith('.');

const checkedOut = (out: string | null | undefined, trusted: boolean): string | undefined => {
  if (out === null || out === undefined || isPlainName(out) || (trusted && isAbsolute(out))) return out ?? undefined;
  throw new Refusal(
    'FILE_REFUSED',
    `The name ${JSON.stringify(out.slice(0, 100))} cannot be used: give the name of a file, without folders; it is written to the backup folder.`,
  );
};

builder.mutationField('export', (t) =>
  t.field({
    type: RunPayload,
    authScopes: { export: true },
    errors: refusals('FileRefused', 'UnknownDatabase', 'DatabaseRefused'),
    description: 'Exports a database to one archive in the backup folder, from one consistent snapshot.',
    args: { input: t.arg({ type: ExportInputType, required: true, description: 'What to carry.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const meta = metadataOf(context);
        const run: ExportInput = {
          ...given('out', checkedOut(input.out, context.trusted)),
          database: await context.databases.resolve(input.database, { mayReachInward: mayReachInward(context), meta }),
          ...given('tables', input.tables),
          compression: input.compression ?? 'zstd',
          recipients: input.recipients ?? [],
        };
        return context.store.requestRun({ kind: 'export', input: run }, meta, idempotencyKey);
      }),
  }),
);
