import { z } from 'zod';
import { expandedName } from '../domain/inbox/file-name.ts';
import { inboxStates, type InboxState } from '../domain/inbox/inbox-file.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ImportInput } from '../domain/run/run.ts';
import { inboxFileOf, lookNow, rejectInboxFile } from '../events/inbox-hand.ts';
import type { Taking } from '../events/inbox.ts';
import type { InboxRow } from '../events/projectors/read-models/inbox-files.ts';
import type { WatchEvent } from '../events/watch-turn.ts';
import { resolveDatabase } from './archive-input.ts';
import { builder } from './builder.ts';
import { connectionOf, pageArgs } from './connection.ts';
import { mayReachInward, metadataOf, type Context } from './context.ts';
import { FileFormatInput, fileFormatOf } from './file-format.ts';
import { given } from './given.ts';
import { clampPage } from './limits.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload, RunType } from './run.ts';
import { ErrorPolicyEnum, idempotencyKeyArg } from './run-words.ts';
import { UploadType } from './upload.ts';

const meaningOfState: Readonly<Record<InboxState, string>> = {
  waiting: 'Whole, and nobody has asked for it yet.',
  taken: 'A run has it.',
  imported: 'The run completed; the file was put away.',
  failed: 'The run did not complete; the file is where it was. A retry makes it wait again.',
  rejected: 'A person said that it is not to come in; the file was put away.',
  gone: 'Somebody took the file away while it waited.',
};

const InboxStateEnum = builder.enumType('InboxState', {
  description: 'WAITING -> TAKEN by a run -> IMPORTED or FAILED; FAILED -> WAITING by a retry; REJECTED by a person; GONE when somebody took the file away.',
  values: Object.fromEntries(inboxStates.map((state) => [state.toUpperCase(), { value: state, description: meaningOfState[state] }])),
});

const lastWord = async (file: InboxRow, context: Context): Promise<string | undefined> => {
  const run = file.runId === undefined ? undefined : await context.store.run(file.runId);
  if (file.state === 'failed' && run?.failure?.message !== undefined) return run.failure.message;
  const [newest] = (await context.store.events({ stream: `inbox-${file.inboxId}`, limit: 100 })).toReversed();
  if (newest?.event.type === 'InboxFileRejected') return newest.event.data.reason;
  return newest?.event.type === 'InboxFileSettled' ? newest.event.data.message : undefined;
};

const InboxFileType = builder.objectRef<InboxRow>('InboxFile').implement({
  description: 'A file that arrived in the inbox, by upload or by hand, and what became of it.',
  fields: (t) => ({
    id: t.id({ resolve: ({ inboxId }) => `inbox-${inboxId}`, description: '`inbox-<ulid>`, the name of its stream in the log.' }),
    name: t.exposeString('name', { description: 'Its name in its folder.' }),
    folder: t.exposeString('folder', { description: '`inbox`, or `exchange` for a file that a rule took from there.' }),
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its content, expanded, in hex.' }),
    bytes: t.field({ type: 'Long', resolve: ({ bytes }) => bytes, description: 'Size of its content, expanded.' }),
    state: t.field({ type: InboxStateEnum, resolve: ({ state }) => state, description: 'How far it is.' }),
    by: t.exposeString('by', { description: '`upload`, or `hand` for a file that somebody put there.' }),
    actor: t.exposeString('actor', { description: 'Who sent it; `inbox` for a file that was found.' }),
    run: t.field({
      type: RunType,
      nullable: true,
      complexity: 5,
      resolve: ({ runId }, _args, context) => (runId === undefined ? undefined : context.store.run(runId)),
      description: 'The run that has it, or had it last.',
    }),
    code: t.exposeString('code', { nullable: true, description: 'Why it failed: stable, for programs.' }),
    message: t.string({
      nullable: true,
      complexity: 5,
      resolve: (file, _args, context) => lastWord(file, context),
      description: 'Why it failed or was rejected.',
    }),
    arrivedAt: t.field({ type: 'DateTime', resolve: ({ arrivedAt }) => arrivedAt, description: 'When it was first seen whole.' }),
    settledAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ settledAt }) => settledAt, description: 'When it was clear what became of it.' }),
    upload: t.field({
      type: UploadType,
      nullable: true,
      complexity: 5,
      resolve: ({ sha256 }, _args, context) => context.store.upload({ sha256 }),
      description: 'Its content, which stays when the file is gone.',
    }),
  }),
});

