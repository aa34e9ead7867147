import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type Json, type TestApp } from '../support/app.ts';
import { createShop, type Shop } from '../support/shop.ts';

let shop: Shop;
let app: TestApp;
beforeAll(async () => {
  shop = await createShop();
  app = await createTestApp({ WAYBILL_DATABASE_SOURCE: shop.source.url, WAYBILL_DATABASE_TARGET: shop.target.url }, { worker: true });
});
afterAll(async () => {
  await app.close();
  await shop.close();
});

const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<Json> => {
  const { body } = await app.ask(query, variables);
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data ?? {};
};

const mutate = async (name: string, type: string, input: Record<string, unknown>, key: string = randomUUID()): Promise<Json> =>
  (
    await ask(
      `mutation ($input: ${type}!, $key: String!) { ${name}(input: $input, idempotencyKey: $key) { __typename ${name === 'upload' ? '... on UploadPayload { known upload { id sha256 name bytes } }' : '... on RunPayload { runId position run { id state } }'} ... on Refusal { code message details } ... on InvalidInput { issues { path message } } } }`,
      { input, key },
    )
  )[name];

const runFields =
  'runId kind state databaseName fileName position tables { table ids counts { insert same keep blocked } } plan { hash notes issues { table code count } } failure { code message } progress { phase state } result { __typename ... on ExportResult { file archive { sha256 bytes } tables { table rows } } ... on WriteResult { rejected seconds } }';

