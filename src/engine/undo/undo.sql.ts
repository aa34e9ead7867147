import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import type { ConflictPolicy } from '../../domain/run/run.ts';
import { and, comma, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import { imageOf, storedColumns } from '../image.sql.ts';
import { columnOf, integers, loadId, rowKey, type Load } from '../load.ts';
import { nameOf, type Portable } from '../portable.sql.ts';
import { differs, verdictOfOneSide } from '../plan/verdict.sql.ts';
import { deleteTable, isSameRow, removalKey } from '../removal.ts';
import { equals, targetTable } from '../rows.sql.ts';
import { changeColumn, lookupColumn, temporary, temporaryName } from '../temporary.ts';
import type { UndoTable } from './undo-tables.ts';

/** What the ledger says of one run, opened into rows that the engine's other steps can work on. */
export type UndoSource = { readonly ledger: QualifiedName; readonly runId: string };

const isOfRun = ({ runId }: UndoSource, { load }: UndoTable): Statement =>
  and([
    sql`l.run_id operator(pg_catalog.=) ${sql.lit(runId)}`,
    sql`l.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)}`,
    sql`l.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)}`,
  ]);

export const isNumbered = (load: Load): boolean => {
  const [first, second] = rowKey(load);
  return first !== undefined && second === undefined && integers.has(columnOf(load.target, first).baseType);
};

/** One row per row of the ledger's chunks; a range without ids has no gap. */
const rowsOf = (source: UndoSource, table: UndoTable, verdicts: readonly string[]): Statement => sql`from ${relation(source.ledger)} as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where ${isOfRun(source, table)} and l.verdict operator(pg_catalog.=) any (array[${comma(verdicts.map((verdict) => sql.lit(verdict)))}])`;

const keyValue = (load: Load, position: number, type: string): Statement =>
  isNumbered(load) ? sql`e.id::${typeName(type)}` : sql`(e.key::pg_catalog.text[])[${sql.lit(position + 1)}]::${typeName(type)}`;

const keyColumns = (load: Load): readonly Statement[] =>
  rowKey(load).map((name, position) => sql`${keyValue(load, position, columnOf(load.target, name).type)} as ${changeColumn('k', name)}`);

/** How a list names a row: its key, several columns as an array's text. */
const nameOfKey = (load: Load, value: (name: string) => Statement): Statement => {
  const texts = removalKey(load).map(({ name }) => sql`${value(name)}::pg_catalog.text`);
  const [only] = texts;
  return texts.length === 1 && only !== undefined ? only : sql`array[${comma(texts)}]::pg_catalog.text`;
};

const storedImage = (load: Load): Statement =>
  imageOf(
    storedColumns(load.target).map(({ name }) => name),
    (name) => sql`t.${sql.id(name)}`,
  );

/** What the run changed and deleted. `state`: nothing yet, or why the row is left alone. */
export const createUndo = (table: UndoTable, source: UndoSource): Statement => sql`
/* engine.undo.create-undo */
create temporary table ${sql.id(temporaryName('undo', table.load.index))} as
select ${comma([
  ...keyColumns(table.load),
  sql`l.verdict`,
  sql`e.before`,
  sql`e.after`,
  sql`e.name as origin`,
  sql`null::pg_catalog.text as state`,
  sql`null::pg_catalog.text as code`,
  sql`null::pg_catalog.text as column_name`,
  sql`pg_catalog.row_number() over (order by l.verdict, l.chunk) as place`,
])}
${rowsOf(source, table, ['update', 'delete'])}`;

const undo = (load: Load): Statement => temporary('undo', load.index);

/** Rows that the run put in and that are there: as it left them, or touched since. A row whose writer is the run itself is as it was. */
export const createGone = (table: UndoTable, source: UndoSource, name: Portable): Statement => {
  const { load, writers } = table;
  const isOurs =
    writers.length === 0
      ? sql`false`
      : sql`t.xmin operator(pg_catalog.=) any (array[${comma(writers.map((writer) => sql`${sql.lit(writer)}::pg_catalog.xid`))}])`;
  const key = rowKey(load);
  if (key.length === 0) {
    return sql`
/* engine.undo.create-gone */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
select null::bigint as need, 'delete'::pg_catalog.text as verdict, ${nameOf(name.leaves)} as name, null::pg_catalog.jsonb as after,
  ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)} as ${changeColumn('k', name)}`))}
from ${targetTable(load)} as t where ${isOurs}`;
  }
  const others = storedColumns(load.target).filter(({ name }) => !key.includes(name));
  const isRecorded = sql`(e.after is not null and e.after operator(pg_catalog.?&) array[${comma(others.map(({ name }) => sql.lit(name)))}]::pg_catalog.text[] and ${storedImage(load)} operator(pg_catalog.@>) e.after)`;
  const onKey = and(removalKey(load).map(({ name, type, equality }, position) => equals(sql`t.${sql.id(name)}`, keyValue(load, position, type), equality)));
  return sql`
