import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../support/cluster.ts';
import { createWaybill, jsonOf, type Waybill } from '../support/scenario.ts';
import { query } from '../support/two-databases.ts';

let waybill: Waybill;
let database: TestDatabase;
beforeAll(async () => {
  waybill = await createWaybill();
  database = await waybill.database();
  await waybill.configure({ shop: { url: database.url } });
  await query(database.url, 'create table workspace (id serial primary key, name text not null unique, note text, size int)');
}, 60_000);
afterAll(() => waybill.close());

test('a CSV file goes in by its name, its faults are told by line, and its edits come in by a merge', { timeout: 120_000 }, async () => {
  await mkdir(waybill.path('exchange'), { recursive: true });
  await writeFile(join(waybill.path('exchange'), 'workspace.csv'), 'name;note;size\none;"a;b";1\ntwo;;2\n');
  const first = await waybill.cli(['import', 'workspace.csv', '--into', 'shop', '--yes']);
  expect(first.stderr).toContain('workspace.csv is not here; taking');
  expect(first.stderr + first.stdout).toContain('workspace.csv into shop');
  expect(first.stdout).toContain('note: read as CSV in utf-8: fields parted by ";"');
  expect(first.status).toBe(0);

  await writeFile(waybill.path('workspace.csv'), 'name,note,size\none,edited,1\ntwo,,big\nthree,x\n');
  const bad = await waybill.cli(['import', 'workspace.csv', '--into', 'shop', '--yes']);
  expect(bad.status).toBe(3);
  expect(bad.stdout).toMatch(/table +line +column +issue[\s\S]*public\.workspace +3 +size +type\.invalid[\s\S]*public\.workspace +4 +size +row\.ragged/);

  await writeFile(waybill.path('workspace.csv'), 'name,note,size\none,edited,1\nthree,x,3\n');
  const kept = await waybill.cli(['import', 'workspace.csv', '--into', 'shop', '--yes']);
  expect(kept.stdout).toContain('1 kept row differs from the file: `waybill merge workspace.csv --into shop` brings the edits in.');
  const merged = await waybill.cli(['merge', 'workspace.csv', '--into', 'shop', '--yes', '--json']);
  expect(jsonOf(merged)).toMatchObject({ state: 'COMPLETED', file: { kind: 'CSV', table: 'workspace', delimiter: ',', header: true } });
  expect(await query(database.url, 'select name, note, size from workspace order by id')).toEqual([
    ['one', 'edited', '1'],
    ['two', null, '2'],
    ['three', 'x', '3'],
  ]);
  const unknown = await waybill.cli(['import', 'workspace.csv', '--into', 'shop', '--table', 'workspaces', '--yes']);
  expect([unknown.status, unknown.stderr]).toEqual([3, expect.stringContaining('Did you mean public.workspace?')]);
});
