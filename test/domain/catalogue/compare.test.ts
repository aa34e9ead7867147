import { expect, test } from 'vitest';
import type { Collation, Table } from '../../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { compareCatalogues, type ArchivedTable, type Comparison, type Definitions } from '../../../src/domain/catalogue/compare.ts';
import type { TableSettings } from '../../../src/domain/catalogue/key.ts';
import { primary, reference, table, unique } from './build.ts';

const archived = (...tables: readonly Table[]): readonly ArchivedTable[] =>
  chooseKeys({ tables }).map(({ key, ...made }) => ({
    table: made,
    key,
    carried: made.columns.filter(({ generated }) => generated === undefined).map(({ name }) => name),
  }));
const compare = (
  source: readonly Table[],
  target: readonly Table[],
  settings: Readonly<Record<string, TableSettings>> = {},
  definitions?: Definitions,
): Comparison => compareCatalogues(archived(...source), chooseKeys({ tables: target }), settings, definitions);
const items = (columns: Readonly<Record<string, string>>, ...more: readonly ReturnType<typeof unique>[]): Table =>
  table('items', { id: 'int serial', code: 'text not null', ...columns }, [primary('id'), unique('code'), ...more]);

test('the same catalogue fits, column by column', () => {
  const { tables, mismatches } = compare([items({ price: 'numeric(10,2)' })], [items({ price: 'numeric(10,2)' })]);
  expect(mismatches).toEqual([]);
  expect(tables[0]?.columns.map(({ name, fit }) => `${name} ${fit}`)).toEqual(['id same', 'code same', 'price same']);
  expect(tables[0]?.target.key).toEqual({ kind: 'natural', columns: ['code'], surrogate: ['id'] });
});

test('columns more that fill themselves, and wider types, are compatible', () => {
  const { tables, mismatches } = compare(
    [items({ n: 'smallint' })],
    [items({ n: 'bigint', note: 'text', made: 'timestamptz not null default now()', total: 'int not null generated', number: 'bigint identity' })],
  );
  expect(mismatches).toEqual([]);
  expect(tables[0]?.added.map(({ name }) => name)).toEqual(['note', 'made', 'total', 'number']);
  expect(tables[0]?.columns.find(({ name }) => name === 'n')?.fit).toBe('wider');
});

test('every reason is named at once', () => {
  const { mismatches } = compare(
    [items({ gone: 'text', small: 'bigint', sum: 'int' }), table('elsewhere', { id: 'int' }, [primary('id')])],
    [table('items', { id: 'int serial', code: 'text not null', small: 'int', sum: 'int generated', must: 'text not null' }, [primary('id')])],
  );
  expect(mismatches).toEqual([
    'public.items.gone: the target has no such column',
    'public.items.small: its type integer does not take every bigint',
    'public.items.sum: the target computes it; exclude it in the settings of the table to leave it to the target',
    "public.items.must: the target's column is NOT NULL without a default, and the archive has no values for it",
    "public.items: the archive's key (code) is no key in the target: no unique, immediate, full key with NOT NULL columns is made of it",
    'public.elsewhere: the target has no such table, or the role may not read it',
  ]);
});

test('a column that the target`s settings exclude is not written', () => {
  const { tables, mismatches } = compare([items({ total: 'int', gone: 'text' })], [items({ total: 'int generated' })], {
    'public.items': { exclude: ['total'] },
  });
  expect(mismatches).toEqual(['public.items.gone: the target has no such column']);
  expect(tables[0]?.columns.map(({ name }) => name)).toEqual(['id', 'code']);
});

test('a column that is excluded but needed is named', () => {
  expect(compare([items({ must: 'text' })], [items({ must: 'text not null' })], { 'public.items': { exclude: ['must'] } }).mismatches).toEqual([
    'public.items.must: it is excluded in the settings, but NOT NULL without a default',
  ]);
});

test('the key of the archive counts, not another one that the target would have chosen', () => {
  const { tables, mismatches } = compare([items({ name: 'text not null' })], [items({ name: 'text not null' }, unique('name'))]);
  expect(mismatches).toEqual([]);
  expect(tables[0]?.target.key).toMatchObject({ columns: ['code'] });
});

test('a key that the target`s settings name otherwise is a mismatch', () => {
  expect(
    compare([items({ name: 'text not null' })], [items({ name: 'text not null' }, unique('name'))], { 'public.items': { key: ['name'] } }).mismatches,
  ).toEqual(["public.items: the archive's key is (code), the target's settings say (name); export again with the same key"]);
});

test('an origin needs the id to tell rows apart in the target too', () => {
  expect(compare([table('log', { id: 'int serial' }, [primary('id')])], [table('log', { id: 'int serial' })]).mismatches).toEqual([
    expect.stringContaining("the archive's key (id) is no key in the target"),
  ]);
});

test('a reference on one side only would leave ids untranslated', () => {
  const users = table('users', { id: 'int serial', mail: 'text not null' }, [primary('id'), unique('mail')]);
  const tasks = (...references: readonly ReturnType<typeof reference>[]): Table =>
    table('tasks', { code: 'text', user_id: 'int' }, [primary('code')], references);
  const fk = reference('user_id -> users.id');
  expect(compare([users, tasks(fk)], [users, tasks(fk)]).mismatches).toEqual([]);
  expect(compare([users, tasks(fk)], [users, tasks()]).mismatches).toEqual([
    expect.stringContaining('the target lacks the reference (user_id) -> public.users'),
  ]);
  expect(compare([users, tasks()], [users, tasks(fk)]).mismatches).toEqual([
    expect.stringContaining('the archive lacks the reference (user_id) -> public.users'),
  ]);
  expect(compare([users, tasks(fk)], [users, tasks()], { 'public.users': { ids: 'preserve' } }).mismatches).toEqual([]);
  expect(compare([tasks(fk)], [users, tasks()]).mismatches).toEqual([expect.stringContaining('the target lacks the reference')]);
});

test('a reference over plain values may be on one side only', () => {
  const countries = table('countries', { code: 'text' }, [primary('code')]);
  const cities = (...references: readonly ReturnType<typeof reference>[]): Table =>
    table('cities', { name: 'text', country: 'text' }, [primary('name')], references);
  expect(compare([countries, cities(reference('country -> countries.code'))], [countries, cities()]).mismatches).toEqual([]);
});

const collation = (deterministic: boolean, version: string): Collation => ({
  schema: 'public',
  name: 'loose',
  provider: 'icu',
  locale: 'und',
  deterministic,
  version,
});
const withCollation = (name: string): Table => {
  const made = items({});
  return { ...made, columns: made.columns.map((column) => (column.name === 'code' ? { ...column, collation: { schema: 'public', name } } : column)) };
};

test('collations of keys matter only where they call equal what has other bytes', () => {
  const sides = (archive: Collation, target: Collation): Definitions => ({ archive: { collations: [archive] }, target: { collations: [target] } });
  const loose = collation(false, '1');
  expect(compare([withCollation('loose')], [items({})], {}, { archive: { collations: [collation(true, '1')] }, target: {} }).mismatches).toEqual([]);
  expect(compare([withCollation('loose')], [items({})], {}, { archive: { collations: [loose] }, target: {} }).mismatches).toEqual([
    expect.stringContaining('differ in what they call equal'),
  ]);
  const { tables, mismatches } = compare([withCollation('loose')], [withCollation('loose')], {}, sides(loose, collation(false, '2')));
  expect(mismatches).toEqual([]);
  expect(tables[0]?.notes).toEqual([expect.stringContaining('has version 1 in the archive and 2 here')]);
});
