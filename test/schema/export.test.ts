import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { absolute } from '../../src/cli/download.ts';
import { createTestApp, type Json, type TestApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { query } from '../support/two-databases.ts';

const key = 'an-export-key-of-some-length';
let app: TestApp;
let source: TestDatabase;
let url: string;
beforeAll(async () => {
  source = await createTestDatabase();
  await query(
    source.url,
    `create table maker (id serial primary key, code text not null unique); create table product (sku text primary key, maker_id int references maker, price numeric); create table secret (k text primary key);
    insert into maker (code) values ('ada'), ('bell'); insert into product values ('a', 1, 1), ('b', 2, 2), ('c', 2, null); insert into secret values ('s')`,
  );
  app = await createTestApp(
    { API_SECRET_KEY: key, DATABASE_URL: source.url },
    { worker: true, retry: { most: 0, firstDelaySeconds: 1, longestDelaySeconds: 1 } },
    (config) => ({ ...config, exchangeDir: join(config.dataDir, '../exchange'), backupDir: join(config.dataDir, '../backup') }),
  );
  url = (await app.app.listen()).url;
});
afterAll(async () => {
  await app.close();
  await source.drop();
});

const ask = async (text: string, variables: Json = {}, as = key): Promise<Json> => (await app.ask(text, variables, { 'x-api-key': as })).body as Json;

let asked = 0;
const exportRun = async (input: Json, as = key): Promise<Json> => {
  const mutation =
    'mutation ($input: ExportInput!, $k: String!) { export(input: $input, idempotencyKey: $k) { __typename ... on RunPayload { runId } ... on Refusal { code message details } } }';
  const { data, errors } = await ask(mutation, { input: { database: 'default', ...input }, k: `k${(asked += 1)}` }, as);
  if (data?.export.runId === undefined) return data?.export ?? { code: errors?.[0]?.extensions.code };
  const question =
    'query ($id: ID!) { run(id: $id) { runId state failure { code } result { ... on ExportResult { file notes archive { sha256 } files { name table rows bytes sha256 } tables { table rows } } } } }';
  for (;;) {
    const { run } = (await ask(question, { id: data.export.runId }, as)).data;
    if (run.state !== 'REQUESTED' && run.state !== 'RUNNING') return run;
    await sleep(50);
  }
};

const link = async (input: Json, k = `l${(asked += 1)}`, as = key): Promise<Json> => {
  const mutation =
    'mutation ($input: DownloadLinkInput!, $k: String!) { downloadLink(input: $input, idempotencyKey: $k) { __typename ... on DownloadLink { url expiresAt } ... on Refusal { code message } } }';
  return (await ask(mutation, { input, k }, as)).data.downloadLink;
};

describe('an export of chosen rows', () => {
  test('as CSV, with its parents, into the exchange folder', async () => {
    const run = await exportRun({ format: 'CSV', rows: [{ table: 'product', where: [{ column: 'sku', is: 'IN', values: ['b', 'c'] }] }], parents: true });
    expect(run).toMatchObject({
      state: 'COMPLETED',
      result: {
        files: [
          { name: 'maker.csv', table: 'public.maker', rows: 1 },
          { name: 'product.csv', table: 'public.product', rows: 2 },
        ],
        notes: [],
      },
    });
    const text = await readFile(join(app.app.config.exchangeDir, 'product.csv'), 'utf8');
    expect(text).toBe('sku,maker_id,price\nb,2,2\nc,2,\n');
    expect(run['result'].files[1].sha256).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('says what was asked for that cannot be meant', async () => {
    expect(await exportRun({ format: 'JSONL', spreadsheetSafe: true })).toMatchObject({
      __typename: 'InvalidInput',
      message: expect.stringContaining('Only CSV'),
    });
    expect(await exportRun({ references: 'KEY' })).toMatchObject({ __typename: 'InvalidInput' });
    expect(await exportRun({ rows: [{ table: 'product' }, { table: 'product' }] })).toMatchObject({ code: 'SELECTION_TABLE_TWICE' });
    expect(await exportRun({ rows: [{ table: 'product' }, { table: 'public.product' }] })).toMatchObject({
      state: 'REFUSED',
      failure: { code: 'SELECTION_TABLE_TWICE' },
    });
    expect(await exportRun({ out: '../x.csv', format: 'CSV', tables: ['product'] })).toMatchObject({ code: 'FILE_REFUSED' });
    expect(await exportRun({ rows: [{ table: 'product', where: [{ column: 'sku', is: 'EQ', values: ['a\0'] }] }] })).toMatchObject({
      __typename: 'InvalidInput',
    });
    expect(await exportRun({ rows: [{ table: 'product', where: [{ column: 'price', is: 'EQ', values: ['dear'] }] }] })).toMatchObject({
      state: 'REFUSED',
      failure: { code: 'SELECTION_VALUE_INVALID' },
    });
  });

  test('a key that is kept to some tables gets rows of those only', async () => {
    const create =
      'mutation { createKey(input: { name: "narrow", scopes: [EXPORT, READ], databases: ["default"], tables: ["public.product"] }, idempotencyKey: "n") { ... on CreatedKey { secret } } }';
    const { secret } = (await ask(create)).data.createKey;
    expect(await exportRun({ rows: [{ table: 'secret' }], to: 'STORE' }, secret)).toMatchObject({ code: 'TABLE_UNKNOWN' });
    expect(await exportRun({ rows: [{ table: 'product' }], parents: true, to: 'STORE' }, secret)).toMatchObject({ code: 'FORBIDDEN' });
    const run = await exportRun({ rows: [{ table: 'product', keys: [['a']] }], to: 'STORE', format: 'CSV' }, secret);
    expect(run).toMatchObject({ state: 'COMPLETED', result: { files: [{ table: 'public.product', rows: 1 }] } });
    expect((await exportRun({ to: 'STORE' }, secret))['result'].tables).toEqual([{ table: 'public.product', rows: 3 }]);
    expect(await link({ run: run['runId'] }, 'narrow', secret)).toMatchObject({ __typename: 'DownloadLink' });
    const other = await exportRun({ tables: ['secret'], to: 'STORE', format: 'CSV' });
    expect(await link({ run: other['runId'] }, 'outside', secret)).toMatchObject({ code: 'LINK_UNKNOWN' });
  });
});

describe('a download link', () => {
  const text = 'k\ns\n';
  let run: Json;
  beforeAll(async () => {
    run = await exportRun({ tables: ['secret'], to: 'STORE', format: 'CSV' });
  });

  test('gives whoever has it the file, whole or in part, and nobody a page', async () => {
    const made = await link({ run: run['runId'], hours: 2 });
    expect(Date.parse(made['expiresAt']) - Date.now()).toBeGreaterThan(7_190_000);
    const whole = await fetch(absolute(made['url'], `${url}/graphql`));
    expect([whole.status, await whole.text()]).toEqual([200, text]);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-disposition': `attachment; filename="secret.csv"; filename*=UTF-8''secret.csv`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-length': '4',
      'accept-ranges': 'bytes',
    });
    const ranges: readonly (readonly [string, number, string])[] = [
      ['bytes=2-', 206, 's\n'],
      ['bytes=0-0', 206, 'k'],
      ['bytes=-1', 206, '\n'],
      ['bytes=1-99', 206, '\ns\n'],
      ['bytes=4-', 416, ''],
      ['bytes=-0', 416, ''],
      ['bytes=0-1,2-3', 200, text],
    ];
    for (const [range, status, body] of ranges) {
      const part = await fetch(`${url}${made['url']}`, { headers: { range } });
      expect([range, part.status, await part.text()]).toEqual([range, status, body]);
    }
    const head = await fetch(`${url}${made['url']}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '4']);
    expect((await fetch(`${url}${made['url']}`, { method: 'POST' })).status).toBe(405);
  });

  test('is the same again for the same request, and is in the log without its token', async () => {
    const [one, two] = [await link({ run: run['runId'] }, 'same'), await link({ run: run['runId'] }, 'same')];
    expect(one).toEqual(two);
    expect((await fetch(`${url}${one['url']}`)).status).toBe(200);
    const { events } = (await ask('{ events(first: 200) { edges { node { type data } } } }')).data;
    expect(events.edges.map(({ node }: Json) => node['data'])).toContainEqual(expect.objectContaining({ name: 'secret.csv', expiresAt: one['expiresAt'] }));
    expect(JSON.stringify(events)).not.toContain(one['url'].split('/').at(-1));
  });

  test('leads nowhere when it is altered, cut, expired, or made up', async () => {
    const { url: path } = await link({ run: run['runId'] });
    const [payload = '', mac = ''] = path.slice('/download/'.length).split('.');
    const longer = Buffer.from(JSON.stringify([...JSON.parse(Buffer.from(payload, 'base64url').toString()).slice(0, 2), 99_999_999_999])).toString('base64url');
    const wrong = [`${longer}.${mac}`, `${payload}.${mac.slice(0, -1)}${mac.endsWith('A') ? 'E' : 'A'}`, payload, `${payload}.`, '', `${payload}.${mac}/x`];
    for (const token of wrong) expect([token, (await fetch(`${url}/download/${token}`)).status]).toEqual([token, 404]);
    const token = path.slice('/download/'.length);
    expect(app.app.store.readLink(token, new Date(Date.now() + 23 * 3_600_000))).toMatchObject({ name: 'secret.csv' });
    expect(app.app.store.readLink(token, new Date(Date.now() + 25 * 3_600_000))).toBeUndefined();
  });

  test('is made to files of exports only', async () => {
    expect(await link({ run: '01ARZ3NDEKTSV4RRFFQ69G5FAV' })).toMatchObject({ code: 'LINK_UNKNOWN' });
    expect(await link({ run: run['runId'], sha256: 'a'.repeat(64) })).toMatchObject({ code: 'LINK_UNKNOWN' });
    const many = await exportRun({ to: 'STORE', format: 'CSV' });
    expect(await link({ run: many['runId'] })).toMatchObject({ code: 'LINK_AMBIGUOUS' });
    expect(await link({ run: many['runId'], sha256: many['result'].files[1].sha256 })).toMatchObject({ __typename: 'DownloadLink' });
  });
});
