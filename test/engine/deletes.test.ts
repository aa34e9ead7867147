import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chooseKeys } from '../../src/domain/catalogue/choose-key.ts';
import { tableId, type Catalogue } from '../../src/domain/catalogue/catalogue.ts';
import { deleteRows } from '../../src/engine/apply/delete.ts';
import { ensureTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import type { Load } from '../../src/engine/load.ts';
import { planRemoval, type RemovalPlan } from '../../src/engine/plan/inbound.ts';
import { createDelete, type Removal } from '../../src/engine/removal.ts';
import { targetLoads } from '../../src/engine/undo/target-loads.ts';
import { introspect } from '../../src/infra/postgres/introspect.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { openArena, type Arena } from '../support/arena.ts';

/** Deleting rows that others refer to: nothing goes, and nothing changes, that was not planned (ENGINE-RULES 13, 14). */
let arena: Arena;
let session: Session | undefined;
beforeAll(async () => {
  arena = await openArena();
});
afterEach(async () => {
  await session?.close();
  session = undefined;
});
afterAll(() => arena.close());

type Prepared = { readonly catalogue: Catalogue; readonly load: (table: string) => Load; readonly session: Session; run(script: string): Promise<unknown> };

/** A session in a transaction, with the named tables as loads. */
const prepare = async (schema: string, rows: string, tables: readonly string[]): Promise<Prepared & { readonly loads: readonly Load[] }> => {
  await arena.set(schema, { target: rows });
  const own = await openSession(arena.target, { purpose: 'test deletes' });
  session = own;
  await ensureTargetSchema(own);
  const catalogue = await introspect(own);
  const loads = targetLoads(chooseKeys(catalogue, {}).filter((table) => tables.includes(table.name)));
  await own.run(sql`begin isolation level repeatable read`);
  const load = (name: string): Load => {
    const found = loads.find((candidate) => candidate.target.name === name);
    if (found === undefined) throw new Error(`No load of ${name}`);
    return found;
  };
  return { catalogue, loads, load, session: own, run: (script) => own.run(sql.raw(script) as never) };
};

type Doing = { readonly deletes: Readonly<Record<string, string>>; readonly changes?: Readonly<Record<string, readonly string[]>> };

const plan = async (prepared: Awaited<ReturnType<typeof prepare>>, { deletes, changes = {} }: Doing): Promise<RemovalPlan> => {
  for (const [table, keys] of Object.entries(deletes)) {
    await prepared.session.run(createDelete(prepared.load(table)));
    await prepared.run(`insert into pg_temp.wb_delete_${prepared.load(table).index} ${keys}`);
  }
  return planRemoval(removal(prepared, { deletes, changes }));
};

const removal = ({ session: own, loads, catalogue }: Awaited<ReturnType<typeof prepare>>, { deletes, changes = {} }: Doing): Removal => ({
  session: own,
  loads,
  tables: catalogue.tables,
  deletes: (load) => deletes[load.target.name] !== undefined,
  changed: (load) => changes[load.target.name] ?? [],
});

const remove = async ({ session: own, loads }: Awaited<ReturnType<typeof prepare>>, found: RemovalPlan, turn: 'early' | 'late'): Promise<void> => {
  const ledger = { relation: { schema: 'waybill', name: 'ledger' }, provenance: { schema: 'waybill', name: 'provenance' }, runId: 'run-D' };
  await deleteRows({ session: own, loads, ledger, ...found }, turn);
};

const texts = async (own: Session, statement: string): Promise<readonly string[]> =>
  (await own.many<{ text: string }>(sql.raw(`select t::text as text from (${statement}) as t order by 1`) as never)).map(({ text }) => text);

const blockedOf = (found: RemovalPlan): readonly string[] =>
  found.blocked.map(({ table, child, constraint, count, example }) => `${table} ${count} (${example}): ${child} ${constraint}`);

const library = `create table author (id int primary key, name text not null);
  create table book (id int primary key, author_id int REFERENCE, title text)`;

test.each([
  'references author',
  'references author on delete cascade',
  'references author on delete set null',
  'references author on delete set default',
  'references author on delete restrict',
])('a row that a row outside of the run refers to stays: %s', async (reference) => {
  const prepared = await prepare(library.replace('REFERENCE', reference), `insert into author values (1, 'a'), (2, 'b'); insert into book values (7, 1, 'x')`, [
    'author',
  ]);
  const found = await plan(prepared, { deletes: { author: 'values (1), (2)' } });
  expect(blockedOf(found)).toEqual(['public.author 1 (1): public.book book_author_id_fkey']);
  expect(found.counts.get(0)).toEqual({ early: 1, late: 0 });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select * from book')).toEqual(['(7,1,x)']);
  expect(await texts(prepared.session, 'select * from author')).toEqual(['(1,a)']);
  expect(await texts(prepared.session, 'select * from wb_blocked_0')).toEqual(['(1,public.book,book_author_id_fkey)']);
});

test('children go with their parents, and the ledger has every row as it was', async () => {
  const prepared = await prepare(
    library.replace('REFERENCE', 'references author on delete cascade'),
    `insert into author values (1, 'a'), (2, 'b'); insert into book values (7, 1, 'x'), (8, 1, null), (9, 2, 'z')`,
    ['author', 'book'],
  );
  const found = await plan(prepared, { deletes: { author: 'values (1)', book: 'values (7), (8)' } });
  expect(blockedOf(found)).toEqual([]);
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select * from book')).toEqual(['(9,2,z)']);
  expect(await texts(prepared.session, 'select table_name, verdict, chunk, n, lo, hi, ids, before from waybill.ledger')).toEqual([
    `(author,delete,0,1,1,1,,"{""{\\\\""id\\\\"": \\\\""1\\\\"", \\\\""name\\\\"": \\\\""a\\\\""}""}")`,
    `(book,delete,0,2,7,8,,"{""{\\\\""id\\\\"": \\\\""7\\\\"", \\\\""title\\\\"": \\\\""x\\\\"", \\\\""author_id\\\\"": \\\\""1\\\\""}"",""{\\\\""id\\\\"": \\\\""8\\\\"", \\\\""title\\\\"": null, \\\\""author_id\\\\"": \\\\""1\\\\""}""}")`,
  ]);
});

test('what keeps a row keeps its parents, through cycles and references to the same table', async () => {
  const prepared = await prepare(
    `create table a (id int primary key, b_id int); create table b (id int primary key, a_id int references a, up int references b);
     alter table a add foreign key (b_id) references b deferrable initially immediate; create table guest (b_id int references b on delete cascade)`,
    `insert into a values (1, null), (2, null), (3, null); insert into b values (1, 1, null), (2, 2, 1), (3, 3, null), (4, 3, 3);
     update a set b_id = id; insert into guest values (2)`,
    ['a', 'b'],
  );
  const found = await plan(prepared, { deletes: { a: 'values (1), (2), (3)', b: 'values (1), (2), (3), (4)' } });
  expect(blockedOf(found)).toEqual([
    'public.a 2 (1): public.b b_a_id_fkey',
    'public.b 1 (1): public.a a_b_id_fkey',
    'public.b 1 (2): public.guest guest_b_id_fkey',
  ]);
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select id from a')).toEqual(['(1)', '(2)']);
  expect(await texts(prepared.session, 'select id from b')).toEqual(['(1)', '(2)']);
});

test('a cycle of NOT NULL references that restrict goes out in one statement', async () => {
  const prepared = await prepare(
    `create table a (id int primary key, b_id int not null); create table b (id int primary key, a_id int not null references a on delete restrict);
     alter table a add foreign key (b_id) references b on delete restrict deferrable`,
    `begin; set constraints all deferred; insert into a select n, n from generate_series(1, 50) n; insert into b select n, 51 - n from generate_series(1, 50) n; commit`,
    ['a', 'b'],
  );
  const found = await plan(prepared, { deletes: { a: 'select id from a', b: 'select id from b' } });
  expect(found.counts.get(0)).toEqual({ early: 50, late: 0 });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select count(*) from a, b')).toEqual(['(0)']);
});

test('a row whose children are led elsewhere goes after their update, and so does the row that it refers to', async () => {
  const prepared = await prepare(
    `create table shelf (id int primary key); create table author (id int primary key, shelf_id int references shelf, name text unique);
     create table book (id int primary key, author_id int not null references author on delete cascade)`,
    `insert into shelf values (1); insert into author values (1, 1, 'a'), (2, null, 'b'), (3, null, 'c'); insert into book values (7, 1), (8, 2)`,
    ['shelf', 'author', 'book'],
  );
  const book = prepared.load('book').index;
  await prepared.run(
    `create temporary table wb_change_${book} as select null::tid as src, 'update' as verdict, 7 as k_id, 2 as i_author_id, 1 as c_author_id, 'i'::"char" as o_author_id`,
  );
  const found = await plan(prepared, { deletes: { shelf: 'values (1)', author: 'values (1), (3)' }, changes: { book: ['author_id'] } });
  expect(blockedOf(found)).toEqual([]);
  expect(found.counts.get(prepared.load('author').index)).toEqual({ early: 1, late: 1 });
  expect(found.counts.get(prepared.load('shelf').index)).toEqual({ early: 0, late: 1 });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select name from author')).toEqual(['(a)', '(b)']);
  await prepared.run('update book set author_id = 2');
  await remove(prepared, found, 'late');
  expect(await texts(prepared.session, 'select name from author')).toEqual(['(b)']);
  expect(await texts(prepared.session, 'select * from book')).toEqual(['(7,2)', '(8,2)']);
  expect(await texts(prepared.session, `select table_name, chunk, lo from waybill.ledger`)).toEqual(['(author,0,3)', '(author,1,1)', '(shelf,0,1)']);
});

test('a child that its update did not lead elsewhere after all keeps the run from deleting its parent', async () => {
  const prepared = await prepare(
    `create table author (id int primary key); create table book (id int primary key, author_id int references author on delete cascade)`,
    `insert into author values (1), (2); insert into book values (7, 1)`,
    ['author', 'book'],
  );
  await prepared.run(
    `create temporary table wb_change_${prepared.load('book').index} as select null::tid as src, 'update' as verdict, 7 as k_id, 2 as i_author_id, 1 as c_author_id, 'i'::"char" as o_author_id`,
  );
  const found = await plan(prepared, { deletes: { author: 'values (1)' }, changes: { book: ['author_id'] } });
  await remove(prepared, found, 'early');
  await expect(remove(prepared, found, 'late')).rejects.toMatchObject({
    code: 'ROWS_STILL_REFERENCED',
    details: { table: 'public.author', child: 'public.book', constraint: 'book_author_id_fkey', count: 1 },
  });
  await prepared.run('update book set author_id = 2');
  await remove(prepared, found, 'late');
  expect(await texts(prepared.session, 'select * from book')).toEqual(['(7,2)']);
});

test('a row to which an update would lead another one stays', async () => {
  const prepared = await prepare(
    `create table author (id int primary key, code text unique); create table book (id int primary key, author_code text references author (code))`,
    `insert into author values (1, 'a'), (2, 'b'); insert into book values (7, 'a')`,
    ['author', 'book'],
  );
  await prepared.run(
    `create temporary table wb_change_${prepared.load('book').index} as select null::tid as src, 'update' as verdict, 7 as k_id, 'b' as i_author_code, 'a' as c_author_code, 'i'::"char" as o_author_code`,
  );
  const found = await plan(prepared, { deletes: { author: 'values (1), (2)' }, changes: { book: ['author_code'] } });
  expect(blockedOf(found)).toEqual(['public.author 1 (2): public.book book_author_code_fkey']);
  expect(found.counts.get(prepared.load('author').index)).toEqual({ early: 0, late: 1 });
});

test('references of several columns, one of them NULL, refer to nothing', async () => {
  const prepared = await prepare(
    `create table "Box" (x int, "Y" int, primary key (x, "Y")); create table part (id int, x int, y int, foreign key (x, y) references "Box" on delete cascade)`,
    `insert into "Box" values (1, 1), (1, 2); insert into part values (1, 1, null), (2, 1, 2)`,
    ['Box'],
  );
  const found = await plan(prepared, { deletes: { Box: 'values (1, 1), (1, 2)' } });
  expect(blockedOf(found)).toEqual(['public.Box 1 ({1,2}): public.part part_x_y_fkey']);
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select verdict, n, keys, before from waybill.ledger')).toEqual([
    `(delete,1,"{""{1,1}""}","{""{\\\\""Y\\\\"": \\\\""1\\\\"", \\\\""x\\\\"": \\\\""1\\\\""}""}")`,
  ]);
});

