import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowHistory } from '../../src/events/row-history.ts';
import type { RowTouch } from '../../src/events/touched-cells.ts';
import { openArena, type Arena } from '../support/arena.ts';
import type { Imported } from '../support/engine.ts';
import { query, resultOf } from '../support/two-databases.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const history = (table: string, ...key: readonly string[]): Promise<readonly RowTouch[]> =>
  rowHistory(
    { database: { name: 'target', url: arena.target, tables: {} }, table, key, first: 50, skip: 0, signal: new AbortController().signal },
    { blobs: arena.blobs, identities: async () => [] },
  );

const written = ({ outcome }: Imported): void => {
  if (outcome.state !== 'completed') throw new Error(JSON.stringify(outcome));
};

/** Newest first: `insert 51: id NULL -> 51, mail NULL -> ann`. */
const shown = (touches: readonly RowTouch[]): readonly string[] =>
  touches.map(({ verdict, rowKey, cells, note }) => {
    const changes = cells.map(({ column, before, after }) =>
      verdict === 'insert' ? `${column} ${after ?? 'NULL'}` : `${column} ${before ?? 'NULL'} -> ${after ?? 'NULL'}`,
    );
    return `${verdict} ${rowKey}${changes.length === 0 ? '' : `: ${changes.join(', ')}`}${note === undefined ? '' : ` (${note})`}`;
  });

const library = `create table author (id int generated always as identity primary key, mail text not null unique, name text, since date default '2026-01-01');
  create table book (id serial primary key, author_id int not null references author, title text not null, pages int, unique (author_id, title))`;
const books = `insert into author (mail, name) values ('ann', 'Ann'), ('bob', E'B\\to\\\\b'), ('cid', null); insert into book (author_id, title, pages) values (1, 'One', 10), (3, 'Two', 20)`;
const shifted = `select setval('author_id_seq', 50), setval('book_id_seq', 70)`;

