import type { Table } from '../../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../../domain/catalogue/key.ts';
import { referenceGraph } from '../../../domain/catalogue/reference-graph.ts';
import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { Issue } from '../../../domain/issue.ts';
import type { Mode } from '../../../domain/merge/verdict-table.ts';
import {
  noVerdicts,
  type ConflictPolicy,
  type DeleteGuard,
  type ErrorPolicy,
  type Phase,
  type PlanSummary,
  type Progress,
  type VerdictCounts,
  type WriteKind,
  type WriteResult,
} from '../../../domain/run/run.ts';
import { advanceSequences, insertRows, lockReferencedParents, reserveAndMap, type Apply } from '../../../engine/apply/apply.ts';
import { deleteRows } from '../../../engine/apply/delete.ts';
import { dropForLoad, rebuild, type Dropped } from '../../../engine/apply/fast-load.ts';
import { impatient, lockForRebuild, patient } from '../../../engine/apply/fast-load.sql.ts';
import { lockTables } from '../../../engine/apply/lock.sql.ts';
import { releaseValues } from '../../../engine/apply/release.ts';
import { rereadTriggered } from '../../../engine/apply/reread.ts';
import { findOffenders, rowFault, type Offender } from '../../../engine/apply/offenders.ts';
import type { RecordInserted } from '../../../engine/apply/insert.sql.ts';
import type { OriginMatch } from '../../../engine/companion.sql.ts';
import { lockParentsOfUpdate, readUpdate, updateTable, type Update } from '../../../engine/apply/update.ts';
import { reserveWhere, type Ids } from '../../../engine/ids.ts';
import {
  chunksOfInserted,
  keptChanges,
  keptMatches,
  knowsNewKeys,
  ledgerLines,
  madeUpColumns,
  recordedLater,
  recordKept,
  recordLeftOut,
  recordNew,
  recordProvenance,
  recordUpdated,
  type LedgerTarget,
} from '../../../engine/ledger/ledger.sql.ts';
import { completeMarker, insertMarker, lockInTransaction } from '../../../engine/ledger/marker.sql.ts';
import { loadId, type Load, type Staged } from '../../../engine/load.ts';
import type { BaseArchive } from '../../../engine/plan/base.ts';
import { driftBetween, type Differing } from '../../../engine/plan/plan.ts';
import { temporary } from '../../../engine/temporary.ts';
import type { Presence } from '../../../engine/rows.sql.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { Planned } from './plan-transaction.ts';
import { writeRejectFile, type RejectSource } from './write-reject-file.ts';

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
  new Refusal(
    'CATALOGUE_CHANGED',
    "The definition of the target's tables was changed while the archive was staged. Nothing was written; start the import again.",
  );

export const markAttempt = async ({ session, relations, runId, attempt, origin, storeId }: ImportTransaction): Promise<boolean> => {
  if (relations === undefined) return true;
  await session.run(lockInTransaction);
  return (await session.many(insertMarker(relations.run, { runId, attempt, databaseId: origin.ownDatabaseId, storeId }))).length > 0;
};

