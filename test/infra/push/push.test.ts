import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pushFiles, watchOutbox, type PushReport } from '../../../src/infra/push/push-files.ts';
import type { PushEvent, PushOptions } from '../../../src/infra/push/push-session.ts';
import { createTestApp, type TestApp } from '../../support/app.ts';
import { moodyProxy, type Asked, type Mood, type Moody } from '../../support/moody-proxy.ts';

const key = 'a-secret-key-of-the-test';
let rig: TestApp;
let serverUrl: string;
let folder: string;
let proxy: Moody | undefined;
let serial = 0;

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

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Content that no other test has sent. */
const rows = (count = 20): string => {
  serial += 1;
  return Array.from({ length: count }, (_, index) => `{"code":"p${serial}-${index}","price":${index}.50}\n`).join('');
};
const put = (name: string, content: string | Uint8Array): Promise<void> => writeFile(join(folder, 'out', name), content);
const outbox = async (): Promise<readonly string[]> => (await readdir(join(folder, 'out'))).filter((name) => !name.startsWith('.')).sort();
const hidden = async (): Promise<readonly string[]> => (await readdir(join(folder, 'out'))).filter((name) => name.startsWith('.'));
const sent = async (): Promise<readonly string[]> => (await readdir(join(folder, 'sent'))).sort();
const options = (more: Partial<PushOptions> = {}): PushOptions => ({
  server: proxy?.url ?? serverUrl,
  key,
  sign: false,
  outboxDir: join(folder, 'out'),
  sentDir: join(folder, 'sent'),
  concurrency: 4,
  resumableBytes: 100_000,
  match: [],
  settleSeconds: 0,
  lookSeconds: 0.02,
  idleSeconds: 1,
  patience: { tries: 3, serverTries: 3, firstMs: 2, mostMs: 10 },
  signal: new AbortController().signal,
  onEvent: () => undefined,
  ...more,
});
const push = (more: Partial<PushOptions> = {}): Promise<PushReport> => pushFiles(options(more));
const through = async (mood: (asked: Asked, count: number) => Mood, prefix?: string): Promise<Moody> => (proxy = await moodyProxy(serverUrl, mood, prefix));
const names = (files: readonly { readonly name: string }[]): readonly string[] => files.map(({ name }) => name).sort();

describe('what is sent', () => {
  test('arrives with the same bytes and is moved; the second push has nothing to do', async () => {
    const content = rows();
    await put('products-1.jsonl', content);
    expect(await push()).toMatchObject({
      sent: [{ name: 'products-1.jsonl', as: 'products-1.jsonl', sha256: sha256(content) }],
      known: [],
      failed: [],
      pending: [],
    });
    expect(await rig.app.blobs.verify(sha256(content))).toBe(true);
    expect([await outbox(), await sent(), await hidden()]).toEqual([[], ['products-1.jsonl'], []]);
    expect(await readFile(join(folder, 'sent', 'products-1.jsonl'), 'utf8')).toBe(content);
    expect(await push()).toMatchObject({ sent: [], known: [] });
  });

  test('is compressed on the way, under its own name, whatever characters that has', async () => {
    await through(() => undefined);
    const name = 'größe & preis #1 %41+.jsonl';
    await put(name, rows(500));
    const { sent: files } = await push();
    expect(files).toMatchObject([{ name }]);
    expect(files[0]?.wireBytes).toBeLessThan((files[0]?.bytes ?? 0) / 3);
    const post = proxy?.asked.find(({ method }) => method === 'POST');
    expect(new URL(post?.path ?? '', serverUrl).searchParams.get('name')).toBe(name);
  });

  test.each([
    ['gzip', 'p.jsonl.gz', gzipSync],
    ['zstd', 'p.jsonl.zst', zstdCompressSync],
  ])('goes as it is when it is %s already, and what is inside is confirmed', async (_kind, name, compress) => {
    const content = rows();
    await put(name, compress(Buffer.from(content)));
    expect(await push()).toMatchObject({ sent: [{ name, sha256: sha256(content) }], failed: [] });
    expect(await rig.app.blobs.has(sha256(content))).toBe(true);
    expect(await sent()).toEqual([name]);
  });

  test('is not compressed where the server would take it for a bomb', async () => {
    const content = Buffer.alloc(90_000, 'x');
    await put('same.csv', content);
    expect(await push()).toMatchObject({ sent: [{ wireBytes: content.length }] });
  });

  test('beside a file of that name that was sent before gets a name of its own, and nothing is overwritten', async () => {
    const [first, second] = [rows(), rows()];
    await put('p.jsonl', first);
    await push();
    await put('p.jsonl', second);
    const { sent: files } = await push();
    expect(files[0]?.as).toBe(`p~${sha256(second).slice(0, 8)}.jsonl`);
    expect(await readFile(join(folder, 'sent', 'p.jsonl'), 'utf8')).toBe(first);
  });

  test('goes to a server below a path, and to one named by the address of its GraphQL', async () => {
    await through(() => undefined, '/way/bill');
    for (const path of ['', '/', '/graphql', '/api/upload/']) {
      await put(`p${path.length}.jsonl`, rows());
      expect(await push({ server: `${proxy?.url}${path}` })).toMatchObject({ sent: [{}] });
    }
    expect(proxy?.asked.every((asked) => asked.path.startsWith('/way/bill/api/upload/'))).toBe(true);
  });

  test('is only what matches, and no folder, link, hidden or unfinished file', async () => {
    await put('a.jsonl', rows());
    for (const name of ['b.csv', '.hidden.jsonl', 'c.jsonl.part', 'd.jsonl.tmp']) await put(name, rows());
    symlinkSync('/etc/hostname', join(folder, 'out', 'link.jsonl'));
    expect(await push({ match: ['*.jsonl'] })).toMatchObject({ sent: [{ name: 'a.jsonl' }], failed: [], pending: [] });
    expect(await outbox()).toEqual(['b.csv', 'c.jsonl.part', 'd.jsonl.tmp', 'link.jsonl']);
  });

  test('is signed once the server asks for it, and from the first request on when told so', async () => {
    const isSigned = (): readonly boolean[] => (proxy?.asked ?? []).map(({ headers }) => headers['x-waybill-signature'] !== undefined);
    const missing = { errors: [{ message: 'Sign it.', extensions: { code: 'SIGNATURE_MISSING' } }] };
    await through(
      ({ headers, method }) => (method === 'POST' && headers['x-waybill-signature'] === undefined ? { status: 401, body: JSON.stringify(missing) } : undefined),
      '/below',
    );
    await put('p.jsonl', rows());
    expect(await push()).toMatchObject({ sent: [{}] });
    expect(isSigned()).toEqual([false, true]);
    await put('q.jsonl', rows());
    expect(await push({ sign: true })).toMatchObject({ sent: [{}] });
    expect(isSigned().slice(2)).toEqual([true]);
  });
});

