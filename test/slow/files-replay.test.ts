import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../support/cluster.ts';
import { createWaybill, jsonOf, type CliResult, type Waybill } from '../support/scenario.ts';
import { query } from '../support/two-databases.ts';

let waybill: Waybill;
let [shop, fresh]: TestDatabase[] = [];
beforeAll(async () => {
  waybill = await createWaybill();
  [shop, fresh] = [await waybill.database(), await waybill.database()];
  await waybill.configure({ shop: { url: shop.url }, fresh: { url: fresh.url } });
  for (const { url } of [shop, fresh])
    await query(url, 'create table a (id int generated always as identity primary key, name text not null unique, note text, size int)');
});
afterAll(() => waybill.close());

const done = async (status: number, ...args: readonly string[]): Promise<CliResult> => {
  const result = await waybill.cli(args);
  expect(result.status, result.stdout + result.stderr).toBe(status);
  return result;
};
const rows = (database: TestDatabase | undefined) => query(database?.url ?? '', 'select id, name, note, size from a order by id');
const put = (text: string): Promise<void> => writeFile(waybill.path('a.csv'), text);

test('a file that is imported, edited and merged, taken back and replayed, by the command line', async () => {
  await put('name;note;size\none;"a;b";1\ntwo;;2\nbad;x;much\n');
  await done(4, 'import', 'a.csv', '--into', 'shop', '--on-error', 'reject-rows', '--yes');
  const imported = await rows(shop);
  expect(imported).toEqual([
    ['1', 'one', 'a;b', '1'],
    ['2', 'two', null, '2'],
  ]);
  await put('name,note,size\none,edited,1\ntwo,,22\nthree,"line\nbreak",3\n');
  const merged = jsonOf<{ readonly runId: string }>(await done(0, 'merge', 'a.csv', '--into', 'shop', '--yes', '--json'));
  const history = await done(0, 'history', 'shop', 'a', 'three');
  expect(history.stdout).toContain('line\\nbreak');
  await done(0, 'rollback', merged.runId, '--yes');
  expect(await rows(shop)).toEqual(imported);
  await put('{"name":"four","note":null,"size":4}\n{"name":"one","note":"again","size":1}\n');
  await done(0, 'merge', 'a.csv', '--into', 'shop', '--format', 'jsonl', '--yes');
  const last = await rows(shop);

  // The files of the runs are in the blob store: what lies under their name by now does not count.
  await put('nothing of it');
  const replayed = jsonOf<{ readonly result: unknown }>(await done(0, 'replay', '--into', 'fresh', '--of', 'shop', '--yes', '--json'));
  expect(replayed.result).toMatchObject({ runCount: 4, foreign: [] });
  expect(await rows(fresh)).toEqual(last);
  expect((await done(0, 'verify', 'data', 'shop', 'fresh')).stdout).toContain('1 table says the same');
});
