import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { contentDifferences, expectedAfterImport, readContent, type Content } from '../../examples/crearis/content.ts';
import { loadExample } from '../../examples/crearis/load.ts';
import { ensureDatabase, startEmbedded } from '../../src/infra/postgres/embedded.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { clusterUrl, type TestDatabase } from '../support/cluster.ts';
import { dbhash } from '../support/dbhash.ts';
import { startTransactionPooler } from '../support/transaction-pooler.ts';
import { createWaybill, leftovers, readRun, requestImport, runEnded, type Server, type Waybill } from '../support/scenario.ts';

/** The world breaks while a run works, or is broken before it begins. */
let waybill: Waybill;
let source: TestDatabase;
let incoming: Content;
const file = 'example.tar.zst';

beforeAll(async () => {
  waybill = await createWaybill();
  source = await waybill.database();
  await loadExample(source.url, { copy: 'first', scale: 1 });
  incoming = await readContent(source.url);
  const exported = await waybill.cli(['export', '--from', source.url, '--out', join(waybill.env['WAYBILL_BACKUP_DIR'] ?? '', file)]);
  expect(exported, exported.stderr).toMatchObject({ status: 0 });
}, 120_000);
afterEach(() => waybill.killAll());
afterAll(() => waybill.close());

const secondCopy = async (): Promise<TestDatabase> => {
  const target = await waybill.database();
  await loadExample(target.url, { copy: 'second', scale: 1 });
  return target;
};

const serveInto = async (target: TestDatabase): Promise<Server> => {
  await waybill.configure({ [target.name]: { url: target.url } });
  return waybill.serve();
};

/** Resolves when a run's worker is inside the target, in the phase asked for. */
const working = async (server: Server, runId: string, phases: readonly string[]): Promise<void> => {
  for (;;) {
    const { run } = await server.graphql<{ run: { state: string; progress: { phase: string } | null } }>(
      'query ($id: ID!) { run(id: $id) { state progress { phase } } }',
      { id: runId },
    );
    if (phases.includes(run.progress?.phase ?? '') || run.state === 'COMPLETED') return;
    await new Promise((done) => setTimeout(done, 5));
  }
};

const onCluster = async (statement: ReturnType<typeof sql>): Promise<void> => {
  const admin = await openSession(clusterUrl(), { purpose: 'test admin' });
  await admin.run(statement);
  await admin.close();
};

