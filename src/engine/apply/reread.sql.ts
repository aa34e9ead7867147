import { and, comma, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import type { Column } from '../../domain/catalogue/catalogue.ts';
import { columnOf, rowKey, type Load } from '../load.ts';
import { finalValue, newRows } from '../new-rows.sql.ts';
import { equalityOf, equals, onRowKey, targetTable, type Presence } from '../rows.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';

/** What a written row was meant to hold, held against what is there now: triggers may have the last word (ENGINE-RULES 17). */
export const rereadInserted = (load: Load, ids: readonly Ids[], presence: Presence): Statement => {
  const written = load.columns.flatMap((column) => {
    const value = finalValue(load, ids, column.name);
    return value === undefined ? [] : [{ name: column.name, value }];
  });
  const key = rowKey(load);
  const differs = written.map(
    ({ name }, position) =>
      sql`pg_catalog.count(*) filter (where not (row(w.${sql.id(name)})::pg_catalog.record operator(pg_catalog.*=) row(t.${sql.id(name)})::pg_catalog.record))::bigint as ${sql.id(`c${position}`)}`,
  );
  const found = sql`t.${sql.id(key[0] ?? '')} is not null`;
  return sql`
/* engine.apply.reread-inserted */
select pg_catalog.count(*) filter (where not (${found}))::bigint as lost${differs.length === 0 ? sql`` : sql`, ${comma(differs.map((part) => part))}`}
from (select ${comma(written.map(({ name, value }) => sql`(${value})::${typeName(columnOf(load.target, name).type)} as ${sql.id(name)}`))} ${newRows(load, ids, presence)}) as w
left join ${targetTable(load)} as t on ${and(key.map((name) => equals(sql`t.${sql.id(name)}`, sql`w.${sql.id(name)}`, equalityOf(load, name))))}`;
};

export const writtenColumns = (load: Load, ids: readonly Ids[]): readonly string[] =>
  load.columns.filter((column) => finalValue(load, ids, column.name) !== undefined).map((column) => column.name);

/** The same for rows that changed: cells that were taken and are something else now. */
export const rereadUpdated = (load: Load, columns: readonly Column[]): Statement => {
  const there = (column: Column): Statement => (column.overComposite ? sql`t.${sql.id(column.name)}::pg_catalog.text` : sql`t.${sql.id(column.name)}`);
  return sql`
/* engine.apply.reread-updated */
select ${comma(
    columns.map(
      (column, position) =>
        sql`pg_catalog.count(*) filter (where ch.${changeColumn('o', column.name)} operator(pg_catalog.=) 'i' and not (row(ch.${changeColumn('i', column.name)})::pg_catalog.record operator(pg_catalog.*=) row(${there(column)})::pg_catalog.record))::bigint as ${sql.id(`c${position}`)}`,
    ),
  )}
from ${temporary('change', load.index)} as ch join ${targetTable(load)} as t on ${onRowKey(load, sql`ch`)} where ch.verdict operator(pg_catalog.=) 'update'`;
};
