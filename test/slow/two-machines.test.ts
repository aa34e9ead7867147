import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import type { TestDatabase } from '../support/cluster.ts';
import { startPush, type PushProcess } from '../support/push-process.ts';
import { createWaybill, type Server, type Waybill } from '../support/scenario.ts';
import { silentProxy, type Network } from '../support/silent-proxy.ts';

/** The two machines of the HTTP transfer: one scrapes and pushes, the other takes in and imports by rule. Everything breaks. */
const key = 'the-key-of-both-machines';
const files = 200;
let waybill: Waybill;
let shop: TestDatabase;
let inShop: Session;
let inStore: Session;
let server: Server;
let port: string;
let network: Network;
let sender: string;
let expected: readonly Product[];

type Product = { readonly code: string; readonly name: string; readonly price: string; readonly payload: string };

const productsOf = (file: number): readonly Product[] => {
  // A hundred rows as a rule, now and then some thousands, and three files that go in pieces.
  const count = file % 67 === 0 ? 12_000 : file % 10 === 0 ? 2000 : 5 + (file % 90);
  return Array.from({ length: count }, (_, row) => ({
    code: `p-${String(file).padStart(3, '0')}-${String(row).padStart(5, '0')}`,
    name: `Größe "${row}"\nof ${file}`,
    price: `${row}.${(file % 90) + 10}`,
    payload: randomBytes(120).toString('base64'),
  }));
};
const fileName = (file: number): string => `products-${String(file).padStart(3, '0')}.jsonl`;
const fileNames = Array.from({ length: files }, (_, file) => fileName(file));
const lines = (products: readonly Product[]): string => products.map((product) => `${JSON.stringify(product)}\n`).join('');

beforeAll(async () => {
  waybill = await createWaybill();
  shop = await waybill.database();
  inShop = await openSession(shop.url, { purpose: 'test two machines' });
  inStore = await openSession(waybill.store.url, { purpose: 'test two machines' });
  await inShop.run(
    sql`create table public.product (id bigint generated always as identity primary key, code text not null unique, name text not null, price numeric(10, 2) not null, payload text not null)`,
  );
  const config = { databases: { shop: { url: shop.url } }, rules: [{ match: 'products*.jsonl', into: 'shop', table: 'public.product', mode: 'import' }] };
  await writeFile(waybill.path('waybill.config.ts'), `export default ${JSON.stringify(config)};\n`);
  server = await serve('0');
  ({ port } = new URL(server.url));
  network = await silentProxy(server.url, 3_000_000);
  sender = await mkdtemp(join(tmpdir(), 'waybill-sender-'));
  await mkdir(join(sender, 'product_outbox'));
  const all = Array.from({ length: files }, (_, file) => productsOf(file));
  for (const [file, products] of all.entries()) await writeFile(join(sender, 'product_outbox', fileName(file)), lines(products));
  await writeFile(join(sender, 'product_outbox', 'products-bad.jsonl.gz'), gzipSync(lines(productsOf(10))).subarray(0, -200));
  // It arrives as it was written; what is wrong with it the import finds.
  await writeFile(join(sender, 'product_outbox', 'products-broken.jsonl'), `${lines(productsOf(1).slice(0, 2))}{"code": "p-brok\n`);
  expected = all.flat();
}, 120_000);
afterAll(async () => {
  await network.close();
  await inShop.close();
  await inStore.close();
  await waybill.close();
  await rm(sender, { recursive: true, force: true });
});

const serve = (at: string): Promise<Server> =>
  waybill.serve({ API_SECRET_KEY: key, WAYBILL_PORT: at, WAYBILL_SETTLE_SECONDS: '0.2', WAYBILL_UPLOAD_IDLE_SECONDS: '5' });

const send = (args: readonly string[], apiKey = key): PushProcess =>
  startPush(sender, args, {
    API_SERVER_URL: network.url,
    API_SECRET_KEY: apiKey,
    WAYBILL_SETTLE_SECONDS: '0',
    WAYBILL_PUSH_CONCURRENCY: '3',
    WAYBILL_PUSH_RESUMABLE_BYTES: '1MB',
    WAYBILL_UPLOAD_IDLE_SECONDS: '3',
  });

