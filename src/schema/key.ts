import { z } from 'zod';
import { keyPattern, isScope, type KeyLabel } from '../domain/key/key-text.ts';
import { scopes, type NewKey, type Scope } from '../domain/key/key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { KeyRow } from '../events/keys.ts';
import { builder } from './builder.ts';
import { pageArgs, readPage } from './connection.ts';
import { metadataOf, type Context } from './context.ts';
import { given } from './given.ts';
import { InvalidInput } from './invalid-input.ts';
import { refusals, refusing } from './refusal.ts';
import { idempotencyKeyArg } from './run-words.ts';

const said: Readonly<Record<Scope, string>> = {
  read: 'Every query and subscription: runs, plans with the values of rows, events, catalogues.',
  upload: 'Sending files.',
  export: 'Exporting databases, and links to what was exported.',
  import: 'Importing: rows that are new.',
  merge: 'Merging, replacing, replaying, and deciding conflicts: rows may change and go.',
  rollback: 'Taking runs back.',
  admin: 'Everything, and keys.',
};

const ScopeEnum = builder.enumType('Scope', {
  description: 'What a key may do. Each query, mutation and subscription, and each route, wants one.',
  values: Object.fromEntries(scopes.map((scope) => [scope.toUpperCase(), { value: scope, description: said[scope] }])),
});

const ApiKeyType = builder.objectRef<KeyRow>('ApiKey').implement({
  description: 'An API key, without its secret: that is kept nowhere.',
  fields: (t) => ({
    id: t.id({
      resolve: (key) => `key-${key.key_id}`,
      description: '`key-<ulid>`, the name of its stream in the log. The ULID is also part of the key itself.',
    }),
    name: t.exposeString('name', { description: 'Its name, which events carry.' }),
    scopes: t.field({ type: [ScopeEnum], resolve: (key) => key.scopes.filter(isScope), description: 'What it may do.' }),
    databases: t.stringList({ nullable: true, resolve: ({ databases }) => databases?.slice(), description: 'The databases that it may touch; null for all.' }),
    tables: t.stringList({
      nullable: true,
      resolve: ({ tables }) => tables?.slice(),
      description: 'The tables that it may touch, `schema.table`; null for all.',
    }),
    signed: t.boolean({ resolve: (key) => key.signed === 'required', description: 'Whether its mutations and uploads must be signed.' }),
    createdBy: t.string({ resolve: (key) => key.created_by, description: 'Who made it.' }),
    createdAt: t.field({ type: 'DateTime', resolve: (key) => key.created_at, description: 'When it was made.' }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, resolve: (key) => key.expires_at, description: 'When it stops working; null for never.' }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, resolve: (key) => key.revoked_at, description: 'When it was revoked.' }),
    overlapUntil: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (key) => key.overlap_until,
      description: 'Until when the secret before the last rotation works too.',
    }),
    generation: t.exposeInt('generation', { description: '1, and one more with each rotation.' }),
    lastUsedAt: t.field({ type: 'DateTime', nullable: true, resolve: (key) => key.last_at, description: 'When it was last used, to the minute.' }),
    lastAddress: t.string({ nullable: true, resolve: (key) => key.address, description: 'From where.' }),
  }),
});

const ApiKeyConnection = builder.connectionObject(
  { type: ApiKeyType, name: 'ApiKeyConnection', description: 'A page of API keys, newest first.' },
  { name: 'ApiKeyEdge', description: 'One key of a page.' },
);

builder.queryField('keys', (t) =>
  t.field({
    type: ApiKeyConnection,
    authScopes: { admin: true },
    description: 'All API keys, newest first; also those that are revoked.',
    args: pageArgs,
    resolve: (_root, args, context) =>
      readPage(
        args,
        (limit) =>
          context.store.keys(args.after === null || args.after === undefined || args.after === '' ? undefined : args.after.replace(/^key-/, ''), limit),
        (key) => key.key_id,
      ),
  }),
);

type Created = { readonly keyId: string; readonly secret?: string | undefined; readonly position: number };

const CreatedKeyType = builder.objectRef<Created>('CreatedKey').implement({
  description: 'What was done with a key.',
  fields: (t) => ({
    key: t.field({ type: ApiKeyType, resolve: ({ keyId }, _args, context) => existingKey(keyId, context), description: 'The key.' }),
    secret: t.string({
      nullable: true,
      resolve: ({ secret }) => secret,
      description: 'The key itself, as requests show it. It is told this once: a repeated request with the same idempotency key has null here.',
    }),
    position: t.field({ type: 'Long', resolve: ({ position }) => position, description: 'Position of the event in the log.' }),
  }),
});

const existingKey = async (which: string, context: Context): Promise<KeyRow> => {
  const key = await context.store.key(which);
  if (key !== undefined) return key;
  // Somebody may have given the key itself: it is not repeated.
  const shown = keyPattern.test(which) ? 'that you gave' : JSON.stringify(which.slice(0, 100));
  throw new Refusal('KEY_UNKNOWN', `There is no key ${shown}. List the keys to find it.`);
};