/** The approved plan must be the one that is found now, hash for hash; else it is refused with what drifted. */
export const refuseStale = (approved: PlanSummary | undefined, found: PlanSummary): void => {
  if (approved === undefined || approved.planHash === found.planHash) return;
  const altered = approved.catalogueFingerprint === found.catalogueFingerprint ? [] : ['the definition of its tables is another one'];
  const drift = [...altered, ...driftBetween(approved.tables, found.tables)];
  const words = drift.length === 0 ? 'other rows than then are the same, kept or blocked' : drift.join('; ');
  throw new Refusal('PLAN_IS_STALE', `The target changed since the plan was made: ${words}. Nothing was written; make a new plan.`, {
    drift,
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

export const presenceOf =
  (transaction: ImportTransaction, planned: Planned, hasMatched: (load: Load) => boolean) =>
  (load: Load): Presence => ({
    // Where nothing was found in the target there is nothing to leave out of the insert.
    match: planned.ids[load.index]?.empty === false && hasMatched(load),
    ...(planned.differing(load).stay ? { stay: true } : {}),
    reject: load.role === 'lookup' || transaction.onError === 'reject-rows',
  });

/** Writes what was planned; everything up to COMMIT, which is the caller's. */
export const write = async (transaction: ImportTransaction, relations: TargetRelations, planned: Planned, startedAt: number): Promise<WriteResult> => {
  const { session, loads, runId, phase } = transaction;
  const counts = new Map(planned.plan.tables.map((table) => [table.table, table.counts]));
  const countOf = (load: Load): VerdictCounts => counts.get(loadId(load)) ?? noVerdicts;
  const inserts = (load: Load): number => (load.role === 'write' ? countOf(load).insert : 0);
  const matched = (load: Load): boolean => load.role === 'lookup' || planned.plan.matched.has(loadId(load));
  const presence = presenceOf(transaction, planned, matched);
  // Where only some of the archive's rows are new, the ledger names them one by one.
  const isMixed = (load: Load): boolean => presence(load).match || presence(load).reject || presence(load).stay === true;
  const ids = reserveWhere(loads, planned.ids, (load) => isMixed(load) || madeUpColumns(load, planned.ids).length > 0);
  const apply: Apply = { session, loads, ids, origin: transaction.origin, presence, inserts };
  const ledger = { relation: relations.ledger, runId };
  const isNamed = (load: Load): boolean => knowsNewKeys(load, ids) && (isMixed(load) || madeUpColumns(load, ids).length > 0);
  phase('applying');
  const updates: Update[] = [];
  for (const load of loads) if (planned.differing(load).change && countOf(load).update > 0) updates.push(await readUpdate(session, load));
  await lockReferencedParents(apply);
  for (const update of updates) await lockParentsOfUpdate(session, update);
  await advanceSequences(apply);
  await reserveAndMap(apply);
  crashPoint('import.ids-reserved');
  const fast = transaction.fast.filter((load) => planned.ids[load.index]?.empty === true && inserts(load) > 0);
  const dropped = new Map<number, Dropped>();
  for (const load of fast) dropped.set(load.index, await dropForLoad(session, load));
  const deletion =
    planned.removal === undefined ? undefined : { session, loads, ledger: { ...ledger, provenance: relations.provenance }, counts: planned.removal.counts };
  if (deletion !== undefined) await deleteRows(deletion, 'early');
  crashPoint('import.deleted-early');
  for (const update of updates) await releaseValues({ session, ids, presence }, update);
  await insertComponents(transaction, apply, { ...ledger, dropped, isSamePlan: transaction.failedPlan === planned.summary.planHash, isNamed });
  for (const update of updates) {
    phase('applying', { table: loadId(update.load), rows: 0, rowsTotal: update.rows });
    await updateTable(session, update, ids);
    crashPoint('import.table-updated');
  }
  if (deletion !== undefined) await deleteRows(deletion, 'late');
  await session.run(sql`set constraints all immediate`);
  const notes = [
    ...(await rereadTriggered(apply)),
    ...fast.map((load) => `${loadId(load)} was empty: loaded without its indexes and foreign keys, which were rebuilt and checked`),
  ];
  phase('recording');
  for (const load of loads) {
    if (inserts(load) > 0 && isNamed(load)) await session.run(recordNew(load, ids, presence(load), ledger));
    if (load.role === 'write')
      await recordRest(transaction, ledger, load, {
        counts: countOf(load),
        differing: planned.differing(load),
        wasEmpty: planned.ids[load.index]?.empty === true,
      });
    if (load.origin !== undefined && inserts(load) > 0)
      await session.run(recordProvenance(load, ids, presence(load), { relation: relations.provenance, runId }));
  }
  const ledgerFile = await transaction.blobs.put(session.copyOut(ledgerLines(ledger)));
  crashPoint('import.ledger-written');
  const rejected = planned.plan.tables.reduce((sum, table) => sum + table.counts.blocked, 0);
  const rejectFile = rejected === 0 ? undefined : await writeRejectFile(transaction, transaction.rejects, planned.summary);
  const result: WriteResult = {
    kind: transaction.kind,
    archive: transaction.archive,
    plan: planned.summary,
    tables: planned.plan.tables,
    rejected,
    ...(rejectFile === undefined ? {} : { rejectFile }),
    ledgerFile,
    seconds: (Date.now() - startedAt) / 1000,
    notes,
  };
  await session.run(completeMarker(relations.run, runId, planned.summary.planHash, JSON.stringify(result)));
  return result;
};

type Recorded = { readonly counts: VerdictCounts; readonly differing: Differing; /** Whether there was anything to match with. */ readonly wasEmpty: boolean };

/** What did not go in as a new row: changed, kept, left out. */
const recordRest = async (
  { session, onError }: ImportTransaction,
  ledger: LedgerTarget,
  load: Load,
  { counts, differing, wasEmpty }: Recorded,
): Promise<void> => {
  if (counts.update > 0) await session.run(recordUpdated(load, ledger));
  if (counts.keep > 0) {
    if (!wasEmpty) await session.run(recordKept(load, ledger, differing.change ? keptChanges(load) : keptMatches(load)));
    if (differing.stay) await session.run(recordLeftOut(load, ledger, 'keep', temporary('stay', load.index)));
  }
  if (counts.blocked > 0 && onError === 'reject-rows') await session.run(recordLeftOut(load, ledger, 'blocked', temporary('reject', load.index)));
};

const insertComponents = async (
  transaction: ImportTransaction,
  apply: Apply,
  ledger: LedgerTarget & { readonly dropped: ReadonlyMap<number, Dropped>; readonly isSamePlan: boolean; readonly isNamed: (load: Load) => boolean },
): Promise<void> => {
  const { loads, phase } = transaction;
  const byTable = new Map(loads.map((load) => [loadId(load), load]));
  const components = referenceGraph(loads.map((load) => load.target)).components();
  const rowsTotal = loads.reduce((sum, load) => sum + apply.inserts(load), 0);
  let done = 0;
  let rows = 0;
  for (const component of components) {
    const members = component.tables.flatMap((table) => byTable.get(tableId(table)) ?? []);
    phase('applying', { table: members.map(loadId).join(', '), tablesDone: done, tablesTotal: loads.length, rows, rowsTotal });
    await insertOrSearch(apply, members, { canSearch: transaction.onError === 'reject-rows', isSamePlan: ledger.isSamePlan }, (load, inserted) =>
      ledger.isNamed(load) ? recordedLater : chunksOfInserted(load, inserted, ledger),
    );
    for (const member of members) {
      const dropped = ledger.dropped.get(member.index);
      if (dropped !== undefined) await rebuild(apply.session, dropped);
    }
    done += members.length;
    rows += members.reduce((sum, load) => sum + apply.inserts(load), 0);
    crashPoint('import.component-inserted');
  }
};

/** Rows that PostgreSQL refuses against the plan's foresight: the transaction starts again without them, or is refused. */
export class RowsRefused extends Error {
  readonly offenders: readonly Offender[];
  constructor(offenders: readonly Offender[], cause: unknown) {
    super(`${offenders.length} rows were refused by PostgreSQL`, { cause });
    this.offenders = offenders;
  }
}

type Search = { readonly canSearch: boolean; /** A key that is taken is then no drift. */ readonly isSamePlan: boolean };

const insertOrSearch = async (apply: Apply, members: readonly Load[], search: Search, record: RecordInserted): Promise<void> => {
  const { session } = apply;
  const filled = members.filter((load) => apply.inserts(load) > 0);
  if (filled.length === 0) return;
  const canSearch = search.canSearch && filled.every((load) => load.target.rules.length === 0);
  if (canSearch) await session.run(sql`savepoint waybill_component`);
  try {
    await insertRows(apply, members, record);
    if (canSearch) await session.run(sql`release savepoint waybill_component`);
  } catch (error) {
    const fault = rowFault(error);
    const mayBeDrift = fault?.code === 'unique.violated' || fault?.code === 'reference.missing';
    if (!canSearch || fault === undefined || (mayBeDrift && !search.isSamePlan)) throw error;
    await session.run(sql`rollback to savepoint waybill_component`);
    throw new RowsRefused(await findOffenders({ session, loads: filled, ids: apply.ids, presence: apply.presence }), error);
  }
};
