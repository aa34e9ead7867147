import { assertNever, Refusal } from '../refusal.ts';
import type { DomainEvent, KeyEvent } from '../run/events.ts';
import type { NewKey } from './key.ts';

export type KeyCommand =
  | { readonly type: 'CreateKey'; readonly key: NewKey }
  | { readonly type: 'RotateKey'; readonly overlapUntil: string }
  | { readonly type: 'RevokeKey'; readonly reason?: string };

/** A key as far as commands must know it. */
export type KeyState = { readonly state: 'none' } | { readonly state: 'valid' | 'revoked'; readonly name: string; readonly generation: number };

export const noKey: KeyState = { state: 'none' };

/** Names that the log gives to somebody else. */
const taken: ReadonlySet<string> = new Set(['api_secret_key', 'local', 'server', 'worker', 'inbox', 'seed', 'nobody', 'root']);
const namePattern = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._@-]{0,98}[\p{L}\p{N}])?$/u;

const checkNew = (key: NewKey): void => {
  if (!namePattern.test(key.name))
    throw new Refusal(
      'KEY_NAME_INVALID',
      `A key cannot be called ${JSON.stringify(key.name.slice(0, 100))}: a name has 1 to 100 letters, digits, blanks and . _ @ -, and begins and ends with a letter or digit.`,
    );
  if (taken.has(key.name.toLowerCase()))
    throw new Refusal('KEY_NAME_TAKEN', `The name ${key.name} means somebody else in the log. Choose another one.`, { name: key.name });
  if (key.scopes.length === 0) throw new Refusal('KEY_SCOPES_INVALID', 'A key without a scope may do nothing. Give it one at least.');
  if (key.scopes.includes('admin') && (key.databases !== '*' || key.tables !== '*'))
    throw new Refusal(
      'KEY_SCOPES_INVALID',
      'A key with the scope admin makes other keys, so it cannot be kept to some databases or tables. Leave one of the two out.',
    );
  const bare = key.tables === '*' ? undefined : key.tables.find((table) => !/^[^.]+\.[^.]+$/.test(table));
  if (bare !== undefined) throw new Refusal('KEY_TABLES_INVALID', `Give each table of a key as schema.table, not as ${JSON.stringify(bare.slice(0, 130))}.`);
};

export const evolveKey = (state: KeyState, event: KeyEvent): KeyState => {
  switch (event.type) {
    case 'KeyCreated':
      return { state: 'valid', name: event.data.name, generation: 1 };
    case 'KeyRotated':
      return state.state === 'none' ? state : { ...state, generation: event.data.generation };
    case 'KeyRevoked':
      return state.state === 'none' ? state : { ...state, state: 'revoked' };
    case 'AccessRefused':
      return state;
    default:
      return assertNever(event);
  }
};

const existing = (state: KeyState): Exclude<KeyState, { readonly state: 'none' }> => {
  if (state.state === 'none') throw new Refusal('KEY_UNKNOWN', 'There is no such key. List the keys to find it.');
  return state;
};

export const decideKey = (state: KeyState, command: KeyCommand): readonly DomainEvent[] => {
  switch (command.type) {
    case 'CreateKey':
      checkNew(command.key);
      return [{ type: 'KeyCreated', data: command.key }];
    case 'RotateKey': {
      const known = existing(state);
      if (known.state === 'revoked') throw new Refusal('KEY_REVOKED', `The key ${known.name} is revoked. Create another one.`, { name: known.name });
      return [{ type: 'KeyRotated', data: { generation: known.generation + 1, overlapUntil: command.overlapUntil } }];
    }
    case 'RevokeKey':
      // Revoked is revoked: saying it again changes nothing.
      if (existing(state).state === 'revoked') return [];
      return [{ type: 'KeyRevoked', data: command.reason === undefined ? {} : { reason: command.reason } }];
    default:
      return assertNever(command);
  }
};
