import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** REJECT_ROWS: bad rows and whatever depends on them stay out, each with an issue; the rest is one transaction. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const rejecting = async (): Promise<{ readonly verdicts: readonly string[]; readonly issues: readonly string[] }> => {
  const run = await arena.import(arena.target, await arena.export(arena.source), { onError: 'reject-rows' });
  const { tables, plan, rejected } = resultOf(run);
  expect(rejected).toBe(tables.reduce((sum, { counts }) => sum + counts.blocked, 0));
  return { verdicts: verdictsOf(tables).toSorted(), issues: (await arena.issues(plan)).map((issue) => issue.split(' | ')[0] ?? '') };
};

const tree = `create table a (id serial primary key, k text not null unique, n int); create table b (id serial primary key, k text not null unique, a_id int not null references a);
  create table c (id serial primary key, k text not null unique, b_id int references b); create table d (c_id int primary key references c, k text)`;

test('leaves out what depends on a bad row over several tables, and counts each of them', async () => {
  await arena.set(tree, {
    source: `insert into a (k, n) values ('a1', 1), ('a2', -1), ('a3', 3); insert into b (k, a_id) values ('b1', 1), ('b2', 2), ('b3', 3); insert into c (k, b_id) values ('c1', 1), ('c2', 2), ('c3', 3), ('c4', null); insert into d values (1, 'x'), (2, 'y'), (4, 'z')`,
    targetSchema: tree.replace('n int', 'n int check (n > 0)'),
    target: `insert into a (id, k, n) values (77, 'a3', 3)`,
  });
  const { verdicts, issues } = await rejecting();
  expect(verdicts).toEqual([
    'public.a insert 1, same 1, blocked 1',
    'public.b insert 2, blocked 1',
    'public.c insert 3, blocked 1',
    'public.d insert 2, blocked 1',
  ]);
  expect(issues).toEqual([
    'public.a row 2: check.violated - a_n_check = (-1)',
    'public.b row 2: reference.rejected a_id b_a_id_fkey = (2)',
    'public.c row 2: reference.rejected b_id c_b_id_fkey = (2)',
    'public.d row 2: reference.rejected c_id d_c_id_fkey = (2)',
  ]);
  expect(await arena.inTarget(`select c.k, b.k, a.k from c left join b on b.id = b_id left join a on a.id = a_id order by 1`)).toEqual([
    ['c1', 'b1', 'a1'],
    ['c3', 'b3', 'a3'],
    ['c4', null, null],
  ]);
});

test('leaves out what depends on a row whose cell cannot be read', async () => {
  const schema = `create table a (id serial primary key, k text not null unique, n few); create table b (k text primary key, a_id int not null references a)`;
  await arena.set(`create domain few as int; ${schema}`, {
    source: `insert into a (k, n) values ('a1', 1), ('a2', 100), ('a3', 200); insert into b values ('b1', 1), ('b2', 2), ('b3', 3)`,
    targetSchema: `create domain few as int check (value < 10); ${schema}`,
    target: `insert into a (id, k, n) values (50, 'a3', 5)`,
  });
  const { verdicts, issues } = await rejecting();
  expect(verdicts).toEqual(['public.a insert 1, blocked 2', 'public.b insert 1, blocked 2']);
  expect(issues).toEqual([
    'public.a row 2: type.invalid n - = 100',
    'public.a row 3: type.invalid n - = 200',
    'public.b row 2: reference.missing a_id b_a_id_fkey = (2)',
    'public.b row 3: reference.missing a_id b_a_id_fkey = (3)',
  ]);
});

test('takes a whole branch of a tree out with its bad root, and a ring with its bad member', async () => {
  const schema = (rule: string): string =>
    `create table t (id int generated always as identity primary key, k text not null unique, up int references t, n int ${rule})`;
  await arena.set(schema(''), {
    source: `insert into t (k, n) values ('root', 1), ('bad', -1), ('x', 1), ('y', 1), ('z', 1), ('r1', 1), ('r2', -1), ('r3', 1), ('s1', 1), ('s2', 1);
      update t set up = (select id from t p where p.k = m.up) from (values ('x', 'bad'), ('y', 'x'), ('z', 'root'), ('r1', 'r2'), ('r2', 'r3'), ('r3', 'r1'), ('s1', 's2'), ('s2', 's1')) m(k, up) where t.k = m.k`,
    targetSchema: schema('check (n > 0)'),
    target: `insert into t (k, n) values ('other', 1), ('other2', 1)`,
  });
  const { verdicts, issues } = await rejecting();
  expect(verdicts).toEqual(['public.t insert 4, blocked 6']);
  expect(issues.filter((issue) => issue.includes('reference.rejected'))).toHaveLength(4);
  expect(await arena.inTarget(`select c.k, p.k from t c left join t p on p.id = c.up order by 1`)).toEqual([
    ['other', null],
    ['other2', null],
    ['root', null],
    ['s1', 's2'],
    ['s2', 's1'],
    ['z', 'root'],
  ]);
});

