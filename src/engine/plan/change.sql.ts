import type { Column } from '../../domain/catalogue/catalogue.ts';
import type { Mode } from '../../domain/merge/verdict-table.ts';
import type { ConflictPolicy } from '../../domain/run/run.ts';
import { and, comma, or, sql, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, isPassive, rememberedColumns, rowKeyColumns } from '../change.ts';
import { knowsPlaces, type Ids } from '../ids.ts';
import { archiveName } from '../archive-name.sql.ts';
import type { Load } from '../load.ts';
import { nameOf, type Portable } from '../portable.sql.ts';
import { isSameDocument } from '../rows.sql.ts';
import { equalityOf, equals, lookedUp, lookupJoins, plannedValue, refersToSomething, targetTable } from '../rows.sql.ts';
import { changeColumn, lookupColumn, temporary, temporaryName } from '../temporary.ts';
import { differs, letterOfPolicy, outcomeLetters, outcomeOfCell, verdictOfCells } from './verdict.sql.ts';

/**
 * Rows that both sides have and that differ, cell by cell: what arrives, what is there, and which of them is taken. Only
 * these are written down (ENGINE-FACTS 2.3: a plan of all rows costs as much as the import).
 */
export type Judgement = {
  readonly mode: Mode;
  readonly policy: ConflictPolicy;
  /** Whether the table of base rows is there. */
  readonly hasBase: boolean;
  /** The name of the row that arrives. */
  readonly row: Portable | undefined;
  /** Id references of the load, with the names of the two parents: what a reference says in every database (ENGINE-RULES 9). */
  readonly names: ParentNames | undefined;
};

export type ParentNames = {
  readonly joins: Statement;
  /** By column: the name of the parent that arrives, and of the one that is there. */
  readonly of: ReadonlyMap<string, { readonly incoming: Statement; readonly current: Statement }>;
};

/** Never a column of a user's composite type (ENGINE-RULES 4). */
const asKept = (column: Column, value: Statement): Statement => (column.overComposite ? sql`(${value})::pg_catalog.text` : value);

const isDocument = (column: Column): boolean => column.baseType === 'json' || column.baseType === 'jsonb';

export const isSameCell = (column: Column, left: Statement, right: Statement): Statement =>
  isDocument(column) ? isSameDocument(left, right) : sql`(row(${left})::pg_catalog.record operator(pg_catalog.*=) row(${right})::pg_catalog.record)`;

const isEqualNow = (load: Load, ids: readonly Ids[], column: Column): Statement => {
  const same = isSameCell(column, plannedValue(load, ids, column.name), sql`t.${sql.id(column.name)}`);
  // A reference to a row that is new has no value yet, but it is not NULL.
  return lookedUp(load, ids, column.name).length === 0
    ? same
    : sql`(${same} and (${refersToSomething(load, column.name)}) operator(pg_catalog.=) (t.${sql.id(column.name)} is not null))`;
};

const letterOf = (load: Load, ids: readonly Ids[], column: Column, judgement: Judgement): Statement => {
  const isEqual = isEqualNow(load, ids, column);
  const policy = letterOfPolicy(judgement.policy, (name) => {
    const newer = load.columns.find((candidate) => candidate.name === name);
    return newer === undefined ? sql`false` : sql`${plannedValue(load, ids, name)} operator(pg_catalog.>) t.${sql.id(name)}`;
  });
  if (judgement.mode !== 'three-way') return outcomeOfCell({ isEqual, policy });
  if (!judgement.hasBase) return outcomeOfCell({ isEqual, policy, base: { isIncoming: sql`false`, isCurrent: sql`false` } });
  const base = sql`b.${changeColumn('b', column.name)}`;
  const known = sql`b.${changeColumn('o', column.name)}`;
  const names = judgement.names?.of.get(column.name);
  const isBase = (value: Statement, name: Statement | undefined): Statement =>
    sql`(${known} and ${name === undefined ? isSameCell(column, asKept(column, value), base) : sql`(row(${name})::pg_catalog.record operator(pg_catalog.*=) row(${base})::pg_catalog.record)`})`;
  return outcomeOfCell({
    isEqual,
    policy,
    base: {
      isIncoming: isBase(plannedValue(load, ids, column.name), names?.incoming),
      isCurrent: isBase(sql`t.${sql.id(column.name)}`, names?.current),
    },
  });
};

/** A passive cell follows: it goes with what is taken of the row, and never clashes by itself. */
const settled = (load: Load, column: Column, others: readonly Column[]): Statement => {
  const own = sql`cells.${changeColumn('o', column.name)}`;
  if (!isPassive(load, column.name)) return own;
  const taken = or(others.map((other) => sql`cells.${changeColumn('o', other.name)} operator(pg_catalog.=) ${sql.lit(outcomeLetters.incoming)}`));
  return sql`case when ${own} operator(pg_catalog.=) ${sql.lit(outcomeLetters.equal)} then ${own} when ${taken} then ${sql.lit(outcomeLetters.incoming)} else ${sql.lit(outcomeLetters.current)} end`;
};

