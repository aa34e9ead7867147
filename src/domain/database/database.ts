import type { DatabaseEvent } from '../run/events.ts';
import { Refusal } from '../refusal.ts';

export type Identity = { readonly databaseId: string; readonly systemIdentifier: string; readonly oid: number };

/** A registered target or source; its URL is never part of it. */
export type KnownDatabase =
  | { readonly state: 'none' }
  | { readonly state: 'registered'; readonly name: string; readonly server: string; readonly identity?: Identity; readonly lostRuns?: readonly string[] };

export type DatabaseCommand =
  | { readonly type: 'RegisterDatabase'; readonly name: string; readonly server: string }
  | { readonly type: 'IdentifyDatabase'; readonly name: string; readonly identity: Identity }
  /** These runs are in the log and not in the database, which is the one they were applied to. */
  | { readonly type: 'RestoreDatabase'; readonly name: string; readonly databaseId: string; readonly lostRuns: readonly string[] };

export const noDatabase: KnownDatabase = { state: 'none' };

export const evolveDatabase = (database: KnownDatabase, event: DatabaseEvent): KnownDatabase => {
  if (event.type === 'DatabaseRegistered') return { ...database, state: 'registered', ...event.data };
  if (database.state === 'none') return database;
  if (event.type === 'DatabaseRestored') return { ...database, lostRuns: [...(database.lostRuns ?? []), ...event.data.lostRuns] };
  const { databaseId, systemIdentifier, oid } = event.data;
  return { ...database, identity: { databaseId, systemIdentifier, oid } };
};

/** Nothing new leads to no event: registering and identifying happen at every start and every run. */
export const decideDatabase = (database: KnownDatabase, command: DatabaseCommand): readonly DatabaseEvent[] => {
  if (command.type === 'RegisterDatabase') {
    const same = database.state === 'registered' && database.server === command.server;
    return same ? [] : [{ type: 'DatabaseRegistered', data: { name: command.name, server: command.server } }];
  }
  if (database.state === 'none')
    throw new Refusal('DATABASE_UNKNOWN', `There is no database ${command.name}. Register it in the settings, or give its URL.`, { database: command.name });
  if (command.type === 'RestoreDatabase') {
    const lostRuns = command.lostRuns.filter((run) => !database.lostRuns?.includes(run));
    return lostRuns.length === 0 ? [] : [{ type: 'DatabaseRestored', data: { name: command.name, databaseId: command.databaseId, lostRuns } }];
  }
  const { databaseId, systemIdentifier, oid } = command.identity;
  const known = database.identity;
  const same = known !== undefined && known.databaseId === databaseId && known.systemIdentifier === systemIdentifier && known.oid === oid;
  return same ? [] : [{ type: 'DatabaseIdentified', data: { name: command.name, databaseId, systemIdentifier, oid } }];
};
