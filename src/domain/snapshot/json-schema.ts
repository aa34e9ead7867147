import { tableId, type Column, type EnumType } from '../catalogue/catalogue.ts';
import { column, type KeyedTable } from '../catalogue/key.ts';
import { Defect, Refusal } from '../refusal.ts';
import { information, type SnapshotColumn, type SnapshotDefinition, type SnapshotNode } from './definition.ts';
import { rowKey } from './row-key.ts';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

type Known = { readonly tables: readonly KeyedTable[]; readonly enums?: readonly EnumType[]; /** Of the database. */ readonly name: string };

/**
 * What holds of every document of this definition, as a JSON Schema 2020-12: names, nesting and types, exactly, with
 * nothing beside them. With one file for each root it is what holds of each of these.
 */
export const snapshotJsonSchema = ({ document, layout, totals }: SnapshotDefinition, known: Known): JsonSchema => {
  if (document === undefined)
    throw new Refusal(
      'SNAPSHOT_HAS_NO_DOCUMENT',
      `Snapshots of ${known.name} are configured without a document: there is nothing that a JSON Schema could describe.`,
      {
        database: known.name,
      },
    );
  const rows = document.flatMap((node) => describeRows(node, [], known));
  const defs = Object.fromEntries(rows.map(({ name, schema }) => [name, schema]));
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `Snapshot of ${known.name}` };
  if (layout === 'roots') return { ...head, anyOf: document.map((node) => rootFile(node, known)), $defs: defs };
  const arrays = Object.fromEntries(document.map((node) => [node.name, rowsOf(defName([node.name]))]));
  return {
    ...head,
    ...objectOf({ [information]: informationOf(document, totals), ...arrays }),
    $defs: defs,
  };
};

const objectOf = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const whole: JsonSchema = { type: 'integer', minimum: 0 };

const informationOf = (document: readonly SnapshotNode[], totals: readonly string[] | undefined): JsonSchema => {
  const names = totals ?? [...new Set(arraysOf(document))];
  return objectOf({
    timestamp: { type: 'string', format: 'date-time', description: 'When it was written.' },
    ...Object.fromEntries(names.map((name) => [`total_${name}`, { ...whole, description: `How many rows the arrays ${name} have in all.` }])),
  });
};

const arraysOf = (nodes: readonly SnapshotNode[]): readonly string[] => nodes.flatMap(({ name, children }) => [name, ...arraysOf(children)]);

/** The way to the array. A dot in a name is doubled, so that no two ways are one. */
const defName = (path: readonly string[]): string => path.map((name) => name.replaceAll('.', '..')).join('.');

/** In a fragment of a URL, within a JSON pointer. */
const refTo = (name: string): JsonSchema => ({ $ref: `#/$defs/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}` });

const rowsOf = (name: string): JsonSchema => ({ type: 'array', items: refTo(name) });

/** Rows without a key cannot have files of their own: they are in one. */
const rootFile = (node: SnapshotNode, known: Known): JsonSchema =>
  rowKey(tableOf(node, known)) === undefined ? rowsOf(defName([node.name])) : refTo(defName([node.name]));

const tableOf = (node: SnapshotNode, { tables }: Known): KeyedTable => {
  const found = tables.find((each) => tableId(each) === node.table);
  if (found === undefined) throw new Defect(`The snapshot names ${node.table}, which is not in the catalogue`);
  return found;
};

type Described = { readonly name: string; readonly schema: JsonSchema };

const describeRows = (node: SnapshotNode, above: readonly string[], known: Known): readonly Described[] => {
  const path = [...above, node.name];
  const table = tableOf(node, known);
  const columns = Object.fromEntries(node.columns.map((each) => [each.name, describeColumn(each, table, known)]));
  const children = Object.fromEntries(node.children.map(({ name }) => [name, rowsOf(defName([...path, name]))]));
  return [
    { name: defName(path), schema: { description: `A row of ${node.table}.`, ...objectOf({ ...columns, ...children }) } },
    ...node.children.flatMap((child) => describeRows(child, path, known)),
  ];
};

const describeColumn = (given: SnapshotColumn, table: KeyedTable, known: Known): JsonSchema => {
  if ('column' in given) return describeCell(column(table, given.column), known.enums ?? []);
  if ('by' in given)
    return { type: 'object', additionalProperties: whole, description: `How many rows of ${given.count} stand below it, for each ${given.by}.` };
  return { ...whole, description: `How many rows of ${given.count} stand below it.` };
};

const isNullable = ({ notNull, notNullNotValid, domain }: Column): boolean => (!notNull || notNullNotValid === true) && domain?.notNull !== true;

const describeCell = (cell: Column, enums: readonly EnumType[]): JsonSchema => {
  const type = typeOf(cell, enums);
  if (!isNullable(cell) || Object.keys(type).length === 0) return type;
  return typeof type['type'] === 'string' && type['enum'] === undefined ? { ...type, type: [type['type'], 'null'] } : { anyOf: [type, { type: 'null' }] };
};

/** As the document writes it. PostgreSQL's words for what no JSON number is, are strings. */
const notFinite: JsonSchema = { enum: ['NaN', 'Infinity', '-Infinity'] };
const text = (pattern?: string): JsonSchema => ({ type: 'string', ...(pattern === undefined ? {} : { pattern }) });
const date = '\\d{4,}-\\d\\d-\\d\\d';
const time = '\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?';
const moment = text(`^(-?infinity|${date}T${time}Z( BC)?)$`);

const types = new Map<string, JsonSchema>(
  Object.entries({
    smallint: { type: 'integer' },
    integer: { type: 'integer' },
    bigint: { type: 'integer' },
    numeric: { anyOf: [{ type: 'number' }, notFinite] },
    real: { anyOf: [{ type: 'number' }, notFinite] },
    'double precision': { anyOf: [{ type: 'number' }, notFinite] },
    boolean: { type: 'boolean' },
    'timestamp with time zone': moment,
    'timestamp without time zone': moment,
    date: text(`^(-?infinity|${date}( BC)?)$`),
    'time without time zone': text(`^${time}$`),
    uuid: text('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
    json: {},
    jsonb: {},
  }),
);

const typeOf = ({ type, baseType, enum: named }: Column, enums: readonly EnumType[]): JsonSchema => {
  if (type.endsWith('[]') || baseType.endsWith('[]')) return { type: 'array' };
  const labels = named === undefined ? undefined : enums.find((each) => tableId(each) === tableId(named))?.labels;
  if (labels !== undefined) return { type: 'string', enum: labels };
  const length = /^character varying\((\d+)\)$/.exec(type)?.[1];
  return types.get(baseType) ?? { type: 'string', ...(length === undefined ? {} : { maxLength: Number(length) }) };
};
