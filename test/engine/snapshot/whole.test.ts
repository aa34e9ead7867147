import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotConfig } from '../../../src/domain/snapshot/check-definition.ts';
import { createRig, filesIn, hiddenIn, type Rig } from './rig.ts';
import { noon } from './take.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const shop = `create table projects (id int primary key, name text not null, done boolean, at timestamptz, budget numeric(8,2));
  create table datasets (id int primary key, project_id int not null references projects on delete cascade, name text);
  create table images (id int primary key, dataset_id int references datasets on delete cascade, split text, size bigint, seen timestamp);
  insert into projects values (2, 'Faces', true, '2024-01-16 15:30:00+01', 10), (1, 'Cars, "old"', false, '2024-01-15 09:00:00.25+00', null), (3, '', null, null, null);
  insert into datasets values (10, 1, 'train'), (11, 1, e'two\\nlines'), (20, 2, null);
  insert into images values (100, 10, 'train', 9007199254740993, '2024-02-01 10:00:00'), (101, 10, 'val', 2, null), (102, 20, null, 3, null), (103, null, 'test', 4, null)`;

const counted: SnapshotConfig = {
  csv: {
    'projects.csv': {
      columns: { project_id: 'id', project_name: 'name', dataset_count: { count: 'datasets' }, image_count: { count: 'images' }, created_at: 'at' },
    },
    'sets.csv': { table: 'datasets', columns: { id: 'id', train: { count: 'images', where: { split: 'train' } } } },
  },
  document: {
    projects: {
      columns: { id: 'id', image_count: { count: 'images' } },
      children: {
        datasets: { columns: { id: 'id', images_by_split: { count: 'images', by: 'split' } }, children: { images: { columns: { id: 'id' } } } },
      },
    },
  },
  totals: ['projects', 'images'],
};

describe('a whole snapshot', () => {
  it('is a CSV file per table: strings and times quoted, numbers and booleans not, nothing for NULL', async () => {
    await rig.run(shop);
    const folder = await rig.folder();
    const taken = await rig.take(folder);
    const files = await filesIn(folder);
    expect(files['projects.csv']).toBe(
      'id,name,done,at,budget\n1,"Cars, ""old""",false,"2024-01-15 09:00:00.25",\n2,"Faces",true,"2024-01-16 14:30:00",10.00\n3,"",,,\n',
    );
    expect(files['datasets.csv']).toBe('id,project_id,name\n10,1,"train"\n11,1,"two\nlines"\n20,2,\n');
    expect(files['images.csv']).toBe(
      'id,dataset_id,split,size,seen\n100,10,"train",9007199254740993,"2024-02-01 10:00:00"\n101,10,"val",2,\n102,20,,3,\n103,,"test",4,\n',
    );
    expect(taken.files.map(({ name, rows, written }) => [name, rows, written])).toEqual([
      ['datasets.csv', 3, true],
      ['images.csv', 4, true],
      ['projects.csv', 3, true],
      ['database_export.json', 10, true],
    ]);
    expect(await hiddenIn(folder)).toEqual([]);
  });

  it('is one document: what it is first, then each row once, inside the row that it belongs to', async () => {
    await rig.run(shop);
    const { 'database_export.json': text } = await rig.fresh();
    expect(text).toBe(
      [
        '{"export_info":{"timestamp":"2024-01-20T10:30:00Z","total_projects":3,"total_datasets":3,"total_images":4},',
        '"projects":[',
        '{"id":1,"name":"Cars, \\"old\\"","done":false,"at":"2024-01-15T09:00:00.25Z","budget":null,"datasets":[{"id":10,"project_id":1,"name":"train","images":[{"id":100,"dataset_id":10,"split":"train","size":9007199254740993,"seen":"2024-02-01T10:00:00Z"},{"id":101,"dataset_id":10,"split":"val","size":2,"seen":null}]},{"id":11,"project_id":1,"name":"two\\nlines","images":[]}]},',
        '{"id":2,"name":"Faces","done":true,"at":"2024-01-16T14:30:00Z","budget":10.00,"datasets":[{"id":20,"project_id":2,"name":null,"images":[{"id":102,"dataset_id":20,"split":null,"size":3,"seen":null}]}]},',
        '{"id":3,"name":"","done":null,"at":null,"budget":null,"datasets":[]}',
        '],',
        '"images":[',
        '{"id":103,"dataset_id":null,"split":"test","size":4,"seen":null}',
        ']}',
        '',
      ].join('\n'),
    );
    expect(JSON.parse(text ?? '')).toMatchObject({ export_info: { total_images: 4 } });
  });

  it('has the columns, counts and totals that are configured', async () => {
    await rig.run(shop);
    const files = await rig.fresh({ config: counted });
    expect(Object.keys(files)).toEqual(['database_export.json', 'projects.csv', 'sets.csv']);
    expect(files['projects.csv']).toBe(
      'project_id,project_name,dataset_count,image_count,created_at\n1,"Cars, ""old""",2,2,"2024-01-15 09:00:00.25"\n2,"Faces",1,1,"2024-01-16 14:30:00"\n3,"",0,0,\n',
    );
    expect(files['sets.csv']).toBe('id,train\n10,1\n11,0\n20,0\n');
    expect(JSON.parse(files['database_export.json'] ?? '')).toEqual({
      export_info: { timestamp: '2024-01-20T10:30:00Z', total_projects: 3, total_images: 3 },
      projects: [
        {
          id: 1,
          image_count: 2,
          datasets: [
            { id: 10, images_by_split: { train: 1, val: 1 }, images: [{ id: 100 }, { id: 101 }] },
            { id: 11, images_by_split: {}, images: [] },
          ],
        },
        { id: 2, image_count: 1, datasets: [{ id: 20, images_by_split: { null: 1 }, images: [{ id: 102 }] }] },
        { id: 3, image_count: 0, datasets: [] },
      ],
    });
  });

  it('has an index with the size, the hash and the rows of each file', async () => {
    await rig.run(shop);
    const folder = await rig.folder();
    await rig.take(folder);
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { files: { name: string; bytes: number; sha256: string }[] };
    expect(index).toMatchObject({ version: 1, database: 'shop', position: 7, timestamp: new Date(noon).toISOString().replace('.000', '') });
    expect(index.files.map(({ name }) => name)).toEqual(['datasets.csv', 'images.csv', 'projects.csv', 'database_export.json']);
    for (const { name, bytes, sha256 } of index.files) {
      const content = await readFile(join(folder, name));
      expect([name, content.byteLength, createHash('sha256').update(content).digest('hex')]).toEqual([name, bytes, sha256]);
    }
  });

  it('writes every type as it can be read again, and documents as they are', async () => {
    await rig.run(`create type mood as enum ('sad', 'ok'); create domain name5 as varchar(5); create type pair as (a int, b text);
      create table things (id uuid primary key, m mood, d date, n name5, l text[], nums int[], j json, jb jsonb, f float8, b bytea, i interval, c char(4), p pair, x inet, e text, t timestamptz(0));
      insert into things values ('00000000-0000-0000-0000-000000000001', 'ok', '2024-02-29', 'abc', '{a,"b c",NULL}', '{1,2}', e'{"a":\\n 1.10}', '{"b": null}', 'NaN', '\\xdead', '1 day', 'ab', row(1,'x y'), '10.0.0.1', '', 'infinity')`);
    const files = await rig.fresh();
    expect(files['things.csv']).toBe(
      'id,m,d,n,l,nums,j,jb,f,b,i,c,p,x,e,t\n"00000000-0000-0000-0000-000000000001","ok","2024-02-29","abc","{a,""b c"",NULL}","{1,2}","{""a"":\n 1.10}","{""b"": null}",NaN,"\\xdead","P1D","ab  ","(1,""x y"")","10.0.0.1","","infinity"\n',
    );
    const text = files['database_export.json'] ?? '';
    expect(text).toContain('"j":{"a":  1.10},"jb":{"b": null},"f":"NaN"');
    expect(JSON.parse(text)).toMatchObject({
      things: [{ m: 'ok', d: '2024-02-29', l: ['a', 'b c', null], nums: [1, 2], c: 'ab  ', p: '(1,"x y")', x: '10.0.0.1', e: '', t: 'infinity' }],
    });
  });

  it('is of a database without tables, and of tables without rows or columns', async () => {
    expect(await rig.fresh()).toEqual({ 'database_export.json': '{"export_info":{"timestamp":"2024-01-20T10:30:00Z"}}\n' });
    await rig.run('create table empty (id int primary key); create table bare (); insert into bare default values');
    expect(await rig.fresh()).toEqual({
      'empty.csv': 'id\n',
      'database_export.json': '{"export_info":{"timestamp":"2024-01-20T10:30:00Z","total_bare":1,"total_empty":0},\n"bare":[\n{}\n],\n"empty":[]}\n',
    });
  });

  it('orders rows without a key by all that they are, and keeps both of two that are the same', async () => {
    await rig.run(
      "create table log (at int, word text, more json); insert into log values (2, 'b', null), (10, 'a', '{}'), (2, 'b', null), (null, null, null)",
    );
    const files = await rig.fresh();
    expect(files['log.csv']).toBe('at,word,more\n10,"a","{}"\n2,"b",\n2,"b",\n,,\n');
  });

  it('skips an output that is switched off, and leaves its files alone', async () => {
    await rig.run(shop);
    const folder = await rig.folder();
    await rig.take(folder, { csv: false });
    expect(Object.keys(await filesIn(folder))).toEqual(['database_export.json']);
    await rig.take(folder, { json: false });
    expect(Object.keys(await filesIn(folder))).toEqual(['database_export.json', 'datasets.csv', 'images.csv', 'projects.csv']);
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { files: { name: string }[] };
    expect(index.files.map(({ name }) => name)).toEqual(['datasets.csv', 'images.csv', 'projects.csv']);
  });
});
