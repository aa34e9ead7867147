import type { Catalogue } from '../../domain/catalogue/catalogue.ts';
import { Fault } from '../../domain/refusal.ts';
import { introspect } from './introspect.ts';
import { openSession } from './session.ts';
import { stopOnAbort } from './stop-on-abort.ts';

/** For somebody who looks: bounded in time, and stopped in PostgreSQL when they have gone away. */
export const readCatalogue = async (url: string, signal: AbortSignal, timeoutMs = 20_000): Promise<Catalogue> => {
  const session = await openSession(url, { purpose: 'catalogue', statementTimeoutMs: timeoutMs, lockTimeoutMs: timeoutMs, connectTimeoutMs: 5000 });
  const over = stopOnAbort(session, url, signal);
  try {
    if (signal.aborted) throw new Fault('REQUEST_CANCELLED', 'The caller went away.');
    return await introspect(session);
  } finally {
    over();
    await session.close();
  }
};
