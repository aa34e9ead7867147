import { setTimeout as sleep } from 'node:timers/promises';
import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import type { WriteResult } from '../../domain/run/run.ts';
import { Fault } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { fence, lockHolder, readMarker, terminate, tryLock } from './marker.sql.ts';

/**
 * Target and store are two databases: what happened is decided by the marker in the target, and only while holding the
 * target's lock (ENGINE-RULES 12). A marker is either `applied`, and then its transaction committed, or `fenced`: no
 * attempt up to that number can commit any more.
 */
export type Marker = {
  readonly attempt: number;
  readonly state: 'applied' | 'fenced';
  readonly planHash: string | null;
  readonly summary: WriteResult | null;
};

export const applicationName = (runId: string, attempt: number): string => `${runId} #${attempt}`;

export type LockWait = { readonly runId: string; readonly signal: AbortSignal; readonly waiting: (holder: string) => void; readonly pollMs?: number };

/**
 * Waits for the target's lock without a statement that blocks: the wait shows in the progress, and can be cancelled. A
 * session left over by an earlier attempt of the same run is ended: that attempt has lost its lease.
 */
export const takeLock = async (session: Session, wait: LockWait): Promise<void> => {
  const terminated = new Set<number>();
  for (;;) {
    wait.signal.throwIfAborted();
    const { locked } = await session.one<{ locked: boolean }>(tryLock);
    if (locked) return;
    const holder = await session.maybeOne<{ pid: number; application: string; role: string }>(lockHolder);
    if (holder !== undefined) {
      if (holder.application.includes(wait.runId) && !terminated.has(holder.pid)) {
        terminated.add(holder.pid);
        await session.run(terminate(holder.pid));
      }
      wait.waiting(`${holder.application || 'another session'} (process ${holder.pid}${holder.role === '' ? '' : `, role ${holder.role}`})`);
    }
    await sleep(wait.pollMs ?? 100, undefined, { signal: wait.signal }).catch(() => undefined);
  }
};

/** Must hold the lock. Either the run was applied, or no attempt up to this one can commit from now on. */
export const settle = async (session: Session, runs: QualifiedName, runId: string, attempt: number): Promise<Marker | undefined> => {
  const found = await session.maybeOne<Marker>(readMarker(runs, runId));
  if (found?.state === 'applied') return found;
  await session.run(fence(runs, runId, attempt));
  const after = await session.maybeOne<Marker>(readMarker(runs, runId));
  if (after === undefined) throw new Fault('MARKER_LOST', 'The marker of the run disappeared from the target; look who else writes to the schema waybill.');
  return after.state === 'applied' ? after : undefined;
};
