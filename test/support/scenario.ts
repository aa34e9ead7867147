import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createTestDatabase, type TestDatabase } from './cluster.ts';

/**
 * Waybill as its user has it: the command line and the server as processes, with a store, folders and databases of
 * their own. What a scenario started, `close` ends and removes.
 */
const checkout = resolve(import.meta.dirname, '../..');
const cliFile = join(checkout, 'src/cli/main.ts');
const serverFile = join(checkout, 'src/main.ts');

export type CliResult = { readonly status: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string };

export type Waybill = {
  readonly folder: string;
  readonly store: TestDatabase;
  readonly env: Readonly<Record<string, string>>;
  /** A new empty database, registered under `name` when one is given. */
  database(name?: string): Promise<TestDatabase>;
  /** Writes `waybill.config.ts` of the scenario's folder. */
  configure(databases: Readonly<Record<string, unknown>>): Promise<void>;
  cli(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult>;
  serve(env?: Readonly<Record<string, string>>): Promise<Server>;
  /** A worker beside the server, as docker-compose.yml runs it: serve with `WAYBILL_ROLES: 'server'`. */
  work(): Promise<Worker>;
  path(name: string): string;
  /** Kills every process that is left: a worker of a failed test would take the next test's runs. */
  killAll(): Promise<void>;
  close(): Promise<void>;
};

export type Worker = { readonly pid: number; stop(): Promise<void> };

export type Server = {
  readonly url: string;
  readonly pid: number;
  readonly output: () => string;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
  graphql<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
};

export const createWaybill = async (): Promise<Waybill> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-scenario-'));
  await chmod(folder, 0o755);
  const store = await createTestDatabase();
  const databases: TestDatabase[] = [store];
  const children = new Set<ChildProcess>();
  const env = {
    WAYBILL_ENVIRONMENT: 'testing',
    WAYBILL_STORE_URL: store.url,
    WAYBILL_DATA_DIR: join(folder, 'data'),
    WAYBILL_BACKUP_DIR: join(folder, 'backup'),
    WAYBILL_EXCHANGE_DIR: join(folder, 'exchange'),
    WAYBILL_INBOX_DIR: join(folder, 'inbox'),
    WAYBILL_LOG_LEVEL: 'warn',
    WAYBILL_PORT: '0',
    // A test that is about snapshots switches them on.
    DB_EXPORT_ENABLE_AUTO_EXPORT: 'false',
  };
  const start = (file: string, args: readonly string[], more: Readonly<Record<string, string>>): ChildProcess => {
    const child = spawn(process.execPath, ['--max-semi-space-size=1', file, ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        MALLOC_ARENA_MAX: '2',
        NODE_COMPILE_CACHE: join(checkout, 'node_modules/.cache/compiled'),
        ...env,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    child.on('close', () => children.delete(child));
    return child;
  };
  const killAll = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all([...children].map((child) => new Promise((done) => child.once('close', done))));
  };
  return {
    folder,
    store,
    env,
    path: (name) => join(folder, name),
    database: async () => {
      const database = await createTestDatabase();
      databases.push(database);
      return database;
    },
    configure: async (settings) => writeFile(join(folder, 'waybill.config.ts'), `export default ${JSON.stringify({ databases: settings }, undefined, 2)};\n`),
    cli: async (args, more = {}) => ended(start(cliFile, args, more)),
    work: async () => {
      const child = start(serverFile, [], { WAYBILL_ROLES: 'worker' });
      const output = collect(child);
      while (!output.stderr().includes('works off runs')) {
        if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}:\n${output.stderr()}`);
        await new Promise((done) => setTimeout(done, 50));
      }
      return { pid: child.pid ?? 0, stop: async () => void (child.kill('SIGTERM'), await new Promise((done) => child.once('close', done))) };
    },
    serve: async (more = {}) => listening(start(serverFile, [], more)),
    killAll,
    close: async () => {
      await killAll();
      for (const database of databases) await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const collect = (child: ChildProcess): { stdout: () => string; stderr: () => string } => {
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  return { stdout: () => text.stdout, stderr: () => text.stderr };
};

const ended = async (child: ChildProcess): Promise<CliResult> => {
  const output = collect(child);
  return new Promise((done) => child.on('close', (status, signal) => done({ status, signal, stdout: output.stdout(), stderr: output.stderr() })));
};

const listening = async (child: ChildProcess): Promise<Server> => {
  const output = collect(child);
  const all = (): string => output.stdout() + output.stderr();
  const end = new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((done) => child.on('close', (status, signal) => done({ status, signal })));
  const url = await new Promise<string>((found, failed) => {
    const look = (): void => {
      const match = /http:\/\/[^\s/"]+:\d+/.exec(all());
      if (match !== null) found(match[0]);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    void end.then(({ status, signal }) => failed(new Error(`The server ended with ${status ?? signal} before it listened:\n${all()}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: all,
    ended: end,
    kill: (signal) => void child.kill(signal),
    graphql: async <Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const body = (await response.json()) as { readonly data?: Data; readonly errors?: readonly { readonly message: string }[] };
      if (body.errors !== undefined || body.data === undefined) throw new Error(`GraphQL: ${JSON.stringify(body.errors ?? body)}`);
      return body.data;
    },
  };
};

/** `--json` prints one object on standard output. */
export const jsonOf = <Result>(result: CliResult): Result => {
  try {
    return JSON.parse(result.stdout) as Result;
  } catch {
    throw new Error(`No JSON on standard output (exit ${result.status ?? result.signal}):\n${result.stdout}\n${result.stderr}`);
  }
};

/** Sessions, locks and temporary tables of ours in a database after everything ended: there must be none. */
export const leftovers = async (database: TestDatabase): Promise<readonly string[]> => {
  const { openSession } = await import('../../src/infra/postgres/session.ts');
  const { sql } = await import('../../src/infra/postgres/sql.ts');
  const session = await openSession(database.url, { purpose: 'test leftovers' });
  try {
    const found = await session.many<{ what: string }>(sql`
      select 'session ' || application_name || ' ' || coalesce(state, '') || ' ' || coalesce(query, '') as what from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      union all select 'advisory lock of pid ' || pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
      union all select 'prepared transaction ' || gid from pg_prepared_xacts where database = current_database()
      union all select 'temporary ' || n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname like 'pg\_temp%'
      union all select 'invalid constraint ' || conname from pg_constraint where not convalidated
      union all select 'invalid index ' || indexrelid::regclass from pg_index where not indisvalid
      union all select 'disabled trigger ' || tgname from pg_trigger where tgenabled = 'D'`);
    return found.map(({ what }) => what);
  } finally {
    await session.close();
  }
};

/** Files below a folder that look half-written. */
export const temporaryFiles = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true }).catch(() => [])).filter(
    (name) => /(^|\/)(\.|.*\.(tmp|part|partial)$|tmp-)/.test(name) && !name.includes('postgres'),
  );

