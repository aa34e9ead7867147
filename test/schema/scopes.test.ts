import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopes, type NewKey, type Scope } from '../../src/domain/key/key.ts';
import { schema } from '../../src/schema/schema.ts';
import { createTestApp, type GraphQLAnswer, type TestApp } from '../support/app.ts';
import { operationOf, rootFields, type RootField } from '../support/root-fields.ts';
import { createShop, type Shop } from '../support/shop.ts';

const meta = { actor: 'tester', requestId: 'request-1', client: 'test' };

type Held = Partial<Record<Scope | 'whole', boolean>>;
type Wanted = Held & { readonly $any?: Held; readonly $all?: Held };

/** The scopes of which one opens a field; undefined where nobody has said so. */
const wantedBy = ({ field }: RootField): readonly Scope[] | undefined => {
  const wanted = (field.extensions['pothosOptions'] as { readonly authScopes?: Wanted } | undefined)?.authScopes;
  const named = scopes.filter((scope) => wanted?.[scope] === true || wanted?.$any?.[scope] === true || wanted?.$all?.[scope] === true);
  return named.length === 0 ? undefined : named;
};

const withoutScope = (of: GraphQLSchema): readonly string[] =>
  rootFields(of).flatMap((each) => (wantedBy(each) === undefined ? [`${each.kind} ${each.field.name}`] : []));

let shop: Shop;
let app: TestApp;
const keys = new Map<Scope, string>();

const keyWith = async (key: Partial<NewKey>): Promise<string> => {
  const made = await app.app.store.createKey({ name: randomUUID(), scopes: ['read'], databases: '*', tables: '*', signed: 'optional', ...key }, 'test', {
    meta,
  });
  return made.secret ?? '';
};

beforeAll(async () => {
  shop = await createShop();
  const limits = { WAYBILL_RATE_LIMIT: '0', WAYBILL_RATE_LIMIT_ADDRESS: '0' };
  app = await createTestApp({
    WAYBILL_DATABASE_SOURCE: shop.source.url,
    WAYBILL_DATABASE_TARGET: shop.target.url,
    API_SECRET_KEY: 'first-key-of-all',
    ...limits,
  });
  await app.app.databases.registerConfigured(meta);
  for (const scope of scopes) keys.set(scope, await keyWith({ scopes: [scope] }));
});
afterAll(async () => {
  await app.close();
  await shop.close();
});

const askWith = (key: string, { query, variables }: ReturnType<typeof operationOf>): Promise<GraphQLAnswer> =>
  app.ask(query, variables, { authorization: `Bearer ${key}` });
const isForbidden = ({ body }: GraphQLAnswer): boolean => body.errors?.[0]?.extensions['code'] === 'FORBIDDEN';

describe('every root field names its scope', () => {
  test('in this schema', () => expect(withoutScope(schema)).toEqual([]));

  test('and one that does not is found', () => {
    expect(withoutScope(buildSchema('type Query { leak: String } type Mutation { break: String }'))).toEqual(['query leak', 'mutation break']);
  });

  test('no mutation is open to a key that only reads', () => {
    expect(rootFields(schema).filter((each) => each.kind === 'mutation' && wantedBy(each)?.includes('read'))).toEqual([]);
  });
});

