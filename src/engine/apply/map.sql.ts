import { comma, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { isLookedUp, type Ids } from '../ids.ts';
import { columnOf, type Load, stagedKey, surrogateSequence } from '../load.ts';
import { lookupColumn, regclassText, temporary, temporaryName } from '../temporary.ts';
import { finalValue, newRows } from '../new-rows.sql.ts';
import { newPlaces, staged, stagedOrNull, type Presence } from '../rows.sql.ts';

/** Ids for the new rows, in file order, before the first insert (ENGINE-RULES 16). Burns sequence values: apply only. */
export const reserveIds = (load: Load, presence: Presence, some: boolean): Statement => {
  const surrogate = surrogateSequence(load);
  if (surrogate === undefined) return sql`select`;
  return sql`
/* engine.resolve.reserve-ids */
create temporary table ${sql.id(temporaryName('new', load.index))} as
select n.src, pg_catalog.nextval(${sql.lit(regclassText(surrogate.sequence))}::pg_catalog.regclass)::${typeName(columnOf(load.target, surrogate.column).type)} as id
from (${newPlaces(load, presence)}) as n${some ? sql`` : sql` where false`}`;
};

/** Every staged row of a referenced table: archive's value to the value it has, or will have, in the target. */
export const createMap = (load: Load, ids: readonly Ids[], presence: Presence): Statement => {
  const mapped = ids[load.index]?.mapped ?? [];
  const keys = stagedKey(load).map((name) => sql`${staged(load, name)} as ${lookupColumn('k', name)}`);
  const columns = (value: (name: string) => Statement): readonly Statement[] =>
    mapped.flatMap((name) => [sql`${stagedOrNull(load, name)} as ${lookupColumn('s', name)}`, sql`${value(name)} as ${lookupColumn('t', name)}`]);
  const matched = presence.match
    ? sql`select ${comma([...columns((name) => sql`m.${lookupColumn('t', name)}`), ...keys, sql`false as is_new`])}
from ${temporary('match', load.index)} as m join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) m.src
union all
`
    : sql``;
  return sql`
/* engine.resolve.create-map */
create temporary table ${sql.id(temporaryName('map', load.index))} as
${matched}select ${comma([...columns((name) => finalValue(load, ids, name) ?? stagedOrNull(load, name)), ...keys, sql`true as is_new`])}
${newRows(load, ids, presence, new Set(mapped))}`;
};

/** Maps whose values need other maps come after them. */
export const mapOrder = (loads: readonly Load[], ids: readonly Ids[]): readonly Load[] => {
  const mapped = loads.filter((load) => (ids[load.index]?.mapped.length ?? 0) > 0);
  const done = new Set<number>();
  const order: Load[] = [];
  const needs = (load: Load): readonly number[] => {
    const own = new Set(ids[load.index]?.mapped ?? []);
    return load.references
      .filter((reference) => isLookedUp(reference, ids) && reference.reference.columns.some((column) => own.has(column)))
      .flatMap((reference) => (reference.parentIndex === undefined ? [] : [reference.parentIndex]));
  };
  for (let ready = true; ready;) {
    ready = false;
    for (const load of mapped) {
      if (done.has(load.index) || !needs(load).every((parent) => done.has(parent))) continue;
      done.add(load.index);
      order.push(load);
      ready = true;
    }
  }
  return order;
};
