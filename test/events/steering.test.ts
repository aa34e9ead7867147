import { afterAll, beforeAll, expect, test } from 'vitest';
import { noVerdicts, type PlanSummary, type RollbackInput } from '../../src/domain/run/run.ts';
import { archiveHash, createTestStore, importInput, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
beforeAll(async () => {
  t = await createTestStore();
});
afterAll(() => t.close());

const plan = (conflict: number): PlanSummary => ({
  planHash: 'h1',
  catalogueFingerprint: 'f1',
  tables: [{ table: 'public.person', counts: { ...noVerdicts, conflict }, ids: 'remap' }],
  issues: [],
  notes: [],
});

const mergeInput = { ...importInput(), base: 'auto', onConflict: 'fail', deletes: false, maxDeletes: 10 } as const;

const plannedMerge = async (conflict: number): Promise<string> => {
  const { runId } = await t.store.requestRun({ kind: 'merge', input: mergeInput }, meta());
  await t.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunPlanned', data: plan(conflict) },
    ],
    meta(),
  );
  return runId;
};

const rollbackInput = (run: string): RollbackInput => ({ run, database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' });

test('a merge with conflicts waits, takes words on them from anybody, and is approved', async () => {
  const runId = await plannedMerge(2);
  expect(await t.store.run(runId)).toMatchObject({ kind: 'merge', state: 'planned', upload: archiveHash, resolutions: [] });
  await t.store.resolveConflicts(runId, [{ row: '1', take: 'incoming' }], meta('bob'));
  await t.store.resolveConflicts(runId, [{ take: 'current' }], meta('eve'));
  expect(await t.store.run(runId)).toMatchObject({ state: 'planned', resolutions: [{ row: '1', take: 'incoming' }, { take: 'current' }] });
  await t.store.approvePlan(runId, meta());
  expect(await t.store.run(runId)).toMatchObject({ state: 'approved', approvedPlanHash: 'h1' });
  await expect(t.store.resolveConflicts(runId, [{ take: 'current' }], meta())).rejects.toMatchObject({ code: 'RUN_NOT_PLANNED' });
  const words = (await t.store.events({ stream: `run-${runId}` })).filter(({ event }) => event.type === 'ConflictsResolved');
  expect(words.map(({ metadata }) => metadata.actor)).toEqual(['bob', 'eve']);
});

test('a merge without conflicts goes on', async () => {
  expect(await t.store.run(await plannedMerge(0))).toMatchObject({ state: 'running' });
});

test('the same words with the same key are said once', async () => {
  const runId = await plannedMerge(1);
  const first = await t.store.resolveConflicts(runId, [{ take: 'current' }], meta(), 'words-1');
  expect(await t.store.resolveConflicts(runId, [{ take: 'current' }], meta(), 'words-1')).toEqual(first);
  await expect(t.store.resolveConflicts(runId, [{ take: 'incoming' }], meta(), 'words-1')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  expect(await t.store.run(runId)).toMatchObject({ resolutions: [{ take: 'current' }] });
});

test('words said by many at once are all kept', async () => {
  const runId = await plannedMerge(4);
  await Promise.all(['1', '2', '3', '4'].map((row) => t.store.resolveConflicts(runId, [{ row, take: 'current' }], meta())));
  expect((await t.store.run(runId))?.resolutions.map(({ row }) => row).toSorted()).toEqual(['1', '2', '3', '4']);
});

test('words on a run that never was, or has no conflict, are refused', async () => {
  await expect(t.store.resolveConflicts('01ARZ3NDEKTSV4RRFFQ69G5FAV', [{ take: 'current' }], meta())).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  const runId = await requestImport(t.store, { approval: 'required' });
  await t.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunPlanned', data: plan(0) },
    ],
    meta(),
  );
  await expect(t.store.resolveConflicts(runId, [{ take: 'current' }], meta())).rejects.toMatchObject({ code: 'RUN_HAS_NO_CONFLICTS' });
});

test('a merge or a replace of a file that was never uploaded is refused', async () => {
  const upload = 'e'.repeat(64);
  await expect(t.store.requestRun({ kind: 'merge', input: { ...mergeInput, upload } }, meta())).rejects.toMatchObject({ code: 'UPLOAD_UNKNOWN' });
  await expect(t.store.requestRun({ kind: 'replace', input: { ...importInput({ upload }), maxDeletes: 'any' } }, meta())).rejects.toMatchObject({
    code: 'UPLOAD_UNKNOWN',
  });
});

test('a run that did not complete is not taken back, and nothing is queued', async () => {
  const runId = await requestImport(t.store);
  const head = await t.store.headPosition();
  await expect(t.store.requestRun({ kind: 'rollback', input: rollbackInput(runId) }, meta())).rejects.toMatchObject({ code: 'ROLLBACK_NOT_POSSIBLE' });
  await expect(t.store.requestRun({ kind: 'rollback', input: rollbackInput('01ARZ3NDEKTSV4RRFFQ69G5FAV') }, meta())).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
  });
  expect(await t.store.headPosition()).toBe(head);
});
