import { tableId, type Catalogue } from '../domain/catalogue/catalogue.ts';
import { chooseKeys } from '../domain/catalogue/choose-key.ts';
import type { KeyedTable } from '../domain/catalogue/key.ts';
import { compareTables, type TableComparison } from '../engine/compare/compare.ts';
import { beginComparison, comparisonSettings, endComparison, hasRowsOf, holdTables } from '../engine/compare/compare.sql.ts';
import { pairTables, type ComparedSide } from '../engine/compare/pair-tables.ts';
import { findRelation } from '../engine/export/copy-table.sql.ts';
import { Fault } from '../domain/refusal.ts';
import { identify, placeId } from '../infra/postgres/identity.ts';
import { introspect } from '../infra/postgres/introspect.ts';
import { targetRelations } from '../infra/postgres/own-relations.ts';
import { preflight, refuseRowSecurity } from '../infra/postgres/preflight.ts';
import { openSession, type Session } from '../infra/postgres/session.ts';
import { stopOnAbort } from '../infra/postgres/stop-on-abort.ts';
import type { KnownDatabase } from './databases.ts';

/**
 * Holds the rows of two databases against each other, each in one snapshot of its own, and writes to neither. The
 * databases do the work: what travels is two sums per table, and where they differ one short line per row.
 */
export type VerifyData = {
  readonly a: KnownDatabase;
  readonly b: KnownDatabase;
  /** `table` or `schema.table`; absent: all. */
  readonly tables?: readonly string[];
  /** Columns that are not compared. */
  readonly aside: readonly string[];
  /** How many differing rows are named, per table. */
  readonly differences: number;
  readonly signal: AbortSignal;
};

export type DataComparison = { readonly equal: boolean; readonly tables: readonly TableComparison[]; readonly notes: readonly string[] };

export const verifyData = async (input: VerifyData): Promise<DataComparison> => {
  const opened: Opened[] = [];
  try {
    for (const database of [input.a, input.b]) opened.push(await open(database, input.signal));
    const [a, b] = opened;
    if (a === undefined || b === undefined) throw new Fault('DATABASE_GONE', 'One of the two databases could not be opened.');
    const family = await familyOf(a, b);
    const paired = pairTables(a.side, b.side, { ...(input.tables === undefined ? {} : { tables: input.tables }), aside: input.aside, family });
    await refuseRowSecurity(a.session, [...paired.tables.map((pair) => pair.a), ...paired.single.filter(({ side }) => side === 'a').map(({ table }) => table)]);
    await refuseRowSecurity(b.session, [...paired.tables.map((pair) => pair.b), ...paired.single.filter(({ side }) => side === 'b').map(({ table }) => table)]);
    for (const { session } of [a, b]) await session.run(comparisonSettings);
    const tables = await compareTables({ a: a.session, b: b.session }, paired, input.differences);
    for (const { session } of [a, b]) await session.run(endComparison);
    return { equal: tables.every(({ equal }) => equal), tables, notes: paired.notes };
  } catch (error) {
    throw input.signal.aborted ? new Fault('REQUEST_CANCELLED', 'The caller went away.', { cause: error }) : error;
  } finally {
    await Promise.all(opened.map(({ close }) => close()));
  }
};

type Opened = {
  readonly session: Session;
  readonly side: ComparedSide;
  readonly databaseId: string;
  readonly parentId: string | undefined;
  close(): Promise<void>;
};

const open = async (database: KnownDatabase, signal: AbortSignal): Promise<Opened> => {
  if (signal.aborted) throw new Fault('REQUEST_CANCELLED', 'The caller went away.');
  const session = await openSession(database.url, { purpose: 'verify data' });
  const over = stopOnAbort(session, database.url, signal);
  const close = async (): Promise<void> => {
    over();
    await session.close();
  };
  try {
    await preflight(session, { purpose: 'read' });
    return { session, close, ...(await describe(session, database)) };
  } catch (error) {
    await close();
    throw error;
  }
};

/** The snapshot is taken by the first look at the catalogue; the tables are held right after, against being emptied. */
const describe = async (session: Session, database: KnownDatabase): Promise<Omit<Opened, 'session' | 'close'>> => {
  const { provenance } = targetRelations(database.waybillSchema);
  await session.run(beginComparison);
  const catalogue = await introspect(session);
  if (catalogue.tables.length > 0) await session.run(holdTables(catalogue.tables));
  const found = await identify(session, { readOnly: true, ...(database.waybillSchema === undefined ? {} : { schema: database.waybillSchema }) });
  const databaseId = found.databaseId ?? placeId(found.systemIdentifier, found.oid) ?? '';
  const origins = await session.maybeOne<{ readable: boolean }>(findRelation(provenance));
  return {
    databaseId,
    parentId: found.parentId,
    side: {
      tables: keyed(catalogue, database),
      settings: database.tables,
      origin: { ownDatabaseId: databaseId, sourceDatabaseId: databaseId, provenance: origins?.readable === true ? provenance : undefined },
    },
  };
};

/** Settings for tables that this database does not have are another database's business. */
const keyed = (catalogue: Catalogue, { tables }: KnownDatabase): readonly KeyedTable[] => {
  const names = new Set(catalogue.tables.map(tableId));
  return chooseKeys(catalogue, Object.fromEntries(Object.entries(tables).filter(([name]) => names.has(name))));
};

/** Rows that are known by their id alone have the same ids in a copy, and in two databases that never exchanged a row there is nothing else to go by. */
const familyOf = async (a: Opened, b: Opened): Promise<readonly string[]> => {
  const isCopy = a.parentId === b.databaseId || b.parentId === a.databaseId || (a.parentId !== undefined && a.parentId === b.parentId);
  if (isCopy || !((await knows(a, b)) || (await knows(b, a)))) return [a.databaseId, b.databaseId];
  return [];
};

const knows = async ({ session, side }: Opened, other: Opened): Promise<boolean> => {
  if (side.origin.provenance === undefined) return false;
  return (await session.one<{ found: boolean }>(hasRowsOf(side.origin.provenance, other.databaseId))).found;
};
