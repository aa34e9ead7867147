import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import type { ConflictPolicy } from '../../domain/run/run.ts';
import { and, comma, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import { columnOf, loadId, rowKey, type Load } from '../load.ts';
import { differs } from '../plan/verdict.sql.ts';
import { isSameRow, removalKey } from '../removal.ts';
import { equals, targetTable } from '../rows.sql.ts';
import { changeColumn, lookupColumn, temporary, temporaryName } from '../temporary.ts';
import { keyColumns, nameOfKey, rowsOf, storedImage, type UndoSource } from './ledger-rows.sql.ts';
import type { UndoTable } from './undo-tables.ts';

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

/** Deleted by the run, and its key is in use: by the very same row, or by another one; not by one that goes in this very rollback. */
export const judgeTaken = (load: Load): Statement => sql`
/* engine.undo.judge-taken */
update ${undo(load)} as u set state = case when ${storedImage(load)} operator(pg_catalog.@>) u.before then 'same' else 'blocked' end, code = 'id.taken'
from ${targetTable(load)} as t
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and ${isSameRow(load, sql`t`, sql`u`)}
  and not exists (select 1 from ${temporary('gone', load.index)} as g where g.verdict operator(pg_catalog.=) 'delete' and ${isSameRow(load, sql`t`, sql`g`)})`;

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
