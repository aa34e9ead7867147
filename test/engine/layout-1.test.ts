import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { writeEntries } from '../support/archives.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** Archives of layout 1.0.0 know nothing of types and constraints: what they hold may be anything. */
let arena: Arena;
let folder: string;
beforeAll(async () => {
  arena = await openArena();
  folder = await mkdtemp(join(tmpdir(), 'waybill-layout-'));
});
afterAll(() => arena.close());

type Rows = readonly Readonly<Record<string, unknown>>[];
let archives = 0;
const archiveOf = async (tables: Readonly<Record<string, Rows>>): Promise<string> => {
  const index = {
    metadata: { timestamp: '2025-01-01T00:00:00Z', database: 'old', version: '1.0.0' },
    entities: Object.keys(tables),
    files: Object.fromEntries(Object.keys(tables).map((name) => [name, `${name}.json`])),
  };
  const entries = Object.entries(tables).map(([tableName, rows]) => ({
    name: `${tableName}.json`,
    data: Buffer.from(JSON.stringify({ tableName, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows })),
  }));
  const path = await writeEntries(join(folder, `old-${(archives += 1)}.tar.zst`), [
    { name: 'index.json', data: Buffer.from(JSON.stringify(index)) },
    ...entries,
  ]);
  return (await arena.blobs.adopt(path)).sha256;
};

test('every bad cell is an issue with its row, column and reason; rows that depend on it stay out', async () => {
  await arena.set(
    `create type mood as enum ('good', 'bad'); create domain few as int check (value < 10);
     create table p (id int primary key, k text not null unique, n int, d date, m mood, f few, b boolean, u uuid, j jsonb, a int[], v varchar(3)); create table c (k text primary key, p_id int not null references p)`,
  );
  const good = { n: 1, d: '2024-02-29', m: 'good', f: 9, b: true, u: '11111111-1111-1111-1111-111111111111', j: { a: 1 }, a: [1, null], v: 'abc' };
  const bad: readonly (readonly [string, unknown])[] = [
    ['n', 'x'],
    ['n', 9999999999],
    ['n', 1.5],
    ['d', '2024-02-30'],
    ['m', 'ugly'],
    ['f', 10],
    ['b', 'maybe'],
    ['u', 'no-uuid'],
    ['a', ['x']],
    ['v', 'abcd'],
    ['k', null],
  ];
  const rows = [{ id: 100, k: 'fine', ...good }, ...bad.map(([name, value], at) => ({ id: at, k: `k${at}`, ...good, [name]: value }))];
  const archive = await archiveOf({ p: rows, c: rows.map(({ id }) => ({ k: `c${id}`, p_id: id })) });
  expect((await arena.import(arena.target, archive)).outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  expect(await arena.inTarget(`select count(*) from p`)).toEqual([['0']]);
  const run = await arena.import(arena.target, archive, { onError: 'reject-rows' });
  const issues = await arena.issues(resultOf(run).plan);
  expect(issues.filter((issue) => issue.startsWith('public.p')).map((issue) => issue.replace(/ [=|] .*/, ''))).toEqual(
    bad.map(([name], at) => `public.p row ${at + 2}: ${name === 'k' ? 'value.missing' : 'type.invalid'} ${name} -`),
  );
  expect(issues.find((issue) => issue.includes(' d '))).toContain('date/time field value out of range: "2024-02-30"');
  expect(verdictsOf(resultOf(run).tables).toSorted()).toEqual([`public.c insert 1, blocked ${bad.length}`, `public.p insert 1, blocked ${bad.length}`]);
});

test('duplicate keys and references to nothing', async () => {
  await arena.set(`create table p (id serial primary key, k text not null unique); create table c (k text primary key, p_id int references p)`, {
    target: `insert into p (k) values ('there')`,
  });
  const archive = await archiveOf({
    p: [
      { id: 5, k: 'a' },
      { id: 6, k: 'b' },
      { id: 7, k: 'b' },
      { id: 9, k: 'there' },
    ],
    c: [
      { k: 'x', p_id: 5 },
      { k: 'y', p_id: 6 },
      { k: 'z', p_id: 88 },
      { k: 'w', p_id: 9 },
      { k: 'v', p_id: null },
    ],
  });
  const run = await arena.import(arena.target, archive, { onError: 'reject-rows' });
  expect((await arena.issues(resultOf(run).plan)).map((issue) => issue.split(' | ')[0])).toEqual([
    'public.p row 2: key.duplicate - key = (b)',
    'public.p row 3: key.duplicate - key = (b)',
    'public.c row 2: reference.rejected p_id c_p_id_fkey = (6)',
    'public.c row 3: reference.missing p_id c_p_id_fkey = (88)',
  ]);
  expect(await arena.inTarget(`select c.k, p.k from c left join p on p.id = p_id order by 1`)).toEqual([
    ['v', null],
    ['w', 'there'],
    ['x', 'a'],
  ]);
});

test('parents named by their keys, beside them in the same archive, over two levels and in the table itself', async () => {
  await arena.set(
    `create table country (id serial primary key, code text not null unique); create table city (id serial primary key, country_id int not null references country, name text not null, unique (country_id, name));
     create table visit (k text primary key, city_id int references city); create table tree (id serial primary key, code text not null unique, up_id int references tree)`,
    { target: `insert into country (code) values ('DE'), ('AT'); insert into city (country_id, name) values (2, 'X'); insert into tree (code) values ('old')` },
  );
  const archive = await archiveOf({
    country: [
      { id: 1, code: 'AT' },
      { id: 2, code: 'CH' },
    ],
    city: [
      { country_code: 'AT', name: 'X' },
      { country_code: 'CH', name: 'X' },
      { country_code: 'DE', name: 'Y' },
    ],
    visit: [
      { k: 'a', city_country_code: 'AT', city_name: 'X' },
      { k: 'b', city_country_code: 'CH', city_name: 'X' },
      { k: 'c', city_country_code: 'DE', city_name: 'Y' },
      { k: 'd', city_country_code: null, city_name: null },
    ],
    tree: [
      { code: 'leaf', up_code: 'root' },
      { code: 'root', up_code: null },
      { code: 'grown', up_code: 'old' },
    ],
  });
  const run = await arena.import(arena.target, archive);
  expect(verdictsOf(resultOf(run).tables).toSorted()).toEqual([
    'public.city insert 2, same 1',
    'public.country insert 1, same 1',
    'public.tree insert 3',
    'public.visit insert 4',
  ]);
  expect(
    await arena.inTarget(`select k, code, name from visit left join city c on c.id = city_id left join country o on o.id = country_id order by 1`),
  ).toEqual([
    ['a', 'AT', 'X'],
    ['b', 'CH', 'X'],
    ['c', 'DE', 'Y'],
    ['d', null, null],
  ]);
  expect(await arena.inTarget(`select t.code, u.code from tree t left join tree u on u.id = t.up_id order by 1`)).toEqual([
    ['grown', 'old'],
    ['leaf', 'root'],
    ['old', null],
    ['root', null],
  ]);
});
