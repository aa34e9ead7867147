import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/refusal.ts';
import type { Metadata } from '../domain/run/events.ts';
import type { SeedReport } from '../domain/seed/report.ts';
import type { Config } from '../infra/config.ts';
import { shownDatabase, tableLine, tableRemarks, tablesBeginLine, tablesEndLine, tablesFailedLine } from './seed-lines.ts';
import { seedMeta } from './seed-runs.ts';
import { seedTables, type SeededTable, type SeedTablePorts, type SeedTableSource } from './seed-tables.ts';
import type { Store } from './store.ts';

type Write = (line: string) => void;

const most = 1000;

const keptWords = (done: SeededTable): readonly string[] => {
  if (done.state !== 'filled') return [];
  const { table, deleted, conflicts } = done;
  const words = [
    ...(deleted.count === 0 ? [] : [deleted.count === 1 ? '1 row stays deleted' : `${deleted.count} rows stay deleted`]),
    ...(conflicts.count === 0 ? [] : [conflicts.count === 1 ? '1 in conflict stays as it is here' : `${conflicts.count} in conflict stay as they are here`]),
  ];
  return words.length === 0 ? [] : [`${table}: ${words.join(', ')}`];
};

/** What was done is one event; nothing when there was nothing to do. `to` is the database. */
const record = async (store: Store, { from, into }: SeedTableSource, done: readonly SeededTable[], meta: Metadata): Promise<void> => {
  const tables = done.flatMap((each) => (each.state === 'filled' ? [{ table: each.table, run: each.run }] : []));
  const failed = done.flatMap((each) => (each.state === 'failed' ? [{ path: each.file, code: each.code }] : []));
  const kept = done.flatMap((each) => keptWords(each).map((why) => ({ path: each.file, why })));
  if (tables.length + failed.length === 0) return;
  const more = [tables, failed, kept].reduce((sum, list) => sum + Math.max(0, list.length - most), 0);
  const report: SeedReport = {
    from,
    to: shownDatabase(into),
    copied: [],
    updated: [],
    kept: kept.slice(0, most),
    failed: failed.slice(0, most),
    ...(more === 0 ? {} : { more }),
    dryRun: false,
    tables: tables.slice(0, most),
  };
  await store.seedSynced(report, meta);
};

export type FillOptions = {
  readonly signal: AbortSignal;
  readonly write: Write;
  readonly remark: Write;
  /** Who asked for it; absent: the server did. */
  readonly meta?: Metadata;
  readonly isRecorded?: boolean;
};

/** Tables, told in lines while they are filled. */
export const fillTables = async (ports: SeedTablePorts, source: SeedTableSource, options: FillOptions): Promise<readonly SeededTable[]> => {
  const { signal, write, remark, meta = seedMeta, isRecorded = true } = options;
  const done = await seedTables(ports, source, signal, (table) => {
    write(tableLine(table));
    tableRemarks(table).forEach(remark);
  });
  write(tablesEndLine(done, source));
  if (isRecorded && source.dryRun !== true) await record(ports.store, source, done, meta);
  return done;
};

const pauseMs = 30_000;

/** A database that cannot be reached yet is waited for; whatever else is wrong is said, and tried again at the next start. */
const fillAtStart = async (ports: SeedTablePorts, source: SeedTableSource, options: FillOptions): Promise<void> => {
  const { signal, write } = options;
  let isTold = false;
  for (;;) {
    try {
      const done = await fillTables(ports, source, options);
      if (done.some(({ state }) => state === 'failed')) write('The server serves all the same, and tries these tables again at its next start.');
      return;
    } catch (error) {
      if (signal.aborted) return;
      write(tablesFailedLine(error instanceof Failure ? `${error.message} (${error.code})` : `an error (${error instanceof Error ? error.name : 'unknown'})`));
      if (!(error instanceof Failure) || !error.retryable) return write('The server serves all the same, and tries again at its next start.');
      if (!isTold) write(`The server serves all the same, and tries again every ${pauseMs / 1000} seconds.`);
      isTold = true;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
};

/** After the door is open: a table may take its time, and another process may be the one that works it off. */
export const seedService = async ({
  config,
  ...ports
}: Omit<SeedTablePorts, 'limits'> & { readonly config: Pick<Config, 'seed' | 'limits'> }): Promise<{ stop(): Promise<void> }> => {
  const { from, into, tables } = config.seed;
  if (into === undefined) return { stop: async () => undefined };
  const stopping = new AbortController();
  const write: Write = (line) => void process.stdout.write(`${line}\n`);
  const remark: Write = (line) => void process.stderr.write(`${line}\n`);
  const source = { from, tables, into };
  write(tablesBeginLine(source));
  const { store, blobs, databases } = ports;
  const work = fillAtStart({ store, blobs, databases, limits: config.limits }, source, { signal: stopping.signal, write, remark });
  return {
    stop: async () => {
      stopping.abort();
      await work;
    },
  };
};
