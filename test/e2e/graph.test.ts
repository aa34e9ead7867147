import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadExample } from '../../examples/crearis/load.ts';
import type { TestDatabase } from '../support/cluster.ts';
import { createWaybill, jsonOf, type Waybill } from '../support/scenario.ts';

let waybill: Waybill;
let database: TestDatabase;
beforeAll(async () => {
  waybill = await createWaybill();
  database = await waybill.database();
  await loadExample(database.url, { copy: 'first', scale: 0.01 });
});
afterAll(() => waybill.close());

type Answer = { readonly phases: readonly { readonly phase: number; readonly tables: readonly string[] }[]; readonly circles: readonly (readonly string[])[] };

test('waybill graph draws a registered database to standard output, and says in JSON what goes in when', async () => {
  const env = { WAYBILL_DATABASE_EXAMPLE: database.url };
  const { status, stdout, stderr } = await waybill.cli(['graph', 'example'], env);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
  expect(stdout).toContain('<title>example: what refers to what</title>');
  expect(stdout.match(/<g class="table /g)).toHaveLength(17);
  expect(stderr).toContain('17 tables in 6 phases, 1 circle.');

  const json = jsonOf<Answer & { ok: boolean; svg: string }>(await waybill.cli(['graph', 'example', '--json'], env));
  expect(json.svg).toBe(stdout);
  expect(json.circles).toEqual([['public.images', 'public.instructors', 'public.users']]);
  expect(json.phases[0]?.tables).toEqual(['public.status', 'public.tags']);
  expect(json.phases.at(-1)).toEqual({ phase: 6, tables: ['public.event_instructors', 'public.events_tags'] });
});

test('a database by URL and some of its tables go to a file, and the password to nobody', async () => {
  const url = database.url.replace('postgres@', 'postgres:secret@');
  const { status, stdout, stderr } = await waybill.cli(['graph', url, '--table', 'users', '--table', 'public.projects', '--out', 'part.svg']);
  expect(status, stderr).toBe(0);
  expect(stdout + stderr).not.toContain('secret');
  const svg = await readFile(waybill.path('part.svg'), 'utf8');
  expect(svg.match(/<g class="table /g)).toHaveLength(2);
  expect(svg).not.toContain('secret');
});

test('a table that nobody has is refused by name, and no file is written', async () => {
  const { status, stderr } = await waybill.cli(['graph', database.url, '--table', 'nobody', '--out', 'none.svg']);
  expect(status).toBe(3);
  expect(stderr).toContain('There is no table nobody that this role may read. (TABLE_NOT_FOUND)');
  await expect(readFile(waybill.path('none.svg'))).rejects.toThrow('ENOENT');
});
