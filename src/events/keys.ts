import { createHash, randomBytes } from 'node:crypto';
import { decideKey, evolveKey, noKey, type KeyState } from '../domain/key/decide.ts';
import { writeKey, type KeyLabel } from '../domain/key/key-text.ts';
import type { AccessRefusal, NewKey } from '../domain/key/key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { DomainEvent, KeyEvent, Metadata } from '../domain/run/events.ts';
import { signingKeyOf } from '../infra/http/signature.ts';
import type { Tx } from '../infra/postgres/transaction-pool.ts';
import { loadStream, toAppend } from './commands.ts';
import type { StoreContext } from './context.ts';
import { execute, type Positioned } from './execute.ts';
import { takeTurns } from './idempotency.sql.ts';
import {
  dropOldSecrets,
  findKeyByName,
  listKeys,
  noteUse,
  putKeySecret,
  readKeyRow,
  readKeyStates,
  readOverlapEnd,
  readSecrets,
  type KeyStateRow,
  type SecretRow,
} from './keys.sql.ts';
import { newId } from './log/append.ts';
import { seal } from './secrets.ts';

/** A key as lists show it. */
export type KeyRow = {
  readonly key_id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly databases: readonly string[] | null;
  readonly tables: readonly string[] | null;
  readonly signed: string;
  readonly generation: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly overlap_until: string | null;
  readonly last_at: string | null;
  readonly address: string | null;
};

/** `secret` is the whole key, and there for the first answer only: nothing keeps it. */
export type Minted = { readonly keyId: string; readonly secret: string | undefined } & Positioned;
type Answer = { readonly keyId: string; /** Whose secret is the one that counts, should two be made at once. */ readonly minted: string };

export const hashOfKey = (shown: string): Buffer => createHash('sha256').update(shown, 'utf8').digest();

const isKeyEvent = (event: DomainEvent): event is KeyEvent =>
  event.type === 'KeyCreated' || event.type === 'KeyRotated' || event.type === 'KeyRevoked' || event.type === 'AccessRefused';

const loadKey = async (tx: Tx, keyId: string): Promise<{ readonly state: KeyState; readonly version: number; readonly position: number }> => {
  const events = await loadStream(tx, `key-${keyId}`);
  return {
    state: events
      .map(({ event }) => event)
      .filter(isKeyEvent)
      .reduce(evolveKey, noKey),
    version: events.length,
    position: events.at(-1)?.position ?? 0,
  };
};

/** A fresh key and what is kept of it: a hash, and what signs in its name, sealed. */
const mint = async (context: StoreContext, tx: Tx, { label, keyId, generation }: { label: KeyLabel; keyId: string; generation: number }): Promise<string> => {
  const shown = writeKey({ label, keyId, secret: randomBytes(32).toString('base64url') });
  const signing = signingKeyOf(shown);
  const sealed = context.secretKey !== undefined;
  const kept: SecretRow = { generation, hash: hashOfKey(shown), signing: sealed ? seal(context.secretKey, `key ${keyId}`, signing) : signing, sealed };
  await tx.run(putKeySecret(keyId, kept));
  return shown;
};

type Options = { readonly meta: Metadata; readonly idempotencyKey?: string | undefined };

const createKey = async (context: StoreContext, input: { readonly key: NewKey; readonly label: KeyLabel }, options: Options): Promise<Minted> => {
  const minted = newId();
  let secret: string | undefined;
  const answer = await execute<Answer>(context, { name: 'create key', input, ...options }, async (tx) => {
    const keyId = newId();
    const events = toAppend(`key-${keyId}`, decideKey(noKey, { type: 'CreateKey', key: input.key }), options.meta);
    await tx.run(takeTurns(`key ${input.key.name}`));
    if ((await tx.maybeOne(findKeyByName(input.key.name))) !== undefined)
      throw new Refusal('KEY_NAME_TAKEN', `There is, or was, a key ${input.key.name}. The log knows keys by their names: choose another one.`, {
        name: input.key.name,
      });
    secret = await mint(context, tx, { label: input.label, keyId, generation: 1 });
    return { events, expected: { [`key-${keyId}`]: { kind: 'none' } }, answer: { keyId, minted }, standsAt: 0 };
  });
  return { keyId: answer.keyId, position: answer.position, secret: answer.minted === minted ? secret : undefined };
};

