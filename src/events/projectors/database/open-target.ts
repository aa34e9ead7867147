import { tableId, type Catalogue, type QualifiedName } from '../../../domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../domain/catalogue/choose-key.ts';
import { compareCatalogues } from '../../../domain/catalogue/compare.ts';
import type { KeyedTable, TableSettings } from '../../../domain/catalogue/key.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { buildLoads, type Load } from '../../../engine/load.ts';
import type { Manifest, ManifestTable } from '../../../infra/archive/manifest.ts';
import { introspect } from '../../../infra/postgres/introspect.ts';
import { preflight, refuseRowSecurity, userSearchPath } from '../../../infra/postgres/preflight.ts';
import { openSession, type Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';

/** The target as a run finds it: a session that can carry a run, and what the database's own catalogs say. */
export type Target = { readonly session: Session; readonly catalogue: Catalogue; readonly keyed: readonly KeyedTable[] };

export type TargetAddress = { readonly url: string; readonly tables: Readonly<Record<string, TableSettings>> };

/**
 * Enough for the hash joins of a million rows (ENGINE-FACTS 2.3); JIT compiles longer than our statements run; what is looked up is looked up once, so nothing is to be remembered; a small sample
 * is enough for staged keys. The stage is read several times, and what does not fit the session's buffers goes to the kernel
 * and back each time (a fifth of a merge's processor time at 500,000 rows): up to four times what the server shares, taken as it is used.
 */
const workSettings = sql`/* import.work-settings */ select pg_catalog.set_config('work_mem', '256MB', false), pg_catalog.set_config('jit', 'off', false), pg_catalog.set_config('enable_memoize', 'off', false), pg_catalog.set_config('default_statistics_target', '10', false),
  pg_catalog.set_config('temp_buffers', (least(536870912, greatest(67108864, 4 operator(pg_catalog.*) pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')))) operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint)::pg_catalog.text, false)`;

/** What fits into the server's memory costs a run little to look up at random: it has just read the table once (a tenth of a merge at 500,000 rows). */
const pageCosts = sql`
/* import.page-costs */
select pg_catalog.set_config('seq_page_cost', '0.1', false), pg_catalog.set_config('random_page_cost', '0.1', false)
where pg_catalog.pg_database_size(pg_catalog.current_database()) operator(pg_catalog.<) pg_catalog.pg_size_bytes(pg_catalog.current_setting('effective_cache_size'))`;

export const openTarget = async (address: TargetAddress, purpose: string): Promise<Session> => {
  const session = await openSession(address.url, { purpose, idleInTransactionTimeoutMs: 300_000 });
  try {
    await preflight(session, { purpose: 'write', another: () => openSession(address.url, { purpose: 'preflight' }) });
    await session.run(workSettings);
    await session.run(pageCosts);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
};

/** Reads the catalogue, then gives the session the search_path that the role's triggers and defaults expect (ENGINE-RULES 1). */
export const readTarget = async (session: Session, address: TargetAddress): Promise<Target> => {
  const catalogue = await introspect(session);
  await session.run(await userSearchPath(session));
  return { session, catalogue, keyed: chooseKeys(catalogue, settingsOf(catalogue, address.tables)) };
};

/** Settings for tables that this database does not have are another database's business. */
const settingsOf = (catalogue: Catalogue, tables: Readonly<Record<string, TableSettings>>): Readonly<Record<string, TableSettings>> => {
  const names = new Set(catalogue.tables.map(tableId));
  return Object.fromEntries(Object.entries(tables).filter(([name]) => names.has(name)));
};

/** Tables that were asked for, and those whose ids they refer to: staged to be found, never written. */
const withParents = (manifest: Manifest, selected: ReadonlySet<string>, keyed: readonly KeyedTable[]): readonly ManifestTable[] => {
  const byId = new Map(keyed.map((table) => [tableId(table), table]));
  const inArchive = new Set(manifest.tables.map(tableId));
  const needed = new Set<string>();
  const need = (id: string): void => {
    if (needed.has(id) || !inArchive.has(id)) return;
    needed.add(id);
    for (const reference of byId.get(id)?.references ?? []) need(tableId(reference.parent));
  };
  for (const id of selected) need(id);
  return manifest.tables.filter((table) => needed.has(tableId(table)));
};

const qualified = (manifest: Manifest, name: string): string => {
  const found = manifest.tables.find((table) => tableId(table) === name || table.name === name);
  if (found === undefined)
    throw new Refusal('TABLE_NOT_IN_ARCHIVE', `The archive has no table ${name}. It has ${manifest.tables.map(tableId).join(', ')}.`, { table: name });
  return tableId(found);
};

export type Fitting = {
  readonly tables: readonly string[] | undefined;
  /** A single file must have every column that a new row needs; else only rows that are new are refused. */
  readonly needsAll?: boolean;
};

export type Fitted = { readonly loads: readonly Load[]; readonly tables: ReadonlySet<string>; readonly notes: readonly string[] };

/** Holds the archive against the target: every reason why it does not fit is named, before anything is staged. */
export const fitArchive = async (
  target: Target,
  manifest: Manifest,
  address: TargetAddress,
  { tables: selection, needsAll = false }: Fitting,
): Promise<Fitted> => {
  const selected = selection === undefined ? undefined : new Set(selection.map((name) => qualified(manifest, name)));
  const tables = selected === undefined ? manifest.tables : withParents(manifest, selected, target.keyed);
  const sources = new Map(manifest.catalogue.tables.map((table) => [tableId(table), table]));
  const archived = tables.flatMap((table) => {
    const source = sources.get(tableId(table)) ?? target.keyed.find((candidate) => tableId(candidate) === tableId(table));
    const named = new Set(table.companions.map((companion) => companion.reference));
    const references = target.keyed.find((candidate) => tableId(candidate) === tableId(table))?.references ?? [];
    const filled = references.filter((reference) => named.has(reference.name)).flatMap((reference) => [...reference.columns]);
    return source === undefined
      ? []
      : [{ table: source, key: table.key, carried: table.columns, filled, ...(table.ownIds === true && !needsAll ? { partial: true as const } : {}) }];
  });
  const absent = tables.filter((table) => !archived.some((candidate) => tableId(candidate.table) === tableId(table)));
  const settings = settingsOf(target.catalogue, address.tables);
  const comparison = compareCatalogues(archived, target.keyed, settings, { archive: manifest.catalogue, target: target.catalogue });
  const mismatches = [...absent.map((table) => `${tableId(table)}: the target has no such table, or the role may not read it`), ...comparison.mismatches];
  if (mismatches.length > 0) {
    throw new Refusal(
      'CATALOGUE_MISMATCH',
      `The archive does not fit the target. ${mismatches.join('. ')}. Change the target's tables, or leave these tables out.`,
      { reasons: mismatches },
    );
  }
  const written = comparison.tables.map((pair): QualifiedName => ({ schema: pair.target.schema, name: pair.target.name }));
  await refuseRowSecurity(target.session, written);
  const keyed = target.keyed.map((table) => comparison.tables.find((pair) => tableId(pair.target) === tableId(table))?.target ?? table);
  return {
    loads: buildLoads({ manifest: tables, sources: manifest.catalogue.tables, targets: keyed, settings, selected }),
    tables: new Set(written.map(tableId)),
    notes: comparison.tables.flatMap((pair) => [...pair.notes]),
  };
};
