import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createWaybill, jsonOf, type CliResult, type Server, type Waybill } from '../support/scenario.ts';
import { createShop, type Shop } from '../support/shop.ts';

const key = 'a-key-for-the-command-line';
let shop: Shop;
let waybill: Waybill;
let databases: Readonly<Record<string, string>>;
beforeAll(async () => {
  [shop, waybill] = await Promise.all([createShop(), createWaybill()]);
  databases = { WAYBILL_DATABASE_SOURCE: shop.source.url, WAYBILL_DATABASE_TARGET: shop.target.url };
  await cli('export', '--from', 'source', '--out', 'shop.tar.zst');
});
afterAll(async () => {
  await waybill.close();
  await shop.close();
});

const cli = (...args: string[]): Promise<CliResult> => waybill.cli(args, databases);
const said = ({ stdout, stderr }: CliResult): string => stdout + stderr;
type Run = {
  readonly ok: boolean;
  readonly runId: string;
  readonly state: string;
  readonly actor: string;
  readonly client: string;
  readonly tables: readonly { readonly table: string; readonly counts: Record<string, number> }[];
  readonly events: readonly { readonly type: string }[];
  readonly issues: readonly { readonly code: string }[];
  readonly failure: { readonly code: string } | null;
  readonly result: { readonly rejected?: number } | null;
};

