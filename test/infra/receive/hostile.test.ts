import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { forgetPeak, memoryOf } from '../../support/process-memory.ts';
import { createWaybill, type Server, type Waybill } from '../../support/scenario.ts';

/** A disk of 200 MB that can be full: only root may mount one. */
const mountSmallDisk = (folder: string): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const key = 'a-secret-key';
/** Of a busy machine: no request goes out on a connection that was idle meanwhile. */
const headers = { authorization: `Bearer ${key}`, connection: 'close' };
let waybill: Waybill;
let server: Server;
let small: string;
let hasSmallDisk: boolean;
const env = (): Readonly<Record<string, string>> => ({ API_SECRET_KEY: key, WAYBILL_DATA_DIR: small, WAYBILL_INBOX_DIR: join(small, 'inbox') });
beforeAll(async () => {
  waybill = await createWaybill();
  small = waybill.path('small');
  await mkdir(small);
  hasSmallDisk = mountSmallDisk(small);
  server = await waybill.serve(env());
}, 60_000);
afterAll(async () => {
  await waybill.killAll();
  if (hasSmallDisk) execFileSync('umount', ['-l', small]);
  await waybill.close();
});

/** Of a server that died there is nothing else to learn from. */
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.warn(server.output());
});

type Sent = { readonly status: number; readonly code: unknown };
const codeOf = async (response: Response): Promise<unknown> => (await response.json()).errors?.[0].extensions.code;
const onlyStored = { 'x-waybill-inbox': 'no' };
const put = async (name: string, body: Uint8Array, more: Readonly<Record<string, string>> = onlyStored): Promise<Sent> => {
  const response = await fetch(`${server.url}/api/upload/${name}`, { method: 'PUT', body: new Uint8Array(body), headers: { ...headers, ...more } });
  return { status: response.status, code: await codeOf(response) };
};
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const tus = (method: string, path: string, more: Readonly<Record<string, string>> = {}, body?: Uint8Array): Promise<Response> =>
  fetch(new URL(path, server.url), {
    method,
    headers: { ...headers, 'tus-resumable': '1.0.0', ...more },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
const createPart = async (bytes: number, more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const metadata = Object.entries({ filename: 'big.bin', inbox: 'no', ...more }).map(([name, value]) => `${name} ${btoa(value)}`);
  const answer = await tus('POST', '/api/upload/tus', { 'upload-length': String(bytes), 'upload-metadata': metadata.join(',') });
  return answer.headers.get('location') ?? '';
};
const patch = (part: string, offset: number, bytes: Uint8Array): Promise<Response> =>
  tus('PATCH', part, { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }, bytes);
const offsetOf = async (part: string): Promise<number> => Number((await tus('HEAD', part)).headers.get('upload-offset'));

/** Files that the server keeps, and parts of files: what is listed, and what is not. */
const lying = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(small, folder), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
const all = async (): Promise<readonly string[]> => [...(await lying('blobs')), ...(await lying('parts')), ...(await lying('inbox'))].sort();
const isHealthy = async (): Promise<boolean> =>
  (await fetch(`${server.url}/health`)).status === 200 && (await put('small.csv', randomBytes(100))).status === 201;

const mega = 1_000_000;
const filler = (): string => join(small, 'filler');
/** Somebody else fills the disk up to this. */
const leaveFree = async (bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(small);
  const handle = await open(filler(), 'w');
  const block = Buffer.alloc(mega);
  for (let left = bavail * bsize - bytes; left > 0; left -= block.length) await handle.write(block, 0, Math.min(left, block.length));
  await handle.close();
};

describe('a full disk', () => {
  beforeEach((context) => {
    if (!hasSmallDisk) context.skip('only root can mount a small disk');
  });
  afterEach(() => rm(filler(), { force: true }));

  test('is told as such, nothing is left behind, and the next file finds room', async () => {
    const before = await all();
    await leaveFree(12 * mega);
    expect(await put('big.bin', randomBytes(15 * mega))).toEqual({ status: 507, code: 'DISK_FULL' });
    expect(await all()).toEqual(before);
    expect(await isHealthy()).toBe(true);
  });

  test.each([
    ['stops an upload in pieces where it is', 14, (offset: number) => offset > 0 && offset < 14 * mega],
    ['keeps an upload whose every piece has come, but which cannot be stored', 8, (offset: number) => offset === 8 * mega],
  ])('%s, and with room again it goes on', async (...[, megabytes, isKept]) => {
    const content = randomBytes(megabytes * mega);
    const part = await createPart(content.length);
    await leaveFree(12 * mega);
    const refused = await patch(part, 0, content);
    expect([refused.status, await codeOf(refused)]).toEqual([507, 'DISK_FULL']);
    const offset = await offsetOf(part);
    expect(isKept(offset)).toBe(true);
    await rm(filler());
    const answer = await patch(part, offset, content.subarray(offset));
    expect(await answer.json()).toMatchObject({ sha256: sha256Of(content) });
    expect(await isHealthy()).toBe(true);
  });

  test('without room in the inbox keeps a file that is stored, and sent again it arrives', async () => {
    const content = randomBytes(8 * mega);
    await leaveFree(12 * mega);
    expect(await put('for-the-inbox.bin', content, {})).toEqual({ status: 507, code: 'DISK_FULL' });
    expect(await lying('inbox')).toEqual([]);
    await rm(filler());
    expect((await put('for-the-inbox.bin', content, {})).status).toBe(200);
    expect(await lying('inbox')).toEqual(['for-the-inbox.bin']);
    expect(sha256Of(await readFile(join(small, 'inbox/for-the-inbox.bin')))).toBe(sha256Of(content));
    expect(await isHealthy()).toBe(true);
  });
});

/** 256 MB of zeros in 250 KB. */
const gzipBomb = (): Promise<Buffer> => {
  const zeros = Readable.from(
    (function* (): Generator<Buffer> {
      for (let count = 0; count < 256; count += 1) yield Buffer.alloc(1024 * 1024);
    })(),
  );
  return buffer(zeros.pipe(createGzip()));
};

/** The most that the server took for it beyond what it held before, in megabytes. */
const memoryFor = async (work: () => Promise<void>): Promise<number> => {
  await forgetPeak(server.pid);
  const { now } = await memoryOf(server.pid);
  await work();
  return (await memoryOf(server.pid)).peak - now;
};

test('a gzip bomb is refused in bounded memory, by either door, and nothing of it is left', async () => {
  const bomb = await gzipBomb();
  const before = await all();
  const megabytes = await memoryFor(async () => {
    expect(await put('bomb.jsonl.gz', bomb)).toEqual({ status: 413, code: 'ARCHIVE_LIMIT' });
    const refused = await patch(await createPart(bomb.length), 0, bomb);
    expect([refused.status, await codeOf(refused)]).toEqual([413, 'ARCHIVE_LIMIT']);
  });
  expect(megabytes).toBeLessThan(64);
  expect(await all()).toEqual(before);
  expect(await isHealthy()).toBe(true);
});

test('a file with another hash than announced is refused when its last byte has come, and nothing of it is left', async () => {
  const content = randomBytes(20 * mega);
  const before = await all();
  const megabytes = await memoryFor(async () => {
    const announced = { 'x-waybill-inbox': 'no', 'x-waybill-sha256': 'a'.repeat(64) };
    expect(await put('wrong.bin', content, announced)).toEqual({ status: 422, code: 'UPLOAD_HASH_DIFFERS' });
    const refused = await patch(await createPart(content.length, { sha256: 'a'.repeat(64) }), 0, content);
    expect([refused.status, await codeOf(refused)]).toEqual([460, 'UPLOAD_HASH_DIFFERS']);
  });
  expect(megabytes).toBeLessThan(64);
  expect(await all()).toEqual(before);
  expect(await isHealthy()).toBe(true);
});

/** Begins to send, and leaves the rest. */
const beginPut = (name: string, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
      const head = [`PUT /api/upload/${name} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${key}`, 'Content-Length: 9000000', '', ''];
      socket.write(head.join('\r\n'));
      socket.write(bytes, () => setTimeout(resolve, 300));
    });
    socket.on('error', () => undefined);
  });

