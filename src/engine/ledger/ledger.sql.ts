import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { columnOf, integers, isStaged, originColumns, rowKey, surrogateOf, type Load } from '../load.ts';
import { finalValue, newRows } from '../new-rows.sql.ts';
import { temporary } from '../temporary.ts';
import type { Presence } from '../rows.sql.ts';

export type LedgerTarget = { readonly relation: QualifiedName; readonly runId: string };

const isInteger = (load: Load, name: string): boolean => integers.has(columnOf(load.target, name).baseType);

const head = (ledger: LedgerTarget): Statement =>
  sql`insert into ${relation(ledger.relation)} (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys)`;
const names = (load: Load, ledger: LedgerTarget, verdict: string): Statement =>
  sql`${sql.lit(ledger.runId)}, ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, ${sql.lit(verdict)}`;

/**
 * Keys of inserted rows as ranges or arrays, 10,000 a chunk: one ledger row per inserted row costs 1.29 x the floor, this
 * 0.1-0.35 s per million (ENGINE-FACTS 2.3). A table without any key is recorded by its count.
 */
export const chunksOfInserted = (load: Load, inserted: Statement, ledger: LedgerTarget): Statement => {
  const key = rowKey(load);
  const [first] = key;
  if (first === undefined) {
    return sql`${head(ledger)}
  select ${names(load, ledger, 'insert')}, 0, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[] from ${inserted} having pg_catalog.count(*) operator(pg_catalog.>) 0`;
  }
  if (key.length === 1 && isInteger(load, first)) {
    const id = sql`${sql.id(first)}::bigint`;
    return sql`${head(ledger)}
  select ${names(load, ledger, 'insert')}, pg_catalog.row_number() over (), pg_catalog.count(*), pg_catalog.min(${id}), pg_catalog.max(${id}),
    case when (pg_catalog.max(${id})::numeric operator(pg_catalog.-) pg_catalog.min(${id})) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*) then null else pg_catalog.array_agg(${id}) end, null::pg_catalog.text[]
  from ${inserted} group by ${id} operator(pg_catalog./) 10000`;
  }
  return sql`${head(ledger)}
  select ${names(load, ledger, 'insert')}, chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], pg_catalog.array_agg(key)
  from (select array[${comma(key.map((name) => sql`${sql.id(name)}::pg_catalog.text`))}]::pg_catalog.text as key, (pg_catalog.row_number() over () operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk from ${inserted}) as keyed group by chunk`;
};

/** Rows that the target had and that differ: kept, and so never a base for a delete (ENGINE-RULES 24). By the archive's key. */
export const recordKept = (load: Load, ledger: LedgerTarget): Statement => {
  const columns =
    load.key.kind === 'natural' ? load.key.columns.filter((name) => isStaged(load, name)) : surrogateOf(load).filter((name) => isStaged(load, name));
  const key =
    columns.length === 0 ? sql`s.ctid::pg_catalog.text` : sql`array[${comma(columns.map((name) => sql`s.${sql.id(name)}::pg_catalog.text`))}]::pg_catalog.text`;
  return sql`
/* engine.ledger.record-kept */
${head(ledger)}
select ${names(load, ledger, 'keep')}, chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], pg_catalog.array_agg(key)
from (
  select ${key} as key, (pg_catalog.row_number() over (order by s.ctid) operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from ${temporary('match', load.index)} as m join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) m.src where m.verdict operator(pg_catalog.=) 'keep'
) as kept group by chunk`;
};

/** Where rows known by their origin came to live (ENGINE-RULES 7). */
export const recordProvenance = (
  load: Load,
  ids: readonly Ids[],
  presence: Presence,
  provenance: { readonly relation: QualifiedName; readonly runId: string },
): Statement => {
  const key = originColumns(load).map((name) => sql`(${finalValue(load, ids, name) ?? sql`null`})::pg_catalog.text`);
  const database = sql`s.${sql.id(load.origin?.database ?? '')}`;
  return sql`
/* engine.ledger.record-provenance */
insert into ${relation(provenance.relation)} (table_schema, table_name, origin_database, origin_key, key, run_id)
select ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, ${database}, s.${sql.id(load.origin?.key ?? '')}, array[${comma(key)}], ${sql.lit(provenance.runId)}
${newRows(load, ids, presence)} and ${database} is not null
on conflict (table_schema, table_name, origin_database, origin_key) do update set key = excluded.key, run_id = excluded.run_id`;
};

/** The ledger as JSON lines for the blob store, in a fixed order: the same run gives the same bytes (ENGINE-RULES 20). */
export const ledgerLines = (ledger: LedgerTarget): Statement => sql`
copy (
  /* engine.ledger.lines */
  select pg_catalog.json_strip_nulls(pg_catalog.json_build_object('table', (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name, 'verdict', l.verdict, 'chunk', l.chunk, 'n', l.n, 'lo', l.lo, 'hi', l.hi, 'ids', l.ids, 'keys', l.keys))::pg_catalog.text
  from ${relation(ledger.relation)} as l where l.run_id operator(pg_catalog.=) ${sql.lit(ledger.runId)}
  order by l.table_schema, l.table_name, l.verdict, l.chunk
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`;
