import { readdir, readFile, writeFile, mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { PlanSummary, RunResult, WriteKind, WriteResult } from '../../src/domain/run/run.ts';
import { noVerdicts } from '../../src/domain/run/run.ts';
import type { DomainEvent, RunEvent } from '../../src/domain/run/events.ts';
import { toAppend } from '../../src/events/commands.ts';
import { execute } from '../../src/events/execute.ts';
import { eventCodecs } from '../../src/events/log/codec.ts';
import { openStore, type Store } from '../../src/events/store.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { importInput, meta } from '../support/store.ts';

/**
 * Logs as released versions wrote them. Each must load into today's schema, verify with the head it was recorded with, and
 * project to the recorded read models. A file, once released, is never written again; `RECORD_LOG=name` adds one.
 */
type Recording = {
  readonly head: { readonly position: number; readonly hash: string; readonly at: string };
  readonly events: readonly object[];
  readonly readModels: object;
};

const folder = new URL('./recorded/', import.meta.url);

const readModels = async (store: Store): Promise<object> => {
  const dump = async (table: string) =>
    (await store.context.pool.query(`select to_jsonb(r) as row from waybill.${table} as r order by r.position`)).rows.map(({ row }) => row);
  return {
    runs: await dump('run_state'),
    uploads: await dump('upload'),
    databases: await dump('known_database'),
    keys: await dump('api_key'),
    inbox: await dump('inbox_file'),
  };
};

const counts = { ...noVerdicts, insert: 2, same: 1, blocked: 1 };
const plan: PlanSummary = {
  planHash: 'p'.repeat(64),
  catalogueFingerprint: 'c'.repeat(64),
  tables: [{ table: 'public.person', counts, ids: 'remap' }],
  issues: [{ table: 'public.person', code: 'value.missing', count: 1 }],
  issueFile: { sha256: '1'.repeat(64), bytes: 20 },
  notes: ['a trigger writes public.person.changed'],
};
const imported: RunResult = {
  kind: 'import',
  plan,
  tables: plan.tables,
  rejected: 1,
  rejectFile: { sha256: '2'.repeat(64), bytes: 30, name: 'rejected.tar.zst' },
  ledgerFile: { sha256: '3'.repeat(64), bytes: 40 },
  seconds: 1.5,
  notes: [],
};
const written = (kind: WriteKind): WriteResult => ({
  kind,
  plan,
  tables: plan.tables,
  rejected: 0,
  ledgerFile: { sha256: '8'.repeat(64), bytes: 80 },
  seconds: 2,
  notes: [],
});
const replayed = (run: string): RunResult => ({
  kind: 'replay',
  runs: [{ run, kind: 'merge', position: 36 }],
  tables: plan.tables,
  foreign: [{ run, table: 'public.person', rows: 1, examples: ['ada'] }],
  foreignFile: { sha256: '9'.repeat(64), bytes: 90 },
  seconds: 3,
  notes: [],
});
const exported: RunResult = {
  kind: 'export',
  file: 'backup_shop_1.tar.zst',
  archive: { sha256: '4'.repeat(64), bytes: 50 },
  tables: [{ table: 'public.person', rows: 3, bytes: 60 }],
  seconds: 0.5,
  notes: [],
};

/** Every event type at least once. */
const writeEverything = async (store: Store): Promise<void> => {
  await store.registerDatabase('shop', 'postgres://***@db/shop', meta());
  await store.identifyDatabase('shop', { databaseId: 'd-1', systemIdentifier: '7301', oid: 16384 }, meta());
  await store.recordUpload({ sha256: importInput().upload, bytes: 10, name: 'Ümläut \\ "quoted".tar.zst' }, meta('bob'));
  const runWith = async (events: readonly RunEvent[], approval: 'none' | 'required' = 'none'): Promise<void> => {
    const { runId } = await store.requestRun(
      { kind: 'import', input: importInput({ approval, tables: ['public.person'] }) },
      { ...meta(), apiKey: 'key-1', correlation: 'x' },
    );
    await store.appendToRun(runId, 1, events, meta());
  };
  await runWith(
    [
      started(1),
      { type: 'RunPlanned', data: plan },
      { type: 'PlanApproved', data: { planHash: plan.planHash } },
      started(2),
      { type: 'RunDrifted', data: { attempt: 2, reason: '40001', tables: ['public.person'] } },
      { type: 'RunCompleted', data: imported },
    ],
    'required',
  );
  await runWith([
    started(1),
    { type: 'RunAttemptLost', data: { attempt: 1, cause: 'lease-expired', reason: 'The worker w-1 did not renew its lease.' } },
    started(2),
    { type: 'RunFailed', data: { code: 'DISK_FULL', message: 'full' } },
  ]);
  await runWith([started(1), { type: 'RunRefused', data: { code: 'ARCHIVE_DAMAGED', message: 'damaged', details: { entry: 'data/0001' } } }]);
  await runWith([started(1), { type: 'CancelRequested', data: {} }, { type: 'RunCancelled', data: { phase: 'staging' } }]);
  const { runId } = await store.requestRun({ kind: 'export', input: { database: 'shop', compression: 'zstd', recipients: [] } }, meta());
  await store.appendToRun(runId, 1, [started(1), { type: 'RunCompleted', data: exported }], meta());
  await writeLaterKinds(store);
  await writeFilesIn(store);
  await writeSnapshots(store);
};

const started = (attempt: number): RunEvent => ({ type: 'RunStarted', data: { attempt, worker: 'w-1' } });

/** Merge with a conflict that is resolved, its rollback, a replace that is lost with a restored database, a replay. */
const writeLaterKinds = async (store: Store): Promise<void> => {
  const asked = {
    ...importInput(),
    base: 'auto',
    onConflict: 'fail',
    conflictPolicies: { 'public.person': 'newest:changed' },
    deletes: true,
    maxDeletes: 10,
  } as const;
  const conflicting: PlanSummary = {
    ...plan,
    tables: [{ table: 'public.person', counts: { ...counts, conflict: 1 }, ids: 'remap' }],
    rowFile: { sha256: '5'.repeat(64), bytes: 70 },
    bases: ['6'.repeat(64)],
  };
  const merge = await store.requestRun({ kind: 'merge', input: asked }, meta());
  await store.appendToRun(merge.runId, 1, [started(1), { type: 'RunPlanned', data: conflicting }], meta());
  await store.resolveConflicts(merge.runId, [{ table: 'public.person', row: 'ada', column: 'name', take: 'incoming' }, { take: 'current' }], meta('bob'));
  await store.approvePlan(merge.runId, meta('bob'));
  const merged: RunResult = { ...written('merge'), archive: { sha256: asked.upload, databaseId: 'd-2', run: 'r-1' }, plan: conflicting };
  await store.appendToRun(merge.runId, 5, [started(2), { type: 'RunCompleted', data: merged }], meta());

  const back = { run: merge.runId, database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' } as const;
  const rollback = await store.requestRun({ kind: 'rollback', input: back }, meta());
  await store.appendToRun(rollback.runId, 1, [started(1), { type: 'RunCompleted', data: { ...written('rollback'), rolledBack: merge.runId } }], meta());

  const replace = await store.requestRun({ kind: 'replace', input: { ...importInput(), maxDeletes: 'any' } }, meta());
  await store.appendToRun(replace.runId, 1, [started(1), { type: 'RunCompleted', data: written('replace') }], meta());
  await store.restoredDatabase('shop', { databaseId: 'd-1', lostRuns: [rollback.runId, replace.runId] }, meta());

  const again = { database: 'shop', of: 'shop', until: { position: 40 }, runs: [merge.runId], from: '7'.repeat(64) };
  const replay = await store.requestRun({ kind: 'replay', input: again }, meta());
  await store.appendToRun(replay.runId, 1, [started(1), { type: 'RunCompleted', data: replayed(merge.runId) }], meta());
};

type InboxSettled = { readonly state: 'imported' | 'failed'; readonly code?: string; readonly movedTo?: string };

const appendTo = async (store: Store, stream: string, events: readonly DomainEvent[], actor = 'ada'): Promise<void> => {
  const decision = { events: toAppend(stream, events, meta(actor)), expected: { [stream]: { kind: 'none' } }, answer: {}, standsAt: 0 } as const;
  await execute(store.context, { name: 'record', input: stream, meta: meta(actor) }, async () => decision);
};

/** Keys of both kinds, refused attempts, files of the inbox in each state, and what is in the log alone. */
const writeFilesIn = async (store: Store): Promise<void> => {
  const sha256 = 'd'.repeat(64);
  const wire = { sha256: 'e'.repeat(64), bytes: 7, compression: 'gzip' } as const;
  const { uploadId } = await store.recordUpload({ sha256, bytes: 20, name: 'products.jsonl', via: 'post', wire, inbox: 'products.jsonl' }, meta());
  const limited = { name: 'shop only', scopes: ['read', 'import'], databases: ['shop'], tables: ['public.person'], signed: 'required' } as const;
  await appendTo(store, 'key-01K0000000000000000000000A', [
    { type: 'KeyCreated', data: { ...limited, expiresAt: '2027-01-01T00:00:00Z' } },
    { type: 'KeyRotated', data: { generation: 2, overlapUntil: '2026-12-01T00:00:00Z' } },
    { type: 'AccessRefused', data: { reason: 'scope', door: 'graphql', field: 'export', key: 'shop only', address: '10.0.0.1', count: 3 } },
    { type: 'KeyRevoked', data: { reason: 'lost' } },
  ]);
  const wide = { name: 'everything', scopes: ['admin'], databases: '*', tables: '*', signed: 'optional' } as const;
  await appendTo(store, 'key-01K0000000000000000000000B', [{ type: 'KeyCreated', data: wide }]);
  await appendTo(store, 'access-01K0000000000000000000000C', [
    { type: 'AccessRefused', data: { reason: 'unknown', door: 'upload', address: '10.0.0.2', count: 1 } },
  ]);
  const arrived = (name: string): DomainEvent => ({
    type: 'InboxFileArrived',
    data: { folder: 'inbox', name, sha256, bytes: 20, upload: uploadId, by: 'upload' },
  });
  const taken: DomainEvent = { type: 'InboxFileTaken', data: { run: 'r-2', rule: 'products*.jsonl', mode: 'import' } };
  const settled = (data: InboxSettled): DomainEvent => ({ type: 'InboxFileSettled', data: { run: 'r-2', ...data } });
  const failed = settled({ state: 'failed', code: 'FILE_INVALID' });
  const moved = settled({ state: 'imported', movedTo: 'imported/products.jsonl' });
  const files: readonly (readonly DomainEvent[])[] = [
    [taken, failed, { type: 'InboxFileRetried', data: {} }, taken, moved],
    [taken],
    [taken, failed, { type: 'InboxFileRejected', data: { reason: 'a test file' } }],
    [{ type: 'InboxFileGone', data: {} }],
    [],
  ];
  for (const [index, events] of files.entries())
    await appendTo(store, `inbox-01K000000000000000000000D${index}`, [arrived(`products-${index}.jsonl`), ...events], 'inbox');
  await store.seedSynced(
    {
      from: '/var/initialdata/common',
      to: '/data/common',
      copied: ['tables/person.csv'],
      updated: [],
      kept: [{ path: 'notes.txt', why: 'edited here' }],
      failed: [{ path: 'locked', code: 'EACCES' }],
      more: 2,
      dryRun: false,
      tables: [{ table: 'public.person', run: 'r-3' }],
    },
    meta(),
  );
  await store.makeLink({ sha256, name: 'person.csv', hours: 24 }, meta());
  await appendTo(store, 'retention-01K0000000000000000000000E', [{ type: 'RetentionApplied', data: { folder: 'sent', files: ['a.csv'], bytes: 3 } }]);
};

const writeSnapshots = async (store: Store): Promise<void> => {
  const file = { name: 'person.csv', bytes: 30, sha256: 'c'.repeat(64), rows: 3 };
  const written = { database: 'shop', tables: ['public.person'], files: [file], bytesRead: 40, bytesWritten: 30, milliseconds: 12 };
  await appendTo(store, 'snapshot-01K0000000000000000000000F', [{ type: 'SnapshotWritten', data: { ...written, by: 'run', run: 'r-3', more: 2 } }]);
  await appendTo(store, 'snapshot-01K0000000000000000000000G', [
    { type: 'SnapshotFailed', data: { database: 'shop', code: 'FOLDER_NOT_WRITABLE', message: 'read-only' } },
  ]);
};

const record = async (name: string): Promise<void> => {
  const database = await createTestDatabase();
  const store = await openStore(database.url, { purpose: 'record', secretKey: new Uint8Array(32) });
  await writeEverything(store);
  const head = await store.exportHead();
  const { rows } = await store.context.pool.query(`select to_jsonb(e) as row from waybill.event as e order by e.position`);
  const recording = { head, events: rows.map(({ row }) => row), readModels: await readModels(store) };
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(recording, undefined, 1)}\n`);
  await store.close();
  await database.drop();
};

const given = process.env['RECORD_LOG'];
if (given !== undefined) await record(given);
const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));

test.each(names)('the log %s loads, verifies and projects as recorded', async (name) => {
  const recording = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as Recording;
  const database = await createTestDatabase();
  const store = await openStore(database.url, { purpose: 'recorded' });
  const { pool } = store.context;
  await pool.query('insert into waybill.event select * from jsonb_populate_recordset(null::waybill.event, $1::jsonb)', [JSON.stringify(recording.events)]);
  await pool.query(`update waybill.head set position = $1, hash = decode($2, 'hex'), at = $3`, [
    recording.head.position,
    recording.head.hash,
    recording.head.at,
  ]);
  await store.rebuildReadModels();
  expect(await store.verify({ head: recording.head })).toEqual({ ok: true, position: recording.head.position });
  // Columns that came later have their defaults; what was recorded is as it was.
  expect(await readModels(store)).toMatchObject(recording.readModels);
  expect(await store.events({ limit: 1000 })).toHaveLength(recording.head.position);
  await store.close();
  await database.drop();
});

test('the newest recorded log holds every event type there is', async () => {
  const newest = JSON.parse(await readFile(new URL(names.toSorted().at(-1) ?? '', folder), 'utf8')) as { events: readonly { type: string }[] };
  expect([...new Set(newest.events.map(({ type }) => type))].toSorted()).toEqual(Object.keys(eventCodecs).toSorted());
});
