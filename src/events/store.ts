import type { Identity } from '../domain/database/database.ts';
import type { View } from '../domain/key/key.ts';
import type { Metadata, RunEvent, StoredEvent } from '../domain/run/events.ts';
import type { Progress, Resolution } from '../domain/run/run.ts';
import type { Requested } from '../domain/run/state.ts';
import type { StoreUpload } from '../domain/upload/upload.ts';
import { openQueue } from '../infra/jobs/queue.ts';
import { openListener } from '../infra/postgres/listener.ts';
import { inTransaction, queriesOnPool } from '../infra/postgres/transaction-pool.ts';
import * as commands from './commands.ts';
import type { StoreContext } from './context.ts';
import type { Positioned } from './execute.ts';
import { createInboxStore } from './inbox.ts';
import { createKeyStore } from './keys.ts';
import { createLinkStore } from './links.ts';
import { browseEvents, eventById, type EventQuery } from './log/browse.ts';
import { decodeEvent, type EventRow } from './log/codec.ts';
import { openLog } from './log/open-log.ts';
import { readEvents, readHead, type EventSelection } from './log/read.sql.ts';
import { endable, eventChannel, progressChannel, subscribeEvents } from './log/subscribe.ts';
import { createTail, type EventFilter } from './log/tail.ts';
import { exportHead, verifyLog, type BlobCheck, type ExportedHead, type Verification } from './log/verify.ts';
import { liftTimeout, rebuildReadModels } from './log/verify.sql.ts';
import { readProgress, saveProgress, subscribeProgress, type StoredProgress } from './progress.ts';
import {
  findDatabaseRow,
  findRun,
  findUploadRow,
  listDatabases,
  listRuns,
  listUploads,
  type DatabaseRow,
  type Page,
  type PageRequest,
  type RunFilter,
  type RunRow,
  type UploadRow,
} from './projectors/read-models/lists.ts';
import { readDatabaseUrl, saveDatabaseUrl } from './secrets.ts';
import { createSeedStore } from './seeds.ts';
import { createSnapshotStore } from './snapshots.ts';

export type StoreOptions = {
  /** What `verify` holds the files against that events name. */
  readonly blobs?: BlobCheck;
  /** Shown in pg_stat_activity. */
  readonly purpose: string;
  /** 32 bytes; seals the URLs of databases given by URL. */
  readonly secretKey?: Uint8Array;
  /** Whether this process keeps the queue's tables tidy; a worker's does. */
  readonly maintainQueue?: boolean;
  readonly poolSize?: number;
  readonly onError?: (error: Error) => void;
};

type FilesIn = ReturnType<typeof createKeyStore> &
  ReturnType<typeof createInboxStore> &
  ReturnType<typeof createLinkStore> &
  ReturnType<typeof createSeedStore> &
  ReturnType<typeof createSnapshotStore>;

/** The log and what follows it at once. A client reads its own writes: whatever returned a position is visible to every later query. */
export type Store = FilesIn & {
  requestRun(request: Requested, meta: Metadata, idempotencyKey?: string): Promise<{ readonly runId: string } & Positioned>;
  approvePlan(runId: string, meta: Metadata, idempotencyKey?: string): Promise<Positioned>;
  cancelRun(runId: string, meta: Metadata, idempotencyKey?: string): Promise<Positioned>;
  resolveConflicts(runId: string, resolutions: readonly Resolution[], meta: Metadata, idempotencyKey?: string): Promise<Positioned>;
  recordUpload(upload: StoreUpload, meta: Metadata, idempotencyKey?: string): Promise<{ readonly uploadId: string; readonly known: boolean } & Positioned>;
  /** `server` is the masked URL, for people. Registering the same again appends nothing. */
  registerDatabase(name: string, server: string, meta: Metadata): Promise<Positioned>;
  identifyDatabase(name: string, identity: Identity, meta: Metadata): Promise<Positioned>;
  /** A run met a database that is older than the log: what these runs wrote is not there any more. */
  restoredDatabase(name: string, restored: { readonly databaseId: string; readonly lostRuns: readonly string[] }, meta: Metadata): Promise<Positioned>;
  saveDatabaseUrl(name: string, url: string): Promise<void>;
  databaseUrl(name: string): Promise<string | undefined>;
  appendToRun(runId: string, expectedVersion: number, events: readonly RunEvent[], meta: Metadata): Promise<void>;

  run(runId: string): Promise<RunRow | undefined>;
  runs(filter?: RunFilter, page?: PageRequest): Promise<Page<RunRow>>;
  upload(which: { readonly uploadId: string } | { readonly sha256: string }): Promise<UploadRow | undefined>;
  uploads(filter?: { readonly actor?: string }, page?: PageRequest): Promise<Page<UploadRow>>;
  database(name: string): Promise<DatabaseRow | undefined>;
  databases(page?: PageRequest, filter?: { readonly names?: readonly string[] }): Promise<Page<DatabaseRow>>;

  /** Oldest first, after a position. */
  events(selection: { readonly after?: number; readonly limit?: number } & EventFilter): Promise<readonly StoredEvent[]>;
  /** For people: some of the log, from either end. */
  browse(query: EventQuery): Promise<readonly StoredEvent[]>;
  event(id: string, view?: View): Promise<StoredEvent | undefined>;
  headPosition(): Promise<number>;
  /** From the end of the log when `after` is not given. */
  subscribeEvents(options: {
    readonly after?: number;
    readonly filter?: EventFilter;
    readonly signal?: AbortSignal;
  }): AsyncIterableIterator<StoredEvent, void, undefined>;

  progress(runId: string): Promise<StoredProgress | undefined>;
  subscribeProgress(runId: string, signal?: AbortSignal): AsyncIterableIterator<StoredProgress, void, undefined>;
  saveProgress(runId: string, attempt: number, progress: Progress): Promise<void>;

  verify(options?: { readonly checkBlobs?: boolean; readonly head?: ExportedHead }): Promise<Verification>;
  exportHead(): Promise<ExportedHead>;
  rebuildReadModels(): Promise<Positioned>;
  close(): Promise<void>;
  /** For the worker, which shares pool, queue and listener. */
  readonly context: StoreContext;
};