describe('a key with one scope', () => {
  /** What is wrong with the input is said first. */
  const usable = { nonce: 'a'.repeat(16), serverPath: 'inbox/none' };
  const asked = rootFields(schema).filter(({ kind }) => kind !== 'subscription');

  test.each(scopes)('%s may do what wants it, and nothing else', async (scope) => {
    const wrong: string[] = [];
    for (const each of asked) {
      const isOpen = scope === 'admin' || wantedBy(each)?.includes(scope) === true;
      const answer = await askWith(keys.get(scope) ?? '', operationOf(each, usable));
      if (isForbidden(answer) === isOpen) wrong.push(`${each.field.name}: ${JSON.stringify(answer.body)}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each(rootFields(schema).flatMap((each) => (each.kind === 'subscription' ? [[each.field.name, each] as const] : [])))(
    'other than read does not follow %s',
    async (_name, each) => {
      expect(isForbidden(await askWith(keys.get('upload') ?? '', operationOf(each)))).toBe(true);
    },
  );

  test('that is refused leaves an event with the key and the field', async () => {
    const key = await keyWith({ name: 'curious', scopes: ['upload'] });
    await askWith(key, { query: '{ runs { edges { node { runId } } } }', variables: {} });
    await expect
      .poll(async () => (await app.app.store.events({ types: ['AccessRefused'], actor: 'curious' })).map(({ event }) => event.data))
      .toEqual([{ reason: 'scope', door: 'graphql', field: 'runs', key: 'curious', address: 'local', count: 1 }]);
  });

  test('steers only runs of its own kind', async () => {
    const input = { database: 'source', compression: 'zstd', recipients: [] } as const;
    const { runId } = await app.app.store.requestRun({ kind: 'export', input }, meta);
    const cancel = { query: `mutation { cancelRun(input: { run: "${runId}" }, idempotencyKey: "c") { __typename } }`, variables: {} };
    expect(isForbidden(await askWith(keys.get('import') ?? '', cancel))).toBe(true);
    expect((await askWith(keys.get('export') ?? '', cancel)).body.data).toEqual({ cancelRun: { __typename: 'RunPayload' } });
  });
});

describe('a key that is kept to one database', () => {
  const all = scopes.filter((scope) => scope !== 'admin');
  const runOn = async (database: string): Promise<string> =>
    (await app.app.store.requestRun({ kind: 'export', input: { database, compression: 'zstd', recipients: [] } }, meta)).runId;
  let key: string;
  let own: string;
  let foreign: string;
  let upload: string;
  let event: string;
  beforeAll(async () => {
    key = await keyWith({ name: 'kept', scopes: all, databases: ['source'] });
    [own, foreign] = [await runOn('source'), await runOn('target')];
    const blob = await app.app.blobs.put(Readable.from([Buffer.from('of somebody else')]));
    upload = (await app.app.store.recordUpload({ ...blob, name: 'theirs.csv' }, meta)).uploadId;
    event = (await app.app.store.events({ stream: `run-${foreign}` }))[0]?.id ?? '';
  });

  test('exports to no folder that others use, and by itself to the store', async () => {
    const ask = (input: string) =>
      askWith(key, {
        query: `mutation { export(input: { database: "source", ${input} }, idempotencyKey: "${input.length}") { ... on RunPayload { runId } ... on Refusal { code message } } }`,
        variables: {},
      });
    for (const input of ['format: CSV, tables: ["item"], to: EXCHANGE', 'out: "theirs.tar.zst"', 'format: CSV, tables: ["item"], out: "theirs.csv"'])
      expect((await ask(input)).body, input).toMatchObject({
        data: { export: { code: 'FORBIDDEN', message: expect.stringContaining('belong to all databases') } },
      });
    const { body } = await ask('format: CSV, tables: ["item"]');
    const [requested] = await app.app.store.events({ stream: `run-${body.data?.['export'].runId}` });
    expect(requested?.event).toMatchObject({ type: 'ExportRequested', data: { to: 'store' } });
  });

  const named = (database: string, run: string, more: { readonly upload: string; readonly event: string }) => ({
    ...Object.fromEntries(['database', 'a', 'b', 'of', 'name'].map((name) => [name, database])),
    id: `run-${run}`,
    run: `run-${run}`,
    stream: `run-${run}`,
    runs: [run],
    ids: [`run-${run}`, `upload-${more.upload}`, `event-${more.event}`, `database-${database}`],
    upload: more.upload,
    base: more.upload,
    from: more.upload,
    key: ['x'],
    file: 'x',
  });
  const nothing = '7'.repeat(26);
  const fits = (each: RootField): boolean => each.kind !== 'subscription' && wantedBy(each)?.every((scope) => scope === 'admin') === false;

  test.each(rootFields(schema).flatMap((each) => (fits(each) ? [[each.field.name, each] as const] : [])))(
    'is answered by %s about another one as about none',
    async (_name, each) => {
      const given = (values: object): object => {
        // `key` and `file` mean different things; only where they are lists, or wanted, they are filled.
        const { key: _key, file: _file, ...rest } = values as Record<string, unknown>;
        return each.field.name === 'rowHistory' ? values : rest;
      };
      const idempotency = { idempotencyKey: randomUUID() };
      const there = await askWith(key, operationOf(each, { ...given(named('target', foreign, { upload, event })), ...idempotency } as Record<string, unknown>));
      const absent = await askWith(
        key,
        operationOf(each, { ...given(named('nowhere', nothing, { upload: nothing, event: nothing })), idempotencyKey: randomUUID() } as Record<
          string,
          unknown
        >),
      );
      const plain = (text: string): string =>
        text
          .replaceAll(foreign, nothing)
          .replaceAll(upload, nothing)
          .replaceAll(event, nothing)
          .replaceAll('target', 'nowhere')
          .replace(/"requestId":"[^"]*"/g, '');
      expect(plain(JSON.stringify(there.body))).toBe(plain(JSON.stringify(absent.body)));
      expect(JSON.stringify(there.body)).not.toMatch(/BAD_USER_INPUT|GRAPHQL_VALIDATION/);
    },
  );

  test('sees its own runs, databases and events', async () => {
    const { body } = await askWith(key, {
      query: `{ runs { edges { node { runId } } } databases { edges { node { name } } } run(id: "${own}") { state } events(filter: { stream: "run-${own}" }) { edges { node { type } } } other: events(filter: { types: [ExportRequested] }) { edges { node { stream } } } }`,
      variables: {},
    });
    expect(body.errors).toBeUndefined();
    expect(body.data?.['databases'].edges).toEqual([{ node: { name: 'source' } }]);
    expect(body.data?.['run']).toEqual({ state: 'REQUESTED' });
    expect(body.data?.['events'].edges).toEqual([{ node: { type: 'ExportRequested' } }]);
    expect(JSON.stringify(body)).toContain(own);
    expect(JSON.stringify(body)).not.toContain(foreign);
  });

  test('follows events of its own databases only', async () => {
    const seen: string[] = [];
    const left = new AbortController();
    const { withinReach } = await import('../../src/events/within-reach.ts');
    const { store, databases } = app.app;
    const world = withinReach(
      { store, databases, questions: {} as never, files: {} as never, snapshots: {} as never },
      { databases: new Set(['source']), tables: 'all' },
      { actor: 'kept', note: () => undefined },
    );
    const events = world.store.subscribeEvents({ signal: left.signal });
    const reading = (async () => {
      for await (const { stream } of events) if (seen.push(stream) === 2) left.abort();
    })();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [first, , last] = [await runOn('source'), await runOn('target'), await runOn('source')];
    await reading;
    expect(seen).toEqual([`run-${first}`, `run-${last}`]);
  });

  test('may not look into folders that all share', async () => {
    for (const each of rootFields(schema).filter(({ field }) => /^(exchange|writeExchange|applyRules)/.test(field.name)))
      expect([each.field.name, isForbidden(await askWith(key, operationOf(each, { nonce: 'a'.repeat(16) })))]).toEqual([each.field.name, true]);
    const { body } = await askWith(key, {
      query: 'mutation { upload(input: { serverPath: "backup/any.tar.zst" }, idempotencyKey: "f") { __typename ... on Refusal { code } } }',
      variables: {},
    });
    expect(body.data).toEqual({ upload: { __typename: 'OtherRefusal', code: 'FORBIDDEN' } });
  });

  test.each([
    '{ inboxFiles { edges { node { name } } } }',
    '{ inboxFile(id: "a.csv") { name } }',
    'mutation { answer: importInboxFile(input: { file: "a.csv", database: "source" }, idempotencyKey: "i1") { ... on Refusal { code message } } }',
    'mutation { answer: retryInboxFile(input: { file: "a.csv" }, idempotencyKey: "i2") { ... on Refusal { code message } } }',
    'mutation { answer: rejectInboxFile(input: { file: "a.csv", reason: "x" }, idempotencyKey: "i3") { ... on Refusal { code message } } }',
    'mutation { answer: upload(input: { serverPath: "exchange/a.csv" }, idempotencyKey: "i4") { ... on Refusal { code message } } }',
  ])('is told that folders are shared, and what to do instead: %s', async (query) => {
    const { body } = await askWith(key, { query, variables: {} });
    const { message, extensions } = body.errors?.[0] ?? {};
    expect(body.data?.['answer'] ?? { message, code: extensions?.['code'] }).toEqual({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/^The inbox, the exchange folder and the backup folder belong to all databases: .* Send the file itself/),
    });
  });

  test('reaches no URL, whatever it leads to', async () => {
    const { body } = await askWith(key, {
      query: 'mutation ($url: String!) { export(input: { database: $url }, idempotencyKey: "u") { __typename ... on Refusal { code } } }',
      variables: { url: shop.source.url },
    });
    expect(body.data).toEqual({ export: { __typename: 'UnknownDatabase', code: 'DATABASE_UNKNOWN' } });
  });
});

describe('a key that is kept to one table', () => {
  test('asks for that table, by its full name, when it names none', async () => {
    const key = await keyWith({ name: 'one table', scopes: ['read', 'export'], tables: ['public.customer'] });
    const { body } = await askWith(key, {
      query: `mutation {
        all: export(input: { database: "source" }, idempotencyKey: "t1") { ... on RunPayload { run { tablesAsked } } }
        short: export(input: { database: "source", tables: ["customer"] }, idempotencyKey: "t2") { ... on RunPayload { run { tablesAsked } } }
        other: export(input: { database: "source", tables: ["purchase"] }, idempotencyKey: "t3") { ... on Refusal { code } }
      }`,
      variables: {},
    });
    expect(body.data).toEqual({
      all: { run: { tablesAsked: ['public.customer'] } },
      short: { run: { tablesAsked: ['public.customer'] } },
      other: { code: 'TABLE_UNKNOWN' },
    });
    const catalogue = await askWith(key, { query: '{ database(name: "source") { catalogue { tables { name } } } }', variables: {} });
    expect(catalogue.body.data?.['database'].catalogue.tables).toHaveLength(1);
  });
});