export type RunView = {
  readonly runId: string;
  readonly state: string;
  readonly attempt: number;
  readonly drifts: number;
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly events: { readonly edges: readonly { readonly node: { readonly type: string; readonly position: number } }[] };
};

type Answer = { readonly upload?: { readonly sha256: string }; readonly runId?: string; readonly code?: string; readonly message?: string };

/** Asks a server for an import; the same key gives the same run, however often the answer was lost. */
export const requestImport = async (server: Server, database: string, file: string, idempotencyKey: string): Promise<string> => {
  const stored = await server.graphql<{ answer: Answer }>(
    'mutation ($file: String!, $key: String!) { answer: upload(input: { serverPath: $file }, idempotencyKey: $key) { ... on UploadPayload { upload { sha256 } } ... on Refusal { code message } } }',
    { file, key: `${idempotencyKey} upload` },
  );
  if (stored.answer.upload === undefined) throw new Error(`The upload was refused: ${stored.answer.code} ${stored.answer.message}`);
  const { answer } = await server.graphql<{ answer: Answer }>(
    'mutation ($input: ImportInput!, $key: String!) { answer: import(input: $input, idempotencyKey: $key) { ... on RunPayload { runId } ... on Refusal { code message } } }',
    { input: { upload: stored.answer.upload.sha256, database }, key: idempotencyKey },
  );
  if (answer.runId === undefined) throw new Error(`The import was refused: ${answer.code} ${answer.message}`);
  return answer.runId;
};

export const requestExport = async (server: Server, database: string, out: string): Promise<string> => {
  const { answer } = await server.graphql<{ answer: Answer }>(
    'mutation ($input: ExportInput!, $key: String!) { answer: export(input: $input, idempotencyKey: $key) { ... on RunPayload { runId } ... on Refusal { code message } } }',
    { input: { database, out }, key: `export ${out}` },
  );
  if (answer.runId === undefined) throw new Error(`The export was refused: ${answer.code} ${answer.message}`);
  return answer.runId;
};

export const readRun = async (server: Server, runId: string): Promise<RunView> => {
  const { run } = await server.graphql<{ run: RunView | null }>(
    'query ($id: ID!) { run(id: $id) { runId state attempt drifts failure { code message } events(first: 100) { edges { node { type position } } } } }',
    { id: runId },
  );
  if (run === null) throw new Error(`No run ${runId}`);
  return run;
};

const over = new Set(['COMPLETED', 'REFUSED', 'FAILED', 'CANCELLED', 'PLANNED']);

export const runEnded = async (server: Server, runId: string, timeoutMs = 60_000): Promise<RunView> => {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const run = await readRun(server, runId);
    if (over.has(run.state)) return run;
    if (Date.now() > until)
      throw new Error(
        `Run ${runId} is still ${run.state} after ${timeoutMs} ms: ${JSON.stringify(run.events.edges.map(({ node }) => node.type))}\n${server.output()}`,
      );
    await new Promise((done) => setTimeout(done, 100));
  }
};
