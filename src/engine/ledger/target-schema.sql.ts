import { registryComment, type TargetRelations } from '../../infra/postgres/own-relations.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/** Two first installations at once: one makes the relations, the other finds them. */
export const lockInstallation: Statement = sql`/* engine.target-schema.lock */ select pg_catalog.pg_advisory_xact_lock(1463900482, 2)`;

export type InstalledRow = { readonly name: string; readonly known: boolean; readonly usable: boolean };
/** Which of the names are taken in the schema, by a registry of ours or by something else, and whether the role may use them. */
export const installed = (own: TargetRelations): Statement => {
  const needs = Object.entries(rights(own)).flatMap(([name, rightsOfOne]) => rightsOfOne.map((right) => ({ name, right })));
  return sql`
/* engine.target-schema.installed */
select c.relname::pg_catalog.text as name,
  exists (
    select from pg_catalog.pg_class r
    where r.relnamespace operator(pg_catalog.=) c.relnamespace and r.relname operator(pg_catalog.=) ${own.relation.name}
      and pg_catalog.obj_description(r.oid, 'pg_class') operator(pg_catalog.=) ${registryComment}
  ) as known,
  pg_catalog.bool_and(pg_catalog.has_schema_privilege(c.relnamespace, 'usage') and pg_catalog.has_table_privilege(c.oid, needed."right")) as usable
from rows from (pg_catalog.unnest(${needs.map(({ name }) => name)}::pg_catalog.text[]), pg_catalog.unnest(${needs.map(({ right }) => right)}::pg_catalog.text[])) as needed (name, "right")
join pg_catalog.pg_class c on c.relname operator(pg_catalog.=) needed.name
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) ${own.relation.schema}
group by c.oid, c.relname, c.relnamespace`;
};

/** What the role of the runs needs, and no more; by name of the relation. */
const rights = (own: TargetRelations): Readonly<Record<string, readonly string[]>> => ({
  [own.version.name]: ['select'],
  [own.relation.name]: ['select'],
  [own.database.name]: ['select', 'insert'],
  [own.run.name]: ['select', 'insert', 'update'],
  [own.ledger.name]: ['select', 'insert', 'delete'],
  [own.provenance.name]: ['select', 'insert', 'update', 'delete'],
});

export type SchemaRow = { readonly found: boolean };
export const schemaExists = (schema: string): Statement =>
  sql`/* engine.target-schema.schema-exists */
select exists (select from pg_catalog.pg_namespace n where n.nspname operator(pg_catalog.=) ${schema}) as found`;

export type VersionRow = { readonly version: number };
export const installedVersion = (relations: TargetRelations): Statement =>
  sql`/* engine.target-schema.version */
select version from ${relation(relations.version)}`;

export const createSchema = (schema: string): Statement => sql`create schema ${sql.id(schema)}`;
export const schemaComment = 'What Waybill did to each row of this database: ledger, run markers, provenance';
export const commentSchema = (schema: string): Statement => sql`comment on schema ${sql.id(schema)} is ${sql.lit(schemaComment)}`;