const visible = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(sender, folder)).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
const sent = async (): Promise<number> => (await visible('temp_jsonl_product_storage')).length;
const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
const until = async (isReached: () => Promise<boolean>, what: () => Promise<string>): Promise<void> => {
  for (const end = Date.now() + 240_000; !(await isReached()); await pause(30)) if (Date.now() > end) throw new Error(`Not reached: ${await what()}`);
};
const untilSent = (count: number, process: PushProcess): Promise<void> =>
  until(
    async () => (await sent()) >= count,
    async () => `${await sent()} of ${count} sent\n${process.output().slice(-3000)}\n${server.output().slice(-2000)}`,
  );
const killServer = async (): Promise<void> => {
  server.kill('SIGKILL');
  await server.ended;
  await pause(1500);
  server = await serve(port);
};
const inboxStates = async (): Promise<Readonly<Record<string, number>>> => {
  const found = await inStore.many<{ state: string; count: number }>(sql`select state, count(*)::integer as count from waybill.inbox_file group by state`);
  return Object.fromEntries(found.map(({ state, count }) => [state, count]));
};
/** Total and distinct. */
const events = async (type: string, path: readonly string[]): Promise<readonly [number, number]> => {
  const { total, contents } = await inStore.one<{ total: number; contents: number }>(
    sql`select count(*)::integer as total, count(distinct data #>> ${path})::integer as contents from waybill.event where type = ${type}`,
  );
  return [total, contents];
};

test('200 files arrive, are imported and put away once each, whatever is killed or cut in between; the bad one is reported', async () => {
  let pushing = send(['--watch']);
  await untilSent(20, pushing);
  pushing.kill('SIGKILL');
  await pushing.ended;

  const wrong = send([], 'the-wrong-key');
  const before = await sent();
  expect([await wrong.ended, wrong.output()]).toEqual([3, expect.stringMatching(/KEY_REFUSED/)]);
  expect(await sent()).toBe(before);

  pushing = send(['--watch']);
  await untilSent(50, pushing);
  await killServer();
  await untilSent(80, pushing);
  network.goSilent();
  await pause(5000);
  network.heal();
  await untilSent(110, pushing);
  pushing.kill('SIGKILL');
  await pushing.ended;
  pushing = send(['--watch']);
  await untilSent(140, pushing);
  await killServer();
  await untilSent(files + 1, pushing);
  pushing.kill('SIGTERM');
  expect(await pushing.ended).toBe(0);
  expect(pushing.output()).toMatch(/refused products-bad\.jsonl\.gz/);

  const last = send([]);
  expect(await last.ended).toBe(3);
  expect(last.output()).toMatch(/refused products-bad\.jsonl\.gz: .*FILE_CORRUPT/);
  expect(await visible('product_outbox')).toEqual(['products-bad.jsonl.gz']);
  expect(await visible('temp_jsonl_product_storage')).toEqual([...fileNames, 'products-broken.jsonl']);

  await until(
    async () => ((await inboxStates())['imported'] ?? 0) >= files && (await inboxStates())['failed'] === 1,
    async () => `${JSON.stringify(await inboxStates())}\n${server.output().slice(-3000)}`,
  );
  expect(await inboxStates()).toEqual({ imported: files, failed: 1 });
  expect((await readdir(waybill.path('inbox/imported'))).sort()).toEqual(fileNames);
  const listed = await waybill.cli(['inbox']);
  expect(listed.stdout).toMatch(/products-broken\.jsonl.*failed/);
  // An upload may be told of twice, by its door and by the inbox that saw it first; it is one content, and one import.
  expect((await events('UploadStored', ['sha256']))[1]).toBe(files + 1);
  expect(await events('ImportRequested', ['upload'])).toEqual([files + 1, files + 1]);
  const rows = await inShop.many<Product>(sql`select code, name, price::text as price, payload from public.product order by code collate "C"`);
  expect(rows.length).toBe(expected.length);
  expect(rows).toEqual(expected);
}, 600_000);
