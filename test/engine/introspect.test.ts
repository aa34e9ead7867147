import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Catalogue, Column, Table } from '../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../src/domain/catalogue/choose-key.ts';
import { introspect } from '../../src/infra/postgres/introspect.ts';
import { fingerprint } from '../../src/infra/postgres/fingerprint.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';
import { modernShapes, shapes } from './introspect.fixture.ts';

let database: TestDatabase;
let session: Session;
let catalogue: Catalogue;
let modern: boolean;

beforeAll(async () => {
  database = await createTestDatabase();
  session = await database.session();
  const { version } = await session.one<{ version: number }>(sql`select current_setting('server_version_num')::int as version`);
  modern = version >= 180_000;
  for (const statement of [...shapes, ...(modern ? modernShapes : [])]) await session.run(sql.raw(statement));
  catalogue = await introspect(session);
});
afterAll(() => database.drop());

const table = (name: string): Table => {
  const found = catalogue.tables.find((each) => each.name === name);
  if (found === undefined) throw new Error(`No table ${name}`);
  return found;
};
const column = (name: string, of: string): Column => {
  const found = table(of).columns.find((each) => each.name === name);
  if (found === undefined) throw new Error(`No column ${name}`);
  return found;
};
const equal = { schema: 'pg_catalog', name: '=' };

describe('tables', () => {
  test('only tables with rows of their own: no partition, no temporary table, no view', () => {
    const names = catalogue.tables.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Order "Lines".v2', 'm', 'h', 'animal', 'dog', 'scratch']));
    for (const absent of ['m_2023', 'm_2024', 'h0', 'leftover', 'seen', 'computed_view']) expect(names).not.toContain(absent);
  });
  test('are in the order of their names, whatever the locale', () => {
    const ids = catalogue.tables.map(({ schema, name }) => `${schema}.${name}`);
    expect(ids).toEqual(ids.toSorted());
  });
  test('kind, persistence and parents', () => {
    expect([table('m').kind, table('animal').kind, table('scratch').persistence, table('dog').inherits]).toEqual([
      'partitioned',
      'table',
      'unlogged',
      ['core.animal'],
    ]);
  });
  test('columns keep their numbers over a dropped one', () =>
    expect(table('tick').columns.map(({ name, attnum }) => `${name} ${attnum}`)).toEqual(['id 2', 'z 3']));
  test('any name is data', () => expect(table('Order "Lines".v2').columns.map(({ name }) => name)).toEqual(['Order ID', 'a.b', '__proto__', 'emoji 🙂']));
  test('row security', () => expect(['alias', 'refers', 'm'].map((name) => table(name).rowSecurity)).toEqual(['enabled', 'forced', 'none']));
  test('rules and triggers of the user', () => {
    expect(table('booking').rules).toEqual(['redirect']);
    expect(table('uq').triggers).toEqual([
      { name: 'later', timing: 'after', events: ['delete'], level: 'row', enabled: true, function: 'core.touch' },
      { name: 'sleeping', timing: 'after', events: ['truncate'], level: 'statement', enabled: false, function: 'core.touch' },
      { name: 'touch', timing: 'before', events: ['insert', 'update'], level: 'row', enabled: true, function: 'core.touch' },
    ]);
    expect(table('emp').triggers).toEqual([]);
  });
});