const nameList = (what: string) =>
  z
    .array(z.string().min(1, `Name a ${what}.`).max(200, 'Too long.'))
    .min(1, `Name a ${what}, or leave this out for all.`)
    .max(1000, 'Too many.');

const CreateKeyInput = builder.inputType('CreateKeyInput', {
  description: 'What the key is called, and what it may do.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Its name: events carry it for ever, so no other key gets it again.',
      validate: z.string().max(100, 'At most 100 characters.'),
    }),
    scopes: t.field({ type: [ScopeEnum], required: true, description: 'What it may do. ADMIN includes everything.' }),
    databases: t.stringList({
      description: 'The registered databases that it may touch; others look as if they were not there. Default: all.',
      validate: nameList('database'),
    }),
    tables: t.stringList({ description: 'The tables that it may touch, each as `schema.table`. Default: all.', validate: nameList('table') }),
    signed: t.boolean({ defaultValue: false, description: 'Whether its mutations and uploads must be signed.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it stops working. Default: never.' }),
  }),
});

const RotateKeyInput = builder.inputType('RotateKeyInput', {
  description: 'Which key gets a new secret.',
  fields: (t) => ({
    key: t.id({ required: true, description: 'Its id or its name.' }),
    overlapHours: t.float({
      defaultValue: 24,
      description: 'How long the secret before works too. 0: not at all. A second rotation ends the overlap of the first.',
      validate: z.number().min(0, 'From 0 on.').max(8760, 'At most a year.'),
    }),
  }),
});

const RevokeKeyInput = builder.inputType('RevokeKeyInput', {
  description: 'Which key stops working, at once.',
  fields: (t) => ({
    key: t.id({ required: true, description: 'Its id or its name.' }),
    reason: t.string({ description: 'Why; for the log.', validate: z.string().max(500, 'At most 500 characters.') }),
  }),
});

const labels: Readonly<Record<string, KeyLabel>> = { production: 'live', testing: 'test' };
const labelOf = (context: Context): KeyLabel => labels[context.config.environment] ?? 'dev';

const newKeyOf = (asked: typeof CreateKeyInput.$inferInput): NewKey => {
  const { expiresAt } = asked;
  if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= Date.now())
    throw new InvalidInput([{ path: ['input', 'expiresAt'], message: 'That time is over.' }]);
  return {
    name: asked.name.trim(),
    scopes: scopes.filter((scope) => asked.scopes.includes(scope)),
    databases: asked.databases ?? '*',
    tables: asked.tables ?? '*',
    signed: asked.signed === true ? 'required' : 'optional',
    ...given('expiresAt', typeof expiresAt === 'string' ? new Date(expiresAt).toISOString() : undefined),
  };
};

/** A database that is misspelt would be a key that opens nothing. */
const checkDatabases = async ({ databases }: NewKey, context: Context): Promise<void> => {
  if (databases === '*') return;
  for (const name of databases) await context.databases.find(name);
};

builder.mutationFields((t) => ({
  createKey: t.field({
    type: CreatedKeyType,
    authScopes: { admin: true },
    errors: refusals('UnknownDatabase'),
    description: 'Makes an API key. Its secret is in this answer and nowhere else.',
    args: { input: t.arg({ type: CreateKeyInput, required: true, description: 'Which.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const key = newKeyOf(input);
        await checkDatabases(key, context);
        return context.store.createKey(key, labelOf(context), { meta: metadataOf(context), idempotencyKey });
      }),
  }),
  rotateKey: t.field({
    type: CreatedKeyType,
    authScopes: { admin: true },
    errors: refusals('UnknownKey'),
    description: 'Gives a key a new secret. The one before works on for a while, so that whoever has it can change over.',
    args: { input: t.arg({ type: RotateKeyInput, required: true, description: 'Which.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const { key_id: keyId } = await existingKey(input.key, context);
        const rotation = { keyId, label: labelOf(context), overlapHours: input.overlapHours ?? 24 };
        return context.store.rotateKey(rotation, { meta: metadataOf(context), idempotencyKey });
      }),
  }),
  revokeKey: t.field({
    type: CreatedKeyType,
    authScopes: { admin: true },
    errors: refusals('UnknownKey'),
    description: 'Makes a key stop working: on every server within five seconds, and what it follows ends. It cannot be taken back.',
    args: { input: t.arg({ type: RevokeKeyInput, required: true, description: 'Which.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const { key_id: keyId } = await existingKey(input.key, context);
        const { position } = await context.store.revokeKey({ keyId, ...given('reason', input.reason) }, { meta: metadataOf(context), idempotencyKey });
        return { keyId, position };
      }),
  }),
}));
