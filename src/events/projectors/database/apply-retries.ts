import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, Refusal } from '../../../domain/refusal.ts';
import { fastCandidates } from '../../../engine/apply/fast-load.ts';
import { keepOffenders, offenderLimit, rowFault } from '../../../engine/apply/offenders.ts';
import { settle, takeLock, type Marker } from '../../../engine/ledger/marker.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { RunOutcome } from '../../job.ts';
import { completed, type Attempt } from './attempt.ts';
import { commitSettled } from './commit.ts';
import { begin, catalogueChanged, markAttempt, refuseAltered, refuseIssues, refuseStale, type ImportTransaction } from './import-transaction.ts';
import { RowsRefused, write } from './write-plan.ts';
import { openConflicts, plan, type Planned } from './plan-transaction.ts';

/**
 * The transaction again and again until it holds, a bounded number of times: what an application changed meanwhile is
 * planned anew, rows that PostgreSQL refused stay out under REJECT_ROWS, and a table that could not be rebuilt goes in the
 * ordinary way. An approved plan is applied exactly or refused.
 */
const driftLimit = 8;

/** What says that the target changed under us. */
export const driftReason = (error: unknown): string | undefined => {
  const state = sqlStateOf(error);
  if (state?.sqlState === '40001') return 'a row that the plan leans on was changed meanwhile';
  if (state?.sqlState === '40P01') return 'a deadlock with another transaction';
  if (state?.sqlState === '23505') return `another transaction wrote the same key (${state.constraint ?? 'unique'})`;
  if (state?.sqlState === '23503') return `a row that is referred to went away (${state.constraint ?? 'foreign key'})`;
  return error instanceof Failure && error.code === 'ROW_COUNT_DIFFERS' ? error.message : undefined;
};

/** A row that the plan could not foresee as bad: named by constraint and table; the whole run is refused. */
const refusedByRow = (error: unknown): unknown => {
  const fault = rowFault(error instanceof RowsRefused ? error.cause : error);
  if (fault === undefined) return error;
  const where = [fault.table, fault.constraint].filter((part) => part !== undefined).join(', ');
  const message = `PostgreSQL refused a row${where === '' ? '' : ` (${where})`}: ${error instanceof Error ? error.message : String(error)}. Nothing was written; mend the rows, or import with on-error reject-rows to leave them out.`;
  return new Refusal('IMPORT_HAS_ISSUES', message, { issues: [{ code: fault.code, table: fault.table, constraint: fault.constraint, count: 1 }] });
};

/** `failed`: how the last try failed, and with which plan; `planned`: the plan of the try under way. */
type Loop = {
  tries: number;
  rebuildAllowed: boolean;
  failed: { readonly reason: string; readonly planHash: string | undefined } | undefined;
  planned: string | undefined;
};

export const applyWithRetries = async (attempt: Attempt, transaction: ImportTransaction, relations: TargetRelations): Promise<RunOutcome> => {
  const { job, session, phase } = attempt;
  phase('waiting for lock');
  await takeLock(session, {
    runId: job.runId,
    signal: job.signal,
    waiting: (holder) =>
      job.progress({ phase: 'waiting for lock', waitingFor: holder, tablesDone: 0, tablesTotal: transaction.loads.length, rows: 0, bytes: 0 }),
  });
  const loop: Loop = { tries: 0, rebuildAllowed: job.input.rebuild === 'auto', failed: undefined, planned: undefined };
  for (;;) {
    loop.tries += 1;
    loop.planned = undefined;
    const fast = loop.rebuildAllowed
      ? await fastCandidates({ session, loads: transaction.loads, staged: transaction.staged, exclusive: transaction.exclusive })
      : [];
    try {
      return await applyOnce(attempt, { ...transaction, fast, failedPlan: loop.failed?.planHash }, relations, loop);
    } catch (error) {
      await session.run(sql`rollback`).catch(() => 0);
      if (job.signal.aborted) throw error;
      await prepareNextTry(attempt, loop, error);
    }
  }
};

/** The very same constraint again, with the very same plan made from a newer state: no drift, a row that cannot go in. */
const isSameFault = (loop: Loop, error: unknown, reason: string): boolean =>
  rowFault(error) !== undefined && loop.failed?.reason === reason && loop.planned !== undefined && loop.failed.planHash === loop.planned;

