import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** Rows that have no name but where they came from, and what PostgreSQL 18 adds to tables. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const carry = async (): Promise<readonly string[]> =>
  verdictsOf(resultOf(await arena.import(arena.target, await arena.export(arena.source))).tables).toSorted();

test('a row that was deleted in the target comes again, and is known again', async () => {
  await arena.set(
    `create table page (id serial primary key, body text); create table link (page_id int not null references page, label text not null, primary key (page_id, label))`,
    {
      source: `insert into page (body) values ('one'), ('two'); insert into link values (1, 'a'), (2, 'b')`,
      target: `insert into page (body) values ('other')`,
    },
  );
  expect(await carry()).toEqual(['public.link insert 2', 'public.page insert 2']);
  await arena.inTarget(`delete from link where label = 'a'; delete from page where body = 'one'`);
  expect(await carry()).toEqual(['public.link insert 1, same 1', 'public.page insert 1, same 1']);
  expect(await carry()).toEqual(['public.link same 2', 'public.page same 2']);
  expect(await arena.inTarget(`select label, body from link join page on id = page_id order by 1`)).toEqual([
    ['a', 'one'],
    ['b', 'two'],
  ]);
});

test('an id that is part of a wider key, and rows that differ', async () => {
  await arena.set(`create table part (id serial, shelf int not null, body text, primary key (id, shelf))`, {
    source: `insert into part (shelf, body) values (1, 'x'), (2, 'y')`,
    target: `insert into part (shelf, body) values (9, 'z')`,
  });
  expect(await carry()).toEqual(['public.part insert 2']);
  await arena.inTarget(`update part set body = 'edited' where body = 'x'`);
  expect(await carry()).toEqual(['public.part same 1, keep 1']);
  expect(await arena.inTarget(`select shelf, body from part order by 1`)).toEqual([
    ['1', 'edited'],
    ['2', 'y'],
    ['9', 'z'],
  ]);
});

test('documents that no jsonb can hold', async () => {
  await arena.set(`create table doc (k text primary key, j json)`, {
    source: `insert into doc values ('same', '"\\u0000"'), ('differs', '"\\u0000"'), ('new', '{"a":1,"a":"\\u0000"}'), ('null', null), ('json null', 'null')`,
    target: `insert into doc values ('same', '"\\u0000"'), ('differs', '"x"'), ('null', 'null'), ('json null', null)`,
  });
  expect(await carry()).toEqual(['public.doc insert 1, same 1, keep 3']);
  expect(await arena.inTarget(`select j from doc where k = 'new'`)).toEqual([['{"a":1,"a":"\\u0000"}']]);
});

test('keys over time, references over time, constraints that are not enforced, virtual columns', async () => {
  const schema = `create extension btree_gist; create table room (no int, during tstzrange, name text, primary key (no, during without overlaps));
    create table stay (guest text, no int, during tstzrange, primary key (guest, no, during without overlaps), foreign key (no, period during) references room (no, period during));
    create table price (sku text primary key, net numeric, gross numeric generated always as (net * 2) virtual, check (net > 0) not enforced, constraint kind foreign key (sku) references price not enforced)`;
  await arena.set(schema, {
    source: `insert into room values (1, '[2024-01-01,2024-06-01)', 'A'), (1, '[2024-06-01,2025-01-01)', 'B'); insert into stay values ('g', 1, '[2024-05-01,2024-07-01)'); insert into price values ('a', 5), ('b', -1)`,
    target: `insert into room values (1, '[2024-01-01,2024-06-01)', 'A'); insert into price values ('a', 6)`,
  });
  const archive = await arena.export(arena.source);
  const run = await arena.import(arena.target, archive);
  expect(verdictsOf(resultOf(run).tables).toSorted()).toEqual(['public.price insert 1, keep 1', 'public.room insert 1, same 1', 'public.stay insert 1']);
  expect(await arena.inTarget(`select (select count(*) from room), (select count(*) from stay), (select gross from price where sku = 'b')`)).toEqual([
    ['2', '1', '-2'],
  ]);
});

