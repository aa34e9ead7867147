import type {
  Catalogue,
  Check,
  Column,
  QualifiedName,
  Reference,
  Sequence,
  Table,
  Trigger,
  UniqueIndex,
  Unsupported,
} from '../../domain/catalogue/catalogue.ts';
import { tableId } from '../../domain/catalogue/catalogue.ts';
import {
  constraints,
  partitions,
  rules,
  sequences,
  triggers,
  uniques,
  unsupported,
  type ConstraintRow,
  type PartitionRow,
  type RuleRow,
  type SequenceRow,
  type TriggerRow,
  type UniqueRow,
  type UnsupportedRow,
} from './introspect-constraints.sql.ts';
import { createTypeGraph, type TypeGraph } from './introspect-types.ts';
import {
  applySettings,
  collations,
  columns,
  currentSettings,
  extensions,
  hookSequences,
  registered,
  registries,
  server,
  storeRelations,
  tables,
  types,
  type CollationRow,
  type ColumnRow,
  type ReadingSettings,
  type RegistryRow,
  type ServerRow,
  type TableRow,
  type TypeRow,
} from './introspect.sql.ts';
import { ownRelationNames } from './own-relations.ts';
import type { Session } from './session.ts';

export type IntrospectOptions = {
  /** False to see Waybill's own relations too, as no export or import does. */
  readonly excludeRegistry?: boolean;
};

/** What the database's own catalogs say of it. A handful of statements whatever its size; needs no special rights. Call it inside the run's transaction for one state. */
export const introspect = async (session: Session, options: IntrospectOptions = {}): Promise<Catalogue> => {
  const settings = await session.one<ReadingSettings>(currentSettings());
  await session.run(applySettings({ searchPath: 'pg_catalog, pg_temp', quoteAll: 'off', jit: 'off' }));
  try {
    return await read(session, options.excludeRegistry ?? true);
  } finally {
    // In a transaction that failed this fails too, and its rollback brings the settings back.
    await session.run(applySettings(settings)).catch(() => 0);
  }
};

const read = async (session: Session, excludeRegistry: boolean): Promise<Catalogue> => {
  const { serverVersion, encoding } = await session.one<ServerRow>(server());
  const own = excludeRegistry ? await readRegistries(session) : [];
  const [ownSchemas, ownNames] = [own.map(({ schema }) => schema), own.map(({ name }) => name)];
  const found = await session.many<TableRow>(tables(ownSchemas, ownNames));
  const readable = found.filter((table) => table.readable);
  const oids = readable.map((table) => table.oid);
  const modern = serverVersion >= 180_000;
  const parts = {
    columns: byTable(await session.many<ColumnRow>(columns(oids, modern))),
    uniques: byTable(await session.many<UniqueRow>(uniques(oids))),
    constraints: byTable(await session.many<ConstraintRow>(constraints(oids, modern))),
    triggers: byTable(await session.many<TriggerRow>(triggers(oids))),
    rules: byTable(await session.many<RuleRow>(rules(oids))),
    partitions: byTable(await session.many<PartitionRow>(partitions(readable.filter(({ kind }) => kind === 'partitioned').map(({ oid }) => oid)))),
    types: createTypeGraph(await session.many<TypeRow>(types(oids))),
  };
  const sequenceRows = await session.many<SequenceRow>(sequences(ownSchemas, ownNames));
  return {
    serverVersion,
    encoding,
    tables: readable.map((row) => toTable(row, parts)),
    sequences: sequenceRows.map(toSequence),
    unsupported: [
      ...found.filter((table) => !table.readable).map(unreadable),
      ...(await session.many<UnsupportedRow>(unsupported())).map(toUnsupported),
      ...sequenceRows.filter((row) => !row.readable).map(unreadableSequence),
      ...foreignPartitions(parts.partitions),
    ],
    enums: parts.types.enums,
    collations: (await session.many<CollationRow>(collations(oids))).map(({ schema, name, provider, locale, deterministic, version }) => ({
      schema,
      name,
      provider: providers[provider],
      ...present('locale', locale),
      deterministic,
      ...present('version', version),
    })),
    extensions: await session.many<{ name: string; version: string }>(extensions()),
  };
};

const readRegistries = async (session: Session): Promise<readonly QualifiedName[]> => {
  const own: QualifiedName[] = [];
  for (const { schema, name, readable: mayRead } of await session.many<RegistryRow>(registries())) {
    const names = mayRead ? (await session.many<{ name: string }>(registered({ schema, name }))).map((row) => row.name) : ownRelationNames(schema);
    own.push(...[...names, name].map((each) => ({ schema, name: each })));
  }
  return [...own, ...(await session.many<QualifiedName>(storeRelations())), ...(await session.many<QualifiedName>(hookSequences()))];
};

