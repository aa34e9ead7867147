import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { referenceGraph } from '../../../domain/catalogue/reference-graph.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { TablePlan } from '../../../domain/run/run.ts';
import { deleteRows, type Deletion } from '../../../engine/apply/delete.ts';
import { releaseValues } from '../../../engine/apply/release.ts';
import { readUpdate, updateTable, type Update } from '../../../engine/apply/update.ts';
import { comparedColumns, firesOnUpdate } from '../../../engine/change.ts';
import { firesOnInsert } from '../../../engine/ids.ts';
import { storedColumns } from '../../../engine/image.sql.ts';
import { loadId, rowKey, type Load } from '../../../engine/load.ts';
import { planRemoval } from '../../../engine/plan/inbound.ts';
import {
  createArriving,
  createRecordedChange,
  fillDelete,
  insertRecordedComponent,
  ledgerLoad,
  restoreOrigins,
  type Arriving,
} from '../../../engine/replay/change.sql.ts';
import { findNotBefore, findNotThere, noteStaying } from '../../../engine/replay/foreign.sql.ts';
import { columnsOfInserted, columnsOfUpdated } from '../../../engine/replay/record.sql.ts';
import { unfold, type RunRecord } from '../../../engine/replay/record.ts';
import { settle } from '../../../engine/replay/settle.ts';
import { targetLoads } from '../../../engine/undo/target-loads.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { leaveUnsettled, type Replaying } from './replaying.ts';

/**
 * The part of a run that only its ledger has: rows changed, deleted, and, where there was no archive, brought back. By the
 * row's key, to the values that it had afterwards.
 */
export type RecordedChanges = {
  readonly loads: readonly Load[];
  readonly updates: readonly Update[];
  readonly deletion: Deletion;
  /** Rows that came back then; only where there was no archive. */
  readonly returning: readonly Load[];
  readonly runs: { readonly own: string; readonly takenBack: string | undefined };
};

type RunOfChanges = {
  readonly runId: string;
  readonly hasArchive: boolean;
  readonly takenBack: string | undefined;
  readonly result: readonly TablePlan[] | undefined;
};

/** Beside the temporary tables of the archive's loads, which are counted from 0. */
const firstIndex = 100_000;

/** Reads only: fills the tables of changes and deletes, and tells what is not as the run found it. */
export const prepareChanges = async (replaying: Replaying, record: RunRecord, options: RunOfChanges): Promise<RecordedChanges> => {
  const { session, target, relations } = replaying;
  const all = targetLoads(target.keyed).map((load) => shifted(namedAsThen(load, options.result)));
  refuseUnknown(record, all);
  const touched = all.filter((load) => record.has(loadId(load)));
  const loads: Load[] = [];
  const updates: Update[] = [];
  const returning: Load[] = [];
  for (const load of touched) {
    const verdicts = record.get(loadId(load));
    const changed = verdicts?.has('update') === true ? await changedColumns(replaying, load) : [];
    const own = ledgerLoad(load, changed);
    loads.push(own);
    if (changed.length > 0) {
      await session.run(findNotBefore(own, 'update', settledAmong(replaying, own, changed)));
      await session.run(createRecordedChange(own));
      updates.push(await readUpdate(session, own));
    }
    if (verdicts?.has('delete') === true) await prepareDeletes(replaying, own);
    if (!options.hasArchive && verdicts?.has('insert') === true) returning.push(await returningLoad(replaying, load));
  }
  const removal = await planRemoval({
    session,
    loads,
    tables: target.keyed,
    deletes: (load) => record.get(loadId(load))?.has('delete') === true,
    changed: (load) => (updates.some((update) => update.load.index === load.index) ? comparedColumns(load).map(({ name }) => name) : []),
  });
  for (const load of loads.filter(({ index }) => removal.blocked.some((blocked) => blocked.index === index))) await session.run(noteStaying(load));
  const ledger = { relation: relations.ledger, provenance: relations.provenance, runId: options.runId };
  return {
    loads,
    updates,
    returning,
    runs: { own: options.runId, takenBack: options.takenBack },
    deletion: { session, loads, ledger, counts: removal.counts },
  };
};

/** A table without a primary key is known to the ledger by the columns that the run chose, whatever would be chosen now. */
const namedAsThen = (load: Load, result: RunOfChanges['result']): Load => {
  const columns = result?.find(({ table }) => table === loadId(load))?.rowKey;
  return columns === undefined ? load : { ...load, key: { kind: 'natural', columns, surrogate: [] } };
};

const shifted = (load: Load): Load => ({
  ...load,
  index: firstIndex + load.index,
  references: load.references.map((reference) => ({
    ...reference,
    parentIndex: reference.parentIndex === undefined ? undefined : firstIndex + reference.parentIndex,
  })),
});

