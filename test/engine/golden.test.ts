import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KnownDatabase } from '../../src/events/databases.ts';
import { rowHistory } from '../../src/events/row-history.ts';
import { verifyData } from '../../src/events/verify-data.ts';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import { documentOf, filesOf } from '../support/export-files.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { createReplayRig } from '../support/replay.ts';
import { query as inDatabase, resultOf } from '../support/two-databases.ts';

/** The statements of the engine as PostgreSQL gets them: read in review, and never one that a user's schema could shadow. */
let arena: Arena;
const sent: string[] = [];
beforeAll(async () => {
  arena = await openArena();
});
/** Listens on the way to PostgreSQL; every statement still goes there. */
const { query } = pg.Client.prototype;
const listening = (text: unknown): void => {
  if (typeof text === 'string' && /^\s*(copy \(\s*)?\/\* engine\./.test(text)) sent.push(text.trim());
};
beforeEach(() => {
  sent.length = 0;
  pg.Client.prototype.query = new Proxy(query, {
    apply: (target, client, parameters: unknown[]): unknown => {
      const [first] = parameters;
      listening(typeof first === 'object' && first !== null && 'text' in first ? first.text : first);
      return Reflect.apply(target, client, parameters);
    },
  });
});
afterEach(() => {
  pg.Client.prototype.query = query;
});
afterAll(() => arena.close());

const nameOf = (text: string): string => /\/\* (engine\.[a-z.-]+) \*\//.exec(text)?.[1] ?? '?';

/** One of each statement; what differs from run to run is made equal. */
const statements = (): string => {
  const seen = new Set<string>();
  return sent
    .map((text) =>
      text
        .replaceAll(/'(run-TEST)\w+'/g, "'$1'")
        .replaceAll(/'[0-9A-HJKMNP-TV-Z]{26}'/g, "'01DATABASE'")
        .replaceAll(/'\d+'(?=::pg_catalog\.xid)/g, "'1'"),
    )
    .filter((text) => {
      const key = nameOf(text) + text.replaceAll(/\d+/g, '#');
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    })
    .map((text) => `${text};\n`)
    .join('\n');
};

const schema = `create table author (id int generated always as identity primary key, mail text not null unique, name text not null check (name <> ''));
  create table book (isbn text primary key, author_id int not null references author, sequel_of text references book, pages int, unique nulls not distinct (author_id, pages));
  create table note (id serial primary key, isbn text references book, body json, unique (id, isbn)); create unique index on book (lower(isbn)) where pages > 0`;
const rows = {
  source: `insert into author (mail, name) values ('a', 'Ann'), ('b', 'Bob'); insert into book values ('1', 1, null, 10), ('2', 2, '1', 20), ('3', 2, null, 30); insert into note (isbn, body) values ('1', '{}'), (null, null)`,
  target: `insert into author (mail, name) values ('z', 'Zed'), ('b', 'Robert'); insert into book values ('9', 1, null, 1); insert into note (body) values ('1')`,
};

test('reads as it did, into a target with rows', async () => {
  await arena.set(schema, { ...rows, target: `alter table author add check (name <> 'Ann'); ${rows.target}` });
  const archive = await arena.export(arena.source);
  sent.length = 0;
  resultOf(await arena.import(arena.target, archive, { onError: 'reject-rows' }));
  await expect(statements()).toMatchFileSnapshot('golden/import-with-rejects.sql');
});

test('reads as it did, into an empty target', async () => {
  await arena.set(schema, { source: rows.source });
  const archive = await arena.export(arena.source);
  sent.length = 0;
  resultOf(await arena.import(arena.target, archive));
  await expect(statements()).toMatchFileSnapshot('golden/import-empty.sql');
});

test('reads as it did, with parents that travel as their keys', async () => {
  await arena.set(schema, { source: rows.source, target: `insert into author (mail, name) values ('b', 'B'), ('a', 'A')` });
  const archive = await arena.export(arena.source, { tables: ['book'] });
  sent.length = 0;
  resultOf(await arena.import(arena.target, archive));
  await expect(statements()).toMatchFileSnapshot('golden/import-companions.sql');
});

/** Both sides edited since the archive that they share; rows of either deleted. */
const edits = {
  source: `update author set name = 'Annie' where mail = 'a'; update book set pages = 11 where isbn = '1'; delete from note; delete from book where isbn = '3'; insert into note (isbn) values ('2')`,
  target: `update author set name = 'Anna' where mail = 'a'; update book set pages = 12 where isbn = '2'`,
};

test('reads as it did, in a merge with a base', async () => {
  await arena.set(schema, { target: rows.source });
  resultOf(await arena.import(arena.source, await arena.export(arena.target)));
  await arena.inSource(edits.source);
  await arena.inTarget(edits.target);
  const archive = await arena.export(arena.source);
  sent.length = 0;
  const plan = lastPlan(await arena.write('merge', arena.target, archive, { deletes: true, maxDeletes: 'any', approval: 'required' }));
  resultOf(await arena.write('merge', arena.target, archive, { deletes: true, maxDeletes: 'any', approved: plan, resolutions: [{ take: 'current' }] }));
  await expect(statements()).toMatchFileSnapshot('golden/merge-three-way.sql');
});

test('reads as it did, in a merge that only adds and changes', async () => {
  const plain = `create table parent (id serial primary key, code text not null unique); create table leaf (id serial primary key, code text not null unique, parent_id int references parent, name text, body jsonb)`;
  await arena.set(plain, {
    source: `insert into parent (code) values ('a'), ('b'); insert into leaf (code, parent_id, name, body) values ('1', 1, 'one', '{}'), ('2', 2, 'two', '{}'), ('3', 2, 'three', null)`,
    target: `insert into parent (code) values ('b'), ('c'); insert into leaf (code, parent_id, name, body) values ('2', 1, 'two', '{}'), ('1', 2, 'eins', '{"v": 1}')`,
  });
  const archive = await arena.export(arena.source);
  sent.length = 0;
  resultOf(await arena.write('merge', arena.target, archive));
  await expect(statements()).toMatchFileSnapshot('golden/merge-two-way.sql');
});

test('reads as it did, in a rollback after edits', async () => {
  await arena.set(schema, rows);
  const taken = await arena.write('replace', arena.target, await arena.export(arena.source), { maxDeletes: 'any' });
  resultOf(taken);
  await arena.inTarget(`update author set name = 'Edited' where mail = 'b'; update book set pages = 11 where isbn = '1'; insert into note (isbn) values ('2')`);
  sent.length = 0;
  resultOf(await arena.rollback(arena.target, taken.runId));
  await expect(statements()).toMatchFileSnapshot('golden/rollback.sql');
});

/** Words before a parenthesis that no schema can shadow. */
const words =
  /^(?:any|ordinality|temporary|and|or|not|in|exists|coalesce|case|when|then|else|row|array|values|greatest|least|over|filter|where|from|select|as|on|by|join|lateral|operator|copy|table|with|stdin|stdout|key|conflict|returning|union|all|insert|into|analyze|set|using|partition|format|references|row_number|end|into|create|cast|extract|any|ordinality)$/;

/** Operators, functions and types that the search_path would decide. Names in quotes, literals and comments are set aside. */
const unqualified = (statement: string): readonly string[] => {
  const bare = statement
    .replaceAll(/\/\*.*?\*\//g, '')
    .replaceAll(/e?'(?:[^'\\]|''|\\.)*'/gi, "''")
    .replaceAll(/"(?:[^"]|"")*"/g, 'q')
    .replaceAll(/operator\(\w+\.[^)]*\)/g, ' ');
  const operators = [...bare.matchAll(/[^\s\w(),;.:'[\]$]+|\bis (?:not )?distinct from\b|\bin \(|\bbetween\b|\blike\b|\bnullif\b|\busing \(/g)]
    .map(([found]) => found)
    .filter((found) => found !== '*' || /[^(]\s*\*\s*\w/.test(bare.replaceAll(/count\(\*\)/g, '')));
  const functions = [...bare.replaceAll(/\b(?:as|exists|table) [a-z_]\w* ?\(/g, '(').matchAll(/(\.?)\b([a-z_]\w*)\s*\(/g)]
    .filter(([, dot, name]) => dot === '' && name !== 'q' && !words.test(name ?? ''))
    .map(([found]) => found);
  const types = [...bare.matchAll(/::\s*([a-z_]\w*)(\.?)/g)]
    .filter(([, name, dot]) => dot === '' && !/^(?:bigint|integer|smallint|boolean|numeric|q)$/.test(name ?? ''))
    .map(([found]) => found);
  // `set a = b` assigns.
  const assignments = /\bset\b/.test(bare) ? operators.filter((found) => found !== '=') : operators;
  return [...assignments, ...functions, ...types];
};

/** Statement by statement, what a user's schema could shadow. */
const shadowable = (): Readonly<Record<string, string>> => {
  const found = new Map(
    sent.flatMap((text) =>
      unqualified(text).length === 0 || /pg_get|find-broken-check|by-expression/.test(nameOf(text))
        ? []
        : [[nameOf(text), [...new Set(unqualified(text))].join(' ')]],
    ),
  );
  return Object.fromEntries(found);
};

test('names operators, functions and types in full', async () => {
  await arena.set(
    `${schema}; create domain few as int; create table bare (line text, n few); create table ring (id serial primary key, k text not null unique, up int references ring)`,
    {
      source: `${rows.source}; insert into bare values ('x', 1), ('y', 100); insert into ring (k) values ('a'), ('b'); update ring set up = 3 - id`,
      target: `${rows.target}; alter table author add check (name <> 'Ann'); alter domain few add check (value < 50); insert into bare values ('z', 2); insert into ring (k) values ('c');
      create function f() returns trigger language plpgsql as $$ begin if new.body::text = '{}' then raise 'no'; end if; return new; end $$; create trigger f before insert on note for each row execute function f()`,
    },
  );
  resultOf(await arena.import(arena.target, await arena.export(arena.source), { onError: 'reject-rows' }));
  resultOf(await arena.import(arena.target, await arena.export(arena.source, { tables: ['book', 'note'] }), { onError: 'reject-rows' }));
  resultOf(await arena.import(arena.source, await arena.export(arena.target), { onError: 'reject-rows' }));
  resultOf(
    await arena.write('merge', arena.target, await arena.export(arena.source), {
      onConflict: 'incoming',
      onError: 'reject-rows',
      deletes: true,
      maxDeletes: 'any',
    }),
  );
  resultOf(await arena.write('replace', arena.source, await arena.export(arena.target), { maxDeletes: 'any', onError: 'reject-rows' }));
  expect(shadowable()).toEqual({});
});

test('rollbacks name them in full too', async () => {
  const more = `create table page (id serial primary key, body text unique); create table line (body text); create table part (x int, y text, at int unique, primary key (x, y));
    create function g() returns trigger language plpgsql as $$ begin return new; end $$; create trigger g before update or insert on book for each row execute function g()`;
  await arena.set(`${schema}; ${more}`, {
    source: `${rows.source}; insert into page (body) values ('a'), ('b'); insert into line values ('x'); insert into part values (1, 'a', 1), (1, 'b', 2)`,
    target: `${rows.target}; insert into page (body) values ('c'); insert into line values ('y'); insert into part values (1, 'a', 2), (1, 'b', 1), (2, 'c', 3)`,
  });
  const taken = await arena.write('replace', arena.target, await arena.export(arena.source), { maxDeletes: 'any' });
  resultOf(taken);
  await arena.inTarget(
    `update author set name = 'Edited'; update page set body = body || '!' where id > 1; insert into part values (2, 'c', 9); insert into note (isbn) values ('2'); alter table note alter body type text`,
  );
  const back = await arena.rollback(arena.target, taken.runId, { maxDeletes: 'any' });
  resultOf(back);
  resultOf(await arena.rollback(arena.target, back.runId, { onConflict: 'incoming' }));
  expect(shadowable()).toEqual({});
});

test('replays name them in full too', async () => {
  const more = `create table page (id serial primary key, body text, token uuid default gen_random_uuid()); create table line (body text); create table part (x int, y text, at int unique, primary key (x, y));
    create function g() returns trigger language plpgsql as $$ begin return new; end $$; create trigger g before update or insert on book for each row execute function g()`;
  await arena.set(`${schema}; ${more}`, {
    source: `${rows.source}; insert into page (body) values ('a'), ('b'); insert into line values ('x'); insert into part values (1, 'a', 1), (1, 'b', 2)`,
    target: `${rows.target}; insert into page (body) values ('c'); insert into line values ('y'); insert into part values (1, 'a', 2), (1, 'b', 1), (2, 'c', 3)`,
  });
  const [rig, fresh] = [await createReplayRig(), await createTestDatabase()];
  await inDatabase(fresh.url, `${schema}; ${more}; ${rows.target}; insert into part values (1, 'a', 2), (1, 'b', 1), (2, 'c', 4)`);
  const replaced = await rig.write('replace', arena.target, await rig.engine.export(arena.source), { maxDeletes: 'any' });
  const back = await rig.rollback(arena.target, replaced);
  await rig.rollback(arena.target, back);
  expect(await rig.replay(fresh.url)).toMatchObject({ state: 'completed' });
  await fresh.drop();
  const asked = [
    'pair-by-name',
    'create-arriving',
    'find-not-same',
    'find-not-before',
    'create-met',
    'fill-by-image',
    'insert-recorded-component',
    'restore-ledger',
  ];
  expect(asked.filter((name) => !sent.some((text) => nameOf(text) === `engine.replay.${name}`))).toEqual([]);
  expect(shadowable()).toEqual({});
});

test('questions name them in full too', async () => {
  const origins =
    'create table page (id serial primary key, body jsonb); create table hint (k text primary key, page_id int references page); create table line (body text)';
  await arena.set(`${schema}; ${origins}`, {
    source: `${rows.source}; insert into page (body) values ('{}'), ('[1]'); insert into hint values ('h', 2); insert into line values ('a'), ('b')`,
    target: `${rows.target}; insert into page (body) values ('0')`,
  });
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  await arena.inTarget(`update page set body = '[2]'; delete from line where body = 'a'`);
  const signal = new AbortController().signal;
  const [a, b] = [arena.source, arena.target].map((url) => ({ name: url, url, tables: {} })) as [KnownDatabase, KnownDatabase];
  expect((await verifyData({ a, b, aside: [], differences: 5, signal })).equal).toBe(false);
  for (const [table, ...key] of [
    ['author', 'a'],
    ['author', 'b'],
    ['author', '1'],
    ['book', '2'],
    ['page', '3'],
    ['note', '1'],
  ] as const) {
    await rowHistory({ database: b, table, key, first: 9, skip: 0, signal }, { blobs: arena.blobs, identities: async () => [] });
  }
  const asked = ['engine.compare.show-rows', 'engine.history.keys-in-images', 'engine.history.find-touches', 'engine.history.rank-of-inserted'];
  expect(asked.filter((name) => !sent.some((text) => nameOf(text) === name))).toEqual([]);
  expect(shadowable()).toEqual({});
});

test('exports as files name them in full too', async () => {
  await arena.set(schema, { source: rows.source });
  const selection = { parents: true, rows: { book: { where: [{ column: 'pages', is: 'ge' as const, values: ['1'] }] } } };
  for (const references of ['id', 'both'] as const) {
    await documentOf(arena.source, { references });
    await documentOf(arena.source, { references, selection });
    await documentOf(arena.source, { references, tables: ['book', 'note'], selection: { parents: true, rows: { author: { keys: [['a']] } } } });
    for (const format of ['csv', 'jsonl'] as const) await filesOf(arena.source, { references, selection, format, safe: format === 'csv' });
  }
  const asked = ['engine.export.copy-file', 'engine.export.copy-nested', 'engine.export.check-condition'];
  expect(asked.filter((name) => !sent.some((text) => nameOf(text) === name))).toEqual([]);
  expect(shadowable()).toEqual({});
});
