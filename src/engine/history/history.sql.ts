import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import type { Verdict } from '../../domain/run/run.ts';
import { and, comma, or, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { nameOf, type PortableLeaf } from '../portable.sql.ts';
import { equals } from '../rows.sql.ts';

/** Relations that a read-only look may meet in an older version: before version 2 a ledger has no names and no after. */
export const ledgerColumns = (ledger: QualifiedName): Statement => sql`/* engine.history.ledger-columns */
select a.attname::pg_catalog.text as name from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) a.attrelid
join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) ${ledger.schema} and c.relname operator(pg_catalog.=) ${ledger.name} and a.attnum operator(pg_catalog.>) 0 and not a.attisdropped`;

/** What somebody may mean by a key: columns and their values, or the row's name through its parents. */
export type KeyReading =
  | { readonly kind: 'columns'; readonly columns: readonly Column[]; readonly values: readonly string[] }
  | { readonly kind: 'name'; readonly leaves: readonly PortableLeaf[]; readonly joins: Statement; readonly values: readonly string[] }
  | { readonly kind: 'text'; readonly leaves: readonly PortableLeaf[]; readonly joins: Statement; readonly value: string };

const rowsOf = (table: KeyedTable): Statement => (table.kind === 'partitioned' ? relation(table) : sql`only ${relation(table)}`);

const isMeant = (reading: KeyReading): Statement => {
  if (reading.kind === 'text') return sql`${nameOf(reading.leaves)} operator(pg_catalog.=) ${reading.value}`;
  const sides = reading.kind === 'columns' ? reading.columns.map(({ name, type, equality }) => ({ value: sql.id('t', name), type, equality })) : reading.leaves;
  return and(sides.map(({ value, type, equality }, at) => equals(value, sql`${reading.values[at] ?? ''}::${typeName(type)}`, equality)));
};

/** The row as it is now: every column as text, in the table's order, and the columns by which the ledger names it. */
export type CurrentRow = { readonly cells: readonly (string | null)[]; readonly key: readonly string[] };
export const findRow = (table: KeyedTable, rowKey: readonly string[], reading: KeyReading): Statement => {
  const joins = reading.kind === 'columns' ? sql`` : reading.joins;
  return sql`/* engine.history.find-row */
select array[${comma(table.columns.map(({ name }) => sql`${sql.id('t', name)}::pg_catalog.text`))}] as cells,
  array[${comma(rowKey.map((name) => sql`${sql.id('t', name)}::pg_catalog.text`))}] as key
from ${rowsOf(table)} as t${joins}
where ${isMeant(reading)}
limit 2`;
};

/** Values as their types write them: what somebody typed need not be what the ledger has. */
export const canonicalKey = (columns: readonly Column[], values: readonly string[]): Statement => sql`/* engine.history.canonical-key */
select array[${comma(columns.map(({ type }, at) => sql`${values[at] ?? ''}::${typeName(type)}::pg_catalog.text`))}] as key`;

export type LedgerTable = { readonly ledger: QualifiedName; readonly run: QualifiedName; readonly table: QualifiedName; readonly hasImages: boolean };

const ofTable = ({ table }: LedgerTable): Statement =>
  sql`l.table_schema operator(pg_catalog.=) ${table.schema} and l.table_name operator(pg_catalog.=) ${table.name}`;

/** Keys under which rows with these values stood here once: from the images of changed, deleted and inserted rows. */
export const keysInImages = (of: LedgerTable, reading: KeyReading & { readonly kind: 'columns' }): Statement => {
  const matches = (image: Statement): Statement =>
    and(
      reading.columns.map(({ name, type, equality }, at) =>
        equals(sql`(${image} operator(pg_catalog.->>) ${sql.lit(name)})::${typeName(type)}`, sql`${reading.values[at] ?? ''}::${typeName(type)}`, equality),
      ),
    );
  const after = of.hasImages ? sql`l.after` : sql`null::pg_catalog.jsonb[]`;
  const images = sql`rows from (${sql.join(
    [sql`l.ids`, sql`l.keys`, sql`l.before`, after].map((list) => sql`pg_catalog.unnest(${list})`),
    sql`, `,
  )}) with ordinality`;
  const kept = of.hasImages ? sql`(l.before is not null or l.after is not null)` : sql`l.before is not null`;
  return sql`/* engine.history.keys-in-images */
select distinct case when u.key is not null then u.key::pg_catalog.text[] else array[coalesce(u.id, l.lo operator(pg_catalog.+) u.place operator(pg_catalog.-) 1)::pg_catalog.text] end as key
from ${relation(of.ledger)} as l cross join lateral ${images} as u (id, key, before, after, place)
where ${ofTable(of)} and ${kept} and (u.key is not null or l.lo is not null)
  and (${or([matches(sql`u.before`), matches(sql`u.after`)])})
limit 1000`;
};

/** One run's dealing with one row, as the ledger has it. */
export type TouchRow = {
  readonly run: string;
  readonly verdict: Verdict;
  readonly chunk: number;
  /** Position in its ledger row, from 1. */
  readonly place: number;
  /** Absent of rows that were left out: they have no key here. */
  readonly key: readonly string[] | null;
  /** The archive's words for the row, where they were recorded. */
  readonly name: string | null;
  readonly before: Readonly<Record<string, string | null>> | null;
  readonly after: Readonly<Record<string, string | null>> | null;
  readonly at: string | null;
  readonly summary: unknown;
};

export type TouchKeys = {
  /** Row keys, each as the text of its columns. */
  readonly keys: readonly (readonly string[])[];
  readonly isInteger: boolean;
  /** The archive's words for the row, where they mean the same here. */
  readonly names: readonly string[];
};

/**
 * Every ledger row that has the row, newest run first. The keys of kept rows of version 1 are the archive's words; names
 * alone are what there is of rows that were left out.
 */
export const findTouches = (of: LedgerTable, wanted: TouchKeys): Statement => {
  const texts = wanted.isInteger ? [] : wanted.keys.map(arrayText);
  const integers = wanted.isInteger ? wanted.keys.map(([id]) => id ?? '') : [];
  const leftOut = sql`l.verdict operator(pg_catalog.=) any (array['keep', 'blocked', 'conflict'])`;
  const isKey = of.hasImages ? sql`(not (${leftOut}) or l.names is not null)` : sql`not (${leftOut})`;
  const isName = of.hasImages ? sql`(l.keys is null or l.names is null)` : sql`true`;
  const words = of.hasImages ? sql`coalesce(l.names, l.keys)` : sql`l.keys`;
  const said = sql`case when f.own_key is null then f.keys[f.place] end`;
  const from = sql`from ${relation(of.ledger)} as l`;
  return sql`/* engine.history.find-touches */
with found as (
  select l.*, array[w.id::pg_catalog.text] as own_key, case when l.ids is null then w.id operator(pg_catalog.-) l.lo operator(pg_catalog.+) 1 else pg_catalog.array_position(l.ids, w.id) end as place
  ${from} join pg_catalog.unnest(${integers}::bigint[]) as w (id) on l.lo operator(pg_catalog.<=) w.id and l.hi operator(pg_catalog.>=) w.id
  where ${ofTable(of)}
  union all
  select l.*, k.key::pg_catalog.text[], pg_catalog.array_position(l.keys, k.key)
  ${from} cross join pg_catalog.unnest(${texts}::pg_catalog.text[]) as k (key)
  where ${ofTable(of)} and l.keys is not null and ${isKey}
  union all
  select l.*, null::pg_catalog.text[], pg_catalog.array_position(${words}, n.name)
  ${from} cross join pg_catalog.unnest(${wanted.names}::pg_catalog.text[]) as n (name)
  where ${ofTable(of)} and ${leftOut} and l.lo is null and ${isName}
)
select f.run_id as run, f.verdict, f.chunk, f.place::integer as place, f.own_key as key, ${of.hasImages ? sql`coalesce(f.names[f.place], ${said})` : said} as name,
  f.before[f.place] as before, ${of.hasImages ? sql`f.after[f.place]` : sql`null::pg_catalog.jsonb`} as after,
  pg_catalog.to_char(r.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, r.summary
from found as f left join ${relation(of.run)} as r on r.run_id operator(pg_catalog.=) f.run_id
where f.place is not null
order by r.at desc nulls last, f.run_id desc, f.verdict desc, f.chunk`;
};

/** By which columns runs named the rows of a table without a primary key. */
export const recordedRowKeys = (of: LedgerTable): Statement => sql`/* engine.history.recorded-row-keys */
select distinct t.value operator(pg_catalog.->) 'rowKey' as key
from ${relation(of.run)} as r
cross join lateral pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(r.summary operator(pg_catalog.->) 'tables') operator(pg_catalog.=) 'array' then r.summary operator(pg_catalog.->) 'tables' end) as t (value)
where t.value operator(pg_catalog.->>) 'table' operator(pg_catalog.=) ${`${of.table.schema}.${of.table.name}`} and t.value operator(pg_catalog.->) 'rowKey' is not null`;

/** How many rows a run inserted before this one, and how many in all: ids are handed out in the order of the file, keys recorded in it. */
export type RankRow = { readonly before: string; readonly total: string };
export const rankOfInserted = (of: LedgerTable, touch: TouchRow, isInteger: boolean): Statement => {
  const id = sql`${touch.key?.[0] ?? '0'}::bigint`;
  const before = isInteger
    ? sql`case when l.hi operator(pg_catalog.<) ${id} then l.n when l.lo operator(pg_catalog.>=) ${id} then 0 when l.ids is null then ${id} operator(pg_catalog.-) l.lo
      else (select pg_catalog.count(*) from pg_catalog.unnest(l.ids) as x (id) where x.id operator(pg_catalog.<) ${id}) end`
    : sql`case when l.chunk operator(pg_catalog.<) ${touch.chunk} then l.n when l.chunk operator(pg_catalog.=) ${touch.chunk} then ${touch.place - 1} else 0 end`;
  return sql`/* engine.history.rank-of-inserted */
select coalesce(pg_catalog.sum(${before}), 0)::bigint as before, coalesce(pg_catalog.sum(l.n), 0)::bigint as total
from ${relation(of.ledger)} as l
where ${ofTable(of)} and l.run_id operator(pg_catalog.=) ${touch.run} and l.verdict operator(pg_catalog.=) 'insert'`;
};

/** An array of texts as PostgreSQL writes it. */
export const arrayText = (values: readonly (string | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : /^$|[{}",\\ \t\n\r\v\f]|^null$/i.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : value)).join(',')}}`;
