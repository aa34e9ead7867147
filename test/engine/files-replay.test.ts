import { afterAll, beforeEach, expect, it } from 'vitest';
import type { FileFormat } from '../../src/domain/run/run.ts';
import { rowHistory } from '../../src/events/row-history.ts';
import { resolveFormat } from '../../src/infra/tabular/look.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { dbhash, hashDifferences } from '../support/dbhash.ts';
import type { WriteOptions } from '../support/engine.ts';
import { createReplayRig, replayed, type ReplayRig } from '../support/replay.ts';
import { query } from '../support/two-databases.ts';

let rig: ReplayRig;
let databases: readonly TestDatabase[] = [];
let [target, fresh] = ['', ''];
beforeEach(async () => {
  rig = await createReplayRig();
  databases = [...databases, await createTestDatabase(), await createTestDatabase()];
  [target = '', fresh = ''] = databases.slice(-2).map(({ url }) => url);
});
afterAll(async () => {
  for (const database of databases) await database.drop();
});

const put = async (name: string, text: string): Promise<{ readonly upload: string; readonly file: FileFormat }> => {
  const bytes = Buffer.from(text);
  const source = (async function* () {
    yield bytes;
  })();
  return { upload: (await rig.engine.blobs.put(source)).sha256, file: resolveFormat(bytes.subarray(0, 65_536), name, {}) };
};

const bring = async (kind: 'import' | 'merge', name: string, text: string, options: WriteOptions = {}): Promise<string> => {
  const { upload, file } = await put(name, text);
  return rig.write(kind, target, upload, { ...options, file });
};

const schema = `create table maker (id serial primary key, code text not null unique);
create table product (id serial primary key, sku text not null unique, name text, price numeric(10,2) not null default 1, maker_id int references maker)`;
const migrate = async (script = schema): Promise<void> => {
  for (const url of [target, fresh]) await query(url, script);
};
const differences = async (): Promise<readonly string[]> =>
  hashDifferences(await dbhash(target, { withoutWaybill: true }), await dbhash(fresh, { withoutWaybill: true }));

it('runs of files are done again from their files and the formats that were recorded', async () => {
  await migrate();
  await bring('import', 'maker.csv', 'code\nada\nbell\n');
  await bring('import', 'product.csv', 'sku;name;maker_code\na;"x;y";bell\nb;;ada\n');
  const taken = await bring('merge', 'product.jsonl', '{"sku":"c","name":"z","maker_id":1}\n{"sku":"a","name":"X","maker_id":2}\n');
  await rig.rollback(target, taken);
  await bring('merge', 'product.csv', 'sku,name\nb,B\nd,D\n');
  replayed(await rig.replay(fresh));
  expect(await differences()).toEqual([]);
  expect(await query(fresh, 'select id, sku, name, maker_id from product order by sku')).toEqual([
    ['1', 'a', 'x;y', '2'],
    ['2', 'b', 'B', '1'],
    ['4', 'd', 'D', null],
  ]);
});

it('a merged file that was taken back leaves the rows as they were before it, and is merged again by the rollback of the rollback', async () => {
  await migrate();
  await bring('import', 'product.csv', 'id,sku,name,price\n7,a,x,1\n9,b,y,2\n');
  const before = await query(target, 'select * from product order by id');
  const merged = await bring('merge', 'product.csv', 'id,sku,name,price\n7,a,X,1\n9,b,,2.5\n,c,z,3\n');
  const after = await query(target, 'select * from product order by id');
  expect(after.map(([, sku, name, price]) => [sku, name, price])).toEqual([
    ['a', 'X', '1.00'],
    ['b', null, '2.50'],
    ['c', 'z', '3.00'],
  ]);
  const back = await rig.rollback(target, merged);
  expect(await query(target, 'select * from product order by id')).toEqual(before);
  await rig.rollback(target, back);
  expect(await query(target, 'select * from product order by id')).toEqual(after);
  replayed(await rig.replay(fresh));
  expect(await differences()).toEqual([]);
});

it('rows that a file lost on its way in stay out of the replay, and of the rollback', async () => {
  await migrate();
  const options = { onError: 'reject-rows' } as const;
  await bring('import', 'maker.csv', 'code\nada\n');
  await bring('import', 'product.csv', 'sku,name,price,maker_code\na,x,1,ada\nb,y,cheap,ada\nc,z,3\nd,w,4,nobody\ne,v,5,\n', options);
  const merged = await bring(
    'merge',
    'product.jsonl',
    '{"sku":"a","price":9}\n{"sku":"f","price":"dear"}\n{"sku":"g","price":2,"wrong":[1]}\n{"sku":"h","price":3}\n',
    {
      ...options,
    },
  );
  const rows = 'select id, sku, name, price, maker_id from product order by sku';
  const all = await query(target, rows);
  expect(all.map(([, sku, , price]) => `${sku} ${price}`)).toEqual(['a 9.00', 'e 5.00', 'h 3.00']);
  replayed(await rig.replay(fresh));
  expect(await query(fresh, rows)).toEqual(all);
  expect(await differences()).toEqual([]);
  await rig.rollback(target, merged);
  expect((await query(target, rows)).map(([, sku, , price]) => `${sku} ${price}`)).toEqual(['a 1.00', 'e 5.00']);
});

it('replay and history read a file with the longest line that the settings allow now', async () => {
  await migrate('create table note (id serial primary key, name text not null unique, body text)');
  const body = 'long '.repeat(40);
  await bring('import', 'note.csv', `name,body\none,${body}\n`, { limits: { maxLineBytes: 300 } });
  const [short, enough] = [{ maxLineBytes: 150 }, { maxLineBytes: 300 }];
  const history = (limits: typeof short) =>
    rowHistory(
      { database: { name: 'shop', url: target, tables: {} }, table: 'note', key: ['one'], first: 5, skip: 0, signal: new AbortController().signal },
      { blobs: rig.engine.blobs, identities: async () => [], limits },
    );
  expect(await history(enough)).toMatchObject([{ cells: [{ column: 'id' }, { column: 'name', after: 'one' }, { column: 'body', after: body }] }]);
  expect((await history(short))[0]?.note).toContain('FILE_LINE_TOO_LONG');
  expect(await rig.replay(fresh, { limits: short })).toMatchObject({ state: 'refused', code: 'FILE_LINE_TOO_LONG' });
  replayed(await rig.replay(fresh, { limits: enough }));
  expect(await differences()).toEqual([]);
});
