import { copyFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeEntries } from '../support/archives.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { dbhash, hashDifferences } from '../support/dbhash.ts';
import { createReplayRig, replayed, type ReplayRig } from '../support/replay.ts';
import { query } from '../support/two-databases.ts';

let rig: ReplayRig;
let target: TestDatabase;
let fresh: TestDatabase;
let folder: string;
beforeEach(async () => {
  rig = await createReplayRig();
  [target, fresh] = [await createTestDatabase(), await createTestDatabase()];
  folder = await mkdtemp(join(tmpdir(), 'waybill-replay-'));
});
afterEach(async () => {
  for (const database of [target, fresh]) await database.drop();
});

const both = async (script: string): Promise<void> => {
  for (const { url } of [target, fresh]) await query(url, script);
};
const differences = async (): Promise<readonly string[]> =>
  hashDifferences(await dbhash(target.url, { withoutWaybill: true }), await dbhash(fresh.url, { withoutWaybill: true }));

const archiveOf = async (tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>): Promise<string> => {
  const index = {
    metadata: { timestamp: '2025-01-01T00:00:00Z', database: 'old', version: '1.0.0' },
    entities: Object.keys(tables),
    files: Object.fromEntries(Object.keys(tables).map((name) => [name, `${name}.json`])),
  };
  const entries = Object.entries(tables).map(([tableName, rows]) => ({
    name: `${tableName}.json`,
    data: Buffer.from(JSON.stringify({ tableName, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows })),
  }));
  const path = await writeEntries(join(folder, 'old.tar.zst'), [{ name: 'index.json', data: Buffer.from(JSON.stringify(index)) }, ...entries]);
  return (await rig.engine.blobs.adopt(path)).sha256;
};

test('an archive of layout 1.0.0 with bad cells, and ids that it does not have', async () => {
  await both(`create table p (id serial primary key, k text not null unique, n int); create table c (id serial primary key, k text not null unique, p_id int references p);
    insert into p (k) values ('own')`);
  const upload = await archiveOf({
    p: [
      { k: 'a', n: 1 },
      { k: 'b', n: 'not a number' },
      { k: 'own', n: 7 },
      { k: 'd', n: 4 },
    ],
    c: [{ k: 'x' }, { k: 'y' }],
  });
  await rig.write('import', target.url, upload, { onError: 'reject-rows' });
  const { foreign } = replayed(await rig.replay(fresh.url));
  expect([foreign, await differences()]).toEqual([[], []]);
  expect(await query(fresh.url, 'select count(*) from p')).toEqual([['3']]);
});

test('the example of a real platform in layout 1.0.0, twice', async () => {
  const examples = join(import.meta.dirname, '../../examples/crearis');
  await both(await readFile(join(examples, 'schema.sql'), 'utf8'));
  await copyFile(join(examples, 'backup_crearis_1762723397548.tar.gz'), join(folder, 'crearis.tar.gz'));
  const { sha256 } = await rig.engine.blobs.adopt(join(folder, 'crearis.tar.gz'));
  await rig.write('import', target.url, sha256, { onError: 'reject-rows' });
  await rig.write('import', target.url, sha256, { onError: 'reject-rows' });
  const { foreign } = replayed(await rig.replay(fresh.url));
  expect([foreign, await differences()]).toEqual([[], []]);
});
