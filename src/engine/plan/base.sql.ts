import type { Column } from '../../domain/catalogue/catalogue.ts';
import type { Mode } from '../../domain/merge/verdict-table.ts';
import type { ConflictPolicy } from '../../domain/run/run.ts';
import { and, comma, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, decisiveColumns, rowKeyColumns } from '../change.ts';
import { archiveName } from '../archive-name.sql.ts';
import { isStaged, type Load } from '../load.ts';
import { nameOf, type Portable } from '../portable.sql.ts';
import { removalKey } from '../removal.ts';
import { equalityOf, equals, isNew, onRowKey, staged, targetTable } from '../rows.sql.ts';
import { changeColumn, lookupColumn, temporary, temporaryName } from '../temporary.ts';
import { isSameCell } from './change.sql.ts';
import { differs, verdictOfOneSide } from './verdict.sql.ts';

/**
 * What both sides once held (ENGINE-RULES 24), looked for only where it decides something: rows that differ, rows that
 * arrive and are not here, and rows that are here and did not arrive. Rows are paired by their names, so it does not matter
 * whose ids an archive has.
 */
const leaf = (position: number): Statement => sql.id(`l_${position}`);

const leavesOf = (name: Portable): readonly Statement[] => name.leaves.map(({ value }, position) => sql`${value} as ${leaf(position)}`);

/** `gone` rows only where deletes may follow from them. */
export const createNeed = (
  load: Load,
  names: { readonly staged: Portable; readonly target: Portable },
  wanted: { readonly matched: boolean; readonly slim: boolean; readonly gone: boolean },
): Statement => {
  const key = rowKeyColumns(load);
  const noKey = key.map((column) => sql`null::${typeName(column.type)} as ${changeColumn('k', column.name)}`);
  const differing = sql`select 'differing' as kind, m.src, ${comma([...key.map((column) => sql`m.${lookupColumn('t', column.name)} as ${changeColumn('k', column.name)}`), ...leavesOf(names.staged)])}
from ${temporary('match', load.index)} as m join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) m.src${names.staged.joins} where m.verdict operator(pg_catalog.=) ${sql.lit(differs)}`;
  const arriving = sql`select 'arriving' as kind, s.ctid as src, ${comma([...noKey, ...leavesOf(names.staged)])}
from ${temporary('stage', load.index)} as s${names.staged.joins} where ${isNew(load, { match: wanted.matched, reject: false, slim: wanted.slim })}`;
  const unmatched = wanted.matched
    ? sql`not exists (select 1 from ${temporary('match', load.index)} as m where ${and(key.map((column) => equals(sql`t.${sql.id(column.name)}`, sql`m.${lookupColumn('t', column.name)}`, equalityOf(load, column.name))))})`
    : sql`true`;
  const gone = sql`select 'gone' as kind, null::pg_catalog.tid as src, ${comma([...key.map((column) => sql`t.${sql.id(column.name)} as ${changeColumn('k', column.name)}`), ...leavesOf(names.target)])}
from ${targetTable(load)} as t${names.target.joins} where ${unmatched}`;
  return sql`
/* engine.plan.create-need */
create temporary table ${sql.id(temporaryName('need', load.index))} as
select n.*, pg_catalog.row_number() over () as need from (
${sql.join([...(wanted.matched ? [differing] : []), arriving, ...(wanted.gone ? [gone] : [])], sql`\nunion all\n`)}
) as n`;
};

/** Id references are held by the parent's name, everything else as the target has it; `o_`: the archive has the column. */
export const createBase = (load: Load, named: ReadonlySet<string>): Statement => sql`
/* engine.plan.create-base */
create temporary table ${sql.id(temporaryName('base', load.index))} as
select null::bigint as need, ${comma([
  ...rowKeyColumns(load).map((column) => sql`t.${sql.id(column.name)} as ${changeColumn('k', column.name)}`),
  ...comparedColumns(load).flatMap((column) => [
    named.has(column.name) || column.overComposite
      ? sql`null::pg_catalog.text as ${changeColumn('b', column.name)}`
      : sql`t.${sql.id(column.name)} as ${changeColumn('b', column.name)}`,
    sql`false as ${changeColumn('o', column.name)}`,
  ]),
])} from ${targetTable(load)} as t where false`;

