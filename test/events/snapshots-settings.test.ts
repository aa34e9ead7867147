import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { patienceMs, shopTables, until, watchShop } from '../support/snapshots.ts';
import { query } from '../support/two-databases.ts';

/** Every setting of the document on automatic snapshots, as a server takes it. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
const shopDatabase = async (): Promise<TestDatabase> => {
  const database = await createTestDatabase();
  closing.push(database.drop);
  await query(database.url, shopTables);
  return database;
};
const listening = async (env: Readonly<Record<string, string>>): Promise<{ readonly app: TestApp; readonly log: readonly Record<string, unknown>[] }> => {
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'info', base: null }, { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) });
  const app = await createTestApp(env, { worker: false, logger });
  closing.push(app.close);
  await app.app.listen();
  return { app, log };
};
const visible = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).toSorted();
const snapshot = `mutation ($key: String!) { snapshot(input: { database: "shop" }, idempotencyKey: $key) {
  ... on SnapshotPayload { files { name rows written } } ... on Refusal { code } } }`;

test('by default a server watches its databases and writes a CSV per table, the document and the index', { timeout: 90_000 }, async () => {
  const shop = await watchShop();
  closing.push(shop.close);
  await until(async () => (await shop.written()).length > 0, patienceMs, 'nothing was written');
  expect(await visible(shop.folder)).toEqual(['customer.csv', 'database_export.json', 'index.json', 'purchase.csv']);
  expect(await shop.written()).toMatchObject([{ by: 'start', database: 'shop' }]);
});

test('DB_EXPORT_ENABLE_AUTO_EXPORT=false leaves only what is asked for', { timeout: 90_000 }, async () => {
  const database = await shopDatabase();
  const { app, log } = await listening({ WAYBILL_DATABASE_SHOP: database.url, DB_EXPORT_ENABLE_AUTO_EXPORT: 'false', DB_EXPORT_CHECK_INTERVAL: '1' });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const folder = join(app.folder, 'database_exports');
  expect(await visible(folder)).toEqual([]);
  expect(log).toContainEqual(expect.objectContaining({ reason: 'DB_EXPORT_ENABLE_AUTO_EXPORT is false' }));
  const { body } = await app.ask(snapshot, { key: 'one' });
  expect(body.data?.['snapshot'].files).toContainEqual({ name: 'customer.csv', rows: 2, written: true });
  expect(await visible(folder)).toContain('customer.csv');
});

test('production does not watch; an explicit DB_EXPORT_ENABLE_MONITORING wins, and the log says so', { timeout: 90_000 }, async () => {
  const database = await shopDatabase();
  const env = { WAYBILL_DATABASE_SHOP: database.url, DB_EXPORT_ENABLE_AUTO_EXPORT: 'true', DB_EXPORT_ENVIRONMENT: 'production' };
  const quiet = await listening(env);
  expect(quiet.log).toContainEqual(expect.objectContaining({ reason: 'monitoring is off', environment: 'production' }));
  expect((await quiet.app.ask(snapshot, { key: 'one' })).body.data?.['snapshot'].files).toHaveLength(3);

  const explicit = await listening({ ...env, DB_EXPORT_ENABLE_MONITORING: 'true' });
  expect(explicit.log).toContainEqual(
    expect.objectContaining({ setting: 'DB_EXPORT_ENABLE_MONITORING', value: 'true', preset: 'false', environment: 'production' }),
  );
  const folder = join(explicit.app.folder, 'database_exports');
  await until(async () => (await visible(folder)).includes('customer.csv'), patienceMs, 'nothing was written');
});

test('each output can be switched off, and both at once is refused by name', { timeout: 90_000 }, async () => {
  const database = await shopDatabase();
  const env = { WAYBILL_DATABASE_SHOP: database.url };
  const namesWith = async (more: Readonly<Record<string, string>>): Promise<unknown> => {
    const app = await createTestApp({ ...env, ...more });
    closing.push(app.close);
    const { snapshot: taken } = (await app.ask(snapshot, { key: 'one' })).body.data ?? {};
    return taken.files?.map(({ name }: { name: string }) => name).toSorted() ?? taken.code;
  };
  expect(await namesWith({ DB_EXPORT_EXPORT_JSON: 'false' })).toEqual(['customer.csv', 'purchase.csv']);
  expect(await namesWith({ DB_EXPORT_EXPORT_CSV: 'false' })).toEqual(['database_export.json']);
  expect(await namesWith({ DB_EXPORT_EXPORT_CSV: 'false', DB_EXPORT_EXPORT_JSON: 'false' })).toBe('SNAPSHOT_NOTHING_TO_WRITE');
});

test('DB_EXPORT_EXPORT_DIRECTORY names the folder; of several databases each has one below it', { timeout: 90_000 }, async () => {
  const [shop, other] = [await shopDatabase(), await shopDatabase()];
  const app = await createTestApp({ WAYBILL_DATABASE_SHOP: shop.url, WAYBILL_DATABASE_OTHER: other.url, DB_EXPORT_EXPORT_DIRECTORY: 'my_exports' });
  closing.push(app.close);
  await app.ask(snapshot, { key: 'one' });
  await app.ask(snapshot.replace('"shop"', '"other"'), { key: 'two' });
  const folder = join(app.folder, 'my_exports');
  expect(await visible(folder)).toEqual(['other', 'shop']);
  expect(await visible(join(folder, 'shop'))).toEqual(['customer.csv', 'database_export.json', 'index.json', 'purchase.csv']);
});
