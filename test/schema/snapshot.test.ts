import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { readEventStream } from '../support/event-stream.ts';
import { shopTables } from '../support/snapshots.ts';
import { query } from '../support/two-databases.ts';

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
  await query(database.url, shopTables);
  app = await createTestApp({ WAYBILL_DATABASE_SHOP: database.url, WAYBILL_DATABASE_OTHER: database.url, API_SECRET_KEY: 'first-key-of-all' });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});
const asked = async (text: string, variables: Readonly<Record<string, unknown>> = {}, key = 'first-key-of-all') =>
  app.ask(text, variables, { authorization: `Bearer ${key}` });

const mutation = `mutation ($database: String!, $key: String!, $full: Boolean) { snapshot(input: { database: $database, full: $full }, idempotencyKey: $key) {
  ... on SnapshotPayload { database files { name rows bytes sha256 written } tables bytesWritten }
  ... on Refusal { code message } } }`;

test('a snapshot is made on request, says what it wrote, and writes nothing the second time', async () => {
  const first = (await asked(mutation, { database: 'shop', key: 'a' })).body.data?.['snapshot'];
  expect(first.files.map(({ name, rows, written }: Record<string, unknown>) => [name, rows, written])).toEqual(
    expect.arrayContaining([
      ['customer.csv', 2, true],
      ['purchase.csv', 1, true],
    ]),
  );
  expect((await asked(mutation, { database: 'shop', key: 'a' })).body.data?.['snapshot']).toEqual(first);
  const again = (await asked(mutation, { database: 'shop', key: 'b' })).body.data?.['snapshot'];
  expect(again).toMatchObject({ bytesWritten: 0, tables: [] });
  expect(again.files.every(({ written }: { written: boolean }) => !written)).toBe(true);
  const full = (await asked(mutation, { database: 'shop', key: 'c', full: true })).body.data?.['snapshot'];
  expect(full.files.some(({ written }: { written: boolean }) => written)).toBe(true);
});

test('the same key with other input, and an unknown database, are refused by name', async () => {
  expect((await asked(mutation, { database: 'other', key: 'a' })).body.data?.['snapshot'].code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect((await asked(mutation, { database: 'nothing', key: 'd' })).body.data?.['snapshot'].code).toBe('DATABASE_UNKNOWN');
});

test('the last snapshots are listed, newest first', async () => {
  const list = '{ snapshots(database: "shop", first: 1) { edges { node { database by tables files { name rows } position at milliseconds more } } } }';
  const { data } = (await asked(list)).body;
  expect(data?.['snapshots'].edges).toMatchObject([{ node: { database: 'shop', by: 'REQUEST', more: 0 } }]);
  expect((await asked('{ snapshots(database: "elsewhere") { edges { node { database } } } }')).body.data?.['snapshots'].edges).toEqual([]);
});

test('a subscription tells of each snapshot of its database, also of those before it', async () => {
  const response = await app.app.fetch(
    new Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: 'Bearer first-key-of-all' },
      body: JSON.stringify({ query: 'subscription { snapshotWritten(database: "shop", after: 0) { database by files { name } } }' }),
    }),
  );
  const stream = readEventStream<{ data: { snapshotWritten: { database: string } } }>(response);
  expect((await stream.next()).value).toMatchObject({ data: { snapshotWritten: { database: 'shop', by: 'REQUEST' } } });
  await stream.return(undefined);
});

test('a key that is kept to a database makes its snapshots only; one that is kept to tables makes none', async () => {
  const meta = { actor: 'tester', requestId: 'r', client: 'test' };
  const key = async (name: string, tables: '*' | readonly string[]): Promise<string> =>
    (await app.app.store.createKey({ name, scopes: ['export'], databases: ['other'], tables, signed: 'optional' }, 'test', { meta })).secret ?? '';
  const [kept, narrow] = [await key('kept', '*'), await key('narrow', ['public.customer'])];
  expect((await asked(mutation, { database: 'other', key: 'e' }, kept)).body.data?.['snapshot'].database).toBe('other');
  expect((await asked(mutation, { database: 'shop', key: 'f' }, kept)).body.data?.['snapshot'].code).toBe('DATABASE_UNKNOWN');
  expect((await asked(mutation, { database: 'other', key: 'g' }, narrow)).body.data?.['snapshot'].code).toBe('FORBIDDEN');
});
