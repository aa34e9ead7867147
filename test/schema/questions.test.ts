import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type Json, type TestApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { query } from '../support/two-databases.ts';

let databases: readonly TestDatabase[];
let app: TestApp;
beforeAll(async () => {
  databases = [await createTestDatabase(), await createTestDatabase()];
  for (const { url } of databases)
    await query(
      url,
      `create table tag (id serial primary key, code text not null unique, note text); insert into tag (code, note) values ('x', 'X'), ('y', 'Y')`,
    );
  app = await createTestApp({ WAYBILL_DATABASE_ONE: databases[0]?.url ?? '', WAYBILL_DATABASE_TWO: databases[1]?.url ?? '' }, { worker: true });
});
afterAll(async () => {
  await app.close();
  for (const database of databases) await database.drop();
});

const verify = `query ($a: String!, $b: String!, $aside: [String!], $tables: [String!]) { verifyData(a: $a, b: $b, asideColumns: $aside, tables: $tables) {
  equal notes tables { table equal rowsA rowsB hashA hashB onlyA onlyB different aside differences { key side cells { column a b } } } } }`;

const ask = async (text: string, variables: Record<string, unknown>): Promise<Json> => {
  const { body } = await app.ask(text, variables);
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data ?? {};
};

test('two registered databases are held against each other', async () => {
  const { verifyData } = await ask(verify, { a: 'one', b: 'two' });
  expect(verifyData).toMatchObject({
    equal: true,
    notes: [],
    tables: [{ table: 'public.tag', equal: true, rowsA: 2, rowsB: 2, aside: ['id'], differences: [] }],
  });
  expect(verifyData.tables[0].hashA).toBe(verifyData.tables[0].hashB);
});

test('a difference names key, side and cells; a database may be named by URL and is not registered by that', async () => {
  await query(databases[1]?.url ?? '', `update tag set note = 'Z' where code = 'y'; insert into tag (code) values ('z')`);
  const { verifyData } = await ask(verify, { a: databases[0]?.url, b: databases[1]?.url.replace('localhost', '127.0.0.1') });
  expect(verifyData).toMatchObject({
    equal: false,
    tables: [
      {
        onlyA: 0,
        onlyB: 1,
        different: 1,
        differences: [
          { key: 'y', side: 'BOTH', cells: [{ column: 'note', a: 'Y', b: 'Z' }] },
          { key: 'z', side: 'ONLY_B', cells: [] },
        ],
      },
    ],
  });
  const { databases: known } = await ask('{ databases { edges { node { name } } } }', {});
  expect(known.edges).toEqual([]);
  expect((await ask(verify, { a: 'one', b: 'two', aside: ['note'] })).verifyData).toMatchObject({ tables: [{ different: 0, aside: ['id', 'note'] }] });
});

test('a database or table that nobody knows is refused by name', async () => {
  const unknown = await app.ask(verify, { a: 'one', b: 'nowhere' });
  expect(unknown.body.errors?.[0]?.extensions).toMatchObject({ code: 'DATABASE_UNKNOWN' });
  const { body } = await app.ask(verify, { a: 'one', b: 'two', tables: ['nobody'] });
  expect(body.errors?.[0]).toMatchObject({ message: 'Neither database has a table nobody. Name it as schema.table.', extensions: { code: 'TABLE_NOT_FOUND' } });
});

const uploaded = `mutation ($key: String!) { upload(input: { serverPath: "backup/tag.tar.zst" }, idempotencyKey: $key) { ... on UploadPayload { upload { id } } } }`;
const historyOf = `query ($key: [String!]!, $after: String, $first: Int) { rowHistory(database: "two", table: "tag", key: $key, first: $first, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { runId at kind actor verdict rowKey note run { id kind } cells { column before after } } } } }`;

const ended = async (runId: string): Promise<void> => {
  for (let state = ''; state !== 'COMPLETED';) {
    state = (await ask('query ($id: ID!) { run(id: $id) { state failure { message } } }', { id: runId })).run.state;
    if (['REFUSED', 'FAILED', 'CANCELLED'].includes(state)) throw new Error(`The run ended as ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('a row’s history names the runs, their kind and who asked for them, page by page', async () => {
  const [one = '', two = ''] = databases.map(({ url }) => url);
  const run = async (mutation: string): Promise<void> => {
    const { done } = await ask(mutation, { key: randomUUID() });
    await ended(done.runId);
  };
  const exportOne = `mutation ($key: String!) { done: export(input: { database: "one", out: "tag.tar.zst" }, idempotencyKey: $key) { ... on RunPayload { runId } } }`;
  await query(two, `delete from tag`);
  await run(exportOne);
  const first = (await ask(uploaded, { key: randomUUID() })).upload.upload.id;
  await run(`mutation ($key: String!) { done: import(input: { upload: "${first}", database: "two" }, idempotencyKey: $key) { ... on RunPayload { runId } } }`);
  await query(one, `update tag set note = 'XX' where code = 'x'`);
  await run(exportOne);
  const second = (await ask(uploaded, { key: randomUUID() })).upload.upload.id;
  await run(
    `mutation ($key: String!) { done: merge(input: { upload: "${second}", database: "two", base: "none" }, idempotencyKey: $key) { ... on RunPayload { runId } } }`,
  );

  const { rowHistory } = await ask(historyOf, { key: ['x'] });
  expect(rowHistory.edges.map(({ node }: Json) => node)).toMatchObject([
    { kind: 'MERGE', actor: 'local', verdict: 'UPDATE', cells: [{ column: 'note', before: 'X', after: 'XX' }], run: { kind: 'MERGE' } },
    {
      kind: 'IMPORT',
      actor: 'local',
      verdict: 'INSERT',
      cells: [{ column: 'id' }, { column: 'code', before: null, after: 'x' }, { column: 'note', before: null, after: 'X' }],
      run: { kind: 'IMPORT' },
    },
  ]);
  const page = (await ask(historyOf, { key: ['x'], first: 1 })).rowHistory;
  expect([page.edges.length, page.pageInfo.hasNextPage]).toEqual([1, true]);
  const rest = (await ask(historyOf, { key: ['x'], first: 1, after: page.pageInfo.endCursor })).rowHistory;
  expect(rest).toMatchObject({ edges: [{ node: { verdict: 'INSERT' } }], pageInfo: { hasNextPage: false } });
  expect((await app.ask(historyOf, { key: ['nobody'] })).body.errors?.[0]?.extensions).toMatchObject({ code: 'ROW_UNKNOWN' });
});

test('the graph of a database is asked for by name or URL, and of a known database as its field', async () => {
  const fields = '{ svg phases { phase tables } circles { tables } }';
  const { graph } = await ask(`query ($url: String!) { graph(database: $url) ${fields} }`, { url: databases[0]?.url });
  expect(graph).toMatchObject({ phases: [{ phase: 1, tables: ['public.tag'] }], circles: [] });
  expect(graph.svg).toMatch(/^<svg .*\n<title>/);
  const { database } = await ask(`{ database(name: "one") { graph(tables: ["tag"]) ${fields} } }`, {});
  expect(database.graph.phases).toEqual(graph.phases);
  const { body } = await app.ask(`{ graph(database: "one", tables: ["nobody"]) { svg } }`, {});
  expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'TABLE_NOT_FOUND' });
});
