import { tableId, type QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../domain/catalogue/choose-key.ts';
import type { KeyedTable, TableSettings } from '../../domain/catalogue/key.ts';
import { Conflict } from '../../domain/refusal.ts';
import type { DatabaseIdentity, Manifest } from '../../infra/archive/manifest.ts';
import { introspect } from '../../infra/postgres/introspect.ts';
import { targetRelations } from '../../infra/postgres/own-relations.ts';
import { refuseRowSecurity } from '../../infra/postgres/preflight.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { buildManifest } from './build-manifest.ts';
import { checkFilters } from './check-filters.ts';
import { chooseTables, followChosen, type Asked, type Choice } from './choose-tables.ts';
import { abandonSnapshot, beginSnapshot, findRelation, lockTables, qualifiedNames } from './copy-table.sql.ts';
import { readLineage } from './lineage.ts';
import { createSelection, type Selected } from './selection.sql.ts';

export type SnapshotOptions = Asked & {
  readonly settings: Readonly<Record<string, TableSettings>>;
  /** Where Waybill keeps its own relations in this database. */
  readonly waybillSchema?: string;
  readonly identity: DatabaseIdentity;
  /** The run that exports. */
  readonly runId?: string;
  readonly timestamp: string;
  readonly signal: AbortSignal;
  /** Whether what chosen rows refer to within the chosen tables always comes, as an archive needs it. */
  readonly closed: boolean;
  /** Whether what belongs to chosen rows comes with them, as in a nested document. */
  readonly nested?: boolean;
};

export type Snapshot = {
  readonly manifest: Manifest;
  readonly keyed: readonly KeyedTable[];
  readonly byId: ReadonlyMap<string, KeyedTable>;
  readonly provenance: QualifiedName | undefined;
  readonly choice: Choice;
  /** Which rows of a table; absent: all. */
  selected(table: KeyedTable): Selected | undefined;
};

/**
 * Locks first, then the snapshot, so that no table can be emptied or rewritten between the two. What is to be locked is
 * known only from a look before; a table that appeared meanwhile makes it begin again.
 */
export const openSnapshot = async (session: Session, options: SnapshotOptions): Promise<Snapshot> => {
  let expected = (await introspect(session)).tables;
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    options.signal.throwIfAborted();
    await session.run(beginSnapshot);
    if (expected.length > 0) await session.run(lockTables(expected));
    const catalogue = await introspect(session);
    const locked = new Set(expected.map(tableId));
    if (catalogue.tables.every((table) => locked.has(tableId(table)))) return describeSnapshot(session, catalogue, options);
    await session.run(abandonSnapshot);
    expected = catalogue.tables;
  }
  throw new Conflict('CATALOGUE_CHANGING', 'Tables are being created faster than they can be locked. Export again when the migration is done.');
};

const describeSnapshot = async (session: Session, catalogue: Awaited<ReturnType<typeof introspect>>, options: SnapshotOptions): Promise<Snapshot> => {
  const keyed = chooseKeys(catalogue, settingsOf(catalogue.tables, options.settings));
  const { provenance, ...own } = targetRelations(options.waybillSchema);
  const found = await session.maybeOne<{ readable: boolean }>(findRelation(provenance));
  const lineage = await readLineage(session, own);
  const chosen = chooseTables(keyed, options, options.closed);
  const choice = options.nested === true ? followChosen(keyed, chosen) : chosen;
  const manifest = buildManifest({
    catalogue,
    keyed,
    choice,
    settings: options.settings,
    identity: options.identity,
    lineage: { ...(options.runId === undefined ? {} : { run: options.runId }), ...lineage },
    timestamp: options.timestamp,
  });
  await refuseRowSecurity(session, [...manifest.tables, ...manifest.tables.flatMap(({ companions }) => companions.map(({ parent }) => parent))]);
  await session.run(qualifiedNames);
  const byId = new Map(keyed.map((table) => [tableId(table), table]));
  await checkFilters(session, byId, choice);
  const selection = createSelection(keyed, choice);
  return {
    manifest,
    keyed,
    byId,
    provenance: found?.readable === true ? provenance : undefined,
    choice,
    selected: (table) => (choice.partial.has(tableId(table)) ? selection(table) : undefined),
  };
};

/** Settings for tables that this database does not have are another database's business. */
const settingsOf = (tables: readonly QualifiedName[], settings: SnapshotOptions['settings']): SnapshotOptions['settings'] => {
  const names = new Set(tables.map(tableId));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.has(name)));
};
