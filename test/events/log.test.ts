import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent, StoredEvent } from '../../src/domain/run/events.ts';
import { appendText, newId, type Expected } from '../../src/events/log/append.ts';
import { createTestStore, importInput, meta, requestImport, type TestStore } from '../support/store.ts';

let t: TestStore;
beforeAll(async () => {
  t = await createTestStore({ poolSize: 16 });
});
afterAll(() => t.close());

const started: RunEvent = { type: 'RunStarted', data: { attempt: 1, worker: 'w' } };

const append = async (
  client: { query(text: string): Promise<unknown> },
  stream: string,
  expected: Expected,
  events: readonly RunEvent[] = [{ type: 'ImportRequested', data: importInput() }],
): Promise<unknown> =>
  client.query(
    appendText(
      events.map((event) => ({ id: newId(), stream, event, metadata: meta() })),
      { [stream]: expected },
    ),
  );

describe('expected version', () => {
  test('exact appends under that version and is refused under another', async () => {
    const runId = await requestImport(t.store);
    await t.store.appendToRun(runId, 1, [started], meta());
    await expect(t.store.appendToRun(runId, 1, [started], meta())).rejects.toMatchObject({ kind: 'conflict', code: 'VERSION_CONFLICT' });
    expect(await t.store.events({ stream: `run-${runId}` })).toHaveLength(2);
  });

  test('none is refused where the stream exists', async () => {
    const stream = `run-${newId()}`;
    await append(t.store.context.pool, stream, { kind: 'none' });
    await expect(append(t.store.context.pool, stream, { kind: 'none' })).rejects.toMatchObject({
      code: 'WB001',
      message: expect.stringContaining('is at version 1, expected was none'),
    });
  });

  test('any appends wherever the stream stands', async () => {
    const stream = `run-${newId()}`;
    await append(t.store.context.pool, stream, { kind: 'any' });
    await append(t.store.context.pool, stream, { kind: 'any' }, [started]);
    expect((await t.store.events({ stream })).map(({ version }) => version)).toEqual([1, 2]);
  });

  test('an unknown kind is refused', async () => {
    await expect(append(t.store.context.pool, `run-${newId()}`, { kind: 'most' } as unknown as Expected)).rejects.toMatchObject({ code: 'WB001' });
  });

  test('of twelve appends under one version exactly one goes through', async () => {
    const runId = await requestImport(t.store);
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => t.store.appendToRun(runId, 1, [started], meta())));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('order', () => {
  test('twelve writers lose nothing for a reader behind its cursor', async () => {
    const after = await t.store.headPosition();
    const stop = new AbortController();
    const seen: StoredEvent[] = [];
    const writers = 12;
    const each = 15;
    const reading = (async () => {
      for await (const event of t.store.subscribeEvents({ after, signal: stop.signal })) {
        seen.push(event);
        if (seen.length === writers * each) return;
      }
    })();
    const written = await Promise.all(
      Array.from({ length: writers }, async () => {
        const positions: number[] = [];
        for (let index = 0; index < each; index += 1) positions.push((await t.store.requestRun({ kind: 'import', input: importInput() }, meta())).position);
        return positions;
      }),
    );
    await reading;
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: writers * each }, (_, index) => after + 1 + index));
    expect(written.flat().toSorted((one, other) => one - other)).toEqual(seen.map(({ position }) => position));
  }, 30_000);

  test('a transaction that is open and has not appended holds up nobody and leaves no gap', async () => {
    const open = await t.store.context.pool.connect();
    await open.query('begin');
    await open.query(`insert into waybill.idempotency (actor, key, input_hash, event_id, result, at) values ('ada', 'open', '', '', '{}', now())`);
    const before = await t.store.headPosition();
    await requestImport(t.store);
    await append(open, `run-${newId()}`, { kind: 'none' });
    await open.query('rollback');
    open.release();
    await requestImport(t.store);
    expect(await t.store.headPosition()).toBe(before + 2);
    expect((await t.store.events({ after: before })).map(({ position }) => position)).toEqual([before + 1, before + 2]);
  });

  test('a client that stops between append and commit is cut off, and writers go on', async () => {
    const client = new pg.Client({ connectionString: t.database.url, idle_in_transaction_session_timeout: 300 });
    client.on('error', () => undefined);
    await client.connect();
    const before = await t.store.headPosition();
    await client.query('begin');
    await append(client, `run-${newId()}`, { kind: 'none' });
    await requestImport(t.store);
    expect(await t.store.headPosition()).toBe(before + 1);
    await client.end().catch(() => undefined);
  });

  test('sessions of the store have lock, statement and idle timeouts', async () => {
    const { rows } = await t.store.context.pool.query(
      `select name, setting::int > 0 as set from pg_settings where name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout') order by name`,
    );
    expect(rows.map(({ set }) => set)).toEqual([true, true, true]);
  });

  test('a batch takes consecutive positions', async () => {
    const runId = await requestImport(t.store);
    const before = await t.store.headPosition();
    await t.store.appendToRun(runId, 1, [started, { type: 'RunFailed', data: { code: 'C', message: 'm' } }], meta());
    expect((await t.store.events({ after: before })).map(({ position, version }) => [position, version])).toEqual([
      [before + 1, 2],
      [before + 2, 3],
    ]);
  });
});