describe('what goes wrong', () => {
  test('with one file leaves it where it is and does not keep the others', async () => {
    for (const name of ['a.jsonl', 'z.jsonl']) await put(name, rows());
    await put('broken.jsonl.gz', gzipSync(rows(200)).subarray(0, -30));
    await put('junk.jsonl.gz', 'this is no gzip');
    const report = await push();
    expect(names(report.sent)).toEqual(['a.jsonl', 'z.jsonl']);
    expect(report.failed.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toMatchObject([
      { name: 'broken.jsonl.gz', code: 'FILE_CORRUPT', isFinal: true, message: expect.stringContaining('stops in the middle') },
      { name: 'junk.jsonl.gz', code: 'FILE_CORRUPT', isFinal: true },
    ]);
    expect(await outbox()).toEqual(['broken.jsonl.gz', 'junk.jsonl.gz']);
  });

  test('at the server is told in its words, and not tried again', async () => {
    const body = JSON.stringify({ errors: [{ message: 'No such names here.', extensions: { code: 'UPLOAD_NAME_REFUSED' } }] });
    await through(({ method }) => (method === 'POST' ? { status: 400, body } : undefined));
    await put('p.jsonl', rows());
    expect(await push()).toMatchObject({ failed: [{ code: 'UPLOAD_NAME_REFUSED', message: 'No such names here.', isFinal: true }] });
    expect(proxy?.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test.each<readonly [what: string, mood: Mood]>([
    ['a broken connection', 'cut'],
    ['a silent network', 'silent'],
    ['a lost answer', 'lost'],
    ['a proxy without its server', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['a fault of the server', { status: 500, body: '{"errors":[{"message":"x","extensions":{"code":"INTERNAL"}}]}' }],
    ['a full disk', { status: 507, body: '{"errors":[{"message":"x","extensions":{"code":"DISK_FULL"}}]}' }],
    ['an answer for other bytes', { status: 201, body: JSON.stringify({ id: 'upload-1', sha256: 'f'.repeat(64) }) }],
    ['a page that says 200', { status: 200, body: '<html>Log in</html>' }],
  ])('once (%s) is tried again', async (_what, mood) => {
    let isFirst = true;
    await through(({ method }) => (method === 'POST' && isFirst ? ((isFirst = false), mood) : undefined));
    const content = rows();
    await put('p.jsonl', content);
    expect(await push()).toMatchObject({ sent: [{ name: 'p.jsonl' }], failed: [] });
    expect(await rig.app.blobs.has(sha256(content))).toBe(true);
    expect(await outbox()).toEqual([]);
  });

  test('for ever with the hash leaves the file in the outbox', async () => {
    await through(({ method }) => (method === 'POST' ? { status: 201, body: JSON.stringify({ id: 'upload-1', sha256: 'f'.repeat(64) }) } : undefined));
    await put('p.jsonl', rows());
    expect(await push()).toMatchObject({ sent: [], failed: [{ code: 'SENT_HASH_DIFFERS', isFinal: false }] });
    expect(await outbox()).toEqual(['p.jsonl']);
  });

  test('with the key stops everything at once', async () => {
    await through(() => undefined);
    for (let index = 0; index < 20; index += 1) await put(`p${index}.jsonl`, rows(1));
    const report = await push({ key: 'another-key', concurrency: 2 });
    expect(report).toMatchObject({ sent: [], failed: [], stopped: { code: 'KEY_REFUSED', kind: 'refusal' } });
    expect(report.pending).toHaveLength(20);
    expect(proxy?.asked.length).toBeLessThanOrEqual(2);
    expect(await outbox()).toHaveLength(20);
  });

  test('with the network stops everything after a few tries, and says so meanwhile', async () => {
    await through(() => 'cut');
    const events: PushEvent[] = [];
    for (let index = 0; index < 30; index += 1) await put(`p${index}.jsonl`, rows(1));
    const report = await push({ onEvent: (event) => events.push(event) });
    expect(report).toMatchObject({ sent: [], failed: [], stopped: { code: 'SERVER_UNREACHABLE', kind: 'fault' } });
    expect(report.pending).toHaveLength(30);
    expect(events.filter(({ type }) => type === 'pause')).toHaveLength(2);
    expect(proxy?.asked.length).toBeLessThanOrEqual(12);
  });

  test('by being too much is waited for as long as the server asks', async () => {
    const times: number[] = [];
    await through(({ method }) => {
      times.push(Date.now());
      return times.length === 1
        ? { status: 429, headers: { 'retry-after': '1' }, body: '{"errors":[{"message":"x","extensions":{"code":"RATE_LIMITED"}}]}' }
        : void method;
    });
    await put('p.jsonl', rows());
    expect(await push()).toMatchObject({ sent: [{}] });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('by two at once is refused: one push per outbox', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    await put('p.jsonl', rows());
    const watching = new AbortController();
    const watch = watchOutbox(options({ signal: watching.signal, onEvent: () => release() }));
    await held;
    await expect(push()).rejects.toMatchObject({ code: 'PUSH_LOCKED', kind: 'refusal' });
    watching.abort();
    await watch;
    expect(await push()).toMatchObject({ failed: [] });
  });
});

describe('a file that is not finished', () => {
  test('waits while it grows, and is told of', async () => {
    await put('growing.jsonl', rows());
    const grow = setInterval(() => void appendFile(join(folder, 'out', 'growing.jsonl'), 'x\n'), 10);
    try {
      expect(await push({ settleSeconds: 0.3 })).toMatchObject({ sent: [], failed: [], pending: ['growing.jsonl'] });
    } finally {
      clearInterval(grow);
    }
  });

  test('is not moved when it changed while it was sent, and goes with its new content', async () => {
    const path = join(folder, 'out', 'p.jsonl');
    let isFirst = true;
    await through(({ method }) => {
      if (method === 'POST' && isFirst) {
        isFirst = false;
        void appendFile(path, 'more\n');
      }
      return undefined;
    });
    const content = rows();
    await put('p.jsonl', content);
    const old = new Date(Date.now() - 60_000);
    await utimes(path, old, old);
    expect(await push()).toMatchObject({ sent: [], failed: [], pending: ['p.jsonl'] });
    expect(await push()).toMatchObject({ sent: [{ sha256: sha256(`${content}more\n`) }] });
  });

  test('is sent when it is whole, by a watch that goes on', async () => {
    const watching = new AbortController();
    const seen: string[] = [];
    const watch = watchOutbox(
      options({ signal: watching.signal, onEvent: (event) => void (event.type === 'pause' || seen.push(`${event.type} ${event.file.name}`)) }),
    );
    const until = async (count: number): Promise<void> => {
      while (seen.length < count) await new Promise((done) => setTimeout(done, 10));
    };
    await put('bad.jsonl.gz', 'no gzip');
    await until(1);
    await put('a.jsonl', rows());
    await until(2);
    await put('bad.jsonl.gz', gzipSync(rows()));
    await until(3);
    watching.abort();
    await watch;
    expect(seen).toEqual(['failed bad.jsonl.gz', 'sent a.jsonl', 'sent bad.jsonl.gz']);
  });
});
