import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRowNester } from '../../src/engine/export/nest-rows.ts';
import { openArena, type Arena } from '../support/arena.ts';
import { corporaMissing, loadCorpora } from '../support/corpora.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { documentOf, filesOf } from '../support/export-files.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

/** Projects, their data sets, their images, and what is drawn on these by somebody. */
const schema = `create table projects (id int primary key, name text not null);
  create table users (id int primary key, mail text not null unique, boss_id int references users);
  create table datasets (id int primary key, project_id int not null references projects on delete cascade, name text);
  create table images (id int primary key, owner_id int references users, dataset_id int references datasets on delete cascade, size bigint);
  create table annotations (image_id int references images, nr int, by_id int references users, label text, primary key (image_id, nr))`;
const rows = `insert into projects values (2, 'Faces'), (1, 'Vehicles'), (3, 'Empty'); insert into users values (1, 'ann', null), (2, 'bob', 1);
  insert into datasets values (10, 1, 'train'), (11, 1, 'test'), (20, 2, null);
  insert into images values (100, 1, 10, 9007199254740993), (101, null, 10, 2), (102, 2, 20, 3), (103, 1, null, 4);
  insert into annotations values (100, 2, 1, 'b'), (100, 1, 1, 'a'), (103, 1, null, 'lost')`;

const parsed = async (options: Parameters<typeof documentOf>[1] = {}): Promise<Record<string, unknown>> =>
  JSON.parse((await documentOf(arena.source, options)).text) as Record<string, unknown>;

