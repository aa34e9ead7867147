import { and, comma, sql, type Statement } from '../infra/postgres/sql.ts';
import type { Ids } from './ids.ts';
import type { Load } from './load.ts';
import { lookedUp, lookupJoins, plannedValue, refersToSomething, targetTable } from './rows.sql.ts';
import { changeColumn, temporary, temporaryName } from './temporary.ts';

/** Images of a table without any key: of the rows that arrive and are known in full, and of those that are there. */
const images = (load: Load, ids: readonly Ids[]): { readonly incoming: Statement; readonly current: Statement; readonly isKnown: Statement } => {
  const names = load.columns.map((column) => column.name);
  const unresolved = names
    .filter((name) => lookedUp(load, ids, name).length > 0)
    .map((name) => sql`(not (${refersToSomething(load, name)}) or (${plannedValue(load, ids, name)}) is not null)`);
  return {
    incoming: sql`pg_catalog.md5(row(${comma(names.map((name) => plannedValue(load, ids, name)))})::pg_catalog.text)`,
    current: sql`pg_catalog.md5(row(${comma(names.map((name) => sql`t.${sql.id(name)}`))})::pg_catalog.text)`,
    isKnown: and(unresolved),
  };
};

/** A table without any key: the k-th row of an image matches the k-th such row there; a row more is new. */
export const matchByImage = (load: Load, ids: readonly Ids[], same: Statement): Statement => {
  const { incoming, current, isKnown } = images(load, ids);
  return sql`
/* engine.resolve.match-by-image */
create temporary table ${sql.id(temporaryName('match', load.index))} as
with incoming as (
  select s.ctid as src, ${incoming} as image, pg_catalog.row_number() over (partition by ${incoming} order by s.ctid) as copy
  from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known')}
  where ${isKnown}
), current as (
  select ${current} as image, pg_catalog.count(*) as copies from ${targetTable(load)} as t group by 1
)
select incoming.src, ${same} as verdict
from incoming join current on incoming.image operator(pg_catalog.=) current.image
where incoming.copy operator(pg_catalog.<=) current.copies`;
};

/** Replace: the rows that are there more often than they arrive, by their place, which holds within the transaction. */
export const absentByImage = (load: Load, ids: readonly Ids[]): Statement => {
  const { incoming, current, isKnown } = images(load, ids);
  return sql`
/* engine.plan.absent-by-image */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
with incoming as (
  select ${incoming} as image, pg_catalog.count(*) as copies from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known')} where ${isKnown} group by 1
), current as (
  select t.tableoid as table_oid, t.ctid as place, ${current} as image, pg_catalog.row_number() over (partition by ${current} order by t.tableoid, t.ctid) as copy from ${targetTable(load)} as t
)
select null::bigint as need, 'delete' as verdict, current.image as name, current.table_oid as ${changeColumn('k', 'tableoid')}, current.place as ${changeColumn('k', 'ctid')}
from current left join incoming on incoming.image operator(pg_catalog.=) current.image
where current.copy operator(pg_catalog.>) coalesce(incoming.copies, 0)`;
};
