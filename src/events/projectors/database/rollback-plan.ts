import { createHash } from 'node:crypto';
import { guardDeletes } from '../../../domain/merge/delete-guard.ts';
import { noVerdicts, type PlanSummary, type Resolution, type RollbackInput, type TablePlan, type VerdictCounts } from '../../../domain/run/run.ts';
import type { Table } from '../../../domain/catalogue/catalogue.ts';
import { comparedColumns } from '../../../engine/change.ts';
import type { OriginMatch } from '../../../engine/companion.sql.ts';
import { loadId, rowKey, type Load, type Staged } from '../../../engine/load.ts';
import { countRows } from '../../../engine/plan/base.sql.ts';
import { noteBlockedRows, planRemoval, type RemovalPlan } from '../../../engine/plan/inbound.ts';
import { makePlan, nothingDiffers, type Differing, type Plan } from '../../../engine/plan/plan.ts';
import { markBlocked } from '../../../engine/plan/plan.sql.ts';
import { resolveConflicts } from '../../../engine/plan/resolutions.ts';
import type { Naming } from '../../../engine/portable.sql.ts';
import type { KnownRun } from '../../../engine/undo/read-run.ts';
import { acceptArchive, canChange, judgeRows, openLedger, sameIds, type TakeBack } from '../../../engine/undo/take-back.ts';
import { createDelete, type Removal } from '../../../engine/removal.ts';
import { countUndo, type UndoCount } from '../../../engine/undo/undo.sql.ts';
import { countGone, countWrittenSince, fillDelete, markKept } from '../../../engine/undo/gone.sql.ts';
import type { UndoTable, UndoTables } from '../../../engine/undo/undo-tables.ts';
import { validate } from '../../../engine/validate/validate.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { TargetAttempt } from './attempt.ts';
import { rowsWanted } from './plan-transaction.ts';
import { summarizeRollback } from './rollback-summary.ts';

/** One attempt at taking one run back, in one transaction: the ledger opened, rows judged, and what follows from that. */
export type RollbackTransaction = {
  readonly session: Session;
  readonly runId: string;
  readonly attempt: number;
  readonly storeId: string;
  readonly input: RollbackInput;
  readonly known: KnownRun;
  readonly undo: UndoTables;
  readonly relations: TargetRelations;
  readonly origin: OriginMatch;
  readonly naming: Naming;
  readonly catalogueTables: readonly Table[];
  readonly catalogueFingerprint: string;
  readonly isCatalogueSame: () => Promise<boolean>;
  readonly serverVersion: number;
  readonly blobs: BlobStore;
  readonly phase: TargetAttempt['phase'];
  readonly notes: readonly string[];
  /** The run's own archive, matched with the target: only it can tell what became of rows that were touched since. */
  readonly matchArchive: (unclear: readonly string[]) => Promise<MatchedArchive>;
  /** Outside of a transaction: stages the archive if that is what the error asked for. */
  readonly stageArchive: (error: unknown) => Promise<boolean>;
};

/** `matched`: those of which rows were looked for. */
export type MatchedArchive = { readonly loads: readonly Load[]; readonly matched: readonly Load[]; readonly notes: readonly string[] };

export type PlannedRollback = {
  readonly summary: PlanSummary;
  /** With what was resolved. */
  readonly tables: readonly TablePlan[];
  readonly counts: (load: Load) => VerdictCounts;
  readonly removal: RemovalPlan;
  readonly differing: (load: Load) => Differing;
};

export type RollbackOptions = {
  readonly resolutions: readonly Resolution[];
  /** Whether every row is listed, or only those that are left alone. */ readonly rows: 'always' | 'left';
  readonly guards: boolean;
  /** As for a merge: where another plan than this comes out, its rows are listed to tell what drifted. */
  readonly approved?: PlanSummary | undefined;
};

export type Found = {
  readonly tables: readonly TablePlan[];
  readonly plan: Plan;
  readonly removal: RemovalPlan;
  readonly foreseen: readonly string[];
  readonly hash: string;
};

export const planRollback = async (transaction: RollbackTransaction, options: RollbackOptions): Promise<PlannedRollback> => {
  const { session, undo, phase } = transaction;
  phase('resolving');
  const takeBack: TakeBack = {
    session,
    source: { ledger: transaction.relations.ledger, runId: transaction.known.runId },
    tables: undo.tables,
    policy: transaction.input.onConflict,
    serverVersion: transaction.serverVersion,
    naming: transaction.naming,
  };
  const unclear = await openLedger(takeBack);
  const matched = unclear.length === 0 ? undefined : await transaction.matchArchive(unclear);
  await acceptArchive(takeBack, matched ?? { loads: [], matched: [] });
  const staged = await judgeRows(takeBack);
  const differing = (load: Load): Differing => differingOf(undo.tables, load);
  if (options.resolutions.length > 0) await session.run(sql`savepoint waybill_plan`);
  const found = await judge(transaction, staged, differing);
  const summary = await summarizeRollback(transaction, { found, notes: matched?.notes ?? [], differing, rows: rowsWanted(options, found.hash) });
  let decided = found;
  if (options.resolutions.length > 0) {
    await session.run(sql`rollback to savepoint waybill_plan`);
    await session.run(sql`release savepoint waybill_plan`);
    await resolve(transaction, options.resolutions, differing);
    decided = await judge(transaction, staged, differing);
  }
  if (options.guards) await guard(transaction, decided);
  const byTable = new Map(decided.tables.map((table) => [table.table, table.counts]));
  return { summary, tables: decided.tables, counts: (load) => byTable.get(loadId(load)) ?? noVerdicts, removal: decided.removal, differing };
};

