import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/events/store.ts';
import { query } from '../support/two-databases.ts';
import { createTestStore, meta, type TestStore } from '../support/store.ts';

let t: TestStore;
let other: Store;
beforeAll(async () => {
  t = await createTestStore();
  other = await openStore(t.database.url, { purpose: 'test' });
});
afterAll(async () => {
  await other.close();
  await t.close();
});

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const receive = async (store: Store, name: string): Promise<{ readonly uploadId: string; readonly position: number; readonly arrivedAt: number }> => {
  const sha256 = hash(name);
  const { uploadId, position } = await store.recordUpload({ sha256, bytes: 5, name }, meta(), `key of ${name}`);
  const arrived = await store.fileArrived({ folder: 'inbox', name, sha256, bytes: 5, upload: uploadId, by: 'upload' }, meta());
  return { uploadId, position, arrivedAt: arrived.position };
};
const transactions = async (ids: readonly number[]): Promise<number> => {
  const [row] = await query(t.database.url, `select count(distinct xmin::text) as count from waybill.event where position in (${ids.join(', ')})`);
  return Number(row?.[0]);
};

test('files that come at once to two servers share transactions, and each is told of its own event', async () => {
  const names = Array.from({ length: 120 }, (_, index) => `together-${index}.csv`);
  const received = await Promise.all(names.map((name, index) => receive(index % 2 === 0 ? t.store : other, name)));
  for (const [index, { uploadId, position, arrivedAt }] of received.entries()) {
    const name = names[index] ?? '';
    const [stored, arrived] = [await t.store.events({ after: position - 1, limit: 1 }), await t.store.events({ after: arrivedAt - 1, limit: 1 })];
    expect(stored[0]).toMatchObject({ stream: `upload-${uploadId}`, event: { type: 'UploadStored', data: { name } } });
    expect(arrived[0]).toMatchObject({ event: { type: 'InboxFileArrived', data: { name, upload: uploadId } } });
    expect(await t.store.newestOfName('inbox', name)).toMatchObject({ state: 'waiting', sha256: hash(name) });
  }
  expect(await transactions(received.flatMap(({ position, arrivedAt }) => [position, arrivedAt]))).toBeLessThan(120);
  expect(await t.store.verify()).toMatchObject({ ok: true });
});

test('sent again, with its key, it is the same upload and no news', async () => {
  const first = await receive(t.store, 'again.csv');
  const head = await t.store.headPosition();
  const again = await Promise.all([receive(t.store, 'again.csv'), receive(t.store, 'again.csv'), receive(other, 'again.csv')]);
  for (const one of again) expect(one).toEqual(first);
  expect(await t.store.headPosition()).toBe(head);
});

test('what is refused in a transaction takes none of the others along', async () => {
  await receive(t.store, 'before.csv');
  const received = await Promise.allSettled([
    receive(t.store, 'left.csv'),
    t.store.recordUpload({ sha256: hash('else'), bytes: 5, name: 'else.csv' }, meta(), 'key of before.csv'),
    receive(t.store, 'right.csv'),
  ]);
  expect(received.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(received[1]).toMatchObject({ reason: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  expect(await t.store.upload({ sha256: hash('else') })).toBeUndefined();
  for (const name of ['left.csv', 'right.csv']) expect(await t.store.upload({ sha256: hash(name) })).toMatchObject({ times: 1 });
});

test('connections that the server ends in the middle cost no file, and none is told twice', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `ended-${index}.csv`);
  const ending = (async () => {
    for (let round = 0; round < 5; round += 1) {
      await new Promise((done) => setTimeout(done, 15));
      await query(
        t.database.url,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
      ).catch(() => undefined);
    }
  })();
  const send = async (name: string): Promise<void> => {
    for (;;) {
      const isDone = await receive(t.store, name).then(
        () => true,
        (error: unknown) => {
          if ((error as { code?: string }).code !== 'CONNECTION_LOST') throw error;
          return false;
        },
      );
      if (isDone) return;
    }
  };
  await Promise.all([ending, ...names.map(send)]);
  for (const name of names) {
    expect(await t.store.upload({ sha256: hash(name) })).toMatchObject({ times: 1 });
    expect(await t.store.newestOfName('inbox', name)).toMatchObject({ state: 'waiting' });
  }
  const [row] = await query(t.database.url, `select count(*) as count from waybill.event where type = 'InboxFileArrived' and data ->> 'name' like 'ended-%'`);
  expect(Number(row?.[0])).toBe(names.length);
});
