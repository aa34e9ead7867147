import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import pg from 'pg';
import { sqlStateOf, translateError } from '../../infra/postgres/errors.ts';
import { ApiKey } from '../projectors/read-models/api-key.ts';
import { InboxFile } from '../projectors/read-models/inbox-file.ts';
import { KnownDatabase } from '../projectors/read-models/known-database.ts';
import { RunState } from '../projectors/read-models/run-state.ts';
import { Upload } from '../projectors/read-models/upload.ts';
import { Migration0001Log } from './migrations/0001-log.ts';
import { Migration0002RunKinds } from './migrations/0002-run-kinds.ts';
import { Migration0003FilesIn } from './migrations/0003-files-in.ts';
import { Migration0004Snapshots } from './migrations/0004-snapshots.ts';

/** The migrations of every process take this one lock in turn, so that two starting at once both succeed. */
const migrationLock = 0x7761_7962;

export type LogDatabase = { readonly orm: MikroORM; readonly pool: pg.Pool; close(): Promise<void> };

const sessionLimits = {
  lock_timeout: 10_000,
  statement_timeout: 30_000,
  // Longer than any pause between two statements of ours; a client that stops inside a transaction frees what it holds.
  idle_in_transaction_session_timeout: 5000,
};

/** One pool for the ORM's list queries and for our own transactions; a transaction has one owner. */
export const openLog = async (url: string, options: { readonly purpose: string; readonly poolSize?: number }): Promise<LogDatabase> => {
  await migrateLog(url, options.purpose);
  const pools: pg.Pool[] = [];
  const orm = await MikroORM.init({
    ...ormOptions(url),
    entities: [RunState, Upload, KnownDatabase, ApiKey, InboxFile],
    pool: { min: 0, max: options.poolSize ?? 10 },
    driverOptions: {
      ...sessionLimits,
      application_name: `waybill ${options.purpose}`,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      onPoolCreated: (pool: pg.Pool) => void pools.push(pool),
    },
  }).catch((error: unknown) => {
    throw translateError(error);
  });
  await orm.em
    .getConnection()
    .execute('select 1')
    .catch((error: unknown) => {
      throw translateError(error);
    });
  const [pool] = pools;
  if (pool === undefined) throw new Error('The ORM made no pool');
  return {
    orm,
    pool,
    close: async () => {
      await untilIdle(pool);
      await orm.close(true);
    },
  };
};

/**
 * An ORM closed under its own running query never gives the connection back, and the pool then waits for it for ever (seen).
 * `sessionLimits` bounds each query, and so the wait.
 */
const untilIdle = async (pool: pg.Pool): Promise<void> => {
  while (pool.totalCount > pool.idleCount || pool.waitingCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
};

const ormOptions = (url: string) => ({
  clientUrl: url,
  debug: false,
  ignoreUndefinedInQuery: true,
  logger: () => undefined,
});

/** Runs what is missing. Waits, bounded, for another process that does the same. */
const migrateLog = async (url: string, purpose: string): Promise<void> => {
  const guard = new pg.Client({
    connectionString: url,
    application_name: `waybill ${purpose} migrate`,
    lock_timeout: 120_000,
    connectionTimeoutMillis: 15_000,
  });
  guard.on('error', () => undefined);
  try {
    await guard.connect();
    const applied = await appliedMigrations(guard);
    if (migrations.every(({ name }) => applied.has(name))) return;
    await guard.query('select pg_catalog.pg_advisory_lock($1)', [migrationLock]);
    await guard.query('create schema if not exists waybill');
    const orm = await MikroORM.init({
      ...ormOptions(url),
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      pool: { min: 0, max: 2 },
      driverOptions: { application_name: `waybill ${purpose} migrate` },
      migrations: { migrationsList: [...migrations], schema: 'waybill', tableName: 'store_migration', snapshot: false, disableForeignKeys: false },
    });
    try {
      await orm.migrator.up();
    } finally {
      await orm.close(true);
    }
  } catch (error) {
    throw translateError(error);
  } finally {
    await guard.end().catch(() => undefined);
  }
};

const migrations = [
  { name: '0001-log', class: Migration0001Log },
  { name: '0002-run-kinds', class: Migration0002RunKinds },
  { name: '0003-files-in', class: Migration0003FilesIn },
  { name: '0004-snapshots', class: Migration0004Snapshots },
] as const;

/** Asked without taking the lock, so that an ordinary start waits for nobody. No schema or table yet means none. */
const appliedMigrations = async (client: pg.Client): Promise<ReadonlySet<string>> => {
  try {
    const { rows } = await client.query<{ name: string }>('/* events.log.applied-migrations */ select name from waybill.store_migration');
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    const state = sqlStateOf(error)?.sqlState;
    if (state === '42P01' || state === '3F000') return new Set();
    throw error;
  }
};
