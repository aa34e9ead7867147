import { sql, type Statement } from '../infra/postgres/sql.ts';

/** Waits for another transaction with the same key; inserts nothing when that one committed. */
export const claimKey = (actor: string, key: string, inputHash: string): Statement => sql`/* events.idempotency.claim-key */
insert into waybill.idempotency (actor, key, input_hash, event_id, result, at)
values (${actor}, ${key}, ${inputHash}, '', '{}', pg_catalog.clock_timestamp())
on conflict (actor, key) do nothing`;

export const findKey = (actor: string, key: string): Statement => sql`/* events.idempotency.find-key */
select known.input_hash, known.result, stored.position::text
from waybill.idempotency as known
left join waybill.event as stored on stored.id = known.event_id
where known.actor = ${actor} and known.key = ${key}`;

export const fillKey = (actor: string, key: string, eventId: string, result: string): Statement => sql`/* events.idempotency.fill-key */
update waybill.idempotency set event_id = ${eventId}, result = ${result}::pg_catalog.jsonb
where actor = ${actor} and key = ${key}`;

/** Makes two commands about the same thing take turns, where no stream exists yet whose version would tell them apart. */
export const takeTurns = (subject: string): Statement => sql`/* events.idempotency.take-turns */
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(${subject}, 0))`;
