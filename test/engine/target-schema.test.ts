import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureTargetSchema, findTargetSchema, printTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import { identify, renewIdentity } from '../../src/infra/postgres/identity.ts';
import { introspect } from '../../src/infra/postgres/introspect.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { clusterUrl, createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';

let database: TestDatabase;
let role: string;
let owner: Session;
let restricted: Session;

beforeAll(async () => {
  database = await createTestDatabase();
  role = `${database.name}_role`;
  owner = await database.session();
  await owner.run(sql`create role ${sql.id(role)} login`);
  await owner.run(sql`create schema app authorization ${sql.id(role)}`);
  restricted = await openSession(databaseUrl(database.name, role), { purpose: 'test' });
});
beforeEach(async () => {
  await owner.run(sql`drop schema if exists waybill cascade`);
  await owner.run(sql`drop schema app cascade`);
  await owner.run(sql`create schema app authorization ${sql.id(role)}`);
});
afterAll(async () => {
  await restricted.close();
  await owner.run(sql`drop owned by ${sql.id(role)}`);
  await owner.run(sql`drop role ${sql.id(role)}`);
  await database.drop();
});

const tables = async (): Promise<readonly string[]> => (await introspect(owner)).tables.map(({ schema, name }) => `${schema}.${name}`);

test('installs on first use and writes nothing from then on', async () => {
  expect(await findTargetSchema(owner)).toBeUndefined();
  const relations = await ensureTargetSchema(owner);
  expect(relations.run).toEqual({ schema: 'waybill', name: 'run' });
  expect(await findTargetSchema(owner)).toEqual(relations);
  const before = await owner.one(sql`select pg_current_xact_id_if_assigned()::text as xid, (select count(*) from waybill.version) as versions`);
  await ensureTargetSchema(owner);
  expect(await owner.one(sql`select pg_current_xact_id_if_assigned()::text as xid, (select count(*) from waybill.version) as versions`)).toEqual(before);
});

test('two first installations at once both succeed', async () => {
  const sessions = await Promise.all([database.session(), database.session()]);
  await Promise.all(sessions.map((session) => ensureTargetSchema(session)));
  expect(await owner.one(sql`select count(*)::int as count from waybill.version`)).toEqual({ count: 1 });
});

test('its relations are no part of the catalogue, a table of the user in the same schema is', async () => {
  await ensureTargetSchema(owner);
  await ensureTargetSchema(owner, { schema: 'app' });
  await owner.run(sql`create table waybill.parcels (id int)`);
  await owner.run(sql`create table app.run (id int)`);
  expect(await tables()).toEqual(['app.run', 'waybill.parcels']);
  expect((await introspect(owner, { excludeRegistry: false })).tables.length).toBe(14);
});

test('a schema waybill of the user stays in the catalogue, and is not touched', async () => {
  await owner.run(sql`create schema waybill`);
  await owner.run(sql`create table waybill.relation (name text)`);
  expect(await tables()).toEqual(['waybill.relation']);
  await expect(ensureTargetSchema(owner)).rejects.toMatchObject({ code: 'TARGET_SCHEMA_NAME_TAKEN', details: { relations: ['waybill.relation'] } });
});

