import { sql, type Statement } from '../infra/postgres/sql.ts';

/** The newest file that came under each name, by its place among them. */
export const newestOfNames = (files: readonly { readonly folder: string; readonly name: string }[]): Statement => sql`/* events.inbox.newest-of-names */
select wanted.place::pg_catalog.int4 as place, newest.inbox_id, newest.state, newest.sha256
from rows from (
  pg_catalog.unnest(${files.map(({ folder }) => folder)}::pg_catalog.text[]), pg_catalog.unnest(${files.map(({ name }) => name)}::pg_catalog.text[])
) with ordinality as wanted (folder, name, place)
cross join lateral (
  select known.inbox_id, known.state, known.sha256
  from waybill.inbox_file as known
  where known.folder operator(pg_catalog.=) wanted.folder and known.name operator(pg_catalog.=) wanted.name
  order by known.inbox_id desc
  limit 1
) as newest`;

export const newestOfContent = (sha256: string): Statement => sql`/* events.inbox.newest-of-content */
select name
from waybill.inbox_file
where sha256 = ${sha256}
order by inbox_id desc
limit 1`;

/** Those whose file should lie in its folder. */
export const lyingFiles = (): Statement => sql`/* events.inbox.lying-files */
select inbox_id, folder, name
from waybill.inbox_file
where state = any (array['waiting', 'failed'])
order by inbox_id`;

export const waitingFiles = (after: number, most: number): Statement => sql`/* events.inbox.waiting-files */
select inbox_id, folder, name, sha256, position::text
from waybill.inbox_file
where state = 'waiting' and position > ${after}
order by position
limit ${most}`;

/** Taken by a run that has ended. */
export const endedFiles = (most: number): Statement => sql`/* events.inbox.ended-files */
select file.inbox_id, file.folder, file.name, file.sha256, file.run_id, run.state as run_state, run.failure
from waybill.inbox_file as file
join waybill.run_state as run on run.run_id = file.run_id
where file.state = 'taken' and run.state = any (array['completed', 'refused', 'failed', 'cancelled'])
order by file.inbox_id
limit ${most}`;

/** A run that was asked the very same and still stands: content that arrives twice is imported once. */
export const standingRun = (kind: string, upload: string, input: string): Statement => sql`/* events.inbox.standing-run */
select run_id
from waybill.run_state
where upload = ${upload} and kind = ${kind} and input - 'fileName' = ${input}::pg_catalog.jsonb - 'fileName'
  and state <> all (array['refused', 'failed', 'cancelled']) and not lost and taken_back_by is null
order by requested_position desc
limit 1`;

/** One scanner for all servers of a store; the lock goes with its session. */
const scannerLock = 0x7762_696e;
export const holdScanner = (): Statement => sql`/* events.inbox.hold-scanner */
select pg_catalog.pg_try_advisory_lock(${scannerLock}, 0) as held`;