/** Version 1. Without parameters, as all of them: the same text is run and printed. */
export const createRelations = (own: TargetRelations): readonly Statement[] => [
  sql`create table ${relation(own.relation)} (
  name pg_catalog.text primary key
)`,
  sql`comment on table ${relation(own.relation)} is ${sql.lit(registryComment)}`,
  sql`insert into ${relation(own.relation)} (name) values ${sql.join(
    Object.values(own).map(({ name }) => sql`(${sql.lit(name)})`),
    sql`, `,
  )}`,
  sql`create table ${relation(own.version)} (
  version pg_catalog.int4 not null,
  installed_at pg_catalog.timestamptz not null default pg_catalog.now()
)`,
  sql`insert into ${relation(own.version)} (version) values (1)`,
  sql`create table ${relation(own.database)} (
  database_id pg_catalog.text primary key,
  parent_id pg_catalog.text,
  system_identifier pg_catalog.text,
  oid pg_catalog.int8 not null,
  name pg_catalog.text not null,
  created_at pg_catalog.timestamptz not null default pg_catalog.now()
)`,
  sql`comment on table ${relation(own.database)} is 'Identity of this database; a copy gets a row of its own that names its parent'`,
  sql`create table ${relation(own.run)} (
  run_id pg_catalog.text primary key,
  attempt pg_catalog.int4 not null,
  state pg_catalog.text not null check (state operator(pg_catalog.=) any (array['applied', 'fenced'])),
  plan_hash pg_catalog.text,
  summary pg_catalog.jsonb,
  backend_pid pg_catalog.int4,
  at pg_catalog.timestamptz not null default pg_catalog.now()
)`,
  sql`comment on table ${relation(own.run)} is 'Marker of each run: committed with its rows, or fenced so that a late attempt fails'`,
  sql`create table ${relation(own.ledger)} (
  run_id pg_catalog.text not null,
  table_schema pg_catalog.text not null,
  table_name pg_catalog.text not null,
  verdict pg_catalog.text not null,
  chunk pg_catalog.int4 not null,
  n pg_catalog.int8 not null,
  lo pg_catalog.int8,
  hi pg_catalog.int8,
  ids pg_catalog.int8[],
  keys pg_catalog.text[],
  before pg_catalog.jsonb[]
)`,
  sql`comment on table ${relation(own.ledger)} is 'Keys of the rows that a run wrote or kept, up to 10,000 a row: a range lo..hi, the ids, or the keys; before holds the images of changed rows'`,
  sql`create index ${sql.id(`${own.ledger.name}_by_run`)} on ${relation(own.ledger)} (run_id, table_schema, table_name, verdict, chunk)`,
  sql`create index ${sql.id(`${own.ledger.name}_by_table`)} on ${relation(own.ledger)} (table_schema, table_name, lo, hi)`,
  sql`create table ${relation(own.provenance)} (
  table_schema pg_catalog.text not null,
  table_name pg_catalog.text not null,
  origin_database pg_catalog.text not null,
  origin_key pg_catalog.text[] not null,
  key pg_catalog.text[] not null,
  run_id pg_catalog.text not null,
  primary key (table_schema, table_name, origin_database, origin_key)
)`,
  sql`comment on table ${relation(own.provenance)} is 'Where rows without a natural key came from: the database and their key there'`,
  sql`create index ${sql.id(`${own.provenance.name}_by_key`)} on ${relation(own.provenance)} (table_schema, table_name, key)`,
  sql`create index ${sql.id(`${own.provenance.name}_by_run`)} on ${relation(own.provenance)} (run_id)`,
];

/**
 * Version 2: what rollback, replay, history and the search for bases need of a run. Each ledger row is one chunk of one run,
 * table and verdict; the arrays of a chunk are aligned.
 */
export const describeChanges = (own: TargetRelations): readonly Statement[] => [
  sql`alter table ${relation(own.ledger)}
  add column after pg_catalog.jsonb[],
  add column names pg_catalog.text[],
  add column found pg_catalog.int8[]`,
  sql`comment on column ${relation(own.ledger)}.before is 'Per row: the values that the run found, as text by column; only changed columns of an update, all of a deleted row'`,
  sql`comment on column ${relation(own.ledger)}.after is 'Per row: the values that the run left, as text by column; of inserted rows only what the archive cannot give again'`,
  sql`comment on column ${relation(own.ledger)}.names is 'Per row: its key as the archive has it; of rows that were kept, blocked or in conflict, and of some inserted ones'`,
  sql`comment on column ${relation(own.ledger)}.found is 'Per kept row: hash of the row that was there'`,
  sql`alter table ${relation(own.run)}
  add column database_id pg_catalog.text,
  add column store_id pg_catalog.text,
  add column xid pg_catalog.int8`,
  sql`comment on column ${relation(own.run)}.database_id is 'Id of the database that the run wrote: markers that came with a copy name its parent'`,
  sql`comment on column ${relation(own.run)}.store_id is 'Which log has the run: the id of its first event'`,
  sql`comment on column ${relation(own.run)}.xid is 'The transaction that wrote the rows: those that still carry it were not changed since'`,
  sql`update ${relation(own.version)} set version = 2, installed_at = pg_catalog.now()`,
];

/** `delete` on ledger and provenance is for rollback and retention. */
export const grants = (own: TargetRelations, role: Statement): readonly Statement[] => [
  sql`grant usage on schema ${sql.id(own.run.schema)} to ${role}`,
  ...Object.entries(rights(own)).map(([name, needed]) => sql`grant ${sql.raw(needed.join(', '))} on ${sql.id(own.run.schema, name)} to ${role}`),
];

export const begin: Statement = sql`begin`;
export const commit: Statement = sql`commit`;
export const rollback: Statement = sql`rollback`;
