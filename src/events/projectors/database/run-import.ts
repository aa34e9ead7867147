import { tableId } from '../../../domain/catalogue/catalogue.ts';
import type { Mode } from '../../../domain/merge/verdict-table.ts';
import type { ConflictPolicy, Phase, Progress } from '../../../domain/run/run.ts';
import { applicationName } from '../../../engine/ledger/marker.ts';
import { ensureTargetSchema, findTargetSchema } from '../../../engine/ledger/target-schema.ts';
import { loadId, type Load } from '../../../engine/load.ts';
import { recipientOf } from '../../../infra/archive/encrypt.ts';
import { openArchive, type OpenArchive } from '../../../infra/archive/read-archive.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { fingerprint } from '../../../infra/postgres/fingerprint.ts';
import { identify } from '../../../infra/postgres/identity.ts';
import { introspect } from '../../../infra/postgres/introspect.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { watch, type Watcher } from '../../../infra/postgres/watcher.ts';
import type { KnownDatabase } from '../../databases.ts';
import { stopCauseOf, type RunHandler, type RunOutcome } from '../../job.ts';
import { applyWithRetries } from './apply-retries.ts';
import { completed, settleUnderLock, type Attempt, type ImportJob, type ImportPorts } from './attempt.ts';
import { begin, plan, type ImportTransaction } from './import-transaction.ts';
import { firstContact } from './first-contact.ts';
import { fitArchive, openTarget, readTarget, type Target } from './open-target.ts';
import { stageArchive, type Said } from './stage-archive.ts';

/**
 * Applies one import to its target. Only here are the engine's steps put in order: stage, then in one transaction lock,
 * marker, resolve, validate, plan, apply, ledger. Target and store are two databases, so what happened is never decided
 * from memory: an attempt that follows a lost one, or a COMMIT whose answer was lost, asks the marker under the lock.
 */
export const createImportHandler =
  (ports: ImportPorts): RunHandler<'import' | 'merge' | 'replace'> =>
  async (job) => {
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
      return await publishRejects(ports, await runAttempt({ job, ports, database, session, startedAt, phase: progress.phase }));
    } finally {
      job.signal.removeEventListener('abort', cancel);
      await endQuietly(watcher, session);
    }
  };

/** The file is in the blob store since before COMMIT; its name in the backup folder comes after, and again if that was interrupted. */
const publishRejects = async (ports: ImportPorts, outcome: RunOutcome): Promise<RunOutcome> => {
  if (outcome.state === 'completed' && outcome.result.kind === 'import' && outcome.result.rejectFile !== undefined)
    await ports.publishReject(outcome.result.rejectFile);
  return outcome;
};

const endQuietly = async (watcher: Watcher, session: Session): Promise<void> => {
  await watcher.stop();
  await session.close();
};

/** A wait for somebody's lock is shown over whatever phase it interrupts. */
const trackProgress = (job: ImportJob): { phase: ImportTransaction['phase']; wait(holder: string): void; resume(): void; held(seconds: number): void } => {
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

const stopped = (job: ImportJob): RunOutcome => {
  const cause = stopCauseOf(job.signal);
  if (cause !== undefined && cause !== 'cancel') return { state: 'superseded' };
  return { state: 'cancelled', phase: 'applying' };
};

const modeOf = (job: ImportJob): Mode => (job.kind === 'import' || job.kind === 'replace' ? job.kind : 'merge');

const policyOf = (job: ImportJob, load: Load): ConflictPolicy =>
  job.kind === 'merge' ? (job.input.conflictPolicies?.[loadId(load)] ?? job.input.onConflict) : 'incoming';

type Prepared = { readonly transaction: ImportTransaction; readonly relations: TargetRelations | undefined };

const importArchive = async (attempt: Attempt, found: TargetRelations | undefined): Promise<RunOutcome> => {
  const { job, database, session } = attempt;
  const needsPlanOnly = job.input.approval === 'required' && job.approvedPlanHash === undefined;
  const relations = needsPlanOnly ? found : await ensureTargetSchema(session, schemaOf(database));
  attempt.phase('reading');
  const target = await readTarget(session, database);
  const prepared = await prepare(attempt, target, relations);
  crashPoint('import.staged');
  return needsPlanOnly || prepared.relations === undefined
    ? planOnly(attempt, prepared.transaction)
    : applyWithRetries(attempt, prepared.transaction, prepared.relations);
};

const prepare = async (attempt: Attempt, target: Target, relations: TargetRelations | undefined): Promise<Prepared> => {
  const { job, ports, database, session } = attempt;
  const open = (): Promise<OpenArchive> => openArchive(ports.blobs.path(job.input.upload), { identities: ports.identities, targetCatalogue: target.keyed });
  const first = await open();
  const { manifest, encrypted } = first;
  await first.close();
  const fitted = await fitArchive(target, manifest, database, job.input.tables);
  crashPoint('import.compared');
  attempt.phase('staging');
  let said: Said = { notes: [], issues: [] };
  const staged = await stageArchive({
    session,
    serverVersion: target.catalogue.serverVersion,
    loads: fitted.loads,
    open: async () => open(),
    signal: job.signal,
    progress: (progress) => job.progress(progress),
    said: (by) => (said = by),
  });
  const identity =
    relations === undefined
      ? undefined
      : await identify(session, { readOnly: job.input.approval === 'required' && job.approvedPlanHash === undefined, ...schemaOf(database) });
  if (identity?.databaseId !== undefined) await ports.identified(database.name, { ...identity, databaseId: identity.databaseId }, job.meta);
  const catalogueFingerprint = fingerprint(target.catalogue, fitted.tables);
  const around = new Set([...fitted.tables, ...fitted.loads.flatMap((load) => load.target.references.map((reference) => tableId(reference.parent)))]);
  const before = fingerprint(target.catalogue, around);
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
      kind: job.kind,
      mode: modeOf(job),
      policyOf: (load) => policyOf(job, load),
      onError: job.input.onError,
      exclusive: job.input.exclusive,
      pinnedTo: [job.input.upload, catalogueFingerprint, job.input.onError, JSON.stringify(job.input.tables ?? [])],
      catalogueFingerprint,
      isCatalogueSame: async () => fingerprint(await introspect(session), around) === before,
      blobs: ports.blobs,
      // A cancel that comes between two statements has no statement to stop.
      phase: (...shown) => {
        job.signal.throwIfAborted();
        attempt.phase(...shown);
      },
      fast: [],
      failedPlan: undefined,
      leftOver: said.issues,
      archive: {
        sha256: job.input.upload,
        databaseId: manifest.source.databaseId,
        ...(manifest.lineage.run === undefined ? {} : { run: manifest.lineage.run }),
      },
      rejects: { manifest, timestamp: new Date().toISOString(), recipients: encrypted ? await Promise.all(ports.identities.map(recipientOf)) : [] },
      notes: [...fitted.notes, ...said.notes, ...manifest.notCarried.map(({ object, reason }) => `${object} is not in the archive: ${reason}`)],
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
