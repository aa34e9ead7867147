import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import picomatch from 'picomatch';
import { tableId } from '../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../domain/catalogue/key.ts';
import { referenceGraph } from '../domain/catalogue/reference-graph.ts';
import { Failure, Fault, Refusal } from '../domain/refusal.ts';
import type { VerdictCounts } from '../domain/run/run.ts';
import type { TableDecision } from '../domain/seed/decide-table.ts';
import { readHead } from '../infra/archive/packed.ts';
import { crashPoint } from '../infra/crash-point.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import { contentHash, takeIn } from '../infra/folders/take-in.ts';
import type { ReceiveLimits } from '../infra/receive/receive.ts';
import { recordOf } from '../infra/receive/take-in.ts';
import { failureOf } from '../infra/seed/failures.ts';
import { walkSeed } from '../infra/seed/walk.ts';
import { kindOfName, tableOfName } from '../infra/tabular/file-name.ts';
import { headBytes, resolveFormat } from '../infra/tabular/look.ts';
import type { Databases, KnownDatabase } from './databases.ts';
import { keptBy, keptConflicts, type SeedKept } from './seed-kept.ts';
import { decideByRuns, driveToEnd, readFillings, requestFilling, seedMeta, settledRuns, type Fillings } from './seed-runs.ts';
import type { RunRow, Store } from './store.ts';

/** Tables from the files of a release, as `decideTable` says, one run each: what is in the log decides, so that it may be cut off anywhere and done by two at once. */
export type SeedTablePorts = { readonly store: Store; readonly blobs: BlobStore; readonly databases: Databases; readonly limits: ReceiveLimits };
export type SeedTableSource = {
  readonly from: string;
  /** Glob below `from`. */
  readonly tables: string;
  readonly into: string;
  /** Only says what would become of them. */
  readonly dryRun?: boolean;
};

export type SeededTable = { readonly file: string; readonly table: string } & (
  | { readonly state: 'unchanged' | 'taken-back'; readonly run: string; /** Conflicts that were kept when the file came. */ readonly conflicts: number }
  | { readonly state: 'would-import' | 'would-merge' }
  | ({ readonly state: 'filled'; readonly how: 'import' | 'merge'; readonly run: string; readonly counts: VerdictCounts } & SeedKept)
  | { readonly state: 'failed'; readonly run?: string; readonly code: string; readonly message: string }
);

type Named = { readonly file: string; readonly table: string; readonly isTable: boolean };

const tableNamed = (name: string, tables: readonly KeyedTable[]): string | undefined => {
  const found = tables.filter((table) => tableId(table) === name || table.name === name);
  const [table] = found.length > 1 ? found.filter(({ schema }) => schema === 'public') : found;
  return table === undefined ? undefined : tableId(table);
};

/** The files in the order in which their tables may be filled: parents first. Files without a table come last, and fail by name. */
const inOrder = (files: readonly string[], tables: readonly KeyedTable[]): readonly Named[] => {
  const order = referenceGraph(tables)
    .components()
    .flatMap((component) => component.tables.map(tableId));
  const place = ({ table, isTable }: Named): number => (isTable ? order.indexOf(table) : order.length);
  return files
    .map((file): Named => {
      const table = tableNamed(tableOfName(file), tables);
      return { file, table: table ?? tableOfName(file), isTable: table !== undefined };
    })
    .toSorted((one, two) => place(one) - place(two));
};

type Work = SeedTablePorts & {
  readonly root: string;
  readonly database: KnownDatabase;
  readonly known: Fillings;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
};

const checkFile = ({ file, table, isTable }: Named, all: readonly Named[], { database }: Work): void => {
  if (kindOfName(file) === undefined)
    throw new Refusal(
      'FILE_FORMAT_UNKNOWN',
      'Files that fill tables end in .csv, .tsv or .jsonl, also with .gz or .zst. Narrow the glob (WAYBILL_SEED_TABLES).',
    );
  if (!isTable)
    throw new Refusal('FILE_TABLE_UNKNOWN', `${database.name} has no table ${table}. Make the table first, or name the file as the table is called.`);
  const others = all.filter((each) => each.table === table && each.file !== file).map((each) => each.file);
  // Each would be the release before of the other.
  if (others.length > 0) throw new Refusal('SEED_TABLE_TWICE', `Another file is of the same table: ${others.join(', ')}. A release has one file for a table.`);
};

const goneMeanwhile = (): Fault => new Fault('CHANGED_MEANWHILE', 'The file was taken away or changed during the sync. Sync again.');

const outcomeOf = async ({ blobs }: Work, { file, table }: Pick<Named, 'file' | 'table'>, run: RunRow): Promise<SeededTable> => {
  const { state, failure, runId, result, kind } = run;
  const counts = result !== undefined && 'rejected' in result ? result.tables.find((each) => each.table === table)?.counts : undefined;
  if (state === 'completed' && counts !== undefined)
    return { file, table, state: 'filled', how: kind === 'merge' ? 'merge' : 'import', run: runId, counts, ...(await keptBy(blobs, run)) };
  return { file, table, state: 'failed', run: runId, code: failure?.code ?? state.toUpperCase(), message: failure?.message ?? `The run was ${state}.` };
};

/** Somebody wrote between plan and apply, or another release was quicker: decided anew, so often. */
const mostAttempts = 5;
const drifted = ['PLAN_IS_STALE', 'MERGE_HAS_CONFLICTS'];

type Reading = { readonly path: string; readonly options: { readonly name: string; readonly limits: ReceiveLimits; readonly signal: AbortSignal } };

