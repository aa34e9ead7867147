import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WriteResult } from '../../src/domain/run/run.ts';
import { openArena, type Arena } from '../support/arena.ts';
import { filesOf } from '../support/export-files.ts';
import { bring } from '../support/files.ts';
import { resultOf } from '../support/two-databases.ts';

/** A table goes out as CSV, somebody opens it in a spreadsheet, and it comes back. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const schema = `create table maker (id serial primary key, code text not null unique);
  create table product (id serial primary key, sku text not null unique, name text, note text not null default '', price numeric(10,2), maker_id int references maker, tags text[], doc jsonb, changed timestamptz not null default '2024-01-01')`;
const rows = `insert into maker (code) values ('ada'), ('bell');
  insert into product (sku, name, note, price, maker_id, tags, doc) values ('a', null, '', 1.5, 1, '{x,"y;z"}', '{"k":[1,2]}'), ('b', '', 'NULL', null, 2, null, null), ('c', 'NULL', E'two\\nlines "quoted"', -3, null, '{}', '"t"'), ('d', ' ä;ö ', '\\N', 4, 1, '{NULL,"NULL"}', '{}')`;

const csvOf = async (table: string, safe = false): Promise<string> => (await filesOf(arena.target, { tables: [table], safe })).get(`public.${table}`) ?? '';
const counts = ({ tables }: WriteResult): readonly unknown[] =>
  tables.map(({ counts: { insert, update, same, keep, conflict } }) => ({ insert, update, same, keep, conflict }));

/** Cells of a CSV without quotes around line ends that this test does not have elsewhere. */
const parse = (text: string): string[][] =>
  text
    .slice(0, -1)
    .split(/\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((line) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell = '']) => cell));

/** As a spreadsheet of a German machine saves it: a mark, semicolons, CRLF, quotes only where they are needed, none around nothing. */
const saved = (cells: readonly (readonly string[])[]): string =>
  `\uFEFF${cells.map((line) => line.map((cell) => (cell === '""' ? '' : cell.includes(';') && !cell.startsWith('"') ? `"${cell}"` : cell)).join(';')).join('\r\n')}\r\n`;

describe('a CSV file that was edited as a spreadsheet edits it', () => {
  it('says what PostgreSQL reads again: NULL, the empty text and the word NULL are three things', async () => {
    await arena.set(schema, { target: rows });
    const text = await csvOf('product');
    expect(text.split('\n').slice(0, 3)).toEqual([
      'id,sku,name,note,price,maker_id,tags,doc,changed',
      '1,a,,"",1.50,1,"{x,y;z}","{""k"": [1, 2]}",2024-01-01 00:00:00+00',
      '2,b,"",NULL,,2,,,2024-01-01 00:00:00+00',
    ]);
    expect(counts(resultOf(await bring(arena, 'merge', ['product.csv', text])))).toEqual([{ insert: 0, update: 0, same: 4, keep: 0, conflict: 0 }]);
  });

  it('brings the edits and nothing else: columns in another order, one column less, other line ends and separators', async () => {
    await arena.set(schema, { target: rows });
    const before = await arena.inTarget('select * from product order by sku');
    const [head = [], ...lines] = parse(await csvOf('product'));
    const order = ['price', 'sku', 'note', 'name', 'tags', 'maker_id', 'id', 'doc'].map((name) => head.indexOf(name));
    const cells = [head, ...lines].map((line) => order.map((at) => line[at] ?? ''));
    const [, first = [], second = []] = cells;
    first[0] = '1.75';
    second[3] = 'a name; at last';
    const done = resultOf(await bring(arena, 'merge', ['product.csv', saved([...cells, ['5', 'e', 'new', '', '', '2', '', '']])]));
    expect(counts(done)).toEqual([{ insert: 1, update: 2, same: 2, keep: 0, conflict: 0 }]);
    const after = await arena.inTarget('select * from product order by sku');
    const changed = after.flatMap((row, at) =>
      row.flatMap((cell, column) => (before[at]?.[column] === cell ? [] : [`${row[1] ?? ''}.${head[column] ?? ''}=${cell ?? 'NULL'}`])),
    );
    expect(changed.filter((cell) => !cell.startsWith('e.'))).toEqual(['a.price=1.75', 'b.name=a name; at last']);
    expect(changed.filter((cell) => cell.startsWith('e.'))).toContain('e.note=new');
  });

  it('import says so where kept rows differ, and changes none of them', async () => {
    await arena.set(schema, { target: rows });
    const text = (await csvOf('product')).replace(',1.50,', ',9.99,');
    expect(counts(resultOf(await bring(arena, 'import', ['product.csv', text])))).toEqual([{ insert: 0, update: 0, same: 3, keep: 1, conflict: 0 }]);
  });

  it('names parents by their keys on request, and so travels to where ids are others', async () => {
    await arena.set(schema, { source: rows, target: `insert into maker (id, code) values (70, 'bell'), (71, 'ada')` });
    const files = await filesOf(arena.source, { tables: ['product'], references: 'key' });
    const text = files.get('public.product') ?? '';
    expect(text.split('\n')[0]).toBe('id,sku,name,note,price,tags,doc,changed,maker_code');
    resultOf(await bring(arena, 'import', ['product.csv', text]));
    expect(await arena.inTarget('select sku, code from product left join maker on maker.id = maker_id order by 1')).toEqual([
      ['a', 'ada'],
      ['b', 'bell'],
      ['c', null],
      ['d', 'ada'],
    ]);
    const both = (await filesOf(arena.source, { tables: ['product'], references: 'both', format: 'jsonl' })).get('public.product') ?? '';
    expect(JSON.parse(both.split('\n')[0] ?? '')).toMatchObject({ maker_id: 1, maker_code: 'ada' });
  });
});

