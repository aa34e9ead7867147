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
