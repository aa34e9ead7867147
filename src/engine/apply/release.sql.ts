import type { Column, UniqueIndex } from '../../domain/catalogue/catalogue.ts';
import { and, comma, or, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns, rowKeyColumns } from '../change.ts';
import { finalRows } from '../final-rows.sql.ts';
import { integers, type Load } from '../load.ts';
import type { Ids } from '../ids.ts';
import { equalityOf, equals, isNew, lookupJoins, onRowKey, plannedValue, targetTable, type Presence } from '../rows.sql.ts';
import { changeColumn, temporary, temporaryName } from '../temporary.ts';

/**
 * Values that change places (ENGINE-RULES 15): a row gives up what another one takes in a unique index. One UPDATE would meet
 * itself half-way, so such rows step aside first, to a value that nobody has.
 */
const movesIn = (load: Load, index: UniqueIndex): Statement =>
  or(
    index.columns
      .filter((name) => comparedColumns(load).some((column) => column.name === name))
      .map((name) => sql`ch.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`),
  );

const releasing = (load: Load, index: UniqueIndex): Statement => sql.id(`wb_release_${load.index}_${load.target.uniques.indexOf(index)}`);

/** Rows whose value in the index is wanted by another row that changes, or that is new. */
export const createReleasing = (load: Load, ids: readonly Ids[], index: UniqueIndex, presence: Presence): Statement => {
  const same = (value: (name: string) => Statement): Statement =>
    and(index.columns.map((name, position) => equals(value(name), sql`t.${sql.id(name)}`, index.equality[position])));
  const isItself = and(
    rowKeyColumns(load).map((column) =>
      equals(sql`f.${changeColumn('k', column.name)}`, sql`ch.${changeColumn('k', column.name)}`, equalityOf(load, column.name)),
    ),
  );
  return sql`
/* engine.apply.create-releasing */
create temporary table ${releasing(load, index)} as
select ${comma(rowKeyColumns(load).map((column) => sql`ch.${changeColumn('k', column.name)}`))}, pg_catalog.row_number() over (order by ${comma(rowKeyColumns(load).map((column) => sql`ch.${changeColumn('k', column.name)}`))}) as place
from ${temporary('change', load.index)} as ch join ${targetTable(load)} as t on ${onRowKey(load, sql`ch`)}
where ch.verdict operator(pg_catalog.=) 'update' and (${movesIn(load, index)}) and (
  exists (select 1 from ${finalRows(load)} as f where ${same((name) => sql`f.${sql.id(name)}`)} and not (${isItself}))
  or exists (select 1 from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known')} where ${isNew(load, presence)} and ${same((name) => plannedValue(load, ids, name))})
)`;
};

export const countReleasing = (load: Load, index: UniqueIndex): Statement => sql`
/* engine.apply.count-releasing */
select pg_catalog.count(*)::integer as count from pg_temp.${releasing(load, index)}`;

const texts = new Set(['text', 'character varying', 'varchar', 'citext', 'name', 'bpchar', 'character']);
const ordered = new Set(['numeric', 'date', 'timestamp without time zone', 'timestamp with time zone', 'timestamp', 'timestamptz']);

/** A value that no row of the table has; undefined: for such a type nobody can say. */
const aside = (load: Load, column: Column, index: UniqueIndex): Statement | undefined => {
  const type = typeName(column.domain?.base ?? column.type);
  if (!column.notNull && column.domain?.notNull !== true && !index.nullsNotDistinct) return sql`null::${type}`;
  if (load.target.references.some((reference) => reference.columns.includes(column.name))) return undefined;
  const highest = sql`(select pg_catalog.max(q.${sql.id(column.name)}) from ${targetTable(load)} as q)`;
  if (integers.has(column.baseType) || column.baseType === 'numeric') return sql`(${highest} operator(pg_catalog.+) r.place)::${type}`;
  if (ordered.has(column.baseType)) return sql`(${highest} operator(pg_catalog.+) (r.place operator(pg_catalog.*) interval '1 day'))::${type}`;
  const unlikely = sql`pg_catalog.md5(${sql.lit(temporaryName('change', load.index))} operator(pg_catalog.||) r.place::pg_catalog.text)`;
  if (column.baseType === 'uuid') return sql`${unlikely}::pg_catalog.uuid`;
  return texts.has(column.baseType) ? sql`${unlikely}::${type}` : undefined;
};

/** One column of the index is enough. */
export const release = (load: Load, index: UniqueIndex): Statement | undefined => {
  const columns = comparedColumns(load).filter((column) => index.columns.includes(column.name));
  for (const column of columns) {
    const value = aside(load, column, index);
    if (value === undefined) continue;
    return sql`
/* engine.apply.release */
update ${targetTable(load)} as t set ${sql.id(column.name)} = ${value} from pg_temp.${releasing(load, index)} as r where ${onRowKey(load, sql`r`)}`;
  }
  return undefined;
};
