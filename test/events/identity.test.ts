import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImportInput } from '../../src/domain/run/run.ts';
import { takeNewIdentity } from '../../src/engine/ledger/new-identity.ts';
import type { RunRow } from '../../src/events/store.ts';
import { identify, placeId } from '../../src/infra/postgres/identity.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { clusterUrl, createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';
import { importInput, meta } from '../support/store.ts';
import { query } from '../support/two-databases.ts';

let source: TestDatabase;
let shop: TestDatabase;
let waybill: TestApp;
const apps: TestApp[] = [];
const others: string[] = [];

/** Waybill with a store of its own, or with a copy of another's, where `shop` and `staging` are registered. */
const start = async (storeUrl?: string): Promise<TestApp> => {
  const staging = databaseUrl(`${shop.name}_staging`);
  const databases = { source: { url: source.url, tables: {} }, shop: { url: shop.url, tables: {} }, staging: { url: staging, tables: {} } };
  const app = await createTestApp(storeUrl === undefined ? {} : { WAYBILL_STORE_URL: storeUrl }, { worker: true }, (config) => ({ ...config, databases }));
  await app.app.databases.registerConfigured(meta());
  apps.push(app);
  return app;
};

beforeEach(async () => {
  [source, shop] = [await createTestDatabase(), await createTestDatabase()];
  for (const { url } of [source, shop]) await query(url, `create table item (code text primary key, price int not null)`);
  await query(source.url, `insert into item values ('a', 1), ('b', 2)`);
  waybill = await start();
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  for (const name of others.splice(0)) await admin(`drop database if exists "${name}" with (force)`);
  await source.drop();
  await shop.drop();
});

const admin = async (...statements: readonly string[]): Promise<void> => {
  const session = await openSession(clusterUrl(), { purpose: 'test admin' });
  for (const statement of statements) await session.run(sql`${sql.raw(statement)}`);
  await session.close();
};

const ended = async ({ app }: TestApp, runId: string): Promise<RunRow> => {
  for (;;) {
    const run = await app.store.run(runId);
    if (run !== undefined && ['completed', 'refused', 'failed', 'planned'].includes(run.state)) return run;
    await new Promise((done) => setTimeout(done, 20));
  }
};

const exportSource = async (to: TestApp): Promise<string> => {
  const { runId } = await to.app.store.requestRun({ kind: 'export', input: { database: 'source', compression: 'zstd', recipients: [] } }, meta());
  const { result } = await ended(to, runId);
  if (result?.kind !== 'export') throw new Error('No archive');
  await to.app.store.recordUpload({ ...result.archive, name: result.file }, meta());
  return result.archive.sha256;
};

/** Exports the source as it is now, and imports that. */
const importInto = async (database: string, from = waybill, change: Partial<ImportInput> = {}): Promise<RunRow> => {
  const upload = await exportSource(from);
  const { runId } = await from.app.store.requestRun({ kind: 'import', input: importInput({ upload, database, ...change }) }, meta());
  return ended(from, runId);
};

const notesOf = (run: RunRow): readonly string[] => run.plan?.notes ?? [];
const eventsOf = async ({ app }: TestApp, type: string): Promise<readonly unknown[]> =>
  (await app.store.events({ limit: 1000 })).filter(({ event }) => event.type === type).map(({ event }) => event.data);
const idOf = async (url: string): Promise<unknown> => (await query(url, `select database_id from waybill.database order by created_at desc limit 1`))[0]?.[0];

/** A backup of the files, put back: the same database to the server, down to its oid. */
const snapshot = async (): Promise<{ restore(name?: string): Promise<void> }> => {
  const copy = `${shop.name}_backup`;
  const [[oid]] = (await query(shop.url, `select oid from pg_database where datname = current_database()`)) as [[string]];
  await admin(`create database "${copy}" template "${shop.name}" strategy file_copy`);
  others.push(copy);
  return {
    restore: async (name = shop.name) => {
      if (name !== shop.name) others.push(name);
      await admin(`drop database "${shop.name}" with (force)`, `create database "${name}" template "${copy}" oid ${oid} strategy file_copy`);
    },
  };
};

test('a database that was restored from a backup: the runs that it lost are marked, once', async () => {
  const kept = await importInto('shop');
  const { restore } = await snapshot();
  await query(source.url, `insert into item values ('c', 3)`);
  const lost = await importInto('shop');
  await restore();
  const databaseId = await idOf(shop.url);

  const after = await importInto('shop');
  expect(after.state).toBe('completed');
  expect(notesOf(after)).toContain(`This database was restored to a state from before a run of the log: ${lost.runId} is marked as lost.`);
  expect(await eventsOf(waybill, 'DatabaseRestored')).toEqual([{ name: 'shop', databaseId, lostRuns: [lost.runId] }]);
  expect([await waybill.app.store.run(lost.runId), await waybill.app.store.run(kept.runId)]).toMatchObject([{ lost: true }, { lost: false }]);
  expect(await query(shop.url, `select code from item order by 1`)).toEqual([['a'], ['b'], ['c']]);

  expect(notesOf(await importInto('shop'))).toEqual([]);
  expect(await eventsOf(waybill, 'DatabaseRestored')).toHaveLength(1);
});

