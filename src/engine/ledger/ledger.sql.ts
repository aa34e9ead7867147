import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { and, comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, firesOnUpdate, rememberedColumns, rowKeyColumns } from '../change.ts';
import { firesOnInsert, type Ids } from '../ids.ts';
import { imageOf } from '../image.sql.ts';
import { columnOf, integers, originColumns, rowKey, type Load } from '../load.ts';
import { finalValue, newRows } from '../new-rows.sql.ts';
import { archiveName } from '../archive-name.sql.ts';
import { changeColumn, lookupColumn, temporary } from '../temporary.ts';
import { equalityOf, equals, onRowKey, targetTable, type Presence } from '../rows.sql.ts';

/**
 * What a run did to each row, up to 10,000 of them in one ledger row: their keys in this database (a range, ids, or texts),
 * the archive's names where those say more, and images where the archive cannot give them again (ENGINE-RULES 19, 20).
 */
export type LedgerTarget = { readonly relation: QualifiedName; readonly runId: string };

const isInteger = (load: Load, name: string): boolean => integers.has(columnOf(load.target, name).baseType);

const head = (ledger: LedgerTarget): Statement =>
  sql`insert into ${relation(ledger.relation)} (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)`;
const names = (load: Load, ledger: LedgerTarget, verdict: string): Statement =>
  sql`${sql.lit(ledger.runId)}, ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, ${sql.lit(verdict)}`;

const noMore = sql`null::pg_catalog.text[], null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]`;

/**
 * Keys of inserted rows as ranges or arrays, 10,000 a chunk: one ledger row per inserted row costs 1.29 x the floor, this
 * 0.1-0.35 s per million (ENGINE-FACTS 2.3). A table without any key is recorded by its count.
 */
export const chunksOfInserted = (load: Load, inserted: Statement, ledger: LedgerTarget): Statement => {
  const key = rowKey(load);
  const [first] = key;
  if (first === undefined) {
    return sql`${head(ledger)}
  select ${names(load, ledger, 'insert')}, 0, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], ${noMore} from ${inserted} having pg_catalog.count(*) operator(pg_catalog.>) 0`;
  }
  if (key.length === 1 && isInteger(load, first)) {
    const id = sql`${sql.id(first)}::bigint`;
    return sql`${head(ledger)}
  select ${names(load, ledger, 'insert')}, pg_catalog.row_number() over (), pg_catalog.count(*), pg_catalog.min(${id}), pg_catalog.max(${id}),
    case when (pg_catalog.max(${id})::numeric operator(pg_catalog.-) pg_catalog.min(${id})) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*) then null else pg_catalog.array_agg(${id}) end, null::pg_catalog.text[], ${noMore}
  from ${inserted} group by ${id} operator(pg_catalog./) 10000`;
  }
  return sql`${head(ledger)}
  select ${names(load, ledger, 'insert')}, chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], pg_catalog.array_agg(key), ${noMore}
  from (select array[${comma(key.map((name) => sql`${sql.id(name)}::pg_catalog.text`))}]::pg_catalog.text as key, (pg_catalog.row_number() over () operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk from ${inserted}) as keyed group by chunk`;
};

/** The ledger's part of a statement that leaves it to `recordNew`. */
export const recordedLater = sql`select 1`;

const isSingleInteger = (load: Load): boolean => {
  const [only, another] = rowKey(load);
  return only !== undefined && another === undefined && isInteger(load, only);
};

type Keyed = { readonly load: Load; readonly verdict: string; readonly ledger: LedgerTarget; readonly key: (name: string) => Statement };

/** One ledger row per 10,000 rows of `from`; `extra` are names, before, after and found, each an array over the rows in their order. */
const chunks = (
  { load, verdict, ledger, key }: Keyed,
  extra: { readonly names?: Statement; readonly before?: Statement; readonly after?: Statement; readonly found?: Statement },
  from: Statement,
  order: Statement,
): Statement => {
  const single = isSingleInteger(load);
  const [first] = rowKey(load);
  const hasKey = first !== undefined;
  const id = hasKey && single ? sql`${key(first)}::bigint` : sql`null::bigint`;
  const text =
    hasKey && !single ? sql`array[${comma(rowKey(load).map((name) => sql`(${key(name)})::pg_catalog.text`))}]::pg_catalog.text` : sql`null::pg_catalog.text`;
  const gathered = (part: Statement | undefined, column: string, none: Statement): Statement =>
    part === undefined ? none : sql`pg_catalog.array_agg(r.${sql.id(column)} order by r.place)`;
  return sql`${head(ledger)}
select ${names(load, ledger, verdict)}, r.chunk, pg_catalog.count(*), ${single ? sql`pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place)` : sql`null::bigint, null::bigint, null::bigint[]`},
  ${hasKey && !single ? sql`pg_catalog.array_agg(r.key order by r.place)` : sql`null::pg_catalog.text[]`}, ${gathered(extra.names, 'name', sql`null::pg_catalog.text[]`)},
  ${gathered(extra.before, 'before', sql`null::pg_catalog.jsonb[]`)}, ${gathered(extra.after, 'after', sql`null::pg_catalog.jsonb[]`)}, ${gathered(extra.found, 'found', sql`null::bigint[]`)}
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select ${comma([
      sql`pg_catalog.row_number() over (order by ${order}) as place`,
      sql`${id} as id`,
      sql`${text} as key`,
      ...(extra.names === undefined ? [] : [sql`${extra.names} as name`]),
      ...(extra.before === undefined ? [] : [sql`${extra.before} as before`]),
      ...(extra.after === undefined ? [] : [sql`${extra.after} as after`]),
      ...(extra.found === undefined ? [] : [sql`${extra.found} as found`]),
    ])}
    ${from}
  ) as q
) as r group by r.chunk`;
};

