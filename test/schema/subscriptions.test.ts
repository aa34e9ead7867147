import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { socketLimits } from '../../src/infra/http/limits.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { readEventStream } from '../support/event-stream.ts';
import { createShop, type Shop } from '../support/shop.ts';

let shop: Shop;
let app: TestApp;
let keyed: TestApp;
let url: string;
let keyedUrl: string;
const key = 'a-key-for-sockets';
beforeAll(async () => {
  shop = await createShop();
  [app, keyed] = await Promise.all([createTestApp({ WAYBILL_DATABASE_SOURCE: shop.source.url }, { worker: true }), createTestApp({ API_SECRET_KEY: key })]);
  [{ url }, { url: keyedUrl }] = await Promise.all([app.app.listen(), keyed.app.listen()]);
});
afterAll(async () => {
  await Promise.all([app.close(), keyed.close()]);
  await shop.close();
});

type EventAnswer = { readonly data: { readonly events: { readonly position: number; readonly type: string } } };
const eventsQuery = 'subscription ($after: Long, $filter: EventFilter) { events(after: $after, filter: $filter) { position type } }';
const socketUrl = (from = url): string => `${from.replace('http', 'ws')}/graphql`;
const meta = { actor: 'test', requestId: 'test', client: 'test' };

/** One event each. */
const happen = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await app.app.store.registerDatabase(`db-${Math.random().toString(36).slice(2)}`, 'postgres://h/d', meta);
};

const openStream = (variables: Record<string, unknown>, signal: AbortSignal): Promise<Response> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: eventsQuery, variables }),
    signal,
  });

/** Reads until `count` positions came, then drops the connection without a word. */
const takeBySse = async (after: number, count: number): Promise<readonly number[]> => {
  const left = new AbortController();
  const positions: number[] = [];
  const response = await openStream({ after }, left.signal);
  for await (const { data } of readEventStream<EventAnswer>(response)) {
    positions.push(data.events.position);
    if (positions.length >= count) break;
  }
  left.abort();
  return positions;
};

const takeBySocket = async (after: number, count: number): Promise<readonly number[]> => {
  const client = createSocketClient({ url: socketUrl(), webSocketImpl: WebSocket, retryAttempts: 0, lazy: true });
  const positions: number[] = [];
  for await (const result of client.iterate<EventAnswer['data']>({ query: eventsQuery, variables: { after } })) {
    if (result.data !== null && result.data !== undefined) positions.push(result.data.events.position);
    if (positions.length >= count) break;
  }
  client.terminate();
  return positions;
};

describe.each([
  ['server-sent events', takeBySse],
  ['a stock graphql-ws client', takeBySocket],
] as const)('over %s', (_name, take) => {
  test('a subscriber that drops and reconnects misses no event and sees none twice', async () => {
    const start = await app.app.store.headPosition();
    const seen: number[] = [];
    const writing = happen(60);
    while (seen.length < 60) seen.push(...(await take(seen.at(-1) ?? start, Math.min(7, 60 - seen.length))));
    await writing;
    expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => start + n + 1));
  });
});

test('without `after` a subscription begins now', async () => {
  await happen(1);
  const left = new AbortController();
  const stream = readEventStream<EventAnswer>(await openStream({}, left.signal));
  const first = stream.next();
  const before = await app.app.store.headPosition();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await happen(1);
  expect((await first).value).toMatchObject({ data: { events: { position: before + 1 } } });
  left.abort();
});

test('a filter leaves out the rest', async () => {
  const start = await app.app.store.headPosition();
  await happen(2);
  const uploaded = app.app.store.recordUpload({ sha256: 'e'.repeat(64), bytes: 1, name: 'x' }, meta);
  const left = new AbortController();
  for await (const { data } of readEventStream<EventAnswer>(await openStream({ after: start, filter: { types: ['UploadStored'] } }, left.signal))) {
    expect(data.events).toEqual({ position: (await uploaded).position, type: 'UploadStored' });
    break;
  }
  left.abort();
});

test('the progress of a run ends with the run, over the stock graphql-sse client too', async () => {
  const { body } = await app.ask('mutation { export(input: { database: "source" }, idempotencyKey: "sse") { ... on RunPayload { runId } } }');
  const client = createSseClient({ url: `${url}/graphql`, retryAttempts: 0 });
  const seen: { state: string; sequence: number }[] = [];
  for await (const { data } of client.iterate<{ runProgress: { state: string; sequence: number } }>({
    query: 'subscription ($id: ID!) { runProgress(id: $id) { state sequence phase rows } }',
    variables: { id: body.data?.['export'].runId },
  })) {
    if (data !== null && data !== undefined) seen.push(data.runProgress);
  }
  client.dispose();
  expect(seen.at(-1)?.state).toBe('COMPLETED');
  expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map(({ sequence }) => sequence).toSorted((a, b) => a - b));
});

test('the progress of no run is an error with a code', async () => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { runProgress(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV") { state } }' }),
  });
  expect(await response.text()).toMatch(/RUN_UNKNOWN/);
});

