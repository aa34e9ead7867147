import { createCipheriv } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import type { TestDatabase } from '../support/cluster.ts';
import { forgetPeak, memoryOf } from '../support/process-memory.ts';
import { createWaybill, leftovers, type Server, type Waybill } from '../support/scenario.ts';

/** Files that arrive whole and are none that could be imported: the door takes them, the import refuses them by name. */
/** Of megabytes: what a server holds with a file under way, and the longest line that it takes. */
const mustHold = 256;
const megabyte = 1024 * 1024;
const gigabyte = 1024 * megabyte;
let waybill: Waybill;
let shop: TestDatabase;
let inShop: Session;
let server: Server;

beforeAll(async () => {
  waybill = await createWaybill();
  shop = await waybill.database();
  inShop = await openSession(shop.url, { purpose: 'test hostile imports' });
  await inShop.run(sql`create table public.product (id bigint generated always as identity primary key, code text not null unique, name text)`);
  const config = {
    databases: { shop: { url: shop.url } },
    rules: [
      { match: '*.tar.gz', into: 'shop' },
      { match: 'long*', into: 'shop', table: 'public.product' },
    ],
  };
  await writeFile(waybill.path('waybill.config.ts'), `export default ${JSON.stringify(config)};\n`);
  server = await waybill.serve({ WAYBILL_SETTLE_SECONDS: '0.2' });
}, 60_000);
afterAll(async () => {
  await waybill.killAll();
  await inShop.close();
  expect(await leftovers(shop)).toEqual([]);
  await waybill.close();
});

type InboxFile = { readonly name: string; readonly state: string; readonly code: string | null; readonly message: string | null };

const send = (name: string, content: AsyncIterable<Uint8Array>): Promise<number> =>
  new Promise((done, failed) => {
    const sending = request(`${server.url}/api/upload/${name}`, { method: 'PUT', headers: { 'x-waybill-csrf': '1' } }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode ?? 0));
    });
    pipeline(Readable.from(content, { objectMode: false }), sending).catch(failed);
  });

/** What became of it in the inbox. */
const fateOf = async (wanted: string): Promise<InboxFile> => {
  for (;;) {
    const { inboxFiles } = await server.graphql<{ inboxFiles: { readonly edges: readonly { readonly node: InboxFile }[] } }>(
      '{ inboxFiles(first: 100) { edges { node { name state code message } } } }',
    );
    const found = inboxFiles.edges.map(({ node }) => node).find(({ name }) => name === wanted);
    if (found !== undefined && found.state !== 'WAITING' && found.state !== 'TAKEN') return found;
    await new Promise((later) => setTimeout(later, 200));
  }
};

afterEach(async () => {
  expect(await inShop.one(sql`select count(*)::integer as rows from public.product`)).toEqual({ rows: 0 });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect((await readdir(waybill.folder, { recursive: true })).filter((name) => name.endsWith('.waybill-part') || name.includes('evil'))).toEqual([]);
});

type Entry = { readonly name: string; readonly type?: 'symlink' | 'link'; readonly linkname?: string };

const tarOf = async (...entries: readonly Entry[]): Promise<Buffer> => {
  const pack = tar.pack();
  for (const entry of entries) pack.entry(entry, entry.type === undefined ? 'evil' : '');
  pack.entry({ name: 'index.json' }, '{}');
  pack.finalize();
  return gzipSync(await buffer(pack));
};

describe('a tar file is taken, and refused when it is imported, whose entries are', () => {
  test.each<readonly [string, Entry, RegExp]>([
    ['symbolic links', { name: 'link', type: 'symlink', linkname: '/etc/passwd' }, /"link", which is a symbolic link/],
    ['hard links', { name: 'twin', type: 'link', linkname: '../../evil' }, /"twin", which is a hard link/],
    ['outside of it', { name: '../evil' }, /\.\.\/evil.* leaves the archive/],
    ['at the root of the disk', { name: '/tmp/evil' }, /\/tmp\/evil.* is an absolute path/],
  ])('%s', async (...[what, entry, message]) => {
    const name = `${what.replaceAll(' ', '-')}.tar.gz`;
    expect(await send(name, Readable.from([await tarOf(entry)]))).toBe(201);
    expect(await fateOf(name)).toMatchObject({ state: 'FAILED', code: 'ARCHIVE_ENTRY_FORBIDDEN', message: expect.stringMatching(message) });
  });
});

/** Letters that do not compress to less than a half. */
async function* letters(bytes: number): AsyncGenerator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  for (let sent = 0; sent < bytes; sent += megabyte) yield Buffer.from(cipher.update(Buffer.alloc(megabyte / 2)).toString('hex'), 'latin1');
}

async function* around(begin: string, end: string): AsyncGenerator<Buffer> {
  yield Buffer.from(begin);
  yield* letters(gigabyte);
  yield Buffer.from(end);
}

describe(`a line of 1 GB arrives, and is refused by its number when it is imported, with Node below ${mustHold} MB`, () => {
  test.each<readonly [string, AsyncIterable<Uint8Array>, number]>([
    ['long.jsonl', around('{"code":"a","name":"b"}\n{"code":"c","name":"', '"}\n'), 2],
    ['long.csv.gz', Readable.from(around('code,name\na,b\n"c\nd","', '"\n'), { objectMode: false }).pipe(createGzip({ level: 1 })), 3],
  ])('%s', { timeout: 300_000 }, async (...[sent, content, line]) => {
    const name = sent.replace('.gz', '');
    await forgetPeak(server.pid);
    const begun = Date.now();
    expect(await send(sent, content)).toBe(201);
    const arrived = Date.now();
    const failure = { code: 'FILE_LINE_TOO_LONG', message: expect.stringContaining(`begins on line ${line} `) };
    expect(await fateOf(name)).toMatchObject({ state: 'FAILED', ...failure });
    const { peak } = await memoryOf(server.pid);
    console.warn(`${name}: sent in ${arrived - begun} ms, refused ${Date.now() - arrived} ms later, ${peak.toFixed(0)} MB resident`);
    expect(peak).toBeLessThan(mustHold);
  });
});
