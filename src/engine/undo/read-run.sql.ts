import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/**
 * `writer`: the transaction of the run as its rows carry it. Only while the marker carries it too (a restored dump has other
 * ones), and while it is so young that no later transaction can have the same number.
 */
export const readRunMarker = (runs: QualifiedName, runId: string): Statement => sql`
/* engine.undo.read-run */
select r.state, r.summary, r.database_id as "databaseId",
  case when r.xmin::pg_catalog.text operator(pg_catalog.=) (r.xid operator(pg_catalog.%) 4294967296)::pg_catalog.text
    and r.xid operator(pg_catalog.<=) now.xid and now.xid operator(pg_catalog.-) r.xid operator(pg_catalog.<) 2147483648
  then r.xmin::pg_catalog.text end as writer
from ${relation(runs)} as r cross join (select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::bigint as xid) as now
where r.run_id operator(pg_catalog.=) ${runId}`;

/** Every rollback that was done in this database: which run took which back. */
export const rollbacksDone = (runs: QualifiedName, databaseId: string | undefined): Statement => sql`
/* engine.undo.rollbacks-done */
select r.run_id as run, r.summary operator(pg_catalog.->>) 'rolledBack' as "rolledBack" from ${relation(runs)} as r
where r.state operator(pg_catalog.=) 'applied' and r.summary operator(pg_catalog.->>) 'rolledBack' is not null
  and (r.database_id is null or ${databaseId ?? null}::pg_catalog.text is null or r.database_id operator(pg_catalog.=) ${databaseId ?? null})
order by r.at`;

export const recordedRows = (ledger: QualifiedName, runId: string): Statement => sql`
/* engine.undo.recorded-rows */
select (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name as table, pg_catalog.sum(l.n)::pg_catalog.text as rows
from ${relation(ledger)} as l
where l.run_id operator(pg_catalog.=) ${runId} and l.verdict operator(pg_catalog.=) any (array['insert', 'update', 'delete']) group by 1`;
