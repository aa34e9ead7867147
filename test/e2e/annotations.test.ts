import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import config from '../../examples/annotations/waybill.config.ts';
import { createTables, loadAnnotations } from '../../examples/annotations/load.ts';
import type { Json } from '../support/app.ts';
import type { TestDatabase } from '../support/cluster.ts';
import { createWaybill, jsonOf, type CliResult, type Waybill } from '../support/scenario.ts';
import { query } from '../support/two-databases.ts';

/** The document on snapshots that the example follows: its files, headers and structure, by the command line. */
let waybill: Waybill;
let database: TestDatabase;
let copy: TestDatabase;
const { snapshot } = config.databases?.['annotations'] ?? {};

const done = async (...args: string[]): Promise<CliResult> => {
  const result = await waybill.cli(args);
  expect(result.status, result.stderr).toBe(0);
  return result;
};
const folder = (): string => waybill.path('database_exports');
const text = (name: string): Promise<string> => readFile(join(folder(), name), 'utf8');
const linesOf = async (name: string): Promise<readonly string[]> => (await text(name)).trimEnd().split('\n');
const readDocument = async (): Promise<Json> => JSON.parse(await text('database_export.json')) as Json;

beforeAll(async () => {
  waybill = await createWaybill();
  [database, copy] = [await waybill.database(), await waybill.database()];
  await loadAnnotations(database.url);
  await waybill.configure({ annotations: { url: database.url, snapshot } });
  await done('snapshot', 'annotations');
}, 120_000);
afterAll(() => waybill.close());

describe('a snapshot of the example', () => {
  test('is the files of the document and no others', async () => {
    const names = (await readdir(folder())).filter((name) => !name.startsWith('.'));
    expect(names.toSorted()).toEqual(['database_export.json', 'datasets.csv', 'images.csv', 'index.json', 'projects.csv']);
  });

  test('has projects.csv as it is printed there', async () => {
    expect(await text('projects.csv')).toBe(
      [
        'project_id,project_name,dataset_count,image_count,created_at',
        '1,"Vehicle Detection",3,450,"2024-01-15 09:00:00"',
        '2,"Face Recognition",2,800,"2024-01-16 14:30:00"',
        '3,"Defects, ""Line 4""",3,0,"2024-01-18 08:15:00"',
        '',
      ].join('\n'),
    );
  });

  test('has the other CSV files with a row for each row, counted by split, unknown left empty', async () => {
    const datasets = await linesOf('datasets.csv');
    expect(datasets).toHaveLength(1 + 8);
    expect(datasets[0]).toBe('dataset_id,dataset_name,project_id,description,image_count,train_count,val_count,test_count,created_at,updated_at');
    const [counts = []] = await query(
      database.url,
      `select count(*) filter (where split = 'train') as train, count(*) filter (where split = 'val') as val, count(*) filter (where split = 'test') as test from images where dataset_id = 1`,
    );
    expect(datasets[1]).toBe(`1,"Training Set",1,,150,${counts.join(',')},"2024-01-15 09:00:00","2024-01-15 09:00:00"`);
    const images = await linesOf('images.csv');
    expect(images).toHaveLength(1 + 1250);
    expect(images[0]).toBe('image_id,filename,file_path,dataset_id,width,height,file_size,split,annotation_count,labeling_status,created_at');
    expect(images[1]).toMatch(/^1,"img_00001.jpg","datasets\/1\/img_00001.jpg",1,\d+,\d+,\d+,"(train|val|test)",\d,"\w+","2025-01-01 00:01:00"$/);
  });

  test('says first when it was written and what it has in all', async () => {
    expect(await text('database_export.json')).toMatch(/^\{"export_info":/);
    const { export_info, ...arrays } = await readDocument();
    expect(export_info).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      total_projects: 3,
      total_datasets: 8,
      total_images: 1250,
    });
    expect(Object.keys(arrays)).toEqual(['projects']);
  });

  test('has datasets in projects, images in datasets and annotations in images, each row once', async () => {
    const { projects } = await readDocument();
    expect(projects).toHaveLength(3);
    const { labels, datasets, ...project } = projects[0];
    expect(project).toMatchObject({ id: 1, name: 'Vehicle Detection', created_at: '2024-01-15T09:00:00Z', dataset_count: 3, image_count: 450 });
    expect(labels.map(({ name }: Json) => name)).toEqual(['car', 'truck', 'bus', 'bicycle']);
    const { images, images_by_split, ...dataset } = datasets[0];
    expect(dataset).toMatchObject({ id: 1, name: 'Training Set', description: null, image_count: 150 });
    expect(Object.keys(images_by_split).toSorted()).toEqual(['test', 'train', 'val']);
    for (const split of Object.keys(images_by_split)) expect(images.filter((image: Json) => image.split === split)).toHaveLength(images_by_split[split]);
    const all = projects.flatMap((each: Json) => each.datasets.flatMap((one: Json) => one.images));
    expect(all.map(({ id }: Json) => id)).toEqual(Array.from({ length: 1250 }, (_, at) => at + 1));
    for (const image of all) expect(image.annotations).toHaveLength(image.annotation_count);
    const [[found = null] = []] = await query(database.url, `select json_agg(json_build_object('id', id, 'geometry', geometry) order by id) from annotations`);
    expect(all.flatMap((image: Json) => image.annotations.map(({ id, geometry }: Json) => ({ id, geometry })))).toEqual(JSON.parse(found ?? ''));
  });

  test('is described by the JSON Schema that Waybill prints, which other documents do not fit', async () => {
    const schema = jsonOf<Json>(await done('snapshot', 'annotations', '--schema'));
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: { 'date-time': true } }).compile(schema);
    expect(validate(await readDocument()), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    const changed = async (change: (document: Json) => void): Promise<boolean> => {
      const other = await readDocument();
      change(other);
      return validate(other);
    };
    expect(await changed((other) => delete other.projects[0].name)).toBe(false);
    expect(await changed((other) => (other.projects[0].datasets[0].images[0].width = 'wide'))).toBe(false);
    expect(await changed((other) => (other.projects[1].datasets[0].more = 1))).toBe(false);
    expect(await changed((other) => (other.projects[0].created_at = '2024-01-15 09:00:00'))).toBe(false);
    expect(await changed((other) => (other.export_info.total_images = -1))).toBe(false);
    expect(await changed((other) => (other.projects[0].description = null))).toBe(true);
  });
});

const parts = `select 'project', id, name, created_at from projects union all select 'dataset', id, name || project_id, created_at from datasets
  union all select 'image', id, concat(filename, file_path, dataset_id, width, height, file_size, split, labeling_status), created_at from images order by 1, 2`;

test('its CSV files come back by `waybill import`, whatever their columns are called', { timeout: 120_000 }, async () => {
  await createTables(copy.url);
  await waybill.configure({ annotations: { url: database.url, snapshot }, copy: { url: copy.url, snapshot } });
  for (const name of ['projects.csv', 'datasets.csv', 'images.csv']) {
    const { stdout } = await done('import', join(folder(), name), '--into', 'copy', '--yes');
    expect(stdout).toMatch(/The column "\w+_count" of the file is left out: a snapshot counts it, and no column holds it/);
  }
  expect(await query(copy.url, parts)).toEqual(await query(database.url, parts));

  await query(copy.url, `update projects set created_at = now() where id = 1`);
  await done('merge', join(folder(), 'projects.csv'), '--into', 'copy', '--yes');
  expect(await query(copy.url, parts)).toEqual(await query(database.url, parts));
});
