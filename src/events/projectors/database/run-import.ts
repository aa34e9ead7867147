import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, Refusal } from '../../../domain/refusal.ts';
import type { Phase, PlanSummary, Progress } from '../../../domain/run/run.ts';
import { fastCandidates } from '../../../engine/apply/fast-load.ts';
import { applicationName, settle, takeLock, type Marker } from '../../../engine/ledger/marker.ts';
import { unlock } from '../../../engine/ledger/marker.sql.ts';
import { ensureTargetSchema, findTargetSchema } from '../../../engine/ledger/target-schema.ts';
import { openArchive, type OpenArchive } from '../../../infra/archive/read-archive.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import { fingerprint } from '../../../infra/postgres/fingerprint.ts';
import { identify } from '../../../infra/postgres/identity.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { watch, type Watcher } from '../../../infra/postgres/watcher.ts';
import type { KnownDatabase } from '../../databases.ts';
import { JobStopped, type RunHandler, type RunJob, type RunOutcome } from '../../job.ts';
import { begin, markAttempt, plan, refuseIssues, refuseStale, write, type ImportTransaction } from './import-transaction.ts';
import { fitArchive, openTarget, readTarget, type Target } from './open-target.ts';
import { stageArchive } from './stage-archive.ts';

/**
 * Applies one import to its target. Only here are the engine's steps put in order: stage, then in one transaction lock,
 * marker, resolve, validate, plan, apply, ledger. Target and store are two databases, so what happened is never decided
 * from memory: an attempt that follows a lost one, or a COMMIT whose answer was lost, asks the marker under the lock.
 */
export type ImportPorts = {
  readonly blobs: BlobStore;
  readonly findDatabase: (name: string) => Promise<KnownDatabase>;
  /** age identities that open encrypted archives. */
  readonly identities: readonly string[];
  /** The plan that was approved, by run. */
  readonly approvedPlan: (runId: string) => Promise<PlanSummary | undefined>;
};

type ImportJob = RunJob<Extract<Parameters<RunHandler<'import'>>[0], { readonly kind: 'import' }>>;

type Attempt = { readonly job: ImportJob; readonly ports: ImportPorts; readonly database: KnownDatabase; readonly session: Session; readonly startedAt: number; readonly phase: ImportTransaction['phase'] };

