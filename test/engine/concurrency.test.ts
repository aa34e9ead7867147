import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { settle, takeLock } from '../../src/engine/ledger/marker.ts';
import { findTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import type { WriteOptions, Imported } from '../support/engine.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** An application writes to the target while an import runs: nothing of either is lost or mixed. */
let arena: Arena;
const sessions: Session[] = [];
beforeAll(async () => {
  arena = await openArena();
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});
afterAll(() => arena.close());

const application = async (...statements: readonly string[]): Promise<Session> => {
  const session = await openSession(arena.target, { purpose: 'test application' });
  sessions.push(session);
  for (const statement of statements) await session.run(sql.raw(statement));
  return session;
};

/** Resolves when the import waits in PostgreSQL for somebody's lock. */
const untilBlocked = async (isOver = (): boolean => false): Promise<void> => {
  for (let tries = 0; tries < 400; tries += 1) {
    if (isOver()) return;
    const [[blocked]] = (await arena.inTarget(
      `select count(*) from pg_stat_activity where datname = current_database() and application_name like 'waybill run-%' and wait_event_type = 'Lock'`,
    )) as [[string]];
    if (blocked !== '0') return;
    await sleep(15);
  }
  throw new Error('The import does not wait for any lock');
};

const schema = `create table author (id serial primary key, mail text not null unique, name text); create table book (id serial primary key, isbn text not null unique, author_id int not null references author, title text)`;
const set = async (): Promise<string> => {
  await arena.set(schema, {
    source: `insert into author (mail, name) values ('a', 'Ann'), ('b', 'Bob'); insert into book (isbn, author_id, title) values ('1', 1, 'One'), ('2', 2, 'Two'), ('3', 2, 'Three')`,
    target: `insert into author (id, mail, name) values (50, 'b', 'Bob'), (60, 'z', 'Zed'); select setval('author_id_seq', 60); insert into book (isbn, author_id, title) values ('3', 50, 'Three')`,
  });
  return arena.export(arena.source);
};
const books = `select isbn, mail, title from book join author a on a.id = author_id order by 1`;

/** Holds the import where it needs `first`, lets the application write, and gives what came of both. */
const meanwhile = async (first: string, work: readonly string[], options: WriteOptions = {}): Promise<Imported> => {
  const archive = await set();
  const session = await application('begin', first);
  const running = arena.import(arena.target, archive, options);
  await untilBlocked();
  for (const statement of [...work, 'commit']) await session.run(sql.raw(statement));
  return running;
};

test('a key that the plan would insert comes in first: planned again, and kept as the application wrote it', async () => {
  const run = await meanwhile(`insert into author (mail, name) values ('a', 'of the application')`, []);
  expect(run.drifts).toEqual([expect.stringContaining('author_mail_key')]);
  expect(verdictsOf(resultOf(run).tables)).toEqual(['public.author same 1, keep 1', 'public.book insert 2, same 1']);
  expect(await arena.inTarget(`select name, count(*) over () from author where mail = 'a'`)).toEqual([['of the application', '1']]);
  expect(await arena.inTarget(books)).toEqual([
    ['1', 'a', 'One'],
    ['2', 'b', 'Two'],
    ['3', 'b', 'Three'],
  ]);
});

test('the application takes its insert back: nothing has to be planned again', async () => {
  const archive = await set();
  const session = await application('begin', `insert into author (mail) values ('a')`);
  const running = arena.import(arena.target, archive);
  await untilBlocked();
  await session.run(sql`rollback`);
  const run = await running;
  expect([run.outcome.state, run.drifts]).toEqual(['completed', []]);
});

/** The import gets as far as the parents that it locks: after its plan, before its first row. */
const hold = `select 1 from author where mail = 'b' for update`;

test('a parent that new rows would refer to is deleted: it goes in with them', async () => {
  const run = await meanwhile(hold, [`delete from book where isbn = '3'`, `delete from author where mail = 'b'`]);
  expect(run.drifts).toHaveLength(1);
  expect(verdictsOf(resultOf(run).tables)).toEqual(['public.author insert 2', 'public.book insert 3']);
  expect(await arena.inTarget(books)).toEqual([
    ['1', 'a', 'One'],
    ['2', 'b', 'Two'],
    ['3', 'b', 'Three'],
  ]);
});

test('a parent is renamed, and another takes its name: children go to whoever has the name', async () => {
  const run = await meanwhile(hold, [`update author set mail = 'was b' where mail = 'b'`, `update author set mail = 'b' where mail = 'z'`]);
  expect(run.drifts).toHaveLength(1);
  expect(await arena.inTarget(`select isbn, a.id > 60, a.id, title from book join author a on a.id = author_id where isbn in ('2', '3') order by 1`)).toEqual([
    ['2', 'f', '60', 'Two'],
    ['3', 'f', '50', 'Three'],
  ]);
  expect(verdictsOf(resultOf(run).tables)).toEqual(['public.author insert 1, keep 1', 'public.book insert 2, keep 1']);
});

test('a parent of another table cannot be renamed while its children go in', async () => {
  const archive = await set();
  const session = await application('begin', `insert into book (isbn, author_id) values ('1', 60)`);
  const running = arena.import(arena.target, archive);
  await untilBlocked();
  const other = await application(`set lock_timeout = '100ms'`);
  await expect(other.run(sql`update author set mail = 'late' where mail = 'b'`)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
  await session.run(sql`rollback`);
  expect((await running).drifts).toEqual([]);
});

test('the name of an ancestor changes: rows keyed through it follow the name', async () => {
  const deep = `create table country (id serial primary key, code text not null unique); create table city (id serial primary key, country_id int not null references country, name text not null, unique (country_id, name)); create table visit (k text primary key, city_id int not null references city)`;
  await arena.set(deep, {
    source: `insert into country (code) values ('AT'); insert into city (country_id, name) values (1, 'X'); insert into visit values ('v', 1)`,
    target: `insert into country (code) values ('DE'), ('AT'); insert into city (country_id, name) values (1, 'X'), (2, 'X')`,
  });
  for (const tables of [undefined, ['visit']]) {
    const archive = await arena.export(arena.source, tables === undefined ? {} : { tables });
    await arena.inTarget(
      `delete from visit; update country set code = 'tmp' where id = 1; update country set code = 'AT' where id = 2; update country set code = 'DE' where id = 1`,
    );
    const session = await application('begin', `select 1 from country where code = 'AT' for update`);
    const running = arena.import(arena.target, archive);
    await untilBlocked();
    for (const statement of [
      `update country set code = 'tmp' where code = 'AT'`,
      `update country set code = 'AT' where code = 'DE'`,
      `update country set code = 'DE' where code = 'tmp'`,
      'commit',
    ])
      await session.run(sql.raw(statement));
    const run = await running;
    expect([run.outcome.state, run.drifts.length]).toEqual(['completed', 1]);
    expect(await arena.inTarget(`select code, c.id from visit join city c on c.id = city_id join country o on o.id = country_id`)).toEqual([['AT', '1']]);
  }
});

test('a row that is there already is edited meanwhile: the edit stays', async () => {
  const run = await meanwhile(hold, [`update book set title = 'Edited' where isbn = '3'`, `insert into book (isbn, author_id) values ('9', 60)`]);
  expect(run.outcome.state).toBe('completed');
  expect(await arena.inTarget(books)).toEqual([
    ['1', 'a', 'One'],
    ['2', 'b', 'Two'],
    ['3', 'b', 'Edited'],
    ['9', 'z', null],
  ]);
});

test('an approved plan is refused instead of planned again, and nothing of it stays', async () => {
  const archive = await set();
  const approved = lastPlan(await arena.import(arena.target, archive, { approval: 'required' }));
  const session = await application('begin', hold);
  const running = arena.import(arena.target, archive, { approval: 'required', approved });
  await untilBlocked();
  for (const statement of [`update author set mail = 'late' where mail = 'b'`, 'commit']) await session.run(sql.raw(statement));
  const run = await running;
  expect(run.outcome).toMatchObject({ state: 'refused', code: 'PLAN_IS_STALE' });
  expect(run.drifts).toHaveLength(1);
  expect(await arena.inTarget(books)).toEqual([['3', 'late', 'Three']]);
  expect(await arena.inTarget(`select count(*) from waybill.run where state = 'applied'`)).toEqual([['0']]);
});

test('two transactions wait for each other: one gives way, and both end up whole', async () => {
  const archive = await set();
  const session = await application(
    `set deadlock_timeout = '10s'`,
    'begin',
    `insert into book (isbn, author_id, title) values ('1', 60, 'of the application')`,
  );
  const running = arena.import(arena.target, archive);
  await untilBlocked();
  await session.run(sql`insert into author (mail, name) values ('a', 'of the application')`);
  await session.run(sql`commit`);
  const run = await running;
  expect(run.drifts).toEqual(['a deadlock with another transaction']);
  expect(verdictsOf(resultOf(run).tables)).toEqual(['public.author same 1, keep 1', 'public.book insert 1, same 1, keep 1']);
  expect(await arena.inTarget(books)).toEqual([
    ['1', 'z', 'of the application'],
    ['2', 'b', 'Two'],
    ['3', 'b', 'Three'],
  ]);
});

test('a target that changes at every try ends the run after a bounded number of them', async () => {
  const archive = await set();
  let stop = false;
  const rename = (async () => {
    while (!stop) {
      const session = await application('begin', hold);
      await untilBlocked(() => stop);
      await session.run(sql.raw(`update author set name = name || '.' where mail = 'b'`));
      await session.run(sql`commit`);
      await session.close();
    }
  })();
  const run = await arena.import(arena.target, archive);
  stop = true;
  await rename;
  expect(run.drifts.length).toBeLessThanOrEqual(8);
  expect(['completed', 'refused']).toContain(run.outcome.state);
  if (run.outcome.state === 'refused') expect(run.outcome.code).toBe('TARGET_KEEPS_CHANGING');
});

test('--exclusive keeps writers out instead of planning again', async () => {
  const archive = await set();
  const session = await application('begin', `insert into author (mail, name) values ('a', 'first')`);
  const running = arena.import(arena.target, archive, { exclusive: true });
  await untilBlocked();
  await session.run(sql`commit`);
  const run = await running;
  expect(run.drifts).toEqual([]);
  expect(verdictsOf(resultOf(run).tables)).toEqual(['public.author same 1, keep 1', 'public.book insert 2, same 1']);
});

test('two runs of one archive at once: every row once, the second finds all there', async () => {
  const archive = await set();
  const runs = await Promise.all([arena.import(arena.target, archive), arena.import(arena.target, archive), arena.import(arena.target, archive)]);
  expect(runs.map((run) => [run.outcome.state, run.drifts.length])).toEqual(runs.map(() => ['completed', 0]));
  expect(runs.map((run) => resultOf(run).tables.reduce((sum, { counts }) => sum + counts.insert, 0)).toSorted()).toEqual([0, 0, 3]);
  expect(await arena.inTarget(books)).toEqual([
    ['1', 'a', 'One'],
    ['2', 'b', 'Two'],
    ['3', 'b', 'Three'],
  ]);
});

test('an attempt whose COMMIT was done but not heard of is not done again: its result is read', async () => {
  const archive = await set();
  const first = await arena.import(arena.target, archive);
  const before = await arena.inTarget(
    `select xmin::text, id::text from author union all select xmin::text, id::text from book union all select xmin::text, run_id from waybill.run order by 1, 2`,
  );
  for (const attempt of [1, 2, 3]) {
    const again = await arena.import(arena.target, archive, { runId: first.runId, attempt });
    expect(resultOf(again)).toEqual(resultOf(first));
  }
  expect(
    await arena.inTarget(
      `select xmin::text, id::text from author union all select xmin::text, id::text from book union all select xmin::text, run_id from waybill.run order by 1, 2`,
    ),
  ).toEqual(before);
});

test('an attempt that was fenced out writes nothing, however late it comes', async () => {
  const archive = await set();
  resultOf(await arena.import(arena.target, archive));
  await arena.inTarget(`delete from book; delete from author`);
  const session = await application();
  const relations = await findTargetSchema(session, {});
  if (relations === undefined) throw new Error('No schema waybill');
  await takeLock(session, { runId: 'run-LATE', signal: new AbortController().signal, waiting: () => undefined });
  expect(await settle(session, relations.run, 'run-LATE', 2)).toBeUndefined();
  await session.close();
  expect((await arena.import(arena.target, archive, { runId: 'run-LATE', attempt: 1 })).outcome).toEqual({ state: 'superseded' });
  expect(await arena.inTarget(`select count(*) from author`)).toEqual([['0']]);
  expect((await arena.import(arena.target, archive, { runId: 'run-LATE', attempt: 2 })).outcome.state).toBe('completed');
});
