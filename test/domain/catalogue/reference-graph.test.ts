import { expect, test } from 'vitest';
import type { Reference, Table } from '../../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { referenceGraph } from '../../../src/domain/catalogue/reference-graph.ts';
import { primary, reference, table, unique } from './build.ts';

const graph = (...tables: readonly Table[]) => referenceGraph(chooseKeys({ tables }));
const plain = (name: string, parents: readonly string[] = [], change: Partial<Reference> = {}): Table =>
  table(
    name,
    { id: 'int serial', ...Object.fromEntries(parents.map((parent) => [`${parent}_id`, 'int'])) },
    [primary('id')],
    parents.map((parent) => reference(`${parent}_id -> ${parent}.id`, change)),
  );
const shape = (...tables: readonly Table[]): readonly string[] =>
  graph(...tables)
    .components()
    .map(({ tables: members, cyclic }) => `${members.map(({ name }) => name).join('+')}${cyclic ? '*' : ''}`);

test('parents come before children, equals by name', () =>
  expect(shape(plain('c', ['a']), plain('a'), plain('b'), plain('0', ['c']))).toEqual(['a', 'b', 'c', '0']));
test('a circle is one component', () =>
  expect(shape(plain('users', ['instructors', 'status']), plain('instructors', ['users']), plain('status'), plain('posts', ['users']))).toEqual([
    'status',
    'instructors+users*',
    'posts',
  ]));
test('a reference to itself makes no circle', () => expect(shape(plain('node', ['node']))).toEqual(['node']));
test('a reference out of the list does not count', () => expect(shape(plain('a', ['elsewhere']))).toEqual(['a']));
test('a reference that is not enforced does not order', () => expect(shape(plain('a', ['b'], { enforced: false }), plain('b', ['a']))).toEqual(['a', 'b']));
test('a parent by PERIOD comes first', () =>
  expect(shape({ ...plain('a'), periodParents: [{ schema: 'public', name: 'b' }] }, plain('b'))).toEqual(['b', 'a']));
test('two circles that touch are one', () => expect(shape(plain('a', ['b']), plain('b', ['a', 'c']), plain('c', ['b']))).toEqual(['a+b+c*']));
test('a chain of ten thousand tables overflows nothing', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => plain(`t${index}`, index === 0 ? [] : [`t${index - 1}`]));
  expect(referenceGraph(chain.map((each) => ({ ...each, key: { kind: 'origin' as const, surrogate: ['id'] } }))).components().length).toBe(10_000);
});

const user = table('user', { id: 'int serial', mail: 'text not null' }, [primary('id'), unique('mail')]);
const badge = table(
  'badge',
  { id: 'int serial', user_id: 'int not null', boss_id: 'int' },
  [primary('id'), unique('user_id')],
  [reference('user_id -> user.id'), reference('boss_id -> badge.id')],
);
test('rows are matched after the parents of their keys, other references left aside', () =>
  expect(
    graph(badge, user)
      .matchOrder()
      .map(({ name }) => name),
  ).toEqual(['user', 'badge']));
test('refuses keys that refer to each other', () => {
  const circular = [
    badge,
    table('user', { id: 'int serial', badge_id: 'int not null' }, [primary('id'), unique('badge_id')], [reference('badge_id -> badge.id')]),
  ].map((each) => ({ ...each, key: { kind: 'natural' as const, columns: [each.name === 'badge' ? 'user_id' : 'badge_id'], surrogate: ['id'] } }));
  expect(() => referenceGraph(circular).matchOrder()).toThrow(expect.objectContaining({ code: 'KEYS_IN_A_CIRCLE' }));
});
