import { join } from 'node:path';
import { GraphQLError, type DocumentNode, type ExecutionResult } from 'graphql';
import { allScopes, everything } from './domain/key/key.ts';
import { Refusal } from './domain/refusal.ts';
import type { RunKind } from './domain/run/run.ts';
import type { RetryPolicy } from './events/conclude.ts';
import type { Access } from './app-access.ts';
import type { Parts } from './app-services.ts';
import { createDatabases, type Databases } from './events/databases.ts';
import { createQuestions } from './events/questions.ts';
import { createSnapshots } from './events/projectors/snapshots/request.ts';
import type { ImportPorts } from './events/projectors/database/attempt.ts';
import type { RunHandler } from './events/job.ts';
import { openStore, type Store } from './events/store.ts';
import { withinReach } from './events/within-reach.ts';
import { openBlobStore, type BlobStore } from './infra/blobs/blob-store.ts';
import { prepareDataFolders, refuseOpenDoor, type Config } from './infra/config.ts';
import { writeAtomically } from './infra/files/atomic-file.ts';
import { keyOf } from './infra/http/admit.ts';
import type { NoteRefused } from './infra/http/access-log.ts';
import type { GraphQLServer } from './infra/http/graphql-server.ts';
import { createLogger, failureForLog, type Logger } from './infra/http/logger.ts';
import { currentRequestId, newScope, requestScope } from './infra/http/request-scope.ts';
import { createServerFiles } from './infra/http/server-files.ts';
import { readSecretKey } from './infra/secret-key.ts';
import type { Context } from './schema/context.ts';

/**
 * Composition: everything that runs is put together here, for the server, for the command line in process, and for tests.
 * What costs time to load (yoga, the worker's handlers) is loaded by whoever needs it.
 */
export type App = {
  readonly config: Config;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly databases: Databases;
  readonly logger: Logger;
  /** HTTP without a network. */
  fetch(request: Request): Promise<Response>;
  listen(): Promise<{ readonly url: string }>;
  /** In process, as somebody whom the operating system let in. */
  execute(document: DocumentNode, variables: Readonly<Record<string, unknown>>, actor: string): Promise<ExecutionResult>;
  subscribe(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
    actor: string,
    signal: AbortSignal,
  ): Promise<AsyncIterableIterator<ExecutionResult>>;
  stop(): Promise<void>;
};

export type AppOptions = {
  /** Whether this process works off runs; default: as the setting `roles` says. */
  readonly worker?: boolean;
  /** How often, and after how long, a run is tried again whose database or network failed. */
  readonly retry?: RetryPolicy;
  readonly logger?: Logger;
};

const storeDatabase = 'waybill';

type Opened = { readonly config: Config; readonly logger: Logger; readonly store: Store; readonly blobs: BlobStore; readonly databases: Databases };

