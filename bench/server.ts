import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { StatementLog } from './statements.ts';

/**
 * Server and worker as docker-compose.yml and `npm start` run them, each in a process of its own; the benchmark is a client over HTTP.
 * Nothing is left out that a user would wait for, and the memory is that of the worker: the process that moves the rows.
 */
export type BenchServer = {
  readonly url: string;
  graphql<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  subscribe<Data>(query: string, variables: Readonly<Record<string, unknown>>, signal?: AbortSignal): AsyncGenerator<Data>;
  upload(name: string, content: string): Promise<void>;
  /** Highest resident memory of the process that does the work since the last call, in MB; undefined where the system does not tell. */
  residentPeak(): Promise<number | undefined>;
  readonly statements: StatementLog | undefined;
  stop(): Promise<void>;
};

export type ServerOptions = {
  readonly folder: string;
  readonly storeUrl: string;
  readonly databases: Readonly<Record<string, string>>;
  /** Where the time of each statement goes, if anybody wants to know. */
  readonly statements?: StatementLog | undefined;
};

export const startServer = async ({ folder, storeUrl, databases, statements }: ServerOptions): Promise<BenchServer> => {
  const entries = Object.fromEntries(Object.entries(databases).map(([name, url]) => [name, { url }]));
  await configure(folder, entries);
  const start = (role: 'server' | 'worker'): ChildProcess =>
    startProcess({
      folder,
      flags: role === 'worker' ? (statements?.flags ?? []) : [],
      environment: { WAYBILL_STORE_URL: storeUrl, WAYBILL_ROLES: role, ...(role === 'worker' ? statements?.environment : {}) },
    });
  // Compiled code is kept from one start to the next; what is measured is not the first start.
  const first = start('worker');
  await said(first, /works off runs/);
  await ended(first);
  const server = start('server');
  const url = await said(server, readyUrl);
  const worker = start('worker');
  await said(worker, /works off runs/);
  // At level warn it says nothing but what went wrong.
  worker.stdout?.pipe(process.stderr);
  const endpoint = `${url}/graphql`;
  return {
    url,
    graphql: requester(endpoint),
    subscribe: (query, variables, signal) => events(endpoint, { query, variables }, signal),
    upload: async (name, content) => {
      const query = 'mutation ($file: File!, $key: String!) { upload(input: { file: $file }, idempotencyKey: $key) { __typename } }';
      const form = new FormData();
      form.append('operations', JSON.stringify({ query, variables: { file: null, key: randomUUID() } }));
      form.append('map', '{"0":["variables.file"]}');
      form.append('0', new Blob([content]), name);
      await dataOf(await fetch(endpoint, { method: 'POST', headers: { 'x-waybill-csrf': '1' }, body: form }));
    },
    residentPeak: () => residentPeakOf(worker),
    statements,
    stop: async () => {
      for (const child of [worker, server]) await ended(child);
    },
  };
};

export type LoneServer = Pick<BenchServer, 'graphql' | 'residentPeak' | 'stop'> & { readonly pid: number | undefined };

/** A server without a worker: what it does by itself, with settings of choice. `databases` as in `waybill.config.ts`. */
export const startLoneServer = async (options: {
  readonly folder: string;
  readonly databases: Readonly<Record<string, object>>;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<LoneServer> => {
  await configure(options.folder, options.databases);
  const server = startProcess({ folder: options.folder, environment: { ...options.environment, WAYBILL_ROLES: 'server' } });
  const url = await said(server, readyUrl);
  server.stdout?.pipe(process.stderr);
  return { pid: server.pid, graphql: requester(`${url}/graphql`), residentPeak: () => residentPeakOf(server), stop: () => ended(server) };
};

const readyUrl = /https?:\/\/[^\s/"]+:\d+/;

const configure = (folder: string, databases: Readonly<Record<string, object>>): Promise<void> =>
  writeFile(join(folder, 'waybill.config.ts'), `export default ${JSON.stringify({ databases }, undefined, 2)};\n`);

type Starting = { readonly folder: string; readonly flags?: readonly string[]; readonly environment: Readonly<Record<string, string>> };

const startProcess = ({ folder, flags = [], environment }: Starting): ChildProcess =>
  spawn(process.execPath, ['--max-semi-space-size=1', ...flags, resolve(import.meta.dirname, '../src/main.ts')], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      MALLOC_ARENA_MAX: '2',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(folder, 'compiled'),
      WAYBILL_ENVIRONMENT: 'production',
      WAYBILL_DATA_DIR: join(folder, 'data'),
      WAYBILL_LOG_LEVEL: 'warn',
      WAYBILL_PORT: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const requester =
  (endpoint: string): BenchServer['graphql'] =>
  async <Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) =>
    dataOf<Data>(await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) }));

const residentPeakOf = async ({ pid }: ChildProcess): Promise<number | undefined> => {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    await writeFile(`/proc/${pid}/clear_refs`, '5');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  } catch {
    return undefined;
  }
};

const ended = async (child: ChildProcess): Promise<void> => {
  const end = new Promise((done) => child.once('close', done));
  child.kill('SIGTERM');
  await end;
};

/** What a process says when it is ready. */
const said = async (child: ChildProcess, ready: RegExp): Promise<string> =>
  new Promise((found, failed) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const match = ready.exec(output);
      if (match !== null) found(match[0]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('close', (code) => {
      failed(new Error(`A process of Waybill ended with ${code} before it was ready:\n${output}`));
      if (code !== 0) console.error(`A process of Waybill ended with ${code}:\n${output.slice(-4000)}`);
    });
  });

const dataOf = async <Data>(response: Response): Promise<Data> => {
  const body = (await response.json()) as { readonly data?: Data; readonly errors?: unknown };
  if (body.data === undefined || body.errors !== undefined) throw new Error(`GraphQL answered ${response.status}: ${JSON.stringify(body.errors ?? body)}`);
  return body.data;
};

/** Server-sent events in the "distinct connections" mode: `event: next` with the result as data. */
const events = async function* <Data>(endpoint: string, body: unknown, signal?: AbortSignal): AsyncGenerator<Data> {
  // Whoever leaves the loop hangs up: a connection that is only let go breaks when the server stops, and nobody hears it.
  const left = new AbortController();
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
      signal: signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]),
    });
    if (response.body === null || !response.ok) throw new Error(`The subscription was answered with ${response.status}: ${await response.text()}`);
    for await (const data of eventData(response.body)) {
      const result = JSON.parse(data) as { readonly data?: Data; readonly errors?: unknown };
      if (result.data === undefined || result.data === null) throw new Error(`The subscription failed: ${JSON.stringify(result.errors)}`);
      yield result.data;
    }
  } finally {
    left.abort();
  }
};

const eventData = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (/^event: complete/m.test(block)) return;
      const data = block.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []));
      if (data.length > 0 && data[0] !== '') yield data.join('\n');
    }
  }
};
