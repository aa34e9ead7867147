import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/events/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';

const url = 'postgres://u:hunter2@localhost/shop';
let database: TestDatabase;
const opened: Store[] = [];
const open = async (secretKey?: Uint8Array): Promise<Store> => {
  const store = await openStore(database.url, { purpose: 'secrets', ...(secretKey === undefined ? {} : { secretKey }) });
  opened.push(store);
  return store;
};
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await database.drop();
});

test('a URL is sealed at rest and read again with the key', async () => {
  const store = await open(randomBytes(32));
  await store.saveDatabaseUrl('shop', url);
  expect(await store.databaseUrl('shop')).toBe(url);
  const { rows } = await store.context.pool.query(`select url, sealed from waybill.database_secret`);
  expect(rows[0].sealed).toBe(true);
  // Any byte may be in what was sealed, NUL too.
  expect(rows[0].url.includes('hunter2')).toBe(false);
});

test('another key, or none, is refused by name', async () => {
  await (await open(randomBytes(32))).saveDatabaseUrl('shop', url);
  await expect((await open(randomBytes(32))).databaseUrl('shop')).rejects.toMatchObject({ code: 'SECRET_KEY_WRONG' });
  await expect((await open()).databaseUrl('shop')).rejects.toMatchObject({ code: 'SECRET_KEY_MISSING' });
});

test('a sealed URL cannot be moved to another name', async () => {
  const store = await open(randomBytes(32));
  await store.saveDatabaseUrl('shop', url);
  await store.context.pool.query(`insert into waybill.database_secret select 'other', url, sealed, at from waybill.database_secret where name = 'shop'`);
  await expect(store.databaseUrl('other')).rejects.toMatchObject({ code: 'SECRET_KEY_WRONG' });
});

test('a name that nobody saved has no URL', async () => {
  expect(await (await open()).databaseUrl('nowhere')).toBeUndefined();
});
