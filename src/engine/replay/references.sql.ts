import { and, or, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { archiveName } from '../archive-name.sql.ts';
import type { Load, LoadReference } from '../load.ts';
import { newRows } from '../new-rows.sql.ts';
import { lookedUp, refersToSomething, type Presence } from '../rows.sql.ts';

/** Tables of which rows that the archive has, and that were there then, are not there now. */
export const missingTables: Statement = sql`
/* engine.replay.missing-tables */
select distinct f.table_id as "table" from pg_temp.wb_foreign as f where f.what operator(pg_catalog.=) 'missing'`;

/** Whether all of what a reference is made of could be looked up. */
const isUnresolved = (load: Load, ids: readonly Ids[], { reference, companion }: LoadReference): Statement => {
  const refers = and(reference.columns.map((name) => (companion === undefined ? sql`s.${sql.id(name)} is not null` : refersToSomething(load, name))));
  const misses = reference.columns.flatMap((name) => lookedUp(load, ids, name).map((value) => sql`${value} is null`));
  return misses.length === 0 ? sql`false` : sql`(${refers} and (${or(misses)}))`;
};

export type Unresolved = { readonly count: number; readonly example: string | null };

/** New rows that refer to rows which are not here: their archive's own ids would lead to whatever has them. */
export const countUnresolved = (load: Load, ids: readonly Ids[], presence: Presence, reference: LoadReference): Statement => sql`
/* engine.replay.count-unresolved */
select pg_catalog.count(*)::integer as count, pg_catalog.min(${archiveName(load)}) as example
${newRows(load, ids, presence)} and ${isUnresolved(load, ids, reference)}`;
