import { sql, type Statement } from '../infra/postgres/sql.ts';

/** Waits for another transaction with the same key; inserts nothing when that one committed. */
export const claimKey = (actor: string, key: string, inputHash: string): Statement => sql`/* events.idempotency.claim-key */
insert into waybill.idempotency (actor, key, input_hash, event_id, result, at)
values (${actor}, ${key}, ${inputHash}, '', '{}', pg_catalog.clock_timestamp())
on conflict (actor, key) do nothing`;

/** Of many, those that were not there; of two that are the same, one. */
export const claimKeys = (
  claims: readonly { readonly actor: string; readonly key: string; readonly inputHash: string }[],
): Statement => sql`/* events.idempotency.claim-keys */
insert into waybill.idempotency (actor, key, input_hash, event_id, result, at)
select claim.actor, claim.key, claim.input_hash, '', '{}', pg_catalog.clock_timestamp()
from rows from (
  pg_catalog.unnest(${claims.map(({ actor }) => actor)}::pg_catalog.text[]), pg_catalog.unnest(${claims.map(({ key }) => key)}::pg_catalog.text[]),
  pg_catalog.unnest(${claims.map(({ inputHash }) => inputHash)}::pg_catalog.text[])
) as claim (actor, key, input_hash)
order by claim.actor, claim.key
on conflict (actor, key) do nothing
returning actor, key`;

export const findKey = (actor: string, key: string): Statement => sql`/* events.idempotency.find-key */
select known.input_hash, known.result, stored.position::text
from waybill.idempotency as known
left join waybill.event as stored on stored.id = known.event_id
where known.actor = ${actor} and known.key = ${key}`;

export const fillKey = (actor: string, key: string, eventId: string, result: string): Statement => sql`/* events.idempotency.fill-key */
update waybill.idempotency set event_id = ${eventId}, result = ${result}::pg_catalog.jsonb
where actor = ${actor} and key = ${key}`;

export const fillKeys = (
  keys: readonly { readonly actor: string; readonly key: string; readonly eventId: string; readonly result: string }[],
): Statement => sql`/* events.idempotency.fill-keys */
update waybill.idempotency as known set event_id = answered.event_id, result = answered.result::pg_catalog.jsonb
from rows from (
  pg_catalog.unnest(${keys.map(({ actor }) => actor)}::pg_catalog.text[]), pg_catalog.unnest(${keys.map(({ key }) => key)}::pg_catalog.text[]),
  pg_catalog.unnest(${keys.map(({ eventId }) => eventId)}::pg_catalog.text[]), pg_catalog.unnest(${keys.map(({ result }) => result)}::pg_catalog.text[])
) as answered (actor, key, event_id, result)
where known.actor operator(pg_catalog.=) answered.actor and known.key operator(pg_catalog.=) answered.key`;

/** Makes two commands about the same thing take turns, where no stream exists yet whose version would tell them apart. */
export const takeTurns = (subject: string): Statement => sql`/* events.idempotency.take-turns */
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(${subject}, 0))`;

/** In the order in which they are given. */
export const takeAllTurns = (subjects: readonly string[]): Statement => sql`/* events.idempotency.take-all-turns */
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(subject, 0)) from pg_catalog.unnest(${subjects}::pg_catalog.text[]) as subject`;
