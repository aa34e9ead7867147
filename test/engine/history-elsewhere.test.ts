import { join } from 'node:path';
import { inject } from 'vitest';
import { afterEach, expect, test } from 'vitest';
import { rowHistory } from '../../src/events/row-history.ts';
import type { RowTouch } from '../../src/events/touched-cells.ts';
import type { BlobStore } from '../../src/infra/blobs/blob-store.ts';
import { verifyData } from '../../src/events/verify-data.ts';
import { writeEntries } from '../support/archives.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { createEngineRig } from '../support/engine.ts';
import { createReplayRig, replayed } from '../support/replay.ts';
import { query, resultOf } from '../support/two-databases.ts';

/** Histories in databases that were not there when it happened, and from archives that somebody else wrote. */
const opened: TestDatabase[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop();
});
const create = async (script: string): Promise<string> => {
  const database = await createTestDatabase();
  opened.push(database);
  await query(database.url, script);
  return database.url;
};

const ask = (url: string, blobs: BlobStore, table: string, ...key: readonly string[]): Promise<readonly RowTouch[]> =>
  rowHistory(
    { database: { name: 'd', url, tables: {} }, table, key, first: 50, skip: 0, signal: new AbortController().signal },
    { blobs, identities: async () => [] },
  );

test('a replayed database tells the same histories, and holds the same data', async () => {
  const rig = await createReplayRig();
  const schema =
    'create table p (id serial primary key, k text not null unique, v text); create table c (id serial primary key, k text not null unique, p_id int references p, n int)';
  const [source, target, fresh] = [
    await create(`${schema}; insert into p (k, v) values ('a', '1'), ('b', '2'); insert into c (k, p_id, n) values ('x', 2, 1), ('y', null, 2)`),
    await create(`${schema}; select setval('p_id_seq', 30), setval('c_id_seq', 30)`),
    await create(schema),
  ];
  await rig.write('import', target, await rig.engine.export(source));
  await query(
    source,
    `update p set v = 'changed' where k = 'b'; update c set p_id = 1 where k = 'x'; delete from c where k = 'y'; insert into p (k) values ('d')`,
  );
  await rig.write('merge', target, await rig.engine.export(source), { deletes: true, maxDeletes: 'any' });
  expect(replayed(await rig.replay(fresh)).foreign).toEqual([]);
  for (const [table, key] of [
    ['p', 'b'],
    ['c', 'x'],
    ['c', 'y'],
    ['p', 'd'],
  ] as const) {
    const told = (touches: readonly RowTouch[]): unknown =>
      touches.map(({ runId, kind, verdict, rowKey, cells, note }) => ({ runId, kind, verdict, rowKey, cells, note }));
    const found = await ask(fresh, rig.engine.blobs, table, key);
    expect(told(found), key).toEqual(told(await ask(target, rig.engine.blobs, table, key)));
    expect(found.length, key).toBe(key === 'd' ? 1 : 2);
  }
  const compared = await verifyData({
    a: { name: 'a', url: target, tables: {} },
    b: { name: 'b', url: fresh, tables: {} },
    aside: [],
    differences: 5,
    signal: new AbortController().signal,
  });
  expect(compared.equal).toBe(true);
});

test('rows of a backup of layout 1.0.0', async () => {
  const rig = await createEngineRig();
  const target = await create(
    'create table p (id serial primary key, k text not null unique, v text); create table c (k text primary key, p_id int references p); select setval($$p_id_seq$$, 20); insert into p (k) values ($$own$$)',
  );
  const files = {
    p: {
      columns: ['id', 'k', 'v'],
      rows: [
        { id: 1, k: 'a', v: 'tab\there' },
        { id: 2, k: 'b', v: null },
      ],
    },
    c: { columns: ['k', 'p_k'], rows: [{ k: 'x', p_k: 'b' }] },
  };
  const index = {
    metadata: { timestamp: '2025-01-01T00:00:00Z', database: 'old', version: '1.0.0' },
    entities: ['p', 'c'],
    files: { p: 'p.json', c: 'c.json' },
  };
  const path = await writeEntries(join(inject('tempFolder'), 'old-history.tar.zst'), [
    { name: 'index.json', data: Buffer.from(JSON.stringify(index)) },
    ...Object.entries(files).map(([tableName, file]) => ({ name: `${tableName}.json`, data: Buffer.from(JSON.stringify({ tableName, ...file })) })),
  ]);
  resultOf(await rig.import(target, (await rig.blobs.adopt(path)).sha256));
  expect((await ask(target, rig.blobs, 'p', 'a')).map(({ cells, note }) => [cells.map(({ after }) => after), note])).toEqual([
    [['22', 'a', 'tab\there'], undefined],
  ]);
  const [child] = await ask(target, rig.blobs, 'c', 'x');
  expect(child?.cells).toEqual([
    { column: 'k', before: null, after: 'x' },
    { column: 'p_id', before: null, after: '23' },
  ]);
});