describe('a nested export', () => {
  it('is one document: each row once, inside the row that it belongs to, in the order of its key', async () => {
    await arena.set(schema, { source: rows });
    const { text, counts } = await documentOf(arena.source);
    expect(text).toBe(`{
"projects":[
{"id":1,"name":"Vehicles","datasets":[{"id":10,"project_id":1,"name":"train","images":[{"id":100,"owner_id":1,"dataset_id":10,"size":9007199254740993,"annotations":[{"image_id":100,"nr":1,"by_id":1,"label":"a"},{"image_id":100,"nr":2,"by_id":1,"label":"b"}]},{"id":101,"owner_id":null,"dataset_id":10,"size":2,"annotations":[]}]},{"id":11,"project_id":1,"name":"test","images":[]}]},
{"id":2,"name":"Faces","datasets":[{"id":20,"project_id":2,"name":null,"images":[{"id":102,"owner_id":2,"dataset_id":20,"size":3,"annotations":[]}]}]},
{"id":3,"name":"Empty","datasets":[]}
],
"users":[
{"id":1,"mail":"ann","boss_id":null},
{"id":2,"mail":"bob","boss_id":1}
],
"images":[
{"id":103,"owner_id":1,"dataset_id":null,"size":4,"annotations":[{"image_id":103,"nr":1,"by_id":null,"label":"lost"}]}
],
"export_info":{"timestamp":"2026-01-01T00:00:00.000Z","database":"source","total_projects":3,"total_datasets":3,"total_users":2,"total_images":4,"total_annotations":3}
}
`);
    expect(counts).toEqual({ 'public.projects': 3, 'public.users': 2, 'public.datasets': 3, 'public.images': 4, 'public.annotations': 3 });
  });

  it('has of the other tables what stands inside the chosen rows', async () => {
    await arena.set(schema, { source: rows });
    const selection = { parents: false, rows: { projects: { keys: [['1']] } } };
    expect(await parsed({ tables: ['projects', 'datasets', 'images'], selection })).toMatchObject({
      projects: [
        {
          id: 1,
          datasets: [
            { id: 10, images: [{ id: 100 }, { id: 101 }] },
            { id: 11, images: [] },
          ],
        },
      ],
      export_info: { total_projects: 1, total_datasets: 2, total_images: 2 },
    });
    const found = await parsed({ tables: ['projects', 'datasets', 'images'], selection });
    expect(Object.keys(found)).toEqual(['projects', 'export_info']);
  });

  it('with the parents of the chosen rows has these rows inside of them', async () => {
    await arena.set(schema, { source: rows });
    const selection = { parents: true, rows: { images: { where: [{ column: 'size', is: 'ge' as const, values: ['3'] }] } } };
    expect(await parsed({ selection })).toMatchObject({
      projects: [
        { id: 1, datasets: [{ id: 10, images: [{ id: 100 }] }] },
        { id: 2, datasets: [{ id: 20, images: [{ id: 102 }] }] },
      ],
      users: [{ id: 1 }, { id: 2, boss_id: 1 }],
      images: [{ id: 103 }],
      export_info: { total_projects: 2, total_datasets: 2, total_images: 3, total_users: 2 },
    });
  });

  it('has of the parents of what stands inside the chosen rows those that are needed, and no others', async () => {
    await arena.set(schema, { source: rows });
    const selection = { parents: true, rows: { projects: { keys: [['2']] } } };
    const found = await parsed({ tables: ['projects', 'datasets', 'images', 'annotations'], selection });
    expect(found).toMatchObject({
      projects: [{ id: 2, datasets: [{ id: 20, images: [{ id: 102, owner_id: 2, annotations: [] }] }] }],
      users: [{ id: 1 }, { id: 2, boss_id: 1 }],
      export_info: { total_images: 1, total_annotations: 0 },
    });
    expect(Object.keys(found)).toEqual(['projects', 'users', 'export_info']);
    await arena.inSource('update users set boss_id = null');
    expect((await parsed({ tables: ['projects', 'datasets', 'images', 'annotations'], selection }))['users']).toMatchObject([{ id: 2 }]);
  });

  it('names parents by their keys, where that is asked for', async () => {
    await arena.set(schema, { source: rows });
    const { images } = await parsed({ tables: ['images'], references: 'both' });
    expect(images).toMatchObject([{ id: 100, owner_id: 1, owner_mail: 'ann' }, { owner_mail: null }, { owner_mail: 'bob' }, { owner_mail: 'ann' }]);
  });

  it('cuts circles, follows composite keys, and numbers names that are taken', async () => {
    await arena.set(
      `create table a (id int primary key, b_id int, b int[]); create table b (id int primary key, a_id int references a, up int references b); alter table a add foreign key (b_id) references b;
      create table part (x int, y text, z int, primary key (x, y)); create table piece (id int primary key, x int, y text, piece text, foreign key (x, y) references part);
      create schema s; create table s.piece (id int primary key, piece int references piece); create table export_info (id int); create table none (); create table one (id int primary key)`,
      {
        source: `insert into a values (1, null, '{1,2}'); insert into b values (1, 1, null), (2, null, 1); update a set b_id = 1; insert into part values (1, 'q', 2), (1, 'r', 3);
          insert into piece values (1, 1, 'r', 'p'), (2, null, 'r', null), (3, 1, 'r', 'x'); insert into s.piece values (7, 3), (8, null); insert into none default values; insert into none default values`,
      },
    );
    expect(await parsed()).toEqual({
      a: [{ id: 1, b_id: 1, b: '{1,2}' }],
      b: [
        { id: 1, a_id: 1, up: null },
        { id: 2, a_id: null, up: 1 },
      ],
      export_info_2: [],
      none: [{}, {}],
      one: [],
      part: [
        { x: 1, y: 'q', z: 2, piece: [] },
        {
          x: 1,
          y: 'r',
          z: 3,
          piece: [
            { id: 1, x: 1, y: 'r', piece: 'p', 's.piece': [] },
            { id: 3, x: 1, y: 'r', piece: 'x', 's.piece': [{ id: 7, piece: 3 }] },
          ],
        },
      ],
      piece: [{ id: 2, x: null, y: 'r', piece: null, 's.piece': [] }],
      's.piece': [{ id: 8, piece: null }],
      export_info: {
        timestamp: '2026-01-01T00:00:00.000Z',
        database: 'source',
        total_a: 1,
        total_b: 2,
        total_export_info_2: 0,
        total_none: 2,
        total_one: 0,
        total_part: 2,
        total_piece: 3,
        'total_s.piece': 2,
      },
    });
  });

  it('says each value as JSON lines do, and keeps what a delimiter could be taken for', async () => {
    await arena.set('create table t (id int primary key, "odd "" {name" text, n numeric, f float8, j json, b bytea, d date)', {
      source: `insert into t values (1, e'tab\\t quote" \\x01\\x02 line\\nend\\\\.', 12345678901234567890.10, 'NaN', e'{"a":\\n1}', '\\x00ff', 'infinity'), (2, '\\.', null, 1e300, 'null', null, null)`,
    });
    const { text } = await documentOf(arena.source);
    expect(text).toContain('"n":12345678901234567890.10,');
    expect(JSON.parse(text)).toMatchObject({
      t: [
        { id: 1, 'odd " {name': 'tab\t quote" \u0001\u0002 line\nend\\.', f: 'NaN', j: { $json: '{"a":\n1}' }, b: '\\x00ff', d: 'infinity' },
        { id: 2, 'odd " {name': '\\.', n: null, f: 1e300, j: { $json: 'null' }, b: null, d: null },
      ],
    });
  });
});

