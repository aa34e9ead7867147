import type { Check, UniqueIndex } from '../../domain/catalogue/catalogue.ts';
import { and, comma, or, sql, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import { finalRows } from '../final-rows.sql.ts';
import type { Ids } from '../ids.ts';
import { loadId, type Load } from '../load.ts';
import { isEarly, isSameRow } from '../removal.ts';
import { equals, isNew, lookupJoins, onRowKey, plannedValue, targetTable, type Presence } from '../rows.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';

type Found = { readonly code: string; readonly constraint: string; readonly columns: readonly string[]; readonly message: string };

/** The value begins with the row's name: a change is found by it, in the plan and in the target. */
const insertIssues = (load: Load, { code, constraint, columns, message }: Found, from: Statement): Statement => sql`
insert into pg_temp.wb_issue (load, src, code, constraint_name, value, message)
select ${sql.lit(load.index)}, f.waybill_src, ${sql.lit(code)}, ${sql.lit(constraint)}, pg_catalog.left(f.waybill_name operator(pg_catalog.||) ': ' operator(pg_catalog.||) row(${comma(columns.map((name) => sql`f.${sql.id(name)}`))})::pg_catalog.text, 200), ${sql.lit(message)}
${from}`;

/** A CHECK holds unless it is false. */
export const findBrokenCheckOfChanged = (load: Load, check: Check): Statement => sql`
/* engine.validate.find-broken-check-of-changed */${insertIssues(
  load,
  {
    code: 'check.violated',
    constraint: check.name,
    columns: check.columns,
    message: `The row as it would become breaks the CHECK ${check.name} of ${loadId(load)}`,
  },
  sql`from ${finalRows(load)} as f where (${sql.raw(check.expression)}) is false`,
)}`;

type Writes = { readonly changes: boolean; readonly deletes: boolean };

/** Whether the row of the target (t) gives up what it has in the index: it goes before anything is written, or changes there. */
export const isFreed = (load: Load, index: UniqueIndex, { changes, deletes }: Writes): Statement => {
  const changed = index.columns.filter((name) => comparedColumns(load).some((column) => column.name === name));
  return or([
    ...(changes && changed.length > 0
      ? [
          sql`exists (select 1 from ${temporary('change', load.index)} as a where a.verdict operator(pg_catalog.=) 'update' and (${or(changed.map((name) => sql`a.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`))}) and ${onRowKey(load, sql.id('a'))})`,
        ]
      : []),
    ...(deletes ? [sql`exists (select 1 from ${temporary('delete', load.index)} as d where ${isSameRow(load, sql`t`, sql`d`)} and ${isEarly(load)})`] : []),
  ]);
};

/** A row that would take what another one has or gets in a unique index. */
export const findTakenOfChanged = (load: Load, ids: readonly Ids[], index: UniqueIndex, writes: Writes & { readonly presence: Presence }): Statement => {
  const same = (left: (name: string) => Statement): Statement =>
    and(
      index.columns.map((name, position) => {
        const equal = equals(left(name), sql`f.${sql.id(name)}`, index.equality[position]);
        return index.nullsNotDistinct ? sql`(${equal} or (${left(name)} is null and f.${sql.id(name)} is null))` : equal;
      }),
    );
  const compared = index.columns.filter((name) => comparedColumns(load).some((column) => column.name === name));
  const movesHere = sql`exists (select 1 from ${temporary('change', load.index)} as c where c.src operator(pg_catalog.=) f.waybill_src and (${or(compared.map((name) => sql`c.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`))}))`;
  const others = [
    sql`exists (select 1 from ${targetTable(load)} as t where ${same((name) => sql`t.${sql.id(name)}`)} and not (${onRowKey(load, sql.id('f'))}) and not (${isFreed(load, index, writes)}))`,
    sql`exists (select 1 from ${finalRows(load)} as o where ${same((name) => sql`o.${sql.id(name)}`)} and o.waybill_src operator(pg_catalog.<>) f.waybill_src and exists (select 1 from ${temporary('change', load.index)} as c where c.src operator(pg_catalog.=) o.waybill_src and (${or(compared.map((name) => sql`c.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`))})))`,
    sql`exists (select 1 from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known')} where ${isNew(load, writes.presence)} and ${same((name) => plannedValue(load, ids, name))})`,
  ];
  return sql`
/* engine.validate.find-taken-of-changed */${insertIssues(
    load,
    {
      code: 'unique.violated',
      constraint: index.name,
      columns: index.columns,
      message: `The row would become the same in ${index.columns.join(', ')} as another row of ${loadId(load)}`,
    },
    sql`from ${finalRows(load)} as f where ${movesHere} and (${or(others)})`,
  )}`;
};
