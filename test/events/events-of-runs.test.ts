import { afterAll, beforeAll, expect, test } from 'vitest';
import { noVerdicts } from '../../src/domain/run/run.ts';
import { browseEvents, type EventQuery } from '../../src/events/log/browse.ts';
import { createTestStore, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
let person: string;
let product: string;
let exported: string;
beforeAll(async () => {
  t = await createTestStore();
  await t.store.registerDatabase('other', 'postgres://***@localhost/other', meta());
  person = await requestImport(t.store, { tables: ['public.person'] });
  product = await requestImport(t.store, { database: 'other' });
  exported = (await t.store.requestRun({ kind: 'export', input: { database: 'shop', compression: 'zstd', recipients: [] } }, meta())).runId;
  await plan(product, 'public.product');
});
afterAll(() => t.close());

const plan = async (runId: string, table: string): Promise<void> => {
  const tables = [{ table, counts: noVerdicts, ids: 'keep' as const }];
  await t.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunPlanned', data: { planHash: 'h', catalogueFingerprint: 'f', tables, issues: [], notes: [] } },
    ],
    meta(),
  );
};

const streamsOf = async (runs: EventQuery['runs'], more: Partial<EventQuery> = {}): Promise<readonly string[]> => {
  const events = await browseEvents(t.store.context.queries, { newestFirst: false, limit: 100, ...(runs === undefined ? {} : { runs }), ...more });
  return [...new Set(events.map(({ stream }) => stream.replace(/^database-.*/, 'database')))];
};

test('events of the runs that touch a table, once it is known', async () => {
  expect(await streamsOf({ table: 'public.person' })).toEqual([`run-${person}`]);
  expect(await streamsOf({ table: 'public.product' })).toEqual([`run-${product}`]);
  expect(await streamsOf({ table: 'person' })).toEqual([]);
});

test('events of the runs of one kind', async () => {
  expect(await streamsOf({ kind: 'export' })).toEqual([`run-${exported}`]);
  expect(await streamsOf({ kind: 'import' })).toEqual([`run-${person}`, `run-${product}`]);
});

test('events of the runs that are in a state', async () => {
  expect(await streamsOf({ states: ['running'] })).toEqual([`run-${product}`]);
  expect(await streamsOf({ states: ['running', 'requested'], kind: 'import' })).toEqual([`run-${person}`, `run-${product}`]);
  expect(await streamsOf({ states: ['completed'], database: 'shop' })).toEqual([]);
});

test('events of one database are those of its runs and its own', async () => {
  expect(await streamsOf({ database: 'other' })).toEqual(['database', `run-${product}`]);
  expect(await streamsOf({ database: 'shop', kind: 'import' })).toEqual([`run-${person}`]);
});

test('what is asked of runs goes with what is asked of events', async () => {
  const events = await browseEvents(t.store.context.queries, { newestFirst: true, limit: 100, runs: { database: 'other' }, types: ['RunPlanned'] });
  expect(events.map(({ stream }) => stream)).toEqual([`run-${product}`]);
});

test('a follower hears of the runs on one database only', async () => {
  const after = await t.store.headPosition();
  const heard: string[] = [];
  const abort = new AbortController();
  const following = (async () => {
    for await (const { stream } of t.store.subscribeEvents({ after, filter: { runs: { database: 'other' } }, signal: abort.signal })) {
      heard.push(stream);
      if (heard.length === 2) abort.abort();
    }
  })();
  await requestImport(t.store);
  const first = await requestImport(t.store, { database: 'other' });
  await requestImport(t.store);
  const second = await requestImport(t.store, { database: 'other' });
  await following;
  expect(heard).toEqual([`run-${first}`, `run-${second}`]);
});
