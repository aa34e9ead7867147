import type { Column } from '../../domain/catalogue/catalogue.ts';
import { comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import { archiveName } from '../archive-name.sql.ts';
import { isStaged, loadId, type Load } from '../load.ts';
import { nameOf, type Portable } from '../portable.sql.ts';
import { isSameRow } from '../removal.ts';
import { staged, targetTable } from '../rows.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';
import type { ParentNames } from './change.sql.ts';

/** What a person reads before a plan is applied: `RowChange` as JSON lines, references by their parents' names (ENGINE-RULES 9). Inserts are in the archive. */
const asLines = (lines: Statement): Statement => sql`
copy (
  /* engine.plan.row-lines */
  ${lines}
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`;

type CellParts = {
  readonly column: Column;
  readonly base: { readonly known: Statement; readonly value: Statement } | undefined;
  readonly current: Statement;
  readonly incoming: Statement;
  readonly letter: Statement;
};

const text = (value: Statement): Statement => sql`(${value})::pg_catalog.text`;

const cellObject = ({ column, base, current, incoming, letter }: CellParts): Statement => {
  const outcome = sql`case ${letter} when 'i' then 'incoming' when 'c' then 'current' else 'clash' end`;
  const rest = sql`'current', ${text(current)}, 'incoming', ${text(incoming)}, 'outcome', ${outcome}`;
  const without = sql`pg_catalog.json_build_object('column', ${sql.lit(column.name)}::pg_catalog.text, ${rest})`;
  if (base === undefined) return without;
  return sql`case when ${base.known} then pg_catalog.json_build_object('column', ${sql.lit(column.name)}::pg_catalog.text, 'base', ${text(base.value)}, ${rest}) else ${without} end`;
};

/** Only cells that are not equal on both sides, in the order of the table's columns; as text, since an aggregate over all cells of a row takes four times as long. */
const cellArray = (cells: readonly CellParts[]): Statement => {
  const texts = cells.map((cell) => sql`case when (${cell.letter}) operator(pg_catalog.<>) '=' then ${text(cellObject(cell))} end`);
  return sql`(('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[${comma(texts)}]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json`;
};

/** Which rows are listed: a merge says what it writes and what it cannot decide, a rollback also what it leaves alone. */
export type Listed = 'written' | 'left' | 'all';
const isListed = (verdict: Statement, listed: Listed): Statement => {
  if (listed === 'all') return sql`${verdict} operator(pg_catalog.<>) 'same'`;
  return listed === 'written'
    ? sql`${verdict} operator(pg_catalog.<>) 'keep'`
    : sql`${verdict} operator(pg_catalog.=) any (array['keep', 'conflict', 'blocked'])`;
};

/** Rows that both sides have. */
export const changeLines = (load: Load, hasBase: boolean, names: ParentNames | undefined, listed: Listed = 'written'): Statement => {
  const cells = comparedColumns(load).map((column): CellParts => {
    const named = names?.of.has(column.name) === true;
    const of = (side: 'i' | 'c' | 'b' | 'o' | 'k' | 'p' | 'q', name: string): Statement => sql`ch.${changeColumn(side, name)}`;
    return {
      column,
      base: hasBase ? { known: sql`coalesce(${of('k', `base ${column.name}`)}, false)`, value: of('b', column.name) } : undefined,
      // A parent that has no name is shown as the value that is there.
      current: named ? sql`coalesce(${of('q', column.name)}, ${text(of('c', column.name))})` : of('c', column.name),
      incoming: named ? sql`coalesce(${of('p', column.name)}, ${text(of('i', column.name))})` : of('i', column.name),
      letter: of('o', column.name),
    };
  });
  return asLines(sql`select pg_catalog.json_build_object('table', ${sql.lit(loadId(load))}::pg_catalog.text, 'row', ch.name, 'verdict', ch.verdict, 'cells', ${cellArray(cells)})::pg_catalog.text
  from ${temporary('change', load.index)} as ch where ${isListed(sql`ch.verdict`, listed)} order by ch.name`);
};

const isBase = (left: Statement, base: Statement): Statement =>
  sql`(${text(left)} operator(pg_catalog.=) ${text(base)} or (${left} is null and ${base} is null))`;

/** Rows that were deleted there: what goes with them, or what was changed here meanwhile. */
export const goneLines = (
  load: Load,
  hasBase: boolean,
  names: { readonly joins: Statement; readonly of: ReadonlyMap<string, Statement> },
  listed: Listed = 'written',
): Statement => {
  const cells = comparedColumns(load).map((column): CellParts => {
    const current = names.of.get(column.name) ?? sql`t.${sql.id(column.name)}`;
    const known = sql`coalesce(b.${changeColumn('o', column.name)}, false)`;
    const value = sql`b.${changeColumn('b', column.name)}`;
    const asBase = hasBase ? sql`when ${known} and ${isBase(current, value)} then 'c'` : sql``;
    return {
      column,
      base: hasBase ? { known, value } : undefined,
      current,
      incoming: sql`null::pg_catalog.text`,
      letter: sql`case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' ${asBase} else 'x' end`,
    };
  });
  const base = hasBase ? sql`left join ${temporary('base', load.index)} as b on b.need operator(pg_catalog.=) g.need` : sql``;
  return asLines(sql`select pg_catalog.json_build_object('table', ${sql.lit(loadId(load))}::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', ${cellArray(cells)})::pg_catalog.text
  from ${temporary('gone', load.index)} as g join ${targetTable(load)} as t on ${isSameRow(load, sql.id('t'), sql.id('g'))} ${base}${names.joins}
  where ${isListed(sql`g.verdict`, listed)} order by g.name`);
};

/** Rows that were deleted here and changed there meanwhile. */
export const stayLines = (
  load: Load,
  row: Portable | undefined,
  names: { readonly joins: Statement; readonly of: ReadonlyMap<string, Statement> },
): Statement => {
  const cells = comparedColumns(load)
    .filter((column) => isStaged(load, column.name))
    .map((column): CellParts => {
      const incoming = names.of.get(column.name) ?? staged(load, column.name);
      const known = sql`coalesce(b.${changeColumn('o', column.name)}, false)`;
      const value = sql`b.${changeColumn('b', column.name)}`;
      return {
        column,
        base: { known, value },
        current: sql`null::pg_catalog.text`,
        incoming,
        letter: sql`case when ${known} and ${isBase(incoming, value)} then 'c' else 'x' end`,
      };
    });
  const name = row === undefined ? archiveName(load) : nameOf(row.leaves);
  return asLines(sql`select pg_catalog.json_build_object('table', ${sql.lit(loadId(load))}::pg_catalog.text, 'row', ${name}, 'verdict', y.verdict, 'deletedBy', 'current', 'cells', ${cellArray(cells)})::pg_catalog.text
  from ${temporary('stay', load.index)} as y join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) y.src
  left join ${temporary('base', load.index)} as b on b.need operator(pg_catalog.=) y.need${row?.joins ?? sql``}${names.joins}
  where y.verdict operator(pg_catalog.=) 'conflict' order by s.ctid`);
};
