import { Failure, Refusal } from '../../../domain/refusal.ts';
import type { BlobReference, ReplayResult, TablePlan } from '../../../domain/run/run.ts';
import { advanceSequence } from '../../../engine/apply/apply.ts';
import { rowFault } from '../../../engine/apply/offenders.ts';
import { fastCandidates } from '../../../engine/apply/fast-load.ts';
import { lockForRebuild } from '../../../engine/apply/fast-load.sql.ts';
import { lockTables } from '../../../engine/apply/lock.sql.ts';
import type { Marker } from '../../../engine/ledger/marker.ts';
import { completeMarker, insertMarker, lockInTransaction, readMarker } from '../../../engine/ledger/marker.sql.ts';
import { loadId, type Load } from '../../../engine/load.ts';
import { countNewForeign } from '../../../engine/replay/foreign.ts';
import { createForeign, foreignLines, type ForeignRow } from '../../../engine/replay/foreign.sql.ts';
import { clearLedger, restoreLedger } from '../../../engine/replay/record.sql.ts';
import { forgetRun, readRecord, type RunRecord } from '../../../engine/replay/record.ts';
import { targetLoads } from '../../../engine/undo/target-loads.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { arrivingOf, insertFromArchive, mapArchive, prepareInserts, stageForReplay, type ArchiveOfRun, type ReplayedArchive } from './replay-archive.ts';
import { applyChanges, deleteBefore, prepareChanges, releaseBefore } from './replay-changes.ts';
import type { Replaying } from './replaying.ts';

/**
 * One run of the log again, in one transaction, under its own id and with its own ledger: recorded verdicts, ids and values,
 * nothing decided anew (ENGINE-RULES 23). What it found then and does not find now is told, and stops nothing.
 */
export type RunToReplay = {
  /** Under which its marker and ledger are kept. */
  readonly run: string;
  readonly archive: Omit<ArchiveOfRun, 'result'> | undefined;
  readonly ledgerFile: BlobReference | undefined;
  /** Absent for a full export that stands in for runs: all of its rows are new, and bring their ids. */
  readonly result: readonly TablePlan[] | undefined;
  readonly databaseId: string | undefined;
  /** Of a rollback. */
  readonly takenBack: string | undefined;
  readonly planHash: string;
  /** Kept in the marker, as the run itself left it. */
  readonly summary: object;
};

/** Beside the run's own result in its marker: a replay that was interrupted reads here what it had found before. */
export type Found = Pick<ReplayResult, 'notes'> & {
  /** What triggers wrote over the record, up to this run. */
  readonly unsettled: Readonly<Record<string, readonly string[]>>;
  readonly foreign: readonly ForeignRow[];
  readonly foreignFile?: BlobReference;
};

const nothingRecorded: RunRecord = new Map();

export const replayRun = async (replaying: Replaying, run: RunToReplay): Promise<Found> => {
  const { session, blobs, relations } = replaying;
  await forgetRun(session);
  const archive = run.archive === undefined ? undefined : await stageForReplay(replaying, { ...run.archive, result: run.result });
  const record =
    run.ledgerFile === undefined
      ? undefined
      : await readRecord(session, { sha256: run.ledgerFile.sha256, data: blobs.open(run.ledgerFile.sha256) }, relations.ledger);
  crashPoint('replay.staged');
  const told = run.result === undefined && archive !== undefined ? allNew(archive) : (record ?? nothingRecorded);
  const writing: Writing = { run, archive, record: told, hasLedger: record !== undefined };
  const fast = await candidates(replaying, writing);
  try {
    return await write(replaying, writing, fast);
  } catch (error) {
    await session.run(sql`rollback`).catch(() => 0);
    if (fast.length === 0 || !(error instanceof Failure) || (error.code !== 'REBUILD_DIFFERS' && error.code !== 'LOCK_TIMEOUT'))
      throw asRefusal(error, run.run);
  }
  try {
    return await write(replaying, writing, []);
  } catch (error) {
    await session.run(sql`rollback`).catch(() => 0);
    throw asRefusal(error, run.run);
  }
};

type Writing = { readonly run: RunToReplay; readonly archive: ReplayedArchive | undefined; readonly record: RunRecord; readonly hasLedger: boolean };

const allNew = ({ loads, staged }: ReplayedArchive): RunRecord =>
  new Map(loads.map((load) => [loadId(load), new Map([['insert', { rows: staged[load.index]?.rows ?? 0, named: false, imaged: false }]])]));

const inserted = (record: RunRecord, load: Load): number => record.get(loadId(load))?.get('insert')?.rows ?? 0;

const candidates = async ({ session }: Replaying, { archive, record }: Writing): Promise<readonly Load[]> =>
  archive === undefined
    ? []
    : fastCandidates({ session, loads: archive.loads.filter((load) => inserted(record, load) > 0), staged: archive.staged, exclusive: true });

