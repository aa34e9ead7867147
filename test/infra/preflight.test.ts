import { afterAll, beforeAll, expect, test } from 'vitest';
import { preflight, refuseRowSecurity, stateRefusal, userSearchPath } from '../../src/infra/postgres/preflight.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';
import { startTransactionPooler } from '../support/transaction-pooler.ts';

let database: TestDatabase;
let role: string;
let owner: Session;
const open: Session[] = [];
const as = async (user: string): Promise<Session> => {
  const session = await openSession(databaseUrl(database.name, user), { purpose: 'test' });
  open.push(session);
  return session;
};

beforeAll(async () => {
  database = await createTestDatabase();
  role = `${database.name}_role`;
  owner = await database.session();
  await owner.run(sql`create role ${sql.id(role)} login`);
  await owner.run(sql`create schema "My Schema"`);
  await owner.run(sql`create table public.open (id int)`);
  await owner.run(sql`create table public.guarded (id int)`);
  await owner.run(sql`alter table public.guarded enable row level security`);
  await owner.run(sql`create table public.forced (id int)`);
  await owner.run(sql`alter table public.forced enable row level security, force row level security, owner to ${sql.id(role)}`);
});
afterAll(async () => {
  await Promise.all(open.map((session) => session.close()));
  await owner.run(sql`drop owned by ${sql.id(role)}`);
  await owner.run(sql`drop role ${sql.id(role)}`);
  await database.drop();
});

test('takes a direct session to a primary', async () => {
  await preflight(owner, { another: () => Promise.reject(new Error('not needed on a direct session')) });
});

test('refuses a role whose sessions are read-only, for writing', async () => {
  await owner.run(sql`alter role ${sql.id(role)} set default_transaction_read_only = on`);
  const session = await as(role);
  await owner.run(sql`alter role ${sql.id(role)} reset default_transaction_read_only`);
  await expect(preflight(session)).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY' });
  await preflight(session, { purpose: 'read' });
});

test('refuses a standby and an old server by name', () => {
  const state = { version: 180_004, versionText: '18.4', standby: true, readOnly: true, database: 'shop' };
  expect(stateRefusal(state, 'write')).toMatchObject({ code: 'DATABASE_IS_STANDBY', message: expect.stringContaining('shop') });
  expect(stateRefusal(state, 'read')).toBeUndefined();
  expect(stateRefusal({ ...state, version: 140_010, versionText: '14.10' }, 'read')).toMatchObject({
    code: 'SERVER_TOO_OLD',
    message: expect.stringContaining('14.10'),
  });
});

test('refuses a pooler in transaction mode', async () => {
  const pooler = await startTransactionPooler(database.url);
  const session = await openSession(pooler.url, { purpose: 'test' });
  await expect(preflight(session, { another: () => openSession(pooler.url, { purpose: 'test second' }) })).rejects.toMatchObject({
    code: 'POOLER_IN_TRANSACTION_MODE',
  });
  await session.close();
  await pooler.stop();
});

test('names the tables whose rows a policy would hide from this role', async () => {
  const tables = ['open', 'guarded', 'forced'].map((name) => ({ schema: 'public', name }));
  await refuseRowSecurity(owner, tables);
  await expect(refuseRowSecurity(await as(role), tables)).rejects.toMatchObject({
    code: 'ROW_LEVEL_SECURITY',
    details: { tables: ['public.forced', 'public.guarded'] },
  });
});

test('gives the role the search_path it has by default, temporary tables last', async () => {
  await owner.run(sql`alter role ${sql.id(role)} in database ${sql.id(database.name)} set search_path = pg_temp, "My Schema", "$user", public`);
  const session = await as(role);
  await session.run(sql`set search_path = pg_catalog`);
  await session.run(await userSearchPath(session));
  expect(await session.one(sql`show search_path`)).toEqual({ search_path: '"My Schema", "$user", public, pg_temp' });
  await owner.run(sql`alter role ${sql.id(role)} in database ${sql.id(database.name)} set search_path = ''`);
  const bare = await as(role);
  await bare.run(await userSearchPath(bare));
  expect(await bare.one(sql`show search_path`)).toEqual({ search_path: '"", pg_temp' });
});
