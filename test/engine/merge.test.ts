import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RowChange } from '../../src/domain/run/run.ts';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import type { Imported } from '../support/engine.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** Production and development: one is exported, taken in, and both are edited; then development comes home. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const schema = `create table author (id int generated always as identity primary key, mail text not null unique, name text not null check (name <> ''), born int);
  create table book (id serial primary key, isbn text not null unique, author_id int not null references author, title text, price numeric, doc jsonb, shelf int unique);
  create table tag (id serial primary key, word text not null unique);
  create table book_tag (book_id int references book, tag_id int references tag, weight int, primary key (book_id, tag_id))`;
const rows = `insert into author (mail, name, born) values ('a', 'Ann', 1901), ('b', 'Bob', 1902), ('c', 'Cid', 1903);
  insert into book (isbn, author_id, title, price, doc, shelf) select 'i' || n, 1 + n % 3, 'Title ' || n, n, jsonb_build_object('n', n), n from generate_series(1, 9) n;
  insert into tag (word) values ('x'), ('y'), ('z'); insert into book_tag select b, 1 + b % 3, b from generate_series(1, 9) b`;

/** Production (target) has rows; development (source) starts from its archive, with ids of its own. */
const takenIn = async (): Promise<string> => {
  await arena.set(schema, { target: rows, source: `select setval('book_id_seq', 500); select setval('tag_id_seq', 70)` });
  const archive = await arena.export(arena.target);
  const taken = await arena.import(arena.source, archive);
  expect(taken.outcome.state).toBe('completed');
  return archive;
};

const linesOf = async ({ plans }: Imported): Promise<readonly RowChange[]> => {
  const file = plans.at(-1)?.rowFile;
  if (file === undefined) return [];
  const text = await readFile(arena.blobs.path(file.sha256), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RowChange);
};

const verdicts = (run: Imported): readonly string[] => {
  if (run.outcome.state === 'completed') {
    if (run.outcome.result.kind === 'export' || run.outcome.result.kind === 'replay') throw new Error('Not a merge');
    return verdictsOf(run.outcome.result.tables).toSorted();
  }
  return [JSON.stringify(run.outcome), ...verdictsOf(lastPlan(run).tables).toSorted()];
};

describe('two-way: what arrives wins, equal rows are left alone', () => {
  test('changed rows change in the cells that differ, new rows go in, nothing else is written', async () => {
    await arena.set(schema, {
      source: rows,
      target: `insert into author (mail, name, born) values ('z', 'Zed', 1), ('b', 'Robert', 1902), ('a', 'Ann', 1901)`,
    });
    const merged = await arena.write('merge', arena.target, await arena.export(arena.source), { base: 'none' });
    expect(verdicts(merged)).toEqual(['public.author insert 1, update 1, same 1', 'public.book insert 9', 'public.book_tag insert 9', 'public.tag insert 3']);
    expect(await arena.inTarget(`select mail, name from author order by mail`)).toEqual([
      ['a', 'Ann'],
      ['b', 'Bob'],
      ['c', 'Cid'],
      ['z', 'Zed'],
    ]);
    expect(await arena.inTarget(`select before, after, ids from waybill.ledger where verdict = 'update'`)).toEqual([
      ['{"{\\"name\\": \\"Robert\\"}"}', '{"{\\"name\\": \\"Bob\\"}"}', '{2}'],
    ]);
    expect(verdicts(await arena.write('merge', arena.target, await arena.export(arena.source), { base: 'none' }))).toEqual([
      'public.author same 3',
      'public.book same 9',
      'public.book_tag same 9',
      'public.tag same 3',
    ]);
  });
});

describe('three-way', () => {
  test('edits of both sides combine cell by cell, and neither is lost', async () => {
    await takenIn();
    await arena.inSource(`update book set title = 'dev' where isbn in ('i1', 'i2'); update book set author_id = (select id from author where mail = 'c') where isbn = 'i4';
      insert into author (mail, name) values ('d', 'Dan'); update book set author_id = (select id from author where mail = 'd') where isbn = 'i5'; insert into book (isbn, author_id, title) select 'new', id, 'New' from author where mail = 'd'`);
    await arena.inTarget(`update book set price = 100 where isbn in ('i2', 'i3'); update book set doc = '{"here": 1}' where isbn = 'i4'`);
    const merged = await arena.write('merge', arena.target, await arena.export(arena.source));
    expect(verdicts(merged)).toEqual([
      'public.author insert 1, same 3',
      'public.book insert 1, update 4, same 4, keep 1',
      'public.book_tag same 9',
      'public.tag same 3',
    ]);
    expect(
      await arena.inTarget(
        `select isbn, title, price, mail, doc from book join author on author.id = author_id where isbn in ('i1', 'i2', 'i3', 'i4', 'i5', 'new') order by isbn`,
      ),
    ).toEqual([
      ['i1', 'dev', '1', 'b', '{"n": 1}'],
      ['i2', 'dev', '100', 'c', '{"n": 2}'],
      ['i3', 'Title 3', '100', 'a', '{"n": 3}'],
      ['i4', 'Title 4', '4', 'c', '{"here": 1}'],
      ['i5', 'Title 5', '5', 'd', '{"n": 5}'],
      ['new', 'New', null, 'd', null],
    ]);
  });

  test('the same cell changed on both sides is a conflict that waits for a word, with base, current and incoming', async () => {
    await takenIn();
    await arena.inSource(`update book set title = 'dev', price = 7 where isbn in ('i1', 'i2'); update book set author_id = 1 where isbn = 'i1'`);
    await arena.inTarget(`update book set title = 'prod' where isbn in ('i1', 'i2'); update book set author_id = 3 where isbn = 'i1'`);
    const archive = await arena.export(arena.source);
    const waiting = await arena.write('merge', arena.target, archive);
    expect(waiting.outcome).toEqual({ state: 'planned' });
    expect(await linesOf(waiting)).toEqual([
      {
        table: 'public.book',
        row: 'i1',
        verdict: 'conflict',
        cells: [
          { column: 'author_id', base: 'b', current: 'c', incoming: 'a', outcome: 'clash' },
          { column: 'title', base: 'Title 1', current: 'prod', incoming: 'dev', outcome: 'clash' },
          { column: 'price', base: '1', current: '1', incoming: '7', outcome: 'incoming' },
        ],
      },
      {
        table: 'public.book',
        row: 'i2',
        verdict: 'conflict',
        cells: [
          { column: 'title', base: 'Title 2', current: 'prod', incoming: 'dev', outcome: 'clash' },
          { column: 'price', base: '2', current: '2', incoming: '7', outcome: 'incoming' },
        ],
      },
    ]);
    const plan = lastPlan(waiting);
    const half = await arena.write('merge', arena.target, archive, { approved: plan, resolutions: [{ table: 'public.book', row: 'i1', take: 'incoming' }] });
    expect(half.outcome).toMatchObject({ state: 'refused', code: 'MERGE_HAS_CONFLICTS', details: { conflicts: 1 } });
    const applied = await arena.write('merge', arena.target, archive, {
      approved: plan,
      resolutions: [{ take: 'current' }, { table: 'public.book', row: 'i1', column: 'title', take: 'incoming' }],
    });
    expect(verdicts(applied)).toContain('public.book update 2, same 7');
    expect(await arena.inTarget(`select isbn, title, price, author_id from book where isbn in ('i1', 'i2') order by 1`)).toEqual([
      ['i1', 'dev', '7', '3'],
      ['i2', 'prod', '7', '3'],
    ]);
  });

  test('what was deleted here does not return, what was deleted there goes when asked, and changes since are conflicts', async () => {
    await takenIn();
    await arena.inSource(
      `delete from book_tag where book_id in (select id from book where isbn in ('i1', 'i2')); delete from book where isbn in ('i1', 'i2'); update book set title = 'dev' where isbn = 'i4'`,
    );
    await arena.inTarget(
      `delete from book_tag where book_id in (3, 4); delete from book where isbn in ('i3', 'i4'); update book set title = 'prod' where isbn = 'i2'`,
    );
    const archive = await arena.export(arena.source);
    const kept = await arena.write('merge', arena.target, archive, { onConflict: 'current' });
    expect(verdicts(kept)).toEqual(['public.author same 3', 'public.book same 5, keep 2', 'public.book_tag same 5, keep 2', 'public.tag same 3']);
    const waiting = await arena.write('merge', arena.target, archive, { deletes: true, approval: 'required', maxDeletes: 50 });
    expect(verdicts(waiting)).toEqual([
      '{"state":"planned"}',
      'public.author same 3',
      'public.book same 5, keep 1, delete 1, conflict 2',
      'public.book_tag same 5, keep 2, delete 2',
      'public.tag same 3',
    ]);
    expect((await linesOf(waiting)).map(({ table, row, verdict, deletedBy }) => [table, row, verdict, deletedBy])).toEqual([
      ['public.book', 'i1', 'delete', 'incoming'],
      ['public.book', 'i2', 'conflict', 'incoming'],
      ['public.book', 'i4', 'conflict', 'current'],
      ['public.book_tag', '{i1,y}', 'delete', 'incoming'],
      ['public.book_tag', '{i2,z}', 'delete', 'incoming'],
    ]);
    const applied = await arena.write('merge', arena.target, archive, { deletes: true, onConflict: 'incoming', maxDeletes: 50 });
    expect(verdicts(applied)).toEqual([
      'public.author same 3',
      'public.book insert 1, same 5, keep 1, delete 2',
      'public.book_tag same 5, keep 2, delete 2',
      'public.tag same 3',
    ]);
    expect(await arena.inTarget(`select string_agg(isbn || ' ' || title, ', ' order by isbn) from book`)).toEqual([
      ['i4 dev, i5 Title 5, i6 Title 6, i7 Title 7, i8 Title 8, i9 Title 9'],
    ]);
  });
});

describe('what constraints say', () => {
  test('two unique values that are swapped, moved on in a circle, or handed to a new row', async () => {
    await takenIn();
    await arena.inSource(`update book set shelf = null where id in (1, 2); update book set shelf = case isbn when 'i1' then 2 else 1 end where isbn in ('i1', 'i2');
      update book set shelf = 100 where isbn = 'i9'; update book set shelf = 9 where isbn = 'i8'; insert into book (isbn, author_id, shelf) values ('new', 1, 8)`);
    const merged = await arena.write('merge', arena.target, await arena.export(arena.source));
    expect(verdicts(merged)).toContain('public.book insert 1, update 4, same 5');
    expect(await arena.inTarget(`select string_agg(isbn || ' ' || shelf, ', ' order by isbn) from book where isbn in ('i1', 'i2', 'i8', 'i9', 'new')`)).toEqual(
      [['i1 2, i2 1, i8 9, i9 100, new 8']],
    );
  });

  test.each([
    [
      'a CHECK',
      `update author set born = 3000 where mail = 'a'`,
      `alter table author add constraint plausible check (born < 2100)`,
      'check.violated',
      'plausible',
      'a: (3000)',
    ],
    [
      'a unique value',
      `update book set shelf = 77 where isbn = 'i1'`,
      `insert into book (isbn, author_id, shelf) values ('here', 1, 77)`,
      'unique.violated',
      'book_shelf_key',
      'i1: (77)',
    ],
    ['NOT NULL', `update author set born = null where mail = 'b'`, `alter table author alter born set not null`, 'value.missing', '-', 'NULL'],
  ])(
    '%s that a changed row would break is named with table, key and constraint, and nothing is written',
    async (...[, there, here, code, constraint, value]) => {
      await takenIn();
      await arena.inSource(there);
      await arena.inTarget(here);
      const before = await arena.inTarget(`select md5(string_agg(author::text, ',' order by id)) from author`);
      const merged = await arena.write('merge', arena.target, await arena.export(arena.source));
      expect(merged.outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
      expect(await arena.issues(lastPlan(merged))).toEqual([
        expect.stringContaining(`: ${code} ${code === 'value.missing' ? 'born' : '-'} ${constraint} = ${value}`),
      ]);
      expect(await arena.inTarget(`select md5(string_agg(author::text, ',' order by id)) from author`)).toEqual(before);
      const others = await arena.write('merge', arena.target, await arena.export(arena.source), { onError: 'reject-rows' });
      expect(verdicts(others).join()).toContain('blocked 1');
    },
  );

  test('a changed reference to a row that was deleted here is refused by name', async () => {
    await takenIn();
    await arena.inSource(`insert into author (mail, name) values ('gone', 'Gone')`);
    const first = await arena.write('merge', arena.target, await arena.export(arena.source));
    expect(first.outcome.state).toBe('completed');
    await arena.inTarget(`delete from author where mail = 'gone'`);
    await arena.inSource(`update book set author_id = (select id from author where mail = 'gone') where isbn = 'i1'`);
    const merged = await arena.write('merge', arena.target, await arena.export(arena.source));
    expect(merged.outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
    expect(await arena.issues(lastPlan(merged))).toEqual([expect.stringContaining(': reference.missing author_id book_author_id_fkey = (4)')]);
  });
});

test('a row that would lead to one that stays out stays as it was; one that is there can be referred to all the same', async () => {
  const own = `create table p (id serial primary key, code text unique not null, v text); create table c (id serial primary key, code text unique not null, ref int references p, n int)`;
  await arena.set(own, {
    source: `insert into p (code, v) values ('new', 'bad'), ('old', 'bad'); insert into c (code, ref) values ('x', 1), ('y', 2)`,
    targetSchema: own.replace('v text', `v text check (v <> 'bad')`),
    target: `insert into p (code, v) values ('old', 'good'); insert into c (code) values ('x')`,
  });
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source), { base: 'none', onError: 'reject-rows' });
  expect(verdicts(merged)).toEqual(['public.c insert 1, blocked 1', 'public.p blocked 2']);
  expect(await arena.inTarget(`select c.code, p.code, v from c left join p on p.id = ref order by 1`)).toEqual([
    ['x', null, null],
    ['y', 'old', 'good'],
  ]);
});

test('what a trigger makes of a changed row is told, and is in the ledger', async () => {
  const own = `create table page (slug text primary key, body text, changes int not null default 0);
    create function count_changes() returns trigger language plpgsql as $$ begin new.changes := old.changes + 1; new.body := upper(new.body); return new; end $$;
    create trigger count_changes before update on page for each row execute function count_changes()`;
  await arena.set(own, {
    source: `insert into page (slug, body) values ('a', 'new'), ('b', 'old')`,
    target: `insert into page (slug, body) values ('a', 'old'), ('b', 'old')`,
  });
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source), { base: 'none' });
  expect(resultOf(merged).notes).toEqual(['public.page: the triggers count_changes changed body (1) of changed rows']);
  expect(await arena.inTarget(`select before[1], after[1], keys from waybill.ledger where verdict = 'update'`)).toEqual([
    ['{"body": "old", "changes": "0"}', '{"body": "NEW", "changes": "1"}', '{"{a}"}'],
  ]);
});

describe('columns that follow', () => {
  const stamped = `create table page (slug text primary key, body text, updated_at timestamptz not null default now());
    create function touch() returns trigger language plpgsql as $$ begin new.updated_at := clock_timestamp(); return new; end $$;
    create trigger touch before update on page for each row execute function touch()`;
  const settings = { 'public.page': { passive: ['updated_at'] } };

  test('a timestamp kept by a trigger makes no row differ and no conflict by itself', async () => {
    await arena.set(stamped, { target: `insert into page (slug, body) select 'p' || n, 'text' from generate_series(1, 5) n` });
    await arena.import(arena.source, await arena.export(arena.target));
    await arena.inSource(`update page set body = body where slug = 'p1'; update page set body = 'dev' where slug in ('p2', 'p3')`);
    await arena.inTarget(`update page set body = body where slug in ('p1', 'p2'); update page set body = 'prod' where slug = 'p4'`);
    const merged = await arena.write('merge', arena.target, await arena.export(arena.source), { settings });
    expect(verdicts(merged)).toEqual(['public.page update 2, same 2, keep 1']);
    expect(await arena.inTarget(`select slug, body from page order by 1`)).toEqual([
      ['p1', 'text'],
      ['p2', 'dev'],
      ['p3', 'dev'],
      ['p4', 'prod'],
      ['p5', 'text'],
    ]);
  });
});

test('a row that was deleted on one side, exported as gone, and made anew there is new: it is neither deleted nor kept away', async () => {
  const original = await takenIn();
  await arena.inTarget(`delete from book_tag where book_id = 1; delete from book where isbn = 'i1'`);
  await arena.inSource(`delete from book_tag where book_id in (select id from book where isbn in ('i1', 'i2')); delete from book where isbn in ('i1', 'i2')`);
  // Each side hears of the other's deletes; then both make a row anew, as it was.
  const home = await arena.export(arena.target);
  resultOf(await arena.write('merge', arena.source, home, { onConflict: 'current' }));
  resultOf(await arena.write('merge', arena.target, await arena.export(arena.source), { deletes: true, maxDeletes: 50 }));
  expect(await arena.inTarget(`select count(*) from book where isbn in ('i1', 'i2')`)).toEqual([['0']]);
  await arena.inTarget(`insert into book (isbn, author_id, title, price, doc, shelf) values ('i1', 2, 'Title 1', 1, '{"n": 1}', 1)`);
  await arena.inSource(`insert into book (isbn, author_id, title, price, doc, shelf) values ('i2', 3, 'Title 2', 2, '{"n": 2}', 2)`);
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source), { deletes: true, maxDeletes: 50 });
  expect(verdicts(merged)).toContain('public.book insert 1, same 7');
  expect(await arena.inTarget(`select string_agg(isbn, ' ' order by isbn) from book where isbn in ('i1', 'i2')`)).toEqual([['i1 i2']]);
  expect(original).not.toBe(home);
});

test('of rows without any key neither side’s deletes come back, and each side’s new ones stay', async () => {
  const bare = `create table kind (id serial primary key, k text unique not null); create table line (words text, kind_id int references kind)`;
  const start = `insert into kind (k) values ('p'), ('q'); insert into line select w, 1 from unnest(array['a', 'a', 'b', 'c', 'd']) w`;
  await arena.set(bare, { target: start, source: `select setval('kind_id_seq', 50)` });
  resultOf(await arena.import(arena.source, await arena.export(arena.target)));
  await arena.inSource(`delete from line where words = 'c'; insert into line values ('new', 2), ('new', 2)`);
  await arena.inTarget(
    `delete from line where ctid = (select min(ctid) from line where words = 'a'); delete from line where words = 'b'; insert into line values ('own', 1)`,
  );
  const archive = await arena.export(arena.source);
  const planned = await arena.write('merge', arena.target, archive, { deletes: true, approval: 'required' });
  expect((await linesOf(planned)).map(({ table, verdict, cells }) => [table, verdict, cells.map(({ current }) => current)])).toEqual([
    ['public.line', 'delete', ['c', 'p']],
  ]);
  const merged = await arena.write('merge', arena.target, archive, { deletes: true, maxDeletes: 50 });
  expect(verdicts(merged)).toEqual(['public.kind same 2', 'public.line insert 2, same 2, keep 2, delete 1']);
  expect(await arena.inTarget(`select string_agg(words || k, ' ' order by words) from line join kind on kind.id = kind_id`)).toEqual([
    ['ap dp newq newq ownp'],
  ]);
  expect(verdicts(await arena.write('merge', arena.target, archive, { deletes: true }))).toEqual(['public.kind same 2', 'public.line same 4, keep 2']);
});

describe('replace', () => {
  test('rows of a table without any key are there as often as they arrive', async () => {
    const bare = `create table line (words text, n int)`;
    await arena.set(bare, {
      source: `insert into line values ('a', 1), ('a', 1), ('b', 2)`,
      target: `insert into line values ('a', 1), ('a', 1), ('a', 1), ('c', 3), (null, null)`,
    });
    const replaced = await arena.write('replace', arena.target, await arena.export(arena.source));
    expect(verdicts(replaced)).toEqual(['public.line insert 1, same 2, delete 3']);
    expect(await arena.inTarget(`select words, count(*) from line group by 1 order by 1`)).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
  });

  test('takes everything as it arrives, and rows that did not arrive go, behind the guard', async () => {
    await arena.set(schema, { source: rows, target: rows });
    await arena.inSource(`delete from book_tag where book_id > 5; delete from book where id > 5; update book set price = 0 where id = 1`);
    const archive = await arena.export(arena.source);
    const guarded = await arena.write('replace', arena.target, archive, { maxDeletes: 10 });
    expect(guarded.outcome.state).toBe('completed');
    expect(verdicts(guarded)).toEqual([
      'public.author same 3',
      'public.book update 1, same 4, delete 4',
      'public.book_tag same 5, delete 4',
      'public.tag same 3',
    ]);
    await arena.inSource(`delete from book_tag; delete from book`);
    const emptied = await arena.write('replace', arena.target, await arena.export(arena.source), { maxDeletes: 10 });
    expect(emptied.outcome).toMatchObject({ state: 'refused', code: 'DELETES_GUARDED' });
    expect(await arena.inTarget(`select count(*) from book`)).toEqual([['5']]);
  });
});
