import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastPlan, openArena, type Arena } from '../support/arena.ts';
import type { Imported } from '../support/engine.ts';
import { bring, countsOf, issuesOf, put, resultOf } from '../support/files.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const shop = `create table maker (id serial primary key, code text not null unique);
create table product (id serial primary key, sku text not null unique, name text, price numeric(10,2) not null default 1, maker_id int references maker)`;
const makers = `insert into maker (code) values ('ada'), ('bell')`;

const products = (): Promise<unknown> => arena.inTarget('select id, sku, name, price, maker_id from product order by sku');

describe('a CSV file', () => {
  it('goes in: new rows get what the table makes up, NULL and the empty text are apart', async () => {
    await arena.set(shop, { target: makers });
    const done = await bring(arena, 'import', ['product.csv', 'sku,name,price\na,"x, y",2.5\nb,"",3\nc,,4\n']);
    expect(countsOf(done)).toEqual({ insert: 3 });
    expect(await products()).toEqual([
      ['1', 'a', 'x, y', '2.50', null],
      ['2', 'b', '', '3.00', null],
      ['3', 'c', null, '4.00', null],
    ]);
    expect(resultOf(done).archive?.file).toMatchObject({ kind: 'csv', table: 'product', delimiter: ',', header: true });
  });

  it('says which row is bad with its line, also after cells of several lines, and nothing is written', async () => {
    await arena.set(shop, { target: makers });
    const text = 'sku,name,price\na,"two\nlines",1\nb,x\nc,y,cheap\nd,z,1,2\n';
    const done = await bring(arena, 'import', ['product.csv', text]);
    expect(done.outcome.state).toBe('refused');
    expect(await issues(done)).toEqual(['2 line 4 at 4: row.ragged price', '3 line 5: type.invalid price', '4 line 6 at 8: row.ragged -']);
    expect(await products()).toEqual([]);
  });

  it('leaves bad rows out where it may', async () => {
    await arena.set(shop, { target: makers });
    const done = await bring(arena, 'import', ['product.csv', 'sku,name,price\na,x\nb,y,2\n'], { onError: 'reject-rows' });
    expect(resultOf(done)).toMatchObject({ rejected: 1 });
    expect(await products()).toEqual([['1', 'b', 'y', '2.00', null]]);
  });

  it('names the rows that it refers to', async () => {
    await arena.set(shop, { target: makers });
    const done = await bring(arena, 'import', ['product.csv', 'sku,maker_code\na,bell\nb,\nc,nobody\n'], { onError: 'reject-rows' });
    expect(await issues(done)).toEqual(['3 line 4: reference.missing maker_code']);
    expect(await products()).toEqual([
      ['1', 'a', null, '1.00', '2'],
      ['2', 'b', null, '1.00', null],
    ]);
  });

  it('an empty cell is NULL, but empty text in a column of text that takes no NULL', async () => {
    await arena.set('create table t (code text primary key, note text not null, city varchar(9) not null, memo text, n int not null)');
    const done = await bring(arena, 'import', ['t.csv', 'code,note,city,memo,n\na,,,,1\nb,x,y,,\n,x,y,,3\n'], { onError: 'reject-rows' });
    expect(await issues(done)).toEqual(['2 line 3: value.missing n', '3 line 4: value.missing code']);
    expect(await arena.inTarget('select * from t')).toEqual([['a', '', '', null, '1']]);
  });

  it('edits come in by a merge, whatever order the columns have; what is not in the file stays', async () => {
    await arena.set(shop, {
      target: `${makers}; insert into product (sku, name, price, maker_id) values ('a', 'x', 1, 1), ('b', 'y', 2, 2), ('c', 'z', 3, null)`,
    });
    const done = await bring(arena, 'merge', ['product.csv', '\ufeffname;sku;id\r\nX;a;1\r\ny;b;2\r\nnew;d;\r\n']);
    expect(countsOf(done)).toEqual({ insert: 1, update: 1, same: 1 });
    expect(lastPlan(done).notes.join()).toContain('so the merge is two-way: cells that differ are taken from the file');
    expect(await products()).toEqual([
      ['1', 'a', 'X', '1.00', '1'],
      ['2', 'b', 'y', '2.00', '2'],
      ['3', 'c', 'z', '3.00', null],
      ['4', 'd', 'new', '1.00', null],
    ]);
  });
});

const issues = (done: Imported): Promise<readonly string[]> => issuesOf(arena, done);

describe('two rows for one key', () => {
  const there = `${makers}; insert into product (sku, name) values ('a', 'x')`;

  it.each([
    ['import', 'a,x\na,z\nc,n\n'],
    ['merge', 'a,x\na,z\nc,n\n'],
    ['merge', 'a,w\na,z\nc,n\n'],
  ] as const)('are refused also where the table has that row: %s', async (kind, rows) => {
    await arena.set(shop, { target: there });
    const refused = await bring(arena, kind, ['product.csv', `sku,name\n${rows}`]);
    expect(refused.outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
    expect(await issues(refused)).toEqual(['1 line 2: key.duplicate -', '2 line 3: key.duplicate -']);
    const whole = await bring(arena, kind, ['product.csv', `sku,name\n${rows}`], { onError: 'reject-rows' });
    expect(whole.outcome).toMatchObject({ state: 'refused', code: 'FILE_KEY_TWICE', message: expect.stringMatching(/2 rows for sku a,/) });
    expect(await products()).toMatchObject([['1', 'a', 'x', '1.00', null]]);
  });
});

describe('what the table knows and the file does not', () => {
  it('a merge wants columns that a new row needs, row by row; an import wants them at once', async () => {
    const schema = 'create table t (code text primary key, name text not null, note text)';
    await arena.set(schema, { target: `insert into t values ('a', 'A', null)` });
    const file = ['t.csv', 'code,note\na,x\nb,y\n'] as const;
    const merged = await bring(arena, 'merge', file, { onError: 'reject-rows' });
    expect(await issues(merged)).toEqual(['2 line 3: value.missing name']);
    expect(await arena.inTarget('select * from t')).toEqual([['a', 'A', 'x']]);
    expect((await bring(arena, 'import', file)).outcome).toMatchObject({ code: 'CATALOGUE_MISMATCH', message: expect.stringContaining('t.name') });
  });

  it('rows are known by their id where they have no other key, and the sequence ends past it', async () => {
    await arena.set('create table note (id serial primary key, body text)', { target: `insert into note (body) values ('one'), ('two')` });
    const done = await bring(arena, 'merge', ['note.csv', 'id,body\n2,TWO\n9,nine\n']);
    expect(countsOf(done)).toEqual({ insert: 1, update: 1 });
    expect(await arena.inTarget(`insert into note (body) values ('next'); select id, body from note order by id`)).toEqual([
      ['1', 'one'],
      ['2', 'TWO'],
      ['9', 'nine'],
      ['10', 'next'],
    ]);
    const blank = await bring(arena, 'merge', ['note.csv', 'id,body\n2,TWO\n,x\n']);
    expect(blank.outcome.state).toBe('refused');
    expect(await issues(blank)).toEqual(['2 line 3: value.missing id']);
  });

  it('a file without ids has new rows only, as many as the table lacks', async () => {
    await arena.set('create table note (id serial primary key, body text)', { target: `insert into note (body) values ('one')` });
    const done = await bring(arena, 'import', ['note.csv', 'body\none\none\ntwo\n']);
    expect(countsOf(done)).toEqual({ insert: 2, same: 1 });
  });

  it('columns that would make a key are named', async () => {
    await arena.set(shop, { target: makers });
    const done = await bring(arena, 'import', ['product.csv', 'name,price\nx,1\n']);
    expect(done.outcome).toMatchObject({ code: 'FILE_WITHOUT_KEY', details: { columns: [['sku'], ['id']] } });
  });

  it('ids of an empty table are taken as they are; one that is left out is said', async () => {
    await arena.set(shop, { target: makers });
    const done = await bring(arena, 'import', ['product.csv', 'id,sku\n7,a\n,b\n'], { onError: 'reject-rows' });
    expect(await issues(done)).toEqual(['2 line 3: value.missing id']);
    expect(await arena.inTarget(`insert into product (sku) values ('c'); select id, sku from product order by id`)).toEqual([
      ['7', 'a'],
      ['8', 'c'],
    ]);
  });
});

describe('a file and the file as it was before the edits', () => {
  const before = 'id,sku,name,maker_id\n1,a,x,1\n2,b,y,1\n';

  it('tell edits of both sides apart, also of raw ids', async () => {
    await arena.set(shop, { target: `${makers}; insert into product (sku, name, maker_id) values ('a', 'here', 1), ('b', 'y', 1)` });
    const base = await put(arena, before);
    const done = await bring(arena, 'merge', ['product.csv', 'id,sku,name,maker_id\n1,a,x,2\n2,b,Y,1\n'], { base });
    expect(countsOf(done)).toEqual({ update: 2 });
    expect(await arena.inTarget('select sku, name, maker_id from product order by sku')).toEqual([
      ['a', 'here', '2'],
      ['b', 'Y', '1'],
    ]);
  });

  it('a key that is itself a raw id finds its base', async () => {
    await arena.set(
      `create table maker (id serial primary key, code text not null unique);
