import type { Column, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { and, comma, or, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import type { Ids } from '../ids.ts';
import type { Load } from '../load.ts';
import { equals, lookedUp, lookupJoins, onRowKey, referenceValue, targetTable } from '../rows.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';

const isTaken = (column: Column): Statement => sql`ch.${changeColumn('o', column.name)} operator(pg_catalog.=) 'i'`;

/** Which columns change at all: nothing else is written, so triggers on other columns do not fire. */
export const countTaken = (load: Load): Statement => sql`
/* engine.apply.count-taken */
select pg_catalog.count(*)::bigint as rows${comma([sql``, ...comparedColumns(load).map((column, position) => sql`coalesce(pg_catalog.bool_or(${isTaken(column)}), false) as ${sql.id(`c${position}`)}`)])}
from ${temporary('change', load.index)} as ch where ch.verdict operator(pg_catalog.=) 'update'`;

/** References to rows that were new in the plan have their ids now. */
export const fillReferences = (load: Load, ids: readonly Ids[]): Statement | undefined => {
  const columns = comparedColumns(load).filter((column) => lookedUp(load, ids, column.name).length > 0);
  if (columns.length === 0) return undefined;
  const isOpen = (alias: Statement): Statement =>
    or(
      columns.map(
        (column) => sql`(${alias}.${changeColumn('o', column.name)} operator(pg_catalog.=) 'i' and ${alias}.${changeColumn('i', column.name)} is null)`,
      ),
    );
  return sql`
/* engine.apply.fill-references */
update ${temporary('change', load.index)} as ch
set ${comma(columns.map((column) => sql`${changeColumn('i', column.name)} = coalesce(ch.${changeColumn('i', column.name)}, found.${sql.id(column.name)})`))}
from (
  select s.ctid as src, ${comma(columns.map((column) => sql`${referenceValue(load, ids, column.name) ?? sql`null`} as ${sql.id(column.name)}`))}
  from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'map')}
  where exists (select 1 from ${temporary('change', load.index)} as c where c.src operator(pg_catalog.=) s.ctid and c.verdict operator(pg_catalog.=) 'update' and (${isOpen(sql.id('c'))}))
) as found
where found.src operator(pg_catalog.=) ch.src`;
};

/** One statement per table; a cell that is not taken keeps what it has. Found by their place, rows cost a quarter less than by their key. */
export const updateRows = (load: Load, columns: readonly Column[], byPlace: boolean): Statement => sql`
/* engine.apply.update-rows */
update ${targetTable(load)} as t
set ${comma(
  columns.map((column) => {
    const value = column.overComposite ? sql`ch.${changeColumn('i', column.name)}::${typeName(column.type)}` : sql`ch.${changeColumn('i', column.name)}`;
    return sql`${sql.id(column.name)} = case when ${isTaken(column)} then ${value} else t.${sql.id(column.name)} end`;
  }),
)}
from ${temporary('change', load.index)} as ch
where ch.verdict operator(pg_catalog.=) 'update' and ${byPlace ? sql`t.ctid operator(pg_catalog.=) ch.there and ` : sql``}${onRowKey(load, sql.id('ch'))}`;

/** Rows that are pointed to by a cell that is taken stay as they were seen until COMMIT (ENGINE-RULES 11). */
export const lockNewParents = (
  load: Load,
  reference: {
    readonly columns: readonly string[];
    readonly parent: QualifiedName;
    readonly parentColumns: readonly string[];
    readonly equality: readonly QualifiedName[];
  },
): Statement => {
  const on = and(
    reference.columns.map((name, position) =>
      equals(sql`p.${sql.id(reference.parentColumns[position] ?? '')}`, sql`ch.${changeColumn('i', name)}`, reference.equality[position]),
    ),
  );
  return sql`
/* engine.apply.lock-new-parents */
select pg_catalog.count(*)::integer as count from (
  select 1 from ${sql.id(reference.parent.schema, reference.parent.name)} as p
  where exists (select 1 from ${temporary('change', load.index)} as ch where ch.verdict operator(pg_catalog.=) 'update' and (${sql.join(
    reference.columns.map((name) => sql`ch.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`),
    sql` or `,
  )}) and ${on})
  for share of p
) as locked`;
};
