import type { Column, Reference, Table, UniqueIndex, Unsupported } from '../domain/catalogue/catalogue.ts';
import { tableId } from '../domain/catalogue/catalogue.ts';
import type { Key, KeyedTable } from '../domain/catalogue/key.ts';
import type { KeyedCatalogue } from '../events/databases.ts';
import { builder } from './builder.ts';

const ColumnType = builder.objectRef<Column>('Column').implement({
  description: 'One column.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, as it is in the database.' }),
    type: t.exposeString('type', { description: 'Its type, as PostgreSQL prints it, with the schema where it has one.' }),
    notNull: t.exposeBoolean('notNull', { description: 'It refuses NULL.' }),
    default: t.exposeString('default', { nullable: true, description: 'The expression of its default.' }),
    identity: t.exposeString('identity', { nullable: true, description: '`always` or `by default`, where it is an identity column.' }),
    generated: t.exposeString('generated', { nullable: true, description: '`stored` or `virtual`, where it is generated.' }),
  }),
});

const KeyKindEnum = builder.enumType('KeyKind', {
  description: 'How the same row is found in two databases.',
  values: {
    NATURAL: { value: 'natural', description: 'By columns that mean the same everywhere.' },
    ORIGIN: { value: 'origin', description: 'By the database and id it comes from: the table has only a surrogate.' },
    IMAGE: { value: 'image', description: 'By the whole row: the table has no unique key at all.' },
  } as const,
});

const KeyType = builder.objectRef<Key>('Key').implement({
  description: 'How rows of a table are matched.',
  fields: (t) => ({
    kind: t.field({ type: KeyKindEnum, resolve: (key) => key.kind, description: 'By what.' }),
    columns: t.stringList({ resolve: (key) => (key.kind === 'natural' ? [...key.columns] : []), description: 'The columns of a natural key.' }),
    surrogate: t.stringList({ resolve: (key) => (key.kind === 'image' ? [] : [...key.surrogate]), description: 'Columns whose value the database makes up.' }),
  }),
});

const ReferenceType = builder.objectRef<Reference>('Reference').implement({
  description: 'A foreign key.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the constraint.' }),
    columns: t.stringList({ resolve: (reference) => [...reference.columns], description: 'The referencing columns.' }),
    parent: t.string({ resolve: (reference) => tableId(reference.parent), description: 'The referenced table, `schema.table`.' }),
    parentColumns: t.stringList({ resolve: (reference) => [...reference.parentColumns], description: 'The referenced columns.' }),
    onDelete: t.exposeString('onDelete', { description: '`no action`, `restrict`, `cascade`, `set null` or `set default`.' }),
    deferrable: t.exposeBoolean('deferrable', { description: 'It may be checked at the end of a transaction.' }),
  }),
});

const UniqueKeyType = builder.objectRef<UniqueIndex>('UniqueKey').implement({
  description: 'A unique index or constraint.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    primary: t.exposeBoolean('primary', { description: 'It is the primary key.' }),
    columns: t.stringList({ resolve: (unique) => [...unique.columns], description: 'Its columns.' }),
    predicate: t.exposeString('predicate', { nullable: true, description: 'The condition of a partial one.' }),
  }),
});

const TableType = builder.objectRef<KeyedTable>('Table').implement({
  description: 'One table. Partitions are not listed: their rows travel through the root.',
  fields: (t) => ({
    table: t.string({ resolve: (table) => tableId(table), description: '`schema.table`.' }),
    schema: t.exposeString('schema', { description: 'Its schema.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    kind: t.exposeString('kind', { description: '`table` or `partitioned`.' }),
    key: t.field({ type: KeyType, resolve: (table) => table.key, description: 'How its rows are matched.' }),
    columns: t.field({ type: [ColumnType], resolve: (table) => [...table.columns], description: 'Its columns, in order.' }),
    uniques: t.field({ type: [UniqueKeyType], resolve: (table) => [...table.uniques], description: 'Its unique keys.' }),
    references: t.field({ type: [ReferenceType], resolve: (table) => [...table.references], description: 'Its foreign keys.' }),
    rowSecurity: t.exposeString('rowSecurity', { description: '`none`, `enabled` or `forced`.' }),
    estimatedRows: t.field({
      type: 'Long',
      resolve: (table: Table) => Math.max(0, Math.round(table.estimatedRows)),
      description: 'How many rows the server believes it has.',
    }),
  }),
});

const UnsupportedType = builder.objectRef<Unsupported>('Unsupported').implement({
  description: 'Something that stays behind.',
  fields: (t) => ({
    object: t.exposeString('object', { description: 'What.' }),
    reason: t.exposeString('reason', { description: 'Why.' }),
  }),
});

export const CatalogueType = builder.objectRef<KeyedCatalogue>('Catalogue').implement({
  description: 'What a database’s own catalogs say of it. Waybill’s own tables are left out.',
  fields: (t) => ({
    serverVersion: t.exposeInt('serverVersion', { description: '180004 for 18.4.' }),
    encoding: t.exposeString('encoding', { description: 'Of its text, as `UTF8`.' }),
    tables: t.field({
      type: [TableType],
      complexity: { field: 1, multiplier: 50 },
      args: { names: t.arg.stringList({ description: 'Only these, each as `schema.table`. Default: all.' }) },
      resolve: ({ tables }, { names }) => (names === null || names === undefined ? [...tables] : tables.filter((table) => names.includes(tableId(table)))),
      description: 'Its tables.',
    }),
    unsupported: t.field({ type: [UnsupportedType], resolve: (catalogue) => [...catalogue.unsupported], description: 'What Waybill sees but cannot carry.' }),
  }),
});
