import { PassThrough } from 'node:stream';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Conflict, Defect, Fault, Refusal } from '../../src/domain/refusal.ts';
import { createMaskError } from '../../src/infra/http/mask-error.ts';
import { createLogger } from '../../src/infra/http/logger.ts';
import { newScope, requestScope } from '../../src/infra/http/request-scope.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';

const canary = 'canary-4711-value';
let database: TestDatabase;
let app: TestApp;
const lines: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  const sink = new PassThrough().on('data', (chunk: Buffer) => lines.push(chunk.toString('utf8')));
  const logger = pino({ level: 'trace', base: null, mixin: () => ({ requestId: requestScope.getStore()?.requestId }) }, sink);
  app = await createTestApp(
    {
      WAYBILL_DATABASE_THERE: database.url,
      WAYBILL_DATABASE_GONE: `postgres://user:${canary}@127.0.0.1:1/shop`,
      WAYBILL_DATABASE_UNNAMED: database.url.replace(database.name, 'there_is_no_such_database'),
    },
    { worker: false, logger },
  );
  await app.app.databases.registerConfigured({ actor: 'test', requestId: 'test', client: 'test' });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const catalogueOf = (name: string): Promise<Awaited<ReturnType<TestApp['ask']>>> =>
  app.ask('query ($name: String!) { database(name: $name) { catalogue { serverVersion } } }', { name });

describe('an error of a database', () => {
  test.each([
    ['gone', 'CONNECTION_LOST'],
    ['unnamed', 'DATABASE_NOT_FOUND'],
  ])('%s leaves as %s with a request id that is in the log, and nothing else', async (name, code) => {
    lines.length = 0;
    const { body, headers } = await catalogueOf(name);
    expect(body.errors).toMatchObject([{ path: ['database', 'catalogue'], extensions: { code, requestId: headers.get('x-request-id') } }]);
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|no_such_database|select|\.ts|ECONNREFUSED|canary/);
    expect(lines.join('')).toContain(String(headers.get('x-request-id')));
    expect(lines.join('')).not.toContain(canary);
  });
});

/** Makes PostgreSQL say it, with a value of a row in its words. */
const provoke = async (statement: string): Promise<unknown> => {
  const session = await database.session();
  try {
    await session.run(sql.raw(statement));
    throw new Error(`nothing wrong with ${statement}`);
  } catch (error) {
    return error;
  }
};

const masked = (error: unknown): { message: string; extensions: Record<string, unknown>; log: string } => {
  lines.length = 0;
  const sink = new PassThrough().on('data', (chunk: Buffer) => lines.push(chunk.toString('utf8')));
  const result = requestScope.run(newScope('request-of-this-test'), () => createMaskError(pino({ level: 'trace' }, sink) as never)(error)) as Error & {
    extensions: Record<string, unknown>;
  };
  return { message: result.message, extensions: result.extensions, log: lines.join('') };
};

test.each([
  ['23505', `create temporary table u (v text primary key); insert into u values ('${canary}'), ('${canary}')`, 'DATABASE_ERROR'],
  ['23502', `create temporary table n (v text not null, w text); insert into n values (null, '${canary}')`, 'DATABASE_ERROR'],
  ['23514', `create temporary table c (v text check (v = '')); insert into c values ('${canary}')`, 'DATABASE_ERROR'],
  ['22P02', `select '${canary}'::integer`, 'DATABASE_ERROR'],
  ['42501', `set role pg_read_all_stats; select * from pg_authid where rolname = '${canary}'`, 'PERMISSION_DENIED'],
  ['57014', `set statement_timeout = 20; select pg_sleep(5), '${canary}'`, 'STATEMENT_CANCELLED'],
  ['42601', `selekt '${canary}'`, 'DATABASE_ERROR'],
])('SQLSTATE %s keeps its words to itself, in the answer and in the log', async (sqlState, statement, code) => {
  const { message, extensions, log } = masked(await provoke(statement));
  expect(extensions).toMatchObject({ code, requestId: 'request-of-this-test' });
  expect(`${message} ${JSON.stringify(extensions)} ${log}`).not.toMatch(/canary|selekt|insert into/);
  expect(log).toContain(sqlState);
});

test.each([
  [new Refusal('RULE', 'Say what to do.', { table: 'a.b' }), 'RULE', 'Say what to do.'],
  [new Conflict('EXPECTED_VERSION', 'version 3'), 'EXPECTED_VERSION', 'Somebody else changed this at the same moment; try again.'],
  [new Fault('DISK_FULL', '/var/lib/secret is full'), 'DISK_FULL', 'There is no space left, on the server or on that of the database.'],
  [new Defect('impossible'), 'INTERNAL_SERVER_ERROR', /request id request-of-this-test/],
  [new TypeError('x is undefined at /srv/app.ts'), 'INTERNAL_SERVER_ERROR', /request id request-of-this-test/],
  ['a string', 'INTERNAL_SERVER_ERROR', /request id/],
])('%s becomes %s', (error, code, message) => {
  const answer = masked(error);
  expect(answer.extensions['code']).toBe(code);
  expect(answer.message).toMatch(message);
  expect(answer.message).not.toMatch(/\/srv|\/var|impossible/);
});

test('a caller that goes away cancels its slow query in PostgreSQL', async () => {
  const [blocker, watcher] = await Promise.all([database.session('blocker'), database.session('watcher')]);
  await blocker.run(sql`begin`);
  await blocker.run(sql`lock table pg_catalog.pg_trigger in access exclusive mode`);
  const waiting = async (): Promise<number> =>
    Number(
      (await watcher.one<{ count: string }>(sql`select count(*) from pg_stat_activity where application_name = 'waybill catalogue' and state = 'active'`))
        .count,
    );
  const until = async (wanted: number): Promise<void> => {
    for (let tries = 0; (await waiting()) !== wanted; tries += 1) {
      if (tries > 500) throw new Error(`never ${wanted} waiting`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const { url } = await app.app.listen();
  const left = new AbortController();
  const asked = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ database(name: "there") { catalogue { serverVersion } } }' }),
    signal: left.signal,
  }).catch(() => 'gone');
  await until(1);
  left.abort();
  expect(await asked).toBe('gone');
  await until(0);
  await blocker.run(sql`rollback`);
});

test('log lines are one line each, whatever is in them', () => {
  const written: string[] = [];
  const original = process.stderr.write;
  process.stderr.write = ((line: string) => written.push(line) > 0) as typeof process.stderr.write;
  try {
    createLogger('info', true).info({ name: 'a\nb\u001b[31m"{}\u202e' }, 'said');
  } finally {
    process.stderr.write = original;
  }
  expect(written).toHaveLength(1);
  expect(written[0]?.trimEnd()).not.toMatch(/\n|\u202e/);
  expect(written[0]).not.toContain('\u001b[31m"{}');
});
