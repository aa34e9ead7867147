import type { Metadata } from '../domain/run/events.ts';
import type { Store } from './store.ts';
import { storeId, unknownRuns, writtenOn } from './target-log.sql.ts';

/** What a run asks the log when it meets a database, to hold the two against each other (ENGINE-RULES 25). */
export type TargetLog = {
  /** Which log this is. */
  storeId(): Promise<string>;
  /** Completed runs that wrote this database, oldest first, but for those that are known to be lost. */
  writtenOn(databaseId: string): Promise<readonly { readonly run: string; /** The name under which it was reached. */ readonly name: string }[]>;
  /** Which of these runs the log has never heard of. */
  unknown(runs: readonly string[]): Promise<readonly string[]>;
  /** The database was restored from a backup: it does not have these runs any more. */
  restored(name: string, restored: { readonly databaseId: string; readonly lostRuns: readonly string[] }, meta: Metadata): Promise<unknown>;
};

export const createTargetLog = (store: Pick<Store, 'context' | 'restoredDatabase'>): TargetLog => {
  const { queries } = store.context;
  return {
    storeId: async () => (await queries.one<{ id: string }>(storeId)).id,
    writtenOn: (databaseId) => queries.many(writtenOn(databaseId)),
    unknown: async (runs) => (await queries.many<{ run: string }>(unknownRuns(runs))).map(({ run }) => run),
    restored: (name, restored, meta) => store.restoredDatabase(name, restored, meta),
  };
};