test('takes out a ring over two tables that refer to each other', async () => {
  const schema = (
    rule: string,
  ): string => `create table dept (id serial primary key, k text not null unique, head int not null); create table emp (id serial primary key, k text not null unique, dept int not null references dept, n int ${rule});
    alter table dept add constraint headed foreign key (head) references emp deferrable initially deferred`;
  await arena.set(schema(''), {
    source: `begin; insert into dept (k, head) values ('A', 1), ('B', 3); insert into emp (k, dept, n) values ('a1', 1, 1), ('a2', 1, 1), ('b1', 2, -1), ('b2', 2, 1); commit`,
    targetSchema: schema('check (n > 0)'),
  });
  expect((await rejecting()).verdicts).toEqual(['public.dept insert 1, blocked 1', 'public.emp insert 2, blocked 2']);
  expect(await arena.inTarget(`select d.k, e.k from dept d join emp e on e.id = d.head`)).toEqual([['A', 'a1']]);
});

const failing = `create function judge() returns trigger language plpgsql as $$ begin if new.n < 0 then raise exception 'negative: %', new.k; end if; return new; end $$`;

test('finds the rows that a trigger or an exclusion constraint refuses, and keeps the rest', async () => {
  const schema = `create table t (id serial primary key, k text not null unique, n int, span int4range); create table u (k text primary key, t_id int references t)`;
  await arena.set(schema, {
    source: `insert into t (k, n, span) select 'k' || i, case when i = 7 then -1 else i end, int4range(i * 10, i * 10 + case when i = 12 then 15 else 5 end) from generate_series(1, 20) i; insert into u select k, id from t`,
    targetSchema: `${schema}; ${failing}; create trigger judge before insert on t for each row execute function judge(); alter table t add exclude using gist (span with &&)`,
  });
  const refused = await arena.import(arena.target, await arena.export(arena.source));
  expect(refused.outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  expect(await arena.inTarget(`select count(*) from t`)).toEqual([['0']]);
  expect(lastPlan(refused).notes.join()).toMatch(/t_span_excl.*not foreseen.*judge/s);
  const { verdicts, issues } = await rejecting();
  expect(verdicts).toEqual(['public.t insert 18, blocked 2', 'public.u insert 18, blocked 2']);
  expect(issues.map((issue) => issue.replace(/ = .*/, ''))).toEqual([
    'public.t row 7: trigger.raised - -',
    'public.t row 13: exclusion.violated - t_span_excl',
    'public.u row 7: reference.rejected t_id u_t_id_fkey',
    'public.u row 13: reference.rejected t_id u_t_id_fkey',
  ]);
});

test('does not blame rows for a parent in the same table that comes later', async () => {
  const schema = `create table t (id serial primary key, k text not null unique, up int references t, n int)`;
  await arena.set(schema, {
    source: `insert into t (k, n) select 'k' || i, case when i = 3 then -1 else 1 end from generate_series(1, 16) i; update t set up = id + 1 where id <> 16; update t set up = null where id in (2, 3)`,
    targetSchema: `${schema}; ${failing}; create trigger judge before insert on t for each row execute function judge()`,
    target: `insert into t (k, n) values ('there', 0)`,
  });
  await arena.inSource(`create table ordered as select * from t order by id; truncate t; insert into t select * from ordered; drop table ordered`);
  const { verdicts, issues } = await rejecting();
  expect(issues.map((issue) => issue.replace(/ = .*/, ''))).toEqual(['public.t row 3: trigger.raised - -']);
  expect(verdicts).toEqual(['public.t insert 15, blocked 1']);
});

test('finds the row that is refused in a table of a ring', async () => {
  const schema = `create table dept (id serial primary key, k text not null unique, head int not null); create table emp (id serial primary key, k text not null unique, dept int not null references dept, n int);
    alter table dept add constraint headed foreign key (head) references emp deferrable initially deferred`;
  await arena.set(schema, {
    source: `begin; insert into dept (k, head) values ('A', 1), ('B', 3); insert into emp (k, dept, n) values ('a1', 1, 1), ('a2', 1, 1), ('b1', 2, -1), ('b2', 2, 1); commit`,
    targetSchema: `${schema}; ${failing}; create trigger judge before insert on emp for each row execute function judge()`,
  });
  expect((await rejecting()).verdicts).toEqual(['public.dept insert 1, blocked 1', 'public.emp insert 2, blocked 2']);
});

test('names the column where PostgreSQL does', async () => {
  const schema = `create table t (k text primary key, v text not null)`;
  await arena.set(schema, {
    source: `insert into t values ('a', 'x'), ('b', 'gone')`,
    targetSchema: `${schema}; create function forget() returns trigger language plpgsql as $$ begin if new.v = 'gone' then new.v := null; end if; return new; end $$; create trigger forget before insert on t for each row execute function forget()`,
  });
  const { issues } = await rejecting();
  expect(issues).toEqual(['public.t row 2: value.missing v - = NULL']);
});
