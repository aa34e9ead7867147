import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../src/infra/postgres/sql.ts';
import type { Session } from '../../src/infra/postgres/session.ts';
import { createTestStore, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
let session: Session;
let children: ChildProcess[];
beforeEach(async () => {
  t = await createTestStore();
  session = await t.database.session();
  await session.run(sql`create table public.work (at timestamptz not null default clock_timestamp(), run_id text, attempt integer, worker text, step text)`);
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await t.close();
});

type Options = { readonly leaseSeconds?: number; readonly workMs?: number; readonly env?: Readonly<Record<string, string>> };

/** A worker process; resolves when it takes jobs. */
const startProcess = async (name: string, { leaseSeconds = 30, workMs = 0, env = {} }: Options = {}): Promise<ChildProcess> => {
  const script = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, t.database.url, name, String(leaseSeconds), String(workMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code, signal) => reject(new Error(`The worker ${name} ended early: ${code ?? signal}`)));
  }).catch((error: unknown) => {
    if (env['WAYBILL_CRASH_AT'] === undefined) throw error;
  });
  return child;
};

const exited = (child: ChildProcess): Promise<number | string | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));

const noted = async (runId: string, step: string, attempt: number): Promise<void> => {
  for (let tries = 0; tries < 500; tries += 1) {
    const row = await session.maybeOne(sql`select from public.work where run_id = ${runId} and step like ${`${step}%`} and attempt = ${attempt}`);
    if (row !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`No step ${step} of attempt ${attempt}`);
};

const ended = async (runId: string): Promise<string> => {
  let last = '';
  for await (const { state } of t.store.subscribeProgress(runId, AbortSignal.timeout(20_000))) last = state;
  return last;
};

const eventsOf = async (runId: string) => (await t.store.events({ stream: `run-${runId}` })).map(({ event }) => event);

test('the run of a killed worker goes on at once with another one', async () => {
  const first = await startProcess('first', { workMs: 60_000 });
  const runId = await requestImport(t.store);
  await noted(runId, 'begun', 1);
  await startProcess('second');
  const killed = performance.now();
  first.kill('SIGKILL');
  expect(await ended(runId)).toBe('completed');
  expect(performance.now() - killed).toBeLessThan(3000);
  expect((await eventsOf(runId)).map(({ type }) => type)).toEqual(['ImportRequested', 'RunStarted', 'RunAttemptLost', 'RunStarted', 'RunCompleted']);
  expect((await eventsOf(runId))[2]?.data).toMatchObject({ attempt: 1, cause: 'worker-gone' });
});

test('the run of a killed worker goes on when the next one starts', async () => {
  const first = await startProcess('first', { workMs: 60_000 });
  const runId = await requestImport(t.store);
  await noted(runId, 'begun', 1);
  first.kill('SIGKILL');
  await exited(first);
  await startProcess('second');
  expect(await ended(runId)).toBe('completed');
  expect(await t.store.run(runId)).toMatchObject({ attempt: 2 });
});

test('a worker stopped past its lease is taken over, and says nothing when it goes on', async () => {
  const first = await startProcess('first', { workMs: 6000, leaseSeconds: 1 });
  const runId = await requestImport(t.store);
  await noted(runId, 'begun', 1);
  first.kill('SIGSTOP');
  await startProcess('second');
  expect(await ended(runId)).toBe('completed');
  const events = await eventsOf(runId);
  expect(events.map(({ type }) => type)).toEqual(['ImportRequested', 'RunStarted', 'RunAttemptLost', 'RunStarted', 'RunCompleted']);
  expect(events[2]?.data).toMatchObject({ attempt: 1, cause: 'lease-expired' });
  first.kill('SIGCONT');
  await noted(runId, 'aborted RUN_STOPPED_SUPERSEDED', 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await eventsOf(runId)).toEqual(events);
  expect(await t.store.verify()).toMatchObject({ ok: true });
});

test('a worker asked to end hands its run on and leaves', async () => {
  const first = await startProcess('first', { workMs: 60_000 });
  const runId = await requestImport(t.store);
  await noted(runId, 'begun', 1);
  first.kill('SIGTERM');
  expect(await exited(first)).toBe(0);
  expect((await eventsOf(runId)).at(-1)).toMatchObject({ type: 'RunAttemptLost', data: { cause: 'worker-stopped' } });
  await startProcess('second');
  expect(await ended(runId)).toBe('completed');
});

test('a cancelled run whose worker was killed gets one more attempt, already aborted', async () => {
  const first = await startProcess('first', { workMs: 60_000 });
  const runId = await requestImport(t.store);
  await noted(runId, 'begun', 1);
  first.kill('SIGSTOP');
  await t.store.cancelRun(runId, meta());
  first.kill('SIGKILL');
  await startProcess('second', { workMs: 60_000 });
  expect(await ended(runId)).toBe('cancelled');
  await noted(runId, 'aborted RUN_STOPPED_CANCEL', 2);
});
