import { rm, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createTestApp } from '../support/app.ts';
import { clusterUrl } from '../support/cluster.ts';
import { atEnd, closeAll, openWatched, patienceMs, pollingOnly, settled, until, watchShop } from '../support/snapshots.ts';
import { query } from '../support/two-databases.ts';

afterEach(closeAll);

describe('whoever watches', { timeout: 90_000 }, () => {
  test('is one of two servers, and the other one goes on when it stops', async () => {
    const shop = await openWatched({ env: { ...pollingOnly, DB_EXPORT_CHECK_INTERVAL: '1' } });
    await settled(shop);
    const second = await createTestApp({
      WAYBILL_STORE_URL: shop.app.storeDatabase.url,
      WAYBILL_DATABASE_SHOP: shop.database.url,
      DB_EXPORT_ENABLE_AUTO_EXPORT: 'true',
      DB_EXPORT_EXPORT_DIRECTORY: shop.folder,
      DB_EXPORT_CHECK_INTERVAL: '1',
      ...pollingOnly,
    });
    atEnd(second.close);
    await second.app.listen();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = (await shop.written()).length;
    await shop.run(`update customer set name = 'Ada L.' where id = 1`);
    await shop.seen('Ada L.');
    await until(async () => (await shop.written()).length > before, patienceMs, 'no event told of it');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await shop.written()).length).toBe(before + 1);
    const events = async (): Promise<number> => (await second.app.store.events({ types: ['SnapshotWritten'] })).length;
    await shop.app.app.stop();
    await shop.run(`update customer set name = 'Ada B.' where id = 1`);
    await shop.seen('Ada B.');
    await until(async () => (await events()) === before + 2, patienceMs, 'there was not one snapshot more');
  });

  test('finds what changed while nobody watched', async () => {
    const shop = await openWatched({ env: pollingOnly });
    await settled(shop);
    await shop.app.app.stop();
    await shop.run(`delete from purchase; update customer set name = 'Meanwhile' where id = 2`);
    const again = await createTestApp({
      WAYBILL_STORE_URL: shop.app.storeDatabase.url,
      WAYBILL_DATABASE_SHOP: shop.database.url,
      DB_EXPORT_ENABLE_AUTO_EXPORT: 'true',
      DB_EXPORT_EXPORT_DIRECTORY: shop.folder,
      ...pollingOnly,
    });
    atEnd(again.close);
    await again.app.listen();
    await shop.seen('Meanwhile');
    expect(await shop.file('purchase.csv')).not.toContain('P-1');
    expect(await shop.file('database_export.json')).toContain('Meanwhile');
    const [last] = (await again.app.store.browse({ newestFirst: true, limit: 1, types: ['SnapshotWritten'] })).map(({ event }) => event.data);
    expect(last).toMatchObject({ by: 'start', database: 'shop' });
  });

  test('leaves neither session nor slot in the database', async () => {
    const shop = await watchShop();
    await settled(shop);
    await shop.app.close();
    expect(
      await query(shop.database.url, `select application_name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`),
    ).toEqual([]);
    expect(await query(shop.database.url, `select slot_name from pg_replication_slots where database = current_database()`)).toEqual([]);
    await shop.database.drop();
  });
});

describe('what breaks is told once, and mends by itself', { timeout: 90_000 }, () => {
  test('a folder that cannot be written to', async () => {
    const shop = await openWatched({ env: { ...pollingOnly, DB_EXPORT_CHECK_INTERVAL: '1' } });
    await settled(shop);
    await rm(shop.folder, { recursive: true });
    await writeFile(shop.folder, 'in the way');
    await shop.run(`update customer set name = 'Ada L.' where id = 1`);
    await until(async () => (await shop.failed()).length > 0, patienceMs, 'nothing was said of the folder');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await shop.failed()).toMatchObject([{ database: 'shop', code: 'FOLDER_NOT_WRITABLE' }]);
    expect(JSON.stringify(await shop.failed())).not.toContain(shop.folder);
    await rm(shop.folder);
    await shop.seen('Ada L.');
    expect(
      (await shop.written())
        .at(-1)
        ?.files.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['customer.csv', 'database_export.json', 'purchase.csv']);
  });

  test('a database that is away for a while', async () => {
    const shop = await openWatched({ env: { DB_EXPORT_CHECK_INTERVAL: '1' } });
    await settled(shop);
    const { name } = shop.database;
    await query(
      clusterUrl(),
      `alter database ${name} allow_connections false; select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    await until(async () => (await shop.failed()).length > 0, patienceMs, 'nothing was said of the database');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await query(clusterUrl(), `alter database ${name} allow_connections true`);
    await shop.run(`update customer set name = 'Ada L.' where id = 1`);
    await shop.seen('Ada L.');
    expect(await shop.failed()).toHaveLength(1);
  });
});
