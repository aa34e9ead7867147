import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fault, Refusal } from '../../src/domain/refusal.ts';
import { noVerdicts, type PlanSummary, type RunResult } from '../../src/domain/run/run.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import type { RunHandler, RunOutcome } from '../../src/events/job.ts';
import { startWorker, type Worker, type WorkerOptions } from '../../src/events/worker.ts';
import { createTestStore, importInput, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
let workers: Worker[];
beforeAll(async () => {
  t = await createTestStore();
});
beforeEach(() => {
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
});
afterAll(() => t.close());

const plan: PlanSummary = { planHash: 'h1', catalogueFingerprint: 'f1', tables: [], issues: [], notes: [] };
const result: RunResult = { kind: 'import', plan, tables: [], rejected: 0, seconds: 1, notes: [] };
const completed: RunOutcome = { state: 'completed', result };

const others = async (): Promise<RunOutcome> => completed;
const idle = { import: others, merge: others, replace: others, rollback: others, replay: others, export: others };

const startWith = async (handler: RunHandler<'import'>, change: Partial<WorkerOptions> = {}): Promise<Worker> => {
  const worker = await startWorker(t.store, {
    handlers: { ...idle, import: handler },
    leaseSeconds: 5,
    finishSeconds: 0,
    retry: { most: 2, firstDelaySeconds: 0, longestDelaySeconds: 0 },
    ...change,
  });
  workers.push(worker);
  return worker;
};

const ended = async (runId: string): Promise<string> => {
  let last = '';
  for await (const { state } of t.store.subscribeProgress(runId, AbortSignal.timeout(10_000))) last = state;
  return last;
};

const typesOf = async (runId: string): Promise<readonly string[]> => (await t.store.events({ stream: `run-${runId}` })).map(({ event }) => event.type);

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

const runIn = async (runId: string, state: string): Promise<void> => {
  for await (const seen of t.store.subscribeProgress(runId, AbortSignal.timeout(10_000))) if (seen.state === state) return;
};

test('a requested run is started, planned and completed', async () => {
  await startWith(async (job) => {
    job.progress({ phase: 'staging', tablesDone: 0, tablesTotal: 2, rows: 7, bytes: 9 });
    await job.planned(plan);
    return completed;
  });
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('completed');
  expect(await typesOf(runId)).toEqual(['ImportRequested', 'RunStarted', 'RunPlanned', 'RunCompleted']);
  expect(await t.store.progress(runId)).toMatchObject({ state: 'completed', attempt: 1, progress: { phase: 'staging', rows: 7 } });
  const started = (await t.store.events({ stream: `run-${runId}` }))[1];
  expect(started?.metadata).toMatchObject({ actor: 'ada', client: 'worker', correlation: runId });
});

test('a run is taken up within a moment of its request', async () => {
  await startWith(async () => completed);
  const began = performance.now();
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('completed');
  expect(performance.now() - began).toBeLessThan(900);
});

test('a run with approval waits with its plan and goes on when approved', async () => {
  await startWith(async (job) => {
    await job.planned(plan);
    return job.approvedPlanHash === 'h1' ? completed : { state: 'planned' };
  });
  const runId = await requestImport(t.store, { approval: 'required' });
  await runIn(runId, 'planned');
  expect(await t.store.run(runId)).toMatchObject({ state: 'planned', plan });
  await t.store.approvePlan(runId, meta());
  await expect(t.store.approvePlan(runId, meta())).rejects.toMatchObject({ kind: 'refusal' });
  expect(await ended(runId)).toBe('completed');
  expect(await typesOf(runId)).toEqual(['ImportRequested', 'RunStarted', 'RunPlanned', 'PlanApproved', 'RunStarted', 'RunPlanned', 'RunCompleted']);
});

test('a merge whose plan has conflicts waits though nobody asked, and goes on with what was said', async () => {
  const conflicting: PlanSummary = { ...plan, tables: [{ table: 'public.a', counts: { ...noVerdicts, conflict: 1 }, ids: 'keep' }] };
  const heard: unknown[] = [];
  await startWith(others, {
    handlers: {
      ...idle,
      merge: async (job) => {
        heard.push(job.resolutions);
        await job.planned(conflicting);
        return job.approvedPlanHash === undefined ? { state: 'planned' } : completed;
      },
    },
  });
  const input = { ...importInput(), base: 'auto', onConflict: 'fail', deletes: false, maxDeletes: 10 } as const;
  const { runId } = await t.store.requestRun({ kind: 'merge', input }, meta());
  await runIn(runId, 'planned');
  await t.store.resolveConflicts(runId, [{ take: 'incoming' }], meta());
  await t.store.approvePlan(runId, meta());
  expect(await ended(runId)).toBe('completed');
  expect(heard).toEqual([[], [{ take: 'incoming' }]]);
});

test('a handler that waits with a plan that does not wait fails its run, which would hang', async () => {
  await startWith(async (job) => {
    await job.planned(plan);
    return { state: 'planned' };
  });
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('failed');
  expect(await t.store.run(runId)).toMatchObject({ failure: { code: 'DEFECT' } });
});

test('a refusal ends the run and is not tried again', async () => {
  let calls = 0;
  await startWith(async () => {
    calls += 1;
    throw new Refusal('ARCHIVE_DAMAGED', 'The archive is damaged.', { entry: 'data/0001' });
  });
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('refused');
  expect(calls).toBe(1);
  expect((await t.store.run(runId))?.failure).toEqual({ code: 'ARCHIVE_DAMAGED', message: 'The archive is damaged.', details: { entry: 'data/0001' } });
});

test('a retryable fault is tried again as the next attempt, bounded', async () => {
  const attempts: number[] = [];
  await startWith(async (job) => {
    attempts.push(job.attempt);
    throw new Fault('CONNECTION_LOST', 'The database cannot be reached.', { retryable: true });
  });
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('failed');
  expect(attempts).toEqual([1, 2, 3]);
  expect(await typesOf(runId)).toEqual(['ImportRequested', 'RunStarted', 'RunAttemptLost', 'RunStarted', 'RunAttemptLost', 'RunStarted', 'RunFailed']);
});

test('a defect fails the run at once and says nothing of its inside', async () => {
  await startWith(async () => {
    throw new TypeError('secret detail');
  });
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('failed');
  expect(JSON.stringify(await t.store.run(runId))).not.toContain('secret detail');
});

test('a cancel reaches the handler within a second', async () => {
  let abortedAt = 0;
  await startWith(async (job) => {
    await untilAborted(job.signal);
    abortedAt = performance.now();
    return { state: 'cancelled', phase: 'staging' };
  });
  const runId = await requestImport(t.store);
  await runIn(runId, 'running');
  const asked = performance.now();
  await t.store.cancelRun(runId, meta());
  expect(await ended(runId)).toBe('cancelled');
  expect(abortedAt - asked).toBeLessThan(1000);
  expect(await typesOf(runId)).toEqual(['ImportRequested', 'RunStarted', 'CancelRequested', 'RunCancelled']);
});

test('a cancel that comes while the plan is being written takes effect with it', async () => {
  await startWith(async (job) => {
    await untilAborted(job.signal);
    await job.planned(plan);
    return { state: 'planned' };
  });
  const runId = await requestImport(t.store, { approval: 'required' });
  await runIn(runId, 'running');
  await t.store.cancelRun(runId, meta());
  expect(await ended(runId)).toBe('cancelled');
  expect(await typesOf(runId)).toEqual(['ImportRequested', 'RunStarted', 'CancelRequested', 'RunPlanned', 'RunCancelled']);
});

test('a run that completes although it was cancelled is completed', async () => {
  await startWith(async (job) => {
    await untilAborted(job.signal);
    return completed;
  });
  const runId = await requestImport(t.store);
  await runIn(runId, 'running');
  await t.store.cancelRun(runId, meta());
  expect(await ended(runId)).toBe('completed');
});

test('a stopping worker hands its run on', async () => {
  const first = await startWith(async (job) => {
    await untilAborted(job.signal);
    return { state: 'cancelled', phase: 'applying' };
  });
  const runId = await requestImport(t.store);
  await runIn(runId, 'running');
  await first.stop();
  expect(await typesOf(runId)).toEqual(['ImportRequested', 'RunStarted', 'RunAttemptLost']);
  await startWith(async () => completed);
  expect(await ended(runId)).toBe('completed');
  expect(await t.store.run(runId)).toMatchObject({ attempt: 2 });
});

test('two workers at once never work at the same run', async () => {
  const seen: string[] = [];
  const handler: RunHandler<'import'> = async (job) => {
    seen.push(`${job.runId} ${job.attempt}`);
    return completed;
  };
  await Promise.all([startWith(handler, { concurrency: 3 }), startWith(handler, { concurrency: 3 })]);
  const runs = await Promise.all(Array.from({ length: 12 }, () => requestImport(t.store)));
  expect(await Promise.all(runs.map(ended))).toEqual(runs.map(() => 'completed'));
  expect(seen.toSorted()).toEqual(runs.map((runId) => `${runId} 1`).toSorted());
});

test('progress is coalesced to about ten values a second and keeps the last', async () => {
  await startWith(async (job) => {
    for (let row = 1; row <= 300; row += 1) {
      job.progress({ phase: 'staging', tablesDone: 0, tablesTotal: 1, rows: row, bytes: 0 });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return completed;
  });
  const began = performance.now();
  const runId = await requestImport(t.store);
  await ended(runId);
  const tenths = (performance.now() - began) / 100;
  const last = await t.store.progress(runId);
  expect(last?.progress.rows).toBe(300);
  expect(last?.sequence).toBeLessThan(tenths + 3);
});

test('nothing of an ended run is left behind', async () => {
  await startWith(async () => completed);
  const runId = await requestImport(t.store);
  await ended(runId);
  const { rows } = await t.store.context.pool.query(
    `select (select count(*)::int from waybill.lease) as leases, (select count(*)::int from pgboss.job where state in ('created', 'retry', 'active')) as jobs`,
  );
  expect(rows).toEqual([{ leases: 0, jobs: 0 }]);
});

test('a run outlives the loss of every session of the store', async () => {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  await startWith(async () => {
    await finished;
    return completed;
  });
  const runId = await requestImport(t.store);
  await runIn(runId, 'running');
  const admin = await t.database.session();
  await admin.run(sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
  finish();
  expect(await ended(runId)).toBe('completed');
  const types = await typesOf(runId);
  expect(types.filter((type) => type === 'RunCompleted')).toHaveLength(1);
  expect(await t.store.verify()).toMatchObject({ ok: true });
});

test('a run whose outcome the log cannot take does not hold its worker', async () => {
  const worker = await startWith(
    async (job) => {
      if (job.attempt > 1) return completed;
      return { state: 'completed', result: undefined as unknown as RunResult };
    },
    { leaseSeconds: 1 },
  );
  const runId = await requestImport(t.store);
  expect(await ended(runId)).toBe('completed');
  expect(worker.id).not.toBe('');
});
