import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import type { ImportInput } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { mayReachInward, metadataOf, type Context } from './context.ts';
import { given } from './given.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { ErrorPolicyEnum, idempotencyKeyArg, tableNames, uploadIdOf } from './run-words.ts';

const ImportInputType = builder.inputType('ImportInput', {
  description: 'What goes where, and how.',
  fields: (t) => ({
    upload: t.id({ required: true, description: 'The archive: the id of an upload, or its SHA-256.' }),
    database: t.string({
      required: true,
      description: 'The target: a registered name, or a postgres:// URL.',
      validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
    }),
    tables: t.stringList({
      description: 'Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all.',
      validate: tableNames,
    }),
    onError: t.field({ type: ErrorPolicyEnum, defaultValue: 'reject-all', description: 'What bad rows mean for the rest.' }),
    exclusive: t.boolean({ defaultValue: false, description: 'Locks the tables against writers instead of planning again when they interfere.' }),
    rebuild: t.boolean({
      defaultValue: true,
      description: 'Whether a large, empty table may be loaded the fast way: constraints and indexes dropped and rebuilt inside the transaction.',
    }),
  }),
});

type Asked = typeof ImportInputType.$inferInput;

const request = async (asked: Asked, approval: ImportInput['approval'], context: Context, idempotencyKey: string) => {
  const meta = metadataOf(context);
  const upload = await context.store.upload(uploadIdOf(asked.upload));
  if (upload === undefined)
    throw new Refusal('UPLOAD_UNKNOWN', `There is no upload ${asked.upload.slice(0, 100)}. Upload the file first.`, { upload: asked.upload.slice(0, 100) });
  const input: ImportInput = {
    upload: upload.sha256,
    fileName: upload.name,
    database: await context.databases.resolve(asked.database, { mayReachInward: mayReachInward(context), meta }),
    ...given('tables', asked.tables),
    onError: asked.onError ?? 'reject-all',
    exclusive: asked.exclusive ?? false,
    rebuild: asked.rebuild === false ? 'never' : 'auto',
    approval,
  };
  return context.store.requestRun({ kind: 'import', input }, meta, idempotencyKey);
};

builder.mutationFields((t) => ({
  import: t.field({
    type: RunPayload,
    errors: refusals('UnknownUpload', 'UnknownDatabase', 'DatabaseRefused'),
    description: 'Imports an archive: rows that are new go in, in one transaction; rows that are there stay as they are and are counted.',
    args: { input: t.arg({ type: ImportInputType, required: true, description: 'What goes where.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, 'none', context, idempotencyKey)),
  }),
  plan: t.field({
    type: RunPayload,
    errors: refusals('UnknownUpload', 'UnknownDatabase', 'DatabaseRefused'),
    description: 'Plans an import and writes nothing. The run then waits in state PLANNED, to be read, and applied by `applyPlan` or dropped by `cancelRun`.',
    args: { input: t.arg({ type: ImportInputType, required: true, description: 'What goes where.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, 'required', context, idempotencyKey)),
  }),
}));
