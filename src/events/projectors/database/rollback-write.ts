import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { referenceGraph } from '../../../domain/catalogue/reference-graph.ts';
import type { WriteResult } from '../../../domain/run/run.ts';
import { advanceSequences, insertRows, type Apply } from '../../../engine/apply/apply.ts';
import { deleteRows, type Deletion } from '../../../engine/apply/delete.ts';
import { releaseValues } from '../../../engine/apply/release.ts';
import { rereadTriggered } from '../../../engine/apply/reread.ts';
import { lockParentsOfUpdate, readUpdate, updateTable, type Update } from '../../../engine/apply/update.ts';
import { comparedColumns, firesOnUpdate } from '../../../engine/change.ts';
import { ledgerLines, recordedLater, recordUpdated } from '../../../engine/ledger/ledger.sql.ts';
import { completeMarker } from '../../../engine/ledger/marker.sql.ts';
import { loadId, rowKey } from '../../../engine/load.ts';
import { countRewritten, recordRestored } from '../../../engine/undo/record.sql.ts';
import { sameIds } from '../../../engine/undo/take-back.ts';
import { restoreProvenance } from '../../../engine/undo/undo.sql.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { PlannedRollback, RollbackTransaction } from './rollback-plan.ts';

/**
 * Takes back in the opposite order of what the run did, so that no unique value is in use twice on the way: its rows go,
 * its cells go back, then what it deleted returns. Rows to which a cell leads back return before that.
 */
export const writeRollback = async (transaction: RollbackTransaction, planned: PlannedRollback, startedAt: number): Promise<WriteResult> => {
  const { session, runId, relations, undo, phase, known } = transaction;
  const loads = undo.tables.map(({ load }) => load);
  const ledger = { relation: relations.ledger, runId };
  const apply = applyOf(transaction, planned);
  const deletion: Deletion = { session, loads, ledger: { ...ledger, provenance: relations.provenance }, ...planned.removal };
  phase('applying');
  const updates: Update[] = [];
  for (const load of loads) if (planned.differing(load).change && planned.counts(load).update > 0) updates.push(await readUpdate(session, load));
  for (const update of updates) await lockParentsOfUpdate(session, update);
  await advanceSequences(apply);
  await deleteRows(deletion, 'early');
  crashPoint('rollback.deleted');
  for (const update of updates) await releaseValues(apply, update);
  const restoresFirst = updates.some(leadsElsewhere);
  if (restoresFirst) await restore(transaction, apply);
  for (const update of updates) {
    phase('applying', { table: loadId(update.load), rows: 0, rowsTotal: update.rows });
    await updateTable(session, update, []);
    crashPoint('rollback.table-updated');
  }
  await deleteRows(deletion, 'late');
  if (!restoresFirst) await restore(transaction, apply);
  crashPoint('rollback.restored');
  await session.run(sql`set constraints all immediate`);
  const notes = [...(await rereadTriggered(apply)), ...(await rewritten(transaction, updates))];
  phase('recording');
  for (const load of loads) {
    const update = updates.find((candidate) => candidate.load === load);
    if (update !== undefined) await session.run(recordUpdated(load, ledger, update.columns));
    if (apply.inserts(load) > 0) await session.run(recordRestored(load, apply.presence(load), ledger));
    if (apply.inserts(load) > 0 && load.key.kind === 'origin') await session.run(restoreProvenance(load, relations.provenance, runId));
  }
  const ledgerFile = await transaction.blobs.put(session.copyOut(ledgerLines(ledger)));
  crashPoint('rollback.ledger-written');
  const result: WriteResult = {
    kind: 'rollback',
    rolledBack: known.runId,
    plan: planned.summary,
    tables: planned.tables,
    rejected: planned.tables.reduce((sum, { counts }) => sum + counts.blocked, 0),
    ledgerFile,
    seconds: (Date.now() - startedAt) / 1000,
    notes,
  };
  await session.run(completeMarker(relations.run, runId, planned.summary.planHash, JSON.stringify(result)));
  return result;
};

const applyOf = ({ session, undo, origin }: RollbackTransaction, planned: PlannedRollback): Apply => ({
  session,
  loads: undo.tables.map(({ load }) => load),
  ids: sameIds(undo.tables),
  origin,
  presence: (load) => ({ match: rowKey(load).length > 0, reject: true }),
  inserts: (load) => planned.counts(load).insert,
});

/** Whether some changed cell is part of a reference: it may lead to a row that has to be there first. */
const leadsElsewhere = ({ load, columns }: Update): boolean =>
  load.target.references.some((reference) => reference.columns.some((name) => columns.some((column) => column.name === name)));

const restore = async ({ phase }: RollbackTransaction, apply: Apply): Promise<void> => {
  const byTable = new Map(apply.loads.map((load) => [loadId(load), load]));
  for (const component of referenceGraph(apply.loads.map((load) => load.target)).components()) {
    const members = component.tables.flatMap((table) => byTable.get(tableId(table)) ?? []).filter((load) => apply.inserts(load) > 0);
    if (members.length === 0) continue;
    phase('applying', { table: members.map(loadId).join(', '), rows: 0, rowsTotal: members.reduce((sum, load) => sum + apply.inserts(load), 0) });
    await insertRows(apply, members, () => recordedLater);
  }
};

/** Triggers fire on what is written back too; what they changed is theirs and is named, not fought. */
const rewritten = async ({ session }: RollbackTransaction, updates: readonly Update[]): Promise<readonly string[]> => {
  const notes: string[] = [];
  for (const { load } of updates.filter((update) => firesOnUpdate(update.load))) {
    const found = await session.one<Record<string, number>>(countRewritten(load));
    const changed = comparedColumns(load).flatMap(({ name }, position) =>
      (found[`c${position}`] ?? 0) > 0 ? [`${name} (${found[`c${position}`] ?? 0})`] : [],
    );
    if (changed.length > 0) notes.push(`${loadId(load)}: triggers wrote ${changed.join(', ')} anew, so these cells are not as they were before the run`);
  }
  return notes;
};
