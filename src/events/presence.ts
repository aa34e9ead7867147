import { randomInt } from 'node:crypto';
import { openSession, type Session } from '../infra/postgres/session.ts';
import { holdWorkerLock } from './lease.sql.ts';

/**
 * A session of its own whose advisory lock says that this worker lives. PostgreSQL drops it with the connection, so a
 * killed worker is seen to be gone at once; a stopped one keeps it, and for that there is the lease.
 */
export type Presence = { readonly number: number; readonly session: Session };

export const openPresence = async (url: string, worker: string): Promise<Presence> => {
  const session = await openSession(url, { purpose: `worker ${worker}`, statementTimeoutMs: 10_000 });
  for (;;) {
    const number = randomInt(1, 2 ** 31 - 1);
    const { held } = await session.one<{ held: boolean }>(holdWorkerLock(number));
    if (held) return { number, session };
  }
};
