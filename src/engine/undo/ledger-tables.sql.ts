import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/** `numbered`: its rows are known by one integer; `parts`: how many columns their key has otherwise. */
export type LedgerTable = QualifiedName & {
  readonly verdict: 'insert' | 'update' | 'delete';
  readonly rows: string;
  readonly numbered: boolean;
  readonly parts: number | null;
  /** Transactions that wrote these rows of the ledger, and the table's beside them: subtransactions too. */
  readonly writers: readonly string[];
};

const isWritten = (runId: string): Statement =>
  sql`l.run_id operator(pg_catalog.=) ${sql.lit(runId)} and l.verdict operator(pg_catalog.=) any (array['insert', 'update', 'delete'])`;

/** What the run wrote, by table. */
export const ledgerTables = (ledger: QualifiedName, runId: string): Statement => sql`
/* engine.undo.ledger-tables */
select l.table_schema as schema, l.table_name as name, l.verdict, pg_catalog.sum(l.n)::pg_catalog.text as rows, pg_catalog.bool_or(l.lo is not null) as numbered,
  pg_catalog.max(pg_catalog.cardinality(l.keys[1]::pg_catalog.text[])) as parts, pg_catalog.array_agg(distinct l.xmin::pg_catalog.text) as writers
from ${relation(ledger)} as l where ${isWritten(runId)} group by 1, 2, 3 order by 1, 2, 3`;

export type LedgerColumn = QualifiedName & { readonly verdict: 'update' | 'delete'; readonly column: string };

/** The columns in its images of rows that it changed or took out. */
export const ledgerColumns = (ledger: QualifiedName, runId: string): Statement => sql`
/* engine.undo.ledger-columns */
select distinct l.table_schema as schema, l.table_name as name, l.verdict, k.name as column
from ${relation(ledger)} as l
cross join lateral pg_catalog.unnest(case when l.verdict operator(pg_catalog.=) 'delete' then l.before[1:1] else l.before end) as b (image)
cross join lateral pg_catalog.jsonb_object_keys(b.image) as k (name)
where ${isWritten(runId)} and l.before is not null order by 1, 2, 3, 4`;
