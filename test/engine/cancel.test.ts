import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Phase, Progress } from '../../src/domain/run/run.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { openArena, type Arena } from '../support/arena.ts';

/** A cancelled run stops in PostgreSQL itself and leaves nothing; who waits for a lock says so. */
let arena: Arena;
const sessions: Session[] = [];
beforeAll(async () => {
  arena = await openArena();
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});
afterAll(() => arena.close());

const table = `create table p (id serial primary key, k text not null unique, v slow)`;
const rows = `insert into p (k, v) select 'k' || i, i from generate_series(1, 2000) i`;
const sleepy = `create function nap(v int) returns boolean language plpgsql as $$ begin perform pg_sleep(0.02); return true; end $$`;

/** Cancels when `when` says so, and gives what was left, and how long it took. */
const cancelled = async (
  when: (progress: Progress) => boolean,
  delayMs: number,
  release?: () => Promise<void>,
): Promise<{ readonly state: string; readonly milliseconds: number }> => {
  const archive = await arena.export(arena.source);
  const controller = new AbortController();
  let at = 0;
  let scheduled = false;
  const run = await arena.import(arena.target, archive, {
    signal: controller.signal,
    onProgress: (progress) => {
      if (scheduled || !when(progress)) return;
      scheduled = true;
      setTimeout(() => {
        at = Date.now();
        controller.abort();
      }, delayMs);
    },
  });
  expect(at).toBeGreaterThan(0);
  const milliseconds = Date.now() - at;
  await release?.();
  for (let tries = 0; tries < 50 && (await running()) > 0; tries += 1) await sleep(20);
  expect(await running()).toBe(0);
  expect(await arena.inTarget(`select count(*) from p`)).toEqual([['0']]);
  expect(
    await arena.inTarget(`select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname like 'pg_temp%' and relname like 'wb%'`),
  ).toEqual([['0']]);
  expect(
    await arena.inTarget(
      `select count(*) from pg_locks l join pg_database d on d.oid = l.database where datname = current_database() and locktype = 'advisory'`,
    ),
  ).toEqual([['0']]);
  return { state: run.outcome.state, milliseconds };
};

const running = async (): Promise<number> => {
  const [[count]] = (await arena.inTarget(
    `select count(*) from pg_stat_activity where datname = current_database() and application_name like 'waybill run-%'`,
  )) as [[string]];
  return Number(count);
};

const isIn = (phase: Phase) => (progress: Progress) => progress.phase === phase;

test('while rows are staged', async () => {
  await arena.set(`create domain slow as int; ${table}`, { source: rows, targetSchema: `${sleepy}; create domain slow as int check (nap(value)); ${table}` });
  const { state, milliseconds } = await cancelled(isIn('staging'), 300);
  expect(state).toBe('cancelled');
  expect(milliseconds).toBeLessThan(3000);
});

test('while a CHECK is evaluated over all rows', async () => {
  await arena.set(`create domain slow as int; ${table}`, {
    source: rows,
    targetSchema: `${sleepy}; create domain slow as int; ${table}; alter table p add check (nap(v))`,
  });
  const { state, milliseconds } = await cancelled(isIn('validating'), 300);
  expect(state).toBe('cancelled');
  expect(milliseconds).toBeLessThan(3000);
});

test('while rows are inserted', async () => {
  await arena.set(`create domain slow as int; ${table}`, {
    source: rows,
    targetSchema: `create domain slow as int; ${table}; create function nap() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$; create trigger nap before insert on p for each row execute function nap()`,
  });
  const { state, milliseconds } = await cancelled(isIn('applying'), 300);
  expect(state).toBe('cancelled');
  expect(milliseconds).toBeLessThan(3000);
});

test.each(['reading', 'staging', 'resolving', 'validating', 'planning', 'applying', 'recording'] as const)(
  'between two statements, as the phase %s begins',
  async (phase) => {
    await arena.set(`create domain slow as int; ${table}`, { source: `insert into p (k, v) values ('a', 1)` });
    const archive = await arena.export(arena.source);
    const controller = new AbortController();
    const run = await arena.import(arena.target, archive, {
      signal: controller.signal,
      onProgress: (progress) => void (progress.phase === phase && controller.abort()),
    });
    const [[count]] = (await arena.inTarget(`select count(*) from p`)) as [[string]];
    expect([run.outcome.state, count]).toEqual(['cancelled', '0']);
  },
);

const holder = async (statement: string): Promise<Session> => {
  const session = await openSession(arena.target, { purpose: 'somebody' });
  sessions.push(session);
  await session.run(sql`begin`);
  await session.run(sql.raw(statement));
  return session;
};

test.each([
  ['the lock of another run', `select pg_advisory_xact_lock(1463900482, 1)`],
  ['a table', `lock table p in access exclusive mode`],
  ['a row', `insert into p (k) values ('a')`],
])('while it waits for %s, and the progress says who holds it', async (_what, statement) => {
  await arena.set(`create domain slow as int; ${table}`, { source: `insert into p (k, v) values ('a', 1)`, target: `insert into p (k) values ('other')` });
  await arena.inTarget(`delete from p`);
  await holder(statement);
  const waits: string[] = [];
  const { state } = await cancelled(
    (progress) => {
      if (progress.phase === 'waiting for lock' && progress.waitingFor !== undefined) waits.push(progress.waitingFor);
      return waits.length > 0;
    },
    50,
    async () => {
      for (const session of sessions.splice(0)) await session.close();
    },
  );
  expect(state).toBe('cancelled');
  expect(waits[0]).toContain('waybill somebody');
});

test('goes on by itself when the lock is free', async () => {
  await arena.set(`create domain slow as int; ${table}`, { source: `insert into p (k, v) values ('a', 1)` });
  const session = await holder(`lock table p in share mode`);
  const phases: Phase[] = [];
  const archive = await arena.export(arena.source);
  const run = await arena.import(arena.target, archive, {
    onProgress: ({ phase, waitingFor }) => {
      phases.push(phase);
      if (waitingFor !== undefined) void session.run(sql`commit`).catch(() => undefined);
    },
  });
  expect(run.outcome.state).toBe('completed');
  expect(phases).toContain('waiting for lock');
  expect(phases.at(-1)).not.toBe('waiting for lock');
});
