import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import { verdictsOf } from '../support/two-databases.ts';
import { completed, item, itemRows, refusalOf, undoing, type Undoing } from '../support/undo.ts';

/** Rollback over schemas as they come: altered since, with triggers, without keys, in circles. */
let arena: Arena;
let tools: Undoing;
beforeAll(async () => {
  arena = await openArena();
  tools = undoing(arena);
});
afterAll(() => arena.close());

const rows = (select: string): Promise<readonly (readonly (string | null)[])[]> => arena.inTarget(select);
const comesBack: Undoing['comesBack'] = (...asked) => tools.comesBack(...asked);
const everything: Undoing['everything'] = (...asked) => tools.everything(...asked);
const run: Undoing['run'] = (...asked) => tools.run(...asked);
const undo: Undoing['undo'] = (...asked) => tools.undo(...asked);

describe('altered since', () => {
  test('a column that was dropped keeps changed and deleted rows of the run as they are', async () => {
    await arena.set(item, itemRows);
    const id = await run('replace');
    await rows('alter table item drop column note');
    const back = await arena.rollback(arena.target, id);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.item delete 1, blocked 2']);
    expect((await arena.issues(lastPlan(back))).map((issue) => issue.slice(0, 44)).toSorted()).toEqual([
      'public.item row ?: column.missing note - = 2',
      'public.item row ?: column.missing note - = 3',
    ]);
    expect(await rows('select * from item')).toEqual([['2', 'b', '20']]);
  });

  test('a column that was added since gets its default', async () => {
    await arena.set(item, itemRows);
    const id = await run('replace');
    await rows(`alter table item add column added int not null default 7`);
    expect(await undo(id)).toEqual(['public.item insert 1, update 1, delete 1']);
    expect(await rows('select * from item order by 1')).toEqual([
      ['2', 'b', '19', 'old', '7'],
      ['3', 'c', '30', null, '7'],
    ]);
  });

  test('a type that was changed takes the old value, or keeps the row', async () => {
    await arena.set(item, {
      ...itemRows,
      target: `insert into item values (1, 'a', 'ten', 'n'), (2, 'b', '19', 'old'), (3, 'c', '30', null), (4, 'd', 'many', null)`,
    });
    const id = await run('replace');
    await rows('alter table item alter size type bigint using size::bigint');
    const back = await arena.rollback(arena.target, id);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.item insert 1, update 1, blocked 2']);
    expect((await arena.issues(lastPlan(back))).map((issue) => issue.slice(0, 42)).toSorted()).toEqual([
      'public.item row ?: type.invalid size - = 1',
      'public.item row ?: type.invalid size - = 4',
    ]);
    expect(await rows('select id, size, note from item order by 1')).toEqual([
      ['1', '10', 'n'],
      ['2', '19', 'old'],
      ['3', '30', null],
    ]);
  });

  test('a table that was dropped is counted as blocked', async () => {
    await arena.set(`${item}; create table other (code text primary key)`, {
      source: `${itemRows.source}; insert into other values ('x')`,
      target: itemRows.target,
    });
    const id = await run('merge');
    await rows('drop table other');
    const back = await arena.rollback(arena.target, id);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.item update 1, delete 1', 'public.other blocked 1']);
    expect(completed(back).plan.notes).toContain('public.other is not there any more: what the run did to 1 of its rows cannot be taken back');
  });

  test('another primary key is refused', async () => {
    await arena.set(item, itemRows);
    const id = await run('merge');
    await rows('alter table item drop constraint item_pkey, add primary key (name)');
    expect(refusalOf(await arena.rollback(arena.target, id))).toContain('The key of public.item is another one');
  });

  test('a table without a primary key is known by the key of the run, and by no other', async () => {
    const pair = 'create table pair (a text not null unique, b text not null unique, v text)';
    await arena.set(pair, {
      source: `insert into pair values ('1', '2', 'n'), ('2', '3', 'n')`,
      target: `insert into pair values ('3', '1', 'own'), ('9', '2', 'old')`,
    });
    const settings = { 'public.pair': { key: ['b'] } };
    const before = await everything();
    const done = await arena.write('merge', arena.target, await arena.export(arena.source, { settings }), { base: 'none', settings });
    expect(verdictsOf(completed(done).tables)).toEqual(['public.pair insert 1, update 1']);
    await rows(`update pair set v = v`);
    expect(await undo(done.runId)).toEqual(['public.pair update 1, delete 1']);
    expect(await everything()).toEqual(before);
    const again = await arena.write('merge', arena.target, await arena.export(arena.source, { settings }), { base: 'none', settings });
    await rows('alter table pair add primary key (a)');
    expect(refusalOf(await arena.rollback(arena.target, again.runId))).toContain('The key of public.pair is another one');
  });

  test('a CHECK that came since names the row that does not fit it', async () => {
    await arena.set(item, itemRows);
    const id = await run('replace');
    await rows(`alter table item add check (size <> '30'), add check (note <> 'old')`);
    const back = await arena.rollback(arena.target, id);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.item delete 1, blocked 2']);
    expect((await arena.issues(lastPlan(back))).map((issue) => issue.split(' = ')[0])).toEqual([
      'public.item row 1: check.violated - item_note_check',
      'public.item row 2: check.violated - item_size_check',
    ]);
  });
});