test('a time that is taken in the target is found by PostgreSQL, and left out on request', async () => {
  const schema = `create extension btree_gist; create table room (no int, during tstzrange, name text, primary key (no, during without overlaps))`;
  await arena.set(schema, {
    source: `insert into room values (1, '[2024-01-01,2024-06-01)', 'A'), (2, '[2024-01-01,2024-06-01)', 'B')`,
    target: `insert into room values (1, '[2024-03-01,2024-04-01)', 'taken')`,
  });
  const archive = await arena.export(arena.source);
  expect((await arena.import(arena.target, archive)).outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  const run = await arena.import(arena.target, archive, { onError: 'reject-rows' });
  expect(verdictsOf(resultOf(run).tables)).toEqual(['public.room insert 1, blocked 1']);
  expect((await arena.issues(resultOf(run).plan)).map((issue) => issue.split(' = ')[0])).toEqual(['public.room row 1: exclusion.violated - room_pkey']);
});

test('a NOT NULL that old rows of the target do not keep', async () => {
  await arena.set(`create table t (k text primary key, v text)`, {
    source: `insert into t values ('a', 'x'), ('b', null)`,
    target: `insert into t values ('old', null); alter table t add constraint v_needed not null v not valid`,
  });
  const run = await arena.import(arena.target, await arena.export(arena.source), { onError: 'reject-rows' });
  expect((await arena.issues(resultOf(run).plan)).map((issue) => issue.split(' | ')[0])).toEqual(['public.t row 2: value.missing v - = NULL']);
});

test('a constraint trigger that raises at the end refuses the whole run: no single row is to blame', async () => {
  await arena.set(`create table t (k text primary key, n int)`, {
    source: `insert into t select 'k' || i, i from generate_series(1, 9) i`,
    targetSchema: `create table t (k text primary key, n int); create function judge() returns trigger language plpgsql as $$ begin if new.n = 5 then raise exception 'no five'; end if; return null; end $$;
      create constraint trigger judge after insert on t deferrable initially deferred for each row execute function judge()`,
  });
  const archive = await arena.export(arena.source);
  expect((await arena.import(arena.target, archive)).outcome).toMatchObject({
    state: 'refused',
    code: 'IMPORT_HAS_ISSUES',
    message: expect.stringContaining('no five'),
  });
  expect(await arena.inTarget(`select count(*) from t`)).toEqual([['0']]);
  expect((await arena.import(arena.target, archive, { onError: 'reject-rows' })).outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  expect(await arena.inTarget(`select count(*) from t`)).toEqual([['0']]);
});

test('a row of one’s own that was deleted here comes again once, however often its archive comes', async () => {
  const schema = `create table memo (id serial primary key, words text); create table mark (id serial primary key, memo_id int not null references memo, word text not null unique)`;
  await arena.set(schema, { source: `insert into memo (words) values ('one'), ('two'), ('three'); insert into mark (memo_id, word) values (2, 'x')` });
  const home = await arena.export(arena.source);
  resultOf(await arena.import(arena.target, home));
  await arena.inSource(`delete from mark; delete from memo where id = 2`);
  const archive = await arena.export(arena.target);
  for (const expected of ['insert 1, same 2', 'same 3', 'same 3'])
    expect(verdictsOf(resultOf(await arena.import(arena.source, archive)).tables)[0]).toBe(`public.memo ${expected}`);
  expect(await arena.inSource(`select words from memo join mark on mark.memo_id = memo.id`)).toEqual([['two']]);
});

test('a row of one’s own whose id another one has by now is known by where it lives', async () => {
  const schema = `create table memo (id serial primary key, words text)`;
  await arena.set(schema, { source: `insert into memo (words) values ('one'), ('two')`, target: `insert into memo (words) values ('other')` });
  await carry();
  await arena.inSource(`delete from memo`);
  // Nothing is there, so ids are kept: `other` gets the id that `one` had.
  const archive = await arena.export(arena.target);
  const home = async (kind: 'import' | 'merge' | 'replace'): Promise<readonly string[]> =>
    verdictsOf(resultOf(await arena.write(kind, arena.source, archive, { maxDeletes: 'any' })).tables);
  expect(await home('import')).toEqual(['public.memo insert 3']);
  for (const kind of ['import', 'merge', 'replace'] as const) expect(await home(kind)).toEqual(['public.memo same 3']);
  expect(await arena.inSource(`select words from memo order by id`)).toEqual([['other'], ['one'], ['two']]);
});
