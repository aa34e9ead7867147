import type { Issue } from '../../domain/issue.ts';
import { comma, relation, sql, typeName, typeText, type Statement } from '../../infra/postgres/sql.ts';
import { missingMessage, type Load, type StagedColumn } from '../load.ts';
import { rowNumber, temporary, temporaryName } from '../temporary.ts';

const definition = (column: StagedColumn): Statement => {
  const collation = column.collation === undefined ? sql`` : sql` collate ${relation(column.collation)}`;
  return sql`${sql.id(column.name)} ${typeName(column.type)}${collation}`;
};

/** Typed: PostgreSQL parses each value once (ENGINE-FACTS 2.4). */
export const createStage = (load: Load): Statement => sql`
/* engine.stage.create */
create temporary table ${sql.id(temporaryName('stage', load.index))} (${comma(load.staged.map(definition))})`;

export const dropTypedStage = (load: Load): Statement => sql`/* engine.stage.drop */ drop table if exists ${temporary('stage', load.index)}`;

export const copyIntoStage = (load: Load): Statement => sql`
/* engine.stage.copy */
copy ${temporary('stage', load.index)}${columnList(load)} from stdin (format text)`;

const columnList = (load: Load): Statement => (load.staged.length === 0 ? sql`` : sql` (${comma(load.staged.map((column) => sql.id(column.name)))})`);

export const createTextStage = (load: Load): Statement => sql`
/* engine.stage.create-text */
create temporary table ${sql.id(temporaryName('text', load.index))} (
  ${comma([...load.staged.map((column) => sql`${sql.id(column.name)} pg_catalog.text`), sql`${rowNumber(load)} bigint generated always as identity`])}
)`;

export const copyIntoTextStage = (load: Load): Statement => sql`
/* engine.stage.copy-text */
copy ${temporary('text', load.index)}${columnList(load)} from stdin (format text)`;

export const addRowNumbers = (load: Load): Statement => sql`
/* engine.stage.add-row-numbers */
alter table ${temporary('stage', load.index)} add column ${rowNumber(load)} bigint`;

/** One issue per bad cell, with PostgreSQL's own reason (16 and newer). */
export const findBadCells = (load: Load, column: StagedColumn): Statement => sql`
/* engine.stage.find-bad-cells */
insert into pg_temp.wb_issue (load, row_number, code, column_name, value, message)
select ${sql.lit(load.index)}, s.${rowNumber(load)}, 'type.invalid', ${sql.lit(column.name)},
  pg_catalog.left(s.${sql.id(column.name)}, 200),
  (pg_catalog.pg_input_error_info(s.${sql.id(column.name)}, ${sql.lit(typeText(column.castTo ?? column.type))})).message
from ${temporary('text', load.index)} as s
where not pg_catalog.pg_input_is_valid(s.${sql.id(column.name)}, ${sql.lit(typeText(column.castTo ?? column.type))})`;

/** PostgreSQL's own check says nothing of NULL. */
export const findNullCells = (load: Load, column: StagedColumn): Statement => sql`
/* engine.stage.find-null-cells */
insert into pg_temp.wb_issue (load, row_number, code, column_name, message)
select ${sql.lit(load.index)}, s.${rowNumber(load)}, 'value.missing', ${sql.lit(column.name)}, ${sql.lit(missingMessage(load, column.name))}
from ${temporary('text', load.index)} as s
where s.${sql.id(column.name)} is null`;

/**
 * PostgreSQL 15 has no soft input checks, and in newer ones a domain whose CHECK calls a function that raises is not soft:
 * one exception block per cell, slow, and only after the fast way failed.
 */
export const createInputCheck: Statement = sql`
/* engine.stage.create-input-check */
create or replace function pg_temp.wb_input_error(value pg_catalog.text, type_name pg_catalog.text) returns pg_catalog.text language plpgsql as $body$
begin
  execute pg_catalog.format('select %L::%s', value, type_name);
  return null;
exception when others then
  return sqlerrm;
end
$body$`;

export const findBadCellsSlowly = (load: Load, column: StagedColumn): Statement => sql`
/* engine.stage.find-bad-cells-slowly */
insert into pg_temp.wb_issue (load, row_number, code, column_name, value, message)
select ${sql.lit(load.index)}, s.${rowNumber(load)}, 'type.invalid', ${sql.lit(column.name)}, pg_catalog.left(s.${sql.id(column.name)}, 200), checked.message
from ${temporary('text', load.index)} as s
cross join lateral (select pg_temp.wb_input_error(s.${sql.id(column.name)}, ${sql.lit(typeText(column.castTo ?? column.type))}) as message) as checked
where s.${sql.id(column.name)} is not null and checked.message is not null`;

/** What the reader of a single file found: rows that do not fit the columns, values that no text can hold. */
export const insertFaults = (load: Load, faults: readonly Issue[]): Statement => {
  const list = (values: readonly (string | number | null)[], type: string): Statement => sql`pg_catalog.unnest(${[...values]}::${sql.raw(type)}[])`;
  return sql`
/* engine.stage.insert-faults */
insert into pg_temp.wb_issue (load, row_number, position, code, column_name, value, message)
select ${sql.lit(load.index)}, f.row_number, f.position, f.code, f.column_name, f.value, f.message
from rows from (${comma([
    list(
      faults.map(({ row }) => row ?? null),
      'bigint',
    ),
    list(
      faults.map(({ position }) => position ?? null),
      'bigint',
    ),
    list(
      faults.map(({ code }) => code),
      'pg_catalog.text',
    ),
    list(
      faults.map(({ column }) => column ?? null),
      'pg_catalog.text',
    ),
    list(
      faults.map(({ value }) => value ?? null),
      'pg_catalog.text',
    ),
    list(
      faults.map(({ message }) => message),
      'pg_catalog.text',
    ),
  ])}) as f(row_number, position, code, column_name, value, message)`;
};

/** The good rows of the text staging, typed; the bad ones stay behind with their issues. */
export const moveGoodRows = (load: Load): Statement => sql`
/* engine.stage.move-good-rows */
insert into ${temporary('stage', load.index)} (${comma([...load.staged.map((column) => sql.id(column.name)), rowNumber(load)])})
select ${comma([...load.staged.map((column) => sql`s.${sql.id(column.name)}::${typeName(column.type)}`), sql`s.${rowNumber(load)}`])}
from ${temporary('text', load.index)} as s
where not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.row_number operator(pg_catalog.=) s.${rowNumber(load)})
order by s.${rowNumber(load)}`;

export const createIssues: Statement = sql`
/* engine.stage.create-issues */
create temporary table if not exists wb_issue (
  load integer not null, row_number bigint, src pg_catalog.tid, code pg_catalog.text not null,
  column_name pg_catalog.text, constraint_name pg_catalog.text, value pg_catalog.text, message pg_catalog.text not null,
  position bigint
)`;

/** Statistics by hand: autovacuum never sees temporary tables (ENGINE-FACTS 2.3: 1.13 s against 0.12). */
export const analyzeStage = (load: Load, columns: readonly string[]): Statement => sql`
/* engine.stage.analyze */
analyze ${temporary('stage', load.index)} ${columns.length === 0 ? sql`` : sql`(${comma(columns.map((column) => sql.id(column)))})`}`;
