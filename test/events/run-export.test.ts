import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createExportHandler } from '../../src/events/projectors/database/run-export.ts';
import { JobStopped, type RunHandler } from '../../src/events/job.ts';
import type { Progress } from '../../src/domain/run/run.ts';
import { verifyArchive } from '../../src/infra/archive/read-archive.ts';
import { openBlobStore, type BlobStore } from '../../src/infra/blobs/blob-store.ts';
import type { Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { noLog } from '../support/no-log.ts';

let folder: string;
let database: TestDatabase;
let session: Session;
let handler: RunHandler<'export'>;
let blobs: BlobStore;
const seen: Progress[] = [];
let newest: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-export-'));
  database = await createTestDatabase();
  session = await database.session();
  await session.run(
    sql`create table thing (code text primary key, filler text); create materialized view seen as select 1 as one; insert into thing select n::text, repeat('x', 1000) from generate_series(1, 2000) n`,
  );
  seen.length = 0;
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

type Job = Parameters<RunHandler<'export'>>[0];
const job = (input: Partial<Job['input']> = {}, more: Partial<Pick<Job, 'signal' | 'progress'>> = {}): Job => ({
  kind: 'export',
  input: { database: 'shop', compression: 'zstd', recipients: [], ...input },
  runId: '01KGZ7N3C0000000000000000A',
  attempt: 1,
  meta: { actor: 'test', requestId: 'r', client: 'test' },
  signal: new AbortController().signal,
  progress: (progress) => void seen.push(progress),
  resolutions: [],
  planned: async () => undefined,
  drifted: async () => undefined,
  ...more,
});
const files = (): Promise<readonly string[]> => readdir(join(folder, 'backup')).catch(() => []);

test('the archive is named after the database and the time of the request, and its result says what is in it', async () => {
  const outcome = await handler(job());
  const [name] = await files();
  expect(name).toMatch(/^backup_shop_\d{13}\.tar\.zst$/);
  const bytes = await readFile(join(folder, 'backup', name ?? ''));
  expect(outcome).toMatchObject({
    state: 'completed',
    result: {
      kind: 'export',
      file: name,
      archive: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      tables: [{ table: 'public.thing', rows: 2000 }],
      notes: [expect.stringContaining('public.seen is not in the archive')],
    },
  });
  expect(await verifyArchive(join(folder, 'backup', name ?? ''))).toMatchObject({ rows: 2000 });
  expect(seen.at(-1)).toMatchObject({ phase: 'exporting', tablesDone: 1, tablesTotal: 1, rows: 2000 });
});

test('a second attempt replaces what the first left, under the same name', async () => {
  await handler(job());
  const before = await files();
  await writeFile(join(folder, 'backup', before[0] ?? ''), 'half');
  newest = 2;
  await handler({ ...job(), attempt: 2 });
  expect(await files()).toEqual(before);
  expect(await verifyArchive(join(folder, 'backup', before[0] ?? ''))).toMatchObject({ rows: 2000 });
});

test('an attempt that was overtaken does not put its archive over the newer one', async () => {
  newest = 2;
  await handler({ ...job(), attempt: 2 });
  const [name] = await files();
  const before = await readFile(join(folder, 'backup', name ?? ''));
  await session.run(sql`insert into thing values ('later')`);
  expect(await handler(job())).toEqual({ state: 'superseded' });
  expect(await readFile(join(folder, 'backup', name ?? ''))).toEqual(before);
  expect(await files()).toEqual([name]);
});

test('a name of one’s own stays in the backup folder unless it is a whole path', async () => {
  expect(await handler(job({ out: 'mine.tar.gz', compression: 'gzip' }))).toMatchObject({ result: { file: 'mine.tar.gz' } });
  const path = join(folder, 'elsewhere', 'mine.tar.zst');
  expect(await handler(job({ out: path }))).toMatchObject({ result: { file: path } });
  expect(await files()).toEqual(['mine.tar.gz']);
  expect(await readdir(join(folder, 'elsewhere'))).toEqual(['mine.tar.zst']);
});

test('the same database has the same identity, and an export writes nothing into it', async () => {
  await handler(job());
  expect(await session.many(sql`select nspname from pg_namespace where nspname = 'waybill'`)).toEqual([]);
});

test.each(['cancel', 'superseded'] as const)('a run that is stopped (%s) leaves no file and no session', async (cause) => {
  await session.run(sql`insert into thing select 'more' || n, repeat('y', 1000) from generate_series(1, 60000) n`);
  const stop = new AbortController();
  const outcome = await handler(
    job({}, { signal: stop.signal, progress: ({ phase, rows }) => (phase === 'exporting' && rows > 0 ? stop.abort(new JobStopped(cause)) : undefined) }),
  );
  expect(outcome.state).toBe(cause === 'cancel' ? 'cancelled' : 'superseded');
  expect(await files()).toEqual([]);
  await expect
    .poll(() =>
      session.many(
        sql`select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'waybill export%'`,
      ),
    )
    .toEqual([]);
});

test('a wait for a lock is shown, and ends with the lock', async () => {
  const blocker = await database.session('blocker');
  await blocker.run(sql`begin; lock table thing in access exclusive mode`);
  const running = handler(job());
  await expect.poll(() => seen.at(-1), { timeout: 5000 }).toMatchObject({ phase: 'waiting for lock', waitingFor: expect.stringContaining('blocker') });
  await blocker.run(sql`commit`);
  expect((await running).state).toBe('completed');
});

test('a wrong recipient is refused before anything is read', async () => {
  await expect(handler(job({ recipients: ['age1nobody'] }))).rejects.toMatchObject({ kind: 'refusal', code: 'RECIPIENT_INVALID' });
  expect(await files()).toEqual([]);
});

test('the archive is kept as a blob, so that it can be the base of a later merge', async () => {
  const outcome = await handler(job());
  if (outcome.state !== 'completed' || outcome.result.kind !== 'export') throw new Error(outcome.state);
  expect(await blobs.verify(outcome.result.archive.sha256)).toBe(true);
  const [name] = await files();
  await rm(join(folder, 'backup', name ?? ''));
  expect((await verifyArchive(blobs.path(outcome.result.archive.sha256))).rows).toBe(2000);
});

test('an export that cannot be kept is done all the same, and says so', async () => {
  await rm(join(folder, 'blobs'), { recursive: true });
  await writeFile(join(folder, 'blobs'), 'no folder');
  const outcome = await handler(job());
  if (outcome.state !== 'completed') throw new Error(outcome.state);
  expect(outcome.result.notes.at(-1)).toMatch(/could not be kept as the base of a later merge \(E[A-Z]+\)/);
  expect(await files()).toHaveLength(1);
});
