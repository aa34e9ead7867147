import { join } from 'node:path';
import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import type { SnapshotDefinition } from '../../domain/snapshot/definition.ts';
import { leading } from '../../domain/snapshot/source.ts';
import { crashPoint } from '../../infra/crash-point.ts';
import { removeStaleFiles } from '../../infra/files/atomic-file.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { isIndexThere, removeFormerFiles, writeIndex } from '../../infra/snapshot/index-file.ts';
import { readSnapshotState, writeSnapshotState, type FileState, type SnapshotState } from '../../infra/snapshot/state-file.ts';
import { beginSnapshot, endSnapshot, lockTables } from '../export/copy-table.sql.ts';
import { segmentSize, type Reader, type SegmentSize } from './build-source.ts';
import { csvFiles, documentFile, isoSeconds, rootFolders, rowsFile, type RootsPlan, type SnapshotFilePlan } from './render.ts';
import { tablesOf } from './rows.sql.ts';
import { settleSnapshot, surroundings } from './surroundings.sql.ts';
import { writeFile, type FileOutcome, type FileTask } from './write-file.ts';
import { writeRoots } from './write-roots.ts';

export type TakeSnapshot = {
  readonly session: Session;
  readonly catalogue: readonly KeyedTable[];
  readonly definition: SnapshotDefinition;
  readonly folder: string;
  readonly database: string;
  /** Of the log, as far as the files know of it. */
  readonly position: number;
  readonly now: () => number;
  /** Only these tables are known to have changed since the state was written; absent: any. */
  readonly changed?: ReadonlySet<string>;
  /** Every file anew, whatever there is. */
  readonly full?: boolean;
  readonly json: boolean;
  readonly csv: boolean;
  readonly signal: AbortSignal;
  /** Rows of CSV, and bytes of JSON, of which so many are asked for again when one changes. */
  readonly segment?: SegmentSize;
};

export type SnapshotFile = { readonly name: string; readonly bytes: number; readonly sha256: string; readonly rows: number; readonly written: boolean };

export type SnapshotTaken = {
  readonly files: readonly SnapshotFile[];
  /** In which something differed. */
  readonly tables: readonly string[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly wrote: boolean;
};

/**
 * Files that follow a database, all from one of its states. What is the same as in the files of before is not asked for:
 * PostgreSQL sums up the states of the rows of each part of a file, and only parts with another sum are read. New files
 * are whole and on disk before the first of them takes its place; then comes the index, last what the next snapshot has to
 * know. Whoever dies between leaves files that this state does not name, and they are read whole the next time.
 *
 * When it fails, the session is good for nothing but `close`, and each file is either the old one or the new one.
 */
export const takeSnapshot = async (options: TakeSnapshot): Promise<SnapshotTaken> => {
  const { folder, session, signal } = options;
  await removeStaleFiles(folder);
  for (const { folder: roots } of plansOf(options).roots) await removeStaleFiles(join(folder, roots));
  const state: SnapshotState = options.full === true ? { files: new Map() } : await readSnapshotState(folder);
  const reader: Reader = { session, signal, segment: options.segment ?? segmentSize, bytesRead: 0 };
  const outcomes: FileOutcome[] = [];
  try {
    await lookAtAll(options, { state, reader, outcomes });
    signal.throwIfAborted();
    return await publish(options, { state, reader, outcomes });
  } finally {
    for (const { file } of outcomes) await file?.discard();
  }
};

type Taking = { readonly state: SnapshotState; readonly reader: Reader; readonly outcomes: FileOutcome[] };

type Planned = { readonly files: readonly SnapshotFilePlan[]; readonly roots: readonly RootsPlan[] };

const plansOf = ({ catalogue, definition, csv, json, now }: TakeSnapshot): Planned => {
  const files = csv ? csvFiles(catalogue, definition) : [];
  if (!json || definition.document === undefined) return { files, roots: [] };
  if (definition.layout === 'document') return { files: [...files, documentFile(catalogue, definition, isoSeconds(now()))], roots: [] };
  const roots = rootFolders(catalogue, definition);
  const keyless = roots.filter(({ source }) => leading(source).key === undefined);
  return { files: [...files, ...keyless.map(({ source, folder }) => rowsFile(source, folder))], roots: roots.filter((one) => !keyless.includes(one)) };
};

const lookAtAll = async (options: TakeSnapshot, { state, reader, outcomes }: Taking): Promise<void> => {
  const { session, signal, folder, changed } = options;
  const { files, roots } = plansOf(options);
  const sources = [...files.flatMap((file) => file.sources), ...roots.map(({ source }) => source)];
  const read = new Set(sources.flatMap((source) => [...tablesOf(source)]));
  const tables = options.catalogue.filter((table) => read.has(tableId(table)));
  signal.throwIfAborted();
  await session.run(beginSnapshot);
  if (tables.length > 0) await session.run(lockTables(tables));
  await session.run(settleSnapshot);
  const { text } = await session.one<{ text: string }>(surroundings);
  const task: FileTask = { reader, folder, surroundings: text, ...(changed === undefined ? {} : { changed }) };
  for (const plan of files) outcomes.push(await writeFile(task, plan, state.files.get(plan.name)));
  for (const plan of roots) outcomes.push(...(await writeRoots(task, plan, state.files)));
  await session.run(endSnapshot);
};

const publish = async (options: TakeSnapshot, { state, reader, outcomes }: Taking): Promise<SnapshotTaken> => {
  const { folder, database, position } = options;
  const files = new Map<string, FileState>();
  for (const outcome of outcomes) {
    files.set(outcome.name, await publishFile(folder, outcome));
    crashPoint('snapshot.file');
  }
  const written = outcomes.filter(({ file }) => file !== undefined);
  const kept = new Set(files.keys());
  const skipped = [...state.files.keys()].some((name) => !kept.has(name));
  const wrote = written.length > 0 || skipped || !(await isIndexThere(folder, state.index));
  const result = {
    files: [...files].map(([name, { stamp, sha256, rows }]) => ({ name, bytes: stamp.size, sha256, rows, written: written.some((one) => one.name === name) })),
    tables: [...new Set(outcomes.flatMap(({ tables }) => tables))].toSorted(),
    bytesRead: reader.bytesRead,
    bytesWritten: written.reduce((all, { state: { stamp } }) => all + stamp.size, 0),
    wrote,
  };
  if (!wrote) {
    // Rows that were written again with the values that they had: the next snapshot need not read them once more.
    if (outcomes.some((outcome) => state.files.get(outcome.name) !== outcome.state)) await writeSnapshotState(folder, { ...state, files });
    return result;
  }
  // Files of an output that is switched off are nobody's business: they stay as they are.
  const former = [...state.files].map(([name, { sha256 }]) => ({ name, sha256 }));
  await removeFormerFiles(folder, former, (name) => kept.has(name) || (!options.csv && name.endsWith('.csv')) || (!options.json && name.endsWith('.json')));
  crashPoint('snapshot.index');
  const timestamp = isoSeconds(options.now());
  const entries = result.files.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 }));
  const index = await writeIndex(folder, { database, position, timestamp, files: entries });
  crashPoint('snapshot.state');
  await writeSnapshotState(folder, { files, index });
  return result;
};

const publishFile = async (folder: string, { name, file, state }: FileOutcome): Promise<FileState> => {
  if (file === undefined) return state;
  return { ...state, stamp: await file.publish(join(folder, name)) };
};