const settled = async (runId: string): Promise<Json> => {
  for (;;) {
    const { run } = await ask(`query ($id: ID!) { run(id: $id) { ${runFields} } }`, { id: runId });
    if (!['REQUESTED', 'RUNNING', 'APPROVED'].includes(run.state)) return run;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

const exportShop = async (out: string): Promise<Json> => settled((await mutate('export', 'ExportInput', { database: 'source', out })).runId);
const uploadShop = async (out: string): Promise<string> => (await mutate('upload', 'UploadInput', { serverPath: `backup/${out}` })).upload.id;

describe('the whole way', () => {
  test('export, upload, plan, read, apply', async () => {
    expect(await exportShop('shop.tar.zst')).toMatchObject({
      kind: 'EXPORT',
      state: 'COMPLETED',
      result: {
        file: 'shop.tar.zst',
        tables: [
          { table: 'public.customer', rows: 3 },
          { table: 'public.purchase', rows: 2 },
        ],
      },
    });
    const upload = await uploadShop('shop.tar.zst');
    const asked = await mutate('plan', 'ImportInput', { upload, database: 'target' });
    expect(asked).toMatchObject({ __typename: 'RunPayload', run: { id: `run-${asked['runId']}` } });
    const planned = await settled(asked['runId']);
    expect(planned).toMatchObject({
      state: 'PLANNED',
      tables: [
        { table: 'public.customer', counts: { insert: 2, keep: 1 } },
        { table: 'public.purchase', counts: { insert: 2 } },
      ],
    });
    expect(await shop.targetRows()).toEqual([]);
    expect(await mutate('applyPlan', 'ApplyPlanInput', { run: asked['runId'], planHash: planned['plan'].hash })).toMatchObject({ __typename: 'RunPayload' });
    expect(await settled(asked['runId'])).toMatchObject({ state: 'COMPLETED', result: { __typename: 'WriteResult', rejected: 0 } });
    expect(await shop.targetRows()).toEqual(['P-1 bob@example.org Robert', 'P-2 eve@example.org Eve']);
  });

  test('a second import of the same file changes nothing', async () => {
    const { runId } = await mutate('import', 'ImportInput', { upload: await uploadShop('shop.tar.zst'), database: 'target' });
    expect(await settled(runId)).toMatchObject({
      state: 'COMPLETED',
      tables: [{ counts: { insert: 0, same: 2, keep: 1 } }, { counts: { insert: 0, same: 2 } }],
    });
  });

  test('a file in a multipart request is an upload, and known the second time', async () => {
    const bytes = await readFile(join(app.app.config.backupDir, 'shop.tar.zst'));
    const send = async (): Promise<Json> => {
      const form = new FormData();
      form.set(
        'operations',
        JSON.stringify({
          query:
            'mutation ($file: File!, $key: String!) { upload(input: { file: $file }, idempotencyKey: $key) { ... on UploadPayload { known upload { name sha256 bytes } } ... on Refusal { code message } } }',
          variables: { file: null, key: randomUUID() },
        }),
      );
      form.set('map', '{"0":["variables.file"]}');
      form.set('0', new File([bytes], 'from\u202Eme\n.tar.zst'));
      const response = await app.app.fetch(new Request('http://localhost/graphql', { method: 'POST', headers: { 'x-waybill-csrf': '1' }, body: form }));
      return ((await response.json()) as Json)['data'].upload;
    };
    expect(await send()).toMatchObject({ known: true, upload: { name: expect.stringMatching(/^from.{1,2}me.{1,6}\.tar\.zst$/), bytes: bytes.length } });
    expect((await send())['upload'].name).not.toMatch(/[\n\u202E]/);
  });
});

describe('idempotency keys', () => {
  test('the same key and input is one run, also ten at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => mutate('export', 'ExportInput', { database: 'source', out: 'ten.tar.zst' }, key)));
    expect(new Set(answers.map(({ runId, position }) => `${runId} ${position}`)).size).toBe(1);
    await settled(answers[0]?.['runId']);
  });

  test('the same key with other input is refused by name', async () => {
    const key = randomUUID();
    const { runId } = await mutate('export', 'ExportInput', { database: 'source', out: 'one.tar.zst' }, key);
    expect(await mutate('export', 'ExportInput', { database: 'source', out: 'two.tar.zst' }, key)).toMatchObject({
      __typename: 'IdempotencyKeyReused',
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    await settled(runId);
  });
});

describe('refusals are answers', () => {
  const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  test.each([
    ['cancelRun', 'CancelRunInput', { run: id }, 'UnknownRun', 'RUN_UNKNOWN'],
    ['applyPlan', 'ApplyPlanInput', { run: `run-${id}` }, 'UnknownRun', 'RUN_UNKNOWN'],
    ['import', 'ImportInput', { upload: id, database: 'target' }, 'UnknownUpload', 'UPLOAD_UNKNOWN'],
    ['plan', 'ImportInput', { upload: 'f'.repeat(64), database: 'target' }, 'UnknownUpload', 'UPLOAD_UNKNOWN'],
    ['export', 'ExportInput', { database: 'nowhere' }, 'UnknownDatabase', 'DATABASE_UNKNOWN'],
    ['export', 'ExportInput', { database: 'postgres://h/d?host=/var/run/postgresql' }, 'DatabaseRefused', 'DATABASE_URL_REFUSED'],
    ['export', 'ExportInput', { database: 'source', out: '../../etc/cron.d/x' }, 'FileRefused', 'FILE_REFUSED'],
    ['export', 'ExportInput', { database: 'source', out: '/tmp/x' }, 'FileRefused', 'FILE_REFUSED'],
    ['export', 'ExportInput', { database: 'source', recipients: ['ssh-rsa AAAA'] }, 'InvalidInput', 'INVALID_INPUT'],
    ['export', 'ExportInput', { database: '' }, 'InvalidInput', 'INVALID_INPUT'],
    ['import', 'ImportInput', { upload: id, database: 'target', tables: [''] }, 'InvalidInput', 'INVALID_INPUT'],
    ['upload', 'UploadInput', {}, 'InvalidInput', 'INVALID_INPUT'],
    ['upload', 'UploadInput', { serverPath: '/etc/passwd' }, 'FileRefused', 'FILE_REFUSED'],
    ['upload', 'UploadInput', { serverPath: 'backup/../../../etc/passwd' }, 'FileRefused', 'FILE_REFUSED'],
    ['upload', 'UploadInput', { serverPath: 'backup/none.tar.zst' }, 'FileRefused', 'FILE_MISSING'],
  ])('%s %s %j is %s', async (...[name, type, input, __typename, code]) => {
    expect(await mutate(name, type, input)).toMatchObject({ __typename, code });
  });

  test('an idempotency key must be there and short', async () => {
    expect(await mutate('export', 'ExportInput', { database: 'source' }, '')).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ path: 'idempotencyKey' }],
    });
    expect(await mutate('export', 'ExportInput', { database: 'source' }, 'x'.repeat(201))).toMatchObject({ __typename: 'InvalidInput' });
  });

  test('a plan that waits can be dropped, once', async () => {
    await exportShop('drop.tar.zst');
    const { runId } = await mutate('plan', 'ImportInput', { upload: await uploadShop('drop.tar.zst'), database: 'target' });
    await settled(runId);
    expect(await mutate('applyPlan', 'ApplyPlanInput', { run: runId, planHash: 'another' })).toMatchObject({
      __typename: 'RunNotPlanned',
      code: 'PLAN_IS_STALE',
    });
    await mutate('cancelRun', 'CancelRunInput', { run: runId });
    expect(await settled(runId)).toMatchObject({ state: 'CANCELLED' });
    expect(await mutate('cancelRun', 'CancelRunInput', { run: runId })).toMatchObject({ __typename: 'RunEnded' });
    expect(await mutate('applyPlan', 'ApplyPlanInput', { run: runId })).toMatchObject({ __typename: 'RunNotPlanned' });
  });
});

