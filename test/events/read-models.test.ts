import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide, type RunCommand } from '../../src/domain/run/decide.ts';
import type { PlanSummary, RunResult, VerdictCounts } from '../../src/domain/run/run.ts';
import { noVerdicts } from '../../src/domain/run/run.ts';
import { loadRun } from '../../src/events/commands.ts';
import { createTestStore, importInput, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
beforeAll(async () => {
  t = await createTestStore();
});
afterAll(() => t.close());

const counts: VerdictCounts = { ...noVerdicts, insert: 3 };
const plan: PlanSummary = { planHash: 'h1', catalogueFingerprint: 'f1', tables: [{ table: 'public.person', counts, ids: 'remap' }], issues: [], notes: [] };
const result: RunResult = { kind: 'import', plan, tables: [{ table: 'public.person', counts, ids: 'remap' }], rejected: 0, seconds: 1, notes: [] };

/** Small and seeded, so that a failure can be looked at again. */
const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const conflicting: PlanSummary = { ...plan, tables: [{ table: 'public.person', counts: { ...counts, conflict: 2 }, ids: 'remap' }] };

const commandsFor = (attempt: number): readonly RunCommand[] => [
  { type: 'ApprovePlan' },
  { type: 'ResolveConflicts', resolutions: [{ table: 'public.person', row: String(attempt), take: 'incoming' }] },
  { type: 'RecordPlan', attempt, plan: conflicting },
  { type: 'CancelRun' },
  { type: 'StartAttempt', worker: 'w' },
  { type: 'StartAttempt', worker: 'w' },
  { type: 'StartAttempt', worker: 'w' },
  { type: 'LoseAttempt', attempt, cause: 'worker-gone', reason: 'gone' },
  { type: 'LoseAttempt', attempt, cause: 'retry', reason: 'CONNECTION_LOST' },
  { type: 'RecordDrift', attempt, reason: '40001', tables: ['public.person'] },
  { type: 'RecordPlan', attempt, plan },
  { type: 'RecordPlan', attempt, plan },
  { type: 'CompleteRun', attempt, result },
  { type: 'RefuseRun', attempt, code: 'C', message: 'm', details: { a: 1 } },
  { type: 'FailRun', attempt, code: 'C', message: 'm' },
  { type: 'ConfirmCancel', attempt, phase: 'staging' },
];

const wander = async (runId: string, next: () => number): Promise<void> => {
  for (let step = 0; step < 12; step += 1) {
    const { run, version } = await loadRun(t.store.context.queries, runId);
    const commands = commandsFor(run.state === 'none' ? 0 : run.attempt);
    const command = commands[Math.floor(next() * commands.length)];
    if (command === undefined) continue;
    try {
      await t.store.appendToRun(runId, version, decide(run, command), meta());
    } catch (error) {
      if (!(error instanceof Error && 'kind' in error && error.kind === 'refusal')) throw error;
    }
  }
};

const requestMerge = async (approval: 'none' | 'required'): Promise<string> => {
  const input = { ...importInput({ approval }), base: 'auto', onConflict: 'fail', deletes: true, maxDeletes: 10 } as const;
  return (await t.store.requestRun({ kind: 'merge', input }, meta())).runId;
};

const rows = async () => {
  const dump = async (table: string) =>
    (await t.store.context.pool.query(`select to_jsonb(r) as row from waybill.${table} as r order by to_jsonb(r)::text`)).rows;
  return { runs: await dump('run_state'), uploads: await dump('upload'), databases: await dump('known_database') };
};

test('a rebuild from position 0 gives the same rows as the live projection, which agrees with the domain', async () => {
  const next = random(42);
  const runIds: string[] = [];
  for (let index = 0; index < 25; index += 1) {
    const approval = next() < 0.5 ? 'required' : 'none';
    const runId = next() < 0.5 ? await requestImport(t.store, { approval }) : await requestMerge(approval);
    runIds.push(runId);
    await wander(runId, next);
  }
  await t.store.identifyDatabase('shop', { databaseId: 'd1', systemIdentifier: '7', oid: 5 }, meta());
  const states = new Set<string>();
  for (const runId of runIds) {
    const { run, version } = await loadRun(t.store.context.queries, runId);
    const row = await t.store.run(runId);
    if (run.state === 'none' || row === undefined) throw new Error('The run is gone');
    states.add(run.state);
    expect(row).toMatchObject({ state: run.state, attempt: run.attempt, cancelRequested: run.cancelRequested, version });
    expect([row.plan, row.approvedPlanHash, row.resolutions]).toEqual([run.plan, run.approvedPlanHash, run.resolutions]);
    const { rows: details } = await t.store.context.pool.query('select retries, between_attempts from waybill.run_state where run_id = $1', [runId]);
    expect(details[0]).toEqual({ retries: run.retries, between_attempts: run.state === 'running' && run.betweenAttempts });
  }
  expect(states.size).toBeGreaterThan(5);

  const live = await rows();
  expect(await t.store.rebuildReadModels()).toEqual({ position: await t.store.headPosition() });
  expect(await rows()).toEqual(live);
});

test('the tables of a run are known from its plan on', async () => {
  const runId = await requestImport(t.store);
  await t.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunPlanned', data: plan },
    ],
    meta(),
  );
  expect((await t.store.runs({ table: 'public.person' })).rows.map((run) => run.runId)).toContain(runId);
});