test('an inserted row has what its archive says, under the id it was given', async () => {
  await arena.set(library, { source: books, target: `${shifted}; insert into author (mail) values ('zed')` });
  const done = await arena.import(arena.target, await arena.export(arena.source));
  resultOf(done);
  const touches = await history('public.author', 'bob');
  expect(shown(touches)).toEqual(['insert 53: id 53, mail bob, name B\to\\b, since 2026-01-01']);
  expect(touches[0]).toMatchObject({ runId: done.runId, kind: 'import' });
  expect(Date.parse(touches[0]?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(shown(await history('book', 'cid', 'Two'))).toEqual([
    'insert 2: id 2, author_id 54, title Two, pages 20 (author_id: as found later, not recorded by the run)',
  ]);
});

test('a row is found by its primary key, by its name in one piece, by columns, and by the key of its parents', async () => {
  await arena.set(library, { source: books, target: shifted });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  const found = await history('book', 'ann', 'One');
  expect(found).toHaveLength(1);
  for (const key of [['1'], ['id=1'], ['title=One', 'author_id=1'], ['{ann,One}'], [' 1 ']])
    expect(await history('public.book', ...key), key.join()).toEqual(found);
  await expect(history('book', 'ann', 'None')).rejects.toMatchObject({ code: 'ROW_UNKNOWN' });
  await expect(history('book', 'x=1')).rejects.toThrow(
    'public.book has no row x=1, and no run touched one. Give the values of (author_id, title), or (id), or column=value of another unique key.',
  );
  await expect(history('nothing', '1')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
});

test('a row that no run touched has no history, in a database that no run ever wrote too', async () => {
  await arena.set(library, { source: books, target: `insert into author (mail) values ('zed')` });
  expect(await history('author', 'zed')).toEqual([]);
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  expect(await history('author', 'zed')).toEqual([]);
});

test('a row that was kept is in the history of the run that met it', async () => {
  await arena.set(library, { source: books, target: `${shifted}; insert into author (mail, name) values ('ann', 'Other')` });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  expect(shown(await history('author', 'ann'))).toEqual(['keep 51']);
  expect(shown(await history('author', '51'))).toEqual(['keep 51']);
  expect(shown(await history('author', 'bob'))).toEqual(['insert 52: id 52, mail bob, name B\to\\b, since 2026-01-01']);
});

test('what a merge changed is told cell by cell, newest first, and what the row was before', async () => {
  await arena.set(library, { source: books, target: shifted });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inSource(`update author set name = 'Anna' where mail = 'ann'; update book set pages = 11, author_id = 2 where title = 'One'`);
  written(await arena.write('merge', arena.target, await arena.export(arena.source)));
  await arena.inSource(`update author set name = null where mail = 'ann'`);
  written(await arena.write('merge', arena.target, await arena.export(arena.source)));
  expect(shown(await history('author', 'ann'))).toEqual([
    'update 1: name Anna -> NULL',
    'update 1: name Ann -> Anna',
    'insert 1: id 1, mail ann, name Ann, since 2026-01-01',
  ]);
});

test('rows of a table with a key of texts, among many', async () => {
  await arena.set('create table word (lang text, word text, n int, primary key (lang, word))', {
    source: `insert into word select case when i % 2 = 0 then 'e,n' else 'd"e' end, 'w' || i, i from generate_series(1, 25000) i`,
    target: `insert into word values ('e,n', 'w20000', 0)`,
  });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  expect(shown(await history('word', 'e,n', 'w24998'))).toEqual(['insert {"e,n",w24998}: lang e,n, word w24998, n 24998']);
  expect(shown(await history('word', 'd"e', 'w1'))).toEqual([`insert {"d\\"e",w1}: lang d"e, word w1, n 1`]);
  expect(shown(await history('word', 'e,n', 'w20000'))).toEqual(['keep {"e,n",w20000}']);
});

test('rows by place in a large file, with ids that the target drew', async () => {
  await arena.set('create table item (id serial primary key, sku text not null unique, n int)', {
    source: `insert into item (sku, n) select 's' || i, i from generate_series(1, 25000) i order by md5(i::text)`,
    target: `select setval('item_id_seq', 100000); insert into item (sku) values ('own')`,
  });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  for (const n of ['1', '12345', '25000'])
    expect(shown(await history('item', `s${n}`))[0]).toMatch(new RegExp(`^insert 1\\d{5}: id 1\\d{5}, sku s${n}, n ${n}$`));
});

test('a row known by its id alone', async () => {
  await arena.set('create table page (id serial primary key, body text)', {
    source: `insert into page (body) values ('a'), ('b')`,
    target: `select setval('page_id_seq', 9); insert into page (body) values ('own')`,
  });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  expect(shown(await history('page', '12'))).toEqual(['insert 12: id 12, body b']);
});

test('a row that is gone is known by its old key, and by its values where a run saw them last', async () => {
  await arena.set(library, { source: books, target: shifted });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inTarget(`delete from book where title = 'Two'`);
  expect(shown(await history('book', '2'))).toEqual(['insert 2: id 2, title Two, pages 20']);
  await arena.inSource(`delete from book where title = 'One'; delete from author where mail = 'ann'`);
  written(await arena.write('replace', arena.target, await arena.export(arena.source), { maxDeletes: 'any' }));
  const gone = shown(await history('author', 'ann'));
  expect(gone).toEqual([
    'delete 1: id 1 -> NULL, mail ann -> NULL, name Ann -> NULL, since 2026-01-01 -> NULL',
    'insert 1: id 1, mail ann, name Ann, since 2026-01-01',
  ]);
  expect(shown(await history('author', '1'))).toEqual(gone);
});

test('without the archive the key is left, and the history says so', async () => {
  await arena.set(library, { source: books, target: shifted });
  const upload = await arena.export(arena.source);
  resultOf(await arena.import(arena.target, upload));
  await rm(arena.blobs.path(upload));
  expect(shown(await history('author', 'ann'))).toEqual([
    'insert 1: id 1, mail ann, name Ann, since 2026-01-01 (the archive of the run is gone from the blob store; mail, name, since: as found later, not recorded by the run)',
  ]);
});

test('a ledger of version 1 is read as it is', async () => {
  await arena.set(library, { source: books, target: `${shifted}; insert into author (mail, name) values ('ann', 'Other')` });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await query(
    arena.target,
    `update waybill.ledger set keys = names, lo = null, hi = null, ids = null where verdict = 'keep'; alter table waybill.ledger drop column after, drop column names, drop column found; update waybill.version set version = 1`,
  );
  expect(shown(await history('author', 'ann'))).toEqual(['keep {ann}']);
  expect(shown(await history('author', '52'))).toEqual([
    'insert 52: id 52, mail bob, name B\to\\b, since 2026-01-01 (the row is not to be told in the archive of the run; mail, name, since: as found later, not recorded by the run)',
  ]);
  expect(shown(await history('book', 'cid', 'Two'))).toEqual([
    'insert 2: id 2, author_id 53, title Two, pages 20 (author_id: as found later, not recorded by the run)',
  ]);
});

test('taking runs back, and back again, is part of the history', async () => {
  await arena.set(library, { source: books, target: shifted });
  const imported = await arena.import(arena.target, await arena.export(arena.source));
  await arena.inSource(`update author set name = 'Anna' where mail = 'ann'`);
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source));
  written(await arena.rollback(arena.target, merged.runId));
  const gone = await arena.rollback(arena.target, imported.runId, { maxDeletes: 'any' });
  written(gone);
  const inserted = 'insert 1: id 1, mail ann, name Ann, since 2026-01-01';
  const deleted = 'delete 1: id 1 -> NULL, mail ann -> NULL, name Ann -> NULL, since 2026-01-01 -> NULL';
  const before = ['update 1: name Anna -> Ann', 'update 1: name Ann -> Anna', inserted];
  expect(shown(await history('author', 'ann'))).toEqual([deleted, ...before]);
  written(await arena.rollback(arena.target, gone.runId));
  const touches = await history('author', 'ann');
  expect(shown(touches)).toEqual([inserted, deleted, ...before]);
  expect(touches.map(({ kind }) => kind)).toEqual(['rollback', 'rollback', 'rollback', 'merge', 'import']);
});

test('conflicts, and rows of the archive that were left out, are told as far as they are known', async () => {
  await arena.set(`create table p (k text primary key, v text check (v <> 'bad'))`, {
    source: `insert into p values ('a', 'x'), ('b', 'x')`,
    targetSchema: `create table p (k text primary key, v text check (v <> 'no'))`,
  });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inSource(`update p set v = 'y'; insert into p values ('c', 'no')`);
  await arena.inTarget(`update p set v = 'z' where k = 'a'`);
  written(await arena.write('merge', arena.target, await arena.export(arena.source), { onConflict: 'current', onError: 'reject-rows' }));
  expect(shown(await history('p', 'a'))).toEqual(['keep a', 'insert a: k a, v x']);
  expect(shown(await history('p', 'b'))).toEqual(['update b: v x -> y', 'insert b: k b, v x']);
  expect(shown(await history('p', 'c'))).toEqual(['blocked {c}']);
});

test('what a trigger or a default made of an inserted row is what the history shows', async () => {
  await arena.set(
    `create table t (k text primary key, v text, made uuid default gen_random_uuid(), low text); create function f() returns trigger language plpgsql as $$ begin new.low := lower(new.v); return new; end $$`,
    { source: `insert into t (k, v) values ('a', 'ABC')` },
  );
  await arena.inTarget(`create trigger f before insert or update on t for each row execute function f()`);
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inSource(`update t set v = 'XYZ'`);
  written(await arena.write('merge', arena.target, await arena.export(arena.source), { base: 'none' }));
  const [update, insert] = await history('t', 'a');
  expect(update?.cells).toContainEqual({ column: 'low', before: 'abc', after: 'xyz' });
  expect(insert?.cells.find(({ column }) => column === 'low')).toEqual({ column: 'low', before: null, after: 'abc' });
  expect(insert?.note).toBeUndefined();
});

test('whoever may read the ledger may ask it; whoever may not is told so', async () => {
  await arena.set(library, { source: books });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inTarget(
    `do $$ begin if not exists (select from pg_roles where rolname = 'history_reader') then create role history_reader login; end if; end $$; grant usage on schema public, waybill to history_reader; grant select on author to history_reader`,
  );
  const url = new URL(arena.target);
  url.username = 'history_reader';
  const ask = (): Promise<readonly RowTouch[]> =>
    rowHistory(
      { database: { name: 'target', url: url.href, tables: {} }, table: 'author', key: ['ann'], first: 1, skip: 0, signal: new AbortController().signal },
      { blobs: arena.blobs, identities: async () => [] },
    );
  await expect(ask()).rejects.toMatchObject({ code: 'LEDGER_NOT_READABLE' });
  await arena.inTarget('grant select on all tables in schema waybill to history_reader');
  expect(await ask()).toEqual(await history('author', 'ann'));
});

test('a table without a primary key, whose archive knows its rows by another key than the table does', async () => {
  const schema = (key: string): string => `create table w (code text not null, nick text not null, n int, unique (${key}))`;
  await arena.set(schema('nick'), {
    targetSchema: `${schema('code')}; alter table w add unique (nick)`,
    source: `insert into w values ('c1', 'n1', 1), ('c2', 'n2', 2)`,
    target: `insert into w values ('c0', 'n0', 0)`,
  });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inSource(`update w set n = 5 where code = 'c1'`);
  written(await arena.write('merge', arena.target, await arena.export(arena.source), { base: 'none' }));
  const told = ['update n1: n 1 -> 5', 'insert n1: code c1, nick n1, n 1'];
  expect(shown(await history('w', 'c1'))).toEqual(told);
  expect(shown(await history('w', 'nick=n1'))).toEqual(told);
});