create table part (id serial primary key, maker_id int not null references maker, code text not null, name text, unique (maker_id, code))`,
      { target: `${makers}; insert into part (maker_id, code, name) values (1, 'p', 'here'), (2, 'p', 'old')` },
    );
    const base = await put(arena, 'maker_id,code,name\n1,p,old\n2,p,old\n');
    const done = await bring(arena, 'merge', ['part.csv', 'maker_id,code,name\n1,p,old\n2,p,new\n'], { base });
    expect(countsOf(done)).toEqual({ keep: 1, update: 1 });
    expect(await arena.inTarget('select maker_id, name from part order by 1')).toEqual([
      ['1', 'here'],
      ['2', 'new'],
    ]);
  });
});

describe('a run of a file', () => {
  it('is taken back', async () => {
    await arena.set(shop, { target: `${makers}; insert into product (sku, name) values ('a', 'x')` });
    const done = await bring(arena, 'merge', ['product.csv', 'sku,name\na,X\nb,Y\n']);
    await arena.inTarget(`update product set price = 2`);
    const back = await arena.rollback(arena.target, done.runId);
    expect(countsOf(back)).toEqual({ update: 1, delete: 1 });
    expect(await arena.inTarget('select sku, name, price from product')).toEqual([['a', 'x', '2.00']]);
  });
});
