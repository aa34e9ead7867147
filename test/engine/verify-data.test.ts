import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyData, type DataComparison, type VerifyData } from '../../src/events/verify-data.ts';
import { openArena, type Arena } from '../support/arena.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { query, resultOf } from '../support/two-databases.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const verify = (options: Partial<VerifyData> = {}): Promise<DataComparison> =>
  verifyData({
    a: { name: 'a', url: arena.source, tables: {} },
    b: { name: 'b', url: arena.target, tables: {} },
    aside: [],
    differences: 20,
    signal: new AbortController().signal,
    ...options,
  });

/** `public.book 3/3`, then each difference: `only a: {ann,One}`, `{ann,One} pages 1 -> 2`. */
const shown = ({ tables }: DataComparison): readonly string[] =>
  tables.flatMap(({ table, equal, rowsA, rowsB, onlyA, onlyB, different, differences }) => [
    `${table} ${rowsA ?? '-'}/${rowsB ?? '-'}${equal ? '' : ` not equal: ${onlyA} only a, ${onlyB} only b, ${different} different`}`,
    ...differences.map(({ key, side, cells }) =>
      side === 'both' ? `  ${key}: ${cells.map(({ column, a, b }) => `${column} ${a ?? 'NULL'} -> ${b ?? 'NULL'}`).join(', ')}` : `  only ${side}: ${key}`,
    ),
  ]);

const library = `create table author (id int generated always as identity primary key, mail text not null unique, name text);
  create table book (id serial primary key, author_id int not null references author, title text not null, sequel_of int references book, pages int, unique (author_id, title));
  create table book_tag (book_id int references book, tag text, primary key (book_id, tag))`;
const books = `insert into author (mail, name) values ('ann', 'Ann'), ('bob', 'Bob');
  insert into book (author_id, title, sequel_of, pages) values (1, 'One', null, 10), (2, 'One', null, 20), (1, 'Two', 1, 30); insert into book_tag values (1, 'x'), (3, 'y')`;
const reordered = `select setval('author_id_seq', 50), setval('book_id_seq', 70);
  insert into author (mail, name) values ('bob', 'Bob'), ('ann', 'Ann');
  insert into book (author_id, title, sequel_of, pages) values (52, 'One', null, 10), (52, 'Two', 71, 30), (51, 'One', null, 20); insert into book_tag values (72, 'y'), (71, 'x')`;

test('two databases with other ids and the same rows are equal', async () => {
  await arena.set(library, { source: books, target: reordered });
  const found = await verify();
  expect(shown(found)).toEqual(['public.author 2/2', 'public.book 3/3', 'public.book_tag 2/2']);
  expect(found.equal).toBe(true);
  expect(found.tables.map(({ hashA, hashB }) => hashA === hashB)).toEqual([true, true, true]);
  expect(found.tables[0]?.aside).toEqual(['id']);
});

test('names the first rows that differ, and their cells; references by name', async () => {
  await arena.set(library, { source: books, target: reordered });
  await arena.inTarget(
    `update book set pages = 31, sequel_of = 73 where id = 72; insert into author (mail) values ('cid'); delete from book_tag where tag = 'x'; insert into book_tag values (73, 'x')`,
  );
  const found = await verify();
  expect(found.equal).toBe(false);
  expect(shown(found)).toEqual([
    'public.author 2/3 not equal: 0 only a, 1 only b, 0 different',
    '  only b: cid',
    'public.book 3/3 not equal: 0 only a, 0 only b, 1 different',
    '  {ann,Two}: pages 30 -> 31, sequel_of {ann,One} -> {bob,One}',
    'public.book_tag 2/2 not equal: 1 only a, 1 only b, 0 different',
    '  only a: {ann,One,x}',
    '  only b: {bob,One,x}',
  ]);
});

test('counts every difference, and names as many as were asked for, in the order of their keys', async () => {
  await arena.set('create table n (k text primary key, v int)', {
    source: `insert into n select 'k' || lpad(i::text, 6, '0'), i from generate_series(1, 30000) i`,
    target: `insert into n select 'k' || lpad(i::text, 6, '0'), case when i % 100 = 0 then -i else i end from generate_series(1, 30000) i where i % 1000 <> 1 order by i desc; insert into n values ('a', 0), ('z', 0)`,
  });
  const found = await verify({ differences: 3 });
  expect(shown(found)).toEqual([
    'public.n 30000/29972 not equal: 30 only a, 2 only b, 300 different',
    '  only b: a',
    '  only a: k000001',
    '  k000100: v 100 -> -100',
  ]);
});