const write = async (replaying: Replaying, writing: Writing, fast: readonly Load[]): Promise<Found> => {
  const { session, relations, own } = replaying;
  const { run, archive, record } = writing;
  const touched = touchedTables(replaying, writing);
  await begin(session, touched, fast);
  await refuseFenced(replaying);
  await session.run(
    insertMarker(relations.run, {
      runId: run.run,
      attempt: 1,
      ...(own.databaseId === undefined ? {} : { databaseId: own.databaseId }),
      storeId: own.storeId,
    }),
  );
  crashPoint('replay.marked');
  await session.run(createForeign);
  const inserts = archive === undefined ? undefined : { ...archive, runId: run.run, record, databaseId: run.databaseId, fast };
  const changes = await prepareChanges(replaying, record, { runId: run.run, hasArchive: archive !== undefined, takenBack: run.takenBack, result: run.result });
  const prepared = inserts === undefined ? undefined : await prepareInserts(replaying, inserts);
  crashPoint('replay.prepared');
  await deleteBefore(changes);
  crashPoint('replay.deleted');
  const ready = prepared === undefined ? undefined : await mapArchive(replaying, prepared);
  await releaseBefore(replaying, changes, ready === undefined ? [] : arrivingOf(ready));
  const notes = inserts === undefined || ready === undefined ? [] : await insertFromArchive(replaying, inserts, ready);
  const more = await applyChanges(replaying, changes);
  await session.run(sql`set constraints all immediate`);
  for (const load of touched)
    for (const { name, sequence } of load.target.columns)
      if (sequence !== undefined) await advanceSequence({ session, presence: everyRow }, load, { column: name, past: 'target' });
  crashPoint('replay.written');
  await session.run(clearLedger(relations.ledger, run.run));
  if (writing.hasLedger) for (const load of touched) await session.run(restoreLedger(relations.ledger, run.run, load.target));
  const found = await readForeign(replaying, run.run, [...notes, ...more]);
  await session.run(completeMarker(relations.run, run.run, run.planHash, JSON.stringify({ ...run.summary, replayed: { by: own.runId, ...found } })));
  crashPoint('replay.before-commit');
  replaying.signal.throwIfAborted();
  await session.run(sql`commit`);
  crashPoint('replay.committed');
  return found;
};

const everyRow = () => ({ match: false, reject: false });

/** By their indexes in the target: the tables that the run wrote. */
const touchedTables = ({ target }: Replaying, { archive, record }: Writing): readonly Load[] => {
  const staged = new Set(archive?.loads.filter((load) => inserted(record, load) > 0).map(loadId));
  return targetLoads(target.keyed).filter((load) => record.has(loadId(load)) || staged.has(loadId(load)));
};

/** Nobody else writes these tables meanwhile: a replay has nothing to plan again. */
const begin = async (session: Session, touched: readonly Load[], fast: readonly Load[]): Promise<void> => {
  await session.run(sql`begin isolation level repeatable read`);
  if (fast.length > 0)
    await session.run(
      lockForRebuild([...fast.map((load) => load.target), ...fast.flatMap((load) => load.references.map(({ reference }) => reference.parent))]),
    );
  if (touched.length > 0) await session.run(lockTables(touched, 'share row exclusive'));
  await session.run(lockInTransaction);
};

/** A later attempt at this replay has the say: whatever this one still wanted to write is not written. */
const refuseFenced = async ({ session, relations, own }: Replaying): Promise<void> => {
  const marker = await session.maybeOne<Marker>(readMarker(relations.run, own.runId));
  if (marker !== undefined && (marker.state === 'applied' || marker.attempt > own.attempt))
    throw new Refusal('RUN_SUPERSEDED', 'Another attempt at this replay has taken over.');
};

const readForeign = async ({ session, blobs, unsettled: columns }: Replaying, runId: string, notes: readonly string[]): Promise<Found> => {
  const unsettled = Object.fromEntries([...columns].map(([table, names]) => [table, [...names]]));
  const foreign = await countNewForeign(session);
  if (foreign.length === 0) return { foreign, notes, unsettled };
  return { foreign, notes, unsettled, foreignFile: await blobs.put(session.copyOut(foreignLines(runId))) };
};

/** PostgreSQL takes a recorded row no more: named by run, table and constraint. */
const asRefusal = (error: unknown, run: string): unknown => {
  const fault = rowFault(error);
  if (fault === undefined) return error;
  const where = [fault.table, fault.constraint ?? fault.column].filter((part) => part !== undefined).join(', ');
  return new Refusal(
    'REPLAY_REFUSED_ROW',
    `PostgreSQL refused a row of run ${run}${where === '' ? '' : ` (${where})`}: ${error instanceof Error ? error.message : String(error)}. What the run found in its database then, and no run had written, is missing here: replay onto a full export that was made before it (--from). The runs before it are done and stay.`,
    { run, code: fault.code, table: fault.table, constraint: fault.constraint },
  );
};
