import { z } from 'zod';
import type { ConflictPolicy, ImportInput, MergeInput } from '../domain/run/run.ts';
import { archiveFields, archiveInputOf, guardOf, keptArchive, maxDeletesField } from './archive-input.ts';
import { builder } from './builder.ts';
import { metadataOf, type Context } from './context.ts';
import { InvalidInput } from './invalid-input.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { idempotencyKeyArg } from './run-words.ts';

const usualDeletes = 10;

const isPolicy = (text: string): text is ConflictPolicy => /^(fail|incoming|current|newest:.{1,130})$/s.test(text);

const policy = z.string().refine(isPolicy, 'A policy is `fail`, `incoming`, `current`, or `newest:` and the name of a column.');
const policyWords =
  '`fail` (the plan waits with its conflicts), `incoming`, `current`, or `newest:COLUMN` (the side whose row has the greater value in that column)';

const TableConflictPolicy = builder.inputType('TableConflictPolicy', {
  description: 'What becomes of the conflicts of one table.',
  fields: (t) => ({
    table: t.string({ required: true, description: '`schema.table`.' }),
    policy: t.string({ required: true, description: `One of ${policyWords}.`, validate: policy }),
  }),
});

const MergeInputType = builder.inputType('MergeInput', {
  description: 'What is merged into what, and how.',
  fields: (t) => ({
    ...archiveFields(t),
    base: t.string({
      defaultValue: 'auto',
      description:
        'What both sides once held: `auto` finds it row by row from what the databases exported and took in; `none` merges two-way (incoming wins); else the id of an upload or the SHA-256 of an archive. Of a single file `auto` finds nothing and is `none`: name the file as it was before the edits.',
      validate: z.string().min(1, 'Say `auto`, `none`, or name an archive.').max(200, 'Too long.'),
    }),
    onConflict: t.string({ defaultValue: 'fail', description: `What becomes of a cell that both sides changed: ${policyWords}.`, validate: policy }),
    conflictPolicies: t.field({ type: [TableConflictPolicy], description: 'Other policies for some tables.' }),
    deletes: t.boolean({ defaultValue: false, description: 'Whether rows that the other side deleted since the base are deleted here too.' }),
    maxDeletes: maxDeletesField(t, usualDeletes),
  }),
});

const ReplaceInputType = builder.inputType('ReplaceInput', {
  description: 'What takes the place of what.',
  fields: (t) => ({ ...archiveFields(t), maxDeletes: maxDeletesField(t, usualDeletes) }),
});

const policyOf = (asked: string): ConflictPolicy => {
  if (isPolicy(asked)) return asked;
  throw new InvalidInput([{ path: ['input', 'onConflict'], message: `A policy is one of ${policyWords}.` }]);
};

const mergeInputOf = async (asked: typeof MergeInputType.$inferInput, approval: ImportInput['approval'], context: Context): Promise<MergeInput> => {
  const base = asked.base ?? 'auto';
  const policies = asked.conflictPolicies ?? [];
  return {
    ...(await archiveInputOf(asked, { kind: 'merge', approval }, context)),
    base: base === 'auto' || base === 'none' ? base : await keptArchive(base, context),
    onConflict: policyOf(asked.onConflict ?? 'fail'),
    ...(policies.length === 0 ? {} : { conflictPolicies: Object.fromEntries(policies.map((each) => [each.table, policyOf(each.policy)])) }),
    deletes: asked.deletes ?? false,
    maxDeletes: guardOf(asked.maxDeletes, usualDeletes),
  };
};

const merge = async (asked: typeof MergeInputType.$inferInput, approval: ImportInput['approval'], context: Context, key: string) =>
  context.store.requestRun({ kind: 'merge', input: await mergeInputOf(asked, approval, context) }, metadataOf(context), key);

const replace = async (asked: typeof ReplaceInputType.$inferInput, approval: ImportInput['approval'], context: Context, key: string) => {
  const input = { ...(await archiveInputOf(asked, { kind: 'replace', approval }, context)), maxDeletes: guardOf(asked.maxDeletes, usualDeletes) };
  return context.store.requestRun({ kind: 'replace', input }, metadataOf(context), key);
};

builder.mutationFields((t) => {
  const errors = refusals('UnknownUpload', 'UnknownDatabase', 'DatabaseRefused', 'FileFormatRefused');
  const mergeArgs = { input: t.arg({ type: MergeInputType, required: true, description: 'What is merged.' }), idempotencyKey: t.arg(idempotencyKeyArg) };
  const replaceArgs = { input: t.arg({ type: ReplaceInputType, required: true, description: 'What is replaced.' }), idempotencyKey: t.arg(idempotencyKeyArg) };
  return {
    merge: t.field({
      type: RunPayload,
      authScopes: { merge: true },
      errors,
      description:
        'Merges an archive, cell by cell, with what both sides once held; without such a base two-way, where the archive wins. A plan with conflicts waits in state PLANNED: see `Run.conflicts`, `resolveConflicts`, `applyPlan`.',
      args: mergeArgs,
      resolve: (_root, { input, idempotencyKey }, context) => refusing(() => merge(input, 'none', context, idempotencyKey)),
    }),
    planMerge: t.field({
      type: RunPayload,
      authScopes: { merge: true },
      errors,
      description: 'Plans a merge and writes nothing.',
      args: mergeArgs,
      resolve: (_root, { input, idempotencyKey }, context) => refusing(() => merge(input, 'required', context, idempotencyKey)),
    }),
    replace: t.field({
      type: RunPayload,
      authScopes: { merge: true },
      errors,
      description: 'Makes tables hold what a complete archive holds: rows that differ take its values, rows that it has not are deleted, within `maxDeletes`.',
      args: replaceArgs,
      resolve: (_root, { input, idempotencyKey }, context) => refusing(() => replace(input, 'none', context, idempotencyKey)),
    }),
    planReplace: t.field({
      type: RunPayload,
      authScopes: { merge: true },
      errors,
      description: 'Plans a replace and writes nothing.',
      args: replaceArgs,
      resolve: (_root, { input, idempotencyKey }, context) => refusing(() => replace(input, 'required', context, idempotencyKey)),
    }),
  };
});