test('json counts by value, other cells by their text, NULL is no text', async () => {
  const schema = 'create table v (k int primary key, j json, b jsonb, n numeric, t text, d date)';
  await arena.set(schema, {
    source: `insert into v values (1, '{"a": 1, "b": [1.0]}', '{"x": 1.0}', 1.0, 'NULL', '2026-01-01'), (2, '{"a":"\\u0000"}', null, 2, '', null), (3, '1', '1', 1, 'x', null)`,
    target: `insert into v values (1, '{"b":[1.00],"a":1}', '{"x": 1.00}', 1.0, 'NULL', '2026-01-01'), (2, '{"a":"\\u0000"}', null, 2, '', null), (3, '2', '1.0', 1.00, null, null)`,
  });
  expect(shown(await verify())).toEqual(['public.v 3/3 not equal: 0 only a, 0 only b, 1 different', '  3: j 1 -> 2, n 1 -> 1.00, t x -> NULL']);
});

test('rows of a table without a key are compared as they are, equal ones counted', async () => {
  await arena.set('create table line (body text, n int)', {
    source: `insert into line values ('a', 1), ('a', 1), ('b', 2), ('c', null)`,
    target: `insert into line values ('c', null), ('a', 1), ('b', 2), ('a', 1)`,
  });
  expect((await verify()).equal).toBe(true);
  await arena.inTarget(`delete from line where ctid = (select min(ctid) from line where body = 'a'); insert into line values ('b', 3)`);
  const found = await verify();
  expect(shown(found).toSorted()).toEqual(['  only a: (a,1)', '  only b: (b,3)', 'public.line 4/4 not equal: 1 only a, 1 only b, 0 different']);
  expect(found.notes).toEqual(['public.line: it has no key, so its rows are compared by their whole content']);
});

test('rows known by their origin are found again where an import took them', async () => {
  await arena.set(
    'create table page (id serial primary key, body text); create table link (id serial primary key, page_id int references page, label text not null unique)',
    {
      source: `insert into page (body) values ('a'), ('b'); insert into link (page_id, label) values (2, 'l'), (null, 'm')`,
      target: `select setval('page_id_seq', 40); insert into page (body) values ('own')`,
    },
  );
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  const own = shown(await verify()).map((line) => line.replace(/[0-9A-Z]{26}/, 'TARGET'));
  expect(own).toEqual(['public.link 2/2', 'public.page 2/3 not equal: 0 only a, 1 only b, 0 different', '  only b: {TARGET,"{41}"}']);
  await arena.inTarget(
    `delete from page where body = 'own'; update page set body = 'B' where body = 'b'; update link set page_id = (select id from page where body = 'a') where label = 'l'`,
  );
  const [links, pages] = (await verify()).tables;
  expect(pages?.differences.map(({ cells }) => cells)).toEqual([[{ column: 'body', a: 'b', b: 'B' }]]);
  expect(links?.differences.map(({ key, cells }) => [key, cells[0]?.column])).toEqual([['l', 'page_id']]);
});

test('a copy of a database has the same ids, and is compared by them', async () => {
  await arena.set('create table page (id serial primary key, body text); create table note (k text primary key, page_id int references page)', {
    source: `insert into page (body) values ('a'), ('b'); insert into note values ('n', 2)`,
  });
  resultOf(await arena.import(arena.source, await arena.export(arena.source)));
  const copy = await createTestDatabase(new URL(arena.source).pathname.slice(1));
  const b = { name: 'b', url: copy.url, tables: {} };
  expect((await verify({ b })).equal).toBe(true);
  await query(copy.url, `update page set body = 'c' where id = 1`);
  expect(shown(await verify({ b }))).toContain('public.page 2/2 not equal: 0 only a, 0 only b, 1 different');
  await copy.drop();
});

test('columns can be left aside, a name that no table has is refused', async () => {
  await arena.set('create table d (k text primary key, v int, at timestamptz); create table e (k text primary key, at timestamptz)', {
    source: `insert into d values ('a', 1, '2026-01-01'); insert into e values ('a', '2026-01-01')`,
    target: `insert into d values ('a', 1, '2026-01-02'); insert into e values ('a', '2026-01-02')`,
  });
  expect((await verify()).tables.map(({ equal }) => equal)).toEqual([false, false]);
  expect((await verify({ aside: ['at'] })).equal).toBe(true);
  const one = await verify({ aside: ['d.at'] });
  expect(one.tables.map(({ equal, aside }) => [equal, aside])).toEqual([
    [true, ['at']],
    [false, []],
  ]);
  expect((await verify({ aside: ['d.k'] })).notes).toEqual(['public.d.k: it is part of the key, by which rows are found; it is compared all the same']);
  await expect(verify({ aside: ['public.d.when'] })).rejects.toThrow('No compared table has the column public.d.when');
});

