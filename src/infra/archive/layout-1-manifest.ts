import { createHash } from 'node:crypto';
import { z } from 'zod';
import { tableId, type Column, type Reference, type Table } from '../../domain/catalogue/catalogue.ts';
import { companionsFor, type Companion } from '../../domain/catalogue/companions.ts';
import type { Key, KeyedTable } from '../../domain/catalogue/key.ts';
import { Refusal } from '../../domain/refusal.ts';
import { folderOf } from './format.ts';
import type { Manifest, ManifestTable } from './manifest.ts';
import { corrupt } from './refusals.ts';

/** `index.json` of layout 1.0.0 (reference 5). */
export type Layout1Index = {
  readonly metadata: { readonly timestamp: string; readonly database: string; readonly version: string };
  readonly files: Readonly<Record<string, string>>;
};

const index = z.looseObject({
  metadata: z.looseObject({ timestamp: z.string().default(''), database: z.string().default('unknown'), version: z.string() }),
  files: z.record(z.string(), z.string()),
});

export const readLayout1Index = (json: unknown): Layout1Index => {
  const found = index.safeParse(json);
  if (!found.success) throw corrupt('index.json of layout 1.0.0 lists no files');
  return found.data;
};

/** One table as the files have it: its columns, whatever order and file they came in. */
export type FoundTable = { readonly name: string; readonly columns: readonly string[] };

/** A table of the backup with its table in the target; absent there, it is described all the same, for the comparison to name. */
export type Layout1Table = {
  readonly manifest: ManifestTable;
  readonly described: Table;
  readonly target: KeyedTable | undefined;
  /** Columns that PostgreSQL computes, or that a companion says better; not read. */
  readonly ignored: readonly string[];
};

/** Layout 1.0.0 says nothing of types, keys and references: all that is the target's word. */
export const describeTable = (found: FoundTable, targets: readonly KeyedTable[]): Layout1Table => {
  const target = findTarget(found.name, targets);
  const [schema, name] = target === undefined ? ['public', found.name] : [target.schema, target.name];
  const companions = target === undefined ? [] : companionsIn(found, target, targets);
  const leaves = companions.flatMap((companion) => companion.leaves.map((leaf) => leaf.name));
  const said = new Set(companions.flatMap((companion) => referenceOf(target, companion)?.columns ?? []));
  const computed = new Set(target?.columns.filter(({ generated }) => generated !== undefined).map((column) => column.name));
  const own = found.columns.filter((column) => !leaves.includes(column) && !said.has(column) && !computed.has(column));
  const key = keyOf(target, own);
  const origin = key.kind === 'origin' ? { database: '1.0.0 origin database', key: '1.0.0 origin key' } : undefined;
  return {
    manifest: {
      schema,
      name,
      key,
      columns: [...own, ...leaves, ...(origin === undefined ? [] : [origin.database, origin.key])],
      companions,
      ...(origin === undefined ? {} : { origin }),
    },
    described: describe({ schema, name }, own, target),
    target,
    ignored: found.columns.filter((column) => computed.has(column)),
  };
};

const findTarget = (name: string, targets: readonly KeyedTable[]): KeyedTable | undefined => {
  const same = targets.filter((table) => table.name === name || tableId(table) === name);
  if (same.length < 2) return same[0];
  const inPublic = same.find(({ schema }) => schema === 'public');
  if (inPublic === undefined)
    throw new Refusal(
      'TABLE_AMBIGUOUS',
      `Layout 1.0.0 names no schemas, and the target has ${same.map(tableId).join(', ')}. Move one of them, or convert the backup.`,
      { table: name },
    );
  return inPublic;
};

const referenceOf = (table: Table | undefined, companion: Companion): Reference | undefined =>
  table?.references.find(({ name }) => name === companion.reference);

/** By the naming rule of the layout: `instructor_id` -> `instructor_xmlid`, `regio` -> `regio_domaincode`. */
const companionsIn = (found: FoundTable, target: KeyedTable, targets: readonly KeyedTable[]): readonly Companion[] =>
  companionsFor(target, targets, new Set()).filter(({ leaves }) => leaves.length > 0 && leaves.every(({ name }) => found.columns.includes(name)));

const keyOf = (target: KeyedTable | undefined, columns: readonly string[]): Key => {
  if (target === undefined) return { kind: 'image' };
  if (target.key.kind !== 'origin') return target.key;
  return (target.key.columns ?? target.key.surrogate).every((name) => columns.includes(name)) ? target.key : { kind: 'image' };
};

const unknownColumn = (name: string, position: number): Column => ({
  name,
  attnum: position + 1,
  type: 'text',
  typeKind: 'base',
  overComposite: false,
  notNull: false,
  baseType: 'text',
});

/** No keys and checks: nobody has enforced them on these rows. References are the target's, so that ids are translated. */
const describe = (name: { readonly schema: string; readonly name: string }, columns: readonly string[], target: KeyedTable | undefined): Table => ({
  ...name,
  kind: target?.kind ?? 'table',
  persistence: 'permanent',
  columns: columns.map((column, position) => ({
    ...(target?.columns.find((known) => known.name === column) ?? unknownColumn(column, position)),
    notNull: false,
  })),
  uniques: [],
  checks: [],
  references: target?.references ?? [],
  unforeseeable: [],
  triggers: [],
  rules: [],
  rowSecurity: 'none',
  owned: false,
  inherits: [],
  estimatedRows: 0,
});

/** A backup of the same name counts as the same database: rows without a key of their own are then found again. */
export const originOf = ({ metadata }: Layout1Index): string => `1.0.0:${createHash('sha256').update(metadata.database).digest('hex').slice(0, 24)}`;

export const layout1Manifest = (from: Layout1Index, tables: readonly Layout1Table[]): Manifest => ({
  metadata: { timestamp: from.metadata.timestamp, database: from.metadata.database, version: '1.0.0', generator: 'crearis' },
  entities: tables.map(({ manifest }) => tableId(manifest)),
  files: Object.fromEntries(tables.map(({ manifest }, position) => [tableId(manifest), folderOf(position + 1)])),
  source: { databaseId: originOf(from), name: from.metadata.database, systemIdentifier: '', oid: 0 },
  lineage: { tookIn: [] },
  // Nothing in the layout proves that all rows are there.
  complete: false,
  catalogue: { serverVersion: 0, encoding: 'UTF8', tables: tables.map(({ described }) => described), sequences: [], unsupported: [] },
  tables: tables.map(({ manifest }) => manifest),
  notCarried: [],
});
