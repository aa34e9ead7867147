import { tableId } from '../../../domain/catalogue/catalogue.ts';
import type { ConflictPolicy } from '../../../domain/run/run.ts';
import { ensureTargetSchema } from '../../../engine/ledger/target-schema.ts';
import { loadId, type Load } from '../../../engine/load.ts';
import { recipientOf } from '../../../infra/archive/encrypt.ts';
import { openArchive, type OpenArchive } from '../../../infra/archive/read-archive.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { fingerprint } from '../../../infra/postgres/fingerprint.ts';
import { introspect } from '../../../infra/postgres/introspect.ts';
import type { Manifest } from '../../../infra/archive/manifest.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { RunHandler, RunOutcome } from '../../job.ts';
import { applyWithRetries } from './apply-retries.ts';
import type { Attempt, ImportJob, ImportPorts } from './attempt.ts';
import { begin, type ImportTransaction } from './import-transaction.ts';
import { plan } from './plan-transaction.ts';
import { prepareMerge, type Ground } from './prepare-merge.ts';
import { meetDatabase } from './meet-database.ts';
import { onTarget, schemaOf, settledOr } from './on-target.ts';
import { fitArchive, readTarget, type Fitted, type Target } from './open-target.ts';
import { stageArchive, type Said } from './stage-archive.ts';

/**
 * Applies one import to its target. Only here are the engine's steps put in order: stage, then in one transaction lock,
 * marker, resolve, validate, plan, apply, ledger. Target and store are two databases, so what happened is never decided
 * from memory: an attempt that follows a lost one, or a COMMIT whose answer was lost, asks the marker under the lock.
 */
export const createImportHandler =
  (ports: ImportPorts): RunHandler<'import' | 'merge' | 'replace'> =>
  async (job) =>
    publishRejects(ports, await onTarget(ports, job, runAttempt));

/** The file is in the blob store since before COMMIT; its name in the backup folder comes after, and again if that was interrupted. */
const publishRejects = async (ports: ImportPorts, outcome: RunOutcome): Promise<RunOutcome> => {
  if (outcome.state === 'completed' && 'rejectFile' in outcome.result && outcome.result.rejectFile !== undefined)
    await ports.publishReject(outcome.result.rejectFile);
  return outcome;
};

const runAttempt = async (attempt: Attempt): Promise<RunOutcome> => settledOr(attempt, (found) => importArchive(attempt, found));

const policyOf = (job: ImportJob, load: Load): ConflictPolicy =>
  job.kind === 'merge' ? (job.input.conflictPolicies?.[loadId(load)] ?? job.input.onConflict) : 'incoming';

type Prepared = { readonly transaction: ImportTransaction; readonly relations: TargetRelations | undefined };

const importArchive = async (attempt: Attempt, found: TargetRelations | undefined): Promise<RunOutcome> => {
  const { job, database, session } = attempt;
  const needsPlanOnly = job.input.approval === 'required' && job.approvedPlanHash === undefined;
  const relations = needsPlanOnly ? found : await ensureTargetSchema(session, schemaOf(database));
  attempt.phase('reading');
  const target = await readTarget(session, database);
  const met = await meetDatabase({ session, database, purpose: needsPlanOnly ? 'plan' : 'write', ports: attempt.ports, meta: job.meta });
  const prepared = await prepare(attempt, { target, relations, met });
  crashPoint('import.staged');
  return needsPlanOnly || prepared.relations === undefined
    ? planOnly(attempt, prepared.transaction)
    : applyWithRetries(attempt, prepared.transaction, prepared.relations);
};

const notCarried = ({ notCarried: left }: Manifest): readonly string[] => left.map(({ object, reason }) => `${object} is not in the archive: ${reason}`);