test('a role that may create nothing is told to have the printed DDL run, and can work with it', async () => {
  await expect(ensureTargetSchema(restricted)).rejects.toMatchObject({
    code: 'TARGET_SCHEMA_MISSING_RIGHTS',
    message: expect.stringContaining('waybill install --print'),
  });
  await owner.run(sql`${sql.raw(printTargetSchema(undefined, role))}`);
  const { run, ledger, provenance } = await ensureTargetSchema(restricted);
  expect((await identify(restricted)).databaseId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  await restricted.run(sql`insert into ${sql.id(run.schema, run.name)} (run_id, attempt, state) values ('r', 1, 'applied')`);
  await restricted.run(sql`update ${sql.id(run.schema, run.name)} set plan_hash = 'x'`);
  await restricted.run(sql`delete from ${sql.id(ledger.schema, ledger.name)}`);
  await restricted.run(sql`delete from ${sql.id(provenance.schema, provenance.name)}`);
  expect((await introspect(restricted)).unsupported).toEqual([]);
});

test('installed without grants the role is told what is missing', async () => {
  await owner.run(sql`${sql.raw(printTargetSchema())}`);
  await expect(ensureTargetSchema(restricted)).rejects.toMatchObject({ code: 'TARGET_SCHEMA_MISSING_RIGHTS' });
  expect((await introspect(restricted)).tables).toEqual([]);
  expect((await introspect(restricted)).unsupported).toEqual([]);
});

test('lives inside a given schema where the role may create', async () => {
  const relations = await ensureTargetSchema(restricted, { schema: 'app' });
  expect(relations.ledger).toEqual({ schema: 'app', name: 'waybill_ledger' });
  expect(await tables()).toEqual([]);
  await expect(ensureTargetSchema(restricted, { schema: 'nowhere' })).rejects.toMatchObject({ code: 'TARGET_SCHEMA_NOT_FOUND' });
});

test('brings the relations of version 1 up to date, with what they hold', async () => {
  for (const statement of installVersion1) await owner.run(sql`${sql.raw(statement)}`);
  const old = await findTargetSchema(owner);
  expect(old?.run).toEqual({ schema: 'waybill', name: 'run' });
  await ensureTargetSchema(owner);
  expect(await owner.one(sql`select version, (select count(*)::int from waybill.version) as rows from waybill.version`)).toEqual({ version: 2, rows: 1 });
  expect(await owner.one(sql`select run_id, attempt, state, plan_hash, summary, backend_pid, database_id, store_id from waybill.run`)).toEqual({
    run_id: 'run-OLD',
    attempt: 1,
    state: 'applied',
    plan_hash: 'h',
    summary: { kind: 'import' },
    backend_pid: null,
    database_id: null,
    store_id: null,
  });
  expect(await owner.one(sql`select verdict, n::int, keys, names, after, found from waybill.ledger`)).toEqual({
    verdict: 'keep',
    n: 1,
    keys: ['{a}'],
    names: null,
    after: null,
    found: null,
  });
});

test('a role that may not alter the relations of version 1 is told which statements a DBA runs', async () => {
  for (const statement of installVersion1) await owner.run(sql`${sql.raw(statement)}`);
  for (const grant of grantsOf(printTargetSchema(undefined, role))) await owner.run(sql`${sql.raw(grant)}`);
  await expect(ensureTargetSchema(restricted)).rejects.toMatchObject({
    code: 'TARGET_SCHEMA_MISSING_RIGHTS',
    message: expect.stringContaining('waybill install --print --from-version 1'),
  });
  await owner.run(sql`${sql.raw(printTargetSchema(undefined, role, 1))}`);
  await ensureTargetSchema(restricted);
  expect(await owner.one(sql`select version from waybill.version`)).toEqual({ version: 2 });
});

test('refuses relations of a newer version', async () => {
  await ensureTargetSchema(owner);
  await owner.run(sql`update waybill.version set version = 99`);
  await expect(ensureTargetSchema(owner)).rejects.toMatchObject({ code: 'TARGET_SCHEMA_NEWER' });
});

test('a database keeps its id', async () => {
  expect(await identify(owner)).toMatchObject({ databaseId: undefined, name: database.name });
  await ensureTargetSchema(owner);
  expect((await identify(owner, { readOnly: true })).databaseId).toBeUndefined();
  const { isNew, ...first } = await identify(owner);
  expect([first.databaseId, isNew]).toEqual([expect.any(String), true]);
  expect(await identify(owner)).toEqual(first);
  expect(await identify(owner, { readOnly: true })).toEqual(first);
});

test('a copy gets an id of its own and names its parent', async () => {
  await ensureTargetSchema(owner);
  const original = await identify(owner);
  const copy = await copyOf(database);
  const session = await openSession(databaseUrl(copy), { purpose: 'test' });
  expect(await identify(session, { readOnly: true })).toMatchObject({ databaseId: undefined, parentId: original.databaseId });
  const { isNew: _isNew, ...made } = await identify(session);
  expect(made).toMatchObject({ parentId: original.databaseId, name: copy });
  expect(made.databaseId).not.toBe(original.databaseId);
  expect(await identify(session)).toEqual(made);
  const { isNew: _isNewToo, ...renewed } = await renewIdentity(session);
  expect(renewed).toMatchObject({ parentId: made.databaseId });
  expect(await identify(session)).toEqual(renewed);
  await session.close();
  await dropCopy(copy);
  owner = await database.session();
  restricted = await openSession(databaseUrl(database.name, role), { purpose: 'test' });
});

/** As the version before this one printed it, shortened to what the engine reads. */
const version1 = `create schema waybill;
create table waybill.relation (name text primary key);
comment on table waybill.relation is 'Waybill: registry of its own relations in this schema';
insert into waybill.relation values ('version'), ('relation'), ('database'), ('run'), ('ledger'), ('provenance');
create table waybill.version (version int not null, installed_at timestamptz not null default now());
insert into waybill.version (version) values (1);
create table waybill.database (database_id text primary key, parent_id text, system_identifier text, oid bigint not null, name text not null, created_at timestamptz not null default now());
create table waybill.run (run_id text primary key, attempt int not null, state text not null check (state in ('applied', 'fenced')), plan_hash text, summary jsonb, backend_pid int, at timestamptz not null default now());
create table waybill.ledger (run_id text not null, table_schema text not null, table_name text not null, verdict text not null, chunk int not null, n bigint not null, lo bigint, hi bigint, ids bigint[], keys text[], before jsonb[]);
create table waybill.provenance (table_schema text not null, table_name text not null, origin_database text not null, origin_key text[] not null, key text[] not null, run_id text not null, primary key (table_schema, table_name, origin_database, origin_key));
insert into waybill.run (run_id, attempt, state, plan_hash, summary) values ('run-OLD', 1, 'applied', 'h', '{"kind": "import"}');
insert into waybill.ledger (run_id, table_schema, table_name, verdict, chunk, n, keys) values ('run-OLD', 'public', 't', 'keep', 0, 1, array['{a}'])`;
const installVersion1 = version1.split(';\n');
const grantsOf = (script: string): readonly string[] => script.split('\n').filter((line) => line.startsWith('grant '));

/** A template may have no session, so both close first. */
const copyOf = async (original: TestDatabase): Promise<string> => {
  await Promise.all([owner.close(), restricted.close()]);
  const copy = `${original.name}_copy`;
  const admin = await openSession(clusterUrl(), { purpose: 'test admin' });
  await admin.run(sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${original.name}`);
  await admin.run(sql`create database ${sql.id(copy)} template ${sql.id(original.name)} strategy file_copy`);
  await admin.close();
  return copy;
};
const dropCopy = async (copy: string): Promise<void> => {
  const admin = await openSession(clusterUrl(), { purpose: 'test admin' });
  await admin.run(sql`drop database ${sql.id(copy)} with (force)`);
  await admin.close();
};