describe('in process', () => {
  test('the way from one database to another', { timeout: 90_000 }, async () => {
    const refusedToGuess = await cli('import', 'shop.tar.zst', '--into', 'target');
    expect(refusedToGuess).toMatchObject({ status: 2, stderr: expect.stringMatching(/--yes/) });
    expect(refusedToGuess.stdout).toMatch(/public\.customer +2 +0 +1/);
    expect(await shop.targetRows()).toEqual([]);

    const planned = jsonOf<Run>(await cli('plan', 'shop.tar.zst', '--into', 'target', '--json'));
    expect(planned).toMatchObject({
      ok: true,
      state: 'PLANNED',
      tables: [
        { table: 'public.customer', counts: { insert: 2, keep: 1 } },
        { table: 'public.purchase', counts: { insert: 2 } },
      ],
    });
    const applied = await cli('apply', planned.runId);
    expect(applied.status).toBe(0);
    expect(applied.stdout).toMatch(/4 inserted, 0 the same, 1 kept/);
    expect(await shop.targetRows()).toEqual(['P-1 bob@example.org Robert', 'P-2 eve@example.org Eve']);

    const again = await cli('import', 'shop.tar.zst', '--into', 'target', '--yes', '--json');
    expect(again.status).toBe(0);
    expect(jsonOf<Run>(again).tables.map(({ counts }) => counts['insert'])).toEqual([0, 0]);
    expect(again.stdout.trim().split('\n')).toHaveLength(1);

    const shown = jsonOf<Run>(await cli('show', planned.runId, '--json'));
    expect(shown).toMatchObject({ state: 'COMPLETED', client: 'cli', actor: expect.stringMatching(/./) });
    expect(shown.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['ImportRequested', 'RunPlanned', 'PlanApproved', 'RunCompleted']));
    expect((await cli('show', `run-${planned.runId}`)).stdout).toMatch(/public\.purchase/);
  });

  test('runs and log list what happened', async () => {
    const { runs } = jsonOf<{ runs: readonly { runId: string; state: string }[] }>(await cli('runs', '--json', '--state', 'completed', '--kind', 'export'));
    expect(runs.map(({ state }) => state)).toEqual(['COMPLETED']);
    const log = jsonOf<{ events: readonly { position: number; type: string }[] }>(await cli('log', '--json', '--limit', '3'));
    expect(log.events.map(({ position }) => position)).toEqual(log.events.map(({ position }) => position).toSorted((a, b) => a - b));
    expect((await cli('log', '--after', '0', '--limit', '1')).stdout).toMatch(/^ +1 /);
  });

  test('verify: the log, its saved head, an archive, a damaged archive', async () => {
    expect(jsonOf(await cli('verify', 'log', '--save-head', 'head.json', '--json'))).toMatchObject({ ok: true, reason: null });
    expect(await cli('verify', 'log', '--head', 'head.json')).toMatchObject({ status: 0 });
    await writeFile(waybill.path('head.json'), JSON.stringify({ position: 2, hash: 'f'.repeat(64) }));
    expect(await cli('verify', 'log', '--head', 'head.json')).toMatchObject({ status: 3, stdout: expect.stringMatching(/position 2/) });
    expect(jsonOf(await cli('verify', 'archive', 'shop.tar.zst', '--json'))).toMatchObject({ ok: true, rows: 5 });
    const bytes = await readFile(waybill.path('shop.tar.zst'));
    await writeFile(waybill.path('cut.tar.zst'), bytes.subarray(0, bytes.length - 20));
    const cut = await cli('verify', 'archive', 'cut.tar.zst', '--json');
    expect(cut.status).toBe(3);
    expect(jsonOf(cut)).toMatchObject({ ok: false, code: expect.stringMatching(/^ARCHIVE_/) });
  });

  test('bad rows: all refused with their issues, or left out with status 4', async () => {
    const into = await shop.target.session();
    await into.run(sql`delete from purchase`);
    await into.run(sql`delete from customer`);
    await into.run(sql`alter table customer add constraint strict check (name <> 'Eve')`);
    const refused = await cli('import', 'shop.tar.zst', '--into', 'target', '--yes');
    expect(refused.status).toBe(3);
    expect(said(refused)).toMatch(/check\.violated[\s\S]*IMPORT_HAS_ISSUES/);
    expect(await shop.targetRows()).toEqual([]);
    const asked = await cli('import', 'shop.tar.zst', '--into', 'target', '--json');
    expect([asked.status, jsonOf<Run>(asked).failure?.code]).toEqual([3, 'IMPORT_HAS_ISSUES']);
    const rest = await cli('import', 'shop.tar.zst', '--into', 'target', '--yes', '--on-error', 'reject-rows', '--json');
    expect([rest.status, jsonOf<Run>(rest).result?.rejected]).toEqual([4, 2]);
    expect(await shop.targetRows()).toEqual(['P-1 bob@example.org Bob']);
    await into.run(sql`alter table customer drop constraint strict`);
  });

  test('doctor prints checks and every setting with where it came from, and no password', async () => {
    const result = await waybill.cli(['doctor', '--json'], { ...databases, WAYBILL_DATABASE_OTHER: 'postgres://me:hunter2@127.0.0.1:1/x' });
    expect(result.status).toBe(1);
    const { checks, settings } = jsonOf<{ checks: readonly { name: string; state: string }[]; settings: readonly { setting: string; from: string }[] }>(result);
    expect(checks.find(({ name }) => name === 'store')?.state).toBe('ok');
    expect(settings.find(({ setting }) => setting === 'storeUrl')?.from).toBe('environment');
    expect(said(result)).not.toContain('hunter2');
    expect((await cli('doctor')).status).toBe(0);
  });

  test('install prints what a DBA runs', async () => {
    const { stdout, status } = await cli('install', '--print', '--role', 'app');
    expect(status).toBe(0);
    expect(stdout).toMatch(/create schema/i);
  });

  test('a plan that waits can be cancelled', async () => {
    const planned = jsonOf<Run>(await cli('plan', 'shop.tar.zst', '--into', 'target', '--json'));
    expect(await cli('cancel', planned.runId)).toMatchObject({ status: 0, stdout: expect.stringMatching(/is cancelled/) });
    expect((await cli('cancel', planned.runId)).status).toBe(3);
    expect((await cli('apply', planned.runId)).status).toBe(3);
  });
});

