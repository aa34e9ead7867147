import type { Phase, Progress } from '../../../domain/run/run.ts';
import { applicationName } from '../../../engine/ledger/marker.ts';
import { findTargetSchema } from '../../../engine/ledger/target-schema.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import { watch, type Watcher } from '../../../infra/postgres/watcher.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { KnownDatabase } from '../../databases.ts';
import { stopCauseOf, type RunOutcome } from '../../job.ts';
import { completed, settleUnderLock, type ImportPorts, type TargetAttempt, type TargetJob } from './attempt.ts';
import { firstContact } from './first-contact.ts';
import { openTarget } from './open-target.ts';

/**
 * One attempt at a run that writes a target, whatever its kind: a session that is watched from beside (who blocks it, how
 * long its transaction is open, and how to cancel a statement), progress, and the end of both.
 */
export const onTarget = async <Job extends TargetJob>(
  ports: ImportPorts,
  job: Job,
  work: (attempt: TargetAttempt<Job>) => Promise<RunOutcome>,
): Promise<RunOutcome> => {
  const startedAt = Date.now();
  const database = await ports.findDatabase(job.input.database);
  const progress = trackProgress(job);
  progress.phase('connecting');
  const session = await firstContact(job.attempt, () => openTarget(database, applicationName(job.runId, job.attempt)));
  const watcher = await watch({
    url: database.url,
    pid: session.pid,
    onBlocked: (blocked) => progress.wait(`${blocked.application} (process ${blocked.pid})`),
    onFree: progress.resume,
    onTransaction: progress.held,
  });
  const cancel = (): void => void watcher.cancel().catch(() => undefined);
  job.signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work({ job, ports, database, session, startedAt, phase: progress.phase });
  } finally {
    job.signal.removeEventListener('abort', cancel);
    await endQuietly(watcher, session);
  }
};

const endQuietly = async (watcher: Watcher, session: Session): Promise<void> => {
  await watcher.stop();
  await session.close();
};

/** A wait for somebody's lock is shown over whatever phase it interrupts. */
const trackProgress = (job: TargetJob): { phase: TargetAttempt['phase']; wait(holder: string): void; resume(): void; held(seconds: number): void } => {
  let latest: Progress = { phase: 'queued', tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 };
  const show = (progress: Progress): void => job.progress(progress);
  return {
    phase: (phase: Phase, more: Partial<Progress> = {}) => {
      latest = { phase, tablesDone: 0, tablesTotal: latest.tablesTotal, rows: 0, bytes: 0, ...more };
      show(latest);
    },
    wait: (holder) => show({ ...latest, phase: 'waiting for lock', waitingFor: holder }),
    resume: () => show(latest),
    held: (seconds) => {
      if (seconds === 0 || seconds === latest.transactionSeconds) return;
      latest = { ...latest, transactionSeconds: seconds };
      show(latest);
    },
  };
};

/** What an earlier attempt did is asked first; work that was stopped says so. */
export const settledOr = async (attempt: TargetAttempt, work: (found: TargetRelations | undefined) => Promise<RunOutcome>): Promise<RunOutcome> => {
  const { job, session, database } = attempt;
  const found = await findTargetSchema(session, schemaOf(database));
  if (job.attempt > 1 && found !== undefined) {
    const marker = await settleUnderLock(attempt, session, found);
    if (marker !== undefined) return completed(marker);
  }
  if (job.signal.aborted) return stopped(job);
  try {
    return await work(found);
  } catch (error) {
    if (job.signal.aborted) return stopped(job);
    throw error;
  }
};

export const schemaOf = (database: KnownDatabase): { readonly schema?: string } =>
  database.waybillSchema === undefined ? {} : { schema: database.waybillSchema };

const stopped = (job: TargetJob): RunOutcome => {
  const cause = stopCauseOf(job.signal);
  if (cause !== undefined && cause !== 'cancel') return { state: 'superseded' };
  return { state: 'cancelled', phase: 'applying' };
};
