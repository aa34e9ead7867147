import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PlanSummary } from '../../src/domain/run/run.ts';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** A plan that somebody reads first: it writes nothing, is the same for the same state, and is applied exactly or refused. */
let arena: Arena;
let archive: string;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const schema = `create table author (id serial primary key, mail text not null unique, name text); create table book (id int generated always as identity primary key, isbn text not null unique, author_id int not null references author, title text);
  create table log (id serial primary key, line text); create table loose (line text)`;
beforeEach(async () => {
  await arena.set(schema, {
    source: `insert into author (mail, name) values ('a', 'Ann'), ('b', 'Bob'), ('c', 'Cy'); insert into book (isbn, author_id, title) values ('1', 1, 'One'), ('2', 2, 'Two'), ('3', 3, 'Three'), ('4', 1, 'Four'); insert into log (line) values ('x'), ('y'); insert into loose values ('p'), ('q')`,
    target: `insert into author (id, mail, name) values (50, 'b', 'Bob'), (60, 'z', 'Zed'); select setval('author_id_seq', 60); insert into book (isbn, author_id, title) values ('2', 50, 'Two'), ('3', 60, 'Three'); insert into loose values ('q')`,
  });
  archive = await arena.export(arena.source);
});

const planned = async (): Promise<PlanSummary> => {
  const run = await arena.import(arena.target, archive, { approval: 'required' });
  expect(run.outcome).toEqual({ state: 'planned' });
  return lastPlan(run);
};
const applied = (approved: PlanSummary): ReturnType<Arena['import']> => arena.import(arena.target, archive, { approval: 'required', approved });

/** Statistics reach the shared view when a session ends or is idle for a second: asked for by hand. */
const written = `select relname, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup from pg_stat_user_tables where schemaname = 'public' union all select sequencename, last_value, 0, 0, 0 from pg_sequences where schemaname = 'public' order by 1`;

test('writes nothing: no row, no sequence value, no schema, no lock that stays', async () => {
  await arena.inTarget(`select pg_stat_force_next_flush()`);
  const before = await arena.inTarget(written);
  const plan = await planned();
  expect(verdictsOf(plan.tables).toSorted()).toEqual([
    'public.author insert 2, same 1',
    'public.book insert 2, same 1, keep 1',
    'public.log insert 2',
    'public.loose insert 1, same 1',
  ]);
  await arena.inTarget(`select pg_stat_force_next_flush()`);
  expect(await arena.inTarget(written)).toEqual(before);
  expect(await arena.inTarget(`select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`)).toEqual([['public']]);
  expect(
    await arena.inTarget(
      `select count(*) from pg_locks l join pg_database d on d.oid = l.database where datname = current_database() and locktype = 'advisory'`,
    ),
  ).toEqual([['0']]);
});

test('is the same for the same state, however the rows lie', async () => {
  const plan = await planned();
  await arena.inTarget(
    `create table held as select * from book; delete from book; insert into book overriding system value select * from held order by isbn desc; drop table held; update author set name = name`,
  );
  expect((await planned()).planHash).toBe(plan.planHash);
  expect(verdictsOf(resultOf(await applied(plan)).tables).toSorted()).toEqual(verdictsOf(plan.tables).toSorted());
  expect(await arena.inTarget(`select isbn, mail from book join author a on a.id = author_id order by 1`)).toEqual([
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'z'],
    ['4', 'a'],
  ]);
});

test('is applied once: the same plan again finds everything there', async () => {
  const plan = await planned();
  resultOf(await applied(plan));
  expect((await applied(plan)).outcome).toMatchObject({ state: 'refused', code: 'PLAN_IS_STALE' });
});

const drifts: readonly (readonly [what: string, change: string, named: RegExp])[] = [
  ['a planned row came in', `insert into author (mail) values ('a')`, /public\.author: insert was 2, is 1/],
  ['a matched row went away', `delete from book where isbn = '2'`, /public\.book: insert was 2, is 3/],
  ['a same row was changed', `update book set title = 'Edited' where isbn = '2'`, /public\.book: same was 1, is 0/],
  [
    'a kept row became the same',
    `update book set author_id = (select id from author where mail = 'z'), title = 'Three'; update author set mail = 'c', name = 'Cy' where mail = 'z'`,
    /public\.author: insert was 2, is 1/,
  ],
  ['a parent was renamed', `update author set mail = 'renamed' where mail = 'b'`, /public\.author: insert was 2, is 3/],
  [
    'two parents changed names',
    `update author set mail = 'tmp' where mail = 'b'; update author set mail = 'b', name = 'Bob' where mail = 'z'; update author set mail = 'z' where mail = 'tmp'`,
    /public\.book: same was 1, is 0|keep/,
  ],
  [
    'one row became the same while another stopped to be',
    `update book set title = 'Edited' where isbn = '2'; update book set author_id = 50 where isbn = '3'; update author set mail = 'c', name = 'Cy' where mail = 'z'; update book set author_id = 60 where isbn = '3'`,
    /is/,
  ],
  ['a table was empty and is not any more, so its rows get other ids', `insert into log (line) values ('more')`, /public\.log: ids were preserve, are remap/],
  ['a copy in a table without key went away', `delete from loose`, /public\.loose: insert was 1, is 2/],
  ['a column was added', `alter table author add nick text`, /definition/],
  ['a type was changed', `alter table author alter name type varchar`, /definition/],
  ['a constraint was added', `alter table book add check (title <> '')`, /definition/],
  [
    'a trigger was added',
    `create function f() returns trigger language plpgsql as $$ begin return new; end $$; create trigger f before insert on book for each row execute function f()`,
    /definition/,
  ],
];

test.each(drifts)('is refused when %s', async (_what, change, named) => {
  const plan = await planned();
  await arena.inTarget(change);
  const rows = `select (select count(*) from author), (select count(*) from book), (select count(*) from log), (select last_value from author_id_seq), (select last_value from book_id_seq)`;
  const before = await arena.inTarget(rows);
  const { outcome } = await applied(plan);
  expect(outcome).toMatchObject({ state: 'refused', code: 'PLAN_IS_STALE', message: expect.stringMatching(named) });
  expect(await arena.inTarget(rows)).toEqual(before);
});

test('is not refused for what is none of its business', async () => {
  const plan = await planned();
  await arena.inTarget(
    `insert into author (mail) values ('unrelated'); update book set title = 'Still another' where isbn = '3'; create table elsewhere (x int); select setval('author_id_seq', 900); analyze author; create view seen as select * from author`,
  );
  expect(resultOf(await applied(plan)).plan.planHash).toBe(plan.planHash);
});
