import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { sql } from '../../src/infra/postgres/sql.ts';
import { signRequest } from '../../src/infra/http/signature.ts';
import { createTestApp, type GraphQLAnswer, type Json, type TestApp } from '../support/app.ts';
import { readEventStream } from '../support/event-stream.ts';

const first = 'the-first-key';
let app: TestApp;
let url: string;
beforeAll(async () => {
  app = await createTestApp({ API_SECRET_KEY: first });
  url = (await app.app.listen()).url;
});
afterAll(() => app.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const minted =
  '{ __typename ... on CreatedKey { secret key { id name scopes generation overlapUntil revokedAt lastUsedAt lastAddress } } ... on Refusal { code message } }';
const mutate = async (name: 'createKey' | 'rotateKey' | 'revokeKey', input: Json, idempotencyKey: string = randomUUID()): Promise<Json> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!, $key: String!) { ${name}(input: $input, idempotencyKey: $key) ${minted} }`;
  const { body } = await app.ask(query, { input, key: idempotencyKey }, bearer(first));
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data?.[name];
};
const create = async (name: string, more: Json = {}): Promise<string> => (await mutate('createKey', { name, scopes: ['READ'], ...more }))['secret'];
const look = (key: string): Promise<GraphQLAnswer> => app.ask('{ logHead { position } }', {}, bearer(key));
const codeOf = ({ body }: GraphQLAnswer): unknown => body.errors?.[0]?.extensions['code'];
const refusals = async (actor: string): Promise<readonly unknown[]> =>
  (await app.app.store.events({ types: ['AccessRefused'], actor })).map(({ event }) => ('reason' in event.data ? event.data.reason : undefined));

describe('a key', () => {
  test('lets in by either header, and events carry its name', async () => {
    const key = await create('writer', { scopes: ['READ', 'UPLOAD'] });
    expect(key).toMatch(/^wb_test_/);
    expect((await look(key)).status).toBe(200);
    expect((await app.ask('{ logHead { position } }', {}, { 'x-api-key': key })).body.data).not.toBeNull();
    await expect
      .poll(async () => (await app.ask('{ keys { edges { node { name lastUsedAt lastAddress } } } }', {}, bearer(first))).body.data?.['keys'].edges[0].node)
      .toEqual({ name: 'writer', lastUsedAt: expect.any(String), lastAddress: 'local' });
  });

  test('is told once: the same request again has no secret, and makes no second key', async () => {
    const idempotency = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => mutate('createKey', { name: 'once', scopes: ['READ'] }, idempotency)));
    expect(answers.filter(({ secret }) => secret !== null)).toHaveLength(1);
    expect(new Set(answers.map(({ key }) => key.id)).size).toBe(1);
    expect(await mutate('createKey', { name: 'once', scopes: ['READ'] })).toMatchObject({ code: 'KEY_NAME_TAKEN' });
  });

  test('is nowhere in the store, neither whole nor its secret', async () => {
    const key = await create('hidden');
    await mutate('rotateKey', { key: 'hidden' });
    await look(key);
    const session = await app.storeDatabase.session();
    const tables = await session.many<{ name: string }>(
      sql`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const row = await session.one<{ n: string }>(
        sql`select count(*) as n from ${sql.raw(name)} as t where t::text like ${`%${key.slice(34, 77)}%`} or t::text like ${`%${Buffer.from(key.slice(34, 77)).toString('hex')}%`}`,
      );
      if (Number(row.n) > 0) found.push(name);
    }
    expect(tables.length).toBeGreaterThan(5);
    expect(found).toEqual([]);
  });

  test('with a typo, of nobody, or with another secret is not valid, and leaves an event', async () => {
    const key = await create('right');
    const { writeKey, readKey } = await import('../../src/domain/key/key-text.ts');
    const parts = readKey(key);
    if (typeof parts === 'string') throw new Error(parts);
    const wrong = writeKey({ ...parts, secret: 'x'.repeat(43) });
    for (const shown of [`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`, writeKey({ ...parts, keyId: '7'.repeat(26) }), wrong, 'the-first-kez']) {
      const answer = await look(shown);
      expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    }
    await expect.poll(() => refusals('right')).toEqual(['wrong']);
    await expect.poll(() => refusals('nobody')).toEqual(expect.arrayContaining(['unknown', 'wrong']));
  });
});

describe('rotation', () => {
  test('lets the secret before work for as long as was said, and then no longer', async () => {
    const before = await create('turning');
    const rotated = await mutate('rotateKey', { key: 'turning', overlapHours: 0.0008 });
    expect(rotated['key']).toMatchObject({ generation: 2, overlapUntil: expect.any(String) });
    expect((await look(before)).status).toBe(200);
    expect((await look(rotated['secret'])).status).toBe(200);
    await expect.poll(async () => codeOf(await look(before)), { timeout: 15_000, interval: 500 }).toBe('KEY_EXPIRED');
    expect((await look(rotated['secret'])).status).toBe(200);
  }, 20_000);

  test('without overlap ends the secret before at once', async () => {
    const before = await create('leaked');
    await look(before);
    const { secret } = await mutate('rotateKey', { key: 'leaked', overlapHours: 0 });
    await expect.poll(async () => codeOf(await look(before)), { timeout: 5000 }).toBe('KEY_EXPIRED');
    expect((await look(secret)).status).toBe(200);
  });
});