/* engine.undo.create-gone */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
select null::bigint as need, case when ${isOurs} or ${isRecorded} then 'delete' else 'touched' end as verdict, ${nameOf(name.leaves)} as name,
  case when ${isOurs} then null else e.after end as after, ${comma(removalKey(load).map(({ name }) => sql`t.${sql.id(name)} as ${changeColumn('k', name)}`))}
from (select e.id, e.key, e.after ${rowsOf(source, table, ['insert'])}) as e
join ${targetTable(load)} as t on ${onKey}${name.joins}`;
};

const gone = (load: Load): Statement => temporary('gone', load.index);

export const countTouched = (load: Load): Statement =>
  sql`/* engine.undo.count-touched */ select pg_catalog.count(*)::integer as count from ${gone(load)} where verdict operator(pg_catalog.=) 'touched'`;

/** The run's archive again, matched with what is there now: what is equal to it nobody has touched. */
export const acceptMatches = (load: Load, archived: Load): Statement => sql`
/* engine.undo.accept-matches */
update ${gone(load)} as g set verdict = 'delete'
from ${temporary('match', archived.index)} as m, ${targetTable(load)} as t
where g.verdict operator(pg_catalog.=) 'touched' and m.verdict operator(pg_catalog.=) 'same'
  and ${and(removalKey(load).map(({ name, equality }) => equals(sql`m.${lookupColumn('t', name)}`, sql`g.${changeColumn('k', name)}`, equality)))}
  and ${isSameRow(load, sql`t`, sql`g`)} and (g.after is null or ${storedImage(load)} operator(pg_catalog.@>) g.after)`;

/** The archive's tables make room for those of the rollback; the transaction's end brings them back if it fails. */
export const dropArchived = (archived: Load): Statement =>
  sql`/* engine.undo.drop-archived */ drop table if exists ${temporary('stage', archived.index)}, ${temporary('match', archived.index)}`;
export const clearIssues: Statement = sql`/* engine.undo.clear-issues */ delete from pg_temp.wb_issue`;

/** What shall become of rows that were touched since. */
export const judgeTouched = (load: Load, policy: ConflictPolicy): Statement => sql`
/* engine.undo.judge-touched */
update ${gone(load)} as g set verdict = ${verdictOfOneSide('undo', 'current', sql`false`, policy)} where g.verdict operator(pg_catalog.=) 'touched'`;

export const fillDelete = (load: Load): Statement => sql`
/* engine.undo.fill-delete */
insert into ${deleteTable(load)} (${comma(removalKey(load).map(({ name }) => changeColumn('k', name)))})
select ${comma(removalKey(load).map(({ name }) => sql`g.${changeColumn('k', name)}`))} from ${gone(load)} as g where g.verdict operator(pg_catalog.=) 'delete'
order by ${comma(removalKey(load).map((_, position) => sql`${sql.lit(position + 1)}`))}`;

/** Rows that stay because others refer to them. */
export const markKept = (load: Load): Statement => sql`
/* engine.undo.mark-kept */
update ${gone(load)} as g set verdict = 'blocked' from ${sql.id('pg_temp', `wb_blocked_${load.index}`)} as b
where ${and(removalKey(load).map(({ name, equality }) => equals(sql`g.${changeColumn('k', name)}`, sql`b.${changeColumn('k', name)}`, equality)))}`;

const place = (state: string, code: string, column: Statement = sql`null`): Statement =>
  sql`state = ${sql.lit(state)}, code = ${sql.lit(code)}, column_name = ${column}`;

/** A column that is not there any more, or is computed now, takes no value back. */
export const blockLostColumns = ({ load, lost }: UndoTable): Statement => sql`
/* engine.undo.block-lost-columns */
update ${undo(load)} as u set ${place('blocked', 'column.missing', sql`(select pg_catalog.min(k.name) from pg_catalog.unnest(array[${comma(lost.map((name) => sql.lit(name)))}]::pg_catalog.text[]) as k (name) where u.before operator(pg_catalog.?) k.name)`)}
where u.state is null and u.before operator(pg_catalog.?|) array[${comma(lost.map((name) => sql.lit(name)))}]::pg_catalog.text[]`;

/** Changed by the run and deleted since: there is no whole row that could come back. */
export const judgeMissing = (load: Load, policy: ConflictPolicy): Statement => sql`
/* engine.undo.judge-missing */
update ${undo(load)} as u
set state = ${sql.lit(policy === 'current' ? 'keep' : 'blocked')}, code = 'row.missing'
where u.state is null and u.verdict operator(pg_catalog.=) 'update' and not exists (select 1 from ${targetTable(load)} as t where ${isSameRow(load, sql`t`, sql`u`)})`;

/** Deleted by the run, and its key is in use: by the very same row, or by another one. */
export const judgeTaken = (load: Load): Statement => sql`
/* engine.undo.judge-taken */
update ${undo(load)} as u set state = case when ${storedImage(load)} operator(pg_catalog.@>) u.before then 'same' else 'blocked' end, code = 'id.taken'
from ${targetTable(load)} as t
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and ${isSameRow(load, sql`t`, sql`u`)}`;

const cellOf = (column: Column, image: Statement): Statement => {
  const text = sql`(${image} operator(pg_catalog.->>) ${sql.lit(column.name)})`;
  return column.overComposite ? text : sql`${text}::${typeName(column.type)}`;
};

const current = (column: Column): Statement => (column.overComposite ? sql`t.${sql.id(column.name)}::pg_catalog.text` : sql`t.${sql.id(column.name)}`);

const stagedColumns = (load: Load): readonly Column[] => load.staged.map(({ name }) => columnOf(load.target, name));
const listOf = (load: Load): Statement => comma(load.staged.map(({ name }) => sql.id(name)));

/** Changed rows as they shall be: as they are, with the run's cells as it found them. */
export const stageChanged = ({ load, updated }: UndoTable): Statement => {
  const overlaid = (column: Column): Statement =>
    updated.includes(column.name)
      ? sql`case when u.before operator(pg_catalog.?) ${sql.lit(column.name)} then ${cellOf(column, sql`u.before`)} else ${current(column)} end`
      : current(column);
  return sql`
