import { expect, test } from 'vitest';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { checkDefinition, type SnapshotConfig } from '../../../src/domain/snapshot/check-definition.ts';
import { snapshotCsvNames } from '../../../src/domain/snapshot/csv-names.ts';
import { snapshotJsonSchema, type JsonSchema } from '../../../src/domain/snapshot/json-schema.ts';
import { primary, reference, table, unique } from '../catalogue/build.ts';

const tables = chooseKeys({
  tables: [
    table('a/b', { id: 'int identity', 'x.y': 'text', on: 'timestamp with time zone not null', size: 'numeric(4,2)', tag: 'character varying(5) not null' }, [
      primary('id'),
    ]),
    table(
      'part',
      { id: 'int identity', whole_id: 'int not null', kind: 'text not null' },
      [primary('id'), unique('kind')],
      [{ ...reference('whole_id -> users.id', { onDelete: 'cascade' }), parent: { schema: 'public', name: 'a/b' } }],
    ),
  ],
});
const schemaOf = (config: SnapshotConfig): JsonSchema => snapshotJsonSchema(checkDefinition(config, tables), { tables, name: 'shop' });
const defsOf = (schema: JsonSchema): Record<string, Record<string, Record<string, unknown>>> => schema['$defs'] as never;

test('names each way to an array, and points to it as a fragment of a URL', () => {
  const schema = schemaOf({});
  expect(Object.keys(defsOf(schema))).toEqual(['a/b', 'a/b.part']);
  expect(schema['properties']).toMatchObject({ 'a/b': { type: 'array', items: { $ref: '#/$defs/a~1b' } } });
  expect(schema['required']).toEqual(['export_info', 'a/b']);
});

test('says of each column what may stand there', () => {
  const { properties } = defsOf(schemaOf({}))['a/b'] ?? {};
  expect(properties).toMatchObject({
    id: { type: 'integer' },
    'x.y': { type: ['string', 'null'] },
    on: { type: 'string', pattern: expect.stringContaining('infinity') },
    size: { anyOf: [{ anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] }, { type: 'null' }] },
    tag: { type: 'string', maxLength: 5 },
    part: { type: 'array', items: { $ref: '#/$defs/a~1b.part' } },
  });
});

test('knows counts, and the totals that are asked for', () => {
  const schema = schemaOf({
    document: { 'a/b': { columns: { parts: { count: 'part' }, kinds: { count: 'part', by: 'kind' } } } },
    totals: [],
  });
  expect(defsOf(schema)['a/b']?.['properties']).toMatchObject({
    parts: { type: 'integer', minimum: 0 },
    kinds: { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } },
  });
  expect(schema['properties']).toMatchObject({ export_info: { required: ['timestamp'], additionalProperties: false } });
});

test('describes one root where each has a file, and is refused where there is no document', () => {
  expect(schemaOf({ layout: 'roots' })).toMatchObject({ anyOf: [{ $ref: '#/$defs/a~1b' }] });
  expect(() => schemaOf({ document: false })).toThrow(expect.objectContaining({ code: 'SNAPSHOT_HAS_NO_DOCUMENT' }));
});

test('a CSV file of a snapshot says which column is meant by each name of its header', () => {
  const config: SnapshotConfig = { csv: { 'parts.csv': { table: 'part', columns: { part: 'id', again: 'id', wholes: { count: 'a/b' } } }, 'plain.csv': {} } };
  const found = snapshotCsvNames(config, 'parts.csv');
  expect(found?.table).toBe('part');
  expect([...(found?.names ?? [])]).toEqual([
    ['part', 'id'],
    ['again', null],
    ['wholes', null],
  ]);
  expect(snapshotCsvNames(config, 'plain.csv')).toBeUndefined();
  expect(snapshotCsvNames(config, 'other.csv')).toBeUndefined();
  expect(snapshotCsvNames({ csv: false }, 'parts.csv')).toBeUndefined();
});