export type { BlobCheck, DatabaseRow, EventFilter, ExportedHead, Page, PageRequest, RunFilter, RunRow, StoredProgress, UploadRow, Verification };

const largestRead = 1000;

export const openStore = async (url: string, options: StoreOptions): Promise<Store> => {
  const log = await openLog(url, options);
  const onError = options.onError ?? (() => undefined);
  const opened: (() => Promise<unknown>)[] = [log.close];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.toReversed()) await close();
  };
  try {
    const queue = await openQueue(url, { purpose: options.purpose, maintain: options.maintainQueue ?? false, onError });
    opened.push(queue.close);
    const listener = await openListener(url, { purpose: options.purpose, channels: [eventChannel, progressChannel] });
    opened.push(listener.close);
    const queries = queriesOnPool(log.pool);
    const context: StoreContext = {
      url,
      orm: log.orm,
      pool: log.pool,
      queries,
      tail: createTail(queries),
      queue,
      listener,
      blobs: options.blobs,
      secretKey: options.secretKey,
    };
    return createStore(context, closeAll);
  } catch (error) {
    await closeAll().catch(() => undefined);
    throw error;
  }
};

const createStore = (context: StoreContext, close: () => Promise<void>): Store => ({
  context,
  ...createKeyStore(context),
  ...createInboxStore(context),
  ...createLinkStore(context),
  ...createSeedStore(context),
  ...createSnapshotStore(context),
  requestRun: (request, meta, idempotencyKey) => commands.requestRun(context, request, { meta, idempotencyKey }),
  approvePlan: (runId, meta, idempotencyKey) => commands.approvePlan(context, runId, { meta, idempotencyKey }),
  cancelRun: (runId, meta, idempotencyKey) => commands.cancelRun(context, runId, { meta, idempotencyKey }),
  resolveConflicts: (runId, resolutions, meta, idempotencyKey) => commands.resolveConflicts(context, { runId, resolutions }, { meta, idempotencyKey }),
  recordUpload: (upload, meta, idempotencyKey) => commands.recordUpload(context, upload, { meta, idempotencyKey }),
  registerDatabase: (name, server, meta) => commands.recordDatabase(context, { type: 'RegisterDatabase', name, server }, { meta }),
  identifyDatabase: (name, identity, meta) => commands.recordDatabase(context, { type: 'IdentifyDatabase', name, identity }, { meta }),
  restoredDatabase: (name, restored, meta) => commands.recordDatabase(context, { type: 'RestoreDatabase', name, ...restored }, { meta }),
  saveDatabaseUrl: (name, url) => saveDatabaseUrl(context, name, url),
  databaseUrl: (name) => readDatabaseUrl(context, name),
  appendToRun: async (runId, expectedVersion, events, meta) => void (await commands.appendToRun(context, { runId, expectedVersion, events, meta })),

  run: (runId) => findRun(context.orm, runId),
  runs: (filter, page) => listRuns(context.orm, filter, page),
  upload: (which) => findUploadRow(context.orm, which),
  uploads: (filter, page) => listUploads(context.orm, filter, page),
  database: (name) => findDatabaseRow(context.orm, name),
  databases: (page, filter) => listDatabases(context.orm, page, filter),

  events: (selection) => listEvents(context, { ...selection, after: selection.after ?? 0, limit: Math.min(selection.limit ?? 100, largestRead) }),
  browse: (query) => browseEvents(context.queries, query),
  event: (id, view) => eventById(context.queries, id, view),
  headPosition: () => headPosition(context),
  subscribeEvents: ({ after, filter, signal }) =>
    endable(signal, async function* (ended) {
      const from = after ?? (await headPosition(context));
      yield* subscribeEvents(context.queries, context.tail, context.listener, { after: from, ...(filter === undefined ? {} : { filter }), signal: ended });
    }),

  progress: (runId) => readProgress(context, runId),
  subscribeProgress: (runId, signal) => subscribeProgress(context, runId, signal),
  saveProgress: (runId, attempt, progress) => saveProgress(context, runId, attempt, progress),

  verify: ({ checkBlobs = true, head } = {}) => verifyLog(context.pool, checkBlobs ? context.blobs : undefined, head),
  exportHead: () => exportHead(context.pool),
  rebuildReadModels: () => rebuild(context),
  close,
});

const listEvents = async (context: StoreContext, selection: EventSelection): Promise<readonly StoredEvent[]> =>
  (await context.queries.many<EventRow>(readEvents(selection))).map(decodeEvent);

const headPosition = async (context: StoreContext): Promise<number> => Number((await context.queries.one<{ position: string }>(readHead())).position);

const rebuild = (context: StoreContext): Promise<Positioned> =>
  inTransaction(context.pool, async (tx) => {
    await tx.run(liftTimeout());
    const { position } = await tx.one<{ position: string }>(rebuildReadModels());
    return { result: () => ({ position: Number(position) }) };
  });