const InboxFileConnection = builder.connectionObject(
  { type: InboxFileType, name: 'InboxFileConnection', description: 'A page of files of the inbox, newest first.' },
  { name: 'InboxFileEdge', description: 'One file of a page.' },
);

builder.queryFields((t) => ({
  inboxFiles: t.field({
    type: InboxFileConnection,
    authScopes: { read: true },
    description: 'Files that arrived, newest first.',
    args: {
      ...pageArgs,
      state: t.arg({ type: InboxStateEnum, description: 'Only in this state.' }),
      name: t.arg.string({ description: 'Only of this name.' }),
    },
    resolve: async (_root, { state, name, first, after }, context) =>
      connectionOf(
        await context.store.inboxFiles(
          { ...(state === null || state === undefined ? {} : { states: [state] }), ...given('name', name) },
          { first: clampPage(first), ...given('after', after) },
        ),
        after,
      ),
  }),
  inboxFile: t.field({
    type: InboxFileType,
    authScopes: { read: true },
    nullable: true,
    description: 'One file by its id, or the newest of that name; null when there is none.',
    args: { id: t.arg.id({ required: true, description: '`inbox-<ulid>`, the ULID alone, or the name.' }) },
    resolve: (_root, { id }, context) =>
      inboxFileOf(context, id).catch((error: unknown) => {
        if (error instanceof Refusal && error.code === 'INBOX_FILE_UNKNOWN') return undefined;
        throw error;
      }),
  }),
}));

const fileField = { required: true, description: 'The file: its id, or its name for the newest of that name.' } as const;

const ImportInboxFileInput = builder.inputType('ImportInboxFileInput', {
  description: 'Which file goes where.',
  fields: (t) => ({
    file: t.id(fileField),
    database: t.string({
      required: true,
      description: 'The target: a registered name, or a postgres:// URL.',
      validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
    }),
    table: t.string({ description: 'The table of a CSV or JSON-lines file, `schema.table` or its name alone; default: by the name of the file.' }),
    mode: t.string({ defaultValue: 'import', description: '`import` or `merge`.', validate: z.enum(['import', 'merge']) }),
    onError: t.field({ type: ErrorPolicyEnum, defaultValue: 'reject-all', description: 'What bad rows mean for the rest.' }),
    onConflict: t.string({
      defaultValue: 'fail',
      description: 'For a merge: `fail`, `incoming` or `current`.',
      validate: z.enum(['fail', 'incoming', 'current']),
    }),
    format: t.field({ type: FileFormatInput, description: 'How to read a CSV or JSON-lines file; what is not given is found by looking.' }),
  }),
});
type AskedImport = typeof ImportInboxFileInput.$inferInput;

const usualDeletes = 10;

/** By the name that the file has here: its content may have come under another one too. */
const inputOf = async (asked: AskedImport, file: InboxRow, context: Context): Promise<ImportInput> => {
  const tables = asked.table === null || asked.table === undefined ? undefined : [asked.table];
  const kind = asked.mode === 'merge' ? 'merge' : 'import';
  const { snapshot } = await context.databases.reach(asked.database, { mayReachInward: mayReachInward(context) });
  const format = await fileFormatOf({ path: context.blobs.path(file.sha256), name: expandedName(file.name), tables, file: asked.format, kind, snapshot });
  return {
    upload: file.sha256,
    fileName: file.name,
    ...(format === undefined ? given('tables', tables) : { file: format }),
    database: await resolveDatabase(asked.database, context),
    onError: asked.onError ?? 'reject-all',
    exclusive: false,
    rebuild: 'auto',
    approval: 'none',
  };
};

const requestedOf = async (asked: AskedImport, file: InboxRow, context: Context): Promise<Taking['requested']> => {
  const input = await inputOf(asked, file, context);
  if (asked.mode !== 'merge') return { kind: 'import', input };
  if (!context.scopes.has('merge') && !context.scopes.has('admin'))
    throw new Refusal('FORBIDDEN', 'This key may import, not merge. Ask for a key with the scope merge.', { scope: 'merge' });
  const policy = asked.onConflict === 'incoming' || asked.onConflict === 'current' ? asked.onConflict : 'fail';
  return { kind: 'merge', input: { ...input, base: 'auto', onConflict: policy, deletes: false, maxDeletes: usualDeletes } };
};

