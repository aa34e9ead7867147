import { Refusal } from '../../../domain/refusal.ts';
import { takeLock } from '../../../engine/ledger/marker.ts';
import { beginForeign } from '../../../engine/replay/foreign.ts';
import { ensureTargetSchema } from '../../../engine/ledger/target-schema.ts';
import type { KnownDatabase } from '../../databases.ts';
import { stopCauseOf, type RunHandler, type RunOutcome } from '../../job.ts';
import type { Store } from '../../store.ts';
import type { ImportPorts, TargetAttempt } from './attempt.ts';
import { meetDatabase } from './meet-database.ts';
import { onTarget, schemaOf, settledOr } from './on-target.ts';
import { readTarget } from './open-target.ts';
import { readHistory } from './replay-history.ts';
import { completeReplay, linesOf, readMarkers } from './replay-marker.ts';
import { replayRun, type Found } from './replay-run.ts';
import { refuseItself, scheduleReplay, type Schedule } from './replay-schedule.ts';
import type { Replaying } from './replaying.ts';

/**
 * Fills an empty database with the runs of the log on another one: each in a transaction of its own, so that a replay which
 * was stopped goes on where it was. It needs the log and the files that it names; never the old database.
 */
export type ReplayPorts = ImportPorts & { readonly events: Store['events'] };

type ReplayJob = Parameters<RunHandler<'replay'>>[0];
type Attempt = TargetAttempt<ReplayJob>;

export const createReplayHandler =
  (ports: ReplayPorts): RunHandler<'replay'> =>
  (job) =>
    onTarget(ports, job, (attempt) => settledOr(attempt, () => replay(attempt, ports)));

const replay = async (attempt: Attempt, ports: ReplayPorts): Promise<RunOutcome> => {
  const { job } = attempt;
  attempt.phase('reading');
  const done: Done = { runs: 0 };
  try {
    const { replaying, schedule } = await prepare(attempt, ports.events);
    return await replayAll(attempt, { replaying, schedule, done });
  } catch (error) {
    if (done.runs === 0 || !job.signal.aborted || stopCauseOf(job.signal) !== 'cancel') throw error;
    // What was replayed before stays: another replay goes on from there.
    return { state: 'cancelled', phase: `applying, after ${done.runs} ${done.runs === 1 ? 'run was' : 'runs were'} replayed` };
  }
};

type Done = { runs: number };

const prepare = async (attempt: Attempt, events: ReplayPorts['events']): Promise<{ readonly replaying: Replaying; readonly schedule: Schedule }> => {
  const { job, ports, session } = attempt;
  const database = { ...attempt.database, tables: { ...(await settingsOf(attempt)), ...attempt.database.tables } };
  const relations = await ensureTargetSchema(session, schemaOf(database));
  const target = await readTarget(session, database);
  const { databaseId, storeId, notes } = await meetDatabase({ session, database, purpose: 'write', ports, meta: job.meta });
  attempt.phase('waiting for lock');
  await takeLock(session, {
    runId: job.runId,
    signal: job.signal,
    waiting: (waitingFor) => attempt.phase('waiting for lock', { waitingFor }),
  });
  attempt.phase('reading');
  const markers = await readMarkers(session, relations);
  const ownReplays = new Set(markers.filter(({ kind }) => kind === 'replay').map(({ run }) => run));
  const history = await readHistory(events, job.input.of, ownReplays);
  refuseItself(job.input, history, databaseId);
  const replaying: Replaying = {
    session,
    target,
    database,
    relations,
    blobs: ports.blobs,
    identities: ports.identities,
    limits: ports.limits,
    own: { runId: job.runId, attempt: job.attempt, databaseId, storeId },
    unsettled: new Map(
      markers.flatMap(({ replayed }) => Object.entries(replayed?.unsettled ?? {}).map(([table, columns]) => [table, new Set(columns)] as const)),
    ),
    signal: job.signal,
    progress: (progress) => job.progress(progress),
  };
  const schedule = await scheduleReplay(replaying, { input: job.input, history, markers });
  return { replaying, schedule: { ...schedule, notes: [...notes, ...schedule.notes] } };
};

/** Keys, exclusions and the like are those of the database whose runs they are, as far as it is still known. */
const settingsOf = async ({ job, ports }: Attempt): Promise<KnownDatabase['tables']> => {
  try {
    return (await ports.findDatabase(job.input.of)).tables;
  } catch (error) {
    if (error instanceof Refusal) return {};
    throw error;
  }
};

type Work = { readonly replaying: Replaying; readonly schedule: Schedule; readonly done: Done };

const replayAll = async ({ job, phase, startedAt }: Attempt, { replaying, schedule, done }: Work): Promise<RunOutcome> => {
  const found = new Map<string, Found>(schedule.before);
  const tablesTotal = schedule.next.length;
  await beginForeign(replaying.session, linesOf(replaying.blobs, [...found.values()]));
  for (const [tablesDone, run] of schedule.next.entries()) {
    job.signal.throwIfAborted();
    phase('applying', { table: `run ${run.run} (${tablesDone + 1} of ${tablesTotal})`, tablesDone, tablesTotal });
    found.set(run.run, await replayRun(replaying, run));
    done.runs += 1;
  }
  phase('recording', { tablesDone: tablesTotal, tablesTotal });
  return { state: 'completed', result: await completeReplay(replaying, { schedule, found, startedAt }) };
};
