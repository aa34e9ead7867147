import { sql, type Statement } from '../infra/postgres/sql.ts';

/** A log is known by its first event: it can be moved and restored, and stays the same log. */
export const storeId: Statement = sql`/* events.target-log.store-id */
select id from waybill.event where position = 1`;

/**
 * What this log says was written to a database: under any name that led there when the run was completed. Runs that were
 * lost before are told no more.
 */
export const writtenOn = (databaseId: string): Statement => sql`/* events.target-log.written-on */
select run.run_id as run, run.database_name as name
from waybill.run_state as run
join waybill.known_database as known on known.name = run.database_name
cross join lateral (
  select identified.data ->> 'databaseId' as database_id
  from waybill.event as identified
  where identified.stream = known.stream and identified.type = 'DatabaseIdentified' and identified.position < run.position
  order by identified.version desc limit 1
) as identity
where run.state = 'completed' and run.kind <> 'export' and not run.lost and identity.database_id = ${databaseId}
order by run.position`;

export const unknownRuns = (runs: readonly string[]): Statement => sql`/* events.target-log.unknown-runs */
select asked.run from unnest(${runs}::text[]) with ordinality as asked (run, place)
where not exists (select from waybill.run_state as known where known.run_id = asked.run) order by asked.place`;
