import type { TargetRelations } from '../../infra/postgres/own-relations.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { columnsOf, type ColumnsRow } from '../own-columns.sql.ts';
import { isBehind, lastOf, ofOtherLogs, present, type LastRow, type OthersRow } from './past.sql.ts';

/** Which runs a database says that it has had, to be held against a log. */
export type Past = {
  /** Runs out of those asked for that are not there. None on a standby, which may be about to hear of them. */
  missing(runs: readonly string[]): Promise<readonly string[]>;
  /** The last runs of one log, newest first. */
  last(storeId: string): Promise<readonly LastRow[]>;
  ofOtherLogs(storeId: string): Promise<OthersRow>;
};

/** Undefined where nothing is recorded, or not to be read; relations of version 1 do not say whose runs they were. */
export const readPast = async (session: Session, own: Pick<TargetRelations, 'run'>, databaseId: string): Promise<Past | undefined> => {
  const found = await session.maybeOne<ColumnsRow>(columnsOf(own.run));
  if (found?.readable !== true) return undefined;
  const saysWhose = found.columns.includes('store_id');
  return {
    missing: async (runs) => {
      if (runs.length === 0) return [];
      const there = new Set((await session.many<{ run: string }>(present(own.run, runs))).map(({ run }) => run));
      const missing = runs.filter((run) => !there.has(run));
      return missing.length > 0 && (await session.one<{ behind: boolean }>(isBehind)).behind ? [] : missing;
    },
    last: async (storeId) => (saysWhose ? session.many<LastRow>(lastOf(own.run, { databaseId, storeId })) : []),
    ofOtherLogs: async (storeId) => (saysWhose ? session.one<OthersRow>(ofOtherLogs(own.run, { databaseId, storeId })) : { runs: 0, last: null }),
  };
};
