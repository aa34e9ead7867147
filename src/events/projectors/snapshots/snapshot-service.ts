import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredEvent } from '../../../domain/run/events.ts';
import { failureForLog, type Logger } from '../../../infra/http/logger.ts';
import type { Store } from '../../store.ts';
import type { Bell } from './bell.ts';
import { startMonitor, type MonitorEvent, type MonitorPorts } from './monitor.ts';

const tablesOf = ({ event }: StoredEvent): readonly string[] =>
  event.type === 'RunCompleted' && event.data.kind !== 'export' ? event.data.tables.map(({ table }) => table) : [];

const ringFor = async (store: Store, bells: ReadonlyMap<string, Bell>, happened: StoredEvent): Promise<void> => {
  const tables = tablesOf(happened);
  const run = happened.stream.slice('run-'.length);
  const database = tables.length === 0 ? undefined : (await store.run(run))?.database;
  if (database !== undefined) bells.get(database)?.ring({ tables, by: 'run', run });
};

const pauseMs = 5000;

/** Waybill's own runs, as soon as they are in the log. A wake-up that is lost is made up for by hooks and polling. */
const followRuns = async (store: Store, bells: ReadonlyMap<string, Bell>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      for await (const happened of store.subscribeEvents({ filter: { types: ['RunCompleted'] }, signal })) await ringFor(store, bells, happened);
    } catch {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
};

/** All of these databases are followed until it is stopped. */
export const followDatabases = (
  ports: MonitorPorts,
  names: readonly string[],
  tell: (database: string, event: MonitorEvent) => void,
): { stop(): Promise<void> } => {
  const stopping = new AbortController();
  const monitors = new Map(names.map((name) => [name, startMonitor(ports, name, (event) => tell(name, event))]));
  const bells = new Map([...monitors].map(([name, { bell }]) => [name, bell]));
  const runs = followRuns(ports.store, bells, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([runs, ...[...monitors.values()].map(({ stop }) => stop())]);
    },
  };
};

const logOf =
  (logger: Logger) =>
  (database: string, event: MonitorEvent): void => {
    if (event.type === 'failed') logger.error({ database, code: event.code, failure: failureForLog(event.error) }, 'snapshot failed; it is tried again');
    else if (event.type === 'waiting') logger.info({ database }, 'snapshots: another process watches this database');
    else if (event.type === 'learning')
      logger.info({ database, by: event.by, ...(event.reason === '' ? {} : { reason: event.reason }) }, 'snapshots: how changes are learned');
    else {
      const { by, files, tables, bytesRead, bytesWritten, milliseconds } = event.report;
      logger.info({ database, by, files: files.length, tables: tables.length, bytesRead, bytesWritten, milliseconds }, 'snapshot written');
    }
  };

/** Snapshots of the databases of the settings, as long as the server listens. */
export const snapshotService = async (parts: MonitorPorts & { readonly logger: Logger }): Promise<{ stop(): Promise<void> }> => {
  const { automatic, monitoring, environment, overrides, dir } = parts.config.snapshot;
  const { logger } = parts;
  for (const { setting, value, preset } of overrides)
    logger.info({ setting, value, preset, environment }, 'snapshots: an explicit setting wins over the preset of the environment');
  const names = Object.keys(parts.config.databases);
  if (!automatic || !monitoring || names.length === 0) {
    const reason = !automatic ? 'DB_EXPORT_ENABLE_AUTO_EXPORT is false' : !monitoring ? 'monitoring is off' : 'no database is registered in the settings';
    logger.info({ reason, environment }, 'snapshots: on request only');
    return { stop: async () => undefined };
  }
  logger.info({ databases: names, folder: dir, environment }, 'snapshots: databases are watched');
  return followDatabases(parts, names, logOf(logger));
};