test('queries and mutations work over the socket as well', async () => {
  const client = createSocketClient({ url: socketUrl(), webSocketImpl: WebSocket, retryAttempts: 0 });
  for await (const { data } of client.iterate({ query: '{ logHead { position } }' })) expect(data).toMatchObject({ logHead: { position: expect.any(Number) } });
  for await (const { data } of client.iterate({ query: 'mutation { cancelRun(input: { run: "x" }, idempotencyKey: "s") { ... on Refusal { code } } }' }))
    expect(data).toEqual({ cancelRun: { code: 'RUN_UNKNOWN' } });
  await client.dispose();
});

const raw = (to: string, headers: Record<string, string> = {}): { socket: WebSocket; closed: Promise<number>; messages: string[] } => {
  const socket = new WebSocket(`${to}`, 'graphql-transport-ws', { headers });
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString('utf8')));
  socket.on('error', () => undefined);
  return { socket, messages, closed: new Promise((resolve) => socket.on('close', resolve)) };
};
const opened = (socket: WebSocket): Promise<unknown> => new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
const say = (socket: WebSocket, message: unknown): void => socket.send(JSON.stringify(message));
const acknowledged = async ({ socket, messages }: ReturnType<typeof raw>): Promise<void> => {
  await opened(socket);
  say(socket, { type: 'connection_init' });
  while (!messages.some((message) => message.includes('connection_ack'))) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a socket is closed', () => {
  test('with 4401 when it subscribes before the acknowledgement', async () => {
    const connection = raw(socketUrl());
    await opened(connection.socket);
    say(connection.socket, { id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    expect(await connection.closed).toBe(4401);
  });

  test('with 4429 at a second connection_init', async () => {
    const connection = raw(socketUrl());
    await acknowledged(connection);
    say(connection.socket, { type: 'connection_init' });
    expect(await connection.closed).toBe(4429);
  });

  test('with 4409 when an id is used twice', async () => {
    const connection = raw(socketUrl());
    await acknowledged(connection);
    for (const _ of [1, 2]) say(connection.socket, { id: 'same', type: 'subscribe', payload: { query: 'subscription { events { position } }' } });
    expect(await connection.closed).toBe(4409);
  });

  test('with 4408 when no connection_init comes in time', async () => {
    const connection = raw(socketUrl());
    const start = Date.now();
    expect(await connection.closed).toBe(4408);
    expect(Date.now() - start).toBeLessThan(socketLimits.connectionInitMs + 2000);
  });

  test('with 4403 without the key, and not with it', async () => {
    const without = raw(socketUrl(keyedUrl));
    await opened(without.socket);
    say(without.socket, { type: 'connection_init' });
    expect(await without.closed).toBe(4403);
    const withKey = raw(socketUrl(keyedUrl));
    await opened(withKey.socket);
    say(withKey.socket, { type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
    while (!withKey.messages.some((message) => message.includes('connection_ack'))) await new Promise((resolve) => setTimeout(resolve, 5));
    withKey.socket.terminate();
  });

  test('before it is open when a page of another origin asks', async () => {
    await expect(opened(raw(socketUrl(), { origin: 'https://elsewhere.example' }).socket)).rejects.toThrow(/403/);
    const { host } = new URL(url);
    const same = raw(socketUrl(), { origin: `http://${host}` });
    await opened(same.socket);
    same.socket.terminate();
  });

  test('at a message above the limit, and at one that is no UTF-8', async () => {
    const large = raw(socketUrl());
    await acknowledged(large);
    large.socket.send('x'.repeat(app.app.config.limits.maxRequestBodyBytes + 1));
    expect(await large.closed).toBe(1009);
    const broken = raw(socketUrl());
    await acknowledged(broken);
    broken.socket.send(Buffer.from([0x7b, 0xff, 0xfe]), { binary: false });
    expect(await broken.closed).toBe(1007);
  });
});

test('one connection carries a bounded number of subscriptions', async () => {
  const connection = raw(socketUrl());
  await acknowledged(connection);
  for (let n = 0; n <= socketLimits.subscriptions; n += 1)
    say(connection.socket, { id: `s${n}`, type: 'subscribe', payload: { query: 'subscription { events { position } }' } });
  while (!connection.messages.some((message) => message.includes('TOO_MANY_SUBSCRIPTIONS'))) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(connection.messages.filter((message) => message.includes('TOO_MANY_SUBSCRIPTIONS'))).toHaveLength(1);
  connection.socket.terminate();
});

test('limits hold over the socket', async () => {
  const client: Client = createSocketClient({ url: socketUrl(), webSocketImpl: WebSocket, retryAttempts: 0 });
  await expect(client.iterate({ query: `{ ${'__typename '.repeat(3000)} }` }).next()).rejects.toMatchObject([
    { message: expect.stringMatching(/Token limit/), extensions: { requestId: expect.any(String) } },
  ]);
  await client.dispose();
});
