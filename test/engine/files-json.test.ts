import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import { documentOf, filesOf } from '../support/export-files.ts';
import { bring, countsOf, issuesOf } from '../support/files.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const lines = (...objects: readonly string[]): string => objects.map((line) => `${line}\n`).join('');

it('takes every kind of value as its column means it', async () => {
  await arena.set('create table v (id int primary key, n numeric, t text, b boolean, j jsonb, o json, a int[], s text[], d date, y bytea)');
  const done = await bring(arena, 'import', [
    'v.jsonl',
    lines(
      String.raw`{"id":1,"n":12345678901234567890.10,"t":"tab\tline\nback\\\u00e4\ud83d\ude00","b":true,"j":{"k":[1,"a\\b"]},"o":{"x" : 1.50},"a":[1,2,null],"s":["a,b","q\"",""],"d":"2024-02-29","y":"\\x00ff"}`,
      String.raw`{"y":null,"id":2,"n":-1e3,"t":5,"b":false,"j":"text","o":{"$json":"null"},"a":"{7}","s":[],"d":null}`,
    ),
  ]);
  expect(countsOf(done)).toEqual({ insert: 2 });
  expect(await arena.inTarget('select id, n, t, b, j::text, o::text, a::text, s::text, d::text, y::text from v order by id')).toEqual([
    [
      '1',
      '12345678901234567890.10',
      'tab\tline\nback\\ä😀',
      't',
      String.raw`{"k": [1, "a\\b"]}`,
      '{"x" : 1.50}',
      '{1,2,NULL}',
      String.raw`{"a,b","q\"",""}`,
      '2024-02-29',
      '\\x00ff',
    ],
    ['2', '-1000', '5', 'f', '"text"', 'null', '{7}', '{}', null, null],
  ]);
});

it('names what cannot go in with its line, and leaves it out where it may', async () => {
  await arena.set('create table p (id int primary key, name text, stock int not null default 3)');
  const text = lines(
    '{"id":1,"name":"a","stock":1}',
    '',
    '{"id":2,"name":"b"}',
    '{"id":3,"name":{"de":"c"},"stock":2}',
    '{"id":4,"id":5,"name":"d","stock":2}',
    '{"id":6,"nme":"e","stock":2,"name":"e"}',
    String.raw`{"id":7,"name":"half \ud800","stock":2}`,
    '{"id":8,"name":"f","stock":"many"}',
  );
  const done = await bring(arena, 'import', ['p.jsonl', text], { onError: 'reject-rows' });
  expect(await issuesOf(arena, done)).toEqual([
    '2 line 3 at 1: column.missing stock',
    '3 line 4 at 16: type.invalid name',
    '4 line 5 at 9: column.duplicate id',
    '5 line 6 at 9: column.unknown nme',
    '6 line 7 at 16: value.unstorable name',
    '7 line 8: type.invalid stock',
  ]);
  expect(await arena.inTarget('select id, name, stock from p')).toEqual([['1', 'a', '1']]);
});

it('a missing key is NULL in an import where nothing else is meant, a fault in a merge, and NULL where that is said', async () => {
  await arena.set('create table p (id int primary key, name text)', { target: `insert into p values (1, 'a'), (2, 'b')` });
  const text = lines('{"id":1,"name":"a"}', '{"id":2}', '{"id":3}');
  expect(countsOf(await bring(arena, 'import', ['p.jsonl', text]))).toEqual({ insert: 1, same: 1, keep: 1 });
  const refused = await bring(arena, 'merge', ['p.jsonl', text]);
  expect(await issuesOf(arena, refused)).toEqual(['2 line 2 at 1: column.missing name', '3 line 3 at 1: column.missing name']);
  expect(countsOf(await bring(arena, 'merge', ['p.jsonl', text], { given: { missing: 'null' } }))).toEqual({ update: 1, same: 2 });
});

it('a column that no line has stays as it is', async () => {
  await arena.set('create table p (id int primary key, name text, note text)', { target: `insert into p values (1, 'a', 'kept')` });
  expect(countsOf(await bring(arena, 'merge', ['p.ndjson', lines('{"id":1,"name":"A"}')]))).toEqual({ update: 1 });
  expect(await arena.inTarget('select * from p')).toEqual([['1', 'A', 'kept']]);
});

it('keys in any order, other keys on every line', async () => {
  await arena.set('create table p (id int primary key, a text, b text)');
  const text = Array.from({ length: 300 }, (_, at) => {
    const parts = [`"id":${at}`, `"a": "a${at}"`, `"b" : "b${at}"`];
    return `{${[parts[at % 3], parts[(at + 1) % 3], ...(at % 5 === 0 ? [] : [parts[(at + 2) % 3]])].join(', ')}}`;
  });
  const done = await bring(arena, 'import', ['p.jsonl', lines(...text.filter((line) => line.includes('"id"')))]);
  expect(countsOf(done)).toEqual({ insert: 280 });
  expect(await arena.inTarget(`select count(*) from p where coalesce(a, 'a' || id) <> 'a' || id or coalesce(b, 'b' || id) <> 'b' || id`)).toEqual([['0']]);
});

it('an export of an empty table comes in again, and a file that has nothing says so', async () => {
  await arena.set('create table p (id int primary key, name text not null, twice int generated always as (id * 2) stored)', {
    target: `insert into p values (1, 'a')`,
  });
  for (const format of ['jsonl', 'csv'] as const) {
    const text = (await filesOf(arena.source, { format })).get('public.p') ?? '?';
    expect(text).toBe(format === 'jsonl' ? '' : 'id,name\n');
    for (const kind of ['import', 'merge'] as const) {
      const done = await bring(arena, kind, [`p.${format}`, text]);
      expect(countsOf(done)).toEqual({});
      expect(lastPlan(done).notes.some((note) => note.startsWith('The file has no line, so no row comes in.'))).toBe(format === 'jsonl');
    }
  }
  for (const text of ['\n \r\n', '\ufeff']) expect(countsOf(await bring(arena, 'import', ['p.jsonl', text]))).toEqual({});
  expect(await arena.inTarget('select id, name from p')).toEqual([['1', 'a']]);
  expect((await bring(arena, 'import', ['p.csv', ''])).outcome).toMatchObject({ state: 'refused', code: 'FILE_EMPTY' });
  expect((await bring(arena, 'import', ['p.jsonl', '{}\n'])).outcome).toMatchObject({ state: 'refused', code: 'FILE_WITHOUT_KEY' });
});

it('a JSON document is told from JSON lines', async () => {
  await arena.set('create table p (id int primary key)', { source: 'insert into p values (1)' });
  for (const text of [(await documentOf(arena.source)).text, '{\r\n  "id": 1\r\n}\r\n'])
    expect((await bring(arena, 'import', ['p.json', text])).outcome).toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining(': this is one JSON document over several lines'),
    });
});
