import { sql, type Statement } from '../../infra/postgres/sql.ts';

export const pinSnapshot = (): Statement => sql`/* events.log.pin-snapshot */ set transaction isolation level repeatable read, read only`;
/** The whole log in one statement: longer than a store session's ordinary statement timeout. */
export const liftTimeout = (): Statement => sql`/* events.log.lift-timeout */ set local statement_timeout = 0`;

/**
 * First bad position of the chain, or none. Each row is held against the hash that the row before it stores, so a changed
 * row is found at itself, a removed one at its own position, and two swapped ones at the first of them.
 */
export const firstBadPosition = (): Statement => sql`/* events.log.first-bad-position */
with chained as (
  select stored.position, stored.hash,
    coalesce(lag(stored.position) over in_order, 0) as previous_position,
    waybill.event_hash(coalesce(lag(stored.hash) over in_order, pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')), stored) as computed
  from waybill.event as stored
  window in_order as (order by stored.position)
),
bad as (
  select previous_position + 1 as position, 'missing' as reason from chained where position <> previous_position + 1
  union all
  select position, 'changed' from chained where position = previous_position + 1 and hash <> computed
)
select position::text, reason from bad order by bad.position limit 1`;

/** The end of the log against the head row. */
export const logEnd = (): Statement => sql`/* events.log.log-end */
select head.position::text as head_position, pg_catalog.encode(head.hash, 'hex') as head_hash,
  coalesce(newest.position, 0)::text as event_position, pg_catalog.encode(coalesce(newest.hash, pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')), 'hex') as event_hash
from waybill.head
left join lateral (select position, hash from waybill.event order by position desc limit 1) as newest on true`;

export const hashAt = (position: number): Statement => sql`/* events.log.hash-at */
select pg_catalog.encode(hash, 'hex') as hash from waybill.event where position = ${position}`;

/**
 * Blobs by the first event that names them. An export's archive may be none (no space, or exported before archives were kept), so it is
 * looked at only where it is there. What came over the wire is named by its hash and stored expanded.
 */
export const namedBlobs = (): Statement => sql`/* events.log.named-blobs */
select named.sha256, pg_catalog.min(stored.position)::text as position, pg_catalog.bool_or(named.must_exist) as must_exist
from waybill.event as stored
cross join lateral (
  select blob #>> '{}' as sha256, true as must_exist from pg_catalog.jsonb_path_query(stored.data - '{archive,wire}'::text[], 'strict $.**.sha256') as blob
  union
  select stored.data #>> '{archive,sha256}', false where stored.data #>> '{archive,sha256}' is not null
) as named
group by named.sha256
order by pg_catalog.min(stored.position)`;

export const rebuildReadModels = (): Statement => sql`/* events.log.rebuild-read-models */
select waybill.rebuild_read_models()::text as position`;
