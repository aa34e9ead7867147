import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noVerdicts, type CellChange, type PlanSummary, type RowChange } from '../../src/domain/run/run.ts';
import { createTestApp, type Json, type TestApp } from '../support/app.ts';
import { importInput, meta } from '../support/store.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ WAYBILL_DATABASE_SHOP: 'postgres://nobody@127.0.0.1:1/shop' });
  await app.app.databases.registerConfigured(meta());
  await app.app.store.recordUpload({ sha256: importInput().upload, bytes: 10, name: 'home.tar.zst' }, meta());
});
afterAll(() => app.close());

const cell = (column: string, outcome: CellChange['outcome'], base?: string | null): CellChange => ({
  column,
  ...(base === undefined ? {} : { base }),
  current: `${column} here`,
  incoming: null,
  outcome,
});

const rows: readonly RowChange[] = [
  {
    table: 'public.page',
    row: 'home',
    verdict: 'conflict',
    cells: [cell('title', 'clash', 'Home'), cell('body', 'clash', null), cell('rank', 'incoming', '1')],
  },
  { table: 'public.page', row: 'about', verdict: 'update', cells: [cell('title', 'incoming')] },
  { table: 'public.page', row: 'old', verdict: 'conflict', deletedBy: 'current', cells: [cell('title', 'clash', 'Old')] },
  { table: 'public.task', row: 'Ünïcode "1"', verdict: 'conflict', cells: [cell('done', 'clash', 'f')] },
  { table: 'public.task', row: '2', verdict: 'delete', deletedBy: 'incoming', cells: [] },
];

const planWith = async (shown: readonly RowChange[] = rows): Promise<PlanSummary> => ({
  planHash: 'h1',
  catalogueFingerprint: 'f1',
  tables: [
    { table: 'public.page', counts: { ...noVerdicts, update: 1, conflict: 2 }, ids: 'remap' },
    { table: 'public.task', counts: { ...noVerdicts, delete: 1, conflict: 1 }, ids: 'remap' },
  ],
  issues: [],
  rowFile: await app.app.blobs.put(Readable.from([Buffer.from(shown.map((row) => `${JSON.stringify(row)}\n`).join(''))])),
  bases: ['b'.repeat(64)],
  notes: [],
});

/** A merge whose worker has planned and left. */
const waiting = async (shown: readonly RowChange[] = rows): Promise<string> => {
  const input = { ...importInput(), base: 'auto', onConflict: 'fail', deletes: true, maxDeletes: 10 } as const;
  const { runId } = await app.app.store.requestRun({ kind: 'merge', input }, meta());
  await app.app.store.appendToRun(
    runId,
    1,
    [
      { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
      { type: 'RunPlanned', data: await planWith(shown) },
    ],
    meta(),
  );
  return runId;
};

const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<Json> => {
  const { body } = await app.ask(query, variables);
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data ?? {};
};

const mutate = async (name: string, input: Record<string, unknown>): Promise<Json> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const asked = `mutation ($input: ${type}!, $key: String!) { ${name}(input: $input, idempotencyKey: $key) { __typename ... on RunPayload { run { state unresolvedConflicts } } ... on Refusal { code message details } } }`;
  return (await ask(asked, { input, key: randomUUID() }))[name];
};

const change =
  'edges { cursor node { table row verdict deletedBy resolution cells { column base baseKnown current incoming outcome resolution } } } pageInfo { hasNextPage endCursor }';

const conflicts = async (run: string, args = ''): Promise<readonly Json[]> => {
  const asked = await ask(`query ($run: ID!) { run(id: $run) { conflicts${args} { ${change} } } }`, { run });
  return asked['run'].conflicts.edges.map((edge: Json) => edge['node']);
};

