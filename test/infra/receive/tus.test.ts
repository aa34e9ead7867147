import { createHash } from 'node:crypto';
import { readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeExpiredParts } from '../../../src/infra/receive/part-cleaner.ts';
import { createTestApp, type Json, type TestApp } from '../../support/app.ts';

let rig: TestApp;
let url: string;
let parts: string;
let count = 0;
let content: Buffer;
beforeAll(async () => {
  rig = await createTestApp({ WAYBILL_MAX_FILE_BYTES: '1MB', WAYBILL_UPLOAD_IDLE_SECONDS: '1' });
  ({ url } = await rig.app.listen());
  parts = join(rig.folder, 'data', 'parts');
});
afterAll(() => rig.close());
beforeEach(() => {
  count += 1;
  content = Buffer.from(`{"code":"t${count}"}\n`.repeat(1000));
});

const digest = (bytes: Uint8Array, algorithm = 'sha256'): string => createHash(algorithm).update(bytes).digest('hex');
type Headers_ = Readonly<Record<string, string>>;
const ask = async (method: string, path: string, headers: Headers_ = {}, body?: Uint8Array): Promise<{ status: number; headers: Headers; body: Json }> => {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { 'tus-resumable': '1.0.0', ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Json };
};
const metadataOf = (fields: Headers_): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
const create = async (bytes: number, fields: Headers_ = { filename: 't.jsonl' }): Promise<string> => {
  const { status, headers } = await ask('POST', '/api/upload/tus', { 'upload-length': String(bytes), 'upload-metadata': metadataOf(fields) });
  expect(status).toBe(201);
  return headers.get('location') ?? '';
};
const patch = (part: string, offset: number, bytes: Uint8Array, more: Headers_ = {}) =>
  ask('PATCH', part, { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...more }, bytes);
const offsetOf = async (part: string): Promise<string | null> => (await ask('HEAD', part)).headers.get('upload-offset');
const idOf = (part: string): string => part.split('/').at(-1) ?? '';

