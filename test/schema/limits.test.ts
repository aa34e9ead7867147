import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationLimits } from '../../src/infra/http/limits.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { corporaMissing, corporaPath } from '../support/corpora.ts';

let app: TestApp;
let closed: TestApp;
beforeAll(async () => {
  [app, closed] = await Promise.all([createTestApp(), createTestApp({ WAYBILL_ENVIRONMENT: 'production' })]);
  await app.ask('{ __typename }');
});
afterAll(() => Promise.all([app.close(), closed.close()]));

type Attack = { readonly method: string; readonly headers: Record<string, string>; readonly body: string };
const send = async (attack: Attack): Promise<{ status: number; text: string; ms: number }> => {
  const start = performance.now();
  const isGet = attack.method === 'GET';
  const response = await app.app.fetch(
    new Request(`http://localhost/graphql${isGet ? attack.body : ''}`, {
      method: attack.method,
      headers: attack.headers,
      ...(isGet ? {} : { body: attack.body }),
    }),
  );
  return { status: response.status, text: await response.text(), ms: performance.now() - start };
};

/** What the corpus says each must do; `data` where it may be answered. */
const expected: Readonly<Record<string, RegExp>> = {
  'alias-1000-typename.json': /Token limit|Aliases limit/,
  'batch-array-empty.json': /400.*Batching/,
  'body-json-string.json': /400/,
  'body-not-json.json': /400.*errors/,
  'charset-utf7.json': /200.*__typename|415/,
  'deep-json-variables.json': /400.*deeper/,
  'did-you-mean-leak.json': /Cannot query field/,
  'directive-overload-5000.json': /limit/,
  'form-urlencoded-csrf.json': /415/,
  'fragment-cycle.json': /Cannot spread fragment/,
  'fragment-exponential.json': /200|limit/,
  'get-mutation.json': /405/,
  'int-overflow-literal.json': /String cannot represent/,
  'introspection-circular-depth.json': /depth limit/,
  'multipart-csrf.json': /403/,
  'multipart-unterminated.json': /403/,
  'unicode-string-literals.json': /Syntax Error/,
  'variables-proto.json': /200.*__typename/,
};

const folder = corporaPath('graphql-attacks');
describe.skipIf(corporaMissing() !== undefined)('the corpus of attacks', () => {
  const files = corporaMissing() !== undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
  test.each(files)('%s is answered in bounded time, without a stack', async (file) => {
    const attack = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Attack;
    const { status, text, ms } = await send(attack);
    expect(`${status} ${text}`).toMatch(expected[file] ?? /^unexpected/);
    expect(ms).toBeLessThan(500);
    expect(text).not.toMatch(/\.ts:\d|\.js:\d|node_modules/);
    expect(status).not.toBe(500);
    expect((await app.ask('{ __typename }')).status).toBe(200);
  });
});

test('a prototype in the variables changes no prototype', async () => {
  await send({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{__typename}","variables":{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}}',
  });
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
});

test('a query deeper than the limit is refused before a resolver runs', async () => {
  const depth = operationLimits.depth + 1;
  const { body } = await app.ask(`{ runs { edges { node ${'{ events { edges { node '.repeat(depth)} { id } ${'} } }'.repeat(depth)} } } }`);
  expect(body.data).toBeUndefined();
  expect(JSON.stringify(body)).toMatch(/depth limit/);
});

test.each([
  ['aliases', `{ ${Array.from({ length: operationLimits.aliases + 1 }, (_, n) => `a${n}: __typename`).join(' ')} }`],
  ['directives', `{ __typename ${'@include(if: true) '.repeat(operationLimits.directives + 1)} }`],
  ['tokens', `{ ${'__typename '.repeat(operationLimits.tokens + 1)} }`],
])('more %s than the limit are refused', async (_what, query) => {
  const { body } = await app.ask(query);
  expect(body.data).toBeUndefined();
  expect(body.errors?.[0]?.message).toMatch(/limit/i);
});

test('cost multiplies over nested pages, and the refusal says cost and limit', async () => {
  const { body } = await app.ask('{ runs(first: 500) { edges { node { events(first: 500) { edges { node { id } } } } } } }');
  expect(body.errors?.[0]).toMatchObject({ extensions: { code: 'COST_LIMIT_EXCEEDED', cost: expect.any(Number), limit: expect.any(Number) } });
  expect(body.data).toBeNull();
});

test('a page of a million is refused by its cost', async () => {
  const { body } = await app.ask('{ runs(first: 1000000) { edges { node { id } } } }');
  expect(body.errors?.[0]?.extensions['code']).toBe('COST_LIMIT_EXCEEDED');
});

test('a page size of nothing is the usual one, and none below one', async () => {
  const { body } = await app.ask('{ a: runs { edges { cursor } } b: runs(first: 0) { edges { cursor } } c: events(first: -5) { edges { cursor } } }');
  expect(body.errors).toBeUndefined();
});

test('a thousand nodes are refused by their cost, a few are not', async () => {
  const ask = (count: number) =>
    app.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array.from({ length: count }, () => 'run-01ARZ3NDEKTSV4RRFFQ69G5FAV') });
  expect((await ask(1000)).body.errors?.[0]?.extensions['code']).toBe('COST_LIMIT_EXCEEDED');
  expect((await ask(10)).body.data?.['nodes']).toHaveLength(10);
});

test('batches are refused', async () => {
  const { status, text } = await send({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '[{"query":"{__typename}"},{"query":"{__typename}"}]',
  });
  expect(status).toBe(400);
  expect(text).toMatch(/Batching is not supported/);
});

test('a body above the limit is answered with 413', async () => {
  const body = JSON.stringify({ query: '{__typename}', variables: { x: 'x'.repeat(1024 * 1024) } });
  expect((await send({ method: 'POST', headers: { 'content-type': 'application/json', 'content-length': String(body.length) }, body })).status).toBe(413);
});

describe('in production without a key', () => {
  test('introspection is refused and __typename works', async () => {
    expect((await closed.ask('{ __schema { types { name } } }')).body.errors?.[0]?.message).toMatch(/introspection/i);
    expect((await closed.ask('{ __typename }')).body.data).toEqual({ __typename: 'Query' });
  });
  test('a misspelt field suggests no real name', async () => {
    for (const query of ['{ runz { edges { cursor } } }', '{ run(id: "x") { stat } }', 'mutation { exprt { x } }', '{ runs(frist: 1) { edges { cursor } } }']) {
      expect(JSON.stringify((await closed.ask(query)).body)).not.toMatch(/did you mean/i);
    }
  });
});

test('in production with a key whoever shows it may look at the schema', async () => {
  const keyed = await createTestApp({ WAYBILL_ENVIRONMENT: 'production', API_SECRET_KEY: 'a-key-for-this-test' });
  try {
    expect((await keyed.ask('{ __schema { queryType { name } } }')).status).toBe(401);
    expect((await keyed.ask('{ __schema { queryType { name } } }', {}, { 'x-api-key': 'a-key-for-this-test' })).body.data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
  } finally {
    await keyed.close();
  }
});
