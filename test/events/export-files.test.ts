import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Refusal } from '../../src/domain/refusal.ts';
import type { ExportInput, ExportResult } from '../../src/domain/run/run.ts';
import type { RunHandler } from '../../src/events/job.ts';
import { createExportHandler } from '../../src/events/projectors/database/run-export.ts';
import { verifyArchive } from '../../src/infra/archive/read-archive.ts';
import { openBlobStore, type BlobStore } from '../../src/infra/blobs/blob-store.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { noLog } from '../support/no-log.ts';

let folder: string;
let database: TestDatabase;
let blobs: BlobStore;
let handler: RunHandler<'export'>;
let newest: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-files-'));
  database = await createTestDatabase();
  const session = await database.session();
  await session.run(
    sql`create table shop (code text primary key, name text); create schema other; create table other.shop (n int primary key, shop text references shop); create table bare ();
    create table "../odd: ""name""" (n int); insert into shop values ('a', null), ('b', ''), ('c', 'NULL'); insert into other.shop values (1, 'b'); insert into bare default values`,
  );
  newest = 1;
  blobs = await openBlobStore(join(folder, 'blobs'));
  handler = createExportHandler({
    blobs,
    backupDir: join(folder, 'backup'),
    exchangeDir: join(folder, 'exchange'),
    identified: async () => undefined,
    log: noLog,
    currentAttempt: async () => newest,
    findDatabase: async (name) => ({ name, url: database.url, tables: {} }),
  });
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const run = async (input: Partial<ExportInput>): Promise<ExportResult> => {
  const outcome = await handler({
    kind: 'export',
    input: { database: 'shop', compression: 'zstd', recipients: [], ...input },
    runId: '01KGZ7N3C0000000000000000A',
    attempt: 1,
    meta: { actor: 'test', requestId: 'r', client: 'test' },
    signal: new AbortController().signal,
    progress: () => undefined,
    resolutions: [],
    planned: async () => undefined,
    drifted: async () => undefined,
  });
  if (outcome.state !== 'completed' || outcome.result.kind !== 'export') throw new Error(`It was ${JSON.stringify(outcome)}`);
  return outcome.result;
};

const listed = (name: string): Promise<readonly string[]> => readdir(join(folder, name)).catch(() => []);
const shop = 'code,name\na,\nb,""\nc,NULL\n';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('a table becomes a file of its name in the exchange folder, for everybody to read, and a blob that nobody can edit there', async () => {
  const result = await run({ format: 'csv', tables: ['public.shop'] });
  expect(result).toMatchObject({
    file: 'shop.csv',
    files: [{ name: 'shop.csv', table: 'public.shop', rows: 3, bytes: shop.length, sha256: hashOf(shop) }],
    tables: [{ table: 'public.shop', rows: 3, bytes: shop.length }],
  });
  const path = join(folder, 'exchange', 'shop.csv');
  expect(await readFile(path, 'utf8')).toBe(shop);
  const [there, kept] = [await stat(path), await stat(blobs.path(hashOf(shop)))];
  expect(there.mode & 0o777).toBe(0o644);
  expect(there.ino).not.toBe(kept.ino);
  expect(await listed('exchange')).toEqual(['shop.csv']);
});

test('several tables become several files, each under a name that any file system takes; one without columns is named', async () => {
  const result = await run({ format: 'jsonl' });
  expect((await listed('exchange')).toSorted()).toEqual(['_._odd_ _name_.jsonl', 'other.shop.jsonl', 'shop.jsonl']);
  expect(await readFile(join(folder, 'exchange', 'shop.jsonl'), 'utf8')).toBe('{"code":"a","name":null}\n{"code":"b","name":""}\n{"code":"c","name":"NULL"}\n');
  expect(await readFile(join(folder, 'exchange', '_._odd_ _name_.jsonl'), 'utf8')).toBe('');
  expect(result.notes.join()).toContain('public.bare has no column');
});

test('what somebody had put or edited there is kept before it is replaced; what Waybill wrote is not', async () => {
  await run({ format: 'csv', tables: ['public.shop'] });
  expect((await run({ format: 'csv', tables: ['public.shop'] })).notes).toEqual([]);
  await writeFile(join(folder, 'exchange', 'shop.csv'), 'edited');
  const { notes } = await run({ format: 'csv', tables: ['public.shop'] });
  expect(notes).toEqual([expect.stringContaining(hashOf('edited'))]);
  expect(await readFile(blobs.path(hashOf('edited')), 'utf8')).toBe('edited');
});

