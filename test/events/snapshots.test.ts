import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { clusterUrl, createTestDatabase } from '../support/cluster.ts';
import { atEnd, closeAll, hookedShop, openWatched, patienceMs, pollingOnly, settled, shopTables, until } from '../support/snapshots.ts';
import { query } from '../support/two-databases.ts';

/** A change of a watched database reaches its files, with a real server of Waybill and a real PostgreSQL. */
afterEach(closeAll);
const isLogical = async (): Promise<boolean> => (await query(clusterUrl(), 'show wal_level'))[0]?.[0] === 'logical';

describe('a change is in the files', { timeout: 90_000 }, () => {
  test('at once where the server decodes', async () => {
    if (!(await isLogical())) return console.warn('skipped: wal_level of this server is not logical');
    const shop = await openWatched();
    await settled(shop);
    await shop.run(`update customer set name = 'Ada L.' where id = 1`);
    await shop.seen('Ada L.');
    await until(async () => (await shop.written()).at(-1)?.by === 'hooks', patienceMs, 'no event told of it');
    expect((await shop.written()).at(-1)).toMatchObject({ by: 'hooks', tables: ['public.customer'] });
    await shop.seen('Ada L.', 'database_export.json');
  });

  test('at once where triggers are installed', async () => {
    const shop = await hookedShop();
    await shop.run(`update customer set name = 'Ada L.' where id = 1`);
    await shop.seen('Ada L.');
    await shop.run('truncate purchase');
    await until(async () => !(await shop.file('purchase.csv')).includes('P-1'), patienceMs, 'the purchase was still there');
    await until(async () => (await shop.written()).length === 3, patienceMs, 'no event told of it');
    expect((await shop.written()).slice(1).map(({ by, tables }) => ({ by, tables }))).toEqual([
      { by: 'hooks', tables: ['public.customer'] },
      { by: 'hooks', tables: ['public.purchase'] },
    ]);
  });

  test('at the next look by polling, also when one session writes twice within a second', async () => {
    const shop = await openWatched({ env: { ...pollingOnly, DB_EXPORT_CHECK_INTERVAL: '1' } });
    await settled(shop);
    const application = new pg.Client(shop.database.url);
    await application.connect();
    atEnd(() => application.end());
    for (const name of ['One', 'Two', 'Three']) {
      await application.query(`update customer set name = '${name}' where id = 1`);
      await shop.seen(name);
    }
    await application.query(`insert into customer (email, name) values ('eve@x', 'Eve')`);
    await application.query(`update customer set name = 'Evelyn' where email = 'eve@x'`);
    await shop.seen('Evelyn');
    expect(new Set((await shop.written()).slice(1).map(({ by }) => by))).toEqual(new Set(['polling']));
  });

  test('also when it is a new table, a new column, a dropped table', async () => {
    const shop = await openWatched({ env: { ...pollingOnly, DB_EXPORT_CHECK_INTERVAL: '1' } });
    await settled(shop);
    await shop.run(`create table parcel (code text primary key); insert into parcel values ('X-1')`);
    await shop.seen('X-1', 'parcel.csv');
    await shop.run(`alter table parcel add weight integer default 7`);
    await shop.seen('weight', 'parcel.csv');
    await shop.run(`drop table parcel`);
    await until(async () => (await shop.file('parcel.csv')) === '', patienceMs, 'the file of the dropped table was still there');
    expect(await shop.failed()).toEqual([]);
  });

  test('at once after a run of Waybill, which it names', async () => {
    const [source, target] = [await createTestDatabase(), await createTestDatabase()];
    atEnd(source.drop, target.drop);
    await query(source.url, `${shopTables}; insert into customer (email, name) values ('eve@x', 'Eve')`);
    await query(target.url, shopTables);
    const shop = await openWatched({ worker: true, database: target, env: { ...pollingOnly, WAYBILL_DATABASE_SOURCE: source.url } });
    await until(async () => (await shop.file('shop/customer.csv')).includes('Ada'), patienceMs, 'there was no file');
    const { store } = shop.app.app;
    const meta = { actor: 'ada', requestId: 'r', client: 'test' };
    const ended = async (runId: string): Promise<void> =>
      void (await until(async () => (await store.run(runId))?.state === 'completed', patienceMs, 'the run had not ended'));
    const exported = await store.requestRun({ kind: 'export', input: { database: 'source', compression: 'zstd', recipients: [] } }, meta);
    await ended(exported.runId);
    const result = (await store.run(exported.runId))?.result;
    const upload = result?.kind === 'export' ? result.archive.sha256 : '';
    await store.recordUpload({ sha256: upload, bytes: 1, name: 'a.tar.zst' }, meta);
    const input = { upload, fileName: 'a.tar.zst', database: 'shop', onError: 'reject-all', exclusive: false, rebuild: 'auto', approval: 'none' } as const;
    const { runId } = await store.requestRun({ kind: 'import', input }, meta);
    await ended(runId);
    await until(async () => (await shop.file('shop/customer.csv')).includes('Eve'), patienceMs, 'what was imported was not there');
    await until(async () => (await shop.written()).some((each) => each.by === 'run' && each.run === runId), patienceMs, 'no event named the run');
  });
});
