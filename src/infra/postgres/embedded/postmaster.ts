import { spawn } from 'node:child_process';
import { open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../../domain/refusal.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { isAlive } from './process-lock.ts';

export type Postmaster = { readonly pid: number; readonly port: number };

const pidFile = (cluster: string): string => join(cluster, 'postmaster.pid');

/** What the server's own lock file says: pid, folder, start, port, ..., status (`ready   `, `starting`, `stopping`). */
const readPidFile = async (cluster: string): Promise<(Postmaster & { readonly status: string }) | undefined> => {
  const lines = (await readFile(pidFile(cluster), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
};

const serves = async (url: string, cluster: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, application_name: 'waybill start' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(`select pg_catalog.current_setting('data_directory') as folder`);
    return (await realpath(rows[0]?.folder ?? '')) === (await realpath(cluster));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '28P01') {
      throw new Fault(
        'EMBEDDED_PASSWORD_LOST',
        `${cluster}.password does not hold the password of the server in ${cluster}. Put the file back, or move both away to begin with an empty store.`,
        { cause: error },
      );
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** A server that runs on this folder already, whoever started it. Waits for one that is starting or stopping. */
export const findRunning = async (cluster: string, urlOf: (port: number) => string): Promise<Postmaster | undefined> => {
  const until = Date.now() + 60_000;
  for (;;) {
    const found = await readPidFile(cluster);
    if (found === undefined || !isAlive(found.pid)) return undefined;
    if (found.status === 'ready' && (await serves(urlOf(found.port), cluster))) return { pid: found.pid, port: found.port };
    // A pid that was given out again looks like a server that is ready and does not answer; starting one will tell.
    if (found.status === 'ready' || Date.now() > until) return undefined;
    await sleep(25);
  }
};

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });

/** The environment of the server: none of the caller's PG* settings, and C messages in its log. */
const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  LC_ALL: 'C',
  TZ: 'UTC',
  ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
});

const settings = (port: number, extra: Readonly<Record<string, string>>): readonly string[] => {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  const buffers = Math.max(32, Math.min(512, Math.floor(memory / 2 ** 20 / 8)));
  const values = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // Socket paths are limited to about 100 bytes, data folders are not.
    unix_socket_directories: '',
    wal_level: 'logical',
    max_connections: '200',
    shared_buffers: `${buffers}MB`,
    maintenance_work_mem: '128MB',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...extra,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
};

const run = (command: string, args: readonly string[], cwd: string, account: Account | undefined): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], ...account });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });

export type InitOptions = { readonly passwordFile?: string; readonly durable: boolean };

export const initialise = async (binaries: Binaries, folder: string, account: Account | undefined, options: InitOptions): Promise<void> => {
  const access = options.passwordFile === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${options.passwordFile}`];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const result = await run(
    binaries.initdb,
    ['-D', folder, '-U', 'postgres', ...access, ...locale, '--no-instructions', ...(options.durable ? [] : ['--no-sync'])],
    folder,
    account,
  );
  if (result.code !== 0) throw new Fault('EMBEDDED_INIT_FAILED', `initdb failed in ${folder}: ${result.output.trim().split('\n').slice(-3).join(' ')}`);
};

const openLog = async (path: string): Promise<Awaited<ReturnType<typeof open>>> => {
  const size = await stat(path).then(
    (entry) => entry.size,
    () => 0,
  );
  if (size > 10 * 2 ** 20) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
};

const logTail = async (path: string, from: number): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).slice(from);

export type StartOptions = {
  readonly port: number | undefined;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly urlOf: (port: number) => string;
};

type Attempt = { readonly server: Postmaster } | { readonly log: string };

const attempt = async (binaries: Binaries, cluster: string, account: Account | undefined, options: StartOptions): Promise<Attempt> => {
  const port = options.port ?? (await freePort());
  const log = await openLog(options.logFile);
  const before = (await log.stat()).size;
  // Its own process group: Ctrl-C in the terminal is for us; the server is stopped in order afterwards.
  const child = spawn(binaries.postgres, ['-D', cluster, ...settings(port, options.settings)], {
    cwd: dirname(cluster),
    env: cleanEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
    ...account,
  });
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  child.unref();
  await log.close();
  const until = Date.now() + 300_000;
  while (!ended && Date.now() < until) {
    const found = await readPidFile(cluster);
    if (found !== undefined && found.pid === child.pid && found.status === 'ready' && (await serves(options.urlOf(port), cluster)))
      return { server: { pid: found.pid, port } };
    await sleep(10);
  }
  return { log: await logTail(options.logFile, before) };
};

const isWorthRetrying = (log: string): boolean =>
  /postmaster\.pid" already exists|shared memory block .* still in use|could not bind|Address already in use|Is another postmaster/i.test(log);

/** Starts a server. After a killed one its lock stays for a second or two, until its children are gone: tried again until then. */
export const startServer = async (binaries: Binaries, cluster: string, account: Account | undefined, options: StartOptions): Promise<Postmaster> => {
  const until = Date.now() + 30_000;
  for (;;) {
    const result = await attempt(binaries, cluster, account, options);
    if ('server' in result) return result.server;
    if (!isWorthRetrying(result.log) || Date.now() > until) {
      const reason = result.log.trim().split('\n').slice(-3).join(' ');
      throw new Fault(
        'EMBEDDED_START_FAILED',
        `The embedded PostgreSQL in ${cluster} did not start: ${reason || 'it ended without a word'}. Its log is ${options.logFile}.`,
      );
    }
    await sleep(100);
    const running = await findRunning(cluster, options.urlOf);
    if (running !== undefined) return running;
  }
};

const signalServer = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

const smartMs = 500;
const stopPatienceMs = 60_000;

/**
 * Smart shutdown first (SIGTERM): a pool that was ended has sessions that are still saying goodbye, and those are not worth
 * an error. Whoever stays longer is ended (SIGINT); everything committed is kept. Resolves when the server's own lock file
 * is gone: where nobody reaps orphans, the process itself stays as a zombie.
 */
export const stopServer = async (cluster: string, server: Postmaster): Promise<void> => {
  const isThere = async (): Promise<boolean> => (await readPidFile(cluster))?.pid === server.pid;
  if (!(await isThere()) || !signalServer(server.pid, 'SIGTERM')) return;
  const begun = Date.now();
  let insisted = false;
  while (await isThere()) {
    const waited = Date.now() - begun;
    if (waited > stopPatienceMs)
      throw new Fault('EMBEDDED_STOP_FAILED', `The embedded PostgreSQL (process ${server.pid}) in ${cluster} did not stop within a minute.`);
    if (waited > smartMs && !insisted) insisted = signalServer(server.pid, 'SIGINT');
    await sleep(10);
  }
};