const differingOf = (tables: readonly UndoTable[], load: Load): Differing => {
  const table = tables.find((candidate) => candidate.load === load);
  return table === undefined ? nothingDiffers : { ...nothingDiffers, change: canChange(table), gone: table.rows.insert > 0 };
};

/** Everything that follows from the judged rows: what keeps deletes back, what the rest of the database refuses, counts, the hash. */
const judge = async (transaction: RollbackTransaction, staged: readonly Staged[], differing: PlannedRollback['differing']): Promise<Found> => {
  const { session, undo, phase, input, known } = transaction;
  const loads = undo.tables.map(({ load }) => load);
  phase('validating');
  const first = await planDeletes(transaction, loads, differing);
  const indexes = (has: (load: Load) => boolean): ReadonlySet<number> => new Set(loads.filter(has).map(({ index }) => index));
  const changes = indexes((load) => differing(load).change);
  const foreseen = await validate({
    session,
    loads,
    ids: sameIds(undo.tables),
    rejectRows: true,
    stays: new Set(),
    changes,
    deletes: indexes((load) => differing(load).gone),
  });
  phase('planning');
  let held = 0;
  for (const load of loads) if (changes.has(load.index)) held += await session.run(markBlocked(load));
  const removal = held > 0 ? await keepReferenced(transaction, loads, differing) : first;
  const pinnedTo = [known.runId, transaction.catalogueFingerprint, input.onConflict];
  const plan = await makePlan({ session, loads, ids: sameIds(undo.tables), staged, pinnedTo, differing });
  const hash = createHash('sha256').update(plan.hash);
  const tables: TablePlan[] = [];
  for (const table of undo.tables) {
    const found = plan.tables.find((candidate) => candidate.table === loadId(table.load));
    const { counts, keys } = await countRest(session, table, found?.counts ?? noVerdicts);
    hash.update(JSON.stringify([loadId(table.load), counts, keys]));
    tables.push({ ...found, table: loadId(table.load), counts, ids: 'keep' });
  }
  const dropped = undo.dropped.map(({ table, rows }): TablePlan => ({ table, counts: { ...noVerdicts, blocked: rows }, ids: 'keep' }));
  return { tables: [...tables, ...dropped], plan, removal, foreseen, hash: hash.digest('hex') };
};

const planDeletes = async (transaction: RollbackTransaction, loads: readonly Load[], differing: PlannedRollback['differing']): Promise<RemovalPlan> => {
  const { session } = transaction;
  for (const load of loads.filter((candidate) => differing(candidate).gone)) {
    await session.run(createDelete(load));
    await session.run(fillDelete(load));
  }
  return keepReferenced(transaction, loads, differing);
};

/** Again when changed rows were held back: what they still refer to stays as well. */
const keepReferenced = async (
  { session, catalogueTables }: RollbackTransaction,
  loads: readonly Load[],
  differing: PlannedRollback['differing'],
): Promise<RemovalPlan> => {
  const changed = (load: Load): readonly string[] => (differing(load).change ? comparedColumns(load).map(({ name }) => name) : []);
  const removal: Removal = { session, loads, tables: catalogueTables, deletes: (load) => differing(load).gone, changed };
  const planned = await planRemoval(removal);
  await noteBlockedRows(removal, planned);
  for (const index of new Set(planned.blocked.map((row) => row.index))) {
    const load = loads.find((candidate) => candidate.index === index);
    if (load !== undefined) await session.run(markKept(load));
  }
  return planned;
};

/** Rows that are left alone, or that are already as the run found them, so that every row that the run wrote is counted once. */
const countRest = async (
  session: Session,
  table: UndoTable,
  planned: VerdictCounts,
): Promise<{ readonly counts: VerdictCounts; readonly keys: readonly string[] }> => {
  const { load, rows } = table;
  const counts = { ...planned };
  const left = await session.many<UndoCount>(countUndo(load));
  for (const { state, count } of left) if (state === 'keep' || state === 'blocked' || state === 'same') counts[state] += count;
  const gone = await session.many<UndoCount>(countGone(load));
  for (const { state, count } of gone) if (state === 'keep') counts.keep += count;
  const away = rows.insert - gone.reduce((sum, { count }) => sum + count, 0);
  // Without a key it cannot be told whether such a row went away or was changed, unless nobody has written as many since.
  const changed = away > 0 && rowKey(load).length === 0 ? (await session.one<{ count: number }>(countWrittenSince(table))).count : 0;
  counts.keep += Math.min(away, changed);
  counts.same += away - Math.min(away, changed);
  return { counts, keys: [...left, ...gone].map(({ state, keys }) => `${state}:${keys}`) };
};

const resolve = async (
  { session, undo, naming }: RollbackTransaction,
  resolutions: readonly Resolution[],
  differing: PlannedRollback['differing'],
): Promise<void> => {
  const loads = undo.tables.map(({ load }) => load);
  await resolveConflicts({ session, mode: 'three-way', naming, resolutions, differing: new Map(loads.map((load) => [load.index, differing(load)])) }, loads);
};

/** The flag counts here too, if one was given: what a run brought may be all that a table has. */
const guard = async ({ session, undo, input }: RollbackTransaction, { tables }: Found): Promise<void> => {
  if (input.maxDeletes === 'any') return;
  const planned = [];
  for (const { load } of undo.tables) {
    const deletes = tables.find(({ table }) => table === loadId(load))?.counts.delete ?? 0;
    if (deletes === 0) continue;
    const { rows } = await session.one<{ rows: string }>(countRows(load));
    planned.push({ table: loadId(load), deletes, rows: Number(rows) });
  }
  guardDeletes(planned, input);
};
