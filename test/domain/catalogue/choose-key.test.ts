import { describe, expect, test } from 'vitest';
import type { Table, UniqueIndex } from '../../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { primary, reference, table, unique } from './build.ts';

const keyOf = (tables: readonly Table[], name: string, settings = {}): unknown => chooseKeys({ tables }, settings).find((each) => each.name === name)?.key;
const natural = (columns: string, surrogate = ''): unknown => ({
  kind: 'natural',
  columns: columns.split(' '),
  surrogate: surrogate.split(' ').filter(Boolean),
});
const origin = (surrogate: string): unknown => ({ kind: 'origin', surrogate: [surrogate] });
const image = { kind: 'image' };

describe('one table', () => {
  const cases: readonly (readonly [title: string, columns: Record<string, string>, uniques: readonly UniqueIndex[], expected: unknown])[] = [
    ['a natural key beside an identity', { id: 'int identity', code: 'text not null' }, [primary('id'), unique('code')], natural('code', 'id')],
    ['a natural key beside a serial', { id: 'int serial', code: 'text not null' }, [primary('id'), unique('code')], natural('code', 'id')],
    [
      'a natural key beside an integer that nothing feeds',
      { id: 'int', name: 'text not null', tbl: 'text not null' },
      [primary('id'), unique('name tbl')],
      natural('name tbl', 'id'),
    ],
    ['a natural key beside a UUID that nothing feeds', { id: 'uuid', sysmail: 'text not null' }, [primary('id'), unique('sysmail')], natural('sysmail', 'id')],
    [
      'a natural key beside a UUID with a default',
      { id: 'uuid default gen_random_uuid()', mail: 'text not null' },
      [primary('id'), unique('mail')],
      natural('mail', 'id'),
    ],
    ['the integer primary key itself, without alternatives', { id: 'int', name: 'text' }, [primary('id')], natural('id')],
    ['the UUID primary key, where no natural key exists', { id: 'uuid default gen_random_uuid()', name: 'text' }, [primary('id')], natural('id')],
    [
      'a unique UUID before a serial',
      { id: 'int serial', uid: 'uuid not null default gen_random_uuid()' },
      [primary('id'), unique('uid')],
      natural('uid', 'id'),
    ],
    [
      'a unique UUID before an integer that nothing feeds',
      { id: 'int', uid: 'uuid not null default gen_random_uuid()' },
      [primary('id'), unique('uid')],
      natural('uid', 'id'),
    ],
    ['the origin, where only a sequence makes rows different', { id: 'int serial', name: 'text' }, [primary('id')], origin('id')],
    ['the origin, where a function makes up the primary key', { id: 'bigint default public.snowflake()', name: 'text' }, [primary('id')], origin('id')],
    [
      'the origin with the rest of its key',
      { tenant: 'int', id: 'int identity' },
      [primary('tenant id')],
      { kind: 'origin', surrogate: ['id'], columns: ['tenant', 'id'] },
    ],
    ['the image, where nothing is unique', { at: 'timestamptz', message: 'text' }, [], image],
    ['fewer columns before more', { a: 'text not null', b: 'text not null', c: 'text not null' }, [unique('a b'), unique('c')], natural('c')],
    ['lower column numbers among equals', { a: 'text not null', b: 'text not null' }, [unique('b'), unique('a')], natural('a')],
    ['a composite primary key of plain values', { order: 'int', line: 'smallint' }, [primary('order line')], natural('order line')],
    [
      'a unique index that is no constraint',
      { id: 'int serial', code: 'text not null' },
      [primary('id'), unique('code', { constraint: false })],
      natural('code', 'id'),
    ],
    ['not a nullable unique', { id: 'int serial', code: 'text' }, [primary('id'), unique('code')], origin('id')],
    ['not a nullable unique, nulls not distinct neither', { code: 'text' }, [unique('code', { nullsNotDistinct: true })], image],
    ['not a partial unique', { id: 'int', code: 'text not null' }, [primary('id'), unique('code', { predicate: 'live' })], natural('id')],
    [
      'not a unique expression',
      { id: 'int', code: 'text not null' },
      [primary('id'), unique('code', { columns: [], expressions: ['lower(code)'] })],
      natural('id'),
    ],
    ['not a deferrable unique', { id: 'int', code: 'text not null' }, [primary('id'), unique('code', { immediate: false })], natural('id')],
    ['not an invalid index', { id: 'int', code: 'text not null' }, [primary('id'), unique('code', { valid: false })], natural('id')],
    ['not a generated column', { id: 'int', code: 'text not null generated' }, [primary('id'), unique('code')], natural('id')],
    [
      'not an index with another equality than the column',
      { id: 'int', code: 'text not null' },
      [primary('id'), unique('code', { equality: [{ schema: 'ext', name: '=' }] })],
      natural('id'),
    ],
    [
      'an identity that is unique but not primary is an id too',
      { code: 'text', number: 'bigint identity' },
      [primary('code'), unique('number')],
      natural('code', 'number'),
    ],
    [
      'a unique integer that is not primary is business data',
      { id: 'int serial', employee_no: 'int not null' },
      [primary('id'), unique('employee_no')],
      natural('employee_no', 'id'),
    ],
  ];
  for (const [title, columns, uniques, expected] of cases) test(`takes ${title}`, () => expect(keyOf([table('t', columns, uniques)], 't')).toEqual(expected));

  test('passes over NOT NULL that old rows may break', () => {
    const made = table('t', { id: 'int', code: 'text not null' }, [primary('id'), unique('code')]);
    expect(keyOf([{ ...made, columns: made.columns.map((each) => (each.name === 'code' ? { ...each, notNullNotValid: true as const } : each)) }], 't')).toEqual(
      natural('id'),
    );
  });
});

