import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { translateError } from '../postgres/errors.ts';
import type { Tx } from '../postgres/transaction-pool.ts';

type BossDatabase = { executeSql(text: string, values?: unknown[]): Promise<{ rows: object[] }> };

/** "Attempt n of this run is wanted." Whether it still is, the log says. */
export type RunMessage = { readonly runId: string; readonly attempt: number };

/**
 * pg-boss in the store's schema `pgboss`: keeps messages, delays and their order. A message is taken and completed in the
 * transaction that appends RunStarted and writes the lease, so a worker that dies at any point leaves either the message
 * or the lease behind, never neither; pg-boss's own expiry and retries stay unused.
 */
export type JobQueue = {
  /** Becomes visible with the transaction's commit. */
  enqueue(tx: Tx, message: RunMessage, afterSeconds?: number): Promise<void>;
  /** Takes the next message that is due; it is gone when the transaction commits, and back when it does not. */
  take(tx: Tx): Promise<RunMessage | undefined>;
  close(): Promise<void>;
};

const runQueue = 'run';

export const openQueue = async (
  url: string,
  options: { readonly purpose: string; readonly maintain: boolean; readonly onError: (error: Error) => void },
): Promise<JobQueue> => {
  // Its own connection: pg-boss reads its queue table while a transaction of ours holds one, and ten such transactions
  // would wait for each other for the last of a shared pool (tried).
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    min: 0,
    application_name: `waybill ${options.purpose} queue`,
    lock_timeout: 30_000,
    statement_timeout: 60_000,
    connectionTimeoutMillis: 30_000,
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
  });
  pool.on('error', options.onError);
  const db: BossDatabase = { executeSql: (text, values) => pool.query(text, values) };
  const boss = new PgBoss({ db, schema: 'pgboss', supervise: options.maintain, schedule: false });
  boss.on('error', (error) => options.onError(error));
  try {
    await boss.start();
    await boss.createQueue(runQueue, { retryLimit: 0 });
  } catch (error) {
    await pool.end().catch(() => undefined);
    throw translateError(error);
  }
  const within = (tx: Tx): BossDatabase => ({ executeSql: (text, values) => tx.client.query(text, values) });
  return {
    enqueue: async (tx, message, afterSeconds = 0) => {
      await boss.send(runQueue, message, { db: within(tx), retryLimit: 0, ...(afterSeconds > 0 ? { startAfter: afterSeconds } : {}) });
    },
    take: async (tx) => {
      const [job] = await boss.fetch<RunMessage>(runQueue, { db: within(tx), batchSize: 1 });
      if (job === undefined) return undefined;
      await boss.complete(runQueue, job.id, null, { db: within(tx) });
      return job.data;
    },
    close: async () => {
      await boss.stop({ graceful: false, close: false });
      await pool.end();
    },
  };
};
