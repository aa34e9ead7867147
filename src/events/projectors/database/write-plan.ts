import { referenceGraph } from '../../../domain/catalogue/reference-graph.ts';
import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { noVerdicts, type VerdictCounts, type WriteResult } from '../../../domain/run/run.ts';
import { advanceSequences, insertRows, lockReferencedParents, mapRows, reserveNewIds, type Apply } from '../../../engine/apply/apply.ts';
import { deleteRows } from '../../../engine/apply/delete.ts';
import { dropForLoad, rebuild, type Dropped } from '../../../engine/apply/fast-load.ts';
import { releaseValues } from '../../../engine/apply/release.ts';
import { rereadChanged, rereadTriggered } from '../../../engine/apply/reread.ts';
import { findOffenders, rowFault, type Offender } from '../../../engine/apply/offenders.ts';
import { leavesPlaces, lockParentsOfUpdate, readUpdate, updateTable, type Update } from '../../../engine/apply/update.ts';
import { knowsPlaces, reserveWhere } from '../../../engine/ids.ts';
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
import { completeMarker } from '../../../engine/ledger/marker.sql.ts';
import { loadId, rowKey, type Load } from '../../../engine/load.ts';
import { temporary } from '../../../engine/temporary.ts';
import type { Presence } from '../../../engine/rows.sql.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { Planned } from './plan-transaction.ts';
import { writeRejectFile } from './write-reject-file.ts';

import type { ImportTransaction } from './import-transaction.ts';

const presenceOf =
  (transaction: ImportTransaction, planned: Planned, hasMatched: (load: Load) => boolean) =>
  (load: Load): Presence => ({
    // Where nothing was found in the target there is nothing to leave out of the insert.
    match: planned.ids[load.index]?.empty === false && hasMatched(load),
    ...(planned.differing(load).stay ? { stay: true } : {}),
    ...(planned.ids[load.index]?.slim === true ? { slim: true } : {}),
    reject: load.role === 'lookup' || transaction.onError === 'reject-rows',
  });

/** One transaction's plan with everything that its writing needs decided: which rows are whose, and which ids are drawn when. */
type Writing = {
  readonly transaction: ImportTransaction;
  readonly relations: TargetRelations;
  readonly planned: Planned;
  readonly apply: Apply;
  readonly countOf: (load: Load) => VerdictCounts;
  /** The ledger names such new rows one by one: only some of the archive's rows are new, or it cannot give all of a row again. */
  readonly isNamed: (load: Load) => boolean;
};

const prepareWriting = (transaction: ImportTransaction, relations: TargetRelations, planned: Planned): Writing => {
  const { session, loads, origin } = transaction;
  const counts = new Map(planned.plan.tables.map((table) => [table.table, table.counts]));
  const countOf = (load: Load): VerdictCounts => counts.get(loadId(load)) ?? noVerdicts;
  const matched = (load: Load): boolean => load.role === 'lookup' || planned.plan.matched.has(loadId(load));
  const presence = presenceOf(transaction, planned, matched);
  const isMixed = (load: Load): boolean => presence(load).match || presence(load).reject || presence(load).stay === true;
  const ids = reserveWhere(loads, planned.ids, (load) => isMixed(load) || madeUpColumns(load, planned.ids).length > 0);
  return {
    transaction,
    relations,
    planned,
    apply: { session, loads, ids, origin, presence, inserts: (load) => (load.role === 'write' ? countOf(load).insert : 0) },
    countOf,
    isNamed: (load) => knowsNewKeys(load, ids) && (isMixed(load) || madeUpColumns(load, ids).length > 0),
  };
};

