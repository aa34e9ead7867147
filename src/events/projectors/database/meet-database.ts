import { Refusal } from '../../../domain/refusal.ts';
import type { Metadata } from '../../../domain/run/events.ts';
import { readPast, type Past } from '../../../engine/ledger/past.ts';
import type { DatabaseIdentity } from '../../../infra/archive/manifest.ts';
import { identify, placeId, type FoundIdentity } from '../../../infra/postgres/identity.ts';
import { targetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { KnownDatabase } from '../../databases.ts';
import type { TargetLog } from '../../target-log.ts';

/**
 * Every run begins by asking which database this is, and by holding its past against the log (ENGINE-RULES 25). A copy gets
 * an id of its own. A log that is ahead of the target means that the target was restored from a backup: the runs that it
 * lost are marked. A target that is ahead of its log means that the log was: nothing is written then, since the log would
 * say what is not so.
 */
export type MeetingPorts = {
  /** Tells the log which database it was; nothing new, no event. */
  readonly identified: (name: string, identity: DatabaseIdentity, meta: Metadata) => Promise<unknown>;
  readonly log: TargetLog;
};

export type Meeting = {
  readonly session: Session;
  readonly database: KnownDatabase;
  /** `write` gives the database its id where it has none; the others only look. */
  readonly purpose: 'export' | 'plan' | 'write';
  readonly ports: MeetingPorts;
  readonly meta: Metadata;
};

export type Met = {
  /** Undefined only where nothing is recorded and the server does not say which one it is. */
  readonly databaseId: string | undefined;
  readonly identity: FoundIdentity;
  /** Which log the run is in, for its marker. */
  readonly storeId: string;
  readonly notes: readonly string[];
};

export const meetDatabase = async (meeting: Meeting): Promise<Met> => {
  const { session, database, purpose, ports, meta } = meeting;
  const schema = database.waybillSchema === undefined ? {} : { schema: database.waybillSchema };
  const identity = await identify(session, { readOnly: purpose !== 'write', ...schema });
  // A copy that was not written yet has no id; any other database has the one that its first run will record.
  const databaseId = identity.databaseId ?? (identity.parentId === undefined ? placeId(identity.systemIdentifier, identity.oid) : undefined);
  const storeId = await ports.log.storeId();
  if (databaseId === undefined) return { databaseId, identity, storeId, notes: [] };
  const past = await readPast(session, targetRelations(database.waybillSchema), databaseId);
  const notes = past === undefined ? [] : await compare(meeting, { databaseId, storeId, past });
  await ports.identified(database.name, { name: identity.name, systemIdentifier: identity.systemIdentifier, oid: identity.oid, databaseId }, meta);
  return { databaseId, identity, storeId, notes: [...copied(identity), ...notes] };
};

const copied = ({ isNew, parentId, databaseId }: FoundIdentity): readonly string[] =>
  isNew === true && parentId !== undefined
    ? [`This database is a copy of ${parentId} and was given an identity of its own, ${databaseId ?? ''}: what was done to the other is none of its runs.`]
    : [];

type Pasts = { readonly databaseId: string; readonly storeId: string; readonly past: Past };

const compare = async (meeting: Meeting, pasts: Pasts): Promise<readonly string[]> => {
  // The log first: a run that it calls completed had its marker before.
  const lost = await findLost(meeting, pasts);
  const ahead = await findAhead(meeting, pasts);
  const others = await pasts.past.ofOtherLogs(pasts.storeId);
  const words = others.runs === 1 ? 'One run of another Waybill log wrote' : `${others.runs} runs of other Waybill logs wrote`;
  return [
    ...lost,
    ...ahead,
    ...(others.runs === 0 ? [] : [`${words} this database, last at ${others.last ?? ''}: history, rollback and replay here do not know them.`]),
  ];
};

const some = (runs: readonly string[]): string => (runs.length > 5 ? `${runs.slice(0, 5).join(', ')} and ${runs.length - 5} more` : runs.join(', '));

const findLost = async ({ database, purpose, ports, meta }: Meeting, { databaseId, past }: Pasts): Promise<readonly string[]> => {
  const written = await ports.log.writtenOn(databaseId);
  const missing = new Set(await past.missing(written.map(({ run }) => run)));
  const lost = written.filter(({ run }) => missing.has(run));
  if (lost.length === 0) return [];
  const lostRuns = lost.map(({ run }) => run);
  const elsewhere = lost.find(({ name }) => name !== database.name);
  if (elsewhere !== undefined) {
    const refusal = looksCopied(database.name, elsewhere.name, { databaseId, lostRuns });
    if (purpose === 'export') return [refusal.message];
    throw refusal;
  }
  await ports.log.restored(database.name, { databaseId, lostRuns }, meta);
  const isOne = lostRuns.length === 1;
  return [
    `This database was restored to a state from before ${isOne ? 'a run' : `${lostRuns.length} runs`} of the log: ${some(lostRuns)} ${isOne ? 'is' : 'are'} marked as lost.`,
  ];
};

/** A physical copy says that it is its original. Marking the original's runs as lost would be wrong; only a person can tell. */
const looksCopied = (name: string, other: string, details: { readonly databaseId: string; readonly lostRuns: readonly string[] }): Refusal =>
  new Refusal(
    'DATABASE_LOOKS_COPIED',
    `${name} says that it is the database known as ${other}, but does not have its runs ${some(details.lostRuns)}. If it is a copy of the server, give it an identity of its own: waybill doctor --new-identity ${name}. If ${other} was restored from a backup, make any run (a plan will do) under the name ${other} first.`,
    details,
  );

const findAhead = async ({ database, purpose, ports }: Meeting, { databaseId, storeId, past }: Pasts): Promise<readonly string[]> => {
  const last = await past.last(storeId);
  const unknown = new Set(await ports.log.unknown(last.map(({ run }) => run)));
  const ahead = last.filter(({ run }) => unknown.has(run));
  const [newest] = ahead;
  if (newest === undefined) return [];
  const message = `${database.name} was written by ${ahead.length === 1 ? 'a run' : `${ahead.length} runs`} that this log does not have, last by ${newest.run} at ${newest.at}: the log was restored from a backup, or lost its end.`;
  if (purpose === 'export') return [message];
  throw new Refusal(
    'TARGET_AHEAD_OF_LOG',
    `${message} Nothing was written. Restore the newest backup of the log; if there is none, let the database begin anew in this log: waybill doctor --new-identity ${database.name}.`,
    { databaseId, runs: ahead.map(({ run }) => run) },
  );
};