const OneFileInput = builder.inputType('InboxFileInput', { description: 'Which file.', fields: (t) => ({ file: t.id(fileField) }) });
const RejectInput = builder.inputType('RejectInboxFileInput', {
  description: 'Which file, and why.',
  fields: (t) => ({
    file: t.id(fileField),
    reason: t.string({ required: true, description: 'Why: the log keeps it.', validate: z.string().min(1, 'Say why.').max(500, 'At most 500 characters.') }),
  }),
});
const ApplyRulesInput = builder.inputType('ApplyRulesInput', {
  description: 'How far to go.',
  fields: (t) => ({ onlyLook: t.boolean({ defaultValue: false, description: 'Records what lies in the folders, and imports nothing.' }) }),
});

const InboxFilePayload = builder.objectRef<{ readonly inboxId: string; readonly position: number }>('InboxFilePayload').implement({
  description: 'It is in the log.',
  fields: (t) => ({
    file: t.field({ type: InboxFileType, resolve: ({ inboxId }, _args, context) => inboxFileOf(context, inboxId), description: 'The file as it is now.' }),
    position: t.field({ type: 'Long', resolve: ({ position }) => position, description: 'Position of the event in the log.' }),
  }),
});

const HappeningType = builder.objectRef<WatchEvent>('InboxHappening').implement({
  description: 'What was found, or done, about one file.',
  fields: (t) => ({
    type: t.exposeString('type', {
      description: '`arrived`, `taken`, `imported`, `failed`, `rejected`, `gone`, or `left` for a file that cannot be dealt with now.',
    }),
    folder: t.exposeString('folder', { description: '`inbox` or `exchange`.' }),
    name: t.exposeString('name', { description: 'The name of the file.' }),
    runId: t.string({ nullable: true, resolve: (event) => ('run' in event ? event.run : undefined), description: 'The run’s ULID.' }),
    code: t.string({ nullable: true, resolve: (event) => ('code' in event ? event.code : undefined), description: 'Why not: stable, for programs.' }),
    message: t.string({ nullable: true, resolve: (event) => ('message' in event ? event.message : undefined), description: 'Why not, for people.' }),
  }),
});
const AppliedRules = builder.objectRef<{ readonly events: readonly WatchEvent[]; readonly pending: number }>('AppliedRules').implement({
  description: 'What looking into the folders led to.',
  fields: (t) => ({
    happened: t.field({ type: [HappeningType], resolve: ({ events }) => [...events], description: 'In order.' }),
    pending: t.exposeInt('pending', { description: 'How many files were still being written.' }),
  }),
});

builder.mutationFields((t) => ({
  importInboxFile: t.field({
    type: RunPayload,
    authScopes: { $any: { import: true, merge: true } },
    errors: refusals('UnknownInboxFile', 'UnknownDatabase', 'DatabaseRefused', 'FileFormatRefused', 'Forbidden'),
    description: 'Imports or merges a file that waits, or that failed before.',
    args: { input: t.arg({ type: ImportInboxFileInput, required: true, description: 'What goes where.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const file = await inboxFileOf(context, input.file);
        const requested = await requestedOf(input, file, context);
        return context.store.takeFile(file.inboxId, { requested, once: false }, metadataOf(context), idempotencyKey);
      }),
  }),
  retryInboxFile: t.field({
    type: InboxFilePayload,
    authScopes: { import: true },
    errors: refusals('UnknownInboxFile'),
    description: 'A file that failed waits again: for the rule that names it, or for `importInboxFile`.',
    args: { input: t.arg({ type: OneFileInput, required: true, description: 'Which.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const { inboxId } = await inboxFileOf(context, input.file);
        return { inboxId, ...(await context.store.retryFile(inboxId, metadataOf(context), idempotencyKey)) };
      }),
  }),
  rejectInboxFile: t.field({
    type: InboxFilePayload,
    authScopes: { import: true },
    errors: refusals('UnknownInboxFile'),
    description: 'Puts a file that waits or failed into `rejected` below the inbox; nothing imports it.',
    args: { input: t.arg({ type: RejectInput, required: true, description: 'Which, and why.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const file = await inboxFileOf(context, input.file);
        const saying = { reason: input.reason, meta: metadataOf(context), idempotencyKey };
        return { inboxId: file.inboxId, ...(await rejectInboxFile(context, file, saying)) };
      }),
  }),
  applyRules: t.field({
    type: AppliedRules,
    authScopes: { $all: { import: true, whole: true } },
    complexity: 100,
    errors: refusals(),
    description:
      'Looks into the inbox, and into the exchange folder where rules name it, and lets the rules take what waits. A server does so by itself all the time.',
    args: { input: t.arg({ type: ApplyRulesInput, required: true, description: 'How far.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input }, context) => refusing(() => lookNow(context, { takes: input.onlyLook !== true, signal: context.signal })),
  }),
}));
