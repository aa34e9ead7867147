import { guardDeletes } from '../../../domain/merge/delete-guard.ts';
import { noVerdicts, type BlobReference, type PlanSummary, type Resolution } from '../../../domain/run/run.ts';
import { decideIds, slimWhere, type Ids } from '../../../engine/ids.ts';
import { loadId, type Load } from '../../../engine/load.ts';
import { comparedColumns } from '../../../engine/change.ts';
import { countRows, fillDelete, markGoneBlocked } from '../../../engine/plan/base.sql.ts';
import { namesOfSide } from '../../../engine/plan/base.ts';
import { findDifferences } from '../../../engine/plan/differences.ts';
import { noteBlockedRows, planRemoval, type RemovalPlan } from '../../../engine/plan/inbound.ts';
import { makePlan, nothingDiffers, type Differing, type Plan } from '../../../engine/plan/plan.ts';
import { markBlocked } from '../../../engine/plan/plan.sql.ts';
import { resolveConflicts } from '../../../engine/plan/resolutions.ts';
import { changeLines, goneLines, stayLines } from '../../../engine/plan/row-lines.sql.ts';
import { verdictOfMatched } from '../../../engine/plan/verdict.sql.ts';
import { namingOf, stagedPortable, type Naming } from '../../../engine/portable.sql.ts';
import { createDelete, type Removal } from '../../../engine/removal.ts';
import { isEmptyTable, resolve } from '../../../engine/resolve/resolve.ts';
import { validate } from '../../../engine/validate/validate.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { countLeftOver, storeIssues } from './plan-issues.ts';
import type { ImportTransaction } from './import-transaction.ts';

/**
 * What a run will do, found in its transaction and written nowhere but in temporary tables. A person's resolutions come
 * after: the plan that was read, and its hash, are those of the open conflicts; what is written is decided on top of it.
 */
export type Planned = {
  readonly summary: PlanSummary;
  readonly ids: readonly Ids[];
  /** With what was resolved. */
  readonly plan: Plan;
  readonly differing: (load: Load) => Differing;
  readonly removal: RemovalPlan | undefined;
};

/** `rows`: whether the rows that change are written to a file, to be read. */
export type PlanOptions = {
  readonly resolutions: readonly Resolution[];
  readonly rows: 'always' | 'conflicts';
  readonly guards: boolean;
  /** The plan that must come out again: where another one does, its rows are written down all the same, to tell what drifted. */
  readonly approved?: PlanSummary | undefined;
};

type Found = { readonly plan: Plan; readonly foreseen: readonly string[]; readonly removal: RemovalPlan | undefined };

export const plan = async (transaction: ImportTransaction, options: PlanOptions): Promise<Planned> => {
  const { session, loads, origin, phase, mode } = transaction;
  phase('resolving');
  const empty: boolean[] = [];
  for (const load of loads) empty.push(await isEmptyTable(session, load));
  const ids = slimWhere(loads, decideIds(loads, empty), mode !== 'import' && !transaction.deletes);
  await resolve(session, loads, { ids, origin, verdict: (isEqual) => verdictOfMatched(mode, isEqual) });
  const naming = namingOf({ tables: transaction.keyed, origin, loads });
  const differing = await findDifferences({ ...transaction, ids, naming });
  const resolves = options.resolutions.length > 0;
  if (resolves) await session.run(sql`savepoint waybill_plan`);
  const found = await judge(transaction, ids, differing);
  const summary = await summarize({ transaction, naming, differing, rows: rowsWanted(options, found.plan.hash) }, found);
  let decided = found;
  if (resolves) {
    await session.run(sql`rollback to savepoint waybill_plan`);
    await resolveConflicts({ session, mode, naming, resolutions: options.resolutions, differing }, loads);
    decided = await judge(transaction, ids, differing);
  }
  if (options.guards) await guard(transaction, decided);
  return { ids, plan: decided.plan, differing: (load) => differing.get(load.index) ?? nothingDiffers, removal: decided.removal, summary };
};

export const rowsWanted = <Rows extends string>(
  { rows, approved }: { readonly rows: Rows; readonly approved?: PlanSummary | undefined },
  hash: string,
): Rows | 'always' => (approved === undefined || approved.planHash === hash ? rows : 'always');

