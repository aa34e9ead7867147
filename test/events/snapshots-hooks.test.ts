import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { installHooks } from '../../src/events/projectors/snapshots/install-hooks.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { atEnd, closeAll, hookedShop, openWatched, ownedShop, settled } from '../support/snapshots.ts';

afterEach(closeAll);

describe('with hooks', { timeout: 90_000 }, () => {
  test('a burst makes one snapshot, or on a slow machine a few', async () => {
    const shop = await hookedShop();
    const before = (await shop.written()).length;
    const application = new pg.Client(shop.database.url);
    await application.connect();
    for (let each = 0; each < 100; each += 1) await application.query(`insert into customer (email, name) values ('${each}@y', 'Burst ${each}')`);
    await application.end();
    await shop.seen('Burst 99');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await shop.written()).length - before).toBeLessThanOrEqual(3);
  });

  test('a transaction that commits long after its trigger rang is not missed', async () => {
    const shop = await hookedShop();
    const [slow, other] = [new pg.Client(shop.database.url), new pg.Client(shop.database.url)];
    await Promise.all([slow.connect(), other.connect()]);
    atEnd(
      () => slow.end(),
      () => other.end(),
    );
    await other.query('begin');
    await other.query(`insert into purchase (number, customer_id) values ('P-open', 1)`);
    await slow.query('begin');
    await slow.query(`update customer set name = 'Late' where id = 1`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await shop.file('customer.csv')).not.toContain('Late');
    await slow.query('commit');
    await shop.seen('Late');
    await other.query('rollback');
    expect(await shop.file('purchase.csv')).not.toContain('P-open');
  });

  test('nothing that did not change is written, and says nothing', async () => {
    const shop = await hookedShop();
    const before = await shop.written();
    await shop.run(`begin; update customer set name = 'Gone'; rollback; delete from purchase where false`);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await shop.written()).toEqual(before);
  });

  test('a table that got no trigger is seen by polling', async () => {
    const { database, url } = await ownedShop();
    const session = await openSession(url, { purpose: 'test' });
    await installHooks(session);
    await session.run(sql`drop trigger waybill_hook on public.customer`);
    await session.close();
    const shop = await openWatched({ database, url, env: { DB_EXPORT_CHECK_INTERVAL: '1' } });
    await settled(shop);
    await shop.run(`update customer set name = 'Ada L.' where id = 1`);
    await shop.seen('Ada L.');
  });
});
