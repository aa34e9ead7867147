import { openSession, type Session } from './session.ts';
import { sql } from './sql.ts';

const pauseMs = 100;

/**
 * From now until what is returned is called, an abort of the signal stops in PostgreSQL whatever the session does; the
 * session stays. The cancel is repeated: one that arrives between two statements stops neither of them.
 */
export const stopOnAbort = (session: Session, url: string, signal: AbortSignal): (() => void) => {
  let isOver = false;
  const stop = async (): Promise<void> => {
    const canceller = await openSession(url, { purpose: 'cancel', statementTimeoutMs: 5000, connectTimeoutMs: 5000 });
    try {
      while (!isOver) {
        await canceller.run(sql`/* infra.postgres.cancel-backend */ select pg_catalog.pg_cancel_backend(${session.pid})`);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } finally {
      await canceller.close();
    }
  };
  const onAbort = (): void => void stop().catch(() => undefined);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    isOver = true;
    signal.removeEventListener('abort', onAbort);
  };
};