describe('a revoked key', () => {
  test('is refused within moments, for good', async () => {
    const key = await create('lost');
    expect((await look(key)).status).toBe(200);
    await mutate('revokeKey', { key: 'lost', reason: 'laptop' });
    await expect.poll(async () => codeOf(await look(key)), { timeout: 5000 }).toBe('KEY_REVOKED');
    expect(await mutate('rotateKey', { key: 'lost' })).toMatchObject({ code: 'KEY_REVOKED' });
    expect(await mutate('revokeKey', { key: 'none' })).toMatchObject({ __typename: 'UnknownKey', code: 'KEY_UNKNOWN' });
  });

  test('loses its sockets, with a code, and its event streams', async () => {
    const key = await create('follower');
    const closed = new Promise<unknown>((resolve) => {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { apiKey: key },
        retryAttempts: 0,
        on: { closed: (event) => resolve((event as { code: number }).code) },
      });
      client.subscribe({ query: 'subscription { events { position } }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    });
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...bearer(key) },
      body: JSON.stringify({ query: 'subscription { events { position } }' }),
    });
    const streamed = (async () => {
      for await (const _event of readEventStream(response));
      return 'ended';
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await mutate('revokeKey', { key: 'follower' });
    expect(await closed).toBe(4403);
    expect(await streamed).toBe('ended');
  }, 15_000);
});

describe('signed requests', () => {
  const query = 'mutation { cancelRun(input: { run: "x" }, idempotencyKey: "s") { ... on Refusal { code } } }';
  const sign = (key: string, body: string): string =>
    signRequest(key, {
      method: 'POST',
      path: '/graphql',
      bodySha256: createHash('sha256').update(body).digest('hex'),
      now: Date.now(),
      nonce: randomUUID(),
    });
  const send = async (key: string, body: string, signature?: string): Promise<readonly unknown[]> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(key), ...(signature === undefined ? {} : { 'x-waybill-signature': signature }) },
      body,
    });
    const answer = (await response.json()) as GraphQLAnswer['body'];
    return [response.status, answer.errors?.[0]?.extensions['code'] ?? answer.data?.['cancelRun'].code];
  };
  const body = JSON.stringify({ query });
  let key: string;
  beforeAll(async () => {
    key = await create('signer', { scopes: ['READ', 'MERGE', 'IMPORT'], signed: true });
  });

  test('are let through; the same one again, an altered one, one of another key are not', async () => {
    const signature = sign(key, body);
    expect(await send(key, body, signature)).toEqual([200, 'RUN_UNKNOWN']);
    expect(await send(key, body, signature)).toEqual([401, 'SIGNATURE_REPEATED']);
    expect(await send(key, body.replace('"s"', '"t"').replace('\\"s\\"', '\\"t\\"'), sign(key, body))).toEqual([401, 'SIGNATURE_BODY_DIFFERS']);
    expect(await send(key, body, sign(first, body))).toEqual([401, 'SIGNATURE_WRONG']);
    await expect.poll(() => refusals('signer')).toEqual(expect.arrayContaining(['replayed', 'signature']));
  });

  test('are wanted of mutations, also over a socket, and not of queries', async () => {
    expect(await send(key, body)).toEqual([401, 'SIGNATURE_MISSING']);
    expect((await look(key)).status).toBe(200);
    const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { apiKey: key }, retryAttempts: 0 });
    for await (const { errors } of client.iterate({ query })) expect(errors?.[0]?.extensions?.['code']).toBe('SIGNATURE_MISSING');
    await client.dispose();
  });

  test('are made by the command line as soon as they are wanted, for files too', async () => {
    const { openRemote } = await import('../../src/cli/remote.ts');
    const uploader = await create('remote signer', { scopes: ['UPLOAD'], signed: true });
    const client = openRemote(url, uploader);
    const path = join(app.folder, 'sent.csv');
    await writeFile(path, 'id,name\n1,a\n');
    expect(await client.upload(path)).toMatchObject({ name: 'sent.csv', bytes: 12 });
    expect(await client.upload(path)).toMatchObject({ name: 'sent.csv' });
    await client.close();
  });

  test('of a key that need not sign are checked all the same', async () => {
    expect(await send(first, body, sign(first, body))).toEqual([200, 'RUN_UNKNOWN']);
    expect(await send(first, body, sign(key, body))).toEqual([401, 'SIGNATURE_WRONG']);
    expect(await send(first, body)).toEqual([200, 'RUN_UNKNOWN']);
  });
});

describe('more than is allowed', () => {
  let tight: TestApp;
  beforeAll(async () => {
    tight = await createTestApp({ API_SECRET_KEY: first, WAYBILL_RATE_LIMIT: '25' });
  });
  afterAll(() => tight.close());

  test('is answered with 429 and how long to wait; another key is not concerned', async () => {
    const mutation = 'mutation { cancelRun(input: { run: "x" }, idempotencyKey: "s") { ... on Refusal { code } } }';
    const other = await tight.app.store.createKey({ name: 'other', scopes: ['read'], databases: '*', tables: '*', signed: 'optional' }, 'test', {
      meta: { actor: 'tester', requestId: 'request-1', client: 'test' },
    });
    const statuses: number[] = [];
    for (let times = 0; times < 3; times += 1) statuses.push((await tight.ask(mutation, {}, bearer(first))).status);
    expect(statuses).toEqual([200, 200, 429]);
    for (let times = 0; times < 5; times += 1) await tight.ask('{ __typename }', {}, bearer(first));
    const answer = await tight.ask('{ __typename }', {}, bearer(first));
    expect([answer.status, codeOf(answer)]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await tight.ask('{ __typename }', {}, bearer(other.secret ?? ''))).status).toBe(200);
  });

  test('of wrong keys shuts the first key out for a minute, and no key of the store', async () => {
    const key = await create('unmoved');
    for (let times = 0; times < 31; times += 1) await look('wrong');
    const answer = await look(first);
    expect([answer.status, codeOf(answer)]).toEqual([429, 'RATE_LIMITED']);
    expect((await look(key)).status).toBe(200);
  });
});
