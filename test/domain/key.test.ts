import { describe, expect, it } from 'vitest';
import { decideKey, evolveKey, noKey } from '../../src/domain/key/decide.ts';
import { keyPattern, readKey, writeKey } from '../../src/domain/key/key-text.ts';
import { seesRun, type NewKey } from '../../src/domain/key/key.ts';

const keyId = '01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const shown = writeKey({ label: 'live', keyId, secret: '_-'.repeat(21) + 'x' });
const key: NewKey = { name: 'shop', scopes: ['read'], databases: '*', tables: '*', signed: 'optional' };

describe('the text of a key', () => {
  it('says its id and its secret', () => expect(readKey(shown)).toEqual({ label: 'live', keyId, secret: '_-'.repeat(21) + 'x' }));
  it('is found by a scanner, in the middle of a line', () => expect(keyPattern.exec(`API_SECRET_KEY="${shown}" # mine`)?.[0]).toBe(shown));

  it('with any one character changed is told from a key', () => {
    for (let at = 8; at < shown.length; at += 1) {
      const other = shown[at] === 'A' ? 'B' : 'A';
      expect(readKey(`${shown.slice(0, at)}${other}${shown.slice(at + 1)}`)).toBe('mistyped');
    }
  });

  it.each([
    ['', 'other'],
    ['API-SECRET', 'other'],
    [`${shown}x`, 'mistyped'],
    [shown.slice(0, -1), 'mistyped'],
    [` ${shown}`, 'other'],
  ])('%j is %s', (text, what) => expect(readKey(text)).toBe(what));
});

describe('deciding on keys', () => {
  it.each([
    ['', 'KEY_NAME_INVALID'],
    ['a/b', 'KEY_NAME_INVALID'],
    ['-rf', 'KEY_NAME_INVALID'],
    ['a\nb', 'KEY_NAME_INVALID'],
    ['x'.repeat(101), 'KEY_NAME_INVALID'],
    ['local', 'KEY_NAME_TAKEN'],
    ['api_secret_key', 'KEY_NAME_TAKEN'],
  ])('refuses the name %j', (name, code) =>
    expect(() => decideKey(noKey, { type: 'CreateKey', key: { ...key, name } })).toThrow(expect.objectContaining({ code })),
  );

  it('refuses an admin that is kept to some databases: it would make itself another key', () =>
    expect(() => decideKey(noKey, { type: 'CreateKey', key: { ...key, scopes: ['admin'], databases: ['shop'] } })).toThrow(
      expect.objectContaining({ code: 'KEY_SCOPES_INVALID' }),
    ));

  it('refuses tables without their schema', () =>
    expect(() => decideKey(noKey, { type: 'CreateKey', key: { ...key, tables: ['customer'] } })).toThrow(
      expect.objectContaining({ code: 'KEY_TABLES_INVALID' }),
    ));

  it('counts the secrets of a key, and gives a revoked one no other', () => {
    const created = evolveKey(noKey, { type: 'KeyCreated', data: key });
    const rotate = { type: 'RotateKey', overlapUntil: '2026-11-22T00:00:00Z' } as const;
    expect(decideKey(created, rotate)).toEqual([{ type: 'KeyRotated', data: { generation: 2, overlapUntil: '2026-11-22T00:00:00Z' } }]);
    const revoked = evolveKey(created, { type: 'KeyRevoked', data: {} });
    expect(() => decideKey(revoked, rotate)).toThrow(expect.objectContaining({ code: 'KEY_REVOKED' }));
    expect(decideKey(revoked, { type: 'RevokeKey' })).toEqual([]);
  });
});

describe('a run is seen', () => {
  const run = { database: 'shop', tables: ['public.a'], actor: 'else' };
  const view = { databases: new Set(['shop']), tables: new Set(['public.a', 'public.b']), actor: 'me' };
  it.each([
    ['in its database, with its tables', run, true],
    ['in no other database', { ...run, database: 'other', actor: 'me' }, false],
    ['not with one table more', { ...run, tables: ['public.a', 'public.c'] }, false],
    ['not before its tables are known', { ...run, tables: [] }, false],
    ['but always by who asked for it', { ...run, tables: [], actor: 'me' }, true],
  ])('%s', (_what, what, seen) => expect(seesRun(view, what)).toBe(seen));
});