export const createImportHandler =
  (ports: ImportPorts): RunHandler<'import'> =>
  async (job) => {
    const startedAt = Date.now();
    const database = await ports.findDatabase(job.input.database);
    const progress = trackProgress(job);
    progress.phase('connecting');
    const session = await openTarget(database, applicationName(job.runId, job.attempt));
    const watcher = await watch({ url: database.url, pid: session.pid, onBlocked: (blocked) => progress.wait(`${blocked.application} (process ${blocked.pid})`), onFree: progress.resume });
    const cancel = (): void => void watcher.cancel().catch(() => undefined);
    job.signal.addEventListener('abort', cancel, { once: true });
    try {
      return await runAttempt({ job, ports, database, session, startedAt, phase: progress.phase });
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
const trackProgress = (job: ImportJob): { phase: ImportTransaction['phase']; wait(holder: string): void; resume(): void } => {
  let latest: Progress = { phase: 'queued', tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 };
  const show = (progress: Progress): void => job.progress(progress);
  return {
    phase: (phase: Phase, table?: string, tablesDone?: number) => {
      latest = { ...latest, phase, tablesDone: tablesDone ?? latest.tablesDone, ...(table === undefined ? {} : { table }) };
      show(latest);
    },
    wait: (holder) => show({ ...latest, phase: 'waiting for lock', waitingFor: holder }),
    resume: () => show(latest),
  };
};

const runAttempt = async (attempt: Attempt): Promise<RunOutcome> => {
  const { job, session, database } = attempt;
  const found = await findTargetSchema(session, schemaOf(database));
  if (job.attempt > 1 && found !== undefined) {
    const marker = await settleUnderLock(attempt, session, found);
    if (marker !== undefined) return completed(marker);
  }
  if (job.signal.aborted) return stopped(job);
  try {
    return await importArchive(attempt, found);
  } catch (error) {
    if (job.signal.aborted) return stopped(job);
    throw error;
  }
};

const schemaOf = (database: KnownDatabase): { readonly schema?: string } => (database.waybillSchema === undefined ? {} : { schema: database.waybillSchema });

const completed = (marker: Marker): RunOutcome => {
  if (marker.summary === null) throw new Failure('fault', 'MARKER_WITHOUT_SUMMARY', 'The target says that the run was applied, but not what it did. Look at its waybill.run row.');
  return { state: 'completed', result: marker.summary };
};

const stopped = (job: ImportJob): RunOutcome => {
  if (job.signal.reason instanceof JobStopped && job.signal.reason.stop !== 'cancel') return { state: 'superseded' };
  return { state: 'cancelled', phase: 'applying' };
};

const settleUnderLock = async (attempt: Attempt, session: Session, relations: TargetRelations): Promise<Marker | undefined> => {
  const { job, phase } = attempt;
  const never = new AbortController();
  await takeLock(session, { runId: job.runId, signal: never.signal, waiting: () => phase('waiting for lock') });
  try {
    return await settle(session, relations.run, job.runId, job.attempt);
  } finally {
    await session.run(unlock);
  }
};

type Prepared = { readonly transaction: ImportTransaction; readonly relations: TargetRelations | undefined };

const importArchive = async (attempt: Attempt, found: TargetRelations | undefined): Promise<RunOutcome> => {
  const { job, database, session } = attempt;
  const needsPlanOnly = job.input.approval === 'required' && job.approvedPlanHash === undefined;
  const relations = needsPlanOnly ? found : await ensureTargetSchema(session, schemaOf(database));
  attempt.phase('reading');
  const target = await readTarget(session, database);
  const prepared = await prepare(attempt, target, relations);
  crashPoint('import.staged');
  return needsPlanOnly || prepared.relations === undefined ? planOnly(attempt, prepared.transaction) : applyWithRetries(attempt, prepared.transaction, prepared.relations);
};

const prepare = async (attempt: Attempt, target: Target, relations: TargetRelations | undefined): Promise<Prepared> => {
  const { job, ports, database, session } = attempt;
  const open = (): Promise<OpenArchive> => openArchive(ports.blobs.path(job.input.upload), { identities: ports.identities, targetCatalogue: target.keyed });
  const first = await open();
  const { manifest } = first;
  await first.close();
  const fitted = await fitArchive(target, manifest, database, job.input.tables);
  crashPoint('import.compared');
  attempt.phase('staging');
  let archiveNotes: readonly string[] = [];
  const staged = await stageArchive({ session, serverVersion: target.catalogue.serverVersion, loads: fitted.loads, open: async () => open(), signal: job.signal, progress: (progress) => job.progress(progress), notes: (notes) => (archiveNotes = notes) });
  const identity = relations === undefined ? undefined : await identify(session, { readOnly: job.input.approval === 'required' && job.approvedPlanHash === undefined, ...schemaOf(database) });
  const catalogueFingerprint = fingerprint(target.catalogue, fitted.tables);
  return {
    relations,
    transaction: {
      session,
      runId: job.runId,
      attempt: job.attempt,
      loads: fitted.loads,
      staged,
      relations,
      origin: { ownDatabaseId: identity?.databaseId, sourceDatabaseId: manifest.source.databaseId, provenance: relations?.provenance },
      onError: job.input.onError,
      exclusive: job.input.exclusive,
      pinnedTo: [job.input.upload, catalogueFingerprint, job.input.onError, JSON.stringify(job.input.tables ?? [])],
      catalogueFingerprint,
      blobs: ports.blobs,
      phase: attempt.phase,
      fast: [],
      notes: [...fitted.notes, ...archiveNotes, ...manifest.notCarried.map(({ object, reason }) => `${object} is not in the archive: ${reason}`)],
    },
  };
};

/** A plan to be read first: nothing is written, no sequence moves, and the transaction is rolled back. */
const planOnly = async ({ job, session }: Attempt, transaction: ImportTransaction): Promise<RunOutcome> => {
  await begin(transaction, 'plan');
  try {
    const planned = await plan(transaction);
    await job.planned(planned.summary);
    return { state: 'planned' };
  } finally {
    await session.run(sql`rollback`).catch(() => 0);
  }
};

const driftLimit = 5;

/** What says that the target changed under us: plan again, a bounded number of times; an approved plan is refused instead. */
const driftReason = (error: unknown): string | undefined => {
  const state = sqlStateOf(error);
  if (state?.sqlState === '40001') return 'a row that the plan leans on was changed meanwhile';
  if (state?.sqlState === '40P01') return 'a deadlock with another transaction';
  if (state?.sqlState === '23505') return `another transaction wrote the same key (${state.constraint ?? 'unique'})`;
  if (state?.sqlState === '23503') return `a row that is referred to went away (${state.constraint ?? 'foreign key'})`;
  return error instanceof Failure && error.code === 'ROW_COUNT_DIFFERS' ? error.message : undefined;
};

const applyWithRetries = async (attempt: Attempt, transaction: ImportTransaction, relations: TargetRelations): Promise<RunOutcome> => {
  const { job, session, phase } = attempt;
  phase('waiting for lock');
  await takeLock(session, { runId: job.runId, signal: job.signal, waiting: (holder) => job.progress({ phase: 'waiting for lock', waitingFor: holder, tablesDone: 0, tablesTotal: transaction.loads.length, rows: 0, bytes: 0 }) });
  let rebuildAllowed = job.input.rebuild === 'auto';
  for (let tries = 1; ; tries += 1) {
    const fast = rebuildAllowed ? await fastCandidates({ session, loads: transaction.loads, staged: transaction.staged, exclusive: transaction.exclusive }) : [];
    try {
      return await applyOnce(attempt, { ...transaction, fast }, relations);
    } catch (error) {
      await session.run(sql`rollback`).catch(() => 0);
      if (fast.length > 0 && error instanceof Failure && (error.code === 'REBUILD_DIFFERS' || error.code === 'LOCK_TIMEOUT')) {
        rebuildAllowed = false;
        continue;
      }
      const reason = driftReason(error);
      if (reason === undefined || job.signal.aborted) throw error;
      const table = sqlStateOf(error)?.table;
      const tables = table === undefined ? [] : [`${sqlStateOf(error)?.schema ?? ''}.${table}`];
      await job.drifted(reason, tables);
      if (job.approvedPlanHash !== undefined) throw new Refusal('PLAN_IS_STALE', `The target changed while the approved plan was applied: ${reason}. Nothing was written; make a new plan.`, { drift: [reason] });
      if (tries >= driftLimit) throw new Refusal('TARGET_KEEPS_CHANGING', `The target changed during each of ${driftLimit} tries: ${reason}. Nothing was written; try again, or take --exclusive.`, { tables });
      await sleep(50 * 2 ** tries, undefined, { signal: job.signal }).catch(() => undefined);
    }
  }
};

const applyOnce = async (attempt: Attempt, transaction: ImportTransaction, relations: TargetRelations): Promise<RunOutcome> => {
  const { job, ports, session, startedAt } = attempt;
  await begin(transaction, 'apply');
  if (!(await markAttempt(transaction))) {
    await session.run(sql`rollback`);
    const marker = await settleMarker(attempt, relations);
    return marker === undefined ? { state: 'superseded' } : completed(marker);
  }
  crashPoint('import.marked');
  const planned = await plan(transaction);
  const approved = job.approvedPlanHash === undefined ? undefined : await ports.approvedPlan(job.runId);
  refuseStale(approved === undefined ? undefined : { hash: approved.planHash, tables: approved.tables }, planned.summary);
  if (job.approvedPlanHash === undefined) await job.planned(planned.summary);
  refuseIssues(transaction, planned.summary);
  crashPoint('import.planned');
  const result = await write(transaction, relations, planned, startedAt);
  crashPoint('import.before-commit');
  await commit(attempt, relations);
  crashPoint('import.committed');
  return { state: 'completed', result };
};

/** The session still holds the lock here. */
const settleMarker = ({ job, session }: Attempt, relations: TargetRelations): Promise<Marker | undefined> => settle(session, relations.run, job.runId, job.attempt);

/** A lost answer to COMMIT is not a failed COMMIT: a new session asks the marker, under the lock. */
const commit = async (attempt: Attempt, relations: TargetRelations): Promise<void> => {
  const { job, database, session } = attempt;
  try {
    await session.run(sql`commit`);
  } catch (error) {
    if (!(error instanceof Failure) || !error.retryable || sqlStateOf(error)?.sqlState.startsWith('40') === true) throw error;
    const other = await openTarget(database, applicationName(job.runId, job.attempt + 1));
    try {
      if ((await settleUnderLock(attempt, other, relations)) === undefined) throw error;
    } finally {
      await other.close();
    }
  }
};
