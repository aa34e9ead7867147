import type { Column } from '../../domain/catalogue/catalogue.ts';
import { comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { columnOf, rowKey, type Load } from '../load.ts';
import { finalValue, newRows } from '../new-rows.sql.ts';
import { isNew, targetTable, type Presence } from '../rows.sql.ts';
import { temporary, temporaryName } from '../temporary.ts';

/** The ledger's part of the statement, given the name of the rows that went in. */
export type RecordInserted = (load: Load, inserted: Statement) => Statement;

export type Insert = { readonly load: Load; readonly presence: Presence };

const written = (load: Load, ids: readonly Ids[]): readonly { readonly column: Column; readonly value: Statement }[] =>
  load.columns.flatMap((column) => {
    const value = finalValue(load, ids, column.name);
    return value === undefined ? [] : [{ column, value }];
  });

/** One table: the columns that have a value of ours; the rest is left to defaults, identity and generation. */
const insertRows = ({ load, presence }: Insert, ids: readonly Ids[], range: Statement): Statement => {
  const values = written(load, ids);
  const list = values.length === 0 ? sql`` : sql` (${comma(values.map(({ column }) => sql.id(column.name)))})`;
  const overriding = values.some(({ column }) => column.identity !== undefined) ? sql` overriding system value` : sql``;
  const key = rowKey(load);
  const returning = key.length === 0 ? sql`true as present` : comma(key.map((name) => sql.id(name)));
  return sql`insert into ${relation(load.target)}${list}${overriding}
  select ${comma(values.map(({ value }) => value))}
  ${newRows(load, ids, presence)}${range}
  returning ${returning}`;
};

/**
 * All tables of one component in one statement: foreign keys are checked when the whole statement ends, so a cycle of
 * NOT NULL references needs no placeholder rows and no disabled trigger (ENGINE-RULES 13). The ledger is written beside.
 */
export const insertComponent = (inserts: readonly Insert[], ids: readonly Ids[], record: RecordInserted): Statement => sql`
/* engine.apply.insert-component */
with ${comma(
  inserts.flatMap((insert, position) => [
    sql`${sql.id(`inserted_${position}`)} as (
  ${insertRows(insert, ids, sql``)}
)`,
    sql`${sql.id(`recorded_${position}`)} as (
  ${record(insert.load, sql.id(`inserted_${position}`))}
)`,
  ]),
)}
select ${comma(inserts.map((_, position) => sql`(select pg_catalog.count(*) from ${sql.id(`inserted_${position}`)})::bigint as ${sql.id(`n${position}`)}`))}`;

export type Slice = Insert & { readonly first: string; readonly last: string };

/** Some rows of a component, by their positions in the archive: how the rows that PostgreSQL refuses are found (ENGINE-RULES 10). */
export const insertSlices = (slices: readonly Slice[], ids: readonly Ids[]): Statement => sql`
/* engine.apply.insert-slices */
with ${comma(
  slices.map(
    (slice, position) => sql`${sql.id(`inserted_${position}`)} as (
  ${insertRows(slice, ids, sql` and s.ctid operator(pg_catalog.>=) ${sql.lit(slice.first)}::pg_catalog.tid and s.ctid operator(pg_catalog.<=) ${sql.lit(slice.last)}::pg_catalog.tid`)}
)`,
  ),
)}
select`;

export const newRowPositions = (load: Load, presence: Presence): Statement => sql`
/* engine.apply.new-row-positions */
select s.ctid::pg_catalog.text as src from ${temporary('stage', load.index)} as s where ${isNew(load, presence)} order by s.ctid`;

export const keepIssue = (issue: {
  readonly load: Load;
  readonly src: string;
  readonly code: string;
  readonly constraint: string | undefined;
  readonly column: string | undefined;
  readonly message: string;
}): Statement => sql`
/* engine.apply.keep-issue */
insert into pg_temp.wb_issue (load, src, code, constraint_name, column_name, message)
values (${sql.lit(issue.load.index)}, ${issue.src}::pg_catalog.tid, ${issue.code}, ${issue.constraint ?? null}, ${issue.column ?? null}, ${issue.message})`;

export const stagePages = (load: Load): Statement => sql`
/* engine.apply.stage-pages */
select (pg_catalog.pg_relation_size(${sql.lit(`pg_temp.${temporaryName('stage', load.index)}`)}) operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint)::integer as pages`;

/** New rows of some pages of the stage, as COPY text: the way around rules, which COPY does not know. */
export const copyNewRowsOut = ({ load, presence }: Insert, ids: readonly Ids[], pages: { readonly from: number; readonly to: number }): Statement => sql`
copy (
  /* engine.apply.copy-new-rows-out */
  select ${comma(written(load, ids).map(({ value }) => value))}
  ${newRows(load, ids, presence)} and s.ctid operator(pg_catalog.>=) ${sql.lit(`(${pages.from},0)`)}::pg_catalog.tid and s.ctid operator(pg_catalog.<) ${sql.lit(`(${pages.to},0)`)}::pg_catalog.tid
) to stdout`;

export const copyNewRowsIn = (load: Load, ids: readonly Ids[]): Statement => sql`
/* engine.apply.copy-new-rows-in */
copy ${relation(load.target)} (${comma(written(load, ids).map(({ column }) => sql.id(column.name)))}) from stdin`;

/** What COPY cannot return: the keys of the rows as they were written. */
export const recordCopied = ({ load, presence }: Insert, ids: readonly Ids[], record: RecordInserted): Statement => {
  const key = rowKey(load);
  const values = key.length === 0 ? sql`true as present` : comma(key.map((name) => sql`${finalValue(load, ids, name) ?? sql`null`} as ${sql.id(name)}`));
  return sql`
/* engine.apply.record-copied */
with copied as (select ${values} ${newRows(load, ids, presence)})
${record(load, sql.id('copied'))}`;
};

/** A column that a sequence feeds, and the rows that the sequence must be past: those that bring their ids, or those that are there. */
export type SequenceColumn = { readonly column: string; readonly past: 'stage' | 'target' };

/** Where the sequence behind a column stands, and how far the rows go. */
export const sequenceStand = (load: Load, { column, past }: SequenceColumn, presence: Presence): Statement => {
  const { sequence } = columnOf(load.target, column);
  if (sequence === undefined) return sql`select`;
  return sql`
/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from ${relation(sequence)} as q
cross join (select pg_catalog.max(s.${sql.id(column)}) as highest, pg_catalog.min(s.${sql.id(column)}) as lowest from ${past === 'target' ? sql`${targetTable(load)} as s` : sql`${temporary('stage', load.index)} as s where ${isNew(load, presence)}`}) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) ${sql.lit(`"${sequence.schema.replaceAll('"', '""')}"."${sequence.name.replaceAll('"', '""')}"`)}::pg_catalog.regclass`;
};

export const setSequence = (name: string, value: string): Statement =>
  sql`/* engine.apply.set-sequence */ select pg_catalog.setval(${sql.lit(name)}::pg_catalog.regclass, ${sql.lit(value)}::bigint, true)`;
export const stepSequence = (name: string, steps: number): Statement =>
  sql`/* engine.apply.step-sequence */ select pg_catalog.count(pg_catalog.nextval(${sql.lit(name)}::pg_catalog.regclass)) from pg_catalog.generate_series(1, ${sql.lit(steps)})`;