describe('columns', () => {
  test('types are printed with every schema', () => {
    expect(['mood', 'moods', 'v', 'n', 'i', 't', 'b'].map((name) => column(name, 'types').type)).toEqual([
      'core.mood',
      'core.mood[]',
      'character varying(7)',
      'numeric(12,3)[]',
      'interval day to second(3)',
      'timestamp(3) with time zone',
      '"char"',
    ]);
    expect(column('mood', 'types').default).toBe(`'ok'::core.mood`);
  });
  test('kinds below domains and arrays', () => {
    expect(['mood', 'moods', 'addr', 'homes', 'pairs', 'code', 'r'].map((name) => column(name, 'types').typeKind)).toEqual([
      'enum',
      'enum',
      'composite',
      'composite',
      'range',
      'base',
      'multirange',
    ]);
    expect(column('moods', 'types').enum).toEqual({ schema: 'core', name: 'mood' });
  });
  test('composite types are seen through arrays, domains and ranges', () => {
    expect(
      table('types')
        .columns.filter(({ overComposite }) => overComposite)
        .map(({ name }) => name),
    ).toEqual(['addr', 'homes', 'pairs', 'pair']);
  });
  test('domains know the type below all of them, and whether one of them is NOT NULL', () => {
    expect([column('code', 'types').domain, column('strict', 'types').domain, column('strict', 'types').baseType]).toEqual([
      { base: 'character varying(8)', notNull: false },
      { base: 'character varying(8)', notNull: true },
      'character varying',
    ]);
  });
  test('types without an equality have none, nor what is made of them', () => {
    expect(
      table('types')
        .columns.filter(({ equality }) => equality === undefined)
        .map(({ name }) => name),
    ).toEqual(['addr', 'homes', 'j', 'js', 'pt', 'x']);
    expect(new Set(table('types').columns.flatMap(({ equality }) => (equality === undefined ? [] : [`${equality.schema}.${equality.name}`])))).toEqual(
      new Set(['pg_catalog.=']),
    );
  });
  test('every equality is an operator that exists', async () => {
    for (const each of table('types').columns.filter(({ equality }) => equality !== undefined)) {
      await session.run(
        sql`select v operator(${sql.id(each.equality?.schema ?? '')}.${sql.raw(each.equality?.name ?? '')}) v from (select array[]::${sql.raw(each.type.replace('[]', ''))}[]) as a (vs), unnest(vs) v`,
      );
    }
  });
  test('collations that are not the default', () => {
    expect([column('v', 'types').collation, column('l', 'types').collation, column('mood', 'types').collation]).toEqual([
      { schema: 'pg_catalog', name: 'C' },
      { schema: 'core', name: 'loose' },
      undefined,
    ]);
    expect(catalogue.collations?.find(({ name }) => name === 'loose')).toMatchObject({ provider: 'icu', locale: 'und-u-ks-level2', deterministic: false });
  });
  test('identity, generated, and the sequences behind them', () => {
    expect(column('id', 'dept')).toMatchObject({ identity: 'always', sequence: { schema: 'core', name: 'dept_id_seq' } });
    expect(column('id', 'emp')).toMatchObject({ identity: 'by default', sequence: { schema: 'core', name: 'emp_id_seq' } });
    expect(column('id', 'serial')).toMatchObject({ default: `nextval('core.serial_id_seq'::regclass)`, sequence: { schema: 'core', name: 'serial_id_seq' } });
    expect(column('id', 'tick').sequence).toEqual({ schema: 'core', name: 'ticket' });
    expect(column('label', 'serial').sequence).toBeUndefined();
    expect(column('gross', 'computed')).toMatchObject({ generated: 'stored' });
    expect(column('gross', 'computed').default).toBeUndefined();
  });
  test('enums with their labels in order', () => expect(catalogue.enums).toEqual([{ schema: 'core', name: 'mood', labels: ['sad', 'ok', "it's"] }]));
});

