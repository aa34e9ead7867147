import type { View } from '../../domain/key/key.ts';
import { and, sql, type Statement } from '../../infra/postgres/sql.ts';

export type EventSelection = {
  readonly after: number;
  readonly upTo?: number;
  readonly limit: number;
  readonly stream?: string;
  readonly types?: readonly string[];
  readonly actor?: string;
  readonly runs?: RunsOf;
  /** Only what is seen from there. */
  readonly view?: View;
};

/** Runs by what is known of them now: the tables of a run are known when it has planned. */
export type RunsOf = { readonly table?: string; readonly kind?: string; readonly states?: readonly string[]; readonly database?: string };

/** Events of these runs; of a database also what is said of itself. */
export const ofRuns = ({ table, kind, states, database }: RunsOf): Statement => {
  const conditions = [
    sql`run.run_id = pg_catalog.substr(stored.stream, 5)`,
    ...(table === undefined ? [] : [sql`run.tables @> array[${table}]::text[]`]),
    ...(kind === undefined ? [] : [sql`run.kind = ${kind}`]),
    ...(states === undefined ? [] : [sql`run.state = any(${[...states]})`]),
    ...(database === undefined ? [] : [sql`run.database_name = ${database}`]),
  ];
  const found = sql`stored.stream like 'run-%' and exists (select from waybill.run_state as run where ${and(conditions)})`;
  if (database === undefined || table !== undefined || kind !== undefined || states !== undefined) return found;
  return sql`(${found} or stored.stream = (select known.stream from waybill.known_database as known where known.name = ${database})
    or (stored.stream like 'snapshot-%' and stored.data ->> 'database' = ${database}))`;
};

/** As `seesRun` says of runs; of a database what is said of itself; and whatever the viewer did. */
export const seenFrom = ({ databases, tables, actor }: View): Statement => {
  const named = databases === 'all' ? undefined : [...databases];
  const ofRun = [
    sql`run.run_id = pg_catalog.substr(stored.stream, 5)`,
    ...(named === undefined ? [] : [sql`run.database_name = any(${named})`]),
    ...(tables === 'all' ? [] : [sql`(run.actor = ${actor} or run.tables <> '{}' and run.tables <@ ${[...tables]}::text[])`]),
  ];
  const ofDatabase = named === undefined ? sql`true` : sql`known.name = any(${named})`;
  // A snapshot names the tables of its database.
  const ofSnapshot = tables === 'all' && named !== undefined ? sql`stored.stream like 'snapshot-%' and stored.data ->> 'database' = any(${named})` : sql`false`;
  // An own event of a run that is out of reach stays out of reach.
  return sql`case when stored.stream like 'run-%' then exists (select from waybill.run_state as run where ${and(ofRun)})
    else stored.metadata ->> 'actor' = ${actor} or stored.stream in (select known.stream from waybill.known_database as known where ${ofDatabase})
      or ${ofSnapshot} end`;
};

/** Positions travel as text, so an unqualified `order by position` would sort that text. */
export const eventColumns = sql`position::text, id, stream, version::text, type, schema_version, data, metadata,
  pg_catalog.to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, pg_catalog.encode(hash, 'hex') as hash`;

export const readEvents = (selection: EventSelection): Statement => {
  const conditions = [
    sql`position > ${selection.after}`,
    ...(selection.upTo === undefined ? [] : [sql`position <= ${selection.upTo}`]),
    ...(selection.stream === undefined ? [] : [sql`stream = ${selection.stream}`]),
    ...(selection.types === undefined ? [] : [sql`type = any(${[...selection.types]})`]),
    ...(selection.actor === undefined ? [] : [sql`metadata ->> 'actor' = ${selection.actor}`]),
    ...(selection.runs === undefined ? [] : [ofRuns(selection.runs)]),
    ...(selection.view === undefined ? [] : [seenFrom(selection.view)]),
  ];
  return sql`/* events.log.read-events */
select ${eventColumns}
from waybill.event as stored
where ${and(conditions)}
order by stored.position
limit ${selection.limit}`;
};

export const readStream = (stream: string): Statement => sql`/* events.log.read-stream */
select ${eventColumns}
from waybill.event as stored
where stream = ${stream}
order by stored.version`;

export const readHead = (): Statement => sql`/* events.log.read-head */
select position::text, pg_catalog.encode(hash, 'hex') as hash, pg_catalog.to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
from waybill.head`;

export const findEvent = (id: string): Statement => sql`/* events.log.find-event */
select position::text, id as event_id, version::text from waybill.event where id = ${id}`;