describe('a plan that somebody reads first', () => {
  type Rows = { readonly rows: readonly { readonly row: string }[]; readonly hasMoreRows: boolean; readonly after: string };
  const names = { ada: 'Augusta', bob: 'Robert' };
  beforeAll(async () => {
    await cli('import', 'shop.tar.zst', '--into', 'target', '--yes');
    const into = await shop.target.session();
    for (const [who, name] of Object.entries(names)) await into.run(sql`update customer set name = ${name} where email = ${`${who}@example.org`}`);
  });

  test('is shown row by row, old and new, a page at a time', async () => {
    const planned = await cli('plan', 'shop.tar.zst', '--into', 'target', '--mode', 'merge', '--base', 'none');
    expect(planned.status).toBe(0);
    expect(planned.stdout).toMatch(/update +ada@example\.org\n +name +Augusta → Ada\n +update +bob@example\.org\n +name +Robert → Bob/);
    const run = /merge (\S+):/.exec(planned.stdout)?.[1] ?? '';
    const first = jsonOf<Rows>(await cli('show', run, '--rows', '1', '--verdict', 'update', '--json'));
    expect([first.rows.map(({ row }) => row), first.hasMoreRows]).toEqual([['ada@example.org'], true]);
    const rest = jsonOf<Rows>(await cli('show', run, '--rows', '5', '--verdict', 'update', '--after', first.after, '--json'));
    expect([rest.rows.map(({ row }) => row), rest.hasMoreRows]).toEqual([['bob@example.org'], false]);
  });

  test('is refused when a row was edited since, and says which', async () => {
    const planned = jsonOf<Run>(await cli('plan', 'shop.tar.zst', '--into', 'target', '--mode', 'merge', '--base', 'none', '--rows', '0', '--json'));
    const into = await shop.target.session();
    await into.run(sql`update customer set name = 'Bobby' where email = 'bob@example.org'`);
    const applied = await cli('apply', planned.runId, '--json');
    expect([applied.status, jsonOf<Run>(applied).failure]).toEqual([
      3,
      expect.objectContaining({ code: 'PLAN_IS_STALE', details: expect.objectContaining({ rows: ['public.customer bob@example.org'] }) }),
    ]);
  });
});

describe('what is asked for wrongly', () => {
  test.each([
    [[], 2, /Usage/],
    [['imprt', 'x'], 2, /Did you mean import/],
    [['import', 'shop.tar.zst'], 2, /--into/],
    [['import', '--into', 'target'], 2, /missing required argument 'file'/],
    [['import', 'shop.tar.zst', '--into', 'target', '--on-error', 'shrug'], 2, /reject-all/],
    [['runs', '--limit', 'many'], 2, /whole number/],
    [['runs', '--store', 'nonsense'], 3, /URL/],
    [['import', 'none.tar.zst', '--into', 'target', '--yes'], 3, /FILE_MISSING/],
    [['import', 'waybill.config.ts', '--into', 'target', '--yes'], 3, /./],
    [['export', '--from', 'nowhere'], 3, /DATABASE_UNKNOWN/],
    [['export', '--from', 'postgres://me@127.0.0.1:1/x'], 1, /CONNECTION_LOST/],
    [['show', '01ARZ3NDEKTSV4RRFFQ69G5FAV'], 3, /RUN_UNKNOWN/],
    [['merge', 'shop.tar.zst', '--into', 'target', '--on-conflict', 'shrug'], 2, /newest:COLUMN/],
    [['merge', 'shop.tar.zst', '--into', 'target', '--max-deletes', 'lots'], 2, /percentage/],
    [['merge', 'shop.tar.zst', '--into', 'target', '--conflict', 'public.customer'], 2, /TABLE=POLICY/],
    [['merge', 'shop.tar.zst', '--into', 'target', '--base', 'none.tar.zst', '--yes'], 3, /FILE_MISSING/],
    [['plan', 'shop.tar.zst', '--mode', 'merge'], 2, /--into/],
    [['plan', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '--mode', 'rollback', '--on-conflict', 'newest:at'], 2, /no newer side/],
    [['plan', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '--mode', 'rollback'], 3, /RUN_UNKNOWN/],
    [['rollback', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '--yes'], 3, /RUN_UNKNOWN/],
    [['conflicts', '01ARZ3NDEKTSV4RRFFQ69G5FAV'], 3, /RUN_UNKNOWN/],
    [['resolve', '01ARZ3NDEKTSV4RRFFQ69G5FAV'], 2, /--take/],
    [['resolve', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '--take', 'current'], 3, /RUN_UNKNOWN/],
    [['replay', '--into', 'target'], 2, /--yes/],
    [['replay', '--into', 'target', '--until', 'yesterday'], 2, /position of the log/],
    [['history', 'target', 'nowhere', '1'], 3, /TABLE_NOT_FOUND/],
    [['verify', 'data', 'source', 'nowhere'], 3, /DATABASE_UNKNOWN/],
    [['runs', '--csv', '--json'], 2, /not both/],
    [['runs', '--kind', 'sync'], 2, /--kind is one of/],
    [['runs', '--server', 'http://127.0.0.1:1'], 1, /SERVER_UNREACHABLE/],
  ])('%j exits %i', async (args, status, words) => {
    const result = await waybill.cli(args, { ...databases, WAYBILL_HEARTBEAT_SECONDS: '10' });
    expect(said(result)).toMatch(words);
    expect(result.status).toBe(status);
    expect(said(result)).not.toMatch(/^\s+at .*\.ts/m);
  });

  test('--json prints one object for a failure too', async () => {
    expect(jsonOf(await cli('export', '--from', 'nowhere', '--json'))).toMatchObject({
      ok: false,
      code: 'DATABASE_UNKNOWN',
      message: expect.stringMatching(/nowhere/),
    });
  });
});

