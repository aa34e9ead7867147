import type { StoredEvent } from '../../domain/run/events.ts';
import { and, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Queries } from '../../infra/postgres/transaction-pool.ts';
import { decodeEvent, type EventRow } from './codec.ts';
import type { View } from '../../domain/key/key.ts';
import { eventColumns, ofRuns, seenFrom, type RunsOf } from './read.sql.ts';

/** What people look for in the log: some of it, from one end or the other. Programs that follow the log read by position. */
export type EventQuery = {
  readonly after?: number;
  readonly newestFirst: boolean;
  readonly limit: number;
  readonly stream?: string;
  readonly types?: readonly string[];
  readonly actor?: string;
  readonly since?: string;
  readonly until?: string;
  readonly runs?: RunsOf;
  readonly view?: View;
};

const readSome = (query: EventQuery): Statement => {
  const { after, stream, types, actor, since, until, runs, view } = query;
  const conditions = [
    ...(after === undefined ? [] : [query.newestFirst ? sql`position < ${after}` : sql`position > ${after}`]),
    ...(stream === undefined ? [] : [sql`stream = ${stream}`]),
    ...(types === undefined ? [] : [sql`type = any(${[...types]})`]),
    ...(actor === undefined ? [] : [sql`metadata ->> 'actor' = ${actor}`]),
    ...(since === undefined ? [] : [sql`at >= ${since}::timestamptz`]),
    ...(until === undefined ? [] : [sql`at < ${until}::timestamptz`]),
    ...(runs === undefined ? [] : [ofRuns(runs)]),
    ...(view === undefined ? [] : [seenFrom(view)]),
  ];
  return sql`/* events.log.read-some */
select ${eventColumns}
from waybill.event as stored
where ${and(conditions)}
order by stored.position ${query.newestFirst ? sql`desc` : sql`asc`}
limit ${query.limit}`;
};

const readById = (id: string, view: View | undefined): Statement => sql`/* events.log.read-by-id */
select ${eventColumns} from waybill.event as stored where id = ${id} and ${view === undefined ? sql`true` : seenFrom(view)}`;

export const browseEvents = async (log: Queries, query: EventQuery): Promise<readonly StoredEvent[]> =>
  (await log.many<EventRow>(readSome(query))).map(decodeEvent);

export const eventById = async (log: Queries, id: string, view?: View): Promise<StoredEvent | undefined> => {
  const row = await log.maybeOne<EventRow>(readById(id, view));
  return row === undefined ? undefined : decodeEvent(row);
};
