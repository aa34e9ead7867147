import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openDecoding } from '../../src/events/projectors/snapshots/decoding.ts';
import { ensureDatabase, startEmbedded, type Embedded } from '../../src/infra/postgres/embedded.ts';
import { atEnd, closeAll, openWatched, patienceMs, shopTables, until } from '../support/snapshots.ts';
import { query } from '../support/two-databases.ts';

afterEach(closeAll);

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

type OwnServer = { readonly url: string; start(): Promise<void>; stop(): Promise<void> };

/** A server of its own, which decodes: others shall not be restarted with it. */
const ownServer = async (): Promise<OwnServer> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-restart-'));
  await chmod(dataDir, 0o755);
  atEnd(() => rm(dataDir, { recursive: true, force: true }));
  const port = await freePort();
  let server: Embedded | undefined;
  const start = async (): Promise<void> => {
    server = await startEmbedded({ dataDir, port, auth: 'trust', durable: false });
  };
  const stop = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
  };
  await start();
  atEnd(stop);
  const url = server?.url ?? '';
  await query(url, `alter system set wal_level = 'logical'`);
  await stop();
  await start();
  return { url, start, stop };
};

test('a server that is restarted is followed again, and what happened meanwhile is in the files', async () => {
  const server = await ownServer();
  const url = await ensureDatabase(server.url, 'shop');
  await query(url, shopTables);
  const shop = await openWatched({ url, env: { DB_EXPORT_CHECK_INTERVAL: '1' } });
  await shop.seen('Ada');
  await query(url, `update customer set name = 'Before' where id = 1`);
  await shop.seen('Before');
  expect(await query(url, `select plugin, temporary from pg_replication_slots`)).toEqual([['test_decoding', 't']]);

  await server.stop();
  await until(async () => (await shop.failed()).length === 1, patienceMs, 'nothing was said of the server');
  await server.start();
  await query(url, `update customer set name = 'After' where id = 1`);
  await shop.seen('After');
  await query(url, `update customer set name = 'Later' where id = 1`);
  await shop.seen('Later');
  expect(await shop.failed()).toHaveLength(1);
  expect(await query(url, `select plugin, temporary from pg_replication_slots`)).toEqual([['test_decoding', 't']]);
});

test('a process that was stopped holds no slot for long', async () => {
  const server = await ownServer();
  const hooks = await openDecoding(server.url, new AbortController().signal);
  if ('reason' in hooks) throw new Error(hooks.reason);
  atEnd(() => hooks.session.close());
  const slots = async (): Promise<number> => (await query(server.url, 'select 1 from pg_replication_slots')).length;
  expect(await slots()).toBe(1);
  // Nobody looks any more, as when the process is stopped.
  await until(async () => (await slots()) === 0, 3 * patienceMs, 'the slot was still there');
});
