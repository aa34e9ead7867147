import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../../../domain/refusal.ts';
import { lockTables } from '../../../engine/apply/lock.sql.ts';
import { rowFault } from '../../../engine/apply/offenders.ts';
import { settle, takeLock } from '../../../engine/ledger/marker.ts';
import { insertMarker, lockInTransaction } from '../../../engine/ledger/marker.sql.ts';
import { readKnownRun } from '../../../engine/undo/read-run.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { RunOutcome } from '../../job.ts';
import { driftReason } from './apply-retries.ts';
import { completed } from './attempt.ts';
import { commitSettled } from './commit.ts';
import { catalogueChanged, refuseStale } from './import-transaction.ts';
import { planRollback, type PlannedRollback, type RollbackTransaction } from './rollback-plan.ts';
import { writeRollback } from './rollback-write.ts';
import type { RollbackAttempt } from './run-rollback.ts';

/** As for every run: planned anew when an application changed something meanwhile, a bounded number of times; an approved plan is applied exactly or refused. */
const driftLimit = 8;

type Loop = { tries: number; planned: string | undefined; failed: { readonly reason: string; readonly planHash: string | undefined } | undefined };

export const rollbackWithRetries = async (attempt: RollbackAttempt, transaction: RollbackTransaction): Promise<RunOutcome> => {
  const { job, session, phase } = attempt;
  phase('waiting for lock');
  await takeLock(session, {
    runId: job.runId,
    signal: job.signal,
    waiting: (holder) =>
      job.progress({ phase: 'waiting for lock', waitingFor: holder, tablesDone: 0, tablesTotal: transaction.undo.tables.length, rows: 0, bytes: 0 }),
  });
  const loop: Loop = { tries: 0, planned: undefined, failed: undefined };
  for (;;) {
    loop.tries += 1;
    loop.planned = undefined;
    try {
      return await rollbackOnce(attempt, transaction, loop);
    } catch (error) {
      await session.run(sql`rollback`).catch(() => 0);
      if (job.signal.aborted) throw error;
      if (!(await transaction.stageArchive(error))) await prepareNextTry(attempt, loop, error);
    }
  }
};

const rollbackOnce = async (attempt: RollbackAttempt, transaction: RollbackTransaction, loop: Loop): Promise<RunOutcome> => {
  const { job, ports, session, startedAt } = attempt;
  const { relations, runId } = transaction;
  await begin(transaction);
  await session.run(lockInTransaction);
  const marker = insertMarker(relations.run, {
    runId,
    attempt: transaction.attempt,
    databaseId: transaction.origin.ownDatabaseId,
    storeId: transaction.storeId,
  });
  if ((await session.many(marker)).length === 0) {
    await session.run(sql`rollback`);
    const found = await settle(session, relations.run, runId, transaction.attempt);
    return found === undefined ? { state: 'superseded' } : completed(found);
  }
  crashPoint('rollback.marked');
  if (!(await transaction.isCatalogueSame())) throw catalogueChanged();
  // Somebody else may have taken the same run back while this one waited for the lock.
  await readKnownRun(session, relations, { runId: transaction.known.runId, databaseId: transaction.origin.ownDatabaseId });
  const approved = job.approvedPlanHash === undefined ? undefined : await ports.approvedPlan(job.runId);
  const planned = await planRollback(transaction, { resolutions: job.resolutions, rows: 'left', guards: true, approved });
  loop.planned = planned.summary.planHash;
  await refuseStale(ports.blobs, approved, planned.summary);
  if (job.approvedPlanHash === undefined) await job.planned(planned.summary);
  if (openConflicts(planned) > 0) return waitForWord(attempt, planned);
  crashPoint('rollback.planned');
  const result = await writeRollback(transaction, planned, startedAt);
  crashPoint('rollback.before-commit');
  job.signal.throwIfAborted();
  await commitSettled(attempt, relations);
  crashPoint('rollback.committed');
  return { state: 'completed', result };
};

const begin = async ({ session, undo, input }: RollbackTransaction): Promise<void> => {
  await session.run(sql`begin isolation level repeatable read`);
  const loads = undo.tables.map(({ load }) => load);
  if (loads.length === 0) return;
  await session.run(lockTables(loads, input.exclusive ? 'share row exclusive' : 'row exclusive')).catch((error: unknown) => {
    throw sqlStateOf(error)?.sqlState === '42P01' ? catalogueChanged() : error;
  });
};

const openConflicts = ({ tables }: PlannedRollback): number => tables.reduce((sum, { counts }) => sum + counts.conflict, 0);

/** Nobody has decided yet: the plan waits, and nothing is written. */
const waitForWord = async ({ job, session }: RollbackAttempt, planned: PlannedRollback): Promise<RunOutcome> => {
  if (job.approvedPlanHash === undefined) {
    await session.run(sql`rollback`);
    return { state: 'planned' };
  }
  const conflicts = openConflicts(planned);
  throw new Refusal(
    'MERGE_HAS_CONFLICTS',
    `${conflicts} ${conflicts === 1 ? 'row was' : 'rows were'} changed since the run, and nobody has decided what becomes of them; nothing was written. Look at them with \`waybill conflicts ${job.runId}\`, resolve them, or roll back with another policy.`,
    { conflicts, tables: planned.tables.filter(({ counts }) => counts.conflict > 0).map(({ table }) => table) },
  );
};

/** A row that the plan could not foresee as bad: the whole rollback is refused, by name. */
const refusedByRow = (error: unknown): unknown => {
  const fault = rowFault(error);
  if (fault === undefined) return error;
  const where = [fault.table, fault.constraint].filter((part) => part !== undefined).join(', ');
  return new Refusal(
    'ROLLBACK_NOT_POSSIBLE',
    `PostgreSQL refused a row${where === '' ? '' : ` (${where})`}: ${error instanceof Error ? error.message : String(error)}. Nothing was written; mend what stands against it and roll back again.`,
    { issues: [{ code: fault.code, table: fault.table, constraint: fault.constraint, count: 1 }] },
  );
};

const prepareNextTry = async ({ job }: RollbackAttempt, loop: Loop, error: unknown): Promise<void> => {
  const reason = driftReason(error);
  if (reason === undefined) throw refusedByRow(error);
  const state = sqlStateOf(error);
  const tables = state?.table === undefined ? [] : [`${state.schema ?? ''}.${state.table}`];
  await job.drifted(reason, tables);
  if (job.approvedPlanHash !== undefined)
    throw new Refusal('PLAN_IS_STALE', `The target changed while the approved plan was applied: ${reason}. Nothing was written; make a new plan.`, {
      drift: [reason],
    });
  // The very same constraint again under the very same plan: no drift, a row that cannot go in.
  if (rowFault(error) !== undefined && loop.failed?.reason === reason && loop.planned !== undefined && loop.failed.planHash === loop.planned)
    throw refusedByRow(error);
  loop.failed = { reason, planHash: loop.planned };
  if (loop.tries >= driftLimit)
    throw new Refusal(
      'TARGET_KEEPS_CHANGING',
      `The target changed during each of ${loop.tries} tries: ${reason}. Nothing was written; try again, or run it with --exclusive.`,
      { tables },
    );
  await sleep(Math.min(50 * 2 ** loop.tries, 1000), undefined, { signal: job.signal }).catch(() => undefined);
};
