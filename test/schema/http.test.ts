import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditServer } from 'graphql-http';
import { createTestApp, type TestApp } from '../support/app.ts';

const key = 'correct horse battery staple'.replaceAll(' ', '-');
let open: TestApp;
let keyed: TestApp;
beforeAll(async () => {
  [open, keyed] = await Promise.all([createTestApp(), createTestApp({ API_SECRET_KEY: key })]);
});
afterAll(() => Promise.all([open.close(), keyed.close()]));

const post = (app: TestApp, headers: Record<string, string>, url = 'http://localhost/graphql', body: BodyInit = '{"query":"{__typename}"}') =>
  app.app.fetch(new Request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }));

test('passes every MUST of the GraphQL-over-HTTP audits, and the SHOULDs', async () => {
  const { url } = await open.app.listen();
  const results = await auditServer({ url: `${url}/graphql` });
  const failed = results.filter(({ status }) => status !== 'ok').map(({ id, name }) => `${id} ${name}`);
  expect(results).toHaveLength(61);
  expect(failed.filter((name) => /MUST|SHOULD/.test(name))).toEqual([]);
});

describe('the key', () => {
  test.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['a prefix of it', { 'x-api-key': key.slice(0, -1) }],
    ['of another scheme', { authorization: `Basic ${key}` }],
    ['an empty one', { 'x-api-key': '' }],
  ])('%s is answered with 401, a code and a request id', async (_what, headers) => {
    const response = await post(keyed, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', requestId: response.headers.get('x-request-id') } }] });
  });

  test.each([
    ['Authorization', { authorization: `Bearer ${key}` }],
    ['X-API-Key', { 'x-api-key': key }],
  ])('as %s is accepted', async (_what, headers) => {
    expect((await post(keyed, headers)).status).toBe(200);
  });

  test('in the URL is refused, even the right one', async () => {
    for (const name of ['key', 'api_key', 'token', 'access_token', 'X-API-Key'.toLowerCase().replace('x-', '')]) {
      expect((await post(keyed, { authorization: `Bearer ${key}` }, `http://localhost/graphql?${name}=${key}`)).status).toBe(400);
    }
  });

  test('gives the actor its name', async () => {
    const { body } = await keyed.ask(
      'mutation { cancelRun(input: { run: "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, idempotencyKey: "k") { __typename } }',
      {},
      { 'x-api-key': key },
    );
    expect(body.data).toEqual({ cancelRun: { __typename: 'UnknownRun' } });
    await keyed.ask('mutation ($input: UploadInput!) { upload(input: $input, idempotencyKey: "k") { __typename } }', {}, { 'x-api-key': key });
  });
});

describe('without a key', () => {
  test('only names that mean this machine are answered', async () => {
    expect((await post(open, { host: 'rebound.example.org' })).status).toBe(403);
    for (const host of ['localhost:4000', '127.0.0.1:4000', '[::1]:4000']) expect((await post(open, { host })).status).toBe(200);
  });
});

describe('what a foreign page could send', () => {
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/graphql', ''])('a body of %s is refused', async (type) => {
    expect((await post(open, { 'content-type': type })).status).toBe(415);
  });

  test('multipart needs a header that no form can send', async () => {
    const form = new FormData();
    form.set('operations', '{"query":"{__typename}"}');
    form.set('map', '{}');
    const send = (headers: Record<string, string>) => open.app.fetch(new Request('http://localhost/graphql', { method: 'POST', headers, body: form }));
    expect((await send({})).status).toBe(403);
    expect((await send({ 'x-waybill-csrf': '1' })).status).toBe(200);
  });

  test('a mutation by GET is answered with 405 and does nothing', async () => {
    const query = encodeURIComponent('mutation { cancelRun(input: { run: "x" }, idempotencyKey: "k") { __typename } }');
    expect((await open.app.fetch(new Request(`http://localhost/graphql?query=${query}`))).status).toBe(405);
  });

  test('a preflight from elsewhere is given no rights', async () => {
    const response = await open.app.fetch(
      new Request('http://localhost/graphql', {
        method: 'OPTIONS',
        headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      }),
    );
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('files in a request', () => {
  const send = async (size: number): Promise<{ status: number; text: string }> => {
    const form = new FormData();
    form.set(
      'operations',
      JSON.stringify({
        query: 'mutation ($file: File!) { upload(input: { file: $file }, idempotencyKey: "f") { __typename ... on Refusal { code message } } }',
        variables: { file: null },
      }),
    );
    form.set('map', '{"0":["variables.file"]}');
    form.set('0', new File([new Uint8Array(size)], 'zeros'));
    const { url } = await keyed.app.listen();
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'x-api-key': key }, body: form });
    return { status: response.status, text: await response.text() };
  };

  test('up to the limit are stored', async () => {
    expect(await send(1024 * 1024)).toMatchObject({ status: 200, text: expect.stringMatching(/UploadPayload/) });
  });

  test('above it are answered with 413 and leave nothing behind', async () => {
    expect((await send(27 * 1024 * 1024)).status).toBe(413);
    expect(await readdir(join(keyed.app.config.blobDir, 'incoming'))).toEqual([]);
  });

  test('of a body that breaks off are refused', async () => {
    const body = '--b\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":';
    const response = await post(keyed, { 'x-api-key': key, 'content-type': 'multipart/form-data; boundary=b' }, undefined, body);
    expect(response.status).toBe(400);
    expect(await readdir(join(keyed.app.config.blobDir, 'incoming'))).toEqual([]);
  });
});

describe('other doors', () => {
  test('health needs no key and tells nothing', async () => {
    const response = await keyed.app.fetch(new Request('http://localhost/health'));
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  test('GraphiQL works without a network', async () => {
    const response = await open.app.fetch(new Request('http://localhost/graphql', { headers: { accept: 'text/html' } }));
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="(https?:)?\/\//);
    expect(response.headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
  });

  test('anything else is not found', async () => {
    expect((await keyed.app.fetch(new Request('http://localhost/backup/x.tar.zst'))).status).toBe(404);
  });

  test('answers are never sniffed, cached or sent as referrer', async () => {
    const { headers } = await post(open, {});
    expect([headers.get('x-content-type-options'), headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
      'nosniff',
      'no-store',
      'no-referrer',
    ]);
  });

  test('a request id of the caller is kept, one that could forge a log line is not', async () => {
    expect((await post(open, { 'x-request-id': 'my-request-0001' })).headers.get('x-request-id')).toBe('my-request-0001');
    expect((await post(open, { 'x-request-id': 'a b{"level":"info"}' })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
