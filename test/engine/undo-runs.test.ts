import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { verdictsOf } from '../support/two-databases.ts';
import { completed, item, itemRows, refusalOf, undoing, type Undoing } from '../support/undo.ts';

/** Rollback among other runs, other sessions, and in databases that are not what they were. */
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

describe('several runs', () => {
  test('the third of seven runs is taken back as if it had never been', async () => {
    const schema = `create table item (code text primary key, a int, b int, c int); create table tag (item text references item, tag text, primary key (item, tag))`;
    const step = async (n: number): Promise<string> => {
      await arena.inSource(`truncate item cascade; insert into item select 'n' || i, i, ${n}, 0 from generate_series(${n * 10}, ${n * 10 + 4}) i; insert into tag select code, 't${n}' from item;
        insert into item values ('shared', 0, ${n === 3 ? 3 : 0}, 0)`);
      return run('merge');
    };
    const play = async (skipped: boolean): Promise<readonly unknown[]> => {
      await arena.set(schema, { target: `insert into item values ('shared', 0, 0, 0)` });
      const ids: string[] = [];
      for (const n of [1, 2, 3, 4, 5, 6, 7]) if (!(skipped && n === 3)) ids.push(await step(n));
      if (!skipped) await arena.rollback(arena.target, ids[2] ?? '').then(completed);
      return everything();
    };
    const without = await play(true);
    expect(await play(false)).toEqual(without);
  });

  test('a row that a replace had put in another’s place, under its very id, makes room for it again', async () => {
    await arena.set(`create table t (id uuid primary key default gen_random_uuid(), code text unique not null)`, {
      source: `insert into t values ('00000000-0000-4000-8000-000000000001', 'a'), ('00000000-0000-4000-8000-000000000002', 'stays')`,
    });
    await run('import');
    const before = await everything();
    await arena.inSource(`update t set code = 'b' where code = 'a'`);
    const replaced = await run('replace');
    expect(await undo(replaced)).toEqual(['public.t insert 1, delete 1']);
    expect(await everything()).toEqual(before);
  });

  test('two runs are taken back in either order', async () => {
    const two = async (): Promise<readonly [string, string, readonly unknown[]]> => {
      await arena.set(item, itemRows);
      const before = await everything();
      const first = await run('merge');
      await arena.inSource(`update item set size = '11', note = 'm' where id = 1; insert into item values (9, 'z', '9', null)`);
      return [first, await run('merge'), before];
    };
    const [a, b, before] = await two();
    expect(await undo(b)).toEqual(['public.item update 1, delete 1']);
    expect(await undo(a)).toEqual(['public.item update 1, delete 1']);
    expect(await everything()).toEqual(before);
    const [first, second] = await two();
    expect(await undo(first)).toEqual(['public.item update 1, keep 1']);
    expect(await undo(second)).toEqual(['public.item update 1, delete 1']);
    expect(await undo(second).catch(() => ['taken back'])).toEqual(['taken back']);
  });

  test('rows that came in beside bad ones are known by the archive', async () => {
    await arena.set(item, { source: itemRows.source, target: itemRows.target, targetSchema: `${item}; alter table item add check (size <> '10')` });
    await arena.inSource(`insert into item values (5, 'e', '50', null), (6, 'f', '60', null)`);
    const id = await run('merge', { onError: 'reject-rows' });
    await rows(`update item set note = 'mine' where id = 6`);
    expect(await undo(id)).toEqual(['public.item update 1, keep 1, delete 1']);
  });
});

describe('meanwhile', () => {
  test('a row that is edited or referred to while the rollback runs is kept', async () => {
    await arena.set(`create table a (id int primary key, v text); create table b (id int primary key, a_id int references a on delete cascade)`, {
      source: `insert into a select i, 'v' from generate_series(1, 5) i`,
    });
    const id = await run('import');
    const { Client } = (await import('pg')).default;
    const other = new Client({ connectionString: arena.target });
    await other.connect();
    await other.query(`begin; update a set v = 'mine' where id = 1; insert into b values (1, 2)`);
    const rollback = arena.rollback(arena.target, id);
    await new Promise((done) => setTimeout(done, 1500));
    await other.query('commit');
    await other.end();
    const back = await rollback;
    expect(verdictsOf(completed(back).tables)).toEqual(['public.a keep 1, delete 3, blocked 1']);
    expect(back.drifts.length).toBeGreaterThan(0);
    expect(await everything()).toHaveLength(3);
  });
});

