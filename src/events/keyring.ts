import { timingSafeEqual } from 'node:crypto';
import { isScope, readKey } from '../domain/key/key-text.ts';
import type { Reach } from '../domain/key/key.ts';
import type { KnownKey, UnknownKey } from '../infra/http/admit.ts';
import { hashOfKey } from './keys.ts';
import type { KeyStateRow, SecretRow } from './keys.sql.ts';
import { eventChannel } from './log/subscribe.ts';
import { unseal } from './secrets.ts';
import type { Store } from './store.ts';

/**
 * The keys that this process has seen, so that a request costs no query. What is known is never older than `freshMs`: a key
 * that is revoked, that expires, or whose overlap ends, stops working everywhere within that time, and at once where the
 * log's wake-up arrives; whatever was begun with it (a subscription) is told by its signal. Secrets are compared by hash, in
 * constant time, also for ids that do not exist.
 */
export type Keyring = {
  find(shown: string): Promise<KnownKey | UnknownKey>;
  /** When a key was last used is written once a minute at most. */
  used(keyId: string, address: string): void;
  stop(): void;
};

const freshMs = 5000;
const restMs = 200;
const usedEveryMs = 60_000;
const nothing = Buffer.alloc(32);

type Entry = { row: KeyStateRow; readonly secrets: readonly Secret[]; at: number; readonly ends: Map<number, AbortController> };
type Secret = { readonly generation: number; readonly hash: Buffer; readonly signing: Buffer };

const statusOf = (row: KeyStateRow, generation: number): 'valid' | 'revoked' | 'expired' => {
  if (row.is_revoked) return 'revoked';
  if (row.is_expired) return 'expired';
  if (generation === row.generation) return 'valid';
  return generation === row.generation - 1 && row.is_overlapping ? 'valid' : 'expired';
};

const reachOf = ({ databases, tables }: KeyStateRow): Reach => ({
  databases: databases === null ? 'all' : new Set(databases),
  tables: tables === null ? 'all' : new Set(tables),
});

const knownKey = ({ row, ends }: Entry, { generation, signing }: Secret): KnownKey => {
  let end = ends.get(generation);
  if (end === undefined) ends.set(generation, (end = new AbortController()));
  return {
    keyId: row.key_id,
    name: row.name,
    scopes: new Set(row.scopes.filter(isScope)),
    reach: reachOf(row),
    mustSign: row.signed === 'required',
    signing,
    until: end.signal,
  };
};

const loadEntry = async (store: Store, keyId: string): Promise<Entry | undefined> => {
  const [[row], secrets] = await Promise.all([store.keyStates([keyId]), store.keySecrets(keyId)]);
  if (row === undefined) return undefined;
  return { row, secrets: secrets.map((secret) => opened(store, keyId, secret)), at: performance.now(), ends: new Map() };
};

const opened = (store: Store, keyId: string, { generation, hash, signing, sealed }: SecretRow): Secret => {
  if (!sealed) return { generation, hash, signing };
  const { secretKey } = store.context;
  // With another sealing key the API key itself still works; what it signed cannot be checked, and is refused.
  try {
    return { generation, hash, signing: secretKey === undefined ? Buffer.alloc(0) : unseal(secretKey, `key ${keyId}`, signing) };
  } catch {
    return { generation, hash, signing: Buffer.alloc(0) };
  }
};

/** Whose hash it is, looking at all of them. */
const matching = (secrets: readonly Secret[], hash: Buffer): Secret | undefined => {
  let found: Secret | undefined;
  for (const secret of secrets) if (timingSafeEqual(secret.hash, hash)) found = secret;
  if (secrets.length === 0) timingSafeEqual(nothing, hash);
  return found;
};

const takeOver = (entry: Entry, row: KeyStateRow | undefined): void => {
  if (row !== undefined) entry.row = row;
  entry.at = performance.now();
  for (const [generation, end] of entry.ends) {
    if (row !== undefined && statusOf(row, generation) === 'valid') continue;
    end.abort();
    entry.ends.delete(generation);
  }
};

export const openKeyring = (store: Store, onError: (error: unknown) => void): Keyring => {
  const entries = new Map<string, Entry>();
  const usedAt = new Map<string, number>();
  let rest: NodeJS.Timeout | undefined;

  const refresh = async (): Promise<void> => {
    if (entries.size === 0) return;
    const rows = new Map((await store.keyStates([...entries.keys()])).map((row) => [row.key_id, row]));
    for (const [keyId, entry] of entries) takeOver(entry, rows.get(keyId));
  };
  const inBackground = (): void => void refresh().catch(onError);
  const reload = async (keyId: string): Promise<Entry | undefined> => {
    const loaded = await loadEntry(store, keyId);
    const known = entries.get(keyId);
    if (loaded === undefined) return undefined;
    const entry = known === undefined ? loaded : { ...loaded, ends: known.ends };
    takeOver(entry, loaded.row);
    entries.set(keyId, entry);
    return entry;
  };
  const leave = store.context.listener.onWake(eventChannel, () => {
    rest ??= setTimeout(() => {
      rest = undefined;
      inBackground();
    }, restMs).unref();
  });
  const clock = setInterval(inBackground, freshMs).unref();

  return {
    find: async (shown) => {
      const parts = readKey(shown);
      if (typeof parts === 'string') return { reason: 'unknown' };
      const { keyId } = parts;
      const hash = hashOfKey(shown);
      const known = entries.get(keyId);
      const isFresh = known !== undefined && performance.now() - known.at < freshMs && matching(known.secrets, hash) !== undefined;
      const entry = isFresh ? known : await reload(keyId);
      const secret = matching(entry?.secrets ?? [], hash);
      if (entry === undefined) return { reason: 'unknown' };
      if (secret === undefined) return { reason: 'wrong', keyId, name: entry.row.name };
      const status = statusOf(entry.row, secret.generation);
      return status === 'valid' ? knownKey(entry, secret) : { reason: status, keyId, name: entry.row.name };
    },
    used: (keyId, address) => {
      const now = performance.now();
      const before = usedAt.get(keyId);
      if (before !== undefined && now - before < usedEveryMs) return;
      usedAt.set(keyId, now);
      void store.noteKeyUse(keyId, address).catch(onError);
    },
    stop: () => {
      leave();
      clearInterval(clock);
      clearTimeout(rest);
    },
  };
};
