import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';

/**
 * The relations that Waybill keeps in a target (DESIGN 5, step 6). They live in a schema of their own, or, where the role
 * may create nothing else, inside a given schema under the prefix `waybill_`. A registry names them; whatever is found
 * there is excluded from catalogue, export, guards and hashes, wherever it lives (ENGINE-RULES 21). A schema that merely
 * happens to be called `waybill` is the user's.
 */
export const ownSchema = 'waybill';
const prefix = 'waybill_';

/** Comment on the registry table, by which it is known again; a table of the user's with the same name has none. */
export const registryComment = 'Waybill: registry of its own relations in this schema';

export const registryNames = ['relation', `${prefix}relation`] as const;

const kinds = ['version', 'relation', 'database', 'run', 'ledger', 'provenance'] as const;
type OwnRelation = (typeof kinds)[number];
export type TargetRelations = Readonly<Record<OwnRelation, QualifiedName>>;

/** Names for SQL. `schema` is the setting `waybillSchema`: the schema that the role may create in; absent: `waybill`. */
export const targetRelations = (schema: string = ownSchema): TargetRelations => {
  const name = (kind: OwnRelation): QualifiedName => ({ schema, name: schema === ownSchema ? kind : `${prefix}${kind}` });
  return {
    version: name('version'),
    relation: name('relation'),
    database: name('database'),
    run: name('run'),
    ledger: name('ledger'),
    provenance: name('provenance'),
  };
};

/** What a registry lists when it cannot be read: everything that this version makes. */
export const ownRelationNames = (schema: string): readonly string[] => Object.values(targetRelations(schema)).map(({ name }) => name);

/** The tables of the first store. All of them together make a store, of whatever version; one name alone does not. */
export const foundingTables = [
  'database_secret',
  'event',
  'head',
  'idempotency',
  'known_database',
  'lease',
  'run_progress',
  'run_state',
  'store_migration',
  'upload',
] as const;

/** What the store keeps in schema `waybill` of its own database, which may be a user's database too. test/engine/store-beside.test.ts holds this against a real store. */
export const storeNames: readonly string[] = [...foundingTables, 'store_migration_id_seq', 'api_key', 'inbox_file', 'key_secret', 'key_use'];

/** Comment on the function and the sequences of hooks, by which they are known again wherever they lie. */
export const hookComment = 'Waybill: rings when a table is written, so that its snapshot follows';

/** What hooks are called, in whatever schema; a sequence goes on with the oid of the table that it was made for. */
export const hookNames = { ring: 'waybill_ring', trigger: 'waybill_hook', sequence: 'waybill_hook_' } as const;