/** Asked for, and worked off by whoever takes runs; undefined when another server was quicker. */
const request = async ({ store, blobs, database, signal }: Work, { path, options }: Reading, asked: Asked): Promise<RunRow | undefined> => {
  const { sha256, table, base, earlier } = asked;
  const received = await takeIn(blobs, path, options);
  if (received?.sha256 !== sha256) throw goneMeanwhile();
  await store.recordUpload(recordOf(received, 'cli'), seedMeta);
  crashPoint('seed.uploaded');
  const format = resolveFormat(await readHead(blobs.path(sha256), headBytes), received.name, { table });
  const runId = await requestFilling(store, { database: database.name, sha256, fileName: received.name, format, base, earlier });
  crashPoint('seed.requested');
  return runId === undefined ? undefined : driveToEnd({ store, blobs }, runId, signal);
};
type Asked = { readonly sha256: string; readonly table: string; readonly base: string | undefined; readonly earlier: number };

/** What needs no run, or only the words for one. */
const withoutRun = async (
  { dryRun, blobs }: Work,
  named: Pick<Named, 'file' | 'table'>,
  decision: TableDecision,
  runs: readonly RunRow[],
): Promise<SeededTable | undefined> => {
  const { file, table } = named;
  if (decision.verdict === 'unchanged' || decision.verdict === 'taken-back') {
    const run = runs.find(({ runId }) => runId === decision.run);
    return { file, table, state: decision.verdict, run: decision.run, conflicts: run === undefined ? 0 : (await keptConflicts(blobs, run)).count };
  }
  return dryRun ? { file, table, state: decision.verdict === 'import' ? 'would-import' : 'would-merge' } : undefined;
};

const fill = async (work: Work, { file, table }: Named): Promise<SeededTable> => {
  const { store, blobs, limits, database, root, signal, dryRun } = work;
  const reading: Reading = { path: await realpath(join(root, file)), options: { name: basename(file), limits, signal } };
  const sha256 = await contentHash(blobs, reading.path, reading.options);
  if (sha256 === undefined) throw goneMeanwhile();
  let found = work.known.get(table) ?? [];
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const runs = dryRun ? found : await settledRuns(work, found, signal);
    const decision = await decideByRuns(database, sha256, runs);
    const answer = await withoutRun(work, { file, table }, decision, runs);
    if (answer !== undefined) return answer;
    const base = decision.verdict === 'merge' ? decision.base : undefined;
    const run = await request(work, reading, { sha256, table, base, earlier: runs.length });
    if (run !== undefined && !drifted.includes(run.failure?.code ?? '')) return outcomeOf(work, { file, table }, run);
    found = (await readFillings(store, database.name)).get(table) ?? [];
  }
  throw new Fault('SEED_TABLE_BUSY', 'Rows of this table keep changing while it is filled, or other releases fill it at the same time. Sync again.');
};

const failed = ({ file, table }: Named, error: unknown): SeededTable => {
  // The others would meet the same: whoever waits for the database begins again, and finds what is done.
  if (error instanceof Failure && error.retryable) throw error;
  const said = error instanceof Failure ? (error.code === 'INBOX_FILE_CHANGED' ? goneMeanwhile() : error) : failureOf(file, error);
  if (said === undefined) throw error;
  return { file, table, state: 'failed', code: said.code, message: said.message };
};

type Found = { readonly files: readonly string[]; readonly failed: readonly SeededTable[] };

/** Also what could not be looked at: a folder of tables that may not be read is no release without tables. */
const filesOf = async (root: string, tables: string): Promise<Found> => {
  const matches = picomatch(tables);
  const { base } = picomatch.scan(tables);
  const isNear = (path: string): boolean => path === '' || `${base}/`.startsWith(`${path}/`) || path.startsWith(`${base}/`);
  const tree = await walkSeed(root);
  return {
    files: tree.entries.filter(({ kind, path }) => kind !== 'folder' && matches(path)).map(({ path }) => path),
    failed: tree.failed
      .filter(({ path, code }) => matches(path) || (code === 'PERMISSION_DENIED' && isNear(path)))
      .map(({ path, code, message }) => ({ file: path === '' ? '.' : path, table: tableOfName(path), state: 'failed', code, message })),
  };
};

/** One table after the other; one that fails keeps none of the others back. */
export const seedTables = async (
  ports: SeedTablePorts,
  { from, tables, into, dryRun = false }: SeedTableSource,
  signal: AbortSignal,
  onTable: (table: SeededTable) => void,
): Promise<readonly SeededTable[]> => {
  const { store, databases } = ports;
  const root = await realpath(from).catch(() => {
    throw new Fault('SEED_SOURCE_MISSING', `There is no folder '${from}' with initial data. Name another one, or set WAYBILL_SEED_FROM.`);
  });
  const name = await databases.resolve(into, { mayReachInward: true, meta: seedMeta });
  const { files, failed: unread } = await filesOf(root, tables);
  unread.forEach(onTable);
  if (files.length === 0) return unread;
  const all = inOrder(files, (await databases.readCatalogue(name, signal)).tables);
  const work: Work = { ...ports, root, database: await databases.find(name), known: await readFillings(store, name), dryRun, signal };
  const done: SeededTable[] = [...unread];
  for (const named of all) {
    const outcome = await Promise.resolve()
      .then(() => checkFile(named, all, work))
      .then(() => fill(work, named))
      .catch((error: unknown) => failed(named, error));
    done.push(outcome);
    onTable(outcome);
  }
  return done;
};