it('a document is the same however its rows are cut', () => {
  const tables = [
    { outside: 'a', children: [1] },
    { outside: 'b', inside: 'b', children: [] },
    { outside: 'c', children: [] },
  ];
  const place = (...steps: readonly number[]): string => steps.map((step, at) => step.toString(16).padStart(at % 2 === 0 ? 8 : 16, '0')).join('');
  const lines = [[place(0, 1), '{"id":1'] as const, [place(0, 1, 1, 1), '{'], [place(0, 1, 1, 2), '{"ä":2'], [place(0, 2), '{'], [place(1, 1), '{']];
  const bytes = Buffer.from(lines.map(([at, line]) => `${at}\u0002${line}\n`).join(''));
  const info = () => ({ name: 'info', value: 1 });
  const cut = (size: number): string => {
    const nester = createRowNester(tables);
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) parts.push(nester.feed(bytes.subarray(at, at + size)));
    return Buffer.concat([...parts, nester.end(info)]).toString();
  };
  expect(JSON.parse(cut(bytes.length))).toEqual({ a: [{ id: 1, b: [{}, { ä: 2 }] }, { b: [] }], b: [{}], c: [], info: 1 });
  for (let size = 1; size < bytes.length; size += 1) expect(cut(size)).toBe(cut(bytes.length));
});

describe.skipIf(corporaMissing() !== undefined)('every shape of table', () => {
  it('is a document that holds each row once', { timeout: 60_000 }, async () => {
    const source = await createTestDatabase();
    await loadCorpora('shapes', source.url, 'whole');
    const { text, counts } = await documentOf(source.url);
    const lines = await filesOf(source.url, { format: 'jsonl' });
    const found = new Map<string, number>();
    const count = (key: string, value: unknown): void => {
      if (!Array.isArray(value)) return;
      found.set(key, (found.get(key) ?? 0) + value.length);
      for (const row of value as readonly object[])
        for (const [name, inner] of Object.entries(row)) if (`core.${name}` in counts || name in counts) count(name, inner);
    };
    const { export_info: _info, ...tables } = JSON.parse(text) as Record<string, unknown>;
    for (const [name, value] of Object.entries(tables)) count(name, value);
    for (const [table, rows] of Object.entries(counts)) {
      const [schemaName = '', name = ''] = table.split(/\.(.*)/s);
      expect([table, found.get(schemaName === 'public' ? name : table) ?? 0]).toEqual([table, rows]);
      const alone = lines.get(table);
      if (alone !== undefined) expect([table, alone.split('\n').length - 1]).toEqual([table, rows]);
    }
    await source.drop();
  });
});
