import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../../domain/refusal.ts';
import { clusterAccount, preparePassableFolder, type Account } from './embedded/account.ts';
import { findBinaries, type Binaries } from './embedded/binaries.ts';
import { findRunning, initialise, startServer, stopServer, type Postmaster } from './embedded/postmaster.ts';
import { registerUser, unregisterUser, withProcessLock } from './embedded/process-lock.ts';
import { sqlStateOf } from './errors.ts';
import { openSession } from './session.ts';
import { sql } from './sql.ts';

/**
 * A PostgreSQL 18 of our own in `<dataDir>/postgres`, so that nothing must be installed.
 *
 * The server belongs to the folder, not to the process that started it. Every process that uses it is in a register beside
 * the folder; the last one to leave stops the server. So a CLI call starts and stops it, two calls at once share it, and a
 * CLI call while `waybill serve` runs leaves it alone. A process that was killed leaves the server running: the next one
 * adopts it. A server that was killed is started again and recovers. All of that happens under one lock file.
 *
 * What must never happen: two servers on one folder (PostgreSQL's own lock forbids it too), a half-made cluster that is
 * taken for a whole one (initdb works aside, a rename makes it visible), a server open to other users of the machine
 * (it listens on 127.0.0.1 only and asks for the password that only we can read).
 */
export type EmbeddedOptions = {
  /** Waybill's data folder; the cluster is its sub-folder `postgres`. */
  readonly dataDir: string;
  /** Where a new server listens; a free port by default. */
  readonly port?: number;
  /** `trust` and `durable: false` are for throw-away clusters of tests. */
  readonly auth?: 'password' | 'trust';
  readonly durable?: boolean;
};

export type Embedded = {
  /** Of the maintenance database: `postgres://.../postgres`. */
  readonly url: string;
  /** True when the server was running already. */
  readonly adopted: boolean;
  readonly pid: number;
  readonly folder: string;
  /** Leaves; stops the server when no other process uses it. */
  stop(): Promise<void>;
};

const lockPatienceMs = 120_000;
const majorVersion = '18';

export const clusterFolder = (dataDir: string): string => join(resolve(dataDir), 'postgres');

type Paths = {
  readonly cluster: string;
  readonly lock: string;
  readonly users: string;
  readonly password: string;
  readonly log: string;
  readonly copies: string;
};

const pathsOf = (dataDir: string): Paths => {
  const cluster = clusterFolder(dataDir);
  return { cluster, lock: `${cluster}.lock`, users: `${cluster}.users`, password: `${cluster}.password`, log: `${cluster}.log`, copies: dirname(cluster) };
};

const throwAwaySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_wal_size: '8GB' };

const urlFor = (password: string | undefined, port: number): string =>
  `postgres://postgres${password === undefined ? '' : `:${password}`}@127.0.0.1:${port}/postgres`;

const createCluster = async (paths: Paths, binaries: Binaries, account: Account | undefined, options: EmbeddedOptions): Promise<void> => {
  const parent = dirname(paths.cluster);
  const prefix = `${basename(paths.cluster)}.new-`;
  for (const name of await readdir(parent)) if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
  const fresh = join(parent, `${prefix}${randomBytes(4).toString('hex')}`);
  await mkdir(fresh, { mode: 0o700 });
  if (account !== undefined) await chown(fresh, account.uid, account.gid);
  const wantsPassword = options.auth !== 'trust';
  const handedOver = `${fresh}.password`;
  try {
    if (wantsPassword) {
      const password = randomBytes(24).toString('base64url');
      await writeFile(paths.password, password, { mode: 0o600 });
      await chmod(paths.password, 0o600);
      await writeFile(handedOver, password, { mode: 0o600 });
      if (account !== undefined) await chown(handedOver, account.uid, account.gid);
    }
    await initialise(binaries, fresh, account, { durable: options.durable ?? true, ...(wantsPassword ? { passwordFile: handedOver } : {}) });
    await rename(fresh, paths.cluster);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(handedOver, { force: true });
  }
};

const checkVersion = async (cluster: string): Promise<boolean> => {
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) {
    const entries = await readdir(cluster).catch(() => undefined);
    if (entries !== undefined)
      throw new Fault('EMBEDDED_FOREIGN_FOLDER', `${cluster} exists and holds no PostgreSQL cluster. Move it away, or set WAYBILL_DATA_DIR to another folder.`);
    return false;
  }
  if (version.trim() !== majorVersion)
    throw new Fault(
      'EMBEDDED_WRONG_VERSION',
      `${cluster} was made by PostgreSQL ${version.trim()}; this Waybill brings ${majorVersion}. Export from it with the Waybill that made it, then start in an empty folder.`,
    );
  return true;
};

const startOrAdopt = async (paths: Paths, options: EmbeddedOptions): Promise<{ server: Postmaster; adopted: boolean; url: string }> => {
  const account = await clusterAccount(paths.cluster);
  await preparePassableFolder(dirname(paths.cluster), account);
  const exists = await checkVersion(paths.cluster);
  const password = (): Promise<string | undefined> =>
    readFile(paths.password, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  if (exists) {
    const known = await password();
    const server = await findRunning(paths.cluster, (port) => urlFor(known, port));
    if (server !== undefined) return { server, adopted: true, url: urlFor(known, server.port) };
  }
  const binaries = await findBinaries(paths.copies, account);
  if (!exists) await createCluster(paths, binaries, account, options);
  const known = await password();
  const server = await startServer(binaries, paths.cluster, account, {
    port: options.port,
    logFile: paths.log,
    settings: options.durable === false ? throwAwaySettings : {},
    urlOf: (port) => urlFor(known, port),
  });
  return { server, adopted: false, url: urlFor(known, server.port) };
};

export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const paths = pathsOf(options.dataDir);
  const started = await withProcessLock(paths.lock, lockPatienceMs, async () => {
    const result = await startOrAdopt(paths, options);
    return { ...result, user: await registerUser(paths.users) };
  });
  let stopped: Promise<void> | undefined;
  const leave = (): Promise<void> =>
    withProcessLock(paths.lock, lockPatienceMs, async () => {
      const isLast = await unregisterUser(paths.users, started.user);
      if (isLast) await stopServer(paths.cluster, started.server);
    });
  return { url: started.url, adopted: started.adopted, pid: started.server.pid, folder: paths.cluster, stop: () => (stopped ??= leave()) };
};

const duplicateDatabase = new Set(['42P04', '23505']);

/** The database of this name, made when it is missing; several processes may ask at once. */
export const ensureDatabase = async (clusterUrl: string, name: string): Promise<string> => {
  const session = await openSession(clusterUrl, { purpose: 'create database' });
  try {
    const found = await session.maybeOne(
      sql`/* infra.postgres.find-database */ select 1 as found from pg_catalog.pg_database where datname operator(pg_catalog.=) ${name}`,
    );
    // template0 has no sessions, so a copy of it never fails because somebody looks into template1.
    if (found === undefined) await session.run(sql`create database ${sql.id(name)} template template0`);
  } catch (error) {
    if (!duplicateDatabase.has(sqlStateOf(error)?.sqlState ?? '')) throw error;
  } finally {
    await session.close();
  }
  const url = new URL(clusterUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
};
