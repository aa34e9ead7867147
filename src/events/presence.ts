import { randomInt } from 'node:crypto';
import { openSession, type Session } from '../infra/postgres/session.ts';
import { holdWorkerLock } from './lease.sql.ts';

/**
 * A session of its own whose advisory lock says that this worker lives. PostgreSQL drops it with the connection, so a
 * killed worker is seen to be gone at once; a stopped one keeps it, and for that there is the lease.
 */
export type Presence = {
  /** The lock's number; another one after the session was lost and stood up again. */
  number(): number;
  close(): Promise<void>;
};

const pauseMs = 500;

const stand = async (url: string, worker: string): Promise<{ readonly number: number; readonly session: Session }> => {
  const session = await openSession(url, { purpose: `worker ${worker}`, statementTimeoutMs: 10_000 });
  for (;;) {
    const number = randomInt(1, 2 ** 31 - 1);
    const { held } = await session.one<{ held: boolean }>(holdWorkerLock(number));
    if (held) return { number, session };
  }
};

/** After a restart of the store the session is gone though the worker is not: it stands up again, and `renew` tells what is still its own. */
export const openPresence = async (
  url: string,
  worker: string,
  on: { readonly renew: () => Promise<void>; readonly error: (error: unknown) => void },
): Promise<Presence> => {
  let current = await stand(url, worker);
  let closed = false;
  const guard = async (): Promise<void> => {
    on.error(await current.session.lost);
    while (!closed) {
      try {
        current = await stand(url, worker);
        void guard();
        return await on.renew();
      } catch (error) {
        on.error(error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  };
  void guard();
  return {
    number: () => current.number,
    close: async () => {
      closed = true;
      await current.session.close();
    },
  };
};