describe('an upload in pieces', () => {
  test('is whole after the last one, and the answer says what it is', async () => {
    const part = await create(content.length, { filename: 't.jsonl', sha256: digest(content) });
    expect((await stat(join(parts, idOf(part)))).mode & 0o777).toBe(0o600);
    expect((await patch(part, 0, content.subarray(0, 5000))).status).toBe(204);
    expect(await offsetOf(part)).toBe('5000');
    const { status, headers, body } = await patch(part, 5000, content.subarray(5000));
    expect(status).toBe(200);
    expect(body).toMatchObject({ sha256: digest(content), bytes: content.length, name: 't.jsonl', known: false });
    expect([headers.get('x-waybill-sha256'), headers.get('x-waybill-upload'), headers.get('upload-offset')]).toEqual([
      digest(content),
      body['id'],
      String(content.length),
    ]);
    expect(await rig.app.blobs.verify(digest(content))).toBe(true);
    const [event] = await rig.app.store.events({ stream: String(body['id']) });
    expect(event?.event.data).toMatchObject({ via: 'tus', name: 't.jsonl' });
  });

  test('whose last answer was lost has the same answer again, and is recorded once', async () => {
    const part = await create(content.length);
    const { body } = await patch(part, 0, content);
    expect(await offsetOf(part)).toBe(String(content.length));
    expect((await patch(part, content.length, Buffer.alloc(0))).body).toEqual(body);
    expect((await rig.app.store.upload({ sha256: digest(content) }))?.times).toBe(1);
    expect(await readdir(parts)).not.toContain(idOf(part));
  });

  test('goes on where the disk says it is, whatever the process remembers', async () => {
    const part = await create(content.length);
    await patch(part, 0, content.subarray(0, 9000));
    await truncate(join(parts, idOf(part)), 8000);
    expect(await offsetOf(part)).toBe('8000');
    expect((await patch(part, 8000, content.subarray(8000))).body).toMatchObject({ sha256: digest(content) });
  });

  test('keeps what came before the connection broke', async () => {
    const part = await create(content.length);
    await new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        const head = [`PATCH ${part} HTTP/1.1`, 'Host: localhost', 'Tus-Resumable: 1.0.0', 'Content-Type: application/offset+octet-stream', 'Upload-Offset: 0'];
        socket.write([...head, `Content-Length: ${content.length}`, '', ''].join('\r\n'));
        socket.write(content.subarray(0, 3000), () => setTimeout(() => socket.destroy(), 200));
      });
      socket.on('close', resolve);
    });
    await expect.poll(() => offsetOf(part)).toBe('3000');
    expect((await patch(part, 3000, content.subarray(3000))).body).toMatchObject({ sha256: digest(content) });
  });

  test('compressed is expanded', async () => {
    const sent = gzipSync(content);
    const part = await create(sent.length, { filename: 't.jsonl.gz', sha256: digest(content) });
    expect((await patch(part, 0, sent)).body).toMatchObject({ sha256: digest(content), name: 't.jsonl' });
  });

  test('may come in its first request, and without a length at first', async () => {
    const whole = await ask(
      'POST',
      '/api/upload/tus',
      { 'upload-length': String(content.length), 'upload-metadata': metadataOf({ filename: 't.jsonl' }), 'content-type': 'application/offset+octet-stream' },
      content,
    );
    expect(whole).toMatchObject({ status: 201, body: { sha256: digest(content) } });
    const { headers } = await ask('POST', '/api/upload/tus', { 'upload-defer-length': '1', 'upload-metadata': metadataOf({ filename: 't.jsonl' }) });
    const later = await patch(headers.get('location') ?? '', 0, content, { 'upload-length': String(content.length) });
    expect(later.body).toMatchObject({ sha256: digest(content), known: true });
  });

  test('two at once do not mix', async () => {
    const part = await create(content.length, { filename: 't.jsonl', sha256: digest(content) });
    const answers = await Promise.all([patch(part, 0, content), patch(part, 0, content)]);
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect(await rig.app.blobs.verify(digest(content))).toBe(true);
  });

  test('says what the server can', async () => {
    const { status, headers } = await ask('OPTIONS', '/api/upload/tus');
    expect([status, headers.get('tus-version'), headers.get('tus-max-size'), headers.get('tus-checksum-algorithm')]).toEqual([
      204,
      '1.0.0',
      '1048576',
      'sha256,sha1,md5',
    ]);
    expect(headers.get('tus-extension')?.split(',')).toEqual(expect.arrayContaining(['creation', 'termination', 'expiration', 'checksum']));
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a piece is refused', () => {
  test('at another offset than the next: 409', async () => {
    const part = await create(content.length);
    expect(await patch(part, 100, content.subarray(100))).toMatchObject({ status: 409, body: { errors: [{ extensions: { code: 'UPLOAD_OFFSET_DIFFERS' } }] } });
    expect(await offsetOf(part)).toBe('0');
  });

  test('with another checksum: 460, and nothing of it counts', async () => {
    const part = await create(content.length);
    const checksum = (bytes: Uint8Array) => ({ 'upload-checksum': `sha1 ${Buffer.from(digest(bytes, 'sha1'), 'hex').toString('base64')}` });
    expect((await patch(part, 0, content.subarray(0, 100), checksum(content))).status).toBe(460);
    expect(await offsetOf(part)).toBe('0');
    expect((await patch(part, 0, content, checksum(content))).status).toBe(200);
  });

  test('with a checksum of a kind that nobody knows: 400', async () => {
    const part = await create(content.length);
    expect((await patch(part, 0, content, { 'upload-checksum': 'crc32 abc' })).status).toBe(400);
  });

  test('beyond the announced length: 413', async () => {
    const part = await create(10);
    expect((await patch(part, 0, content)).status).toBe(413);
  });

  test.each<readonly [what: string, status: number, code: string, headers: Headers_, advice: RegExp]>([
    ['at another offset', 409, 'UPLOAD_OFFSET_DIFFERS', { 'upload-offset': '7' }, /Ask for it with HEAD/],
    ['of another protocol', 412, 'BAD_REQUEST', { 'tus-resumable': '' }, /Tus-Resumable: 1\.0\.0/],
    ['of another type', 400, 'BAD_REQUEST', { 'content-type': 'text/csv' }, /content-type/i],
  ])('%s: %s, in JSON and in words that help', async (...[, status, code, headers, advice]) => {
    const refused = await patch(await create(content.length), 0, content, headers);
    expect(refused.status).toBe(status);
    expect(refused.headers.get('content-type')).toMatch(/json/);
    expect(refused.body).toMatchObject({ errors: [{ message: expect.stringMatching(advice), extensions: { code } }] });
  });

  test('of a part that there is not: 404', async () => {
    for (const id of ['0'.repeat(32), '..%2f..%2fetc%2fpasswd', 'x.json']) expect((await patch(`/api/upload/tus/${id}`, 0, content)).status).toBe(404);
  });

  test('of one that has expired: 410, and later it is gone', async () => {
    const part = await create(content.length);
    const record = join(parts, `${idOf(part)}.json`);
    await writeFile(record, (await readFile(record, 'utf8')).replace(/"createdAt":"[^"]*"/, '"createdAt":"2020-01-01T00:00:00.000Z"'));
    expect((await patch(part, 0, content)).status).toBe(410);
    expect((await ask('HEAD', part)).status).toBe(410);
    expect(await removeExpiredParts(parts, 86_400_000, Date.now())).toEqual([idOf(part)]);
    expect((await ask('HEAD', part)).status).toBe(404);
  });
});

describe('an upload is refused', () => {
  test('whose content has another hash: 460, and the part is gone', async () => {
    const part = await create(content.length, { filename: 't.jsonl', sha256: 'f'.repeat(64) });
    expect(await patch(part, 0, content)).toMatchObject({ status: 460, body: { errors: [{ extensions: { code: 'UPLOAD_HASH_DIFFERS' } }] } });
    expect((await ask('HEAD', part)).status).toBe(404);
    expect((await readdir(parts)).filter((name) => name.startsWith(idOf(part)))).toEqual([]);
    expect(await rig.app.store.upload({ sha256: digest(content) })).toBeUndefined();
  });

  test.each([
    ['larger than allowed', { 'upload-length': '2000000', 'upload-metadata': metadataOf({ filename: 'a' }) }, 413],
    ['without a name', { 'upload-length': '10' }, 400],
    ['with a path as its name', { 'upload-length': '10', 'upload-metadata': metadataOf({ filename: '../a' }) }, 400],
    ['with a hash that is none', { 'upload-length': '10', 'upload-metadata': metadataOf({ filename: 'a', sha256: 'x' }) }, 422],
    ['with a length that is none', { 'upload-length': '-1', 'upload-metadata': metadataOf({ filename: 'a' }) }, 400],
  ])('%s', async (...[, headers, status]) => {
    const before = await readdir(parts);
    expect((await ask('POST', '/api/upload/tus', headers)).status).toBe(status);
    expect(await readdir(parts)).toEqual(before);
  });

  test('that its sender takes back: the part is gone', async () => {
    const part = await create(content.length);
    expect((await ask('DELETE', part)).status).toBe(204);
    expect((await ask('HEAD', part)).status).toBe(404);
  });
});

test('bytes without a record, and records that nobody can read, go when they are old', async () => {
  const [orphan, broken, fresh] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const;
  await writeFile(join(parts, orphan), 'x');
  await utimes(join(parts, orphan), new Date(0), new Date(0));
  await writeFile(join(parts, `${broken}.json`), '{"id"');
  await writeFile(join(parts, fresh), 'x');
  expect([...(await removeExpiredParts(parts, 86_400_000, Date.now()))].toSorted()).toEqual([orphan, broken]);
  expect(await readdir(parts)).toContain(fresh);
});

test('another key’s part is not there, whatever is asked of it', async () => {
  const secretOf = async (name: string): Promise<string> => {
    const key = { name, scopes: ['upload'], databases: '*', tables: '*', signed: 'optional' } as const;
    return String((await rig.app.store.createKey(key, 'test', { meta: { actor: 'test', requestId: 'test', client: 'test' } })).secret);
  };
  const [one, other] = [{ authorization: `Bearer ${await secretOf('one')}` }, { authorization: `Bearer ${await secretOf('other')}` }];
  const { headers } = await ask('POST', '/api/upload/tus', {
    'upload-length': String(content.length),
    'upload-metadata': metadataOf({ filename: 't.jsonl' }),
    ...one,
  });
  const part = headers.get('location') ?? '';
  expect((await ask('HEAD', part, other)).status).toBe(404);
  expect((await patch(part, 0, content, other)).status).toBe(404);
  expect((await ask('DELETE', part, other)).status).toBe(404);
  expect((await patch(part, 0, content, one)).status).toBe(200);
  expect((await ask('GET', `/api/upload/${digest(content)}`, other)).status).toBe(404);
  expect((await ask('GET', `/api/upload/${digest(content)}`, one)).status).toBe(200);
});
