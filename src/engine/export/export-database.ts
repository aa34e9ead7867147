import { tableId, type QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../domain/catalogue/choose-key.ts';
import type { KeyedTable, TableSettings } from '../../domain/catalogue/key.ts';
import { Conflict } from '../../domain/refusal.ts';
import type { Progress } from '../../domain/run/run.ts';
import type { DatabaseIdentity, Manifest } from '../../infra/archive/manifest.ts';
import type { ArchiveWriter, WrittenArchive, WrittenTable } from '../../infra/archive/write-archive.ts';
import { translateError } from '../../infra/postgres/errors.ts';
import { introspect } from '../../infra/postgres/introspect.ts';
import { targetRelations } from '../../infra/postgres/own-relations.ts';
import { refuseRowSecurity } from '../../infra/postgres/preflight.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { buildManifest } from './build-manifest.ts';
import { abandonSnapshot, beginSnapshot, copyTable, endSnapshot, findRelation, lockTables, qualifiedNames } from './copy-table.sql.ts';
import { readLineage } from './lineage.ts';

export type ExportOptions = {
  /** Names as the user wrote them, `table` or `schema.table`; absent for all. */
  readonly tables?: readonly string[];
  readonly settings: Readonly<Record<string, TableSettings>>;
  /** Where Waybill keeps its own relations in this database. */
  readonly waybillSchema?: string;
  readonly identity: DatabaseIdentity;
  /** The run that exports. */
  readonly runId?: string;
  readonly timestamp: string;
  readonly writer: ArchiveWriter;
  readonly progress: (progress: Progress) => void;
  readonly signal: AbortSignal;
};

export type Exported = { readonly manifest: Manifest; readonly tables: readonly WrittenTable[]; readonly archive: WrittenArchive };

/**
 * All tables of one snapshot into one archive, parents first. One session: starting the next table's COPY on a second one
 * with the same snapshot was within the noise (two tables of 500,000 rows, two cores: .94 s against .96 s at best), since
 * one COPY already keeps PostgreSQL and the compressor busy; a small table costs 1.6 ms.
 *
 * When it fails, the session may be in the middle of a COPY and is good for nothing but `close`; the archive is the
 * caller's to abort.
 */
export const exportDatabase = async (session: Session, options: ExportOptions): Promise<Exported> => {
  const snapshot = await openSnapshot(session, options);
  const { manifest } = snapshot;
  const { writer } = options;
  await writer.begin(manifest);
  const tables: WrittenTable[] = [];
  const meter = createMeter(
    snapshot.keyed.filter((table) => manifest.entities.includes(tableId(table))),
    manifest.tables.length,
    options.progress,
  );
  for (const table of manifest.tables) {
    const keyed = snapshot.byId.get(tableId(table));
    if (keyed === undefined) continue;
    meter.start(tableId(table));
    const copy = session.copyOut(
      copyTable({ table: keyed, manifest: table, tables: snapshot.byId, databaseId: options.identity.databaseId, provenance: snapshot.provenance }),
    );
    const written = await writer.table(table, stoppable(copy, session, options.signal), meter.seen);
    meter.finish(written);
    tables.push(written);
  }
  await session.run(endSnapshot);
  options.signal.throwIfAborted();
  return { manifest, tables, archive: await writer.finish() };
};

type Snapshot = {
  readonly manifest: Manifest;
  readonly keyed: readonly KeyedTable[];
  readonly byId: ReadonlyMap<string, KeyedTable>;
  readonly provenance: QualifiedName | undefined;
};

/**
 * Locks first, then the snapshot, so that no table can be emptied or rewritten between the two. What is to be locked is
 * known only from a look before; a table that appeared meanwhile makes it begin again.
 */
const openSnapshot = async (session: Session, options: ExportOptions): Promise<Snapshot> => {
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

const describeSnapshot = async (session: Session, catalogue: Awaited<ReturnType<typeof introspect>>, options: ExportOptions): Promise<Snapshot> => {
  const keyed = chooseKeys(catalogue, settingsOf(catalogue.tables, options.settings));
  const { provenance, ...own } = targetRelations(options.waybillSchema);
  const found = await session.maybeOne<{ readable: boolean }>(findRelation(provenance));
  const lineage = await readLineage(session, own);
  const manifest = buildManifest({
    catalogue,
    keyed,
    selection: options.tables,
    settings: options.settings,
    identity: options.identity,
    lineage: { ...(options.runId === undefined ? {} : { run: options.runId }), ...lineage },
    timestamp: options.timestamp,
  });
  await refuseRowSecurity(session, [...manifest.tables, ...manifest.tables.flatMap(({ companions }) => companions.map(({ parent }) => parent))]);
  await session.run(qualifiedNames);
  return { manifest, keyed, byId: new Map(keyed.map((table) => [tableId(table), table])), provenance: found?.readable === true ? provenance : undefined };
};

/** Settings for tables that this database does not have are another database's business. */
const settingsOf = (tables: readonly QualifiedName[], settings: ExportOptions['settings']): ExportOptions['settings'] => {
  const names = new Set(tables.map(tableId));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.has(name)));
};

/** COPY that ends at once when the run is stopped or the connection is gone, also while the server sends nothing. */
async function* stoppable(copy: ReturnType<Session['copyOut']>, session: Session, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stop = (): void => void copy.destroy(signal.reason instanceof Error ? signal.reason : new Error('The run was stopped'));
  signal.addEventListener('abort', stop, { once: true });
  void session.lost.then((error) => copy.destroy(error));
  try {
    signal.throwIfAborted();
    yield* copy;
  } catch (error) {
    throw signal.aborted ? signal.reason : translateError(error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type Meter = { start(table: string): void; seen(rows: number, bytes: number): void; finish(written: WrittenTable): void };

const tickMs = 100;

const createMeter = (keyed: readonly KeyedTable[], tablesTotal: number, progress: ExportOptions['progress']): Meter => {
  const estimated = keyed.reduce((total, table) => total + Math.max(0, table.estimatedRows), 0);
  const done = { tables: 0, rows: 0, bytes: 0 };
  let [table, told] = ['', 0];
  const tell = (rows: number, bytes: number): void => {
    told = performance.now();
    progress({
      phase: 'exporting',
      table,
      tablesDone: done.tables,
      tablesTotal,
      rows,
      bytes,
      ...(estimated === 0 ? {} : { rowsTotal: Math.max(estimated, rows) }),
    });
  };
  return {
    start: (name) => {
      table = name;
      tell(done.rows, done.bytes);
    },
    seen: (rows, bytes) => {
      if (performance.now() - told >= tickMs) tell(done.rows + rows, done.bytes + bytes);
    },
    finish: (written) => {
      done.rows += written.rows;
      done.bytes += written.bytes;
      done.tables += 1;
      tell(done.rows, done.bytes);
    },
  };
};