describe('keys and constraints', () => {
  test('uniques of every kind', () => {
    const uniques = Object.fromEntries(table('uq').uniques.map(({ name, ...unique }) => [name, unique]));
    expect(uniques['uq_pkey']).toMatchObject({ constraint: true, primary: true, columns: ['id'], immediate: true, valid: true, equality: [equal] });
    expect(uniques['uq_a_b_key']).toMatchObject({ constraint: true, primary: false, columns: ['a', 'b'], nullsNotDistinct: false });
    expect(uniques['uq_c_key']).toMatchObject({ nullsNotDistinct: true });
    expect(uniques['uq_b_key']).toMatchObject({ immediate: false });
    expect(uniques['uq_live']).toMatchObject({ constraint: false, columns: ['a'], predicate: 'live' });
    expect(uniques['uq_expr']).toMatchObject({ columns: ['a'], expressions: ['lower(c)', 'a'] });
    expect(uniques['uq_include']).toMatchObject({ columns: ['c'] });
    expect(uniques['uq_include']).not.toHaveProperty('expressions');
  });
  test('a partitioned table has its keys once', () => expect(table('m').uniques.map(({ columns }) => columns)).toEqual([['id', 'day']]));
  test('checks, inherited ones included', () => {
    expect(table('uq').checks).toEqual([{ name: 'positive', expression: '((a > 0) AND (b > 0))', columns: ['a', 'b'], enforced: true, validated: false }]);
    expect(table('dog').checks).toMatchObject([{ name: 'animal_n_check', columns: ['n'] }]);
  });
  test('references with their columns in pairs', () => {
    expect(table('alias').references).toEqual([
      {
        name: 'alias_slug_tenant_fkey',
        columns: ['slug', 'tenant'],
        parent: { schema: 'core', name: 'node' },
        parentColumns: ['slug', 'tenant'],
        match: 'simple',
        onDelete: 'set null',
        onUpdate: 'cascade',
        onDeleteColumns: ['slug'],
        deferrable: false,
        deferred: false,
        enforced: true,
        validated: true,
        equality: [equal, equal],
      },
    ]);
    expect(table('node').references).toMatchObject([{ columns: ['parent_tenant', 'parent_id'], match: 'full' }]);
    expect(table('emp').references.map(({ name, deferrable, deferred, onDelete }) => [name, deferrable, deferred, onDelete])).toEqual([
      ['emp_boss_id_fkey', false, false, 'set null'],
      ['emp_dept_id_fkey', true, true, 'no action'],
    ]);
  });
  test('a reference to a partitioned table is one; one to a partition leads to its root', () => {
    expect(table('refers').references.map(({ parent }) => parent.name)).toEqual(['m']);
    expect(table('refers_leaf').references.map(({ parent }) => parent.name)).toEqual(['m']);
    expect(table('refers_leaf').unforeseeable).toEqual(['reference refers_leaf_mid_mday_fkey points at the partition m_2023']);
  });
  test('what no plan foresees', () => {
    expect(table('booking').unforeseeable).toEqual(['exclusion constraint booking_room_during_excl: EXCLUDE USING gist (room WITH =, during WITH &&)']);
    expect(table('m').unforeseeable).toEqual([
      'constraint m_2024_region_check of partition core.m_2024',
      'unique index m_2024_own of partition core.m_2024',
      'rows that no partition takes',
    ]);
    expect(table('h').unforeseeable).toEqual([]);
  });
});

describe('sequences and the rest', () => {
  test('sequences with direction, owner and position', async () => {
    await session.run(sql`select nextval('core.ticket')`);
    const found = (await introspect(session)).sequences;
    expect(found.find(({ name }) => name === 'ticket')).toEqual({
      schema: 'core',
      name: 'ticket',
      type: 'bigint',
      start: '1000',
      increment: '-5',
      minimum: '-100',
      maximum: '1000',
      cycle: true,
      lastValue: '1000',
      isCalled: true,
    });
    expect(found.find(({ name }) => name === 'emp_id_seq')).toMatchObject({
      increment: '-7',
      start: '100',
      ownedBy: { schema: 'core', table: 'emp', column: 'id' },
      isCalled: false,
    });
  });
  test('what cannot be carried is listed, with the reason', () => {
    expect(catalogue.unsupported).toEqual([
      { object: 'large objects', reason: expect.stringContaining('1 large objects') },
      { object: 'core.computed_view', reason: expect.stringContaining('refresh it after the import') },
    ]);
  });
  test('the session keeps its search_path, which does not show in the catalogue', async () => {
    await session.run(sql`set search_path = "Sales Dept", core`);
    await introspect(session);
    expect(await session.one(sql`show search_path`)).toEqual({ search_path: '"Sales Dept", core' });
    expect(await introspect(session)).toMatchObject({ tables: catalogue.tables.map(({ name }) => ({ name })) });
    await session.run(sql`reset search_path`);
  });
  test('the catalogue is the same, and so is its fingerprint, when it is read again', async () => {
    const again = await introspect(session);
    expect(again.tables).toEqual(catalogue.tables);
    expect(fingerprint(again)).toBe(fingerprint(catalogue));
    await session.run(sql`alter table core.scratch add column more int`);
    expect(fingerprint(await introspect(session))).not.toBe(fingerprint(catalogue));
    await session.run(sql`alter table core.scratch drop column more`);
    expect(fingerprint(await introspect(session))).toBe(fingerprint(catalogue));
  });
});