/** What the plan leans on of the catalogue: the tables and their parents; where rows go, every table, since any may refer to them. */
const pinCatalogue = (
  session: Session,
  { catalogue }: Target,
  { tables, loads }: Fitted,
  deletes: boolean,
): Pick<ImportTransaction, 'catalogueFingerprint' | 'isCatalogueSame'> => {
  const near = new Set([...tables, ...loads.flatMap((load) => load.target.references.map((reference) => tableId(reference.parent)))]);
  const around = deletes ? undefined : near;
  const before = fingerprint(catalogue, around);
  return {
    catalogueFingerprint: fingerprint(catalogue, tables),
    isCatalogueSame: async () => fingerprint(await introspect(session), around) === before,
  };
};

const archiveOf = ({ input }: ImportJob, { source, lineage }: Manifest): ImportTransaction['archive'] => ({
  sha256: input.upload,
  databaseId: source.databaseId,
  ...(lineage.run === undefined ? {} : { run: lineage.run }),
  ...(input.file === undefined ? {} : { file: input.file }),
});

const pinnedBy = ({ input }: ImportJob, catalogueFingerprint: string): readonly string[] => [
  input.upload,
  catalogueFingerprint,
  input.onError,
  JSON.stringify(input.tables ?? []),
  ...(input.file === undefined ? [] : [JSON.stringify(input.file)]),
];

const openUpload = ({ ports, job }: Attempt, { keyed }: Target): Promise<OpenArchive> => {
  const { identities, limits, blobs } = ports;
  return openArchive(blobs.path(job.input.upload), { identities, limits, targetCatalogue: keyed, file: job.input.file });
};

const prepare = async (attempt: Attempt, { target, relations, met }: Ground): Promise<Prepared> => {
  const { job, ports, database, session } = attempt;
  const open = (): Promise<OpenArchive> => openUpload(attempt, target);
  const first = await open();
  const { manifest, encrypted } = first;
  await first.close();
  const fitted = await fitArchive(target, manifest, database, { tables: job.input.tables, needsAll: job.kind === 'import' });
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
  const merging = await prepareMerge(attempt, { target, relations, met, manifest, loads: fitted.loads });
  const pinned = pinCatalogue(session, target, fitted, merging.deletes);
  return {
    relations,
    transaction: {
      session,
      runId: job.runId,
      attempt: job.attempt,
      loads: fitted.loads,
      staged,
      relations,
      storeId: met.storeId,
      origin: { ownDatabaseId: met.databaseId, sourceDatabaseId: manifest.source.databaseId, provenance: relations?.provenance },
      kind: job.kind,
      ...merging,
      policyOf: (load) => policyOf(job, load),
      keyed: target.keyed,
      catalogueTables: target.catalogue.tables,
      onError: job.input.onError,
      exclusive: job.input.exclusive,
      pinnedTo: [...pinnedBy(job, pinned.catalogueFingerprint), ...merging.pinnedTo],
      ...pinned,
      blobs: ports.blobs,
      // A cancel that comes between two statements has no statement to stop.
      phase: (...shown) => {
        job.signal.throwIfAborted();
        attempt.phase(...shown);
      },
      fast: [],
      failedPlan: undefined,
      leftOver: said.issues,
      lines: first.lines,
      archive: archiveOf(job, manifest),
      rejects: { manifest, timestamp: new Date().toISOString(), recipients: encrypted ? await Promise.all(ports.identities.map(recipientOf)) : [] },
      notes: [...met.notes, ...fitted.notes, ...merging.notes, ...said.notes, ...notCarried(manifest)],
    },
  };
};

/** A plan to be read first: nothing is written, no sequence moves, and the transaction is rolled back. */
const planOnly = async ({ job, session }: Attempt, transaction: ImportTransaction): Promise<RunOutcome> => {
  await begin(transaction, 'plan');
  try {
    const planned = await plan(transaction, { resolutions: job.resolutions, rows: 'always', guards: false });
    await job.planned(planned.summary);
    return { state: 'planned' };
  } finally {
    await session.run(sql`rollback`).catch(() => 0);
  }
};
