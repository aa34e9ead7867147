import { integers, columnOf, rowKey, surrogateSequence, type Load } from '../load.ts';
import { archiveName } from '../archive-name.sql.ts';
import type { Verdict } from '../../domain/run/run.ts';
import { and, comma, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import { temporary, temporaryName } from '../temporary.ts';
import { recorded } from './record.sql.ts';

/**
 * Which rows of the archive went in, with the ids and the values that they got: `new` as apply has it (src, id), and beside
 * it what the ledger says of the row (row_id or row_key, after). Nothing is decided here, and no sequence moves.
 */
export const hasIntegerKey = (load: Load): boolean => {
  const [only, another] = rowKey(load);
  return only !== undefined && another === undefined && integers.has(columnOf(load.target, only).baseType);
};

/** The id that the sequence drew then: in the row's key, else among its recorded values. */
const drawnThen = (load: Load): Statement => {
  const surrogate = surrogateSequence(load);
  if (surrogate === undefined) return sql`null::bigint`;
  const type = typeName(columnOf(load.target, surrogate.column).type);
  const at = rowKey(load).indexOf(surrogate.column);
  if (at < 0) return sql`(r.after operator(pg_catalog.->>) ${sql.lit(surrogate.column)})::${type}`;
  return hasIntegerKey(load) ? sql`r.id::${type}` : sql`(r.key::pg_catalog.text[])[${sql.lit(at + 1)}]::${type}`;
};

const create = (load: Load, from: Statement): Statement => sql`
create temporary table ${sql.id(temporaryName('new', load.index))} as
select p.src, ${drawnThen(load)} as id, r.id as row_id, r.key as row_key, r.after
${from}`;

/** Some rows of the archive: the ledger calls them by the archive's own names. Of equal names the first is the first. */
export const pairByName = (load: Load): Statement => sql`
/* engine.replay.pair-by-name */${create(
  load,
  sql`from (
  select w.src, w.name, pg_catalog.row_number() over (partition by w.name order by w.src) as nth
  from (select s.ctid as src, ${archiveName(load)} as name from ${temporary('stage', load.index)} as s) as w
  where exists (select 1 from ${recorded(load.index, 'insert')} as x where x.name operator(pg_catalog.=) w.name)
) as p
join (select q.*, pg_catalog.row_number() over (partition by q.name order by q.place) as nth from ${recorded(load.index, 'insert')} as q) as r
  on r.name operator(pg_catalog.=) p.name and r.nth operator(pg_catalog.=) p.nth`,
)}`;

/** Which rows of the archive may be new: all, or those that the target did not have and that the ledger does not call otherwise. */
export type Candidates = { readonly hasMatches: boolean; readonly leftOut: readonly Verdict[] };

const among = (load: Load, { hasMatches, leftOut }: Candidates): Statement => {
  const conditions = [
    ...(hasMatches ? [sql`not exists (select 1 from ${temporary('match', load.index)} as m where m.src operator(pg_catalog.=) s.ctid)`] : []),
    ...leftOut.map((verdict) => sql`not exists (select 1 from ${recorded(load.index, verdict)} as x where x.name operator(pg_catalog.=) ${archiveName(load)})`),
  ];
  return conditions.length === 0 ? sql`` : sql` where ${and(conditions)}`;
};

/** In the order of the archive: ids were drawn in that order, in the direction of the sequence. */
export const pairInOrder = (load: Load, direction: 'up' | 'down', candidates: Candidates): Statement => sql`
/* engine.replay.pair-in-order */${create(
  load,
  sql`from (select s.ctid as src, pg_catalog.row_number() over (order by s.ctid) as nth from ${temporary('stage', load.index)} as s${among(load, candidates)}) as p
left join (select q.*, pg_catalog.row_number() over (order by q.id ${sql.raw(direction === 'up' ? 'asc' : 'desc')}, q.place) as nth from ${recorded(load.index, 'insert')} as q) as r
  on r.nth operator(pg_catalog.=) p.nth`,
)}`;

/** All rows of the archive, or those that were not there, with the ids that they bring. */
export const takeStaged = (load: Load, id: string | undefined, candidates: Candidates): Statement => sql`
/* engine.replay.take-staged */
create temporary table ${sql.id(temporaryName('new', load.index))} as
select s.ctid as src, null::bigint as id, ${id === undefined ? sql`null` : sql`s.${sql.id(id)}`}::bigint as row_id, null::pg_catalog.text as row_key, null::pg_catalog.jsonb as after
from ${temporary('stage', load.index)} as s${among(load, candidates)}`;

/** No row of the archive went in. */
export const takeNone = (load: Load): Statement => sql`
/* engine.replay.take-none */
create temporary table ${sql.id(temporaryName('new', load.index))} as
select s.ctid as src, null::bigint as id, null::bigint as row_id, null::pg_catalog.text as row_key, null::pg_catalog.jsonb as after from ${temporary('stage', load.index)} as s where false`;

export const countNew = (load: Load): Statement =>
  sql`/* engine.replay.count-new */ select pg_catalog.count(*)::integer as count from ${temporary('new', load.index)}`;

export type DirectionRow = { readonly increment: string };
export const sequenceDirection = (sequence: string): Statement => sql`
/* engine.replay.sequence-direction */
select p.seqincrement::pg_catalog.text as increment from pg_catalog.pg_sequence as p where p.seqrelid operator(pg_catalog.=) ${sql.lit(sequence)}::pg_catalog.regclass`;

/** A row of the ledger (r) is this row of the target (t). */
export const isRecordedRow = (load: Load, key: { readonly id: Statement; readonly text: Statement }): Statement => {
  const [only] = rowKey(load);
  if (only === undefined) return sql`false`;
  return hasIntegerKey(load)
    ? sql`t.${sql.id(only)} operator(pg_catalog.=) ${key.id}`
    : sql`array[${comma(rowKey(load).map((name) => sql`t.${sql.id(name)}::pg_catalog.text`))}]::pg_catalog.text operator(pg_catalog.=) ${key.text}`;
};
