import { mkdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { decodeTime, isValid, ulid } from 'ulid';
import type { Progress } from '../../../domain/run/run.ts';
import { exportDatabase, type Exported } from '../../../engine/export/export-database.ts';
import { createArchiveWriter, type ArchiveWriter } from '../../../infra/archive/write-archive.ts';
import type { DatabaseIdentity } from '../../../infra/archive/manifest.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { removeStaleFiles } from '../../../infra/files/atomic-file.ts';
import { preflight } from '../../../infra/postgres/preflight.ts';
import { openSession, type Session } from '../../../infra/postgres/session.ts';
import { watch } from '../../../infra/postgres/watcher.ts';
import type { KnownDatabase } from '../../databases.ts';
import { JobStopped, type RunHandler, type RunJob, type RunOutcome } from '../../job.ts';
import { firstContact } from './first-contact.ts';
import { meetDatabase, type Met, type MeetingPorts } from './meet-database.ts';

/**
 * Exports one database into one archive. The source is only read. The archive gets its name when all of it is on disk, so
 * an attempt that dies leaves a temporary file, which the next one clears away; one that died after the rename is simply
 * done again under the same name.
 */
export type ExportPorts = MeetingPorts & {
  /** Keeps the archive: whoever takes it in and sends an archive of his own gives a merge here its base. */
  readonly blobs: Pick<BlobStore, 'keep'>;
  readonly findDatabase: (name: string) => Promise<KnownDatabase>;
  readonly backupDir: string;
  /** Number of the newest attempt at a run: an older one, stopped and continued, must not put its archive over the newer one's. */
  readonly currentAttempt: (runId: string) => Promise<number | undefined>;
};

type ExportJob = Parameters<RunHandler<'export'>>[0];

export const createExportHandler =
  (ports: ExportPorts): RunHandler<'export'> =>
  async (job) => {
    const startedAt = Date.now();
    const show = trackProgress(job);
    show.latest({ phase: 'connecting', tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 });
    const database = await ports.findDatabase(job.input.database);
    const session = await firstContact(job.attempt, () => openSession(database.url, { purpose: `export ${job.runId}` }));
    const watcher = await watch({
      url: database.url,
      pid: session.pid,
      onBlocked: ({ application, pid }) => show.wait(`${application} (process ${pid})`),
      onFree: show.resume,
    }).catch(async (error: unknown) => {
      await session.close();
      throw error;
    });
    const cancel = (): void => void watcher.cancel().catch(() => undefined);
    job.signal.addEventListener('abort', cancel, { once: true });
    try {
      job.signal.throwIfAborted();
      await preflight(session, { purpose: 'read', another: () => openSession(database.url, { purpose: 'preflight' }) });
      return await write({ job, ports, database, session, startedAt, progress: show.latest });
    } catch (error) {
      if (error instanceof JobStopped && error.stop === 'superseded') return { state: 'superseded' };
      if (job.signal.aborted) return stopped(job);
      throw error;
    } finally {
      job.signal.removeEventListener('abort', cancel);
      await watcher.stop();
      await session.close();
    }
  };

const stopped = (job: RunJob): RunOutcome =>
  job.signal.reason instanceof JobStopped && job.signal.reason.stop !== 'cancel' ? { state: 'superseded' } : { state: 'cancelled', phase: 'exporting' };

type Attempt = {
  readonly job: ExportJob;
  readonly ports: ExportPorts;
  readonly database: KnownDatabase;
  readonly session: Session;
  readonly startedAt: number;
  readonly progress: (progress: Progress) => void;
};

const write = async (attempt: Attempt): Promise<RunOutcome> => {
  const { job, ports, database, session, startedAt } = attempt;
  const met = await meetDatabase({ session, database, purpose: 'export', ports, meta: job.meta });
  const target = targetOf(job, ports, startedAt);
  await mkdir(dirname(target), { recursive: true });
  await removeStaleFiles(dirname(target));
  const writer = await createArchiveWriter(target, { compression: job.input.compression, recipients: job.input.recipients });
  try {
    const exported = await exportDatabase(session, {
      ...(job.input.tables === undefined ? {} : { tables: job.input.tables }),
      settings: database.tables,
      ...(database.waybillSchema === undefined ? {} : { waybillSchema: database.waybillSchema }),
      identity: identityOf(met),
      runId: job.runId,
      timestamp: new Date(startedAt).toISOString(),
      writer: watched(writer, async () => {
        const current = await ports.currentAttempt(job.runId);
        if (current !== undefined && current !== job.attempt) throw new JobStopped('superseded');
      }),
      progress: attempt.progress,
      signal: job.signal,
    });
    const kept = await keepArchive(ports, target, exported);
    return {
      state: 'completed',
      result: {
        kind: 'export',
        file: shownName(job, target),
        archive: { sha256: exported.archive.sha256, bytes: exported.archive.bytes },
        tables: exported.tables.map(({ table, rows, bytes }) => ({ table, rows, bytes })),
        seconds: (Date.now() - startedAt) / 1000,
        notes: [...met.notes, ...notesOf(exported), ...kept],
      },
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
};

/** The export itself is done: a full disk, where the archive had to be copied, is no reason to lose it. */
const keepArchive = async ({ blobs }: ExportPorts, target: string, { archive }: Exported): Promise<readonly string[]> => {
  try {
    await blobs.keep(target, archive.sha256);
    return [];
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'the blob folder failed';
    return [`The archive could not be kept as the base of a later merge (${reason}). Upload it before you merge what comes back.`];
  }
};

const watched = (writer: ArchiveWriter, mayPublish: () => Promise<void>): ArchiveWriter => ({
  ...writer,
  begin: async (manifest) => {
    crashPoint('export.snapshot');
    await writer.begin(manifest);
    crashPoint('export.begun');
  },
  finish: async () => {
    const written = await writer.finish(async () => {
      crashPoint('export.written');
      await mayPublish();
    });
    crashPoint('export.published');
    return written;
  },
});

/** A server that does not say which one it is gives every export a source of its own. */
const identityOf = ({ identity: { name, systemIdentifier, oid }, databaseId }: Met): DatabaseIdentity => ({
  databaseId: databaseId ?? ulid(),
  name,
  systemIdentifier,
  oid,
});

/** The same name for every attempt of a run, so that a second one replaces what the first may have left. */
const targetOf = ({ input, runId }: ExportJob, { backupDir }: ExportPorts, startedAt: number): string => {
  if (input.out !== undefined) return isAbsolute(input.out) ? input.out : join(resolve(backupDir), basename(input.out));
  const id = runId.slice(-26);
  const requestedAt = isValid(id) ? decodeTime(id) : startedAt;
  return join(
    resolve(backupDir),
    `backup_${input.database.replaceAll(/[^A-Za-z0-9._-]+/g, '_')}_${requestedAt}.tar.${input.compression === 'zstd' ? 'zst' : 'gz'}`,
  );
};

/** Folders of the server are nobody's business; a caller who named a path gets that path back. */
const shownName = ({ input }: ExportJob, target: string): string => (input.out !== undefined && isAbsolute(input.out) ? target : basename(target));

const notesOf = ({ manifest }: Exported): readonly string[] => manifest.notCarried.map(({ object, reason }) => `${object} is not in the archive: ${reason}`);

/** A wait for somebody's lock is shown over whatever it interrupts. */
const trackProgress = (job: ExportJob): { latest(progress: Progress): void; wait(holder: string): void; resume(): void } => {
  let latest: Progress = { phase: 'queued', tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 };
  return {
    latest: (progress) => {
      latest = progress;
      job.progress(progress);
    },
    wait: (holder) => job.progress({ ...latest, phase: 'waiting for lock', waitingFor: holder }),
    resume: () => job.progress(latest),
  };
};
