import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/** Rows that should have gone and stayed, since others refer to them, are no rows of the archive. */
const keptBack = sql`(
        select coalesce(pg_catalog.sum((i.value operator(pg_catalog.->>) 'count')::bigint), 0)
        from pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(r.summary operator(pg_catalog.#>) '{plan,issues}') operator(pg_catalog.=) 'array' then r.summary operator(pg_catalog.#>) '{plan,issues}' else '[]' end) as i (value)
        where i.value operator(pg_catalog.->>) 'code' operator(pg_catalog.=) 'reference.inbound' and i.value operator(pg_catalog.->) 'table' operator(pg_catalog.=) (t.value operator(pg_catalog.->) 'table')
      )`;

export type MarkerRow = {
  readonly run: string;
  readonly at: string;
  readonly archive: { readonly sha256: string; readonly databaseId: string; readonly run?: string } | null;
  readonly rolledBack: string | null;
  /** Tables in the run's scope, how many rows of the archive it did not take, and which columns. */
  readonly tables: readonly { readonly table: string; readonly left: number; readonly leftColumns: readonly string[] | null }[];
};
/** What was done to this database, oldest first: from the markers that its runs committed. */
export const markersOf = (runs: QualifiedName): Statement => sql`/* engine.export.markers-of */
select r.run_id as run, pg_catalog.to_char(r.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, r.summary operator(pg_catalog.->) 'archive' as archive, r.summary operator(pg_catalog.->>) 'rolledBack' as "rolledBack",
  (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('table', t.value operator(pg_catalog.->) 'table', 'leftColumns', t.value operator(pg_catalog.->) 'leftColumns', 'left',
      coalesce((t.value operator(pg_catalog.#>>) '{counts,keep}')::bigint, 0) operator(pg_catalog.+) coalesce((t.value operator(pg_catalog.#>>) '{counts,blocked}')::bigint, 0)
        operator(pg_catalog.+) coalesce((t.value operator(pg_catalog.#>>) '{counts,conflict}')::bigint, 0)
        operator(pg_catalog.-) ${keptBack})), '[]')
    from pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(r.summary operator(pg_catalog.->) 'tables') operator(pg_catalog.=) 'array' then r.summary operator(pg_catalog.->) 'tables' else '[]' end) as t (value)
  ) as tables
from ${relation(runs)} as r
where r.state operator(pg_catalog.=) 'applied' and r.summary is not null
order by r.at, r.run_id`;

const left = sql`any (array['keep', 'blocked', 'conflict'])`;

export type LeftRow = { readonly run: string; readonly table: string; readonly rows: number; readonly named: number };
/** How many rows of the archive each of the runs left out, by the ledger. A ledger that is gone has no row here. */
export const countLeft = (ledger: QualifiedName, runs: readonly string[], names: Statement): Statement => sql`/* engine.export.count-left */
select l.run_id as run, (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name as table,
  pg_catalog.sum(l.n)::pg_catalog.float8 as rows, pg_catalog.sum(coalesce(pg_catalog.cardinality(${names}), 0))::pg_catalog.float8 as named
from ${relation(ledger)} as l
where l.run_id operator(pg_catalog.=) any (${runs}::pg_catalog.text[]) and l.verdict operator(pg_catalog.=) ${left}
group by l.run_id, l.table_schema, l.table_name`;

export type NamesRow = { readonly run: string; readonly table: string; readonly names: readonly string[] };
/** Their names; asked for by run and table, both lists aligned. */
export const namesLeft = (
  ledger: QualifiedName,
  asked: { readonly runs: readonly string[]; readonly tables: readonly string[] },
  names: Statement,
): Statement =>
  sql`/* engine.export.names-left */
select l.run_id as run, asked.name as table, pg_catalog.array_agg(name.value order by l.verdict, l.chunk, name.place) as names
from rows from (pg_catalog.unnest(${asked.runs}::pg_catalog.text[]), pg_catalog.unnest(${asked.tables}::pg_catalog.text[])) as asked (run, name)
join ${relation(ledger)} as l on l.run_id operator(pg_catalog.=) asked.run and (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name operator(pg_catalog.=) asked.name
cross join lateral pg_catalog.unnest(${names}) with ordinality as name (value, place)
where l.verdict operator(pg_catalog.=) ${left}
group by l.run_id, asked.name`;

/** Version 1 had one list for both: of what it kept, the names were the keys. Only version 2 says what it found. */
export const namesIn = (columns: readonly string[]): Statement =>
  columns.includes('names')
    ? sql`coalesce(l.names, case when l.verdict operator(pg_catalog.=) 'keep' and l.found is null and l.before is null then l.keys end)`
    : sql`case when l.verdict operator(pg_catalog.=) 'keep' then l.keys end`;