describe('shapes', () => {
  test('values come back byte for byte', async () => {
    const schema = `create type "Mood" as enum ('ok', 'so so'); create type pair as (a int, b text);
      create table "Odd ""One""" ("Key" text primary key, j json, jb jsonb, n numeric, f float8, ts timestamptz, iv interval, b bytea, arr text[], r int4range, m "Mood", p pair, g int generated always as (length("Key")) stored, c char(4), x xml)`;
    await arena.set(schema, {
      source: `insert into "Odd ""One""" values ('k', '{"a": 1}', '1', 1, 1, 'now', '1 day', '', '{}', 'empty', 'ok', null, default, 'x', '<a/>'), ('new', null, null, null, null, null, null, null, null, null, null, null, default, null, null)`,
      target: `insert into "Odd ""One""" values ('k', '{"a":1, "a":  2}', '{"z": [1.10, null]}', 1.50, '-0', '2026-01-02 03:04:05.678901+00', '1 mon 2 days 00:00:00.5', '\\x00ff', '{"a,b",NULL,"\\"q\\""}', '[1,5)', 'so so', row(1, E'x\\ny'), default, 'ab', '<b>t</b>'),
        ('gone', '"\\u0000"', null, 'NaN', 'Infinity', '-infinity', null, null, '{{1,2},{3,4}}', null, null, row(null, ''), default, '', null)`,
    });
    await comesBack('replace');
  });

  test('composite keys, junction rows, rows that refer to their own table, and circles', async () => {
    const schema = `create table person (id int primary key, name text unique not null, boss int references person, team_id int); create table team (id int primary key, name text unique not null, lead int not null references person);
      alter table person add foreign key (team_id) references team; create table skill (area text, name text, level int, primary key (area, name));
      create table person_skill (person_id int references person on delete cascade, area text, skill text, primary key (person_id, area, skill), foreign key (area, skill) references skill on delete restrict)`;
    await arena.set(schema, {
      source: `insert into person values (1, 'a', null, null), (2, 'b', 1, null), (3, 'c', 2, null); insert into team values (1, 't1', 1), (2, 't2', 3); update person set team_id = 1 where id < 3; insert into skill values ('x', 'y', 1), ('x', 'z', 2); insert into person_skill values (1, 'x', 'y'), (2, 'x', 'z'), (3, 'x', 'z')`,
      target: `insert into person values (11, 'a', null, null), (12, 'd', 11, null), (13, 'e', 12, null); insert into team values (5, 't1', 11), (6, 't3', 13); update person set team_id = 6; insert into skill values ('x', 'y', 9), ('q', 'q', 2); insert into person_skill values (11, 'q', 'q'), (12, 'x', 'y'), (13, 'q', 'q')`,
    });
    await comesBack('replace');
    await comesBack('merge');
    await comesBack('import');
  });

  test('unique values that the run had handed on go back to who had them', async () => {
    await arena.set(`create table seat (code text primary key, place int unique)`, {
      source: `insert into seat values ('a', 1), ('b', 2), ('c', 3)`,
      target: `insert into seat values ('z', 1), ('b', 3), ('y', 2)`,
    });
    await comesBack('replace');
  });

  test('two unique values that changed places change back', async () => {
    await arena.set(`create table seat (code text primary key, place int unique)`, {
      source: `insert into seat values ('a', 1), ('b', 2)`,
      target: `insert into seat values ('a', 2), ('b', 1)`,
    });
    await comesBack('merge');
  });

  test('partitions, and identity columns that are always generated', async () => {
    await arena.set(
      `create table ev (id int generated always as identity, at date not null, name text not null, primary key (id, at), unique (name, at)) partition by range (at);
       create table ev_a partition of ev for values from ('2025-01-01') to ('2026-01-01'); create table ev_b partition of ev for values from ('2026-01-01') to ('2027-01-01')`,
      {
        source: `insert into ev (at, name) values ('2025-05-05', 'x'), ('2026-05-05', 'y')`,
        target: `insert into ev (at, name) values ('2025-05-05', 'x'), ('2026-06-06', 'w')`,
      },
    );
    await comesBack('replace');
  });

  test('rows known by their origin go with it, are known again when they come back, and come in anew after a rollback', async () => {
    await arena.set(`create table page (id serial primary key, body text); create table para (id serial primary key, page_id int references page, body text)`, {
      source: `insert into page (body) values ('p1'), ('p2'); insert into para (page_id, body) values (1, 'a'), (2, 'b')`,
      target: `insert into page (body) values ('own')`,
    });
    const before = await everything();
    const first = await arena.import(arena.target, await arena.export(arena.source));
    const back = await arena.rollback(arena.target, first.runId);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.page delete 2', 'public.para delete 2']);
    expect(await everything()).toEqual(before);
    expect(await rows('select count(*) from waybill.provenance')).toEqual([['0']]);
    const redo = await arena.rollback(arena.target, back.runId);
    expect(verdictsOf(completed(redo).tables)).toEqual(['public.page insert 2', 'public.para insert 2']);
    expect(verdictsOf(completed(await arena.import(arena.target, await arena.export(arena.source))).tables)).toEqual([
      'public.page same 2',
      'public.para same 2',
    ]);
    completed(await arena.rollback(arena.target, redo.runId));
    expect(verdictsOf(completed(await arena.import(arena.target, await arena.export(arena.source))).tables)).toEqual([
      'public.page insert 2',
      'public.para insert 2',
    ]);
  });

  test('rows of a table without any key go by the transaction that brought them', async () => {
    await arena.set(`create table line (body text, n int)`, {
      source: `insert into line values ('a', 1), ('a', 1), ('b', 2), ('c', 3)`,
      target: `insert into line values ('a', 1), ('z', 9)`,
    });
    const before = await everything();
    const id = await run('import');
    await rows(`update line set n = 33 where body = 'c'`);
    const back = await arena.rollback(arena.target, id);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.line keep 1, delete 2']);
    expect(completed(back).plan.notes).toEqual([
      'public.line has no key: 1 of the rows that the run put in are not found as it left them, and stay as they are',
    ]);
    await rows(`delete from line where n = 33`);
    expect(await everything()).toEqual(before);
  });

  test('a row that came in beside others, with rejects allowed, goes though its parent was renamed since', async () => {
    await arena.set(
      `create table author (id serial primary key, mail text unique not null); create table book (isbn text primary key, author_id int references author, title text)`,
      {
        source: `insert into author (mail) values ('a'); insert into book values ('1', 1, 'One'), ('2', 1, 'Two')`,
        target: `insert into author (mail) values ('z'); insert into book values ('2', 1, 'Old')`,
      },
    );
    const id = await run('import', { onError: 'reject-rows' });
    await rows(`update author set mail = 'renamed' where mail = 'a'`);
    expect(await undo(id)).toEqual(['public.author keep 1', 'public.book delete 1']);
    expect(await rows('select isbn, title from book')).toEqual([['2', 'Old']]);
  });

  test('rows without any key that are gone already are as the run found them', async () => {
    await arena.set(`create table line (body text, n int)`, {
      source: `insert into line values ('a', 1), ('b', 2), ('b', 2), ('c', 3)`,
      target: `insert into line values ('z', 9)`,
    });
    const first = await run('import');
    await rows(`delete from line where body in ('b', 'c')`);
    const back = await arena.rollback(arena.target, first);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.line same 3, delete 1']);
    expect(completed(back).plan.notes).toEqual([]);
    const second = await run('import');
    await rows(`delete from line where body <> 'z'; insert into line values ('b', 2)`);
    // One of them may have been changed into the row that came since.
    expect(await undo(second)).toEqual(['public.line same 3, keep 1']);
    expect(await rows('select * from line order by 1')).toEqual([
      ['b', '2'],
      ['z', '9'],
    ]);
  });

  test('a replace of a table without any key comes back', async () => {
    await arena.set(`create table line (body text, n int)`, {
      source: `insert into line values ('a', 1), ('b', 2)`,
      target: `insert into line values ('a', 1), ('z', 9), ('z', 9)`,
    });
    await comesBack('replace');
    await comesBack('replace', { onError: 'reject-rows' });
    await comesBack('merge', { onError: 'reject-rows' });
  });

  test('a table that only has a unique key, and one whose key is a UUID', async () => {
    await arena.set(
      `create table u (id uuid primary key default gen_random_uuid(), v text); create table k (a text not null, b text not null, v text, unique (a, b))`,
      {
        source: `insert into u values ('00000000-0000-0000-0000-000000000001', 'x'), ('00000000-0000-0000-0000-000000000002', 'y'); insert into k values ('a', 'b', 'x'), ('c', '{"', 'y')`,
        target: `insert into u values ('00000000-0000-0000-0000-000000000001', 'old'), ('00000000-0000-0000-0000-000000000003', 'z'); insert into k values ('a', 'b', 'old'), ('d', ',"', 'z')`,
      },
    );
    await comesBack('replace');
  });
});

