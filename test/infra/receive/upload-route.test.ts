import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestApp, type Json, type TestApp } from '../../support/app.ts';

const key = 'a-secret-key-of-the-test';
const bearer = { authorization: `Bearer ${key}` };
let rig: TestApp;
let url: string;
let count = 0;
let content: Buffer;

beforeAll(async () => {
  rig = await createTestApp({ API_SECRET_KEY: key, WAYBILL_MAX_FILE_BYTES: '1MB', WAYBILL_UPLOAD_IDLE_SECONDS: '1' });
  ({ url } = await rig.app.listen());
});
afterAll(() => rig.close());
beforeEach(() => {
  count += 1;
  content = Buffer.from(`{"code":"p${count}"}\n`.repeat(100));
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
type Init = { readonly method?: string; readonly body?: BodyInit; readonly headers?: Readonly<Record<string, string>>; readonly duplex?: 'half' };
const send = async (path: string, init: Init): Promise<{ status: number; headers: Headers; body: Json }> => {
  const response = await fetch(`${url}${path}`, { ...init, headers: { ...bearer, ...init.headers } });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
};
const codeOf = (body: Json): unknown => body['errors'][0].extensions.code;
const form = (name: string, ...files: readonly Uint8Array[]): FormData => {
  const parts = new FormData();
  for (const file of files) parts.append('file', new Blob([new Uint8Array(file)]), name);
  return parts;
};
const uploads = async (): Promise<number> => (await rig.app.store.events({ types: ['UploadStored'] })).length;
const incoming = (): Promise<readonly string[]> => readdir(join(rig.folder, 'data', 'blobs', 'incoming'));

describe('a file arrives', () => {
  test.each<readonly [how: string, path: string, init: (bytes: Buffer) => Init]>([
    ['by POST with its name in the query', '/api/upload/?name=p.jsonl', (bytes) => ({ method: 'POST', body: new Uint8Array(bytes) })],
    ['without the slash', '/api/upload?name=p.jsonl', (bytes) => ({ method: 'POST', body: new Uint8Array(bytes) })],
    ['by PUT under its name', '/api/upload/p.jsonl', (bytes) => ({ method: 'PUT', body: new Uint8Array(bytes) })],
    ['with its name in a header', '/api/upload/', (bytes) => ({ method: 'POST', body: new Uint8Array(bytes), headers: { 'x-waybill-name': 'p.jsonl' } })],
    [
      'with its name as an attachment',
      '/api/upload/',
      (bytes) => ({ method: 'POST', body: new Uint8Array(bytes), headers: { 'content-disposition': 'attachment; filename="p.jsonl"' } }),
    ],
    ['as gzip', '/api/upload/p.jsonl.gz', (bytes) => ({ method: 'PUT', body: new Uint8Array(gzipSync(bytes)) })],
    [
      'as zstd that says so',
      '/api/upload/p.jsonl',
      (b) => ({ method: 'PUT', body: new Uint8Array(zstdCompressSync(b)), headers: { 'content-encoding': 'zstd' } }),
    ],
    ['as a part of a form', '/api/upload/', (bytes) => ({ method: 'POST', body: form('p.jsonl', bytes) })],
    ['as a compressed part of a form', '/api/upload/', (bytes) => ({ method: 'POST', body: form('p.jsonl.gz', gzipSync(bytes)) })],
  ])('%s', async (_how, path, init) => {
    const { status, body, headers } = await send(path, init(content));
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^upload-[0-9A-Z]{26}$/),
        sha256: sha256(content),
        bytes: content.length,
        name: 'p.jsonl',
        known: false,
        inbox: expect.toSatisfy(() => true),
      },
    });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(await rig.app.blobs.verify(sha256(content))).toBe(true);
  });

  test('once, where its sender says so: the same content again is told of and recorded no second time', async () => {
    const headers = { 'x-waybill-sha256': sha256(content), 'x-waybill-once': 'yes' };
    const first = await send('/api/upload/once.jsonl', { method: 'PUT', body: new Uint8Array(content), headers });
    const before = await uploads();
    const again = await send('/api/upload/other.jsonl', { method: 'PUT', body: new Uint8Array(content), headers });
    expect(first).toMatchObject({ status: 201, body: { known: false, inbox: 'once.jsonl' } });
    expect(again).toMatchObject({ status: 200, body: { id: first.body['id'], known: true, inbox: 'once.jsonl', sha256: sha256(content) } });
    expect(await uploads()).toBe(before);
    const next = Buffer.from(`${content.toString()}{"code":"next"}\n`);
    const wrong = await send('/api/upload/wrong.jsonl', {
      method: 'PUT',
      body: new Uint8Array(next),
      headers: { ...headers, 'x-waybill-sha256': 'b'.repeat(64) },
    });
    expect(codeOf(wrong.body)).toBe('UPLOAD_HASH_DIFFERS');
  });

  test('with its hash, and is known when it comes again', async () => {
    const init = { method: 'PUT', body: new Uint8Array(content), headers: { 'x-waybill-sha256': sha256(content).toUpperCase() } };
    const first = await send('/api/upload/p.jsonl', init);
    const second = await send('/api/upload/p.jsonl', init);
    expect([first.status, second.status, second.body['known'], second.body['id']]).toEqual([201, 200, true, first.body['id']]);
  });

  test('and is found by its hash, which nobody else’s is', async () => {
    expect((await send(`/api/upload/${sha256(content)}`, {})).status).toBe(404);
    const { body } = await send('/api/upload/p.jsonl', { method: 'PUT', body: new Uint8Array(content) });
    expect(await send(`/api/upload/${sha256(content)}`, {})).toMatchObject({ status: 200, body: { ...body, known: true } });
    expect((await send('/api/upload/..', {})).status).toBe(404);
  });

  test('once, however often a request is repeated under one idempotency key', async () => {
    const again = () => send('/api/upload/p.jsonl', { method: 'PUT', body: new Uint8Array(content), headers: { 'idempotency-key': `key-${count}` } });
    const [first, second] = [await again(), await again()];
    expect(second.body).toEqual(first.body);
    expect((await rig.app.store.upload({ sha256: sha256(content) }))?.times).toBe(1);
    const other = { method: 'PUT', body: 'other', headers: { 'idempotency-key': `key-${count}` } };
    expect(await send('/api/upload/p.jsonl', other)).toMatchObject({ status: 409, body: { errors: [{ extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } }] } });
  });

  test('as somebody: the event says who and how', async () => {
    const sent = gzipSync(content);
    const { body } = await send('/api/upload/p.jsonl.gz', { method: 'PUT', body: new Uint8Array(sent), headers: { 'x-request-id': 'request-0815' } });
    const [event] = await rig.app.store.events({ stream: String(body['id']) });
    expect(event?.event.data).toEqual({
      sha256: sha256(content),
      bytes: content.length,
      name: 'p.jsonl',
      via: 'post',
      wire: { sha256: sha256(sent), bytes: sent.length, compression: 'gzip' },
    });
    expect(event?.metadata).toMatchObject({ actor: 'API_SECRET_KEY', apiKey: 'API_SECRET_KEY', requestId: 'request-0815' });
  });
});

