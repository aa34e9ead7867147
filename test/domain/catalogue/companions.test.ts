import { expect, test } from 'vitest';
import type { Table } from '../../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { companionsFor } from '../../../src/domain/catalogue/companions.ts';
import { primary, reference, table, unique } from './build.ts';

const leaves = (child: Table, ...parents: readonly Table[]): readonly string[] => {
  const keyed = chooseKeys({ tables: [child, ...parents] });
  return companionsFor(child, keyed, new Set([`public.${child.name}`])).flatMap(({ reference: name, leaves: each }) =>
    each.map((leaf) => `${name}: ${leaf.name} = ${[...leaf.path, leaf.column].join('.')} ${leaf.type}${leaf.origin === true ? ' by origin' : ''}`),
  );
};
const instructors = table('instructors', { id: 'int serial', xmlid: 'text not null' }, [primary('id'), unique('xmlid')]);

test('an id travels as the parent`s key', () => {
  expect(
    leaves(table('users', { id: 'int serial', instructor_id: 'int' }, [primary('id')], [reference('instructor_id -> instructors.id')]), instructors),
  ).toEqual(['instructor_id_fkey: instructor_xmlid = xmlid text']);
});
test('a name without _id stays whole', () => {
  const regions = table('regions', { id: 'int serial', domaincode: 'text not null' }, [primary('id'), unique('domaincode')]);
  expect(leaves(table('projects', { regio: 'int' }, [], [reference('regio -> regions.id')]), regions)).toEqual([
    'regio_fkey: regio_domaincode = domaincode text',
  ]);
});
test('a value that is its own key needs no companion', () => {
  const countries = table('countries', { code: 'text', name: 'text' }, [primary('code')]);
  expect(leaves(table('cities', { country: 'text' }, [], [reference('country -> countries.code')]), countries)).toEqual([]);
});
test('a parent that is in the archive needs none', () => {
  const users = table('users', { instructor_id: 'int' }, [], [reference('instructor_id -> instructors.id')]);
  expect(companionsFor(users, chooseKeys({ tables: [users, instructors] }), new Set(['public.users', 'public.instructors']))).toEqual([]);
});
test('a key made of references is followed upwards', () => {
  const member = table(
    'member',
    { id: 'int serial', project_id: 'int not null', user_id: 'int not null' },
    [primary('id'), unique('project_id user_id')],
    [reference('project_id -> projects.id'), reference('user_id -> users.id')],
  );
  const projects = table('projects', { id: 'int serial', domaincode: 'text not null' }, [primary('id'), unique('domaincode')]);
  const users = table('users', { id: 'uuid', sysmail: 'text not null' }, [primary('id'), unique('sysmail')]);
  expect(leaves(table('task', { member_id: 'int' }, [], [reference('member_id -> member.id')]), member, projects, users)).toEqual([
    'member_id_fkey: member_project_domaincode = project_id_fkey.domaincode text',
    'member_id_fkey: member_user_sysmail = user_id_fkey.sysmail text',
  ]);
});
test('a parent without a natural key is named by its origin', () => {
  expect(leaves(table('line', { order_id: 'int' }, [], [reference('order_id -> orders.id')]), table('orders', { id: 'int serial' }, [primary('id')]))).toEqual([
    'order_id_fkey: order_id_2 = id integer by origin',
  ]);
});
test('names are cut at 63 bytes and stay different', () => {
  const long = `${'é'.repeat(30)}_id`;
  const names = leaves(table('users', { [long]: 'int' }, [], [reference(`${long} -> instructors.id`)]), instructors).map(
    (leaf) => / (.+) = /.exec(leaf)?.[1] ?? '',
  );
  expect(names.map((name) => Buffer.byteLength(name))).toEqual([63]);
});
test('words that only end in id keep it', () => {
  expect(leaves(table('bill', { paid: 'int' }, [], [reference('paid -> instructors.id')]), instructors)).toEqual(['paid_fkey: paid_xmlid = xmlid text']);
});
