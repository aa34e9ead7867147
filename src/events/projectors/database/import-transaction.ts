import type { Table } from '../../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../../domain/catalogue/key.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { Issue } from '../../../domain/issue.ts';
import type { Mode } from '../../../domain/merge/verdict-table.ts';
import type { ConflictPolicy, DeleteGuard, ErrorPolicy, Phase, PlanSummary, Progress, WriteKind, WriteResult } from '../../../domain/run/run.ts';
import { impatient, lockForRebuild, patient } from '../../../engine/apply/fast-load.sql.ts';
import { lockTables } from '../../../engine/apply/lock.sql.ts';
import type { OriginMatch } from '../../../engine/companion.sql.ts';
import { insertMarker, lockInTransaction } from '../../../engine/ledger/marker.sql.ts';
import type { Load, Staged } from '../../../engine/load.ts';
import type { BaseArchive } from '../../../engine/plan/base.ts';
import { driftBetween } from '../../../engine/plan/plan.ts';
import { driftedRows } from './drifted-rows.ts';
import type { OpenArchive } from '../../../infra/archive/read-archive.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { Planned } from './plan-transaction.ts';
import type { RejectSource } from './write-reject-file.ts';

/**
 * One attempt at one transaction (ENGINE-RULES 11): lock, marker, plan, writes, ledger, COMMIT. REPEATABLE READ, so what an
 * application changes meanwhile gives a serialisation error and never a lost edit. Whoever calls retries or refuses.
 */
export type ImportTransaction = {
  readonly session: Session;
  readonly kind: Exclude<WriteKind, 'rollback'>;
  readonly runId: string;
  readonly attempt: number;
  readonly loads: readonly Load[];
  readonly staged: readonly Staged[];
  readonly relations: TargetRelations | undefined;
  readonly origin: OriginMatch;
  /** Which log has the run. */
  readonly storeId: string;
  readonly mode: Mode;
  readonly policyOf: (load: Load) => ConflictPolicy;
  /** Tables of the target with their keys, for names; all of its tables, for references. */
  readonly keyed: readonly KeyedTable[];
  readonly catalogueTables: readonly Table[];
  /** Archives that both sides held, newest first. */
  readonly bases: readonly BaseArchive[];
  readonly deletes: boolean;
  readonly maxDeletes: DeleteGuard['maxDeletes'];
  readonly onError: ErrorPolicy;
  readonly exclusive: boolean;
  /** What the plan is pinned to besides rows: archive, catalogue, settings. */
  readonly pinnedTo: readonly string[];
  readonly catalogueFingerprint: string;
  /** Reads the catalogue again, in the transaction. */
  readonly isCatalogueSame: () => Promise<boolean>;
  readonly blobs: BlobStore;
  readonly phase: (phase: Phase, more?: Partial<Progress>) => void;
  readonly notes: readonly string[];
  /** Tables to be loaded without their indexes (ENGINE-RULES 18), if they are still empty under the lock. */
  readonly fast: readonly Load[];
  /** Hash of the plan with which the last try met the target changing: a key that fails again with the same plan is a row's fault. */
  readonly failedPlan: string | undefined;
  readonly rejects: RejectSource;
  readonly archive: NonNullable<WriteResult['archive']>;
  /** Rows that the reader of the archive left out by itself, counted as issues and no reason to refuse. */
  readonly leftOver: readonly Issue[];
  /** On which line of the file each row begins, where the rows are those of a file. */
  readonly lines: OpenArchive['lines'];
};

/** BEGIN does not look at the database yet: locks taken before the first query are seen by the snapshot. */
export const begin = async (transaction: ImportTransaction, mode: 'plan' | 'apply'): Promise<void> => {
  await transaction.session.run(sql`begin isolation level repeatable read`);
  if (mode === 'plan') return;
  if (transaction.fast.length > 0) {
    await transaction.session.run(impatient);
    await transaction.session.run(
      lockForRebuild([
        ...transaction.fast.map((load) => load.target),
        ...transaction.fast.flatMap((load) => load.references.map((reference) => reference.reference.parent)),
      ]),
    );
    await transaction.session.run(patient(30_000));
  }
  const written = transaction.loads.filter((load) => load.role === 'write');
  if (written.length > 0) await transaction.session.run(lockTables(written, transaction.exclusive ? 'share row exclusive' : 'row exclusive'));
};

/** The tables are what they were when the archive was held against them: another reference would leave ids as they are, and so at the wrong rows. */
export const refuseAltered = async (transaction: ImportTransaction): Promise<void> => {
  if (await transaction.isCatalogueSame()) return;
  throw catalogueChanged();
};

export const catalogueChanged = (): Refusal =>
  new Refusal('CATALOGUE_CHANGED', "The definition of the target's tables was changed while the run was prepared. Nothing was written; start the run again.");

export const markAttempt = async ({ session, relations, runId, attempt, origin, storeId }: ImportTransaction): Promise<boolean> => {
  if (relations === undefined) return true;
  await session.run(lockInTransaction);
  return (await session.many(insertMarker(relations.run, { runId, attempt, databaseId: origin.ownDatabaseId, storeId }))).length > 0;
};

const rowsNamed = 10;

/** The approved plan must be the one that is found now, hash for hash; else it is refused with what drifted. */
export const refuseStale = async (blobs: BlobStore, approved: PlanSummary | undefined, found: PlanSummary): Promise<void> => {
  if (approved === undefined || approved.planHash === found.planHash) return;
  const altered = approved.catalogueFingerprint === found.catalogueFingerprint ? [] : ['the definition of its tables is another one'];
  const rows = await driftedRows(blobs, approved, found);
  const more = rows.length > rowsNamed ? ` and ${rows.length - rowsNamed} more` : '';
  const named = rows.length === 0 ? [] : [`not as planned are ${rows.slice(0, rowsNamed).join(', ')}${more}`];
  const drift = [...altered, ...driftBetween(approved.tables, found.tables), ...named];
  const words = drift.length === 0 ? 'other rows than then are the same, kept or blocked' : drift.join('; ');
  throw new Refusal('PLAN_IS_STALE', `The target changed since the plan was made: ${words}. Nothing was written; make a new plan.`, {
    drift,
    rows: rows.slice(0, 100),
    approved: approved.planHash,
    found: found.planHash,
  });
};

export const refuseIssues = (transaction: ImportTransaction, { plan: decided }: Planned): void => {
  const issues = decided.issues.filter((issue) => issue.code !== 'row.leftover');
  if (transaction.onError !== 'reject-all' || issues.length === 0) return;
  const total = issues.reduce((sum, issue) => sum + issue.count, 0);
  const words = issues.slice(0, 10).map((issue) => `${issue.table}: ${issue.count} x ${issue.code}`);
  throw new Refusal(
    'IMPORT_HAS_ISSUES',
    `${total} ${total === 1 ? 'issue' : 'issues'}, nothing was written (${words.join('; ')}). Mend the rows, or import with on-error reject-rows to leave them out.`,
    { issues },
  );
};
