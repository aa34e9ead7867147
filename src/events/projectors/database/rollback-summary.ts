import type { BlobReference, PlanSummary, TablePlan } from '../../../domain/run/run.ts';
import { loadId, rowKey, type Load } from '../../../engine/load.ts';
import { changeLines, goneLines, type Listed } from '../../../engine/plan/row-lines.sql.ts';
import { missingLines } from '../../../engine/undo/undo.sql.ts';
import type { UndoTable } from '../../../engine/undo/undo-tables.ts';
import { issueLines, numberIssues } from '../../../engine/validate/validate.sql.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { Found, PlannedRollback, RollbackOptions, RollbackTransaction } from './rollback-plan.ts';

type Summarizing = {
  readonly found: Found;
  readonly notes: readonly string[];
  readonly differing: PlannedRollback['differing'];
  readonly rows: RollbackOptions['rows'];
};

export const summarizeRollback = async (transaction: RollbackTransaction, { found, notes, differing, rows }: Summarizing): Promise<PlanSummary> => {
  const { undo } = transaction;
  const isLeft = found.tables.some(({ counts }) => counts.keep + counts.conflict + counts.blocked > 0);
  const issueFile = found.plan.issues.length === 0 ? undefined : await storeIssues(transaction);
  const rowFile = rows === 'always' || isLeft ? await storeRows(transaction, differing, rows === 'always' ? 'all' : 'left') : undefined;
  return {
    planHash: found.hash,
    catalogueFingerprint: transaction.catalogueFingerprint,
    tables: found.tables,
    issues: found.plan.issues,
    ...(issueFile === undefined ? {} : { issueFile }),
    ...(rowFile === undefined ? {} : { rowFile }),
    notes: [
      ...transaction.notes,
      ...notes,
      ...undo.dropped.map(({ table, rows: count }) => `${table} is not there any more: what the run did to ${count} of its rows cannot be taken back`),
      ...found.tables.flatMap((table) => untold(undo.tables, table)),
      ...found.foreseen,
    ],
  };
};

/** Without a key such rows cannot be told from each other: they were changed, went away, or came in beside rows that were refused. */
const untold = (tables: readonly UndoTable[], { table, counts }: TablePlan): readonly string[] => {
  const hasKey = tables.some(({ load }) => loadId(load) === table && rowKey(load).length > 0);
  return hasKey || counts.keep === 0
    ? []
    : [`${table} has no key: ${counts.keep} of the rows that the run put in are not found as it left them, and stay as they are`];
};

const storeIssues = async ({ session, undo, blobs }: RollbackTransaction): Promise<BlobReference> => {
  const loads = undo.tables.map(({ load }) => load);
  for (const load of loads) await session.run(numberIssues(load, false));
  return blobs.put(session.copyOut(issueLines(loads)));
};

/** What was left alone is always listed; what goes back, where the plan is there to be read. */
const storeRows = async ({ session, undo, blobs }: RollbackTransaction, differing: PlannedRollback['differing'], listed: Listed): Promise<BlobReference> => {
  const noNames = { joins: sql``, of: new Map() };
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const { load } of undo.tables) {
      if (rowKey(load).length === 0) continue;
      if (differing(load).change) yield* session.copyOut(changeLines(load, true, undefined, listed));
      if (differing(load).gone) yield* session.copyOut(goneLines(wholeRow(load), false, noNames, listed));
      yield* session.copyOut(missingLines(load));
    }
  }
  return blobs.put(lines());
};

/** Rows that go are shown with all of their cells. */
const wholeRow = (load: Load): Load => ({ ...load, columns: load.target.columns.filter((column) => column.generated === undefined) });
