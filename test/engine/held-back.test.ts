import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** A row whose change is held back refers to its old parent still: then the parent stays, whatever a cascade would do. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const deleting = { deletes: true, maxDeletes: 'any', onError: 'reject-rows' } as const;

test('a parent whose child could not be led elsewhere is not deleted, and no cascade takes the child', async () => {
  await arena.set(
    `create table p (id uuid default gen_random_uuid() primary key, code text not null unique); create table c (id serial primary key, code text not null unique, p_id uuid references p on delete cascade);
     create table d (id serial primary key, code text not null unique, c_id int references c on delete cascade)`,
    {
      source: `insert into p values ('00000000-0000-0000-0000-000000000002', 'x'), ('00000000-0000-0000-0000-000000000001', 'y'); insert into c (code, p_id) values ('a', '00000000-0000-0000-0000-000000000002'); insert into d (code, c_id) values ('u', 1)`,
    },
  );
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  // Renamed, so the row under the old name goes; its id is taken until then.
  await arena.inSource(`update p set code = 'e' where code = 'x'`);
  const done = resultOf(await arena.write('merge', arena.target, await arena.export(arena.source), deleting));
  expect(verdictsOf(done.tables)).toEqual(['public.p same 1, blocked 2', 'public.c blocked 1', 'public.d same 1']);
  expect(await arena.inTarget('select code from p order by 1')).toEqual([['x'], ['y']]);
  expect(await arena.inTarget('select c.code, p.code from c join p on p.id = c.p_id')).toEqual([['a', 'x']]);
  expect(await arena.inTarget('select code from d')).toEqual([['u']]);
});

test.each(['cascade', 'set null', 'restrict'])('the parents above it stay as well, and cycles, on delete %s', async (action) => {
  await arena.set(
    `create table g (id serial primary key, code text not null unique, last_p int); create table p (id serial primary key, code text not null unique, g_id int not null references g on delete ${action});
     alter table g add foreign key (last_p) references p on delete ${action} deferrable;
     create table c (id serial primary key, code text not null unique, p_id int references p on delete ${action}, n int check (n < 5))`,
    {
      source: `insert into g (code) values ('g1'), ('g2'); insert into p (code, g_id) values ('p1', 1), ('p2', 2); update g set last_p = id; insert into c (code, p_id, n) values ('a', 1, 1), ('b', 1, 1)`,
    },
  );
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inSource(
    `alter table c drop constraint c_n_check; update c set p_id = 2, n = case when code = 'b' then 9 else 1 end; update g set last_p = null where code = 'g1'; delete from p where code = 'p1'; delete from g where code = 'g1'`,
  );
  const done = resultOf(await arena.write('merge', arena.target, await arena.export(arena.source), deleting));
  expect(verdictsOf(done.tables).toSorted()).toEqual(['public.c update 1, blocked 1', 'public.g same 1, blocked 1', 'public.p same 1, blocked 1']);
  expect(await arena.inTarget('select c.code, p.code, g.code from c join p on p.id = c.p_id join g on g.id = p.g_id order by 1')).toEqual([
    ['a', 'p2', 'g2'],
    ['b', 'p1', 'g1'],
  ]);
});

test('a rollback that cannot lead a child back leaves the parent that the run brought', async () => {
  await arena.set(
    `create table p (id serial primary key, code text not null unique); create table c (id serial primary key, code text not null unique, p_id int references p on delete cascade, n int)`,
    { source: `insert into p (code) values ('old'); insert into c (code, p_id, n) values ('a', 1, 9), ('b', 1, 1)` },
  );
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inSource(`insert into p (code) values ('new'); update c set p_id = 2, n = 2`);
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source));
  resultOf(merged);
  await arena.inTarget('alter table c add check (n < 5)');
  const back = resultOf(await arena.rollback(arena.target, merged.runId, { maxDeletes: 'any' }));
  expect(verdictsOf(back.tables).toSorted()).toEqual(['public.c update 1, blocked 1', 'public.p blocked 1']);
  expect(await arena.inTarget('select c.code, p.code, n from c join p on p.id = c.p_id order by 1')).toEqual([
    ['a', 'new', '2'],
    ['b', 'old', '1'],
  ]);
});

test('a row without a key that takes the unique value of another is named by the plan, also when yet another row goes', async () => {
  await arena.set('create table slip (code text unique, body text)', { source: `insert into slip values (null, 'goes'), ('a', 'both')` });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inTarget(`insert into slip values ('b', 'only here')`);
  await arena.inSource(`delete from slip where body = 'goes'; insert into slip values ('b', 'arrives')`);
  const refused = await arena.write('merge', arena.target, await arena.export(arena.source), { ...deleting, onError: 'reject-all' });
  expect(await arena.issues(lastPlan(refused))).toEqual([expect.stringContaining(': unique.violated - slip_code_key = (b')]);
  expect(await arena.inTarget('select body from slip order by 1')).toEqual([['both'], ['goes'], ['only here']]);
});
