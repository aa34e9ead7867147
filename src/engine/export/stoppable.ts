import { translateError } from '../../infra/postgres/errors.ts';
import type { Session } from '../../infra/postgres/session.ts';

/** COPY that ends at once when the run is stopped or the connection is gone, also while the server sends nothing. */
export async function* stoppable(copy: ReturnType<Session['copyOut']>, session: Session, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stop = (): void => void copy.destroy(signal.reason instanceof Error ? signal.reason : new Error('The run was stopped'));
  signal.addEventListener('abort', stop, { once: true });
  void session.lost.then((error) => copy.destroy(error));
  try {
    signal.throwIfAborted();
    yield* copy;
  } catch (error) {
    throw signal.aborted ? signal.reason : translateError(error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
