import type { Catalogue } from '../../domain/catalogue/catalogue.ts';
import { Fault } from '../../domain/refusal.ts';
import { introspect } from './introspect.ts';
import { openSession } from './session.ts';
import { sql } from './sql.ts';

/** For somebody who looks: bounded in time, and stopped in PostgreSQL when they have gone away. */
export const readCatalogue = async (url: string, signal: AbortSignal, timeoutMs = 20_000): Promise<Catalogue> => {
  const session = await openSession(url, { purpose: 'catalogue', statementTimeoutMs: timeoutMs, lockTimeoutMs: timeoutMs, connectTimeoutMs: 5000 });
  const stop = (): void => void cancelBackend(url, session.pid).catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) throw new Fault('REQUEST_CANCELLED', 'The caller went away.');
    return await introspect(session);
  } finally {
    signal.removeEventListener('abort', stop);
    await session.close();
  }
};

/** Stops what the session does now; the session stays. */
export const cancelBackend = async (url: string, pid: number): Promise<void> => {
  const canceller = await openSession(url, { purpose: 'cancel', statementTimeoutMs: 5000, connectTimeoutMs: 5000 });
  try {
    await canceller.run(sql`/* infra.postgres.cancel-backend */ select pg_catalog.pg_cancel_backend(${pid})`);
  } finally {
    await canceller.close();
  }
};