const asText = (value: Statement): Statement => sql`(${value})::pg_catalog.text`;
const namesOf = (columns: readonly Column[]): readonly string[] => columns.map(({ name }) => name);

/** Columns of new rows that the archive cannot give again: those it does not fill and that are made up here, and all that triggers may have written. */
export const madeUpColumns = (load: Load, ids: readonly Ids[]): readonly Column[] => {
  const own = load.target.columns.filter((column) => column.generated === undefined && !rowKey(load).includes(column.name));
  if (firesOnInsert(load)) return own;
  return own.filter(
    (column) =>
      (load.columns.every(({ name }) => name !== column.name) || finalValue(load, ids, column.name) === undefined) && column.default?.includes('(') === true,
  );
};

/** Whether the keys of a load's new rows are known before they go in. */
export const knowsNewKeys = (load: Load, ids: readonly Ids[]): boolean =>
  rowKey(load).length > 0 &&
  rowKey(load).every((name) => load.columns.some((column) => column.name === name) && finalValue(load, ids, name) !== undefined) &&
  ids[load.index]?.mode !== undefined;

/** New rows one by one: which row of the archive got which key, and what the archive cannot give again. */
export const recordNew = (load: Load, ids: readonly Ids[], presence: Presence, ledger: LedgerTarget): Statement => {
  const made = madeUpColumns(load, ids);
  const key = (name: string): Statement => finalValue(load, ids, name) ?? sql`null`;
  const keyed: Keyed = { load, verdict: 'insert', ledger, key: (name) => sql`w.${sql.id(name)}` };
  const onKey = and(rowKey(load).map((name) => equals(sql`t.${sql.id(name)}`, sql`w.${sql.id(name)}`, equalityOf(load, name))));
  const rows = sql`(select s.ctid as waybill_src, ${archiveName(load)} as waybill_name, ${comma(rowKey(load).map((name) => sql`${key(name)} as ${sql.id(name)}`))} ${newRows(load, ids, presence, new Set(rowKey(load)))}) as w`;
  const from = made.length === 0 ? sql`from ${rows}` : sql`from ${rows} join ${targetTable(load)} as t on ${onKey}`;
  return sql`
/* engine.ledger.record-new */
${chunks(
  keyed,
  { names: sql`w.waybill_name`, ...(made.length === 0 ? {} : { after: imageOf(namesOf(made), (name) => sql`t.${sql.id(name)}`) }) },
  from,
  sql`w.waybill_src`,
)}`;
};

/** The taken cells of one side as an object; written as text and read once, which is twice as fast as an object of all cells without the others. */
const takenCells = (columns: readonly Column[], side: 'c' | 'i'): Statement => {
  const cells = columns.map((column) => {
    const name = sql.lit(`${JSON.stringify(column.name)}:`);
    const text = sql`pg_catalog.to_json(${asText(sql`ch.${changeColumn(side, column.name)}`)})::pg_catalog.text`;
    return sql`case when ch.${changeColumn('o', column.name)} operator(pg_catalog.=) 'i' then ${name} operator(pg_catalog.||) coalesce(${text}, 'null') end`;
  });
  return sql`(('{' operator(pg_catalog.||) pg_catalog.array_to_string(array[${comma(cells)}]::pg_catalog.text[], ',')) operator(pg_catalog.||) '}')::pg_catalog.jsonb`;
};