/* engine.undo.stage-changed */
insert into ${temporary('stage', load.index)} (${listOf(load)})
select ${comma(stagedColumns(load).map(overlaid))}
from ${undo(load)} as u join ${targetTable(load)} as t on ${isSameRow(load, sql`t`, sql`u`)}
where u.state is null and u.verdict operator(pg_catalog.=) 'update' order by u.place`;
};

export const stageDeleted = ({ load }: UndoTable): Statement => sql`
/* engine.undo.stage-deleted */
insert into ${temporary('stage', load.index)} (${listOf(load)})
select ${comma(stagedColumns(load).map((column) => cellOf(column, sql`u.before`)))}
from ${undo(load)} as u where u.state is null and u.verdict operator(pg_catalog.=) 'delete' order by u.place`;

export const truncateStage = (load: Load): Statement => sql`/* engine.undo.truncate-stage */ truncate ${temporary('stage', load.index)}`;

/** A type that was changed since may not take the old value; asked only after the plain cast failed. */
export const blockUncastable = (load: Load, column: Column, serverVersion: number): Statement => {
  const isBad = (image: Statement): Statement => {
    const text = sql`(${image} operator(pg_catalog.->>) ${sql.lit(column.name)})`;
    const refused =
      serverVersion >= 160_000
        ? sql`not pg_catalog.pg_input_is_valid(${text}, ${sql.lit(column.type)})`
        : sql`pg_temp.wb_input_error(${text}, ${sql.lit(column.type)}) is not null`;
    return sql`(${text} is not null and ${refused})`;
  };
  const isNull =
    column.domain?.notNull === true
      ? sql` or (u.before operator(pg_catalog.?) ${sql.lit(column.name)} and u.before operator(pg_catalog.->>) ${sql.lit(column.name)} is null)`
      : sql``;
  return sql`
/* engine.undo.block-uncastable */
update ${undo(load)} as u set ${place('blocked', 'type.invalid', sql.lit(column.name))}
where u.state is null and (${isBad(sql`u.before`)} or ${isBad(sql`u.after`)}${isNull})`;
};

/** Staged rows that are there: those that the run changed. Their keys are the target's own, so nothing is looked for again. */
export const createMatch = ({ load, rows }: UndoTable): Statement => {
  const key = removalKey(load);
  const isChanged = and(key.map(({ name, equality }) => equals(sql`u.${changeColumn('k', name)}`, sql`s.${sql.id(name)}`, equality)));
  const changed = rows.delete === 0 ? sql`` : sql` join ${undo(load)} as u on u.verdict operator(pg_catalog.=) 'update' and ${isChanged}`;
  return sql`