test('a plan and an export see it too', async () => {
  await importInto('shop');
  const { restore } = await snapshot();
  const lost = await importInto('shop');
  await restore();
  const { runId } = await waybill.app.store.requestRun({ kind: 'export', input: { database: 'shop', compression: 'zstd', recipients: [] } }, meta());
  expect((await ended(waybill, runId)).result?.notes).toEqual([expect.stringContaining(`${lost.runId} is marked as lost`)]);
  const planned = await importInto('shop', waybill, { approval: 'required' });
  expect([planned.state, notesOf(planned)]).toEqual(['planned', []]);
});

test('a log that was restored from a backup writes nothing into a database that is ahead of it', async () => {
  await importInto('shop');
  const older = `${waybill.storeDatabase.name}_backup`;
  await waybill.app.stop();
  await admin(`create database "${older}" template "${waybill.storeDatabase.name}" strategy file_copy`);
  others.push(older);
  const newer = await start(waybill.storeDatabase.url);
  await query(source.url, `insert into item values ('c', 3)`);
  const unheardOf = await importInto('shop', newer);

  const restored = await start(databaseUrl(older));
  await query(source.url, `insert into item values ('d', 4)`);
  const refused = await importInto('shop', restored);
  expect(refused).toMatchObject({ state: 'refused', failure: { code: 'TARGET_AHEAD_OF_LOG', details: { runs: [unheardOf.runId] } } });
  expect(await query(shop.url, `select code from item order by 1`)).toEqual([['a'], ['b'], ['c']]);

  const session = await shop.session();
  const before = await idOf(shop.url);
  expect(await takeNewIdentity(session)).toMatchObject({ parentId: before });
  expect(await importInto('shop', restored)).toMatchObject({ state: 'completed' });
  expect(await eventsOf(restored, 'DatabaseRestored')).toEqual([]);
});

test('a copy is another database: its parent loses nothing, and the runs of the parent are none of its own', async () => {
  await importInto('shop');
  await admin(`create database "${shop.name}_staging" template "${shop.name}" strategy file_copy`);
  others.push(`${shop.name}_staging`);
  await importInto('shop');
  const first = await importInto('staging');
  const parent = await idOf(shop.url);
  expect(notesOf(first)).toEqual([expect.stringContaining(`This database is a copy of ${String(parent)} and was given an identity of its own`)]);
  expect(notesOf(await importInto('staging'))).toEqual([]);
  const staging = databaseUrl(`${shop.name}_staging`);
  expect(await query(staging, `select count(*), count(distinct database_id), count(distinct store_id) from waybill.run`)).toEqual([['3', '2', '1']]);
  expect(await query(staging, `select parent_id from waybill.database where parent_id is not null`)).toEqual([[parent]]);
  expect(await eventsOf(waybill, 'DatabaseRestored')).toEqual([]);
});

test('a copy of the files says that it is its original: nothing is marked, nothing is written, and a person is asked', async () => {
  await importInto('shop');
  const { restore } = await snapshot();
  const later = await importInto('shop');
  await restore(`${shop.name}_staging`);
  const refused = await importInto('staging');
  expect(refused).toMatchObject({ state: 'refused', failure: { code: 'DATABASE_LOOKS_COPIED', details: { lostRuns: [later.runId] } } });
  expect(await waybill.app.store.run(later.runId)).toMatchObject({ lost: false });
  const { runId } = await waybill.app.store.requestRun({ kind: 'export', input: { database: 'staging', compression: 'zstd', recipients: [] } }, meta());
  expect((await ended(waybill, runId)).result?.notes).toEqual([expect.stringContaining('waybill doctor --new-identity staging')]);
  const session = await openSession(databaseUrl(`${shop.name}_staging`), { purpose: 'test' });
  await takeNewIdentity(session);
  await session.close();
  expect(await importInto('staging')).toMatchObject({ state: 'completed' });
  expect(await eventsOf(waybill, 'DatabaseRestored')).toEqual([]);
});

test('runs of another log are named', async () => {
  await importInto('shop', await start());
  expect(notesOf(await importInto('shop'))).toEqual([expect.stringMatching(/^One run of another Waybill log wrote this database, last at 20.* UTC: history/)]);
});

test('no new identity while a run is at work', async () => {
  const [one, other] = [await shop.session(), await shop.session()];
  await one.run(sql`select pg_advisory_lock(1463900482, 1)`);
  await expect(takeNewIdentity(other)).rejects.toMatchObject({ code: 'DATABASE_BUSY', retryable: true });
  await one.run(sql`select pg_advisory_unlock(1463900482, 1)`);
  const { systemIdentifier, oid } = await identify(other, { readOnly: true });
  expect((await takeNewIdentity(other)).parentId).toBe(placeId(systemIdentifier, oid));
});