test('tables, columns and references that only one side has are named', async () => {
  await arena.set(
    `create table author (id serial primary key, mail text not null unique); create table book (k text primary key, author_id int references author, extra int); create table only_a (k int primary key)`,
    {
      targetSchema:
        'create table author (id serial primary key, mail text not null unique); create table book (k text primary key, author_id int); create table only_b (k int)',
      source: `insert into author (mail) values ('m'); insert into book values ('b', 1, 7); insert into only_a values (1), (2)`,
      target: `insert into author (mail) values ('m'); insert into book values ('b', 5)`,
    },
  );
  const found = await verify();
  expect(shown(found)).toEqual([
    'public.author 1/1',
    'public.book 1/1',
    'public.only_a 2/- not equal: 2 only a, 0 only b, 0 different',
    'public.only_b -/0 not equal: 0 only a, 0 only b, 0 different',
  ]);
  expect(found.equal).toBe(false);
  expect(found.notes).toEqual([
    'public.book.author_id: it holds an id, and what that id means cannot be named on both sides; it is not compared',
    'public.book.extra: only one side has this column; it is not compared',
  ]);
  expect((await verify({ tables: ['book', 'public.author'] })).equal).toBe(true);
  await expect(verify({ tables: ['nobody'] })).rejects.toThrow('Neither database has a table nobody');
});

test('a key that one side alone has, or that goes another way there, is no key', async () => {
  await arena.set(
    'create table t (id serial primary key, a text not null unique, b text not null); create table p (id serial primary key, k text not null unique); create table c (p_id int primary key references p, v int)',
    {
      targetSchema:
        'create table t (id serial primary key, a text not null, b text not null unique); create table p (id serial primary key, k text not null unique); create table c (p_id int primary key, v int)',
      source: `insert into t (a, b) values ('a', 'b'); insert into p (k) values ('x'); insert into c values (1, 5)`,
      target: `insert into t (id, a, b) values (9, 'a', 'b'); insert into p (id, k) values (8, 'x'); insert into c values (8, 5)`,
    },
  );
  const found = await verify();
  expect(found.equal).toBe(true);
  expect(found.notes.map((note) => note.slice(0, 40))).toEqual([
    'public.t: the two sides know its rows by',
    'public.c: its key goes through a referen',
    'public.c.p_id: it holds an id, and what ',
  ]);
});

test('inheritance, partitions, mixed-case names, types of other width, references that dangle', async () => {
  const schema = (int: string): string => `create schema "S s"; create table "S s"."T.x" ("K" ${int} primary key, "V" varchar(9));
    create table parted (k int primary key, v ${int}) partition by range (k); create table parted_1 partition of parted for values from (0) to (10); create table parted_2 partition of parted for values from (10) to (20);
    create table mother (k int primary key, v text); create table child (primary key (k)) inherits (mother);
    create table up (id serial primary key, k text not null unique); create table down (k text primary key, up_id int)`;
  const rows = `insert into "S s"."T.x" values (1, 'v'); insert into parted values (1, 1), (11, 2); insert into mother values (1, 'm'); insert into child values (1, 'c'); insert into up (k) values ('u');
    insert into down values ('d', 1), ('e', 99); alter table down add foreign key (up_id) references up not valid`;
  await arena.set(schema('int'), {
    targetSchema: schema('bigint'),
    source: rows,
    target: `select setval('up_id_seq', 4); ${rows.replaceAll("('d', 1)", "('d', 5)")}`,
  });
  expect(shown(await verify())).toEqual(['S s.T.x 1/1', 'public.child 1/1', 'public.down 2/2', 'public.mother 1/1', 'public.parted 2/2', 'public.up 1/1']);
  await arena.inTarget(
    `update parted set v = 3 where k = 11; alter table down drop constraint down_up_id_fkey; update down set up_id = 98 where k = 'e'; alter table down add foreign key (up_id) references up not valid`,
  );
  expect(shown(await verify()).filter((line) => line.startsWith('  '))).toEqual(['  e: up_id ? {99} -> ? {98}', '  11: v 2 -> 3']);
});

test('rows that a policy would hide are an error, never equal', async () => {
  await arena.set('create table secret (k int primary key); alter table secret enable row level security', { source: 'insert into secret values (1)' });
  await arena.inSource(
    `do $$ begin if not exists (select from pg_roles where rolname = 'verify_reader') then create role verify_reader login; end if; end $$; grant usage on schema public to verify_reader; grant select on secret to verify_reader`,
  );
  const url = new URL(arena.source);
  url.username = 'verify_reader';
  await expect(verify({ a: { name: 'a', url: url.href, tables: {} } })).rejects.toThrow('Row-level security hides rows of public.secret');
});

test('a caller who goes away stops both databases', async () => {
  await arena.set('create table s (k int primary key, v int)', {
    source: 'insert into s values (1, 1)',
    target: 'insert into s values (1, 1)',
  });
  const stopper = new AbortController();
  const holder = query(arena.source, 'begin; lock table s in access exclusive mode; select pg_sleep(1.5); commit');
  setTimeout(() => stopper.abort(), 300);
  const startedAt = Date.now();
  await expect(verify({ signal: stopper.signal })).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
  expect(Date.now() - startedAt).toBeLessThan(1400);
  await holder;
});
