import { sql, type Statement } from '../infra/postgres/sql.ts';

export type SecretRow = { readonly generation: number; readonly hash: Buffer; readonly signing: Buffer; readonly sealed: boolean };

export type KeyStateRow = {
  readonly key_id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly databases: readonly string[] | null;
  readonly tables: readonly string[] | null;
  readonly signed: string;
  readonly generation: number;
  readonly is_revoked: boolean;
  readonly is_expired: boolean;
  readonly is_overlapping: boolean;
};

export const putKeySecret = (keyId: string, secret: SecretRow): Statement => sql`/* events.keys.put-secret */
insert into waybill.key_secret (key_id, generation, hash, signing, sealed)
values (${keyId}, ${secret.generation}, ${secret.hash}, ${secret.signing}, ${secret.sealed})`;

/** Only the newest secret and the one before it can ever be valid. */
export const dropOldSecrets = (keyId: string, generation: number): Statement => sql`/* events.keys.drop-old-secrets */
delete from waybill.key_secret where key_id = ${keyId} and generation < ${generation} - 1`;

export const findKeyByName = (name: string): Statement => sql`/* events.keys.find-by-name */
select key_id from waybill.api_key where name = ${name}`;

/** What is over is told by the clock of the store, which all processes share. */
export const readKeyStates = (keyIds: readonly string[]): Statement => sql`/* events.keys.read-states */
select key_id, name, scopes, databases, tables, signed, generation,
  revoked_at is not null as is_revoked,
  coalesce(expires_at <= pg_catalog.clock_timestamp(), false) as is_expired,
  coalesce(overlap_until > pg_catalog.clock_timestamp(), false) as is_overlapping
from waybill.api_key where key_id = any(${[...keyIds]})`;

export const readSecrets = (keyId: string): Statement => sql`/* events.keys.read-secrets */
select generation, hash, signing, sealed from waybill.key_secret where key_id = ${keyId}`;

export const noteUse = (keyId: string, address: string): Statement => sql`/* events.keys.note-use */
insert into waybill.key_use (key_id, last_at, address) values (${keyId}, pg_catalog.clock_timestamp(), ${address})
on conflict (key_id) do update set last_at = excluded.last_at, address = excluded.address`;

export const readOverlapEnd = (hours: number): Statement => sql`/* events.keys.read-overlap-end */
select pg_catalog.to_char((pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ${hours} * 3600.0)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as until`;

const iso = (column: Statement): Statement => sql`pg_catalog.to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const listed = sql`key.key_id, key.name, key.scopes, key.databases, key.tables, key.signed, key.generation, key.created_by,
  ${iso(sql`key.created_at`)} as created_at, ${iso(sql`key.expires_at`)} as expires_at, ${iso(sql`key.revoked_at`)} as revoked_at,
  ${iso(sql`key.overlap_until`)} as overlap_until, ${iso(sql`used.last_at`)} as last_at, used.address`;

export const listKeys = (after: string | undefined, limit: number): Statement => sql`/* events.keys.list */
select ${listed}
from waybill.api_key as key
left join waybill.key_use as used on used.key_id = key.key_id
where ${after === undefined ? sql`true` : sql`key.key_id < ${after}`}
order by key.key_id desc
limit ${limit}`;

export const readKeyRow = (keyId: string): Statement => sql`/* events.keys.read-row */
select ${listed}
from waybill.api_key as key
left join waybill.key_use as used on used.key_id = key.key_id
where key.key_id = ${keyId}`;