/** Returns when another try makes sense, throws what the run ends with otherwise. */
const prepareNextTry = async ({ job, session }: Attempt, loop: Loop, error: unknown): Promise<void> => {
  if (error instanceof Failure && (error.code === 'REBUILD_DIFFERS' || (error.code === 'LOCK_TIMEOUT' && loop.rebuildAllowed))) {
    loop.rebuildAllowed = false;
    return;
  }
  if (error instanceof RowsRefused && error.offenders.length > 0 && error.offenders.length < offenderLimit) return keepOffenders(session, error.offenders);
  const reason = driftReason(error);
  if (reason === undefined) throw refusedByRow(error);
  const state = sqlStateOf(error);
  const tables = state?.table === undefined ? [] : [`${state.schema ?? ''}.${state.table}`];
  await job.drifted(reason, tables);
  if (job.approvedPlanHash !== undefined)
    throw new Refusal('PLAN_IS_STALE', `The target changed while the approved plan was applied: ${reason}. Nothing was written; make a new plan.`, {
      drift: [reason],
    });
  const isRepeated = isSameFault(loop, error, reason);
  loop.failed = { reason, planHash: loop.planned };
  if (isRepeated) throw refusedByRow(error);
  if (loop.tries >= driftLimit)
    throw new Refusal(
      'TARGET_KEEPS_CHANGING',
      `The target changed during each of ${loop.tries} tries: ${reason}. Nothing was written; try again, or run it with --exclusive.`,
      { tables },
    );
  await sleep(Math.min(50 * 2 ** loop.tries, 1000), undefined, { signal: job.signal }).catch(() => undefined);
};

const applyOnce = async (attempt: Attempt, transaction: ImportTransaction, relations: TargetRelations, loop: Loop): Promise<RunOutcome> => {
  const { job, ports, session, startedAt } = attempt;
  await begin(transaction, 'apply').catch((error: unknown) => {
    throw sqlStateOf(error)?.sqlState === '42P01' ? catalogueChanged() : error;
  });
  if (!(await markAttempt(transaction))) {
    await session.run(sql`rollback`);
    const marker = await settleMarker(attempt, relations);
    return marker === undefined ? { state: 'superseded' } : completed(marker);
  }
  crashPoint('import.marked');
  await refuseAltered(transaction);
  const approved = job.approvedPlanHash === undefined ? undefined : await ports.approvedPlan(job.runId);
  const planned = await plan(transaction, { resolutions: job.resolutions, rows: 'conflicts', guards: true, approved });
  loop.planned = planned.summary.planHash;
  await refuseStale(ports.blobs, approved, planned.summary);
  if (job.approvedPlanHash === undefined) await job.planned(planned.summary);
  const conflicts = openConflicts(planned);
  if (conflicts > 0 && job.approvedPlanHash === undefined) {
    // Nobody has decided yet: the plan waits, and nothing is written.
    await session.run(sql`rollback`);
    return { state: 'planned' };
  }
  refuseIssues(transaction, planned);
  if (conflicts > 0) throw undecided(job.runId, planned, conflicts);
  crashPoint('import.planned');
  const result = await write(transaction, relations, planned, startedAt);
  crashPoint('import.before-commit');
  job.signal.throwIfAborted();
  await commitSettled(attempt, relations);
  crashPoint('import.committed');
  return { state: 'completed', result };
};

const undecided = (runId: string, { plan: { tables } }: Planned, conflicts: number): Refusal =>
  new Refusal(
    'MERGE_HAS_CONFLICTS',
    `${conflicts} ${conflicts === 1 ? 'row has a conflict' : 'rows have conflicts'} that nobody has decided; nothing was written. Look at them with \`waybill conflicts ${runId}\`, then merge again with a policy, or resolve them before you apply.`,
    { conflicts, tables: tables.filter(({ counts }) => counts.conflict > 0).map(({ table }) => table) },
  );

/** The session still holds the lock here. */
const settleMarker = ({ job, session }: Attempt, relations: TargetRelations): Promise<Marker | undefined> =>
  settle(session, relations.run, job.runId, job.attempt);
