import { takenBack } from '../../domain/merge/bases.ts';
import { Refusal } from '../../domain/refusal.ts';
import { writeKinds, type WriteResult } from '../../domain/run/run.ts';
import type { TargetRelations } from '../../infra/postgres/own-relations.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { readRunMarker, recordedRows, rollbacksDone } from './read-run.sql.ts';

/** What the target knows of the run that is taken back: its result, and by which transaction its rows are known. */
export type KnownRun = { readonly runId: string; readonly result: WriteResult; readonly writer: string | undefined };

type MarkerRow = { readonly state: string; readonly summary: WriteResult | null; readonly databaseId: string | null; readonly writer: string | null };

/** Refuses what cannot be taken back, and says why. */
export const readKnownRun = async (
  session: Session,
  relations: TargetRelations,
  run: { readonly runId: string; readonly databaseId: string | undefined },
): Promise<KnownRun> => {
  const { runId } = run;
  const marker = await session.maybeOne<MarkerRow>(readRunMarker(relations.run, runId));
  const refuse = (why: string): Refusal =>
    new Refusal('ROLLBACK_NOT_POSSIBLE', `Run ${runId} cannot be taken back: ${why}. Nothing was written.`, { run: runId });
  if (marker === undefined || marker.state !== 'applied' || marker.summary === null) throw refuse('the target has no record of it');
  if (marker.databaseId !== null && run.databaseId !== undefined && marker.databaseId !== run.databaseId)
    throw refuse('it was made on another database, of which this one is a copy');
  const { summary: result } = marker;
  if (!writeKinds.some((kind) => kind === result.kind)) throw refuse('it wrote no rows');
  const rollbacks = await session.many<{ run: string; rolledBack: string }>(rollbacksDone(relations.run, run.databaseId));
  const gone = takenBack(rollbacks);
  const undone = rollbacks.find((done) => done.rolledBack === runId && !gone.has(done.run));
  if (undone !== undefined) throw refuse(`run ${undone.run} has taken it back already; to have it again, take that run back`);
  await refuseLostLedger(session, relations, { runId, result, refuse });
  return { runId, result, writer: marker.writer ?? undefined };
};

type Asked = { readonly runId: string; readonly result: WriteResult; readonly refuse: (why: string) => Refusal };

/** Retention, or somebody's hand, may have taken rows of the ledger: what is not recorded cannot be taken back. */
const refuseLostLedger = async (session: Session, relations: TargetRelations, { runId, result, refuse }: Asked): Promise<void> => {
  const recorded = await session.many<{ table: string; rows: string }>(recordedRows(relations.ledger, runId));
  const rows = new Map(recorded.map((row) => [row.table, Number(row.rows)]));
  const lost = result.tables.filter(({ table, counts }) => counts.insert + counts.update + counts.delete !== (rows.get(table) ?? 0)).map(({ table }) => table);
  if (lost.length > 0) throw refuse(`its ledger in the target is gone or not complete for ${lost.join(', ')}`);
};
