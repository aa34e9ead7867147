import { Failure } from '../../../domain/refusal.ts';
import { applicationName } from '../../../engine/ledger/marker.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { settleUnderLock, type TargetAttempt } from './attempt.ts';
import { openTarget } from './open-target.ts';

/** A lost answer to COMMIT is not a failed COMMIT: a new session asks the marker, under the lock. */
export const commitSettled = async (attempt: TargetAttempt, relations: TargetRelations): Promise<void> => {
  const { job, database, session } = attempt;
  try {
    await session.run(sql`commit`);
  } catch (error) {
    if (!(error instanceof Failure) || !error.retryable || sqlStateOf(error)?.sqlState.startsWith('40') === true) throw error;
    const other = await openTarget(database, applicationName(job.runId, job.attempt + 1));
    try {
      if ((await settleUnderLock(attempt, other, relations)) === undefined) throw error;
    } finally {
      await other.close();
    }
  }
};
