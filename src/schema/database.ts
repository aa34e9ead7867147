import type { DatabaseRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { CatalogueType } from './catalogue.ts';
import { connectionOf, pageArgs, pageRequestOf } from './connection.ts';

export const DatabaseType = builder.objectRef<DatabaseRow>('Database');
builder.node(DatabaseType, {
  description: 'A PostgreSQL database that Waybill knows: from its settings, or because a run named its URL.',
  id: { resolve: (database) => database.name, description: '`database-<name>`.' },
  loadOne: (id, context) => context.store.database(id),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'server' in value && 'registeredAt' in value,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name it is registered under; for one given by URL `user@host:port/database`.' }),
    server: t.exposeString('server', { description: 'Where it is: its URL without password and parameters.' }),
    databaseId: t.exposeString('databaseId', { nullable: true, description: 'The identity found in it, or given to it; null before the first run.' }),
    registeredAt: t.field({ type: 'DateTime', resolve: (database) => database.registeredAt, description: 'When Waybill heard of it.' }),
    catalogue: t.field({
      type: CatalogueType,
      complexity: { field: 50, multiplier: 1 },
      resolve: (database, _args, context) => context.databases.readCatalogue(database.name, context.signal),
      description: 'Its tables, read now from the database itself.',
    }),
  }),
});

const DatabaseConnection = builder.connectionObject(
  { type: DatabaseType, name: 'DatabaseConnection', description: 'A page of databases, newest first.' },
  { name: 'DatabaseEdge', description: 'One database of a page.' },
);

builder.queryFields((t) => ({
  database: t.field({
    type: DatabaseType,
    authScopes: { read: true },
    nullable: true,
    description: 'One database by its name; null when none is known under it.',
    args: { name: t.arg.string({ required: true, description: 'The name.' }) },
    resolve: (_root, { name }, context) => context.store.database(name),
  }),
  databases: t.field({
    type: DatabaseConnection,
    authScopes: { read: true },
    description: 'All databases, newest first.',
    args: pageArgs,
    resolve: async (_root, { first, after }, context) => connectionOf(await context.store.databases(pageRequestOf({ first, after })), after),
  }),
}));
