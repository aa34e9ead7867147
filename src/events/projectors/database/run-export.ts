import { ulid } from 'ulid';
import type { ExportResult, Progress } from '../../../domain/run/run.ts';
import type { DatabaseIdentity } from '../../../infra/archive/manifest.ts';
import { preflight } from '../../../infra/postgres/preflight.ts';
import { openSession } from '../../../infra/postgres/session.ts';
import { watch } from '../../../infra/postgres/watcher.ts';
import { JobStopped, type RunHandler, type RunJob, type RunOutcome } from '../../job.ts';
import { exportArchive } from './export-archive.ts';
import { exportDocument } from './export-nested.ts';
import type { ExportAttempt, ExportJob, ExportPorts } from './export-run.ts';
import { exportTables } from './export-tables.ts';
import { firstContact } from './first-contact.ts';
import { meetDatabase, type Met } from './meet-database.ts';

/** Exports one database, or a selection of it, into one archive or into files that people read. The source is only read. */
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

type Begun = Omit<ExportAttempt, 'identity' | 'mayPublish'>;

const write = async (begun: Begun): Promise<RunOutcome> => {
  const { job, ports, database, session, startedAt } = begun;
  const met = await meetDatabase({ session, database, purpose: 'export', ports, meta: job.meta });
  const attempt: ExportAttempt = {
    ...begun,
    identity: identityOf(met),
    mayPublish: async () => {
      const current = await ports.currentAttempt(job.runId);
      if (current !== undefined && current !== job.attempt) throw new JobStopped('superseded');
    },
  };
  const written = await writeAs(attempt);
  const result: ExportResult = {
    kind: 'export',
    ...written,
    seconds: (Date.now() - startedAt) / 1000,
    notes: [...met.notes, ...written.notes],
  };
  return { state: 'completed', result };
};

const writeAs = (attempt: ExportAttempt): Promise<Pick<ExportResult, 'file' | 'archive' | 'files' | 'tables' | 'notes'>> => {
  const { format = 'archive' } = attempt.job.input;
  if (format === 'json') return exportDocument(attempt);
  return format === 'archive' ? exportArchive(attempt) : exportTables(attempt, format);
};

/** A server that does not say which one it is gives every export a source of its own. */
const identityOf = ({ identity: { name, systemIdentifier, oid }, databaseId }: Met): DatabaseIdentity => ({
  databaseId: databaseId ?? ulid(),
  name,
  systemIdentifier,
  oid,
});

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