describe('rows of a plan', () => {
  test('each cell shows base, current and incoming, and whether the base is known', async () => {
    const { run } = await ask(`query ($run: ID!) { run(id: $run) { kind state plan { bases rows { ${change} } } } }`, { run: await waiting() });
    expect(run).toMatchObject({ kind: 'MERGE', state: 'PLANNED', plan: { bases: ['b'.repeat(64)] } });
    const nodes = run.plan.rows.edges.map((edge: Json) => edge['node']);
    expect(nodes.map(({ table, row, verdict, deletedBy }: Json) => [table, row, verdict, deletedBy])).toEqual([
      ['public.page', 'home', 'CONFLICT', null],
      ['public.page', 'about', 'UPDATE', null],
      ['public.page', 'old', 'CONFLICT', 'CURRENT'],
      ['public.task', 'Ünïcode "1"', 'CONFLICT', null],
      ['public.task', '2', 'DELETE', 'INCOMING'],
    ]);
    expect(nodes[0].cells).toEqual([
      { column: 'title', base: 'Home', baseKnown: true, current: 'title here', incoming: null, outcome: 'CLASH', resolution: null },
      { column: 'body', base: null, baseKnown: true, current: 'body here', incoming: null, outcome: 'CLASH', resolution: null },
      { column: 'rank', base: '1', baseKnown: true, current: 'rank here', incoming: null, outcome: 'INCOMING', resolution: null },
    ]);
    expect(nodes[1].cells[0]).toMatchObject({ base: null, baseKnown: false });
  });

  test('come in pages of one table or one verdict, each once', async () => {
    const run = await waiting();
    const page = async (after: string | null): Promise<Json> =>
      (
        await ask(`query ($run: ID!, $after: String) { run(id: $run) { plan { rows(table: "public.page", first: 1, after: $after) { ${change} } } } }`, {
          run,
          after,
        })
      )['run'].plan.rows;
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { edges, pageInfo } = await page(after);
      seen.push(...edges.map((edge: Json) => edge['node'].row));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(seen).toEqual(['home', 'about', 'old']);
    const deletes = await ask(`query ($run: ID!) { run(id: $run) { plan { rows(verdict: DELETE) { ${change} } } } }`, { run });
    expect(deletes['run'].plan.rows.edges).toHaveLength(1);
  });

  test('come in shorter pages where their cells are large, and none is left out', async () => {
    const large = ['1', '2', '3'].map((row): RowChange => ({
      table: 'public.page',
      row,
      verdict: 'update',
      cells: [{ column: 'body', current: null, incoming: 'x'.repeat(3_000_000), outcome: 'incoming' }],
    }));
    const run = await waiting(large);
    const page = async (after: string | null): Promise<Json> =>
      (
        await ask(
          'query ($run: ID!, $after: String) { run(id: $run) { plan { rows(after: $after) { edges { node { row } } pageInfo { hasNextPage endCursor } } } } }',
          { run, after },
        )
      )['run'].plan.rows;
    const first = await page(null);
    expect([first['edges'].length, first['pageInfo'].hasNextPage]).toEqual([1, true]);
    const second = await page(first['pageInfo'].endCursor);
    const third = await page(second['pageInfo'].endCursor);
    expect([second, third].map(({ edges }) => edges[0].node.row)).toEqual(['2', '3']);
    expect(third['pageInfo'].hasNextPage).toBe(false);
  });

  test('are an error, not an empty page, when their file is gone', async () => {
    const run = await waiting();
    const file = (await app.app.store.run(run))?.plan?.rowFile;
    await rm(app.app.blobs.path(file?.sha256 ?? ''));
    const { body } = await app.ask(`query ($run: ID!) { run(id: $run) { plan { rows { ${change} } } } }`, { run });
    expect(body.errors?.[0]?.extensions['code']).toBe('BLOB_MISSING');
    await planWith();
  });

  test('a cursor of nobody is told so', async () => {
    const { body } = await app.ask(`query ($run: ID!) { run(id: $run) { conflicts(after: "7") { ${change} } } }`, { run: await waiting() });
    expect(body.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('conflicts', () => {
  test('are listed by themselves, and for one table', async () => {
    const run = await waiting();
    expect((await conflicts(run)).map(({ row }) => row)).toEqual(['home', 'old', 'Ünïcode "1"']);
    expect((await conflicts(run, '(table: "public.task")')).map(({ row }) => row)).toEqual(['Ünïcode "1"']);
  });

  test('are resolved one by one or all at once, and then the plan can be applied', async () => {
    const run = await waiting();
    expect(await mutate('applyPlan', { run })).toMatchObject({ __typename: 'ConflictsLeft', code: 'MERGE_HAS_CONFLICTS', details: { conflicts: 3 } });
    const title = { table: 'public.page', row: 'home', column: 'title', take: 'INCOMING' };
    expect(await mutate('resolveConflicts', { run, resolutions: [title] })).toMatchObject({ run: { state: 'PLANNED', unresolvedConflicts: 3 } });
    expect(await mutate('resolveConflicts', { run, resolutions: [{ column: 'body', take: 'CURRENT' }] })).toMatchObject({ run: { unresolvedConflicts: 2 } });
    const [home, old] = await conflicts(run);
    expect(home?.['cells'].map((each: Json) => each['resolution'])).toEqual(['INCOMING', 'CURRENT', null]);
    expect(old).toMatchObject({ deletedBy: 'CURRENT', resolution: null });
    expect(await mutate('applyPlan', { run })).toMatchObject({ code: 'MERGE_HAS_CONFLICTS', message: expect.stringContaining('2 open conflicts') });
    await mutate('resolveConflicts', {
      run,
      resolutions: [
        { table: 'public.page', row: 'old', take: 'CURRENT' },
        { table: 'public.task', take: 'INCOMING' },
      ],
    });
    expect((await conflicts(run))[1]).toMatchObject({ resolution: 'CURRENT' });
    expect(await mutate('applyPlan', { run, planHash: 'h1' })).toMatchObject({ run: { state: 'APPROVED', unresolvedConflicts: 0 } });
    expect(await mutate('resolveConflicts', { run, resolutions: [title] })).toMatchObject({ __typename: 'RunNotPlanned' });
  });

  test.each<[string, Record<string, unknown>]>([
    ['a table without conflicts', { table: 'public.nothing', take: 'CURRENT' }],
    ['a row that does not conflict', { table: 'public.page', row: 'about', take: 'CURRENT' }],
    ['a cell that does not clash', { row: 'home', column: 'rank', take: 'CURRENT' }],
    ['a column of a row that one side deleted', { row: 'old', column: 'title', take: 'CURRENT' }],
  ])('a word on %s is refused, also beside others that fit', async (_name, resolution) => {
    const run = await waiting();
    const said = await mutate('resolveConflicts', { run, resolutions: [{ take: 'INCOMING' }, resolution] });
    expect(said).toMatchObject({ __typename: 'UnknownConflict', code: 'CONFLICT_UNKNOWN', details: { ...resolution, take: 'current' } });
    expect((await app.app.store.run(run))?.resolutions).toEqual([]);
  });

  test('saying nothing is no resolution', async () => {
    expect(await mutate('resolveConflicts', { run: await waiting(), resolutions: [] })).toMatchObject({ __typename: 'InvalidInput' });
  });
});
