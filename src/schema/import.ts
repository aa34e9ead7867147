import type { ImportInput } from '../domain/run/run.ts';
import { archiveFields, archiveInputOf } from './archive-input.ts';
import { builder } from './builder.ts';
import { metadataOf, type Context } from './context.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { idempotencyKeyArg } from './run-words.ts';

const ImportInputType = builder.inputType('ImportInput', { description: 'What goes where, and how.', fields: archiveFields });

type Asked = typeof ImportInputType.$inferInput;

const request = async (asked: Asked, approval: ImportInput['approval'], context: Context, idempotencyKey: string) =>
  context.store.requestRun({ kind: 'import', input: await archiveInputOf(asked, { kind: 'import', approval }, context) }, metadataOf(context), idempotencyKey);

builder.mutationFields((t) => ({
  import: t.field({
    type: RunPayload,
    authScopes: { import: true },
    errors: refusals('UnknownUpload', 'UnknownDatabase', 'DatabaseRefused', 'FileFormatRefused'),
    description:
      'Imports an archive, or one CSV or JSON-lines file: rows that are new go in, in one transaction; rows that are there stay as they are and are counted.',
    args: { input: t.arg({ type: ImportInputType, required: true, description: 'What goes where.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, 'none', context, idempotencyKey)),
  }),
  plan: t.field({
    type: RunPayload,
    authScopes: { import: true },
    errors: refusals('UnknownUpload', 'UnknownDatabase', 'DatabaseRefused', 'FileFormatRefused'),
    description:
      'Plans an import and writes nothing. The run then waits in state PLANNED, to be read, and applied by `applyPlan` or dropped by `cancelRun`. So do `planMerge`, `planReplace` and `planRollback`.',
    args: { input: t.arg({ type: ImportInputType, required: true, description: 'What goes where.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, 'required', context, idempotencyKey)),
  }),
}));