type Rotation = { readonly keyId: string; readonly label: KeyLabel; readonly overlapHours: number };

const rotateKey = async (context: StoreContext, input: Rotation, options: Options): Promise<Minted> => {
  const { keyId } = input;
  const minted = newId();
  let secret: string | undefined;
  const answer = await execute<Answer>(context, { name: 'rotate key', input, ...options }, async (tx) => {
    const { state, version } = await loadKey(tx, keyId);
    const { until } = await tx.one<{ until: string }>(readOverlapEnd(input.overlapHours));
    const events = toAppend(`key-${keyId}`, decideKey(state, { type: 'RotateKey', overlapUntil: until }), options.meta);
    const generation = state.state === 'none' ? 1 : state.generation + 1;
    secret = await mint(context, tx, { label: input.label, keyId, generation });
    await tx.run(dropOldSecrets(keyId, generation));
    return { events, expected: { [`key-${keyId}`]: { kind: 'exact', version } }, answer: { keyId, minted }, standsAt: 0 };
  });
  return { keyId, position: answer.position, secret: answer.minted === minted ? secret : undefined };
};

const revokeKey = (context: StoreContext, input: { readonly keyId: string; readonly reason?: string }, options: Options): Promise<Positioned> =>
  execute(context, { name: 'revoke key', input, ...options }, async (tx) => {
    const { state, version, position } = await loadKey(tx, input.keyId);
    const reason = input.reason === undefined ? {} : { reason: input.reason };
    const events = toAppend(`key-${input.keyId}`, decideKey(state, { type: 'RevokeKey', ...reason }), options.meta);
    return { events, expected: { [`key-${input.keyId}`]: { kind: 'exact', version } }, answer: {}, standsAt: position };
  });

const refusedAccess = (context: StoreContext, refused: AccessRefusal & { readonly keyId?: string }, meta: Metadata): Promise<Positioned> => {
  const { keyId, ...data } = refused;
  const stream = keyId === undefined ? `access-${newId()}` : `key-${keyId}`;
  return execute(context, { name: 'refuse access', input: undefined, meta }, async () => ({
    events: toAppend(stream, [{ type: 'AccessRefused', data }], meta),
    expected: { [stream]: { kind: 'any' } },
    answer: {},
    standsAt: 0,
  }));
};

/** API keys as the log has them, and their secrets beside it. What stands here is part of the store. */
export const createKeyStore = (context: StoreContext) => ({
  createKey: (key: NewKey, label: KeyLabel, options: Options) => createKey(context, { key, label }, options),
  /** The key before it works for `overlapHours` more; one before that, no longer. */
  rotateKey: (rotation: Rotation, options: Options) => rotateKey(context, rotation, options),
  revokeKey: (which: { readonly keyId: string; readonly reason?: string }, options: Options) => revokeKey(context, which, options),
  /** By its id, or by its name. */
  key: async (which: string): Promise<KeyRow | undefined> => {
    const byName = await context.queries.maybeOne<{ key_id: string }>(findKeyByName(which));
    return context.queries.maybeOne<KeyRow>(readKeyRow(byName?.key_id ?? which.replace(/^key-/, '')));
  },
  /** Newest first. */
  keys: (after: string | undefined, limit: number) => context.queries.many<KeyRow>(listKeys(after, limit)),
  refusedAccess: (refused: AccessRefusal & { readonly keyId?: string }, meta: Metadata) => refusedAccess(context, refused, meta),
  noteKeyUse: async (keyId: string, address: string): Promise<void> => void (await context.queries.run(noteUse(keyId, address))),
  /** For the keyring only. */
  keyStates: (keyIds: readonly string[]) => context.queries.many<KeyStateRow>(readKeyStates(keyIds)),
  keySecrets: (keyId: string) => context.queries.many<SecretRow>(readSecrets(keyId)),
});