describe('a role that is no superuser', () => {
  test('reads the same where it may, and names what it may not read', async () => {
    const role = `${database.name}_role`;
    await session.run(sql`create role ${sql.id(role)} login`);
    await session.run(sql`grant usage on schema core to ${sql.id(role)}`);
    await session.run(sql`grant select on all tables in schema core to ${sql.id(role)}`);
    await session.run(sql`revoke select on core.scratch from ${sql.id(role)}`);
    await session.run(sql`grant select (id) on core.scratch to ${sql.id(role)}`);
    const own = await openSession(databaseUrl(database.name, role), { purpose: 'test' });
    const seen = await introspect(own);
    await own.close();
    await session.run(sql`drop owned by ${sql.id(role)}`);
    await session.run(sql`drop role ${sql.id(role)}`);
    const mine = catalogue.tables.filter(({ schema }) => schema === 'core').map((each) => ({ ...each, owned: false }));
    expect(seen.tables).toEqual(mine);
    expect(seen.unsupported.filter(({ reason }) => reason.startsWith('PERMISSION')).map(({ object }) => object)).toEqual([
      'Sales Dept.Order "Lines".v2',
      'core.dept_id_seq',
      'core.emp_id_seq',
      'core.serial_id_seq',
      'core.ticket',
    ]);
  });
});

describe('PostgreSQL 18', () => {
  test('temporal keys and references are listed, and load in order', (context) => {
    if (!modern) context.skip();
    expect(table('stay')).toMatchObject({ uniques: [], unforeseeable: ['temporal key stay_pkey: PRIMARY KEY (room, during WITHOUT OVERLAPS)'] });
    expect(table('guest')).toMatchObject({
      references: [],
      periodParents: [{ schema: 'core', name: 'stay' }],
      unforeseeable: [expect.stringContaining('temporal reference guest_room_during_fkey')],
    });
    expect(chooseKeys(catalogue).find(({ name }) => name === 'stay')?.key).toEqual({ kind: 'image' });
  });
  test('virtual columns, and constraints that are not enforced', (context) => {
    if (!modern) context.skip();
    expect(column('gross', 'modern').generated).toBe('virtual');
    expect(table('modern').references).toMatchObject([{ enforced: false }]);
    expect(table('modern').checks).toMatchObject([{ name: 'hoped', enforced: false }]);
  });
  test('NOT NULL that old rows may break makes no key', (context) => {
    if (!modern) context.skip();
    expect(column('code', 'old')).toMatchObject({ notNull: true, notNullNotValid: true });
    expect(chooseKeys(catalogue).find(({ name }) => name === 'old')?.key).toEqual({ kind: 'image' });
  });
});

test('keys of the shapes', () => {
  const keys = Object.fromEntries(chooseKeys(catalogue).map(({ name, key }) => [name, key]));
  expect(keys).toMatchObject({
    dept: { kind: 'natural', columns: ['code'], surrogate: ['id'] },
    node: { kind: 'natural', columns: ['tenant', 'id'], surrogate: [] },
    alias: { kind: 'natural', columns: ['name'] },
    emp: { kind: 'origin', surrogate: ['id'] },
    m: { kind: 'natural', columns: ['id', 'day'] },
    tick: { kind: 'origin', surrogate: ['id'] },
    dog: { kind: 'image' },
    uq: { kind: 'natural', columns: ['id'] },
    booking: { kind: 'image' },
  });
});