const refuseUnknown = (record: RunRecord, loads: readonly Load[]): void => {
  const known = new Set(loads.map(loadId));
  const absent = [...record.keys()].filter((table) => !known.has(table));
  if (absent.length === 0) return;
  throw new Refusal('CATALOGUE_MISMATCH', `The run wrote ${absent.join(', ')}, and the target has no such table. Migrate the target first.`, {
    reasons: absent,
  });
};

const changedColumns = async ({ session }: Replaying, load: Load): Promise<readonly string[]> => {
  await unfold(session, { ...load.target, index: load.index }, 'update');
  const found = await session.many<{ name: string }>(columnsOfUpdated(load.index));
  return present(load, found);
};

/** Columns that the target has not any more are nobody's business. */
const present = (load: Load, found: readonly { readonly name: string }[]): readonly string[] =>
  found.map(({ name }) => name).filter((name) => load.target.columns.some((column) => column.name === name && column.generated === undefined));

const settledAmong = ({ unsettled }: Replaying, load: Load, columns: readonly string[]): readonly string[] =>
  columns.filter((name) => unsettled.get(loadId(load))?.has(name) !== true);

const prepareDeletes = async (replaying: Replaying, load: Load): Promise<void> => {
  const { session } = replaying;
  await unfold(session, { ...load.target, index: load.index }, 'delete');
  const columns = settledAmong(
    replaying,
    load,
    storedColumns(load.target).map(({ name }) => name),
  );
  await session.run(rowKey(load).length === 0 ? findNotThere(load) : findNotBefore(load, 'delete', columns));
  for (const statement of fillDelete(load)) await session.run(statement);
};

const returningLoad = async ({ session }: Replaying, load: Load): Promise<Load> => {
  await unfold(session, { ...load.target, index: load.index }, 'insert');
  const columns = present(load, await session.many<{ name: string }>(columnsOfInserted(load.target)));
  return { ...load, columns: load.target.columns.filter(({ name }) => columns.includes(name)) };
};

export const deleteBefore = ({ deletion }: RecordedChanges): Promise<void> => deleteRows(deletion, 'early');

/** Values that change places (ENGINE-RULES 15): before the first insert, rows step aside whose values others are to have. */
export const releaseBefore = async ({ session }: Replaying, changes: RecordedChanges, arriving: readonly Arriving[]): Promise<void> => {
  for (const update of changes.updates) {
    const { load } = update;
    const isUnique = load.target.uniques.some(({ columns }) => update.columns.some(({ name }) => columns.includes(name)));
    if (!isUnique) continue;
    const own = arriving.find((candidate) => loadId(candidate.load) === loadId(load));
    await session.run(
      createArriving(
        load,
        own,
        changes.returning.some(({ index }) => index === load.index),
      ),
    );
    const staged = storedColumns(load.target).map(({ name, type }) => ({ name, type }));
    await releaseValues({ session, ids: [], presence: () => ({ match: false, reject: false }) }, { ...update, load: { ...load, staged } });
  }
};

/** As a rollback does it: the changes, then what comes back; before them where a change leads to a row that comes back. */
export const applyChanges = async (replaying: Replaying, changes: RecordedChanges): Promise<readonly string[]> => {
  const { session } = replaying;
  const returnsFirst = changes.updates.some(({ load, columns }) =>
    load.target.references.some((reference) => reference.columns.some((name) => columns.some((column) => column.name === name))),
  );
  if (returnsFirst) await bringBack(replaying, changes);
  for (const update of changes.updates) {
    await updateTable(session, update, []);
    crashPoint('replay.table-updated');
  }
  await deleteRows(changes.deletion, 'late');
  if (!returnsFirst) await bringBack(replaying, changes);
  const notes: string[] = [];
  for (const load of changes.returning)
    if (firesOnInsert(load))
      notes.push(...leaveUnsettled(replaying, loadId(load), await settle(session, { load, source: 'insert', columns: load.columns.map(({ name }) => name) })));
  for (const { load } of changes.updates)
    if (firesOnUpdate(load))
      notes.push(...leaveUnsettled(replaying, loadId(load), await settle(session, { load, source: 'update', columns: load.columns.map(({ name }) => name) })));
  return notes;
};

const bringBack = async ({ session, relations }: Replaying, { returning, runs }: RecordedChanges): Promise<void> => {
  const byTable = new Map(returning.map((load) => [loadId(load), load]));
  for (const component of referenceGraph(returning.map((load) => load.target)).components()) {
    const members = component.tables.flatMap((table) => byTable.get(tableId(table)) ?? []);
    if (members.length > 0) await session.many(insertRecordedComponent(members));
  }
  if (runs.takenBack === undefined) return;
  for (const load of returning.filter((candidate) => candidate.target.key.kind === 'origin'))
    await session.run(restoreOrigins(load, relations.ledger, relations.provenance, { own: runs.own, takenBack: runs.takenBack }));
};
