import { chooseKeys } from '../domain/catalogue/choose-key.ts';
import { findTable } from '../domain/catalogue/find-table.ts';
import type { KeyedTable } from '../domain/catalogue/key.ts';
import { checkDefinition } from '../domain/snapshot/check-definition.ts';
import { snapshotJsonSchema, type JsonSchema } from '../domain/snapshot/json-schema.ts';
import { readCatalogue } from '../infra/postgres/read-catalogue.ts';
import type { KnownDatabase } from './databases.ts';

/** The tables of a database as its own catalogs have them now, each with its key; only those that are named, where some are. */
export const readTables = async (
  { url, tables: settings }: KnownDatabase,
  { tables: names, signal }: { readonly tables?: readonly string[]; readonly signal: AbortSignal },
): Promise<readonly KeyedTable[]> => {
  const all = chooseKeys(await readCatalogue(url, signal), settings);
  return names === undefined ? all : [...new Set(names.map((name) => findTable(all, name)))];
};

/** What holds of the document in every snapshot of it, as it is configured and as its tables are now. */
export const readSnapshotSchema = async ({ name, url, tables: settings, snapshot = {} }: KnownDatabase, signal: AbortSignal): Promise<JsonSchema> => {
  const catalogue = await readCatalogue(url, signal);
  const tables = chooseKeys(catalogue, settings);
  return snapshotJsonSchema(checkDefinition(snapshot, tables, settings), { name, tables, enums: catalogue.enums ?? [] });
};
