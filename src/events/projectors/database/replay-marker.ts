import { createHash } from 'node:crypto';
import { Refusal } from '../../../domain/refusal.ts';
import { noVerdicts, verdicts, type ReplayResult, type TablePlan, type WriteResult } from '../../../domain/run/run.ts';
import { completeMarker, insertMarker, lockInTransaction } from '../../../engine/ledger/marker.sql.ts';
import { replayMarkers } from '../../../engine/replay/marker.sql.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { Found } from './replay-run.ts';
import type { Schedule } from './replay-schedule.ts';
import type { Replaying } from './replaying.ts';

/** The marker of the full export with which a replay began; it is no run of the log. */
export const fromSuffix = '/from';

export type TargetMarker = {
  readonly run: string;
  readonly kind: string | null;
  /** The archive, of the marker of a full export. */
  readonly upload: string | null;
  readonly replayed: Found | null;
};

export const readMarkers = (session: Session, relations: TargetRelations): Promise<readonly TargetMarker[]> =>
  session.many<TargetMarker>(replayMarkers(relations.run));

type Ended = { readonly schedule: Schedule; readonly found: ReadonlyMap<string, Found>; readonly startedAt: number };

/** The replay's own marker comes last: with it, all runs are in, and it is not done again. */
export const completeReplay = async (replaying: Replaying, ended: Ended): Promise<ReplayResult> => {
  const { session, relations, own } = replaying;
  const result = await summarize(replaying.blobs, ended);
  await session.run(sql`begin isolation level repeatable read`);
  try {
    await session.run(lockInTransaction);
    const marker = { runId: own.runId, attempt: own.attempt };
    const identified = {
      ...(own.databaseId === undefined ? {} : { databaseId: own.databaseId }),
      storeId: own.storeId,
    };
    if ((await session.many(insertMarker(relations.run, { ...marker, ...identified }))).length === 0)
      throw new Refusal('RUN_SUPERSEDED', 'Another attempt at this replay has taken over.');
    const runs = createHash('sha256').update(result.runs.map(({ run }) => run).join('\n'));
    await session.run(completeMarker(relations.run, own.runId, runs.digest('hex'), JSON.stringify(result)));
    crashPoint('replay.recorded');
    await session.run(sql`commit`);
  } catch (error) {
    await session.run(sql`rollback`).catch(() => 0);
    throw error;
  }
  crashPoint('replay.done');
  return result;
};

const summarize = async (blobs: BlobStore, { schedule, found, startedAt }: Ended): Promise<ReplayResult> => {
  const all = [...found];
  const foreign = all.flatMap(([run, { foreign: rows }]) => rows.map((one) => ({ run, ...one })));
  return {
    kind: 'replay',
    runs: schedule.runs.map(({ run, result, position }) => ({ run, kind: result.kind, position })),
    tables: addUp(schedule.runs.map(({ result }) => result)),
    foreign,
    ...(foreign.length === 0 ? {} : { foreignFile: await blobs.put(linesOf(blobs, [...found.values()])) }),
    seconds: (Date.now() - startedAt) / 1000,
    notes: [...schedule.notes, ...new Set(all.flatMap(([run, { notes }]) => notes.map((note) => `Run ${run}: ${note}`)))],
  };
};

/** JSON lines of what was found, run by run. */
export async function* linesOf(blobs: BlobStore, found: readonly Found[]): AsyncGenerator<Uint8Array> {
  for (const { foreignFile } of found) if (foreignFile !== undefined) yield* blobs.open(foreignFile.sha256);
}

const addUp = (results: readonly WriteResult[]): readonly TablePlan[] => {
  const tables = new Map<string, TablePlan>();
  for (const plan of results.flatMap((result) => result.tables)) {
    const counts = tables.get(plan.table)?.counts ?? noVerdicts;
    tables.set(plan.table, {
      ...plan,
      counts: { ...counts, ...Object.fromEntries(verdicts.map((verdict) => [verdict, counts[verdict] + plan.counts[verdict]])) },
    });
  }
  return [...tables.values()];
};
