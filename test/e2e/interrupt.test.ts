import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createWaybill, type Waybill } from '../support/scenario.ts';
import { createShop, type Shop } from '../support/shop.ts';

let shop: Shop;
let waybill: Waybill;
let databases: Readonly<Record<string, string>>;
beforeAll(async () => {
  [shop, waybill] = await Promise.all([createShop(), createWaybill()]);
  databases = { WAYBILL_DATABASE_SOURCE: shop.source.url, WAYBILL_DATABASE_TARGET: shop.target.url };
  await waybill.cli(['export', '--from', 'source', '--out', 'shop.tar.zst'], databases);
});
afterAll(async () => {
  await waybill.close();
  await shop.close();
});

type Started = { output(): string; says(words: RegExp): Promise<void>; kill(signal: NodeJS.Signals): void; readonly ended: Promise<number | null> };

const start = (args: readonly string[]): Started => {
  const child = spawn(process.execPath, [resolve('src/cli/main.ts'), ...args], {
    cwd: waybill.folder,
    env: { PATH: process.env['PATH'] ?? '', ...waybill.env, ...databases },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const hear = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return {
    output: () => output,
    says: async (words) => {
      while (!words.test(output)) {
        if (child.exitCode !== null) throw new Error(`It ended without saying ${words}:\n${output}`);
        await new Promise((done) => setTimeout(done, 20));
      }
    },
    kill: (signal) => void child.kill(signal),
    ended: new Promise((done) => child.on('close', (status) => done(status))),
  };
};

test('a wait for a lock shows who holds it; Ctrl-C cancels the run, and nothing of it is left', async () => {
  const blocker = await shop.target.session('blocker');
  await blocker.run(sql`begin`);
  await blocker.run(sql`lock table customer in access exclusive mode`);
  const cli = start(['import', 'shop.tar.zst', '--into', 'target', '--yes']);
  await cli.says(/waiting for lock held by/);
  cli.kill('SIGINT');
  expect(await cli.ended).toBe(1);
  expect(cli.output()).toMatch(/Cancelled; nothing was written/);
  const others = await blocker.many(
    sql`select application_name from pg_stat_activity where datname = current_database() and application_name like 'waybill%' and pid <> pg_backend_pid() and application_name not like '%test%'`,
  );
  expect(others).toEqual([]);
  await blocker.run(sql`rollback`);
  expect(await shop.targetRows()).toEqual([]);
});

test('log --follow prints each event as it happens, until Ctrl-C', async () => {
  const cli = start(['log', '--follow', '--json']);
  await cli.says(/RunCompleted/);
  const before = cli.output().trim().split('\n').length;
  await waybill.cli(['export', '--from', 'source', '--out', 'again.tar.zst'], databases);
  while (cli.output().trim().split('\n').length < before + 3) await new Promise((done) => setTimeout(done, 20));
  cli.kill('SIGINT');
  expect(await cli.ended).toBe(0);
  const positions = cli
    .output()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { position: number }).position);
  expect(positions).toEqual(positions.map((_, index) => (positions[0] ?? 0) + index));
});

test('log --follow outlives its server: killed and started again, no event is missed and none comes twice', async () => {
  const first = await waybill.serve(databases);
  const port = new URL(first.url).port;
  const cli = start(['log', '--follow', '--json', '--after', '0', '--server', first.url]);
  await cli.says(/RunCompleted/);
  first.kill('SIGKILL');
  await first.ended;
  await cli.says(/connection to the server was lost/);
  await waybill.cli(['export', '--from', 'source', '--out', 'meanwhile.tar.zst'], databases);
  const second = await waybill.serve({ ...databases, WAYBILL_PORT: port });
  await cli.says(/meanwhile\.tar\.zst[\s\S]*RunCompleted/);
  cli.kill('SIGINT');
  expect(await cli.ended).toBe(0);
  const positions = [...cli.output().matchAll(/^\{"position":(\d+)/gm)].map(([, position]) => Number(position));
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  second.kill('SIGTERM');
  await second.ended;
});