describe('triggers', () => {
  const touched = `create table doc (id int primary key, name text unique not null, body text, updated_at timestamptz default '2020-01-01');
    create function touch() returns trigger language plpgsql as 'begin new.updated_at = clock_timestamp(); return new; end'; create trigger touch before update on doc for each row execute function touch()`;
  const docs = { source: `insert into doc values (1, 'a', 'new'), (2, 'b', 'b')`, target: `insert into doc values (1, 'a', 'old')` };

  test('columns that triggers keep are named and left to them', async () => {
    await arena.set(touched, docs);
    const id = await run('merge');
    const back = await arena.rollback(arena.target, id);
    expect(verdictsOf(completed(back).tables)).toEqual(['public.doc update 1, delete 1']);
    expect(await rows('select id, body, updated_at > now() - interval $$1 hour$$ from doc')).toEqual([['1', 'old', 't']]);
    expect(completed(back).notes).toEqual(['public.doc: triggers wrote updated_at (1) anew, so these cells are not as they were before the run']);
  });

  test('an edit that moved such a column keeps nothing else from going back', async () => {
    await arena.set(`${touched}; alter table doc add pages int`, docs);
    const id = await run('merge');
    await rows(`update doc set pages = 5 where id = 1`);
    expect(await undo(id)).toEqual(['public.doc update 1, delete 1']);
    expect(await rows('select body, pages from doc')).toEqual([['old', '5']]);
  });

  test('rows as a trigger left them are as the run left them', async () => {
    await arena.set(`create table doc (name text primary key, slug text)`, {
      source: `insert into doc values ('A B', null), ('C', 'x')`,
      targetSchema: `create table doc (name text primary key, slug text); create function slug() returns trigger language plpgsql as 'begin new.slug = lower(new.name); return new; end';
        create trigger slug before insert on doc for each row execute function slug()`,
    });
    const id = await run('import');
    await rows(`update doc set slug = 'mine' where name = 'C'; update doc set slug = slug`);
    expect(await undo(id)).toEqual(['public.doc keep 1, delete 1']);
  });

  test('a trigger that raises ends the rollback by name, and nothing is written', async () => {
    await arena.set(item, itemRows);
    const id = await run('merge');
    const before = await everything();
    await rows(
      `create function no() returns trigger language plpgsql as $$begin raise exception 'not allowed'; end$$; create trigger no before delete on item for each row execute function no()`,
    );
    expect(refusalOf(await arena.rollback(arena.target, id))).toMatch(/ROLLBACK_NOT_POSSIBLE: PostgreSQL refused a row.*not allowed/s);
    expect(await everything()).toEqual(before);
  });
});
