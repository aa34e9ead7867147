import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlanSummary, ReplayResult, RunResult } from '../../src/domain/run/run.ts';
import { createTestApp, type Json, type TestApp } from '../support/app.ts';
import { importInput, meta } from '../support/store.ts';

let app: TestApp;
let upload: string;
beforeAll(async () => {
  app = await createTestApp({ WAYBILL_DATABASE_SHOP: 'postgres://nobody@127.0.0.1:1/shop', WAYBILL_DATABASE_EMPTY: 'postgres://nobody@127.0.0.1:1/empty' });
  await app.app.databases.registerConfigured(meta());
  upload = (await app.app.store.recordUpload({ sha256: importInput().upload, bytes: 10, name: 'home.tar.zst' }, meta())).uploadId;
});
afterAll(() => app.close());

const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<Json> => {
  const { body } = await app.ask(query, variables);
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data ?? {};
};

const mutate = async (name: string, type: string, input: Record<string, unknown>): Promise<Json> =>
  (
    await ask(
      `mutation ($input: ${type}!, $key: String!) { ${name}(input: $input, idempotencyKey: $key) { __typename ... on RunPayload { runId run { kind } } ... on Refusal { code message details } } }`,
      { input, key: randomUUID() },
    )
  )[name];

/** What the log holds of a request. */
const recorded = async (name: string, type: string, input: Record<string, unknown>): Promise<object | undefined> => {
  const { runId } = await mutate(name, type, input);
  return (await app.app.store.run(runId))?.input;
};

const archive = { ...importInput(), fileName: 'home.tar.zst' };

const completed = async (): Promise<string> => {
  const { runId } = await app.app.store.requestRun({ kind: 'import', input: importInput() }, meta());
  const plan: PlanSummary = { planHash: 'h', catalogueFingerprint: 'f', tables: [], issues: [], notes: [] };
  await complete(runId, { kind: 'import', plan, tables: [], rejected: 0, seconds: 1, notes: [] });
  return runId;
};

const complete = (runId: string, result: RunResult): Promise<void> =>
  app.app.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunCompleted', data: result },
    ],
    meta(),
  );

describe('what is asked is what the log holds', () => {
  test('a merge with nothing said', async () => {
    expect(await recorded('merge', 'MergeInput', { upload, database: 'shop' })).toEqual({
      ...archive,
      base: 'auto',
      onConflict: 'fail',
      deletes: false,
      maxDeletes: 10,
    });
  });

  test('a merge with everything said, as a plan', async () => {
    const input = {
      upload,
      database: 'shop',
      base: importInput().upload,
      onConflict: 'newest:changed at',
      conflictPolicies: [{ table: 'public.page', policy: 'current' }],
      deletes: true,
      maxDeletes: 100,
      exclusive: true,
    };
    expect(await recorded('planMerge', 'MergeInput', input)).toEqual({
      ...archive,
      approval: 'required',
      base: importInput().upload,
      onConflict: 'newest:changed at',
      conflictPolicies: { 'public.page': 'current' },
      deletes: true,
      maxDeletes: 'any',
      exclusive: true,
    });
  });

  test('a replace, and its plan', async () => {
    expect(await recorded('replace', 'ReplaceInput', { upload, database: 'shop' })).toEqual({ ...archive, maxDeletes: 10 });
    expect(await recorded('planReplace', 'ReplaceInput', { upload, database: 'shop', maxDeletes: 0 })).toEqual({
      ...archive,
      approval: 'required',
      maxDeletes: 0,
    });
  });

  test('a rollback takes its database from the run, and may delete what came in', async () => {
    const run = await completed();
    const input = { run, database: 'shop', onConflict: 'current', exclusive: false, approval: 'none', maxDeletes: 'any' };
    expect(await recorded('planRollback', 'RollbackInput', { run: `run-${run}` })).toEqual({ ...input, approval: 'required' });
    expect(await recorded('rollback', 'RollbackInput', { run, onConflict: 'INCOMING', maxDeletes: 5 })).toEqual({
      ...input,
      onConflict: 'incoming',
      maxDeletes: 5,
    });
  });

  test('a replay of the whole log, to a position, to a time, of some runs, from an export', async () => {
    const run = await completed();
    expect(await recorded('replay', 'ReplayInput', { database: 'shop' })).toEqual({ database: 'shop', of: 'shop' });
    expect(await recorded('replay', 'ReplayInput', { database: 'empty', of: 'shop', untilPosition: 7, runs: [`run-${run}`], from: upload })).toEqual({
      database: 'empty',
      of: 'shop',
      until: { position: 7 },
      runs: [run],
      from: importInput().upload,
    });
    expect(await recorded('replay', 'ReplayInput', { database: 'empty', of: 'shop', untilTime: '2026-11-21T12:00:00Z' })).toMatchObject({
      until: { at: '2026-11-21T12:00:00Z' },
    });
  });
});

