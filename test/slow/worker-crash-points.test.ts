import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestStore, requestImport } from '../support/store.ts';

/** One worker with a crash point; resolves with whether the run ended before the worker died. */
const workUntilDeath = async (url: string, crashAt: number, ended: Promise<string>): Promise<boolean> => {
  const script = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, url, `worker-${crashAt}`, '30', '0'], {
    stdio: 'ignore',
    env: { ...process.env, WAYBILL_CRASH_AT: String(crashAt) },
  });
  const died = new Promise<boolean>((resolve) => child.once('exit', () => resolve(false)));
  const done = await Promise.race([died, ended.then(() => true)]);
  child.kill('SIGKILL');
  await died;
  return done;
};

test('a worker killed at each boundary in turn leaves a run that the next one ends, once', async () => {
  const t = await createTestStore();
  const session = await t.database.session();
  await session.run(sql`create table public.work (at timestamptz not null default clock_timestamp(), run_id text, attempt integer, worker text, step text)`);
  const runs: string[] = [];
  for (let crashAt = 1; ; crashAt += 1) {
    expect(crashAt).toBeLessThan(40);
    const runId = await requestImport(t.store);
    runs.push(runId);
    const ended = (async () => {
      let last = '';
      for await (const { state } of t.store.subscribeProgress(runId)) last = state;
      return last;
    })();
    const survived = await workUntilDeath(t.database.url, crashAt, ended);
    if (!survived) await workUntilDeath(t.database.url, 1_000_000, ended);
    expect(await ended).toBe('completed');
    const types = (await t.store.events({ stream: `run-${runId}` })).map(({ event }) => event.type);
    expect(types.filter((type) => type === 'RunCompleted')).toHaveLength(1);
    if (survived) break;
  }
  expect(runs.length).toBeGreaterThan(4);
  expect(await t.store.verify()).toMatchObject({ ok: true });
  expect(
    await session.one(
      sql`select (select count(*)::int from waybill.lease) as leases, (select count(*)::int from pgboss.job where state in ('created', 'retry', 'active')) as jobs`,
    ),
  ).toEqual({ leases: 0, jobs: 0 });
  await t.close();
}, 240_000);

test('a worker stopped at each boundary in turn is taken over, and adds nothing when it goes on', async () => {
  const t = await createTestStore();
  const session = await t.database.session();
  await session.run(sql`create table public.work (at timestamptz not null default clock_timestamp(), run_id text, attempt integer, worker text, step text)`);
  for (let stopAt = 1; ; stopAt += 1) {
    expect(stopAt).toBeLessThan(40);
    const runId = await requestImport(t.store);
    const ended = (async () => {
      let last = '';
      for await (const { state } of t.store.subscribeProgress(runId)) last = state;
      return last;
    })();
    const script = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));
    const first = spawn(process.execPath, [script, t.database.url, `stopped-${stopAt}`, '1', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, WAYBILL_STOP_AT: String(stopAt) },
    });
    const stopped = new Promise<boolean>((resolve) =>
      first.stderr.on('data', (text) => (String(text).includes('crash point') || String(text).includes('stop point') ? resolve(true) : undefined)),
    );
    const reached = await Promise.race([stopped, ended.then(() => false)]);
    const survived = !reached;
    if (reached) {
      const second = spawn(process.execPath, [script, t.database.url, `second-${stopAt}`, '1', '0'], { stdio: 'ignore' });
      expect(await ended).toBe('completed');
      const events = await t.store.events({ stream: `run-${runId}` });
      first.kill('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await t.store.events({ stream: `run-${runId}` })).toEqual(events);
      expect(events.filter(({ event }) => event.type === 'RunCompleted')).toHaveLength(1);
      second.kill('SIGKILL');
    }
    first.kill('SIGKILL');
    if (survived) break;
  }
  expect(await t.store.verify()).toMatchObject({ ok: true });
  await t.close();
}, 240_000);