/** Only the cells that were taken, of the columns that change in some row; where triggers fire, whatever is another value than before. */
export const recordUpdated = (load: Load, ledger: LedgerTarget, changing: readonly Column[]): Statement => {
  const compared = comparedColumns(load);
  const keyed: Keyed = { load, verdict: 'update', ledger, key: (name) => sql`ch.${changeColumn('k', name)}` };
  const order = comma(rowKeyColumns(load).map((column) => sql`ch.${changeColumn('k', column.name)}`));
  const named = (column: Column): Statement => sql`${sql.lit(column.name)}::pg_catalog.text`;
  if (!firesOnUpdate(load)) {
    const taken = (side: 'c' | 'i'): Statement => takenCells(changing, side);
    return sql`
/* engine.ledger.record-updated */
${chunks(keyed, { before: taken('c'), after: taken('i') }, sql`from ${temporary('change', load.index)} as ch where ch.verdict operator(pg_catalog.=) 'update'`, order)}`;
  }
  const all = [...compared, ...rememberedColumns(load)];
  const there = (column: Column): Statement => sql`t.${sql.id(column.name)}`;
  const unchanged = sql`pg_catalog.array_remove(array[${comma(all.map((column) => sql`case when ${asText(there(column))} operator(pg_catalog.=) ${asText(sql`ch.${changeColumn('c', column.name)}`)} or (${there(column)} is null and ch.${changeColumn('c', column.name)} is null) then ${named(column)} end`))}]::pg_catalog.text[], null)`;
  return sql`
/* engine.ledger.record-updated */
${chunks(
  keyed,
  {
    before: sql`${imageOf(namesOf(all), (name) => sql`ch.${changeColumn('c', name)}`)} operator(pg_catalog.-) ${unchanged}`,
    after: sql`${imageOf(namesOf(all), (name) => sql`t.${sql.id(name)}`)} operator(pg_catalog.-) ${unchanged}`,
  },
  sql`from ${temporary('change', load.index)} as ch join ${targetTable(load)} as t on ${onRowKey(load, sql`ch`)} where ch.verdict operator(pg_catalog.=) 'update'`,
  order,
)}`;
};

/** The row as it is there, for replay to tell whether it finds the same (ENGINE-RULES 23). */
export const hashOfRow = (load: Load): Statement =>
  sql`pg_catalog.hashtextextended(row(${comma(load.target.columns.filter((column) => column.generated === undefined).map((column) => sql`t.${sql.id(column.name)}`))})::pg_catalog.text, 0)`;

/** Rows that the target had and that differ: kept, and so never a base for a delete (ENGINE-RULES 24). `kept` gives src of the rows and k_<key>. */
export const recordKept = (load: Load, ledger: LedgerTarget, kept: Statement): Statement => sql`
/* engine.ledger.record-kept */
${chunks(
  { load, verdict: 'keep', ledger, key: (name) => sql`m.${changeColumn('k', name)}` },
  { names: archiveName(load), found: hashOfRow(load) },
  sql`from ${kept} as m join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) m.src join ${targetTable(load)} as t on ${onRowKey(load, sql`m`)}`,
  sql`s.ctid`,
)}`;

export const keptMatches = (load: Load): Statement =>
  sql`(select m.src${comma([sql``, ...rowKey(load).map((name) => sql`m.${lookupColumn('t', name)} as ${changeColumn('k', name)}`)])} from ${temporary('match', load.index)} as m where m.verdict operator(pg_catalog.=) 'keep')`;

export const keptChanges = (load: Load): Statement =>
  sql`(select ch.src${comma([sql``, ...rowKey(load).map((name) => sql`ch.${changeColumn('k', name)}`)])} from ${temporary('change', load.index)} as ch where ch.verdict operator(pg_catalog.=) 'keep')`;

/** Rows of the archive that did not go in, by the archive's names: left deleted here, or rejected. */
export const recordLeftOut = (load: Load, ledger: LedgerTarget, verdict: 'keep' | 'blocked', rows: Statement): Statement => sql`
/* engine.ledger.record-left-out */
${head(ledger)}
select ${names(load, ledger, verdict)}, 1000000 operator(pg_catalog.+) r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], pg_catalog.array_agg(r.name order by r.place), null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (select ${archiveName(load)} as name, pg_catalog.row_number() over (order by s.ctid) as place from ${rows} as m join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) m.src) as q
) as r group by r.chunk`;

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
  select pg_catalog.json_build_object('table', (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name, 'verdict', l.verdict, 'chunk', l.chunk, 'n', l.n, 'lo', l.lo, 'hi', l.hi, 'ids', l.ids, 'keys', l.keys, 'names', l.names, 'before', l.before, 'after', l.after, 'found', l.found::pg_catalog.text[])::pg_catalog.text
  from ${relation(ledger.relation)} as l where l.run_id operator(pg_catalog.=) ${sql.lit(ledger.runId)}
  order by l.table_schema, l.table_name, l.verdict, l.chunk
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`;