test('a link that lies in wait under the name is replaced, not followed', async () => {
  await mkdir(join(folder, 'exchange'));
  await writeFile(join(folder, 'victim'), 'mine');
  await symlink(join(folder, 'victim'), join(folder, 'exchange', 'shop.csv'));
  await run({ format: 'csv', tables: ['public.shop'] });
  expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('mine');
  expect(await readFile(join(folder, 'exchange', 'shop.csv'), 'utf8')).toBe(shop);
});

test('one file for one table: several are refused before anything is written', async () => {
  await expect(run({ format: 'csv', out: 'all.csv' })).rejects.toMatchObject({ code: 'ONE_FILE_FOR_ONE_TABLE' });
  await expect(run({ format: 'csv', tables: ['bare'] })).rejects.toMatchObject({ code: 'NOTHING_TO_EXPORT' });
  await expect(run({ format: 'csv', tables: ['nowhere'] })).rejects.toBeInstanceOf(Refusal);
  expect([await listed('exchange'), await listed('backup')]).toEqual([[], []]);
});

test('a name of one’s own, in any of the folders, as a whole path, or in the blob store alone', async () => {
  expect(await run({ format: 'csv', tables: ['public.shop'], out: 'mine.csv' })).toMatchObject({ file: 'mine.csv' });
  expect(await run({ format: 'csv', tables: ['public.shop'], out: 'mine.csv', to: 'backup' })).toMatchObject({ file: 'mine.csv' });
  const path = join(folder, 'elsewhere', 'mine.csv');
  expect(await run({ format: 'csv', tables: ['public.shop'], out: path })).toMatchObject({ file: path });
  expect(await run({ format: 'csv', tables: ['other.shop'], to: 'store' })).toMatchObject({
    file: 'other.shop.csv',
    archive: { sha256: hashOf('n,shop\n1,b\n') },
  });
  expect([await listed('exchange'), await listed('backup'), await listed('elsewhere')]).toEqual([['mine.csv'], ['mine.csv'], ['mine.csv']]);
});

test('an archive goes to the exchange folder or the blob store alone just as well', async () => {
  const shared = await run({ to: 'exchange' });
  expect(await listed('exchange')).toEqual([shared.file]);
  expect(await verifyArchive(join(folder, 'exchange', shared.file))).toMatchObject({ tables: expect.anything(), rows: 5 });
  const stored = await run({ to: 'store' });
  expect(await verifyArchive(blobs.path(stored.archive.sha256))).toMatchObject({ rows: 5 });
  expect([await listed('exchange'), await listed('backup')]).toEqual([[shared.file], []]);
});

test('an attempt that was overtaken puts no file over the newer one’s', async () => {
  newest = 2;
  await expect(run({ format: 'csv', tables: ['public.shop'] })).rejects.toThrow('superseded');
  expect(await listed('exchange')).toEqual([]);
});

test('nested JSON is one document of all its tables, under the table’s name where it is one', async () => {
  const whole = await run({ format: 'json' });
  const path = join(folder, 'exchange', 'database_export.json');
  const text = await readFile(path, 'utf8');
  expect(whole).toMatchObject({
    file: 'database_export.json',
    archive: { sha256: hashOf(text) },
    files: [{ name: 'database_export.json', rows: 5, sha256: hashOf(text), bytes: Buffer.byteLength(text) }],
    notes: [],
  });
  expect(JSON.parse(text)).toMatchObject({
    shop: [{ code: 'a' }, { code: 'b', name: '', 'other.shop': [{ n: 1, shop: 'b' }] }, { code: 'c' }],
    bare: [{}],
    export_info: { total_shop: 3, 'total_other.shop': 1, timestamp: expect.stringMatching(/^\d{4}-/) },
  });
  expect((await run({ format: 'json', tables: ['public.shop'], to: 'store' })).files).toMatchObject([{ name: 'shop.json', table: 'public.shop', rows: 3 }]);
  await writeFile(path, '{}');
  expect((await run({ format: 'json' })).notes).toEqual([
    `database_export.json was there before and was not Waybill's; it is kept in the blob store as ${hashOf('{}')}.`,
  ]);
});