describe('questions', () => {
  test('issues of a refused import come in pages', async () => {
    const into = await shop.target.session();
    const { sql } = await import('../../src/infra/postgres/sql.ts');
    await into.run(sql`delete from purchase`);
    await into.run(sql`delete from customer`);
    await into.run(sql`alter table customer add constraint strict check (name not in ('Ada', 'Eve'))`);
    const { runId } = await mutate('import', 'ImportInput', { upload: await uploadShop('shop.tar.zst'), database: 'target' });
    expect(await settled(runId)).toMatchObject({ state: 'REFUSED', failure: { code: 'IMPORT_HAS_ISSUES' } });
    const page = async (after: string | null): Promise<Json> =>
      (
        await ask(
          'query ($id: ID!, $after: String) { run(id: $id) { issues(first: 1, after: $after) { edges { cursor node { code table row constraint message } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }',
          { id: runId, after },
        )
      )['run'].issues;
    const seen: Json[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { edges, pageInfo } = await page(after);
      seen.push(edges[0].node);
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(seen.filter(({ code }) => code === 'check.violated').map(({ row }) => row)).toEqual([1, 3]);
    expect(new Set(seen.map((issue) => JSON.stringify(issue))).size).toBe(seen.length);
    await into.run(sql`alter table customer drop constraint strict`);
  });

  test('runs are pages, newest first, and filters hold', async () => {
    const { runs } = await ask('{ runs(first: 2) { edges { cursor node { runId position } } pageInfo { hasNextPage endCursor } } }');
    expect(runs.edges[0].node.position).toBeGreaterThan(runs.edges[1].node.position);
    const { runs: next } = await ask('query ($after: String) { runs(first: 2, after: $after) { edges { node { runId } } } }', {
      after: runs.pageInfo.endCursor,
    });
    expect(next.edges.map((edge: Json) => edge['node'].runId)).not.toContain(runs.edges[1].node.runId);
    const filtered = await ask(
      '{ a: runs(filter: { kind: EXPORT, states: [COMPLETED] }) { edges { node { kind state } } } b: runs(filter: { actor: "nobody" }) { edges { cursor } } c: runs(filter: { table: "public.purchase", database: "target" }) { edges { node { databaseName } } } d: runs(filter: { until: "2001-01-01T00:00:00Z" }) { edges { cursor } } }',
    );
    expect(new Set(filtered['a'].edges.map((edge: Json) => `${edge['node'].kind} ${edge['node'].state}`))).toEqual(new Set(['EXPORT COMPLETED']));
    expect([filtered['b'].edges.length, filtered['d'].edges.length]).toEqual([0, 0]);
    expect(filtered['c'].edges.length).toBeGreaterThan(0);
  });

  test('every kind of node is found by its id, together and alone', async () => {
    const { runs, uploads, databases, events } = await ask(
      '{ runs(first: 1) { edges { node { id } } } uploads(first: 1) { edges { node { id } } } databases(first: 1) { edges { node { id } } } events(first: 1) { edges { node { id } } } }',
    );
    const ids = [runs, uploads, databases, events].map((page) => page.edges[0].node.id);
    const { nodes } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
    expect(nodes).toEqual(['Run', 'Upload', 'Database', 'Event'].map((__typename, index) => ({ __typename, id: ids[index] })));
    for (const id of ids) expect((await ask('query ($id: ID!) { node(id: $id) { id } }', { id }))['node']).toEqual({ id });
    expect((await ask('{ node(id: "run-01ARZ3NDEKTSV4RRFFQ69G5FAV") { id } }'))['node']).toBeNull();
  });

  test('the catalogue says keys and references', async () => {
    const { database } = await ask(
      '{ database(name: "source") { server catalogue { serverVersion tables(names: ["public.purchase"]) { table key { kind columns surrogate } columns { name type notNull } references { columns parent parentColumns } } unsupported { object } } } }',
    );
    expect(database.catalogue.tables).toEqual([
      expect.objectContaining({
        table: 'public.purchase',
        key: { kind: 'NATURAL', columns: ['number'], surrogate: ['id'] },
        references: [{ columns: ['customer_id'], parent: 'public.customer', parentColumns: ['id'] }],
      }),
    ]);
    expect(database.server).not.toMatch(/password|\?/);
  });

  test('events are read from both ends, by run, type, actor and time', async () => {
    const { all, back, types, later } = await ask(
      '{ all: events(first: 500) { edges { node { position } } } back: events(first: 3, newestFirst: true) { edges { node { position } } } types: events(filter: { types: [RunCompleted] }) { edges { node { type run: stream } } } later: events(since: "2999-01-01T00:00:00Z") { edges { cursor } } }',
    );
    const positions = all.edges.map((edge: Json) => edge['node'].position);
    expect(positions).toEqual(positions.map((_: number, index: number) => index + 1));
    expect(back.edges.map((edge: Json) => edge['node'].position)).toEqual(positions.toReversed().slice(0, 3));
    expect(new Set(types.edges.map((edge: Json) => edge['node'].type))).toEqual(new Set(['RunCompleted']));
    expect(later.edges).toEqual([]);
  });

  test('the log verifies, and its head is there', async () => {
    const { verifyLog, logHead } = await ask('{ verifyLog { ok position reason } logHead { position hash at } }');
    expect(verifyLog).toEqual({ ok: true, position: logHead.position, reason: null });
  });

  test('cursors of nobody are told so', async () => {
    for (const query of ['{ runs(after: "x") { edges { cursor } } }', '{ events(after: "1; drop table") { edges { cursor } } }']) {
      expect((await app.ask(query)).body.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });
});

test('every mutation that changed something left an event with actor, request id and client', async () => {
  const { events } = await ask(
    '{ events(first: 500, filter: { types: [ImportRequested, ExportRequested, PlanApproved, CancelRequested, UploadStored] }) { edges { node { type actor requestId client } } } }',
  );
  expect(new Set(events.edges.map((edge: Json) => edge['node'].type))).toEqual(
    new Set(['ImportRequested', 'ExportRequested', 'PlanApproved', 'CancelRequested', 'UploadStored']),
  );
  for (const { node } of events.edges) expect(node).toMatchObject({ actor: 'local', client: 'graphql', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});
