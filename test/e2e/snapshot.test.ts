import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../support/cluster.ts';
import { createWaybill, jsonOf, leftovers, temporaryFiles, type Waybill } from '../support/scenario.ts';
import { patienceMs, shopTables, until } from '../support/snapshots.ts';
import { query } from '../support/two-databases.ts';

let waybill: Waybill;
let database: TestDatabase;
beforeAll(async () => {
  waybill = await createWaybill();
});
beforeEach(async () => {
  database = await waybill.database();
  await query(database.url, shopTables);
  await waybill.configure({ shop: { url: database.url } });
});
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await new Promise((done) => (child.exitCode === null && child.signalCode === null ? child.once('close', done) : done(undefined)));
  }
  await waybill.killAll();
});
afterAll(() => waybill.close());

const file = (path: string): Promise<string> => readFile(waybill.path(path), 'utf8').catch(() => '');
const holds = (path: string, text: string): Promise<number> => until(async () => (await file(path)).includes(text), patienceMs, `${path} did not hold ${text}`);
const names = async (folder: string): Promise<readonly string[]> => (await readdir(waybill.path(folder))).filter((name) => !name.startsWith('.')).toSorted();

/** A command that stays, as a terminal has it. */
const staying = (...args: readonly string[]): { readonly child: ChildProcess; output(): string } => {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../../src/cli/main.ts'), ...args], {
    cwd: waybill.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: waybill.folder, ...waybill.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { child, output: () => text };
};

describe('the commands of the document', () => {
  test('waybill snapshot writes the files once, into a folder of choice, and says what it did', { timeout: 120_000 }, async () => {
    const first = await waybill.cli(['snapshot', '--export-dir', 'my_exports']);
    expect(first, first.stderr).toMatchObject({ status: 0 });
    expect(first.stdout).toMatch(/customer\.csv +2 .*written/);
    expect(first.stdout).toContain('shop: 3 of 3 files written');
    expect(await names('my_exports')).toEqual(['customer.csv', 'database_export.json', 'index.json', 'purchase.csv']);
    expect(await file('my_exports/customer.csv')).toBe('id,email,name\n1,"ada@x","Ada"\n2,"bob@x","Bob"\n');
    const again = await waybill.cli(['snapshot', 'shop', '--export-dir', 'my_exports', '--json']);
    expect(jsonOf(again)).toMatchObject({ ok: true, snapshots: [{ database: 'shop', tables: [], bytesWritten: 0 }] });
    const full = await waybill.cli(['snapshot', '--full', '--export-dir', 'my_exports', '--json']);
    expect(jsonOf<{ snapshots: readonly { files: readonly { written: boolean }[] }[] }>(full).snapshots[0]?.files.some(({ written }) => written)).toBe(true);
  });

  test('--monitor --interval 1 --export-dir my_exports --disable-hooks follows changes until it is interrupted', { timeout: 120_000 }, async () => {
    const { child, output } = staying('snapshot', '--monitor', '--interval', '1', '--export-dir', 'followed', '--disable-hooks');
    await holds('followed/customer.csv', 'Ada');
    await query(database.url, `update customer set name = 'Ada L.' where id = 1`);
    await holds('followed/customer.csv', 'Ada L.');
    expect(output()).toContain('changes are learned by polling (hooks are switched off)');
    await until(async () => output().includes('by polling in public.customer'), patienceMs, `no line told of it: ${output()}`);
    const ended = new Promise<number | null>((done) => child.once('close', done));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(await leftovers(database)).toEqual([]);
    expect(await temporaryFiles(waybill.path('followed'))).not.toContainEqual(expect.stringMatching(/tmp|part/));
  });

  test('--install-hooks and --remove-hooks change the database and say so', { timeout: 120_000 }, async () => {
    const installed = await waybill.cli(['snapshot', 'shop', '--install-hooks']);
    expect(installed, installed.stderr).toMatchObject({
      status: 0,
      stdout: 'public.customer\npublic.purchase\n2 tables of shop now ring when they are written.\n',
    });
    const removed = await waybill.cli(['snapshot', 'shop', '--remove-hooks', '--json']);
    expect(jsonOf(removed)).toEqual({ ok: true, tables: ['public.customer', 'public.purchase'] });
  });

  test('what cannot be meant is a usage error', { timeout: 120_000 }, async () => {
    for (const args of [
      ['--interval', '5'],
      ['--install-hooks', '--remove-hooks', 'shop'],
      ['--install-hooks'],
      ['--monitor', '--server', 'http://127.0.0.1:1'],
    ])
      expect(await waybill.cli(['snapshot', ...args]), args.join(' ')).toMatchObject({ status: 2 });
    expect(await waybill.cli(['snapshot', 'elsewhere'])).toMatchObject({ status: 3 });
  });
});

test('a server that is killed and started again goes on from the files that it left', { timeout: 120_000 }, async () => {
  const env = { DB_EXPORT_ENABLE_AUTO_EXPORT: 'true', DB_EXPORT_CHECK_INTERVAL: '1', DB_EXPORT_EXPORT_DIRECTORY: 'served' };
  const server = await waybill.serve(env);
  await holds('served/customer.csv', 'Ada');
  await query(database.url, `insert into customer (email, name) select 'n' || n || '@x', 'N' || n from generate_series(1, 5000) n`);
  server.kill('SIGKILL');
  await server.ended;
  await query(database.url, `update customer set name = 'Meanwhile' where id = 2; delete from purchase`);
  await waybill.serve(env);
  await holds('served/customer.csv', 'Meanwhile');
  await until(async () => !(await file('served/purchase.csv')).includes('P-1'), patienceMs, 'the purchase was still there');
  await query(database.url, `update customer set name = 'Followed' where id = 2`);
  await holds('served/database_export.json', 'Followed');
  expect((await file('served/customer.csv')).split('\n')).toHaveLength(5004);
});
