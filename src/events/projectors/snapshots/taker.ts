import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../domain/catalogue/choose-key.ts';
import type { KeyedTable } from '../../../domain/catalogue/key.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { checkDefinition } from '../../../domain/snapshot/check-definition.ts';
import type { SnapshotDefinition } from '../../../domain/snapshot/definition.ts';
import { takeSnapshot, type SnapshotTaken } from '../../../engine/snapshot/take-snapshot.ts';
import type { Config } from '../../../infra/config.ts';
import { snapshotFolder } from '../../../infra/config/snapshots.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import { introspect } from '../../../infra/postgres/introspect.ts';
import { preflight, refuseRowSecurity } from '../../../infra/postgres/preflight.ts';
import { openSession, type Session } from '../../../infra/postgres/session.ts';
import { stopOnAbort } from '../../../infra/postgres/stop-on-abort.ts';
import type { KnownDatabase } from '../../databases.ts';
import type { Store } from '../../store.ts';
import { snapshotFailure } from './failure.ts';
import { catalogueToken, holdFiles, ownSearchPath, releaseFiles, type TokenRow } from './snapshots.sql.ts';

export type TakerPorts = {
  readonly store: Pick<Store, 'context' | 'headPosition'>;
  readonly config: Pick<Config, 'snapshot' | 'databases'>;
};

export type Take = {
  /** Only these tables may have changed since the last one; absent: any. */
  readonly changed?: ReadonlySet<string>;
  /** Takes no notice of what lies there. */
  readonly full?: boolean;
  readonly signal: AbortSignal;
};

export type Taken = SnapshotTaken & { readonly milliseconds: number };

/** Snapshots of one database, one after the other, over one session. After one that failed it is good for nothing but `close`. */
export type Taker = {
  take(options: Take): Promise<Taken>;
  /** Whether the last snapshot met a table of this name. */
  knows(table: string): boolean;
  close(): Promise<void>;
};

type Described = {
  readonly token: string;
  readonly tables: readonly KeyedTable[];
  readonly definition: SnapshotDefinition;
  readonly names: ReadonlySet<string>;
};

const lockPatienceMs = 600_000;

/** A table or column that was there a moment ago: look again, once. */
const isGone = (error: unknown): boolean => ['42P01', '42703', '42704', '3F000'].includes(sqlStateOf(error)?.sqlState ?? '');

/** For reading only; behind it there must be one server, whoever asks. */
const openReader = async ({ url }: KnownDatabase): Promise<Session> => {
  const another = (): Promise<Session> => openSession(url, { purpose: 'snapshots' });
  const session = await another();
  try {
    await preflight(session, { purpose: 'read', another });
    await session.run(ownSearchPath);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
};

const refuseNothing = ({ json, csv }: Config['snapshot']): void => {
  if (json || csv) return;
  throw new Refusal('SNAPSHOT_NOTHING_TO_WRITE', 'Both outputs of a snapshot are switched off. Set DB_EXPORT_EXPORT_JSON or DB_EXPORT_EXPORT_CSV to true.');
};

const holding = async <Result>(lock: Session, database: string, work: () => Promise<Result>): Promise<Result> => {
  await lock.run(holdFiles(database));
  try {
    return await work();
  } catch (error) {
    throw snapshotFailure(error);
  } finally {
    await lock.run(releaseFiles(database));
  }
};

export const openTaker = async ({ store, config }: TakerPorts, database: KnownDatabase): Promise<Taker> => {
  const { json, csv, dir } = config.snapshot;
  refuseNothing(config.snapshot);
  const folder = snapshotFolder(dir, database.name, Object.keys(config.databases));
  let session = await openReader(database);
  let lock: Session | undefined;
  let described: Described | undefined;
  const takeOnce = async ({ changed, full, signal }: Take): Promise<SnapshotTaken> => {
    const { token } = await session.one<TokenRow>(catalogueToken());
    const known = described?.token === token ? described : await describe(session, database, token);
    const taken = await takeSnapshot({
      session,
      catalogue: known.tables,
      definition: known.definition,
      folder,
      database: database.name,
      // Read before the rows are: every run up to it is in them.
      position: await store.headPosition(),
      now: Date.now,
      ...(changed === undefined || known !== described ? {} : { changed }),
      ...(full === true ? { full } : {}),
      json,
      csv,
      signal,
    });
    described = known;
    return taken;
  };
  const stoppable = async (options: Take): Promise<SnapshotTaken> => {
    const over = stopOnAbort(session, database.url, options.signal);
    try {
      return await takeOnce(options);
    } finally {
      over();
    }
  };
  const tried = (options: Take): Promise<SnapshotTaken> => stoppable(options).catch((error: unknown) => again(options, error));
  const again = async (options: Take, error: unknown): Promise<SnapshotTaken> => {
    if (!isGone(error) || options.signal.aborted) throw error;
    await session.close();
    session = await openReader(database);
    described = undefined;
    return stoppable(options);
  };
  return {
    take: async (options) => {
      const startedAt = performance.now();
      lock ??= await openSession(store.context.url, { purpose: 'snapshots lock', lockTimeoutMs: lockPatienceMs });
      const taken = await holding(lock, database.name, () => tried(options));
      return { ...taken, milliseconds: Math.round(performance.now() - startedAt) };
    },
    knows: (table) => described?.names.has(table) === true,
    close: async () => {
      await Promise.all([session.close(), lock?.close()]);
    },
  };
};

const describe = async (session: Session, database: KnownDatabase, token: string): Promise<Described> => {
  const catalogue = await introspect(session);
  const names = new Set(catalogue.tables.map(tableId));
  // Settings for tables that this database does not have (any more) are no reason to have no snapshot.
  const settings = Object.fromEntries(Object.entries(database.tables).filter(([name]) => names.has(name)));
  const tables = chooseKeys(catalogue, settings);
  await refuseRowSecurity(session, tables);
  return { token, tables, names, definition: checkDefinition(database.snapshot ?? {}, tables, settings) };
};
