import { z } from 'zod';
import { builder } from './builder.ts';
import { metadataOf } from './context.ts';
import { refusals, refusing } from './refusal.ts';
import { idempotencyKeyArg } from './run-words.ts';

const most = 1000;
const text = (longest: number) => z.string().max(longest, `At most ${longest} characters.`);
const list = z.array(z.unknown()).max(most, `At most ${most} entries; count the rest in more.`);
const paths = z.array(text(4096)).max(most, `At most ${most} entries; count the rest in more.`);

const KeptFileInput = builder.inputType('KeptFileInput', {
  description: 'A file of the release that was held back.',
  fields: (t) => ({
    path: t.string({ required: true, description: 'Below the source, with slashes.', validate: text(4096) }),
    why: t.string({ required: true, description: 'Why, in words.', validate: text(1000) }),
  }),
});

const FailedFileInput = builder.inputType('FailedFileInput', {
  description: 'A file of the release that could not be transferred.',
  fields: (t) => ({
    path: t.string({ required: true, description: 'Below the source, with slashes.', validate: text(4096) }),
    code: t.string({ required: true, description: 'Such as `PERMISSION_DENIED` or `DISK_FULL`.', validate: text(100) }),
  }),
});

const SeededTableInput = builder.inputType('SeededTableInput', {
  description: 'A table that was filled from a file of the release.',
  fields: (t) => ({
    table: t.string({ required: true, description: '`schema.table`.', validate: text(200) }),
    run: t.string({ required: true, description: 'The run that did it.', validate: text(100) }),
  }),
});

const SyncReportInput = builder.inputType('SyncReportInput', {
  description: 'What one sync of initial data did. Lists have at most 1,000 entries.',
  fields: (t) => ({
    from: t.string({ required: true, description: 'The folder of the release.', validate: text(4096) }),
    to: t.string({ required: true, description: 'The folder that was brought up to date.', validate: text(4096) }),
    copied: t.stringList({ required: true, description: 'Files that were not there.', validate: paths }),
    updated: t.stringList({ required: true, description: 'Files that were replaced.', validate: paths }),
    kept: t.field({ type: [KeptFileInput], required: true, description: 'Files that were held back.', validate: list }),
    failed: t.field({ type: [FailedFileInput], required: true, description: 'Files that could not be transferred.', validate: list }),
    more: t.int({ description: 'How many entries the lists leave out.', validate: z.number().int().min(0, 'Not below 0.') }),
    tables: t.field({ type: [SeededTableInput], description: 'Tables that were filled.', validate: list }),
  }),
});

const SyncPayload = builder.objectRef<{ readonly seedId: string; readonly position: number }>('SyncPayload').implement({
  description: 'The sync is in the log.',
  fields: (t) => ({
    seedId: t.exposeString('seedId', { description: 'Its ULID; its stream is `seed-<ulid>`.' }),
    position: t.field({ type: 'Long', resolve: (payload) => payload.position, description: 'Position of the event in the log.' }),
  }),
});

builder.mutationField('recordSync', (t) =>
  t.field({
    type: SyncPayload,
    authScopes: { import: true },
    errors: refusals(),
    description: 'Writes into the log what a sync of initial data did, which ran where its files are. `waybill sync` calls it.',
    args: { input: t.arg({ type: SyncReportInput, required: true, description: 'What it did.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input: { more, tables, ...input }, idempotencyKey }, context) =>
      refusing(() =>
        context.store.seedSynced(
          { ...input, ...(more === null || more === undefined ? {} : { more }), dryRun: false, tables: tables ?? [] },
          metadataOf(context),
          idempotencyKey,
        ),
      ),
  }),
);