/** Writes what was planned; everything up to COMMIT, which is the caller's. */
export const write = async (transaction: ImportTransaction, relations: TargetRelations, planned: Planned, startedAt: number): Promise<WriteResult> => {
  const { session, runId, phase } = transaction;
  const writing = prepareWriting(transaction, relations, planned);
  phase('applying');
  const { notes, updates } = await applyPlan(writing);
  phase('recording');
  await record(writing, updates);
  const ledgerFile = await transaction.blobs.put(session.copyOut(ledgerLines({ relation: relations.ledger, runId })));
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

/**
 * Deletes first, so that what they had is free; then rows whose unique values others take step aside; new rows, parents
 * first; changed rows, which may lead to new ones; last the rows whose children those changes led elsewhere.
 */
const applyPlan = async (writing: Writing): Promise<{ readonly notes: readonly string[]; readonly updates: readonly Update[] }> => {
  const { transaction, relations, planned, apply, countOf } = writing;
  const { session, loads, phase, runId } = transaction;
  const updates: Update[] = [];
  for (const load of loads) if (planned.differing(load).change && countOf(load).update > 0) updates.push(await readUpdate(session, load));
  await advanceSequences(apply);
  await reserveNewIds(apply);
  await lockReferencedParents(apply);
  for (const update of updates) await lockParentsOfUpdate(session, update);
  await mapRows(apply);
  crashPoint('import.ids-reserved');
  const fast = transaction.fast.filter((load) => planned.ids[load.index]?.empty === true && apply.inserts(load) > 0);
  const dropped = new Map<number, Dropped>();
  for (const load of fast) dropped.set(load.index, await dropForLoad(session, load));
  const ledger = { relation: relations.ledger, provenance: relations.provenance, runId };
  const deletion = planned.removal === undefined ? undefined : { session, loads, ledger, ...planned.removal };
  if (deletion !== undefined) await deleteRows(deletion, 'early');
  crashPoint('import.deleted-early');
  const inPlace = new Set<Update>(leavesPlaces(loads) ? updates.filter(({ load }) => knowsPlaces(load, planned.ids)) : []);
  for (const update of updates) if (await releaseValues(apply, update)) inPlace.delete(update);
  await insertComponents(writing, dropped);
  for (const update of updates) {
    phase('applying', { table: loadId(update.load), rows: 0, rowsTotal: update.rows });
    await updateTable(session, update, apply.ids, inPlace.has(update));
    crashPoint('import.table-updated');
  }
  if (deletion !== undefined) await deleteRows(deletion, 'late');
  await session.run(sql`set constraints all immediate`);
  const reread: string[] = [];
  for (const update of updates) reread.push(...(await rereadChanged(session, update)));
  const notes = [
    ...(await rereadTriggered(apply)),
    ...reread,
    ...fast.map((load) => `${loadId(load)} was empty: loaded without its indexes and foreign keys, which were rebuilt and checked`),
  ];
  return { notes, updates };
};

const record = async (writing: Writing, updates: readonly Update[]): Promise<void> => {
  const { transaction, relations, apply, isNamed } = writing;
  const { session, loads, runId } = transaction;
  const hasMadeUp = (load: Load): boolean => madeUpColumns(load, apply.ids).length > 0;
  const ledger = { relation: relations.ledger, runId };
  for (const load of loads) {
    const isNew = apply.inserts(load) > 0;
    if (isNew && isNamed(load) && hasMadeUp(load)) await session.run(recordNew(load, apply.ids, apply.presence(load), ledger));
    const update = updates.find((candidate) => candidate.load === load);
    if (update !== undefined) await session.run(recordUpdated(load, ledger, update.columns));
    if (load.role === 'write') await recordRest(writing, ledger, load);
    if (isNew && load.origin !== undefined)
      await session.run(recordProvenance(load, apply.ids, apply.presence(load), { relation: relations.provenance, runId }));
  }
};

/** What was not written: kept, left out. */
const recordRest = async ({ transaction, planned, countOf }: Writing, ledger: LedgerTarget, load: Load): Promise<void> => {
  const { session, onError } = transaction;
  const counts = countOf(load);
  const differing = planned.differing(load);
  if (counts.keep > 0) {
    // An empty table had nothing to match with.
    if (planned.ids[load.index]?.empty === false && rowKey(load).length > 0)
      await session.run(recordKept(load, ledger, differing.change ? keptChanges(load) : keptMatches(load)));
    if (differing.stay) await session.run(recordLeftOut(load, ledger, 'keep', temporary('stay', load.index)));
  }
  if (counts.blocked > 0 && onError === 'reject-rows') await session.run(recordLeftOut(load, ledger, 'blocked', temporary('reject', load.index)));
};

const insertComponents = async (writing: Writing, dropped: ReadonlyMap<number, Dropped>): Promise<void> => {
  const { transaction, relations, planned, apply, isNamed } = writing;
  const { loads, phase, runId } = transaction;
  const ledger = { relation: relations.ledger, runId };
  const search = { canSearch: transaction.onError === 'reject-rows', isSamePlan: transaction.failedPlan === planned.summary.planHash };
  const byTable = new Map(loads.map((load) => [loadId(load), load]));
  const components = referenceGraph(loads.map((load) => load.target)).components();
  const rowsTotal = loads.reduce((sum, load) => sum + apply.inserts(load), 0);
  let done = 0;
  let rows = 0;
  for (const component of components) {
    const members = component.tables.flatMap((table) => byTable.get(tableId(table)) ?? []);
    phase('applying', { table: members.map(loadId).join(', '), tablesDone: done, tablesTotal: loads.length, rows, rowsTotal });
    await insertOrSearch(apply, members, search, async () => {
      await insertRows(apply, members, (load, inserted) => (isNamed(load) ? recordedLater : chunksOfInserted(load, inserted, ledger)));
      // Beside the rows, with the number of the same transaction (docs/decisions/0013).
      for (const load of members)
        if (apply.inserts(load) > 0 && isNamed(load) && madeUpColumns(load, apply.ids).length === 0)
          await apply.session.run(recordNew(load, apply.ids, apply.presence(load), ledger));
    });
    for (const member of members) {
      const taken = dropped.get(member.index);
      if (taken !== undefined) await rebuild(apply.session, taken);
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

const insertOrSearch = async (apply: Apply, members: readonly Load[], search: Search, insert: () => Promise<void>): Promise<void> => {
  const { session } = apply;
  const filled = members.filter((load) => apply.inserts(load) > 0);
  if (filled.length === 0) return;
  const canSearch = search.canSearch && filled.every((load) => load.target.rules.length === 0);
  if (canSearch) await session.run(sql`savepoint waybill_component`);
  try {
    await insert();
    if (canSearch) await session.run(sql`release savepoint waybill_component`);
  } catch (error) {
    const fault = rowFault(error);
    const mayBeDrift = fault?.code === 'unique.violated' || fault?.code === 'reference.missing';
    if (!canSearch || fault === undefined || (mayBeDrift && !search.isSamePlan)) throw error;
    await session.run(sql`rollback to savepoint waybill_component`);
    throw new RowsRefused(await findOffenders({ session, loads: filled, ids: apply.ids, presence: apply.presence }), error);
  }
};
