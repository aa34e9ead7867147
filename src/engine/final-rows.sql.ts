import { comma, sql, typeName, type Statement } from '../infra/postgres/sql.ts';
import { comparedColumns, rowKeyColumns } from './change.ts';
import type { Load } from './load.ts';
import { onRowKey, targetTable } from './rows.sql.ts';
import { changeColumn, temporary } from './temporary.ts';

/** Rows that change, as they will be: a cell that is taken as it arrives, every other one as it is there. */
export const finalRows = (load: Load): Statement => {
  const compared = new Set(comparedColumns(load).map(({ name }) => name));
  const columns = load.target.columns
    .filter((column) => column.generated === undefined)
    .map((column) => {
      const [there, name] = [sql`t.${sql.id(column.name)}`, sql.id(column.name)];
      if (!compared.has(column.name)) return sql`${there} as ${name}`;
      const arriving = column.overComposite ? sql`ch.${changeColumn('i', column.name)}::${typeName(column.type)}` : sql`ch.${changeColumn('i', column.name)}`;
      return sql`case when ch.${changeColumn('o', column.name)} operator(pg_catalog.=) 'i' then ${arriving} else ${there} end as ${name}`;
    });
  return sql`(
  select ch.src as waybill_src, ch.name as waybill_name, ${comma([...rowKeyColumns(load).map((column) => sql`ch.${changeColumn('k', column.name)}`), ...columns])}
  from ${temporary('change', load.index)} as ch join ${targetTable(load)} as t on ${onRowKey(load, sql`ch`)}
  where ch.verdict operator(pg_catalog.=) 'update'
)`;
};
