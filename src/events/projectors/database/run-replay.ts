import { Refusal } from '../../../domain/refusal.ts';
import type { ReplayResult } from '../../../domain/run/run.ts';
import { applicationName, settle, takeLock } from '../../../engine/ledger/marker.ts';
import { unlock } from '../../../engine/ledger/marker.sql.ts';
import { ensureTargetSchema, findTargetSchema } from '../../../engine/ledger/target-schema.ts';
import { identify } from '../../../infra/postgres/identity.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { watch } from '../../../infra/postgres/watcher.ts';
import type { KnownDatabase } from '../../databases.ts';
import { stopCauseOf, type RunHandler, type RunOutcome } from '../../job.ts';
import type { Store } from '../../store.ts';
import type { ImportPorts } from './attempt.ts';
import { firstContact } from './first-contact.ts';
import { openTarget, readTarget } from './open-target.ts';
import { completeReplay, readReplayMarker } from './replay-marker.ts';
import { refuseItself, scheduleReplay, type Schedule } from './replay-schedule.ts';
import { readHistory, type History } from './replay-history.ts';
import { replayRun, type Found } from './replay-run.ts';
import type { Replaying } from './replaying.ts';

/**
 * Fills an empty database with the runs of the log on another one: each in a transaction of its own, so that a replay which
 * was stopped goes on where it was. It needs the log and the files that it names; never the old database.
 */
export type ReplayPorts = Pick<ImportPorts, 'blobs' | 'findDatabase' | 'identified' | 'identities'> & { readonly events: Store['events'] };

type ReplayJob = Parameters<RunHandler<'replay'>>[0];

export const createReplayHandler =
  (ports: ReplayPorts): RunHandler<'replay'> =>
  async (job) => {
    const startedAt = Date.now();
    const database = await ports.findDatabase(job.input.database);
    job.progress({ phase: 'connecting', tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 });
    const session = await firstContact(job.attempt, () => openTarget(database, applicationName(job.runId, job.attempt)));
    const watcher = await watch({
      url: database.url,
      pid: session.pid,
      onBlocked: ({ application, pid }) => waiting(job, `${application} (process ${pid})`),
      onFree: () => undefined,
    });
    const cancel = (): void => void watcher.cancel().catch(() => undefined);
    job.signal.addEventListener('abort', cancel, { once: true });
    const done: Done = { runs: 0 };
    try {
      return await attempt({ job, ports, database, session, startedAt, done });
    } catch (error) {
      if (job.signal.aborted) return stopped(job, done);
      throw error;
    } finally {
      job.signal.removeEventListener('abort', cancel);
      await watcher.stop();
      await session.close();
    }
  };

type Done = { runs: number };
type Attempt = {
  readonly job: ReplayJob;
  readonly ports: ReplayPorts;
  readonly database: KnownDatabase;
  readonly session: Session;
  readonly startedAt: number;
  readonly done: Done;
};

const waiting = (job: ReplayJob, waitingFor: string): void =>
  job.progress({ phase: 'waiting for lock', waitingFor, tablesDone: 0, tablesTotal: 0, rows: 0, bytes: 0 });

/** What was replayed before stays: another replay goes on from there. */
const stopped = (job: ReplayJob, { runs }: Done): RunOutcome => {
  const cause = stopCauseOf(job.signal);
  if (cause !== undefined && cause !== 'cancel') return { state: 'superseded' };
  return { state: 'cancelled', phase: runs === 0 ? 'applying' : `applying, after ${runs} ${runs === 1 ? 'run was' : 'runs were'} replayed` };
};

const schemaOf = (database: KnownDatabase): { readonly schema?: string } => (database.waybillSchema === undefined ? {} : { schema: database.waybillSchema });

const attempt = async (own: Attempt): Promise<RunOutcome> => {
  const { job, database, session } = own;
  const found = job.attempt > 1 ? await findTargetSchema(session, schemaOf(database)) : undefined;
  if (found !== undefined) {
    const result = await settled(own, found);
    if (result !== undefined) return { state: 'completed', result };
  }
  job.signal.throwIfAborted();
  const history = await readHistory(own.ports.events, job.input.of);
  refuseItself(job.input, history, undefined);
  const relations = await ensureTargetSchema(session, schemaOf(database));
  const { replaying, schedule } = await prepare(own, relations, history);
  return replayAll(own, replaying, schedule);
};

/** An earlier attempt may have done everything, or may not write its last word any more. */
const settled = async ({ job, session }: Attempt, relations: TargetRelations): Promise<ReplayResult | undefined> => {
  const never = new AbortController();
  await takeLock(session, { runId: job.runId, signal: never.signal, waiting: (holder) => waiting(job, holder) });
  try {
    return (await settle(session, relations.run, job.runId, job.attempt)) === undefined ? undefined : await readReplayMarker(session, relations, job.runId);
  } finally {
    await session.run(unlock);
  }
};

const prepare = async (own: Attempt, relations: TargetRelations, history: History): Promise<{ readonly replaying: Replaying; readonly schedule: Schedule }> => {
  const { job, ports, database, session } = own;
  job.progress({ phase: 'reading', tablesDone: 0, tablesTotal: history.runs.length, rows: 0, bytes: 0 });
  const settings = { ...database, tables: { ...(await settingsOf(own)), ...database.tables } };
  const target = await readTarget(session, settings);
  const identity = await identify(session, schemaOf(database));
  refuseItself(job.input, history, identity.databaseId);
  if (identity.databaseId !== undefined) await ports.identified(database.name, { ...identity, databaseId: identity.databaseId }, job.meta);
  await takeLock(session, { runId: job.runId, signal: job.signal, waiting: (holder) => waiting(job, holder) });
  const replaying: Replaying = {
    session,
    target,
    database: settings,
    relations,
    blobs: ports.blobs,
    identities: ports.identities,
    own: { runId: job.runId, attempt: job.attempt, databaseId: identity.databaseId, storeId: history.storeId },
    signal: job.signal,
    progress: (progress) => job.progress(progress),
  };
  return { replaying, schedule: await scheduleReplay(replaying, job.input, history) };
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

const replayAll = async ({ job, startedAt, done }: Attempt, replaying: Replaying, schedule: Schedule): Promise<RunOutcome> => {
  const found = new Map<string, Found>(schedule.before);
  const total = schedule.next.length;
  for (const [place, run] of schedule.next.entries()) {
    job.signal.throwIfAborted();
    job.progress({ phase: 'applying', table: `run ${run.run} (${place + 1} of ${total})`, tablesDone: place, tablesTotal: total, rows: 0, bytes: 0 });
    found.set(run.run, await replayRun(replaying, run));
    done.runs += 1;
  }
  job.progress({ phase: 'recording', tablesDone: total, tablesTotal: total, rows: 0, bytes: 0 });
  const result = await completeReplay(replaying, { schedule, found, startedAt });
  return { state: 'completed', result };
};
