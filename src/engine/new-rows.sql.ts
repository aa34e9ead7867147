import { sql, type Statement } from '../infra/postgres/sql.ts';
import { needsReservedIds, type Ids } from './ids.ts';
import { isStaged, surrogateSequence, type Load } from './load.ts';
import { isNew, lookupJoins, referenceValue, staged, type Presence } from './rows.sql.ts';
import { temporary } from './temporary.ts';

/** What a new row will hold in a column; `undefined` where PostgreSQL gives the value (default, identity). */
export const finalValue = (load: Load, ids: readonly Ids[], name: string): Statement | undefined => {
  const own = ids[load.index];
  const sequence = surrogateSequence(load);
  if (own?.mode === 'remap' && sequence?.column === name) return needsReservedIds(load, own) ? sql`n.id` : undefined;
  return referenceValue(load, ids, name) ?? (isStaged(load, name) ? staged(load, name) : undefined);
};

/** The new rows with everything that their values need joined to them. */
export const newRows = (load: Load, ids: readonly Ids[], presence: Presence, columns?: ReadonlySet<string>): Statement => {
  const own = ids[load.index];
  const reserved =
    own !== undefined && needsReservedIds(load, own) ? sql`\njoin ${temporary('new', load.index)} as n on n.src operator(pg_catalog.=) s.ctid` : sql``;
  return sql`from ${temporary('stage', load.index)} as s${reserved}${lookupJoins(load, ids, 'map', columns)}
where ${isNew(load, presence)}`;
};
