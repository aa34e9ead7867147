import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentDifferences, readContent } from '../../examples/crearis/content.ts';
import { loadExample } from '../../examples/crearis/load.ts';
import * as days from '../../examples/crearis/two-days.ts';
import type { TestDatabase } from '../support/cluster.ts';
import { createWaybill, jsonOf, type CliResult, type Waybill } from '../support/scenario.ts';

/** The two-day workflow of the old import and export tools, by the command line, each command a process of its own. */
const scale = 0.05;
let waybill: Waybill;
let production: TestDatabase;
let development: TestDatabase;
let never: TestDatabase;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  waybill = await createWaybill();
  [production, development, never] = [await waybill.database(), await waybill.database(), await waybill.database()];
  env = { WAYBILL_DATABASE_PRODUCTION: production.url, WAYBILL_DATABASE_DEVELOPMENT: development.url, WAYBILL_DATABASE_NEVER: never.url };
  await loadExample(production.url, { copy: 'first', scale });
  await days.createTables(development.url);
});
afterAll(() => waybill.close());

const cli = (...args: string[]): Promise<CliResult> => waybill.cli(args, env);
const done = async (...args: string[]): Promise<CliResult> => {
  const result = await cli(...args);
  expect(result.status, result.stderr).toBe(0);
  return result;
};

type Row = { readonly table: string; readonly row: string; readonly deletedBy: string | null; readonly resolution: string | null };
type Plan = { readonly runId: string; readonly state: string; readonly conflicts: readonly Row[]; readonly unresolvedConflicts: number };

test('production goes out, development comes home, and the merge is taken back after one more edit', { timeout: 240_000 }, async () => {
  await done('export', '--from', 'production', '--out', 'production.tar.zst');
  await done('import', 'production.tar.zst', '--into', 'development', '--yes');
  const start = await readContent(development.url);
  expect(contentDifferences(await readContent(production.url), start)).toEqual([]);

  await days.runScript(development.url, days.developmentEdits);
  await days.runScript(production.url, days.productionEdits);
  const before = await readContent(production.url);
  await done('export', '--from', 'development', '--out', 'development.tar.zst');

  const asked = await cli('merge', 'development.tar.zst', '--into', 'production', '--deletes', '--yes', '--json');
  expect(asked.status).toBe(3);
  const plan = jsonOf<Plan & { ok: boolean; code: string }>(asked);
  expect(plan).toMatchObject({ ok: false, code: 'MERGE_HAS_CONFLICTS', state: 'PLANNED', unresolvedConflicts: days.conflicts.length });
  expect(plan.conflicts.map(({ row }) => row).toSorted()).toEqual([...days.conflicts]);
  expect(contentDifferences(before, await readContent(production.url))).toEqual([]);
  expect((await cli('apply', plan.runId)).status).toBe(3);
  expect((await done('conflicts', plan.runId)).stdout).toMatch(/title +\S.* +The title of production +The title of development +open/);

  const decided = await done('resolve', plan.runId, '--table', 'public.posts', '--row', 'post_0001', '--column', 'title', '--take', 'incoming', '--json');
  expect(jsonOf(decided)).toMatchObject({ ok: true, unresolved: 1 });
  await writeFile(waybill.path('decisions.json'), JSON.stringify(days.decisions));
  expect((await done('resolve', plan.runId, '--file', 'decisions.json')).stdout).toMatch(/Every conflict is decided/);
  const applied = await done('apply', plan.runId);
  expect(applied.stdout).toMatch(/5 inserted, 5 updated, \d+ deleted/);

  const expected = days.expectedAfterMerge(start, await readContent(development.url), before);
  const project = (await days.runScript(production.url, days.combinedProject)) ?? '';
  expect(project).toContain(days.combined);
  const merged = await readContent(production.url);
  expect(contentDifferences(expected, merged).filter((line) => !line.startsWith(`projects ${project.split(': ')[0]}:`))).toEqual([]);
  expect((await days.runScript(production.url, days.newPostIds))?.split(' ')).toHaveLength(2);

  await days.runScript(production.url, days.laterEdits);
  const planned = jsonOf<Plan>(await done('plan', plan.runId, '--mode', 'rollback', '--json'));
  expect(planned.state).toBe('PLANNED');
  const back = await done('apply', planned.runId);
  expect(back.stdout).toMatch(/taken back in production .*1 kept because changed since/);

  await loadExample(never.url, { copy: 'first', scale });
  await days.runScript(never.url, days.productionEdits);
  await days.runScript(never.url, days.laterEdits);
  expect(contentDifferences(await readContent(never.url), await readContent(production.url))).toEqual([]);
  expect((await done('verify', 'data', 'production', 'never')).stdout).toMatch(/17 tables say the same/);
  expect((await cli('verify', 'data', 'production', 'development')).status).toBe(3);

  const history = (await done('history', 'production', 'posts', 'post_0001')).stdout;
  expect(history).toMatch(/changed, rollback by .*\n +title +The title of development → The title of production\n.*changed, merge by/);
  expect((await done('runs')).stdout).toMatch(new RegExp(`${plan.runId} +merge +taken back +production`));
  const csv = (await done('runs', '--csv', '--kind', 'merge')).stdout.trimEnd().split('\r\n');
  expect(csv).toHaveLength(1 + 17);
  expect(csv.find((line) => line.includes(',public.posts,'))).toMatch(
    new RegExp(`^${plan.runId},merge,completed,production,development.tar.zst,[0-9a-f]{64},.*,public.posts,1,1,\\d+,0,1,0,0$`),
  );
  expect((await done('log', '--kind', 'rollback', '--table', 'public.posts')).stdout).toMatch(/RollbackRequested/);
  expect((await done('verify', 'log')).stdout).toMatch(/The log is whole/);
});