describe('safe for spreadsheets', () => {
  const words = ['=1+1', '+1', '-1', '@x', '\tx', '\rx', '＝x', "'=x", "''-x", "'x", "'", 'plain', ' =x', '', '-'];

  it('puts an apostrophe before what would run as a formula, leaves numbers alone, and takes it away again', async () => {
    await arena.set(`create table cell (id int primary key, v text, w varchar(9), n numeric, f float8, a text[], t tsvector, i interval, d date, c char(3))`, {
      source: words
        .map(
          (word, at) =>
            `insert into cell values (${at}, '${word.replaceAll("'", "''")}', '${word.replaceAll("'", "''")}', -${at}, '-Infinity', array['${word.replaceAll("'", "''")}'], '''=a'':1', '-1 day', '-infinity', '-a')`,
        )
        .join(';'),
    });
    const [plain = '', safe = ''] = [await filesOf(arena.source, {}), await filesOf(arena.source, { safe: true })].map((files) => files.get('public.cell'));
    expect(plain).toContain('\n0,=1+1,=1+1,0,');
    const lines = safe.split('\n');
    expect(lines[1]).toBe(`0,'=1+1,'=1+1,0,-Infinity,{=1+1},''=a':1,P-1D,'-infinity,'-a `);
    expect(lines[3]).toMatch(/^2,'-1,'-1,-2,/);
    expect(safe).toContain(`\n7,''=x,''=x,-7,`);
    expect(safe).toContain(`\n9,'x,'x,-9,`);
    resultOf(await bring(arena, 'import', ['cell.csv', safe], { given: { spreadsheetSafe: true } }));
    expect(await arena.inTarget('select * from cell order by id')).toEqual(await arena.inSource('select * from cell order by id'));
  });
});

describe('JSON lines', () => {
  it('keep documents as they are, also those that a line could not hold', async () => {
    await arena.set('create table doc (id int primary key, j json, b jsonb)', {
      source: `insert into doc values (1, null, null), (2, 'null', 'null'), (3, E'{\\n "a" : 1.0e2 }', '[1.10, 2]'), (4, ' {"a":1} ', '{"$json":"x"}'), (5, '{"$json" : "y"}', '"null"'), (6, '"\\u0041"', '12345678901234567890.5')`,
    });
    const text = (await filesOf(arena.source, { format: 'jsonl' })).get('public.doc') ?? '';
    expect(text.split('\n')).toEqual([
      '{"id":1,"j":null,"b":null}',
      '{"id":2,"j":{"$json":"null"},"b":{"$json":"null"}}',
      '{"id":3,"j":{"$json":"{\\n \\"a\\" : 1.0e2 }"},"b":[1.10, 2]}',
      '{"id":4,"j":{"$json":" {\\"a\\":1} "},"b":{"$json":"{\\"$json\\": \\"x\\"}"}}',
      '{"id":5,"j":{"$json":"{\\"$json\\" : \\"y\\"}"},"b":"null"}',
      '{"id":6,"j":"\\u0041","b":12345678901234567890.5}',
      '',
    ]);
    resultOf(await bring(arena, 'import', ['doc.jsonl', text]));
    expect(await arena.inTarget('select id, j::text, b::text from doc order by id')).toEqual(
      await arena.inSource('select id, j::text, b::text from doc order by id'),
    );
  });
});