const chunked = (bytes: number): ReadableStream<Uint8Array> => {
  let left = bytes;
  return new ReadableStream({
    pull: (controller) => {
      if (left <= 0) return controller.close();
      controller.enqueue(new Uint8Array(Math.min(left, 65_536)).fill(left % 256));
      left -= 65_536;
    },
  });
};

/** One request by hand: what a client that misbehaves sends. */
const raw = (head: readonly string[], body: string, hangUp = false): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.write([...head, `Host: localhost:${port}`, `Authorization: Bearer ${key}`, 'Connection: close', '', body].join('\r\n'));
      if (hangUp) setTimeout(() => socket.destroy(), 100);
    });
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

describe('is refused, and nothing is stored', () => {
  test.each<readonly [what: string, status: number, code: string, path: string, init: () => Init]>([
    ['a body without a name', 400, 'UPLOAD_NAME_REFUSED', '/api/upload/', () => ({ method: 'POST', body: 'x' })],
    ['a name that is a path', 400, 'UPLOAD_NAME_REFUSED', '/api/upload/?name=..%2Fp.csv', () => ({ method: 'POST', body: 'x' })],
    ['a path in the path', 400, 'UPLOAD_NAME_REFUSED', '/api/upload/%2e%2e%2fp.csv', () => ({ method: 'PUT', body: 'x' })],
    ['another hash', 422, 'UPLOAD_HASH_DIFFERS', '/api/upload/p.csv', () => ({ method: 'PUT', body: 'x', headers: { 'x-waybill-sha256': 'f'.repeat(64) } })],
    ['a hash that is none', 400, 'UPLOAD_HASH_INVALID', '/api/upload/p.csv', () => ({ method: 'PUT', body: 'x', headers: { 'x-waybill-sha256': 'abc' } })],
    ['an unknown encoding', 415, 'CONTENT_TYPE_REFUSED', '/api/upload/p.csv', () => ({ method: 'PUT', body: 'x', headers: { 'content-encoding': 'br' } })],
    ['a body that is too large', 413, 'UPLOAD_TOO_LARGE', '/api/upload/p.csv', () => ({ method: 'PUT', body: new Uint8Array(3_000_000) })],
    ['a chunked body that is too large', 413, 'UPLOAD_TOO_LARGE', '/api/upload/p.csv', () => ({ method: 'PUT', body: chunked(30_000_000), duplex: 'half' })],
    ['a part that is too large', 413, 'UPLOAD_TOO_LARGE', '/api/upload/', () => ({ method: 'POST', body: form('p.csv', new Uint8Array(1_500_000)) })],
    ['a gzip bomb', 413, 'ARCHIVE_LIMIT', '/api/upload/p.csv.gz', () => ({ method: 'PUT', body: new Uint8Array(gzipSync(Buffer.alloc(50_000_000))) })],
    [
      'half a gzip',
      422,
      'ARCHIVE_TRUNCATED',
      '/api/upload/p.csv.gz',
      () => ({ method: 'PUT', body: new Uint8Array(gzipSync('x'.repeat(9999)).subarray(0, -9)) }),
    ],
    ['a form without a file', 400, 'MULTIPART_REFUSED', '/api/upload/', () => ({ method: 'POST', body: form('p.csv') })],
    ['a form with two files', 400, 'MULTIPART_REFUSED', '/api/upload/', () => ({ method: 'POST', body: form('p.csv', Buffer.from('1'), Buffer.from('2')) })],
    [
      'a form without a boundary',
      400,
      'MULTIPART_REFUSED',
      '/api/upload/',
      () => ({ method: 'POST', body: 'x', headers: { 'content-type': 'multipart/form-data' } }),
    ],
    ['a wrong key', 401, 'UNAUTHENTICATED', '/api/upload/p.csv', () => ({ method: 'PUT', body: 'x', headers: { authorization: 'Bearer wrong' } })],
    ['a key in the address', 400, 'KEY_IN_URL', '/api/upload/p.csv?api_key=secret', () => ({ method: 'PUT', body: 'x' })],
    ['another method', 405, 'METHOD_REFUSED', '/api/upload/p.csv', () => ({ method: 'DELETE' })],
  ])('%s: %i %s', async (...[, status, code, path, init]) => {
    const before = await uploads();
    const answer = await send(path, init());
    expect({ status: answer.status, code: codeOf(answer.body) }).toEqual({ status, code });
    expect(answer.body['errors'][0].extensions.requestId).toBe(answer.headers.get('x-request-id'));
    expect(await incoming()).toEqual([]);
    expect(await uploads()).toBe(before);
  });

  test('a form that breaks off', async () => {
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="p.csv"\r\n\r\nid,name\r\n1,';
    const answer = await raw(['POST /api/upload/ HTTP/1.1', 'Content-Type: multipart/form-data; boundary=b', `Content-Length: ${part.length}`], part);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*MULTIPART_REFUSED/);
    expect(await incoming()).toEqual([]);
  });

  test('a client that stops sending', async () => {
    const started = Date.now();
    const answer = await raw(['PUT /api/upload/p.csv HTTP/1.1', 'Content-Length: 1000'], 'id,name');
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*UPLOAD_STALLED/);
    expect(Date.now() - started).toBeLessThan(4000);
    await expect.poll(incoming).toEqual([]);
  });

  test('a client that hangs up', async () => {
    const before = await uploads();
    await raw(['PUT /api/upload/p.csv HTTP/1.1', 'Content-Length: 1000'], 'id,name', true);
    await expect.poll(incoming).toEqual([]);
    expect(await uploads()).toBe(before);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

test('without a key, a page of any origin cannot put a file on this machine', async () => {
  const open = await createTestApp();
  try {
    const { url: there } = await open.app.listen();
    const post = (headers: Record<string, string>) => fetch(`${there}/api/upload/?name=p.csv`, { method: 'POST', body: 'id\n1\n', headers });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'x-waybill-csrf': '1' })).status).toBe(201);
  } finally {
    await open.close();
  }
});