test('a server that is killed lists nothing that was not whole, and clears it away; parts go on', { timeout: 60_000 }, async () => {
  const content = randomBytes(3_000_000);
  const part = await createPart(content.length);
  await patch(part, 0, content.subarray(0, 1_000_000));
  await beginPut('half.bin', randomBytes(2_000_000));
  await vi.waitFor(async () => expect(await lying('blobs/incoming')).toHaveLength(1), 10_000);
  // As one who died while a file was put into the inbox leaves it.
  await copyFile(join(small, 'blobs/incoming', (await lying('blobs/incoming'))[0] ?? ''), join(small, 'inbox', `.${(await lying('blobs/incoming'))[0] ?? ''}`));
  const uploads = '{ uploads(first: 100) { edges { node { sha256 } } } }';
  const listed = async (): Promise<unknown> => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query: uploads }),
    });
    return answer.json();
  };
  const before = await listed();
  server.kill('SIGKILL');
  await server.ended;
  server = await waybill.serve(env());
  expect(await lying('blobs/incoming')).toEqual([]);
  expect((await lying('inbox')).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(await listed()).toEqual(before);
  expect(await offsetOf(part)).toBe(1_000_000);
  expect((await patch(part, 1_000_000, content.subarray(1_000_000))).status).toBe(200);
});
