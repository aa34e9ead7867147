import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/** A standby may not have heard of the last runs yet. */
export const isBehind: Statement = sql`/* engine.ledger.is-behind */ select pg_catalog.pg_is_in_recovery() as behind`;

/** Which of these runs have a marker here. */
export const present = (runs: QualifiedName, asked: readonly string[]): Statement => sql`/* engine.ledger.present */
select r.run_id as run from ${relation(runs)} as r
where r.run_id operator(pg_catalog.=) any (${asked}::pg_catalog.text[]) and r.state operator(pg_catalog.=) 'applied'`;

export type LastRow = { readonly run: string; readonly at: string };
/** The last runs of one log here, newest first. A marker that is no run of a log has a slash in its name. */
export const lastOf = (runs: QualifiedName, log: { readonly databaseId: string; readonly storeId: string }): Statement => sql`/* engine.ledger.last-of */
select r.run_id as run, pg_catalog.to_char(r.at, 'YYYY-MM-DD HH24:MI "UTC"') as at from ${relation(runs)} as r
where r.state operator(pg_catalog.=) 'applied' and r.store_id operator(pg_catalog.=) ${log.storeId} and r.database_id operator(pg_catalog.=) ${log.databaseId}
  and pg_catalog.strpos(r.run_id, '/') operator(pg_catalog.=) 0
order by r.at desc, r.run_id desc limit 100`;

export type OthersRow = { readonly runs: number; readonly last: string | null };
/** Runs of other logs that wrote this database. */
export const ofOtherLogs = (
  runs: QualifiedName,
  log: { readonly databaseId: string; readonly storeId: string },
): Statement => sql`/* engine.ledger.of-other-logs */
select pg_catalog.count(*)::pg_catalog.int4 as runs, pg_catalog.to_char(pg_catalog.max(r.at), 'YYYY-MM-DD HH24:MI "UTC"') as last from ${relation(runs)} as r
where r.state operator(pg_catalog.=) 'applied' and r.database_id operator(pg_catalog.=) ${log.databaseId} and r.store_id operator(pg_catalog.<>) ${log.storeId}`;
