import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWaybill, jsonOf, type Waybill } from '../support/scenario.ts';
import { query } from '../support/two-databases.ts';

let waybill: Waybill;
beforeAll(async () => {
  waybill = await createWaybill();
  const database = await waybill.database();
  await waybill.configure({ shop: { url: database.url } });
  await query(
    database.url,
    `create table maker (id int primary key, code text not null unique); create table product (sku text primary key, maker_id int not null references maker);
    insert into maker values (1, 'ada'), (2, 'bell'); insert into product values ('a', 1), ('b', 1), ('c', 2)`,
  );
}, 60_000);
afterAll(() => waybill.close());

type Linked = { readonly state: string; readonly links: readonly { readonly name: string; readonly url: string; readonly expiresAt: string }[] };

test('an export gives the link by which it is fetched, in process and from a server', { timeout: 120_000 }, async () => {
  const here = jsonOf<Linked>(await waybill.cli(['export', '--from', 'shop', '--format', 'csv', '--link', '2', '--json']));
  expect(here).toMatchObject({ state: 'COMPLETED', links: [{ name: 'maker.csv' }, { name: 'product.csv', url: expect.stringMatching(/^\/download\//) }] });
  expect(Date.parse(here.links[0]?.expiresAt ?? '') - Date.now()).toBeLessThan(2 * 3_600_000 + 1000);
  expect(await readdir(waybill.path('exchange')).catch(() => [])).toEqual([]);

  const server = await waybill.serve();
  const file = await fetch(`${server.url}${here.links[1]?.url}`);
  expect([file.status, await file.text()]).toEqual([200, 'sku,maker_id\na,1\nb,1\nc,2\n']);

  const there = await waybill.cli([
    'export',
    '--server',
    server.url,
    '--from',
    'shop',
    '--table',
    'maker',
    '--keys',
    'ada',
    '--table',
    'product',
    '--format',
    'json',
    '--link',
  ]);
  const url = /^database_export\.json until \d{4}-\S+: (http:\S+)$/m.exec(there.stdout)?.[1];
  expect([there.status, url], there.stdout + there.stderr).toEqual([0, expect.stringContaining(`${server.url}/download/`)]);
  expect(await (await fetch(url ?? '')).json()).toMatchObject({ maker: [{ id: 1, product: [{ sku: 'a' }, { sku: 'b' }] }], export_info: { total_product: 2 } });

  const both = await waybill.cli(['export', '--from', 'shop', '--table', 'maker', '--format', 'csv', '--out', '-', '--link']);
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('Leave one of them out')]);
});
