import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, type BlobCheck, type Verification } from '../../src/events/store.ts';
import { archiveHash, createTestStore, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
const blobs = { present: true, sound: true };
const check: BlobCheck = { has: async () => blobs.present, verify: async () => blobs.sound };

beforeEach(async () => {
  Object.assign(blobs, { present: true, sound: true });
  t = await createTestStore({ blobs: check });
  for (let index = 0; index < 6; index += 1) await requestImport(t.store);
});
afterEach(() => t.close());

/** What somebody with every right on the server can do. */
const tamper = async (...statements: readonly string[]): Promise<void> => {
  const { pool } = t.store.context;
  await pool.query(
    `alter table waybill.event disable trigger all; alter table waybill.event drop constraint event_pkey; alter table waybill.event drop constraint event_stream_version_key; grant all on waybill.event to current_user`,
  );
  for (const statement of statements) await pool.query(statement);
};

const firstBad = async (): Promise<number> => {
  const found: Verification = await t.store.verify();
  if (found.ok) throw new Error('The log verifies');
  return found.position;
};

test('a log as it was written verifies', async () => {
  expect(await t.store.verify()).toEqual({ ok: true, position: 8 });
});

test.each([
  `id = overlay(id placing case right(id, 1) when '0' then '1' else '0' end from 26)`,
  `stream = stream || 'x'`,
  `version = version + 1`,
  `type = 'importRequested'`,
  `schema_version = 2`,
  `data = jsonb_set(data, '{fileName}', '"backup_shop_2.tar.zst"')`,
  `metadata = jsonb_set(metadata, '{actor}', '"adb"')`,
  `at = at + interval '1 microsecond'`,
  `hash = set_byte(hash, 31, (get_byte(hash, 31) + 1) % 256)`,
])('one changed column is found at its event: %s', async (change) => {
  await tamper(`update waybill.event set ${change} where position = 5`);
  expect(await firstBad()).toBe(5);
});

test('a removed event is found at its position', async () => {
  await tamper(`delete from waybill.event where position = 4`);
  expect(await firstBad()).toBe(4);
});

test('the first event removed is found', async () => {
  await tamper(`delete from waybill.event where position = 1`);
  expect(await firstBad()).toBe(1);
});

test('two swapped events are found at the first of them', async () => {
  await tamper(`update waybill.event set position = case position when 4 then 6 else 4 end where position in (4, 6)`);
  expect(await firstBad()).toBe(4);
});

test('an event put in between is found', async () => {
  await tamper(
    `update waybill.event set position = position + 1 where position >= 4`,
    `insert into waybill.event select 4, '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'run-x', 1, type, schema_version, data, metadata, at, hash from waybill.event where position = 5`,
  );
  expect(await firstBad()).toBe(4);
});

test('a cut tail is found by the head row', async () => {
  await tamper(`delete from waybill.event where position >= 7`);
  expect(await firstBad()).toBe(7);
});

test('a cut tail with a head row that was adapted is found by the exported head', async () => {
  const head = await t.store.exportHead();
  await tamper(
    `delete from waybill.event where position >= 7`,
    `update waybill.head set position = 6, hash = (select hash from waybill.event where position = 6)`,
  );
  expect(await t.store.verify()).toEqual({ ok: true, position: 6 });
  expect(await t.store.verify({ head })).toMatchObject({ ok: false, position: 7 });
});

test('a chain written anew is found by the exported head', async () => {
  const head = await t.store.exportHead();
  await tamper(
    `update waybill.event set metadata = jsonb_set(metadata, '{actor}', '"eve"') where position = 5`,
    ...[5, 6, 7, 8].map(
      (position) =>
        `update waybill.event as e set hash = waybill.event_hash((select hash from waybill.event where position = ${position - 1}), e) where position = ${position}`,
    ),
    `update waybill.head set hash = (select hash from waybill.event where position = 8)`,
  );
  expect(await t.store.verify()).toEqual({ ok: true, position: 8 });
  expect(await t.store.verify({ head })).toMatchObject({ ok: false, position: 8 });
});

test('an exported head stays good while the log grows', async () => {
  const head = await t.store.exportHead();
  await requestImport(t.store);
  expect(await t.store.verify({ head })).toEqual({ ok: true, position: 9 });
});

test('an altered file is found at the event that names it', async () => {
  blobs.sound = false;
  expect(await t.store.verify()).toEqual({ ok: false, position: 2, reason: `event 2 names the file ${archiveHash}, which was altered` });
  expect(await t.store.verify({ checkBlobs: false })).toMatchObject({ ok: true });
});

test('a missing file is found at the event that names it', async () => {
  blobs.present = false;
  expect(await t.store.verify()).toEqual({ ok: false, position: 2, reason: `event 2 names the file ${archiveHash}, which is missing` });
});

test('the archive of an export may lie outside the blob store', async () => {
  const { runId } = await t.store.requestRun({ kind: 'export', input: { database: 'shop', compression: 'zstd', recipients: [] } }, meta());
  await t.store.appendToRun(
    runId,
    1,
    [{ type: 'RunCompleted', data: { kind: 'export', file: 'a.tar.zst', archive: { sha256: 'e'.repeat(64), bytes: 1 }, tables: [], seconds: 1, notes: [] } }],
    meta(),
  );
  const only: BlobCheck = { has: async (sha256) => sha256 === archiveHash, verify: async () => true };
  const second = await openStore(t.database.url, { purpose: 'second', blobs: only });
  expect(await second.verify()).toMatchObject({ ok: true });
  await second.close();
});

test('an event of a type that nobody knows stops the reader instead of being skipped', async () => {
  await tamper(`update waybill.event set type = 'RunTeleported' where position = 5`);
  await expect(t.store.events({})).rejects.toMatchObject({ code: 'EVENT_TYPE_UNKNOWN', details: { position: 5 } });
  await expect(t.store.rebuildReadModels()).rejects.toMatchObject({ code: 'EVENT_TYPE_UNKNOWN' });
});

test('an event of a newer schema version stops the reader', async () => {
  await tamper(`update waybill.event set schema_version = 9 where position = 5`);
  await expect(t.store.events({})).rejects.toMatchObject({ code: 'EVENT_VERSION_UNKNOWN' });
});
