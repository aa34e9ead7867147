import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Progress } from '../../src/domain/run/run.ts';
import { createTestStore, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
beforeAll(async () => {
  t = await createTestStore();
});
afterAll(() => t.close());

const at = (rows: number): Progress => ({ phase: 'staging', tablesDone: 0, tablesTotal: 1, rows, bytes: 0 });

test('a run that nobody has taken is queued', async () => {
  const runId = await requestImport(t.store);
  expect(await t.store.progress(runId)).toMatchObject({ state: 'requested', attempt: 0, sequence: 0, progress: { phase: 'queued' } });
});

test('the progress of an unknown run is none, and following it is refused', async () => {
  expect(await t.store.progress('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBeUndefined();
  await expect(t.store.subscribeProgress('01ARZ3NDEKTSV4RRFFQ69G5FAV').next()).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
});

test('an earlier attempt cannot overwrite a later one', async () => {
  const runId = await requestImport(t.store);
  await t.store.saveProgress(runId, 2, at(5));
  await t.store.saveProgress(runId, 1, at(900));
  expect(await t.store.progress(runId)).toMatchObject({ attempt: 2, sequence: 1, progress: { rows: 5 } });
  await t.store.saveProgress(runId, 2, at(6));
  expect(await t.store.progress(runId)).toMatchObject({ attempt: 2, sequence: 2, progress: { rows: 6 } });
});

test('a follower gets the latest value, each at most once, and the end', async () => {
  const runId = await requestImport(t.store);
  const seen: string[] = [];
  const following = (async () => {
    for await (const { sequence, state } of t.store.subscribeProgress(runId)) seen.push(`${sequence} ${state}`);
  })();
  for (let rows = 1; rows <= 50; rows += 1) await t.store.saveProgress(runId, 1, at(rows));
  await t.store.cancelRun(runId, meta());
  await following;
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.at(-1)).toBe('50 cancelled');
});

test('following a run that is over gives its end at once', async () => {
  const runId = await requestImport(t.store);
  await t.store.cancelRun(runId, meta());
  const seen: string[] = [];
  for await (const { state } of t.store.subscribeProgress(runId)) seen.push(state);
  expect(seen).toEqual(['cancelled']);
});

test('progress is no event', async () => {
  const runId = await requestImport(t.store);
  const before = await t.store.headPosition();
  await t.store.saveProgress(runId, 1, at(1));
  expect(await t.store.headPosition()).toBe(before);
});
