import { sql, type Statement } from '../infra/postgres/sql.ts';

/** Latest value wins, but never an earlier attempt's: a worker that was taken over cannot turn the clock back. */
export const saveProgress = (runId: string, attempt: number, progress: string): Statement => sql`/* events.progress.save-progress */
with saved as (
  insert into waybill.run_progress as known (run_id, attempt, sequence, progress, at)
  values (${runId}, ${attempt}, 1, ${progress}::pg_catalog.jsonb, pg_catalog.clock_timestamp())
  on conflict (run_id) do update
  set attempt = excluded.attempt, sequence = known.sequence + 1, progress = excluded.progress, at = excluded.at
  where excluded.attempt >= known.attempt
  returning known.run_id
)
select pg_catalog.pg_notify('waybill_progress', run_id) from saved`;

export const readProgress = (runId: string): Statement => sql`/* events.progress.read-progress */
select run.run_id, run.state, run.version::text as version, coalesce(latest.attempt, run.attempt) as attempt, coalesce(latest.sequence, 0)::text as sequence, latest.progress,
  pg_catalog.to_char(coalesce(latest.at, run.requested_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
from waybill.run_state as run
left join waybill.run_progress as latest on latest.run_id = run.run_id
where run.run_id = ${runId}`;