test('a BEFORE trigger that keeps rows ends the run', async () => {
  const prepared = await prepare(
    `create table author (id int primary key); create function keep() returns trigger language plpgsql as 'begin return null; end';
     create trigger keeper before delete on author for each row execute function keep()`,
    `insert into author values (1)`,
    ['author'],
  );
  const found = await plan(prepared, { deletes: { author: 'values (1)' } });
  await expect(remove(prepared, found, 'early')).rejects.toMatchObject({ code: 'ROWS_SUPPRESSED' });
});

test('rows that nobody planned for a partition, or a child by inheritance, stay', async () => {
  const prepared = await prepare(
    `create table event (id int, at date, primary key (id, at)) partition by range (at); create table event_1 partition of event for values from ('2026-01-01') to ('2027-01-01');
     create table animal (id int primary key); create table dog (good bool) inherits (animal)`,
    `insert into event values (1, '2026-02-03'), (2, '2026-02-03'); insert into animal values (1); insert into dog values (1, true)`,
    ['event', 'animal'],
  );
  const found = await plan(prepared, { deletes: { event: `values (1, '2026-02-03'::date)`, animal: 'values (1)' } });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select id from event')).toEqual(['(2)']);
  expect(await texts(prepared.session, 'select tableoid::regclass, id from animal')).toEqual(['(dog,1)']);
});

