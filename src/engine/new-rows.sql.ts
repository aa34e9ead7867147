import { sql, typeName, type Statement } from '../infra/postgres/sql.ts';
import { drawsIds, type Ids } from './ids.ts';
import { columnOf, isStaged, surrogateSequence, type Load } from './load.ts';
import { isNew, lookupJoins, referenceValue, staged, type Presence } from './rows.sql.ts';
import { drawnId, regclassText, temporary } from './temporary.ts';

/** What a new row will hold in a column; `undefined` where PostgreSQL gives the value (default, identity). */
export const finalValue = (load: Load, ids: readonly Ids[], name: string): Statement | undefined => {
  const ordinary = ordinaryValue(load, ids, name);
  if (ids[load.index]?.recorded?.has(name) !== true) return ordinary;
  const type = typeName(columnOf(load.target, name).type);
  return sql`case when n.after operator(pg_catalog.?) ${sql.lit(name)} then (n.after operator(pg_catalog.->>) ${sql.lit(name)})::${type} else ${ordinary ?? sql`null`} end`;
};

const ordinaryValue = (load: Load, ids: readonly Ids[], name: string): Statement | undefined => {
  const own = ids[load.index];
  const sequence = surrogateSequence(load);
  if (own?.mode === 'remap' && sequence?.column === name) return own.reserves ? sql`n.id` : sql`s.${drawnId(load)}`;
  return referenceValue(load, ids, name) ?? (isStaged(load, name) ? staged(load, name) : undefined);
};

/** Ids are drawn in the order of the archive: in a scan of its own, whatever the joins around it do. */
const drawn = (load: Load): Statement => {
  const surrogate = surrogateSequence(load);
  const stage = temporary('stage', load.index);
  if (surrogate === undefined) return stage;
  const id = sql`pg_catalog.nextval(${sql.lit(regclassText(surrogate.sequence))}::pg_catalog.regclass)::${typeName(columnOf(load.target, surrogate.column).type)}`;
  return sql`(select q.ctid, q.*, ${id} as ${drawnId(load)} from ${stage} as q offset 0)`;
};

/** The new rows with everything that their values need joined to them. */
export const newRows = (load: Load, ids: readonly Ids[], presence: Presence, columns?: ReadonlySet<string>): Statement => {
  const own = ids[load.index];
  const reserved = own?.reserves === true ? sql`\njoin ${temporary('new', load.index)} as n on n.src operator(pg_catalog.=) s.ctid` : sql``;
  const rows = own !== undefined && !own.reserves && drawsIds(load, own) && columns === undefined ? drawn(load) : temporary('stage', load.index);
  // What was reserved for is what is new: looked for once.
  return sql`from ${rows} as s${reserved}${lookupJoins(load, ids, 'map', columns)}
where ${own?.reserves === true ? sql`true` : isNew(load, presence)}`;
};