/** Everything that follows from what differs: deletes and what keeps them back, issues, counts, the hash. */
const judge = async (transaction: ImportTransaction, ids: readonly Ids[], differing: ReadonlyMap<number, Differing>): Promise<Found> => {
  const { session, loads, staged, phase } = transaction;
  phase('validating');
  const first = await planDeletes(transaction, differing);
  const stays = new Set([...differing].flatMap(([index, { stay }]) => (stay ? [index] : [])));
  const changes = new Set([...differing].flatMap(([index, { change }]) => (change ? [index] : [])));
  const deletes = new Set([...differing].flatMap(([index, { gone }]) => (gone ? [index] : [])));
  const foreseen = await validate({ session, loads, ids, rejectRows: transaction.onError === 'reject-rows', stays, changes, deletes });
  phase('planning');
  let held = 0;
  for (const load of loads) if (changes.has(load.index)) held += await session.run(markBlocked(load));
  const removal = first !== undefined && held > 0 ? await keepReferenced(transaction, differing) : first;
  const made = await makePlan({
    session,
    loads: loads.filter((load) => load.role === 'write'),
    ids,
    staged,
    pinnedTo: transaction.pinnedTo,
    differing: (load) => differing.get(load.index) ?? nothingDiffers,
  });
  return { plan: made, foreseen, removal };
};

const planDeletes = async (transaction: ImportTransaction, differing: ReadonlyMap<number, Differing>): Promise<RemovalPlan | undefined> => {
  const { session, loads } = transaction;
  const deleting = loads.filter((load) => differing.get(load.index)?.gone === true);
  if (deleting.length === 0) return undefined;
  for (const load of deleting) {
    await session.run(createDelete(load));
    await session.run(fillDelete(load));
  }
  return keepReferenced(transaction, differing);
};

/** Again when changed rows were held back: what they still refer to stays as well. */
const keepReferenced = async (transaction: ImportTransaction, differing: ReadonlyMap<number, Differing>): Promise<RemovalPlan> => {
  const { session, loads, catalogueTables } = transaction;
  const changed = (load: Load): readonly string[] => (differing.get(load.index)?.change === true ? comparedColumns(load).map(({ name }) => name) : []);
  const removal: Removal = { session, loads, tables: catalogueTables, deletes: (load) => differing.get(load.index)?.gone === true, changed };
  const found = await planRemoval(removal);
  await noteBlockedRows(removal, found);
  for (const index of new Set(found.blocked.map((row) => row.index))) {
    const load = loads.find((candidate) => candidate.index === index);
    if (load !== undefined) await session.run(markGoneBlocked(load));
  }
  return found;
};

/** Half an archive, or the wrong one, must not empty a database (ENGINE-RULES 26). */
const guard = async ({ session, loads, maxDeletes }: ImportTransaction, { plan: made }: Found): Promise<void> => {
  const planned = [];
  for (const load of loads) {
    const deletes = made.tables.find(({ table }) => table === loadId(load))?.counts.delete ?? 0;
    if (deletes === 0) continue;
    const { rows } = await session.one<{ rows: string }>(countRows(load));
    planned.push({ table: loadId(load), deletes, rows: Number(rows) });
  }
  guardDeletes(planned, { maxDeletes });
};

type Summarizing = {
  readonly transaction: ImportTransaction;
  readonly naming: Naming;
  readonly differing: ReadonlyMap<number, Differing>;
  readonly rows: PlanOptions['rows'];
};

const summarize = async (input: Summarizing, { plan: made, foreseen }: Found): Promise<PlanSummary> => {
  const { transaction } = input;
  const issues = [...made.issues, ...countLeftOver(transaction.leftOver)];
  const issueFile = issues.length === 0 ? undefined : await storeIssues(transaction);
  const conflicts = made.tables.some(({ counts }) => counts.conflict > 0);
  const rowFile = transaction.mode !== 'import' && (input.rows === 'always' || conflicts) ? await storeRows(input) : undefined;
  return {
    planHash: made.hash,
    catalogueFingerprint: transaction.catalogueFingerprint,
    tables: made.tables,
    issues,
    ...(issueFile === undefined ? {} : { issueFile }),
    ...(rowFile === undefined ? {} : { rowFile }),
    ...(transaction.mode === 'three-way' ? { bases: transaction.bases.map(({ sha256 }) => sha256) } : {}),
    notes: [...transaction.notes, ...foreseen],
  };
};

const storeRows = async ({ transaction, naming, differing }: Summarizing): Promise<BlobReference> => {
  const { session, loads, blobs } = transaction;
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const load of loads) {
      const has = differing.get(load.index);
      if (has === undefined) continue;
      // Rows that only one side has are known to be so by their base, or go because they did not arrive (replace).
      const hasBase = has.stay && load.key.kind !== 'image';
      if (has.change) yield* session.copyOut(changeLines(load, hasBase, has.names));
      if (has.gone) yield* session.copyOut(goneLines(load, hasBase, namesOfSide(naming, load, 'target')));
      if (hasBase) yield* session.copyOut(stayLines(load, stagedPortable(naming, load, 's'), namesOfSide(naming, load, 'staged')));
    }
  }
  return blobs.put(lines());
};

export const openConflicts = ({ plan: decided }: Planned): number => decided.tables.reduce((sum, { counts }) => sum + (counts ?? noVerdicts).conflict, 0);