describe('refusals are answers', () => {
  const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const gone = { upload: id, database: 'shop' };
  test.each<[string, string, Record<string, unknown>, string, string]>([
    ['merge', 'MergeInput', gone, 'UnknownUpload', 'UPLOAD_UNKNOWN'],
    ['planMerge', 'MergeInput', { base: 'c'.repeat(64) }, 'UnknownUpload', 'UPLOAD_UNKNOWN'],
    ['merge', 'MergeInput', { onConflict: 'newest:' }, 'InvalidInput', 'INVALID_INPUT'],
    ['merge', 'MergeInput', { onConflict: 'theirs' }, 'InvalidInput', 'INVALID_INPUT'],
    ['merge', 'MergeInput', { conflictPolicies: [{ table: 'public.page', policy: 'ours' }] }, 'InvalidInput', 'INVALID_INPUT'],
    ['merge', 'MergeInput', { maxDeletes: 101 }, 'InvalidInput', 'INVALID_INPUT'],
    ['replace', 'ReplaceInput', { maxDeletes: -1 }, 'InvalidInput', 'INVALID_INPUT'],
    ['planReplace', 'ReplaceInput', { database: 'nowhere' }, 'UnknownDatabase', 'DATABASE_UNKNOWN'],
    ['rollback', 'RollbackInput', { run: id }, 'UnknownRun', 'RUN_UNKNOWN'],
    ['replay', 'ReplayInput', { database: 'empty', of: 'nowhere' }, 'UnknownDatabase', 'DATABASE_UNKNOWN'],
    ['replay', 'ReplayInput', { database: 'empty', of: 'shop', runs: [id] }, 'UnknownRun', 'RUN_UNKNOWN'],
    ['replay', 'ReplayInput', { database: 'empty', of: 'shop', runs: [] }, 'InvalidInput', 'INVALID_INPUT'],
    ['replay', 'ReplayInput', { database: 'empty', of: 'shop', from: 'c'.repeat(64) }, 'UnknownUpload', 'UPLOAD_UNKNOWN'],
    ['replay', 'ReplayInput', { database: 'empty', untilPosition: 1, untilTime: '2026-11-21T12:00:00Z' }, 'OtherRefusal', 'UNTIL_AMBIGUOUS'],
  ])('%s %s %j is %s', async (...[name, type, said, __typename, code]) => {
    const input = 'run' in said || type === 'ReplayInput' ? said : { upload, database: 'shop', ...said };
    expect(await mutate(name, type, input)).toMatchObject({ __typename, code });
  });

  test('a run that was taken back is not taken back twice', async () => {
    const run = await completed();
    const { runId } = await mutate('rollback', 'RollbackInput', { run });
    const plan: PlanSummary = { planHash: 'h', catalogueFingerprint: 'f', tables: [], issues: [], notes: [] };
    await complete(runId, { kind: 'rollback', rolledBack: run, plan, tables: [], rejected: 0, seconds: 1, notes: [] });
    expect(await mutate('rollback', 'RollbackInput', { run })).toMatchObject({ __typename: 'RollbackNotPossible', code: 'ROLLBACK_NOT_POSSIBLE' });
    const asked = await ask(
      'query ($a: ID!, $b: ID!) { a: run(id: $a) { rolledBackBy { runId } lost } b: run(id: $b) { rolledBack { runId } result { ... on WriteResult { kind rolledBack } } } }',
      {
        a: run,
        b: runId,
      },
    );
    expect(asked).toEqual({ a: { rolledBackBy: { runId }, lost: false }, b: { rolledBack: { runId: run }, result: { kind: 'ROLLBACK', rolledBack: run } } });
  });
});

test('what a replay did is read in pages', async () => {
  const { runId } = await mutate('replay', 'ReplayInput', { database: 'shop' });
  const runs: ReplayResult['runs'] = [3, 9, 12].map((position) => ({ run: `R${position}`, kind: 'merge', position }));
  const foreign = [{ run: 'R9', table: 'public.page', rows: 2, examples: ['home', 'about'] }];
  await complete(runId, { kind: 'replay', runs, tables: [], foreign, seconds: 1, notes: ['a note'] });
  const asked = await ask(
    'query ($id: ID!) { run(id: $id) { tables { table } result { ... on ReplayResult { runCount runs(first: 2, after: "3") { edges { cursor node { run kind position } } pageInfo { hasNextPage } } foreign { run table rows examples } notes } } } }',
    { id: runId },
  );
  expect(asked['run'].result).toEqual({
    runCount: 3,
    runs: {
      edges: [9, 12].map((position) => ({ cursor: String(position), node: { run: `R${position}`, kind: 'MERGE', position } })),
      pageInfo: { hasNextPage: false },
    },
    foreign,
    notes: ['a note'],
  });
});