export const createChange = (load: Load, ids: readonly Ids[], judgement: Judgement): Statement => {
  const compared = comparedColumns(load);
  const decisive = compared.filter((column) => !isPassive(load, column.name));
  const key = rowKeyColumns(load);
  const hasPlaces = knowsPlaces(load, ids);
  const cells = comma([
    sql`m.src`,
    ...(hasPlaces ? [sql`m.there`] : []),
    sql`${judgement.row === undefined ? archiveName(load) : nameOf(judgement.row.leaves)} as name`,
    ...key.map((column) => sql`m.${lookupColumn('t', column.name)} as ${changeColumn('k', column.name)}`),
    ...compared.flatMap((column) => [
      sql`${asKept(column, plannedValue(load, ids, column.name))} as ${changeColumn('i', column.name)}`,
      sql`${asKept(column, sql`t.${sql.id(column.name)}`)} as ${changeColumn('c', column.name)}`,
      sql`${letterOf(load, ids, column, judgement)} as ${changeColumn('o', column.name)}`,
      ...(judgement.hasBase
        ? [sql`b.${changeColumn('b', column.name)}`, sql`b.${changeColumn('o', column.name)} as ${changeColumn('k', `base ${column.name}`)}`]
        : []),
    ]),
    ...rememberedColumns(load).map((column) => sql`${asKept(column, sql`t.${sql.id(column.name)}`)} as ${changeColumn('c', column.name)}`),
    ...[...(judgement.names?.of ?? [])].flatMap(([name, { incoming, current }]) => [
      sql`${incoming} as ${changeColumn('p', name)}`,
      sql`${current} as ${changeColumn('q', name)}`,
    ]),
  ]);
  const base = judgement.hasBase
    ? sql`\nleft join ${temporary('base', load.index)} as b on ${and(key.map((column) => equals(sql`b.${changeColumn('k', column.name)}`, sql`m.${lookupColumn('t', column.name)}`, equalityOf(load, column.name))))}`
    : sql``;
  const isThere = hasPlaces
    ? sql`t.ctid operator(pg_catalog.=) m.there`
    : and(key.map((column) => equals(sql`t.${sql.id(column.name)}`, sql`m.${lookupColumn('t', column.name)}`, equalityOf(load, column.name))));
  const passed = comma([
    sql`cells.src`,
    ...(hasPlaces ? [sql`cells.there`] : []),
    sql`cells.name`,
    sql`${verdictOfCells(
      judgement.mode,
      decisive.map((column) => sql`cells.${changeColumn('o', column.name)}`),
    )} as verdict`,
    ...key.map((column) => sql`cells.${changeColumn('k', column.name)}`),
    ...compared.flatMap((column) => [
      sql`cells.${changeColumn('i', column.name)}`,
      sql`cells.${changeColumn('c', column.name)}`,
      sql`(${settled(load, column, decisive)})::"char" as ${changeColumn('o', column.name)}`,
      ...(judgement.hasBase ? [sql`cells.${changeColumn('b', column.name)}`, sql`cells.${changeColumn('k', `base ${column.name}`)}`] : []),
    ]),
    ...rememberedColumns(load).map((column) => sql`cells.${changeColumn('c', column.name)}`),
    ...[...(judgement.names?.of.keys() ?? [])].flatMap((name) => [sql`cells.${changeColumn('p', name)}`, sql`cells.${changeColumn('q', name)}`]),
  ]);
  return sql`
/* engine.plan.create-change */
create temporary table ${sql.id(temporaryName('change', load.index))} as
select ${passed}
from (
  select ${cells}
  from ${temporary('match', load.index)} as m
  join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) m.src${lookupJoins(load, ids, 'known')}
  join ${targetTable(load)} as t on ${isThere}${base}${judgement.row?.joins ?? sql``}${judgement.names?.joins ?? sql``}
  where m.verdict operator(pg_catalog.=) ${sql.lit(differs)}
  offset 0
) as cells`;
};

/** Counts per verdict, and how many cells of each column are taken. */
export const countChanged = (load: Load): Statement => sql`
/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count${comparedColumns(load).length === 0 ? sql`` : sql`, ${comma(comparedColumns(load).map((column, position) => sql`pg_catalog.count(*) filter (where ch.${changeColumn('o', column.name)} operator(pg_catalog.=) 'i')::bigint as ${sql.id(`c${position}`)}`))}`}
from ${temporary('change', load.index)} as ch group by 1 order by 1`;

/** Order-free over every row that changes or clashes: its name, verdict, and each cell that is not equal, old and new (ENGINE-RULES 9). */
export const hashChanged = (load: Load, names: ParentNames | undefined): Statement => {
  const cell = (column: Column): Statement => {
    const named = names?.of.has(column.name) === true;
    const value = (side: 'i' | 'c'): Statement =>
      named ? sql`ch.${changeColumn(side === 'i' ? 'p' : 'q', column.name)}` : sql`ch.${changeColumn(side, column.name)}`;
    const letter = sql`ch.${changeColumn('o', column.name)}`;
    return sql`case when ${letter} operator(pg_catalog.=) '=' then null else row(${letter}, ${value('c')}, ${value('i')})::pg_catalog.text end`;
  };
  return sql`
/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(${comma([sql`ch.name`, sql`ch.verdict`, ...comparedColumns(load).map(cell)])})::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from ${temporary('change', load.index)} as ch`;
};