describe('definitions that change meanwhile', () => {
  test('a table that comes to refer to rows of the run while the rollback waits ends it, and nothing is written', async () => {
    await arena.set(item, itemRows);
    const id = await run('merge');
    const { Client } = (await import('pg')).default;
    const other = new Client({ connectionString: arena.target });
    await other.connect();
    await other.query('begin; lock table item in share row exclusive mode');
    const rollback = arena.rollback(arena.target, id);
    await new Promise((done) => setTimeout(done, 1500));
    await other.query('create table guest (item_id int references item on delete cascade); insert into guest values (1); commit');
    await other.end();
    expect(refusalOf(await rollback)).toContain('CATALOGUE_CHANGED');
    expect(await rows('select count(*) from item, guest')).toEqual([['3']]);
    expect(await undo(id)).toEqual(['public.item update 1, blocked 1']);
  });
});

describe('surroundings', () => {
  test('a database that was restored from a dump: rows are known by the archive, not by their transaction', async () => {
    await arena.set(item, itemRows);
    const before = await everything();
    const id = await run('merge');
    // Every row, and the marker, in one new transaction, as `psql --single-transaction` leaves them.
    await rows(`begin; update waybill.run set at = at; update item set size = size; commit`);
    expect(await undo(id)).toEqual(['public.item update 1, delete 1']);
    expect(await everything()).toEqual(before);
  });

  test('a table of the run that is empty now, beside one whose rows were touched', async () => {
    await arena.set(`create table kind (name text primary key); create table item (id int primary key, name text unique not null, kind text references kind)`, {
      source: `insert into kind values ('k'); insert into item values (1, 'a', 'k'), (2, 'b', null)`,
    });
    const id = await run('import');
    await rows(`update item set kind = null; delete from kind; update item set name = name`);
    expect(await undo(id)).toEqual(['public.item keep 1, delete 1', 'public.kind same 1']);
  });

  test('many chunks, with gaps and without, and keys of several columns', async () => {
    await arena.set(`create table n (id int primary key, v int); create table m (a int, b text, v int, primary key (a, b))`, {
      source: `insert into n select i, i from generate_series(1, 25000) i where i % 7 <> 0; insert into n select -i, i from generate_series(1, 30) i; insert into m select i % 50, i::text, i from generate_series(1, 12000) i`,
      target: `insert into n select i, 0 from generate_series(1, 25000, 3) i; insert into m select i % 50, i::text, 0 from generate_series(1, 24000, 2) i`,
    });
    await comesBack('replace');
  });

  test('a role with no more rights than the tables need', async () => {
    const role = `undo_${process.pid}`;
    const schema = `create table author (id int generated always as identity primary key, name text not null unique, age int); create table book (id serial primary key, isbn text not null unique, author_id int not null references author on delete restrict)`;
    await arena.set(schema, {
      source: `insert into author (name, age) values ('a', 1), ('b', 2); insert into book (isbn, author_id) values ('1', 1), ('2', 2)`,
      target: `insert into author (name, age) values ('b', 9), ('c', 3); insert into book (isbn, author_id) values ('3', 2), ('2', 1)`,
    });
    const archive = await arena.export(arena.source);
    await rows(`create role ${role} login; grant create on database ${new URL(arena.target).pathname.slice(1)} to ${role}; grant usage on schema public to ${role};
      grant select, insert, update, delete on all tables in schema public to ${role}; grant usage, select, update on all sequences in schema public to ${role}`);
    const url = new URL(arena.target);
    url.username = role;
    const before = await everything();
    const taken = await arena.write('replace', url.href, archive, { maxDeletes: 'any' });
    expect(verdictsOf(completed(taken).tables)).toEqual(['public.author insert 1, update 1, delete 1', 'public.book insert 1, same 1, delete 1']);
    expect(verdictsOf(completed(await arena.rollback(url.href, taken.runId)).tables)).toEqual([
      'public.author insert 1, update 1, delete 1',
      'public.book insert 1, delete 1',
    ]);
    expect(await everything()).toEqual(before);
    expect(await rows(`select (select count(*) from pg_constraint where not convalidated), (select count(*) from pg_trigger where tgenabled <> 'O')`)).toEqual([
      ['0', '0'],
    ]);
    await rows(`drop owned by ${role}; drop role ${role}`);
  });
});