/* engine.undo.create-match */
create temporary table ${sql.id(temporaryName('match', load.index))} as
select ${comma([sql`s.ctid as src`, sql`${sql.lit(differs)}::pg_catalog.text as verdict`, ...key.map(({ name }) => sql`s.${sql.id(name)} as ${lookupColumn('t', name)}`)])}
from ${temporary('stage', load.index)} as s${changed}`;
};

/** Cells as the run left them: the base from which both sides went on. */
export const createBase = ({ load, updated }: UndoTable): Statement => sql`
/* engine.undo.create-base */
create temporary table ${sql.id(temporaryName('base', load.index))} as
select ${comma([
  sql`null::bigint as need`,
  ...rowKey(load).map((name) => sql`u.${changeColumn('k', name)}`),
  ...comparedColumns(load).flatMap((column) => [
    sql`${updated.includes(column.name) ? cellOf(column, sql`u.after`) : sql`null::${typeName(column.overComposite ? 'text' : (column.domain?.base ?? column.type))}`} as ${changeColumn('b', column.name)}`,
    sql`${updated.includes(column.name) ? sql`coalesce(u.after operator(pg_catalog.?) ${sql.lit(column.name)}, false)` : sql`false`} as ${changeColumn('o', column.name)}`,
  ]),
])}
from ${undo(load)} as u where u.state is null and u.verdict operator(pg_catalog.=) 'update'`;

export type UndoCount = { readonly state: string; readonly count: number; readonly keys: string };

/** What of the run's updates and deletes is left alone, and why. */
export const countUndo = (load: Load): Statement => sql`
/* engine.undo.count */
select u.state, pg_catalog.count(*)::integer as count,
  pg_catalog.sum(pg_catalog.hashtextextended(row(${comma([...rowKey(load).map((name) => sql`u.${changeColumn('k', name)}`), sql`u.code`])})::pg_catalog.text, 0))::pg_catalog.text as keys
from ${undo(load)} as u where u.state is not null group by 1 order by 1`;

export const countGone = (load: Load): Statement => sql`
/* engine.undo.count-gone */
select g.verdict as state, pg_catalog.count(*)::integer as count, pg_catalog.sum(pg_catalog.hashtextextended(g.name, 0))::pg_catalog.text as keys
from ${gone(load)} as g group by 1 order by 1`;

const messages: Readonly<Record<string, string>> = {
  'column.missing': 'The column that the run wrote is not there any more, so its value cannot come back',
  'row.missing': 'The row was deleted since, so its cells cannot come back',
  'id.taken': 'The row cannot come back: its key belongs to another row now',
  'type.invalid': 'The type of the column was changed since and does not take the old value',
};

/** The reasons, row by row, beside those that the other steps find. */
export const noteUndo = (load: Load): Statement => sql`
/* engine.undo.note */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select ${sql.lit(load.index)}, null, u.code, u.column_name, null, pg_catalog.left(${rowKey(load).length === 0 ? sql`u.place::pg_catalog.text` : nameOfKey(load, (name) => sql`u.${changeColumn('k', name)}`)}, 200),
  case u.code ${sql.join(
    Object.entries(messages).map(([code, message]) => sql`when ${sql.lit(code)} then ${sql.lit(message)}`),
    sql` `,
  )} else u.code end
from ${undo(load)} as u where u.state operator(pg_catalog.=) 'blocked'`;

/** Rows that came back are known by their origin again. */
export const restoreProvenance = (load: Load, provenance: QualifiedName, runId: string): Statement => sql`
/* engine.undo.restore-provenance */
insert into ${relation(provenance)} (table_schema, table_name, origin_database, origin_key, key, run_id)
select ${sql.lit(load.target.schema)}, ${sql.lit(load.target.name)}, o.parts[1], o.parts[2:], array[${comma(rowKey(load).map((name) => sql`u.${changeColumn('k', name)}::pg_catalog.text`))}], ${sql.lit(runId)}
from ${undo(load)} as u cross join lateral (select u.origin::pg_catalog.text[] as parts) as o
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and u.origin is not null
  and exists (select 1 from ${targetTable(load)} as t where ${isSameRow(load, sql`t`, sql`u`)})
on conflict (table_schema, table_name, origin_database, origin_key) do update set key = excluded.key, run_id = excluded.run_id`;

/** Rows of the run that somebody has deleted since: nothing is there to which their cells could go back. */
export const missingLines = (load: Load): Statement => sql`
copy (
  /* engine.undo.missing-lines */
  select pg_catalog.json_build_object('table', ${sql.lit(loadId(load))}::pg_catalog.text, 'row', ${nameOfKey(load, (name) => sql`u.${changeColumn('k', name)}`)}, 'verdict', u.state, 'deletedBy', 'current',
    'cells', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('column', c.key, 'base', u.after operator(pg_catalog.->>) c.key, 'current', null, 'incoming', c.value, 'outcome', 'current') order by c.key), '[]') from pg_catalog.jsonb_each_text(u.before) as c))::pg_catalog.text
  from ${undo(load)} as u where u.code operator(pg_catalog.=) 'row.missing' order by u.place
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`;