export const createApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const logger = options.logger ?? createLogger(config.logLevel);
  await prepareDataFolders(config);
  const closing: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close().catch((error: unknown) => logger.error({ failure: failureForLog(error) }, 'stopping'));
  };
  try {
    const blobs = await openBlobStore(config.blobDir);
    const url = config.storeUrl ?? (await startOwnStore(config, closing));
    const hasWorker = options.worker ?? config.roles.includes('worker');
    const store = await openStore(url, {
      blobs,
      purpose: 'store',
      secretKey: await readSecretKey(config.dataDir),
      maintainQueue: hasWorker,
      onError: (error) => logger.error({ failure: failureForLog(error) }, 'store'),
    });
    closing.push(() => store.close());
    const opened = { config, logger, store, blobs, databases: createDatabases(store, config.databases, config.databaseHosts) };
    if (hasWorker) await startOwnWorker(opened, closing, options.retry);
    return createDoors(opened, closing, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
};

const startOwnStore = async (config: Config, closing: (() => Promise<unknown>)[]): Promise<string> => {
  const { ensureDatabase, startEmbedded } = await import('./infra/postgres/embedded.ts');
  const embedded = await startEmbedded({ dataDir: config.dataDir, ...(config.embeddedPort === undefined ? {} : { port: config.embeddedPort }) });
  closing.push(() => embedded.stop());
  return ensureDatabase(embedded.url, storeDatabase);
};

const startOwnWorker = async (
  { config, logger, store, blobs, databases }: Opened,
  closing: (() => Promise<unknown>)[],
  retry: RetryPolicy | undefined,
): Promise<void> => {
  const [
    { startWorker },
    { createImportHandler },
    { createReplayHandler },
    { createRollbackHandler },
    { createExportHandler },
    { createTargetLog },
    { readIdentities },
  ] = await Promise.all([
    import('./events/worker.ts'),
    import('./events/projectors/database/run-import.ts'),
    import('./events/projectors/database/run-replay.ts'),
    import('./events/projectors/database/run-rollback.ts'),
    import('./events/projectors/database/run-export.ts'),
    import('./events/target-log.ts'),
    import('./infra/archive/identities.ts'),
  ]);
  const ports = {
    blobs,
    findDatabase: databases.find,
    identities: await readIdentities(config.identityFile),
    limits: config.limits,
    identified: (name, identity, meta) => store.identifyDatabase(name, identity, meta),
    log: createTargetLog(store),
    approvedPlan: async (runId) => (await store.run(runId))?.plan,
    publishReject: ({ sha256, name }) => writeAtomically(join(config.backupDir, name), blobs.open(sha256)),
  } satisfies ImportPorts;
  const archives = logged(createImportHandler(ports), logger);
  const worker = await startWorker(store, {
    handlers: {
      import: (job) => archives(job),
      merge: (job) => archives(job),
      replace: (job) => archives(job),
      rollback: logged(createRollbackHandler(ports), logger),
      replay: logged(createReplayHandler({ ...ports, events: store.events }), logger),
      export: logged(
        createExportHandler({
          ...ports,
          backupDir: config.backupDir,
          exchangeDir: config.exchangeDir,
          currentAttempt: async (runId) => (await store.run(runId))?.attempt,
        }),
        logger,
      ),
    },
    leaseSeconds: config.lease.heartbeatSeconds,
    ...(retry === undefined ? {} : { retry }),
    onError: (error, runId) =>
      logger[error instanceof Refusal ? 'info' : 'error']({ ...(runId === undefined ? {} : { run: runId }), failure: failureForLog(error) }, 'worker'),
  });
  closing.push(() => worker.stop());
};

/** Beginning and end of each attempt in the server's own log. */
const logged =
  <Kind extends RunKind>(handler: RunHandler<Kind>, logger: Logger): RunHandler<Kind> =>
  async (job) => {
    const facts = { run: job.runId, kind: job.kind, attempt: job.attempt };
    logger.info(facts, 'run begins');
    const outcome = await handler(job);
    logger.info({ ...facts, state: outcome.state, ...('code' in outcome ? { code: outcome.code } : {}) }, 'run ends');
    return outcome;
  };

const createDoors = (opened: Opened, closing: (() => Promise<unknown>)[], stop: () => Promise<void>): App => {
  const { config, logger, store, blobs, databases } = opened;
  const files = createServerFiles({ backup: config.backupDir, exchange: config.exchangeDir, inbox: config.inboxDir });
  const identities = async (): Promise<readonly string[]> => (await import('./infra/archive/identities.ts')).readIdentities(config.identityFile);
  const questions = createQuestions(databases, { blobs, identities, limits: config.limits });
  const world = { store, blobs, databases, questions, snapshots: createSnapshots({ store, databases, config }), files, config };
  const ofRequest = (noteRefused: NoteRefused, signal: AbortSignal): Context => {
    const scope = requestScope.getStore();
    const caller = scope?.caller;
    if (scope === undefined || caller === undefined)
      throw new GraphQLError('Nobody has been let in for this request.', { extensions: { code: 'UNAUTHENTICATED' } });
    const note: Context['noteRefused'] = (reason, field) =>
      noteRefused({ reason, door: 'graphql', address: scope.address, ...keyOf(caller), ...(field === undefined ? {} : { field }) });
    return {
      ...caller,
      client: 'graphql',
      trusted: false,
      requestId: currentRequestId(),
      signal: caller.until === undefined ? signal : AbortSignal.any([signal, caller.until]),
      noteRefused: note,
      ...withinReach(world, caller.reach, { actor: caller.actor, note }),
    };
  };
  let door: Promise<Door> | undefined;
  const loadDoor = (): Promise<Door> => (door ??= createDoor(opened, closing, ofRequest));
  const inProcess = async (document: DocumentNode, variables: Readonly<Record<string, unknown>>, actor: string, signal: AbortSignal) => {
    const { schema } = await import('./schema/schema.ts');
    return {
      schema,
      document,
      variableValues: variables,
      contextValue: { ...trusted, actor, requestId: currentRequestId(), signal, ...world } satisfies Context,
    };
  };
  return {
    config,
    store,
    blobs,
    databases,
    logger,
    fetch: async (request) => (await loadDoor()).graphql.fetch(request),
    listen: async () => {
      refuseOpenDoor(config);
      return { url: await openDoor({ ...opened, files }, await loadDoor(), closing) };
    },
    execute: (document, variables, actor) =>
      requestScope.run(newScope(), async () => {
        const { execute } = await import('graphql');
        return execute(await inProcess(document, variables, actor, new AbortController().signal));
      }),
    subscribe: (document, variables, actor, signal) =>
      requestScope.run(newScope(), async () => {
        const { subscribe } = await import('graphql');
        const result = await subscribe(await inProcess(document, variables, actor, signal));
        if (!(Symbol.asyncIterator in result)) throw new GraphQLError(result.errors?.[0]?.message ?? 'The subscription could not begin.');
        return result;
      }),
    stop,
  };
};

/** Whoever calls in process: the operating system has let them in. */
const trusted = { client: 'cli', trusted: true, scopes: allScopes, reach: everything, noteRefused: () => undefined } as const;

/** GraphQL, the routes beside it, and what looks after folders as long as the door is open. */
const openDoor = async (parts: Parts, { access: { admit }, graphql }: Door, closing: (() => Promise<unknown>)[]): Promise<string> => {
  const [{ listen }, { createClientAddress }, { routes, services }] = await Promise.all([
    import('./infra/http/listen.ts'),
    import('./infra/http/address.ts'),
    import('./app-services.ts'),
  ]);
  const { config, logger, databases } = parts;
  const listening = await listen({
    graphql,
    admit,
    routes: routes.flatMap((route) => route({ ...parts, admit })),
    logger,
    host: config.host,
    port: config.port,
    maxPayloadBytes: config.limits.maxRequestBodyBytes,
    idleSeconds: config.uploads.idleSeconds,
    clientAddress: createClientAddress(config.access.trustedProxies),
  });
  closing.push(listening.stop);
  await databases.registerConfigured({ actor: 'local', requestId: 'start', client: 'server' });
  for (const begin of services) {
    const service = await begin(parts);
    closing.push(() => service.stop());
  }
  return listening.url;
};

type ContextFor = (noteRefused: NoteRefused, signal: AbortSignal) => Context;
type Door = { readonly access: Access; readonly graphql: GraphQLServer };

/** Loaded when somebody comes over HTTP: a command in process does without it. */
const createDoor = async (opened: Opened, closing: (() => Promise<unknown>)[], contextFor: ContextFor): Promise<Door> => {
  const { config, logger, store } = opened;
  const [{ createGraphQLServer }, { schema }, { openAccess }] = await Promise.all([
    import('./infra/http/graphql-server.ts'),
    import('./schema/schema.ts'),
    import('./app-access.ts'),
  ]);
  const access = openAccess(opened);
  closing.push(access.stop);
  const graphql = createGraphQLServer({
    schema,
    logger,
    ...access,
    context: (signal) => contextFor(access.noteRefused, signal),
    introspection: config.environment !== 'production' || config.apiSecretKey !== undefined,
    maxBodyBytes: config.limits.maxRequestBodyBytes,
    maxUploadBytes: config.limits.maxUploadBytes,
    isHealthy: () => isHealthy(store),
  });
  return { access, graphql };
};

const isHealthy = (store: Store): Promise<boolean> =>
  Promise.race([
    store.headPosition().then(
      () => true,
      () => false,
    ),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 2000).unref()),
  ]);
