import type { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { JobQueue } from '../infra/jobs/queue.ts';
import type { Listener } from '../infra/postgres/listener.ts';
import type { Queries } from '../infra/postgres/transaction-pool.ts';
import type { Tail } from './log/tail.ts';
import type { BlobCheck } from './log/verify.ts';

/** What the store's functions share: one pool, one listening connection, one queue. */
export type StoreContext = {
  readonly url: string;
  readonly orm: MikroORM;
  readonly pool: pg.Pool;
  readonly queries: Queries;
  readonly listener: Listener;
  readonly tail: Tail;
  readonly queue: JobQueue;
  readonly blobs: BlobCheck | undefined;
  /** Seals database URLs at rest; without it they are stored as they are, and never shown all the same. */
  readonly secretKey: Uint8Array | undefined;
};