describe('with --server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await waybill.serve({
      ...databases,
      API_SECRET_KEY: key,
      WAYBILL_LOG_LEVEL: 'trace',
      WAYBILL_DATABASE_LOCKED: 'postgres://me:hunter2@127.0.0.1:1/x',
    });
  });
  const remote = (...args: string[]): Promise<CliResult> => waybill.cli([...args, '--server', server.url], { API_SECRET_KEY: key });

  test('the same operations, by the name of the key', { timeout: 90_000 }, async () => {
    const exported = await remote('export', '--from', 'source', '--out', 'remote.tar.gz', '--gzip', '--json');
    expect([exported.status, jsonOf<Run>(exported).actor]).toEqual([0, 'API_SECRET_KEY']);
    const planned = jsonOf<Run>(await remote('plan', 'backup/remote.tar.gz', '--into', 'target', '--json'));
    expect(planned.state).toBe('PLANNED');
    expect((await remote('apply', planned.runId)).status).toBe(0);
    expect((await remote('import', 'shop.tar.zst', '--into', 'target', '--yes')).status).toBe(0);
    const into = await shop.target.session();
    await into.run(sql`update customer set name = case email when 'ada@example.org' then 'Ada' when 'bob@example.org' then 'Robert' else name end`);
    const merged = await remote('merge', 'shop.tar.zst', '--into', 'target', '--base', 'none', '--yes', '--json');
    expect([merged.status, jsonOf<Run>(merged).tables.map(({ counts }) => counts['update'])]).toEqual([0, [1, 0]]);
    const seen = await remote('verify', 'data', 'source', 'target', '--table', 'customer', '--json');
    expect(jsonOf(seen)).toMatchObject({ ok: true, tables: [{ table: 'public.customer', rowsA: 3, rowsB: 3 }] });
    const back = await remote('rollback', jsonOf<Run>(merged).runId, '--yes');
    expect([back.status, back.stdout]).toEqual([0, expect.stringMatching(/1 set back/)]);
    expect((await remote('history', 'target', 'customer', 'bob@example.org')).stdout).toMatch(/changed, rollback by API_SECRET_KEY[\s\S]*Bob → Robert/);
    expect((await remote('runs')).stdout).toContain(planned.runId);
    expect((await remote('verify', 'log')).status).toBe(0);
  });

  test('a file that is too large for a request goes in pieces, and is judged by what it is', async () => {
    await writeFile(waybill.path('large'), Buffer.alloc(27 * 1024 * 1024));
    expect(await remote('import', 'large', '--into', 'target', '--yes')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/ARCHIVE_UNSUPPORTED/),
    });
  });

  test('a wrong key is refused', async () => {
    const result = await waybill.cli(['runs', '--server', server.url, '--key', 'wrong'], {});
    expect(result).toMatchObject({ status: 3, stderr: expect.stringMatching(/UNAUTHENTICATED/) });
  });

  test('a name for the archive is no path on the server, and no URL leads inside its network', async () => {
    expect(await remote('export', '--from', 'source', '--out', '/tmp/x')).toMatchObject({ status: 3, stderr: expect.stringMatching(/FILE_REFUSED/) });
    expect(await remote('export', '--from', 'postgres://me@127.0.0.1/elsewhere')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/DATABASE_HOST_REFUSED/),
    });
  });

  test('SIGTERM ends it with status 0, and its log at the finest level has no key, password or value', async () => {
    await remote('export', '--from', 'locked');
    server.kill('SIGTERM');
    expect(await server.ended).toEqual({ status: 0, signal: null });
    expect(server.output()).toMatch(/run begins/);
    for (const secret of [key, 'hunter2', 'example.org', 'Robert']) expect(server.output()).not.toContain(secret);
  });
});

test('a server without a key listens on this machine only', async () => {
  await expect(waybill.serve({ WAYBILL_HOST: '0.0.0.0' })).rejects.toThrow(/API_SECRET_KEY/);
});