export type BaseRows = {
  readonly load: Load;
  /** The same table in the archive of the base. */
  readonly base: Load;
  readonly name: Portable;
  /** By column: what the base's reference says, as the parent's name. */
  readonly parents: ReadonlyMap<string, Portable>;
  readonly named: ReadonlySet<string>;
  /** Names of rows that the taking run did not take. */
  readonly exceptions: readonly string[];
  /** Columns that it did not take. */
  readonly leftColumns: readonly string[];
};

/** Rows that have no base yet get it from this archive, unless the run that took it in left them out. */
export const fillBase = ({ load, base, name, parents, named, exceptions, leftColumns }: BaseRows): Statement => {
  const cells = comparedColumns(load).flatMap((column): readonly { readonly column: Column; readonly value: Statement }[] => {
    if (leftColumns.includes(column.name)) return [];
    if (named.has(column.name)) {
      const parent = parents.get(column.name);
      return parent === undefined ? [] : [{ column, value: nameOf(parent.leaves) }];
    }
    if (!isStaged(base, column.name)) return [];
    // A composite is staged as text already.
    return [{ column, value: column.overComposite ? sql`s.${sql.id(column.name)}` : staged(base, column.name) }];
  });
  const joins = [name.joins, ...[...parents.values()].map((parent) => parent.joins)];
  const pairs = name.leaves.map((part, position) => equals(sql`n.${leaf(position)}`, sql`b.${leaf(position)}`, part.equality));
  return sql`
/* engine.plan.fill-base */
insert into ${temporary('base', load.index)} (need${comma([
    sql``,
    ...rowKeyColumns(load).map((column) => changeColumn('k', column.name)),
    ...cells.flatMap(({ column }) => [changeColumn('b', column.name), changeColumn('o', column.name)]),
  ])})
select n.need${comma([
    sql``,
    ...rowKeyColumns(load).map((column) => sql`n.${changeColumn('k', column.name)}`),
    ...cells.flatMap(({ column }) => [sql`b.${changeColumn('b', column.name)}`, sql`true`]),
  ])}
from ${temporary('need', load.index)} as n join (
  select ${comma([...leavesOf(name), ...cells.map(({ column, value }) => sql`${value} as ${changeColumn('b', column.name)}`)])}
  from ${temporary('stage', base.index)} as s${sql.join(joins, sql``)}
  ${exceptions.length === 0 ? sql`` : sql`where not (${archiveName(base)} operator(pg_catalog.=) any (${[...exceptions]}::pg_catalog.text[]))`}
) as b on ${and(pairs)}
where not exists (select 1 from ${temporary('base', load.index)} as x where x.need operator(pg_catalog.=) n.need)`;
};

/**
 * A side's own newer export without the row: it was gone then, so what that side has now it made anew, and no older state
 * that both held speaks of it.
 */
export const settleAbsent = (load: Load, kind: 'arriving' | 'gone', own: { readonly base: Load; readonly name: Portable }): Statement => {
  const pairs = own.name.leaves.map((part, position) => equals(sql`n.${leaf(position)}`, sql`b.${leaf(position)}`, part.equality));
  return sql`
/* engine.plan.settle-absent */
delete from ${temporary('need', load.index)} as n
where n.kind operator(pg_catalog.=) ${sql.lit(kind)} and not exists (select 1 from ${temporary('base', load.index)} as x where x.need operator(pg_catalog.=) n.need)
  and not exists (select 1 from (select ${comma(leavesOf(own.name))} from ${temporary('stage', own.base.index)} as s${own.name.joins}) as b where ${and(pairs)})`;
};

export const countWanting = (load: Load): Statement => sql`
/* engine.plan.count-wanting */
select pg_catalog.count(*)::bigint as count from ${temporary('need', load.index)} as n where not exists (select 1 from ${temporary('base', load.index)} as x where x.need operator(pg_catalog.=) n.need)`;

type OneSide = { readonly mode: Mode; readonly policy: ConflictPolicy; readonly named: ReadonlyMap<string, Statement> };