test('a backend killed in the middle: the run is retried and ends once', async () => {
  const target = await secondCopy();
  const before = await readContent(target.url);
  const server = await serveInto(target);
  for (const phase of ['STAGING', 'APPLYING']) {
    const runId = await requestImport(server, target.name, `backup/${file}`, `killed while ${phase}`);
    await working(server, runId, [phase]);
    await onCluster(sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${target.name} and application_name like 'waybill%'`);
    const run = await runEnded(server, runId, 90_000);
    expect(run.state, `${run.failure?.code} ${run.failure?.message} ${server.output()}`).toBe('COMPLETED');
    expect(contentDifferences(expectedAfterImport(incoming, before), await readContent(target.url))).toEqual([]);
  }
  server.kill('SIGTERM');
  await server.ended;
  expect(await leftovers(target)).toEqual([]);
});

test('a database dropped in the middle: the run ends with a code that says so', async () => {
  const target = await secondCopy();
  const server = await serveInto(target);
  const runId = await requestImport(server, target.name, `backup/${file}`, 'dropped');
  await working(server, runId, ['STAGING', 'APPLYING']);
  await onCluster(sql`drop database ${sql.id(target.name)} with (force)`);
  const run = await runEnded(server, runId, 240_000);
  expect(['FAILED', 'REFUSED']).toContain(run.state);
  expect(run.failure?.code).toMatch(/DATABASE_NOT_FOUND|CONNECTION_LOST/);
  server.kill('SIGTERM');
  await server.ended;
});

test('a table locked by somebody else: the progress says who is waited for, and the run goes on afterwards', async () => {
  const target = await secondCopy();
  const server = await serveInto(target);
  const holder = await target.session('holder');
  await holder.run(sql`begin`);
  await holder.run(sql`lock table participants in access exclusive mode`);
  const runId = await requestImport(server, target.name, `backup/${file}`, 'locked');
  const until = Date.now() + 20_000;
  let seen = '';
  while (seen === '' && Date.now() < until) {
    const { run } = await server.graphql<{ run: { progress: { phase: string; waitingFor: string | null } | null } }>(
      'query ($id: ID!) { run(id: $id) { progress { phase waitingFor } } }',
      { id: runId },
    );
    if (run.progress?.phase === 'WAITING_FOR_LOCK' || run.progress?.waitingFor) seen = run.progress.waitingFor ?? run.progress.phase;
    await new Promise((done) => setTimeout(done, 50));
  }
  expect(seen).not.toBe('');
  await holder.run(sql`rollback`);
  expect((await runEnded(server, runId)).state).toBe('COMPLETED');
  server.kill('SIGTERM');
  await server.ended;
});

test('a cancelled run stops in PostgreSQL and leaves nothing', async () => {
  const target = await secondCopy();
  const before = await dbhash(target.url);
  const server = await serveInto(target);
  const holder = await target.session('holder');
  await holder.run(sql`begin`);
  await holder.run(sql`lock table participants in access exclusive mode`);
  const runId = await requestImport(server, target.name, `backup/${file}`, 'cancelled');
  await new Promise((done) => setTimeout(done, 1500));
  await server.graphql('mutation ($id: ID!) { cancelRun(input: { run: $id }, idempotencyKey: "cancel") { __typename } }', { id: runId });
  expect((await runEnded(server, runId, 15_000)).state).toBe('CANCELLED');
  const sessions = await holder.many(
    sql`select pid from pg_stat_activity where datname = current_database() and application_name like 'waybill%' and pid <> pg_backend_pid() and state <> 'idle'`,
  );
  expect(sessions).toEqual([]);
  await holder.run(sql`rollback`);
  await holder.close();
  server.kill('SIGTERM');
  await server.ended;
  expect(await dbhash(target.url, { withoutWaybill: true })).toEqual(before);
  expect(await leftovers(target)).toEqual([]);
});

test('two imports into one database at once take turns', async () => {
  const target = await secondCopy();
  const before = await readContent(target.url);
  const server = await serveInto(target);
  const runs = await Promise.all(['one', 'two'].map((key) => requestImport(server, target.name, `backup/${file}`, key)));
  for (const runId of runs) expect((await runEnded(server, runId, 90_000)).state).toBe('COMPLETED');
  expect(contentDifferences(expectedAfterImport(incoming, before), await readContent(target.url))).toEqual([]);
  server.kill('SIGTERM');
  await server.ended;
});

test('the same request ten times at once is one run', async () => {
  const target = await secondCopy();
  const server = await serveInto(target);
  const runs = await Promise.all(Array.from({ length: 10 }, () => requestImport(server, target.name, `backup/${file}`, 'the same')));
  expect(new Set(runs).size).toBe(1);
  expect((await runEnded(server, runs[0] ?? '')).state).toBe('COMPLETED');
  expect((await readRun(server, runs[0] ?? '')).attempt).toBe(1);
  server.kill('SIGTERM');
  await server.ended;
});

test('a standby takes no import, and says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-standby-'));
  await chmod(folder, 0o755);
  const primary = await startEmbedded({ dataDir: folder, auth: 'trust' });
  await loadExample(await ensureDatabase(primary.url, 'app'), { copy: 'second', scale: 0.01 });
  await primary.stop();
  await writeFile(join(folder, 'postgres', 'standby.signal'), '');
  const standby = await startEmbedded({ dataDir: folder, auth: 'trust' });
  try {
    const url = new URL(standby.url);
    url.pathname = '/app';
    const result = await waybill.cli(['import', join(waybill.env['WAYBILL_BACKUP_DIR'] ?? '', file), '--into', url.href, '--yes', '--json']);
    expect(result.stdout + result.stderr).toContain('DATABASE_IS_STANDBY');
    expect(result.status).toBe(3);
  } finally {
    await standby.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test('a pooler in transaction mode is refused by name', async () => {
  const target = await secondCopy();
  const before = await dbhash(target.url);
  const pooler = await startTransactionPooler(target.url);
  try {
    const result = await waybill.cli(['import', join(waybill.env['WAYBILL_BACKUP_DIR'] ?? '', file), '--into', pooler.url, '--yes', '--json']);
    expect(result.stdout + result.stderr).toContain('POOLER_IN_TRANSACTION_MODE');
    expect(result.status).toBe(3);
    expect(await dbhash(target.url, { withoutWaybill: true })).toEqual(before);
  } finally {
    await pooler.stop();
  }
});

test('a full disk: the export fails, says so, and leaves no half archive', async (context) => {
  const folder = waybill.path('small-disk');
  await mkdir(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    console.warn('skipped: mounting a small disk needs root');
    context.skip();
  }
  try {
    const result = await waybill.cli(['export', '--from', source.url, '--out', join(folder, 'full.tar.zst'), '--json']);
    expect(result.stdout + result.stderr).toMatch(/DISK_FULL/);
    expect(result.status).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  } finally {
    execFileSync('umount', [folder]);
  }
});
