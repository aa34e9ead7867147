import { afterAll, beforeAll, expect, test } from 'vitest';
import { introspect } from '../../src/infra/postgres/introspect.ts';
import { ensureTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import { openStore } from '../../src/events/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { query } from '../support/two-databases.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('sees nothing but the user tables where store and target share a database', async () => {
  await query(database.url, `create table mine (id int primary key); create schema other; create table other.event (id int)`);
  const store = await openStore(database.url, { purpose: 'test' });
  await store.close();
  const session = await database.session();
  await ensureTargetSchema(session);
  const catalogue = await introspect(session);
  expect(catalogue.tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(['other.event', 'public.mine']);
  expect(catalogue.sequences).toEqual([]);
  expect(catalogue.unsupported).toEqual([]);
});

test('takes a table for the user as long as it is not a whole store', async () => {
  const plain = await createTestDatabase();
  await query(plain.url, `create schema waybill; create table waybill.event (id int); create schema pgboss; create table pgboss.job (id int)`);
  const catalogue = await introspect(await plain.session());
  expect(catalogue.tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(['pgboss.job', 'waybill.event']);
  await plain.drop();
});

test('knows a store that an older version made', async () => {
  const older = await createTestDatabase();
  await (await openStore(older.url, { purpose: 'test' })).close();
  await query(older.url, 'drop table waybill.api_key, waybill.key_secret, waybill.key_use, waybill.inbox_file cascade');
  expect((await introspect(await older.session())).tables).toEqual([]);
  await older.drop();
});
