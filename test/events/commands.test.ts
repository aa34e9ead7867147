import { afterAll, beforeAll, expect, test } from 'vitest';
import { meta, archiveHash, createTestStore, importInput, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
beforeAll(async () => {
  t = await createTestStore();
});
afterAll(() => t.close());

test('a client reads its own writes', async () => {
  const { runId, position } = await t.store.requestRun({ kind: 'import', input: importInput() }, meta());
  const run = await t.store.run(runId);
  expect(run).toMatchObject({ runId, state: 'requested', kind: 'import', actor: 'ada', database: 'shop', position, attempt: 0 });
  const [event] = await t.store.events({ after: position - 1, limit: 1 });
  expect(event).toMatchObject({ position, stream: `run-${runId}`, version: 1, event: { type: 'ImportRequested', data: importInput() }, metadata: meta() });
});

test('the same key with the same input gives the earlier run and no new event', async () => {
  const first = await t.store.requestRun({ kind: 'import', input: importInput() }, meta(), 'key-1');
  const head = await t.store.headPosition();
  const again = await t.store.requestRun({ kind: 'import', input: importInput() }, meta(), 'key-1');
  expect(again).toEqual(first);
  expect(await t.store.headPosition()).toBe(head);
});

test('the same key with other input is refused', async () => {
  await requestImport(t.store, {}, 'key-2');
  await expect(requestImport(t.store, { exclusive: true }, 'key-2')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('the same key of another actor is another key', async () => {
  const mine = await t.store.requestRun({ kind: 'import', input: importInput() }, meta('ada'), 'key-3');
  const other = await t.store.requestRun({ kind: 'import', input: importInput() }, meta('bob'), 'key-3');
  expect(other.runId).not.toBe(mine.runId);
});

test('ten identical requests at once make one run', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => t.store.requestRun({ kind: 'import', input: importInput() }, meta(), 'key-4')));
  expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
  expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
  const events = await t.store.events({ stream: `run-${answers[0]?.runId}` });
  expect(events).toHaveLength(1);
});

test('a refused command does not use up its key', async () => {
  await expect(requestImport(t.store, { database: 'nowhere' }, 'key-5')).rejects.toMatchObject({ code: 'DATABASE_UNKNOWN' });
  await expect(requestImport(t.store, {}, 'key-5')).resolves.toBeTypeOf('string');
});

test('an import of a file that was never uploaded is refused', async () => {
  await expect(requestImport(t.store, { upload: 'b'.repeat(64) })).rejects.toMatchObject({ code: 'UPLOAD_UNKNOWN' });
});

test('a queued run is cancelled at once', async () => {
  const runId = await requestImport(t.store);
  const { position } = await t.store.cancelRun(runId, meta());
  const events = await t.store.events({ stream: `run-${runId}` });
  expect(events.map(({ event }) => event.type)).toEqual(['ImportRequested', 'CancelRequested', 'RunCancelled']);
  expect(events.at(-1)?.position).toBe(position);
  expect(await t.store.run(runId)).toMatchObject({ state: 'cancelled', cancelRequested: true });
  await expect(t.store.cancelRun(runId, meta())).rejects.toMatchObject({ code: 'RUN_ENDED' });
});

test('a run without a plan cannot be approved', async () => {
  const runId = await requestImport(t.store);
  await expect(t.store.approvePlan(runId, meta())).rejects.toMatchObject({ code: 'RUN_NOT_PLANNED' });
  await expect(t.store.approvePlan('01ARZ3NDEKTSV4RRFFQ69G5FAV', meta())).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
});

test('the same content uploaded again is the same upload with one more event', async () => {
  const before = await t.store.upload({ sha256: archiveHash });
  const again = await t.store.recordUpload({ sha256: archiveHash, bytes: 10, name: 'copy.tar.zst' }, meta('bob'));
  expect(again).toMatchObject({ uploadId: before?.uploadId, known: true });
  expect(await t.store.upload({ sha256: archiveHash })).toMatchObject({ times: (before?.times ?? 0) + 1, name: 'copy.tar.zst', actor: 'ada' });
});

test('the same content uploaded by ten clients at once is one upload', async () => {
  const sha256 = 'c'.repeat(64);
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => t.store.recordUpload({ sha256, bytes: 5, name: `${index}.zst` }, meta())));
  expect(new Set(answers.map(({ uploadId }) => uploadId)).size).toBe(1);
  expect(answers.filter(({ known }) => !known)).toHaveLength(1);
});

test('registering a database twice appends once', async () => {
  const first = await t.store.registerDatabase('copy', 'postgres://***@localhost/copy', meta());
  expect(await t.store.registerDatabase('copy', 'postgres://***@localhost/copy', meta())).toEqual(first);
  await t.store.identifyDatabase('copy', { databaseId: 'id-1', systemIdentifier: '7', oid: 5 }, meta());
  expect(await t.store.database('copy')).toMatchObject({ name: 'copy', databaseId: 'id-1', oid: 5 });
});

test('a file name with NUL and half a surrogate pair is stored well-formed', async () => {
  const { uploadId } = await t.store.recordUpload({ sha256: 'd'.repeat(64), bytes: 1, name: "a\u0000b\uD800c\\'d" }, meta());
  expect((await t.store.upload({ uploadId }))?.name).toBe("a\uFFFDb\uFFFDc\\'d");
});

test('runs are listed newest first, by page and filter', async () => {
  const mine = [];
  for (let index = 0; index < 5; index += 1)
    mine.push(
      (await t.store.requestRun({ kind: 'export', input: { database: 'shop', compression: 'zstd', recipients: [], tables: ['public.person'] } }, meta('pager')))
        .runId,
    );
  const first = await t.store.runs({ actor: 'pager' }, { first: 3 });
  expect(first.rows.map(({ runId }) => runId)).toEqual(mine.toReversed().slice(0, 3));
  expect(first.hasNextPage).toBe(true);
  const second = await t.store.runs({ actor: 'pager' }, { first: 3, ...(first.endCursor === undefined ? {} : { after: first.endCursor }) });
  expect(second.rows.map(({ runId }) => runId)).toEqual(mine.toReversed().slice(3));
  expect(second.hasNextPage).toBe(false);
  expect((await t.store.runs({ table: 'public.person' })).rows).toHaveLength(5);
  expect((await t.store.runs({ table: 'public.person', kind: 'import' })).rows).toHaveLength(0);
  expect((await t.store.runs({ actor: 'pager', states: ['completed'] })).rows).toHaveLength(0);
  expect((await t.store.runs({ actor: 'pager', from: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' })).rows).toHaveLength(0);
});

test('the URL of a database is kept beside the log', async () => {
  await t.store.saveDatabaseUrl('copy', 'postgres://u:hunter2@localhost/copy');
  expect(await t.store.databaseUrl('copy')).toBe('postgres://u:hunter2@localhost/copy');
  expect(JSON.stringify(await t.store.events({ limit: 1000 }))).not.toContain('hunter2');
});