describe('references in keys', () => {
  const users = table('users', { id: 'int serial', mail: 'text not null', name: 'text not null' }, [primary('id'), unique('mail name')]);
  const groups = table('groups', { id: 'int serial' }, [primary('id')]);

  test('a junction is known by its parents', () => {
    const junction = table(
      'member',
      { group_id: 'int', user_id: 'int' },
      [primary('group_id user_id')],
      [reference('group_id -> groups.id'), reference('user_id -> users.id')],
    );
    expect(keyOf([groups, junction, users], 'member')).toEqual(natural('group_id user_id'));
  });
  test('a referencing column costs as many columns as its parent has in its key', () => {
    const badge = table(
      'badge',
      { user_id: 'int not null', number: 'text not null' },
      [unique('user_id'), unique('number')],
      [reference('user_id -> users.id')],
    );
    expect(keyOf([badge, users], 'badge')).toEqual(natural('number'));
  });
  test('a primary key that is a reference is no id of its own', () => {
    const profile = table('profile', { user_id: 'int' }, [primary('user_id')], [reference('user_id -> users.id')]);
    expect(keyOf([profile, users], 'profile')).toEqual(natural('user_id'));
  });
  test('a key that leads back to its own table is passed over', () => {
    const folder = table(
      'folder',
      { id: 'int serial', parent_id: 'int not null', name: 'text not null' },
      [primary('id'), unique('parent_id name')],
      [reference('parent_id -> folder.id')],
    );
    expect(keyOf([folder], 'folder')).toEqual(origin('id'));
  });
  test('two keys that lead to each other: one is passed over, whatever the order', () => {
    const a = table('a', { id: 'int serial', b_id: 'int not null' }, [primary('id'), unique('b_id')], [reference('b_id -> b.id')]);
    const b = table('b', { id: 'int serial', a_id: 'int not null' }, [primary('id'), unique('a_id')], [reference('a_id -> a.id')]);
    expect([keyOf([a, b], 'a'), keyOf([a, b], 'b')]).toEqual([natural('b_id', 'id'), origin('id')]);
  });
  test('a reference to itself over plain values makes no circle', () => {
    const node = table(
      'node',
      { tenant: 'int', code: 'text', parent_code: 'text' },
      [primary('tenant code')],
      [reference('tenant parent_code -> node.tenant code')],
    );
    expect(keyOf([node], 'node')).toEqual(natural('tenant code'));
  });
  test('a value that comes down several references from an id is that id', () => {
    const profile = table('profile', { user_id: 'int' }, [primary('user_id')], [reference('user_id -> users.id')]);
    const photo = table('photo', { user_id: 'int', number: 'int' }, [primary('user_id number')], [reference('user_id -> profile.user_id')]);
    expect(keyOf([photo, profile, users], 'photo')).toEqual(natural('user_id number'));
  });
});

describe('settings', () => {
  const made = table('t', { id: 'int serial', code: 'text not null', name: 'text not null' }, [primary('id'), unique('code'), unique('name')]);
  test('the configured key wins', () => expect(keyOf([made], 't', { 'public.t': { key: ['name'] } })).toEqual(natural('name', 'id')));
  test('an id may be configured as the key', () => expect(keyOf([made], 't', { 'public.t': { key: ['id'] } })).toEqual(natural('id')));
  test('an excluded column is no key', () => expect(keyOf([made], 't', { 'public.t': { exclude: ['code'] } })).toEqual(natural('name', 'id')));
  test('refuses a configured key that is none, and names the choices', () =>
    expect(() => keyOf([made], 't', { 'public.t': { key: ['code', 'name'] } })).toThrow(
      expect.objectContaining({ code: 'KEY_NOT_UNIQUE', message: expect.stringContaining('(id), (code), (name)') }),
    ));
  test('refuses settings of a table that is not there', () =>
    expect(() => keyOf([made], 't', { 'public.u': {} })).toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND' })));
  test('refuses settings of a column that is not there', () =>
    expect(() => keyOf([made], 't', { 'public.t': { exclude: ['kode'] } })).toThrow(expect.objectContaining({ code: 'COLUMN_NOT_FOUND' })));
});
