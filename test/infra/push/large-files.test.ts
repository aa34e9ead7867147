import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pushFiles, type PushReport } from '../../../src/infra/push/push-files.ts';
import type { PushOptions } from '../../../src/infra/push/push-session.ts';
import { createTestApp, type TestApp } from '../../support/app.ts';
import { moodyProxy, type Asked, type Mood, type Moody } from '../../support/moody-proxy.ts';

const key = 'a-secret-key-of-the-test';
const kibibytes = 1024;
let rig: TestApp;
let serverUrl: string;
let folder: string;
let proxy: Moody | undefined;

beforeAll(async () => {
  rig = await createTestApp({ API_SECRET_KEY: key, WAYBILL_RATE_LIMIT: '0', WAYBILL_RATE_LIMIT_ADDRESS: '0' });
  serverUrl = (await rig.app.listen()).url;
});
afterAll(() => rig.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-push-'));
  await mkdir(join(folder, 'out'));
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Half of it is gained by compression; what is left are three pieces. */
const large = (): Buffer => Buffer.from(randomBytes(140 * kibibytes).toString('hex'));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const put = (name: string, content: Uint8Array): Promise<void> => writeFile(join(folder, 'out', name), content);
const inOutbox = async (): Promise<readonly string[]> => (await readdir(join(folder, 'out'))).sort();
const options = (more: Partial<PushOptions> = {}): PushOptions => ({
  server: proxy?.url ?? serverUrl,
  key,
  sign: false,
  outboxDir: join(folder, 'out'),
  sentDir: join(folder, 'sent'),
  concurrency: 4,
  resumableBytes: 64 * kibibytes,
  pieceBytes: 64 * kibibytes,
  match: [],
  settleSeconds: 0,
  lookSeconds: 0.02,
  idleSeconds: 2,
  patience: { tries: 3, serverTries: 3, firstMs: 2, mostMs: 10 },
  signal: new AbortController().signal,
  onEvent: () => undefined,
  ...more,
});
const push = (more: Partial<PushOptions> = {}): Promise<PushReport> => pushFiles(options(more));
const through = async (mood: (asked: Asked) => Mood): Promise<Moody> => (proxy = await moodyProxy(serverUrl, mood));
const patches = (): readonly Asked[] => (proxy?.asked ?? []).filter(({ method }) => method === 'PATCH');
const offsets = (): readonly number[] => patches().map(({ headers }) => Number(headers['upload-offset']));

test('a large file goes in pieces, compressed, and leaves nothing but itself in the sent folder', async () => {
  await through(() => undefined);
  const content = large();
  await put('big.jsonl', content);
  expect(await push()).toMatchObject({ sent: [{ name: 'big.jsonl', sha256: sha256(content), bytes: content.length }], failed: [] });
  expect(patches().length).toBe(3);
  expect(await rig.app.blobs.verify(sha256(content))).toBe(true);
  expect(await inOutbox()).toEqual([]);
  expect(await readdir(join(folder, 'sent'))).toEqual(['big.jsonl']);
});

test('what is compressed already goes without a second copy', async () => {
  const content = large();
  await put('big.jsonl.gz', gzipSync(content, { level: 1 }));
  await through(() => undefined);
  expect(await push()).toMatchObject({ sent: [{ name: 'big.jsonl.gz', sha256: sha256(content) }], failed: [] });
});

test.each<readonly [what: string, mood: Mood]>([
  ['cut', 'cut'],
  ['answered into the void', 'lost'],
  ['not answered', 'silent'],
])('a piece that is %s costs that piece, and no other', async (_what, mood) => {
  let count = 0;
  await through(({ method }) => (method === 'PATCH' && (count += 1) === 2 ? mood : undefined));
  const content = large();
  await put('big.jsonl', content);
  expect(await push()).toMatchObject({ sent: [{ sha256: sha256(content) }], failed: [] });
  expect(offsets().filter((offset) => offset === 0)).toHaveLength(1);
  expect(await rig.app.blobs.verify(sha256(content))).toBe(true);
});

test('a push that ended in the middle is gone on with by the next one, from the byte that the server has', async () => {
  const ending = new AbortController();
  await through(({ method }) => {
    if (method === 'PATCH' && patches().length === 2) ending.abort();
    return undefined;
  });
  const content = large();
  await put('big.jsonl', content);
  expect(await push({ signal: ending.signal })).toMatchObject({ sent: [], failed: [], pending: ['big.jsonl'] });
  expect(await inOutbox()).toEqual([expect.stringMatching(/^\.waybill-push-.*\.zst$/), '.waybill-push.json', 'big.jsonl']);
  const before = patches().length;
  expect(await push()).toMatchObject({ sent: [{ sha256: sha256(content) }] });
  expect(offsets().slice(before)).not.toContain(0);
  expect(await inOutbox()).toEqual([]);
});

test('a file that changed since then begins anew, with its new content', async () => {
  const ending = new AbortController();
  await through(({ method }) => {
    if (method === 'PATCH') ending.abort();
    return undefined;
  });
  await put('big.jsonl', large());
  await push({ signal: ending.signal });
  const content = large();
  await put('big.jsonl', content);
  expect(await push()).toMatchObject({ sent: [{ sha256: sha256(content) }], failed: [] });
  expect(await inOutbox()).toEqual([]);
});

test('a part that the server has given up begins anew, and a damaged journal costs no more than that', async () => {
  const ending = new AbortController();
  await through(({ method }) => {
    if (method === 'PATCH') ending.abort();
    return undefined;
  });
  const content = large();
  await put('big.jsonl', content);
  await push({ signal: ending.signal });
  const journal = join(folder, 'out', '.waybill-push.json');
  await writeFile(journal, (await readFile(journal, 'utf8')).replace(/"part":"[^"]*"/, `"part":"${'0'.repeat(32)}"`));
  expect(await push()).toMatchObject({ sent: [{ sha256: sha256(content) }], failed: [] });
  const other = large();
  await put('big.jsonl', other);
  await writeFile(journal, '{"version":1,"parts"');
  expect(await push()).toMatchObject({ sent: [{ sha256: sha256(other) }], failed: [] });
  expect(await inOutbox()).toEqual([]);
});

test('a large file that the server has is not sent', async () => {
  const content = large();
  await put('big.jsonl', content);
  await push();
  await put('again.jsonl', content);
  await through(() => undefined);
  expect(await push()).toMatchObject({ known: [{ name: 'again.jsonl' }] });
  expect(patches()).toEqual([]);
});