const providers = { c: 'libc', i: 'icu', b: 'builtin', d: 'default' } as const;
const actions = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default', ' ': 'no action' } as const;

const byTable = <Row extends { readonly table: number }>(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> => Map.groupBy(rows, (row) => row.table);
const present = <Name extends string, Value>(name: Name, value: Value | null): { readonly [key in Name]?: Value } =>
  (value === null ? {} : { [name]: value }) as { readonly [key in Name]?: Value };

type Parts = {
  readonly columns: ReadonlyMap<number, readonly ColumnRow[]>;
  readonly uniques: ReadonlyMap<number, readonly UniqueRow[]>;
  readonly constraints: ReadonlyMap<number, readonly ConstraintRow[]>;
  readonly triggers: ReadonlyMap<number, readonly TriggerRow[]>;
  readonly rules: ReadonlyMap<number, readonly RuleRow[]>;
  readonly partitions: ReadonlyMap<number, readonly PartitionRow[]>;
  readonly types: TypeGraph;
};

const toTable = (row: TableRow, parts: Parts): Table => {
  const constraintRows = parts.constraints.get(row.oid) ?? [];
  const periodParents = constraintRows.filter(({ kind, period }) => kind === 'f' && period).flatMap(parentOf);
  return {
    schema: row.schema,
    name: row.name,
    kind: row.kind,
    persistence: row.persistence,
    columns: (parts.columns.get(row.oid) ?? []).map((each) => toColumn(each, parts.types)),
    uniques: (parts.uniques.get(row.oid) ?? []).map(toUnique),
    checks: constraintRows.filter(({ kind }) => kind === 'c').map(toCheck),
    references: constraintRows.filter(({ kind, period }) => kind === 'f' && !period).flatMap(toReference),
    unforeseeable: [
      ...constraintRows.flatMap(unforeseeable),
      ...(parts.partitions.get(row.oid) ?? []).flatMap(ofPartition),
      ...(row.kind === 'partitioned' && !row.defaultPartition ? ['rows that no partition takes'] : []),
    ],
    ...(periodParents.length === 0 ? {} : { periodParents }),
    triggers: (parts.triggers.get(row.oid) ?? []).map(toTrigger),
    rules: (parts.rules.get(row.oid) ?? []).map(({ name }) => name),
    rowSecurity: row.rowSecurity,
    owned: row.owned,
    inherits: row.inherits,
    estimatedRows: Math.round(row.estimatedRows),
  };
};

const numeric = new Set(['smallint', 'integer', 'bigint', 'numeric']);
const toColumn = (row: ColumnRow, typeGraph: TypeGraph): Column => {
  const facts = typeGraph.facts(row.typeOid);
  const feeds = row.sequenceSchema !== null && row.sequenceName !== null && numeric.has(facts.baseType);
  return {
    name: row.name,
    attnum: row.attnum,
    type: row.type,
    ...facts,
    notNull: row.notNull,
    ...(row.notNullNotValid ? { notNullNotValid: true } : {}),
    ...(row.collationSchema === null || row.collationName === null ? {} : { collation: { schema: row.collationSchema, name: row.collationName } }),
    ...present('default', row.default),
    ...(feeds ? { sequence: { schema: row.sequenceSchema, name: row.sequenceName } } : {}),
    ...(row.identity === '' ? {} : { identity: row.identity === 'a' ? 'always' : 'by default' }),
    ...(row.generated === '' ? {} : { generated: row.generated === 's' ? 'stored' : 'virtual' }),
  };
};

const operators = (schemas: readonly (string | null)[], names: readonly (string | null)[]): readonly QualifiedName[] =>
  schemas.flatMap((schema, index) => {
    const name = names[index];
    return schema === null || name === null || name === undefined ? [] : [{ schema, name }];
  });

const toUnique = (row: UniqueRow): UniqueIndex => {
  const plain = row.columns.flatMap((name) => (name === null ? [] : [name]));
  return {
    name: row.name,
    constraint: row.constraint,
    primary: row.primary,
    columns: plain,
    ...(plain.length === row.columns.length ? {} : { expressions: row.expressions }),
    ...present('predicate', row.predicate),
    immediate: row.immediate,
    valid: row.valid,
    nullsNotDistinct: row.nullsNotDistinct,
    equality: operators(row.equalitySchemas, row.equalityNames),
  };
};

const toCheck = (row: ConstraintRow): Check => ({
  name: row.name,
  expression: row.expression ?? 'true',
  columns: row.columns,
  enforced: row.enforced,
  validated: row.validated,
});

const parentOf = (row: ConstraintRow): readonly QualifiedName[] =>
  row.parentSchema === null || row.parentName === null ? [] : [{ schema: row.parentSchema, name: row.parentName }];

const toReference = (row: ConstraintRow): readonly Reference[] =>
  parentOf(row).map((parent) => ({
    name: row.name,
    columns: row.columns,
    parent,
    parentColumns: row.parentColumns,
    match: row.match === 'f' ? 'full' : 'simple',
    onDelete: actions[row.onDelete],
    onUpdate: actions[row.onUpdate],
    ...(row.onDeleteColumns.length === 0 ? {} : { onDeleteColumns: row.onDeleteColumns }),
    deferrable: row.deferrable,
    deferred: row.deferred,
    enforced: row.enforced,
    validated: row.validated,
    equality: operators(row.equalitySchemas, row.equalityNames),
  }));

const unforeseeable = (row: ConstraintRow): readonly string[] => {
  if (row.kind === 'x') return [`exclusion constraint ${row.name}: ${row.definition}`];
  if (row.kind === 'f' && row.period) return [`temporal reference ${row.name}: ${row.definition}; ids are not remapped through it`];
  if (row.kind === 'f' && row.parentPartition !== null) return [`reference ${row.name} points at the partition ${row.parentPartition}`];
  return row.period ? [`temporal key ${row.name}: ${row.definition}`] : [];
};

const ofPartition = (row: PartitionRow): readonly string[] => row.own.map((thing) => `${thing} of partition ${row.partition}`);

const toTrigger = (row: TriggerRow): Trigger => ({
  name: row.name,
  // Bits of pg_trigger.tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead.
  timing: (row.bits & 64) > 0 ? 'instead of' : (row.bits & 2) > 0 ? 'before' : 'after',
  events: (
    [
      ['insert', 4],
      ['update', 16],
      ['delete', 8],
      ['truncate', 32],
    ] as const
  )
    .filter(([, bit]) => (row.bits & bit) > 0)
    .map(([event]) => event),
  level: (row.bits & 1) > 0 ? 'row' : 'statement',
  enabled: row.enabled,
  function: row.function,
});

const toSequence = (row: SequenceRow): Sequence => {
  const { schema, name, type, start, increment, minimum, maximum, cycle } = row;
  const owner =
    row.ownerSchema === null || row.ownerTable === null || row.ownerColumn === null
      ? {}
      : { ownedBy: { schema: row.ownerSchema, table: row.ownerTable, column: row.ownerColumn } };
  return {
    schema,
    name,
    type,
    start,
    increment,
    minimum,
    maximum,
    cycle,
    ...owner,
    ...present('lastValue', row.lastValue),
    ...(row.readable ? { isCalled: row.lastValue !== null } : {}),
  };
};

const unreadable = (table: TableRow): Unsupported => ({
  object: tableId(table),
  reason: 'PERMISSION: the role may not read this table. Grant SELECT on it and USAGE on its schema to carry it.',
});
const unreadableSequence = (row: SequenceRow): Unsupported => ({
  object: tableId(row),
  reason: 'PERMISSION: the role may not read this sequence, so its position stays behind. Grant SELECT or USAGE on it to carry it.',
});

const foreignPartitions = (rows: ReadonlyMap<number, readonly PartitionRow[]>): readonly Unsupported[] =>
  [...rows.values()]
    .flat()
    .filter(({ foreign }) => foreign)
    .map(({ partition }) => ({ object: partition, reason: 'This partition is a foreign table: its rows live on another server, read through the root.' }));

const reasons: Readonly<Record<UnsupportedRow['kind'], (extra: string) => string>> = {
  'foreign table': () => 'Its rows live on another server; carry them from there.',
  'materialized view': () => 'Its rows are computed from tables; refresh it after the import.',
  'large objects': (extra) => `${extra} large objects are stored outside tables; columns that hold their oids travel, their bytes do not.`,
  'extension table': (extra) => `It belongs to the extension ${extra}, whose installation makes it; rows that were added to it stay behind.`,
};
const toUnsupported = (row: UnsupportedRow): Unsupported => ({ object: row.object, reason: reasons[row.kind](row.extra) });
