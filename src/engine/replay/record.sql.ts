import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { tableId } from '../../domain/catalogue/catalogue.ts';
import { comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/**
 * The ledger file of a run, read back: first its lines, then its chunks as the target's own ledger has them, then per table
 * and verdict one row for each row that the run touched.
 */
export const createRecord: Statement = sql`
/* engine.replay.create-record */
create temporary table wb_record (line pg_catalog.text not null)`;

export const copyRecord: Statement = sql`
/* engine.replay.copy-record */
copy pg_temp.wb_record (line) from stdin (format csv, quote e'\\x01', delimiter e'\\x02')`;

/** json, not jsonb: a chunk of large images is larger than a jsonb may be. */
export const createChunks = (ledger: QualifiedName): Statement => sql`
/* engine.replay.create-chunks */
create temporary table wb_chunk as
select line.document operator(pg_catalog.->>) 'table' as table_id, l.verdict, l.chunk, l.n, l.lo, l.hi, l.ids, l.keys, l.names, l.before, l.after, l.found
from (select r.line::pg_catalog.json as document from pg_temp.wb_record as r) as line
cross join lateral pg_catalog.json_populate_record(null::${relation(ledger)}, line.document) as l`;

export const dropRecord: Statement = sql`/* engine.replay.drop-record */ drop table pg_temp.wb_record`;

export type RecordRow = { readonly table: string; readonly verdict: string; readonly rows: string; readonly named: boolean; readonly imaged: boolean };

export const countRecord: Statement = sql`
/* engine.replay.count-record */
select c.table_id as "table", c.verdict, pg_catalog.sum(c.n)::pg_catalog.text as rows, pg_catalog.bool_or(c.names is not null) as named,
  pg_catalog.bool_or(c.after is not null) as imaged
from pg_temp.wb_chunk as c group by 1, 2 order by 1, 2`;

export const recordedName = (index: number, verdict: string): string => `wb_recorded_${verdict}_${index}`;
export const recorded = (index: number, verdict: string): Statement => sql.id('pg_temp', recordedName(index, verdict));

/** A range without gaps is its ids in order. */
export const createRecorded = (table: QualifiedName, index: number, verdict: string): Statement => sql`
/* engine.replay.create-recorded */
create temporary table ${sql.id(recordedName(index, verdict))} as
select pg_catalog.row_number() over (order by c.chunk, e.place) as place, e.id, e.key, e.name, e.before, e.after, e.found
from pg_temp.wb_chunk as c
cross join lateral rows from (
  pg_catalog.unnest(case when c.ids is null and c.lo is not null then array(select pg_catalog.generate_series(c.lo, c.hi)) else c.ids end),
  pg_catalog.unnest(c.keys), pg_catalog.unnest(c.names), pg_catalog.unnest(c.before), pg_catalog.unnest(c.after), pg_catalog.unnest(c.found)
) with ordinality as e (id, key, name, before, after, found, place)
where c.table_id operator(pg_catalog.=) ${sql.lit(tableId(table))} and c.verdict operator(pg_catalog.=) ${sql.lit(verdict)}`;

/** The columns of inserted rows are the same for each of them. */
export const columnsOfInserted = (table: QualifiedName): Statement => sql`
/* engine.replay.columns-of-inserted */
select distinct k.name
from pg_temp.wb_chunk as c
cross join lateral (select a.image from pg_catalog.unnest(c.after) as a (image) where a.image is not null limit 1) as first
cross join lateral pg_catalog.jsonb_object_keys(first.image) as k (name)
where c.table_id operator(pg_catalog.=) ${sql.lit(tableId(table))} and c.verdict operator(pg_catalog.=) 'insert'`;

export const columnsOfUpdated = (index: number): Statement => sql`
/* engine.replay.columns-of-updated */
select distinct k.name from ${recorded(index, 'update')} as r cross join lateral pg_catalog.jsonb_object_keys(r.after) as k (name)`;

/** What apply wrote of its own: the record comes in its place. */
export const clearLedger = (ledger: QualifiedName, runId: string): Statement => sql`
/* engine.replay.clear-ledger */
delete from ${relation(ledger)} as l where l.run_id operator(pg_catalog.=) ${sql.lit(runId)}`;

/** The tables of one run, which the next must not see; what earlier runs met stays. */
export const temporaryTables: Statement = sql`
/* engine.replay.temporary-tables */
select c.relname::pg_catalog.text as name from pg_catalog.pg_class as c
where c.relnamespace operator(pg_catalog.=) pg_catalog.pg_my_temp_schema() and c.relkind operator(pg_catalog.=) 'r' and c.relname operator(pg_catalog.<>) 'wb_seen'`;
export const dropTemporary = (names: readonly string[]): Statement => sql`
/* engine.replay.drop-temporary */
drop table ${comma(names.map((name) => sql.id('pg_temp', name)))}`;

const chunkColumns = comma(['verdict', 'chunk', 'n', 'lo', 'hi', 'ids', 'keys', 'names', 'before', 'after', 'found'].map((name) => sql.id(name)));

/** As recorded, under the run's own id: history and rollback read here what they read there. */
export const restoreLedger = (ledger: QualifiedName, runId: string, table: QualifiedName): Statement => sql`
/* engine.replay.restore-ledger */
insert into ${relation(ledger)} (run_id, table_schema, table_name, ${chunkColumns})
select ${sql.lit(runId)}, ${sql.lit(table.schema)}, ${sql.lit(table.name)}, ${chunkColumns} from pg_temp.wb_chunk as c where c.table_id operator(pg_catalog.=) ${sql.lit(tableId(table))}`;
