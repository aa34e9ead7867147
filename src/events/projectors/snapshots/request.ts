import type { Metadata } from '../../../domain/run/events.ts';
import type { Config } from '../../../infra/config.ts';
import type { Databases } from '../../databases.ts';
import type { Positioned } from '../../execute.ts';
import type { SnapshotAnswer } from '../../snapshots.ts';
import type { Store } from '../../store.ts';

/** Snapshots that somebody asks for; loaded when somebody does. */
export type Snapshots = { take(request: SnapshotRequest): Promise<SnapshotAnswer & Positioned> };

export type SnapshotRequest = {
  /** A registered name or a URL. */
  readonly database: string;
  readonly full: boolean;
  readonly mayReachInward: boolean;
  readonly meta: Metadata;
  readonly idempotencyKey?: string;
  readonly signal: AbortSignal;
};

type Ports = { readonly store: Store; readonly databases: Databases; readonly config: Pick<Config, 'snapshot' | 'databases'> };

export const createSnapshots = (ports: Ports): Snapshots => ({
  take: async ({ database, full, mayReachInward, meta, idempotencyKey, signal }) => {
    const { store, databases } = ports;
    const name = await databases.resolve(database, { mayReachInward, meta });
    const asked = { database: name, full };
    const earlier = await store.snapshotTakenBefore(asked, meta, idempotencyKey);
    if (earlier !== undefined) return earlier;
    const { openTaker } = await import('./taker.ts');
    const taker = await openTaker(ports, await databases.find(name));
    try {
      const { files, tables, bytesRead, bytesWritten, milliseconds } = await taker.take({ full, signal });
      return await store.snapshotTaken(asked, { files, tables, bytesRead, bytesWritten, milliseconds }, meta, idempotencyKey);
    } finally {
      await taker.close();
    }
  },
});
