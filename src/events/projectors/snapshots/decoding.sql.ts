import { sql, type Statement } from '../../../infra/postgres/sql.ts';

export type DecodingRow = { readonly level: string; readonly allowed: boolean; readonly standby: boolean };
export const mayDecode = (): Statement => sql`/* events.snapshots.may-decode */
select current_setting('wal_level') as level, pg_is_in_recovery() as standby,
  exists (select from pg_roles r where r.rolname = current_user and (r.rolsuper or r.rolreplication)) as allowed`;

/** Temporary: it goes with its session, and the WAL that it holds with it. */
export const createSlot = (name: string): Statement => sql`/* events.snapshots.create-slot */
select pg_create_logical_replication_slot(${name}, 'test_decoding', true)`;

/** While a slot is being made, too. */
export const noticeWhenGone: Statement = sql`/* events.snapshots.notice-when-gone */ set client_connection_check_interval = '2s'`;

export type SlotRow = { readonly position: string; readonly behind: number };
export const slotState = (name: string): Statement => sql`/* events.snapshots.slot-state */
select pg_current_wal_flush_lsn()::text as position, pg_wal_lsn_diff(pg_current_wal_flush_lsn(), s.restart_lsn)::float8 as behind
from pg_replication_slots s where s.slot_name = ${name}`;

export type DecodedRow = { readonly names: string | null };
/** Which tables were written, as decoding spells them; rows stay in the server. */
export const decodedTables = (name: string): Statement => sql`/* events.snapshots.decoded-tables */
select distinct (regexp_match(change.data, '^table (.*?): (?:INSERT|UPDATE|DELETE|TRUNCATE):'))[1] as names
from pg_logical_slot_get_changes(${name}, null, 50000, 'skip-empty-xacts', '1', 'include-xids', '0') as change
where change.data like 'table %'`;
