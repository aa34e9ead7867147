import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { openStore } from '../../src/events/store.ts';
import { clusterUrl, createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';
import { describeSchema } from '../support/describe-schema.ts';
import { importInput, meta } from '../support/store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('four processes that start at once on an empty store all come up', async () => {
  const stores = await Promise.all(['a', 'b', 'c', 'd'].map((purpose) => openStore(database.url, { purpose })));
  expect(await Promise.all(stores.map((store) => store.headPosition()))).toEqual([0, 0, 0, 0]);
  await Promise.all(stores.map((store) => store.close()));
});

test('the schema is the one that schema.sql shows', async () => {
  await (await openStore(database.url, { purpose: 'schema' })).close();
  const file = new URL('../../src/events/log/schema.sql', import.meta.url);
  const described = `-- The store's schema as its migrations leave it. Written by test/events/schema.test.ts with UPDATE_SCHEMA=1.\n\n${await describeSchema(await database.session(), 'waybill')}`;
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(file, described);
  expect(described).toBe(await readFile(file, 'utf8'));
});

test('a role that owns nothing but its database can keep a store there, and cannot change events', async () => {
  const admin = await openSession(clusterUrl(), { purpose: 'test admin' });
  const role = `${database.name}_role`;
  const own = await createTestDatabase();
  await admin.run(sql`create role ${sql.id(role)} login`);
  await admin.run(sql`alter database ${sql.id(own.name)} owner to ${sql.id(role)}`);
  const store = await openStore(databaseUrl(own.name, role), { purpose: 'own' });
  await store.registerDatabase('shop', 'x', meta());
  await store.recordUpload({ sha256: importInput().upload, bytes: 1, name: 'a' }, meta());
  await store.requestRun({ kind: 'import', input: importInput() }, meta());
  for (const statement of ['update waybill.event set position = 1', 'delete from waybill.event', 'truncate waybill.event']) {
    await expect(store.context.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  }
  await store.rebuildReadModels();
  expect(await store.verify()).toEqual({ ok: true, position: 3 });
  await store.close();
  await own.drop();
  await admin.run(sql`drop role ${sql.id(role)}`);
  await admin.close();
});

test('closing a store leaves no session behind', async () => {
  const store = await openStore(database.url, { purpose: 'leaving' });
  await store.headPosition();
  await store.close();
  const session = await database.session();
  const count = async (): Promise<number> =>
    (await session.one<{ left: number }>(sql`select count(*)::int as left from pg_stat_activity where application_name like 'waybill leaving%'`)).left;
  for (let tries = 0; tries < 50 && (await count()) > 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await count()).toBe(0);
});

test('a store that cannot be reached, or does not let us in, is named as such', async () => {
  await expect(openStore('postgres://postgres@127.0.0.1:1/x', { purpose: 'test' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  await expect(openStore(databaseUrl('no_such_database'), { purpose: 'test' })).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND' });
});