test('the origin of a row goes with it, and the ledger remembers it', async () => {
  const prepared = await prepare(`create table note (id serial primary key, body text)`, `insert into note (body) values ('a'), ('b')`, ['note']);
  expect(prepared.loads.map(({ target }) => tableId(target))).toEqual(['public.note']);
  await prepared.run(
    `insert into waybill.provenance values ('public', 'note', 'DB1', '{41}', '{1}', 'run-A'), ('public', 'note', 'DB1', '{42}', '{2}', 'run-A')`,
  );
  const found = await plan(prepared, { deletes: { note: 'values (1)' } });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select origin_key from waybill.provenance')).toEqual(['({42})']);
  expect(await texts(prepared.session, 'select names from waybill.ledger')).toEqual(['("{""{DB1,41}""}")']);
});

test('rows of a table without any key go by their place', async () => {
  const prepared = await prepare(`create table line (body text)`, `insert into line values ('a'), ('a'), ('b')`, ['line']);
  const found = await plan(prepared, { deletes: { line: `select tableoid, ctid from line where body = 'a' limit 1` } });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select * from line')).toEqual(['(a)', '(b)']);
});

test('chunks hold at most 10,000 rows, in order, with a gap as ids', async () => {
  const prepared = await prepare(`create table n (id bigint primary key)`, `insert into n select generate_series(1, 25000)`, ['n']);
  const found = await plan(prepared, { deletes: { n: 'select id from n where id <> 12345' } });
  await remove(prepared, found, 'early');
  expect(await texts(prepared.session, 'select chunk, n, lo, hi, cardinality(ids), cardinality(before) from waybill.ledger')).toEqual([
    '(0,10000,1,10000,,10000)',
    '(1,10000,10001,20001,10000,10000)',
    '(2,4999,20002,25000,,4999)',
  ]);
});