const isAsBase = (load: Load, value: (column: Column) => Statement, { named }: OneSide): Statement =>
  and(
    decisiveColumns(load).map((column) => {
      const base = sql`b.${changeColumn('b', column.name)}`;
      const name = named.get(column.name);
      const same =
        name === undefined
          ? isSameCell(column, column.overComposite ? sql`(${value(column)})::pg_catalog.text` : value(column), base)
          : sql`(row(${name})::pg_catalog.record operator(pg_catalog.*=) row(${base})::pg_catalog.record)`;
      // A column that the base does not have says nothing of whether the row was changed.
      return sql`(not b.${changeColumn('o', column.name)} or ${same})`;
    }),
  );

/** Rows that were deleted here since. */
export const createStay = (load: Load, oneSide: OneSide, joins: Statement): Statement => {
  const incoming = (column: Column): Statement =>
    isStaged(load, column.name) ? staged(load, column.name) : sql`null::${typeName(column.domain?.base ?? column.type)}`;
  return sql`
/* engine.plan.create-stay */
create temporary table ${sql.id(temporaryName('stay', load.index))} as
select y.src, y.need, y.verdict from (
  select n.src, n.need, ${verdictOfOneSide(oneSide.mode, 'incoming', isAsBase(load, incoming, oneSide), oneSide.policy)} as verdict
  from ${temporary('need', load.index)} as n join ${temporary('base', load.index)} as b on b.need operator(pg_catalog.=) n.need
  join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) n.src${joins}
  where n.kind operator(pg_catalog.=) 'arriving'
) as y where y.verdict operator(pg_catalog.<>) 'insert'`;
};

/** Rows that were deleted there since. */
export const createGone = (load: Load, oneSide: OneSide, names: { readonly row: Portable; readonly joins: Statement }): Statement => sql`
/* engine.plan.create-gone */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
select n.need, ${verdictOfOneSide(
  oneSide.mode,
  'current',
  isAsBase(load, (column) => sql`t.${sql.id(column.name)}`, oneSide),
  oneSide.policy,
)} as verdict, ${nameOf(names.row.leaves)} as name${comma([sql``, ...rowKeyColumns(load).map((column) => sql`n.${changeColumn('k', column.name)}`)])}
from ${temporary('need', load.index)} as n join ${temporary('base', load.index)} as b on b.need operator(pg_catalog.=) n.need
join ${targetTable(load)} as t on ${onRowKey(load, sql`n`)}${names.row.joins}${names.joins}
where n.kind operator(pg_catalog.=) 'gone'`;

/** Replace: every row that did not arrive. */
export const createAbsent = (load: Load, name: Portable | undefined, matched: boolean): Statement => {
  const key = rowKeyColumns(load);
  const unmatched = matched
    ? sql`not exists (select 1 from ${temporary('match', load.index)} as m where ${and(key.map((column) => equals(sql`t.${sql.id(column.name)}`, sql`m.${lookupColumn('t', column.name)}`, equalityOf(load, column.name))))})`
    : sql`true`;
  return sql`
/* engine.plan.create-absent */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
select null::bigint as need, 'delete' as verdict, ${name === undefined ? sql`null::pg_catalog.text` : nameOf(name.leaves)} as name${comma([sql``, ...key.map((column) => sql`t.${sql.id(column.name)} as ${changeColumn('k', column.name)}`)])}
from ${targetTable(load)} as t${name?.joins ?? sql``} where ${unmatched}`;
};

/** What the deletion machinery works on. */
export const fillDelete = (load: Load): Statement => {
  const list = comma(removalKey(load).map(({ name }) => changeColumn('k', name)));
  return sql`
/* engine.plan.fill-delete */
insert into ${temporary('delete', load.index)} (${list}) select ${list} from ${temporary('gone', load.index)} as g where g.verdict operator(pg_catalog.=) 'delete'`;
};

/** A row that somebody still refers to stays. */
export const markGoneBlocked = (load: Load): Statement => sql`
/* engine.plan.mark-gone-blocked */
update ${temporary('gone', load.index)} as g set verdict = 'blocked'
where exists (select 1 from ${sql.id('pg_temp', `wb_blocked_${load.index}`)} as x where ${and(
  removalKey(load).map(({ name, equality }) => equals(sql`x.${changeColumn('k', name)}`, sql`g.${changeColumn('k', name)}`, equality)),
)})`;

export const countRows = (load: Load): Statement => sql`
/* engine.plan.count-rows */
select pg_catalog.count(*)::bigint as rows from ${targetTable(load)} as t`;