describe('append only', () => {
  test.each([
    `update waybill.event set data = '{}' where position = 1`,
    `delete from waybill.event where position = 1`,
    `truncate waybill.event`,
    `delete from waybill.head`,
    `insert into waybill.head (singleton, position, hash) values (true, 0, decode(repeat('00', 32), 'hex'))`,
  ])('%s is refused', async (statement) => {
    await expect(t.store.context.pool.query(statement)).rejects.toMatchObject({ code: 'WB002', message: expect.stringContaining('append-only') });
  });

  test('replica mode does not switch the refusal off', async () => {
    const client = await t.store.context.pool.connect();
    await client.query('begin; set local session_replication_role = replica');
    await expect(client.query(`delete from waybill.event`)).rejects.toMatchObject({ code: 'WB002' });
    await client.query('rollback');
    client.release();
  });

  test('the owner of the log has no right to change it', async () => {
    const { rows } = await t.store.context.pool.query(
      `select privilege_type from information_schema.role_table_grants where table_schema = 'waybill' and table_name = 'event' order by 1`,
    );
    expect(rows.map(({ privilege_type }) => privilege_type)).toEqual(['INSERT', 'SELECT']);
  });
});

describe('old and unknown events', () => {
  test('an unknown type is refused when appended', async () => {
    const odd = { type: 'RunTeleported', data: {} } as unknown as RunEvent;
    const text = `select * from waybill.append('${JSON.stringify([{ id: newId(), stream: 'run-x', type: odd.type, schemaVersion: 1, data: {}, metadata: meta() }])}', '{}')`;
    await expect(t.store.context.pool.query(text)).rejects.toMatchObject({ code: 'WB003' });
  });
});

describe('subscription', () => {
  test('a subscriber that drops and comes back after its position misses none and sees none twice', async () => {
    const start = await t.store.headPosition();
    const seen: number[] = [];
    let cursor = start;
    const writing = (async () => {
      for (let index = 0; index < 30; index += 1) await requestImport(t.store);
    })();
    while (seen.length < 30) {
      const stop = new AbortController();
      let taken = 0;
      for await (const event of t.store.subscribeEvents({ after: cursor, signal: stop.signal })) {
        seen.push(event.position);
        cursor = event.position;
        taken += 1;
        if (taken === 4) break;
        if (seen.length === 30) break;
      }
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => start + 1 + index));
  });

  test('it sees only what its filter lets through, and goes on behind it', async () => {
    const after = await t.store.headPosition();
    const runId = await requestImport(t.store);
    await requestImport(t.store);
    await t.store.cancelRun(runId, meta('bob'));
    const events = t.store.subscribeEvents({ after, filter: { types: ['RunCancelled'], actor: 'bob' } });
    expect((await events.next()).value).toMatchObject({ stream: `run-${runId}`, event: { type: 'RunCancelled' } });
    await events.return?.();
  });

  test('leaving ends a wait that nothing else would end', async () => {
    const events = t.store.subscribeEvents({ after: await t.store.headPosition() });
    const waiting = events.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('it survives the loss of its listening connection', async () => {
    const after = await t.store.headPosition();
    const events = t.store.subscribeEvents({ after });
    const first = events.next();
    await t.store.context.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '% listen'`,
    );
    await requestImport(t.store);
    expect((await first).value).toMatchObject({ position: after + 1 });
    await events.return?.();
  });

  test('two hundred subscribers that come back at once all see every event', async () => {
    const after = await t.store.headPosition();
    const wanted = 5;
    for (let index = 0; index < wanted; index += 1) await requestImport(t.store);
    const seen = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const positions: number[] = [];
        for await (const { position } of t.store.subscribeEvents({ after })) {
          positions.push(position);
          if (positions.length === wanted) break;
        }
        return positions.join();
      }),
    );
    expect(new Set(seen).size).toBe(1);
  });
});

test('a commit whose answer is lost is looked up, not guessed', async () => {
  const before = await t.store.headPosition();
  const { pool } = t.store.context;
  const original = pg.Client.prototype.query;
  let armed = true;
  // The server gets the message; the client's socket breaks before the answer.
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const text = args[0];
    const answer = Reflect.apply(original, this, args);
    if (armed && typeof text === 'string' && text.endsWith('; commit')) {
      armed = false;
      const { stream } = (this as unknown as { connection: { stream: { pause(): void; destroy(error: Error): void } } }).connection;
      stream.pause();
      setTimeout(() => stream.destroy(Object.assign(new Error('lost'), { code: 'ECONNRESET' })), 50);
    }
    return answer;
  } as typeof original;
  try {
    const { position } = await t.store.requestRun({ kind: 'import', input: importInput() }, meta());
    expect(position).toBe(before + 1);
    expect(armed).toBe(false);
  } finally {
    pg.Client.prototype.query = original;
  }
  expect(await t.store.headPosition()).toBe(before + 1);
  expect(pool.totalCount).toBeLessThanOrEqual(16);
});
