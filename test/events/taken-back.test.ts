import { afterAll, beforeAll, expect, test } from 'vitest';
import { takenBack, type MarkerFacts } from '../../src/domain/merge/bases.ts';
import type { PlanSummary, WriteResult } from '../../src/domain/run/run.ts';
import { createTestStore, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
beforeAll(async () => {
  t = await createTestStore();
});
afterAll(() => t.close());

const plan: PlanSummary = { planHash: 'h1', catalogueFingerprint: 'f1', tables: [], issues: [], notes: [] };
const result: WriteResult = { kind: 'import', plan, tables: [], rejected: 0, seconds: 1, notes: [] };

/** Small and seeded, so that a failure can be looked at again. */
const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const rows = async (): Promise<readonly unknown[]> =>
  (await t.store.context.pool.query('select to_jsonb(r) as row from waybill.run_state as r order by r.run_id')).rows;

const completeRun = async (runId: string): Promise<string> => {
  await t.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunCompleted', data: result },
    ],
    meta(),
  );
  return runId;
};

const takeBack = async (run: string): Promise<string> => {
  const input = { run, database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' } as const;
  return completeRun((await t.store.requestRun({ kind: 'rollback', input }, meta())).runId);
};

const takenBackBy = async (runId: string): Promise<string | undefined> => (await t.store.run(runId))?.takenBackBy;

test('a run knows the rollback that took it back, until that was taken back itself', async () => {
  const run = await completeRun(await requestImport(t.store));
  const undo = await takeBack(run);
  expect([await takenBackBy(run), await takenBackBy(undo)]).toEqual([undo, undefined]);
  expect(await t.store.run(undo)).toMatchObject({ kind: 'rollback', takesBack: run });
  await expect(takeBack(run)).rejects.toMatchObject({ code: 'ROLLBACK_NOT_POSSIBLE' });
  const redo = await takeBack(undo);
  expect([await takenBackBy(run), await takenBackBy(undo)]).toEqual([undefined, redo]);
  const undoAgain = await takeBack(redo);
  expect([await takenBackBy(run), await takenBackBy(undo), await takenBackBy(redo)]).toEqual([undo, undefined, undoAgain]);
});

test('a rollback that did not complete has taken nothing back', async () => {
  const run = await completeRun(await requestImport(t.store));
  const input = { run, database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' } as const;
  await t.store.requestRun({ kind: 'rollback', input }, meta());
  expect(await takenBackBy(run)).toBeUndefined();
});

test('runs that a restored database has lost are marked; what a lost rollback took back is there again', async () => {
  const kept = await completeRun(await requestImport(t.store));
  const undo = await takeBack(kept);
  const redo = await takeBack(undo);
  const undoAgain = await takeBack(redo);
  await t.store.restoredDatabase('shop', { databaseId: 'd1', lostRuns: [redo, undoAgain] }, meta());
  expect([await takenBackBy(kept), await takenBackBy(undo)]).toEqual([undo, undefined]);
  await t.store.restoredDatabase('shop', { databaseId: 'd1', lostRuns: [undo] }, meta());
  expect(await t.store.run(kept)).toMatchObject({ lost: false });
  expect(await takenBackBy(kept)).toBeUndefined();
  expect(await t.store.run(undo)).toMatchObject({ lost: true });
  await expect(takeBack(undo)).rejects.toMatchObject({ code: 'ROLLBACK_NOT_POSSIBLE' });
  const live = await rows();
  await t.store.rebuildReadModels();
  expect(await rows()).toEqual(live);
});

test.each([1, 2, 3])('the log and the lineage of archives agree on which runs are taken back, seed %i', async (seed) => {
  const next = random(seed);
  const made: MarkerFacts[] = [];
  const lost = new Set<string>();
  for (let step = 0; step < 24; step += 1) {
    const standing = made.filter(({ run }) => !lost.has(run));
    const gone = takenBack(standing);
    const free = standing.filter(({ run }) => !gone.has(run));
    const chosen = free[Math.floor(next() * free.length)];
    const dice = next();
    if (chosen === undefined || dice < 0.3) made.push({ run: await completeRun(await requestImport(t.store)) });
    else if (dice < 0.85) made.push({ run: await takeBack(chosen.run), rolledBack: chosen.run });
    else {
      const last = standing.slice(-2).map(({ run }) => run);
      last.forEach((run) => lost.add(run));
      await t.store.restoredDatabase('shop', { databaseId: 'd1', lostRuns: last }, meta());
    }
    const expected = takenBack(made.filter(({ run }) => !lost.has(run)));
    const found: string[] = [];
    for (const { run } of made) if (!lost.has(run) && (await takenBackBy(run)) !== undefined) found.push(run);
    expect(found.toSorted()).toEqual([...expected].toSorted());
  }
  const live = await rows();
  await t.store.rebuildReadModels();
  expect(await rows()).toEqual(live);
});
