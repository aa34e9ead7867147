import { setTimeout as sleep } from 'node:timers/promises';
import { decideConflicts } from '../domain/seed/decide-conflicts.ts';
import { decideTable, type TableDecision } from '../domain/seed/decide-table.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Metadata } from '../domain/run/events.ts';
import type { FileFormat, ImportInput } from '../domain/run/run.ts';
import type { Requested } from '../domain/run/state.ts';
import { appliedAmong } from '../engine/ledger/marker.sql.ts';
import { findTargetSchema } from '../engine/ledger/target-schema.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import { openSession } from '../infra/postgres/session.ts';
import type { KnownDatabase } from './databases.ts';
import { changesOf } from './seed-kept.ts';
import type { RunRow, Store } from './store.ts';

/** Whoever asked for the sync, the runs of its tables are those of this actor: by it the next release finds them. */
export const seedMeta: Metadata = { actor: 'seed', requestId: 'seed', client: 'server' };

const usualDeletes = 10;
const isOpen = ({ state }: RunRow): boolean => ['requested', 'running', 'planned', 'approved'].includes(state);
const fileOf = ({ input }: RunRow): FileFormat | undefined => ('file' in input ? input.file : undefined);
const conflictCount = ({ plan }: RunRow): number => (plan?.tables ?? []).reduce((sum, { counts }) => sum + counts.conflict, 0);

export type Fillings = ReadonlyMap<string, readonly RunRow[]>;

/** The runs of earlier releases on this database, by table, newest first. */
export const readFillings = async (store: Store, database: string): Promise<Fillings> => {
  const found = new Map<string, RunRow[]>();
  let after: string | undefined;
  for (;;) {
    const page = await store.runs({ actor: seedMeta.actor, database }, { first: 500, ...(after === undefined ? {} : { after }) });
    for (const run of page.rows) {
      const table = fileOf(run)?.table;
      if (table !== undefined) found.set(table, [...(found.get(table) ?? []), run]);
    }
    if (!page.hasNextPage || page.endCursor === undefined) return found;
    after = page.endCursor;
  }
};

/** A database may have been made anew, or restored to a state from before, and the log does not know yet: its own markers do. */
const appliedTo = async ({ url, waybillSchema }: KnownDatabase, runs: readonly string[]): Promise<ReadonlySet<string>> => {
  const session = await openSession(url, { purpose: 'seed', statementTimeoutMs: 20_000, lockTimeoutMs: 20_000, connectTimeoutMs: 5000 });
  try {
    const own = await findTargetSchema(session, waybillSchema === undefined ? {} : { schema: waybillSchema });
    if (own === undefined) return new Set();
    return new Set((await session.many<{ run: string }>(appliedAmong(own.run, runs))).map(({ run }) => run));
  } finally {
    await session.close();
  }
};

export const decideByRuns = async (database: KnownDatabase, sha256: string, runs: readonly RunRow[]): Promise<TableDecision> => {
  const completed = runs.filter(({ state, lost }) => state === 'completed' && !lost).map(({ runId }) => runId);
  const applied = completed.length === 0 ? new Set<string>() : await appliedTo(database, completed);
  return decideTable(
    sha256,
    runs.map(({ runId, upload, takenBackBy, state }) => ({
      run: runId,
      upload: upload ?? '',
      isCompleted: state === 'completed',
      isTakenBack: takenBackBy !== undefined,
      isThere: applied.has(runId),
    })),
  );
};

const requestOf = (input: ImportInput, format: FileFormat, base: string | undefined): Requested => {
  if (base === undefined) return { kind: 'import', input };
  // What a merge would write NULL over, no release has said.
  const file = format.kind === 'jsonl' && format.missing === 'auto' ? { ...format, missing: 'refuse' as const } : format;
  return { kind: 'merge', input: { ...input, file, base, onConflict: 'fail', deletes: false, maxDeletes: usualDeletes } };
};

export type Filling = {
  readonly database: string;
  readonly sha256: string;
  readonly fileName: string;
  readonly format: FileFormat;
  readonly base: string | undefined;
  /** How many runs the table had when this was decided. */
  readonly earlier: number;
};

/**
 * The n-th run of a table is asked for under a name of its own: two servers that start at once with the same release get
 * the same run, and one that decided by what has changed since gets none, and looks again.
 */
export const requestFilling = async (store: Store, filling: Filling): Promise<string | undefined> => {
  const { database, sha256, fileName, format, base, earlier } = filling;
  const input: ImportInput = {
    upload: sha256,
    fileName,
    file: format,
    database,
    onError: 'reject-all',
    exclusive: false,
    rebuild: 'auto',
    approval: 'none',
  };
  try {
    return (await store.requestRun(requestOf(input, format, base), seedMeta, `seed ${database} ${format.table} ${earlier}`)).runId;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'IDEMPOTENCY_KEY_REUSED') return undefined;
    throw error;
  }
};

type RunPorts = { readonly store: Store; readonly blobs: BlobStore };

/** Both sides changed the same: what is here stays. The plan is in the log with every conflict, as one that a person reads. */
const decideForHere = async ({ store, blobs }: RunPorts, run: RunRow): Promise<void> => {
  try {
    if (conflictCount(run) > 0 && run.resolutions.length === 0)
      await store.resolveConflicts(run.runId, await decideConflicts(changesOf(blobs, run)), seedMeta, `seed resolve ${run.runId}`);
    await store.approvePlan(run.runId, seedMeta, `seed approve ${run.runId}`);
  } catch (error) {
    // Another server, or a person, was first.
    if (!(error instanceof Refusal)) throw error;
  }
};

const pauseMs = 200;

/** Until it has ended, by this process or another one; also a run that a server left when it died. */
export const driveToEnd = async (ports: RunPorts, runId: string, signal: AbortSignal): Promise<RunRow> => {
  for (;;) {
    signal.throwIfAborted();
    const run = await ports.store.run(runId);
    if (run !== undefined && !isOpen(run)) return run;
    if (run?.state === 'planned') await decideForHere(ports, run);
    await sleep(pauseMs, undefined, { signal });
  }
};

/** What the log says of a table when nothing of it is under way any more. */
export const settledRuns = async (ports: RunPorts, runs: readonly RunRow[], signal: AbortSignal): Promise<readonly RunRow[]> => {
  const settled: RunRow[] = [];
  for (const run of runs) settled.push(isOpen(run) ? await driveToEnd(ports, run.runId, signal) : run);
  return settled;
};
