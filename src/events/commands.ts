import { decideDatabase, evolveDatabase, noDatabase, type DatabaseCommand } from '../domain/database/database.ts';
import { Refusal } from '../domain/refusal.ts';
import { decide } from '../domain/run/decide.ts';
import type { DatabaseEvent, DomainEvent, Metadata, RunEvent, StoredEvent, UploadEvent } from '../domain/run/events.ts';
import { runFrom } from '../domain/run/evolve.ts';
import type { Resolution, RollbackInput } from '../domain/run/run.ts';
import { noRun, type Requested, type Run } from '../domain/run/state.ts';
import { checkTakeBack } from '../domain/run/take-back.ts';
import { decideUpload, evolveUpload, noUpload, type StoreUpload } from '../domain/upload/upload.ts';
import type { Tx } from '../infra/postgres/transaction-pool.ts';
import { findAfterwards, findDatabase, findUpload, findUploads } from './commands.sql.ts';
import type { StoreContext } from './context.ts';
import { executeTogether, type Kind } from './execute-together.ts';
import { execute, type Positioned } from './execute.ts';
import { takeTurns } from './idempotency.sql.ts';
import { newId, type Appending } from './log/append.ts';
import { decodeEvent, type EventRow } from './log/codec.ts';
import { readStream } from './log/read.sql.ts';

export type CommandOptions = { readonly meta: Metadata; readonly idempotencyKey?: string | undefined };

export const loadStream = async (tx: Pick<Tx, 'many'>, stream: string): Promise<readonly StoredEvent[]> =>
  (await tx.many<EventRow>(readStream(stream))).map(decodeEvent);

const isDatabaseEvent = (event: DomainEvent): event is DatabaseEvent =>
  event.type === 'DatabaseRegistered' || event.type === 'DatabaseIdentified' || event.type === 'DatabaseRestored';

const runEvents: Readonly<Record<RunEvent['type'], true>> = {
  ImportRequested: true,
  ExportRequested: true,
  MergeRequested: true,
  ReplaceRequested: true,
  RollbackRequested: true,
  ReplayRequested: true,
  RunStarted: true,
  RunAttemptLost: true,
  RunDrifted: true,
  RunPlanned: true,
  ConflictsResolved: true,
  PlanApproved: true,
  RunCompleted: true,
  RunRefused: true,
  RunFailed: true,
  CancelRequested: true,
  RunCancelled: true,
};

export const isRunEvent = (event: DomainEvent): event is RunEvent => Object.hasOwn(runEvents, event.type);

export type LoadedRun = { readonly run: Run; readonly version: number; readonly position: number };

export const loadRun = async (tx: Pick<Tx, 'many'>, runId: string): Promise<LoadedRun> => {
  const events = await loadStream(tx, `run-${runId}`);
  return { run: runFrom(events.map(({ event }) => event).filter(isRunEvent)), version: events.length, position: events.at(-1)?.position ?? 0 };
};

export const toAppend = (stream: string, events: readonly DomainEvent[], metadata: Metadata): readonly Appending[] =>
  events.map((event) => ({ id: newId(), stream, event, metadata }));

export const requestRun = async (context: StoreContext, requested: Requested, options: CommandOptions): Promise<{ readonly runId: string } & Positioned> =>
  execute(context, { name: 'request run', input: requested, ...options }, async (tx) => {
    await checkRequest(tx, requested);
    const runId = newId();
    const events = toAppend(`run-${runId}`, decide(noRun, { type: 'RequestRun', requested }), options.meta);
    await context.queue.enqueue(tx, { runId, attempt: 1 });
    return { events, expected: { [`run-${runId}`]: { kind: 'none' } }, answer: { runId }, standsAt: 0 };
  });

export const checkRequest = async (tx: Tx, requested: Requested): Promise<void> => {
  const { input } = requested;
  if ((await tx.maybeOne(findDatabase(input.database))) === undefined) {
    throw new Refusal('DATABASE_UNKNOWN', `There is no database ${input.database}. Register it in the settings, or give its URL.`, {
      database: input.database,
    });
  }
  if ('upload' in input && (await tx.maybeOne(findUpload(input.upload))) === undefined) {
    throw new Refusal('UPLOAD_UNKNOWN', `There is no upload ${input.upload}. Upload the file first.`, { upload: input.upload });
  }
  if (requested.kind === 'rollback') await checkRollback(tx, requested.input);
};

const checkRollback = async (tx: Tx, input: RollbackInput): Promise<void> => {
  const afterwards = await tx.maybeOne<{ taken_back_by: string | null; lost: boolean }>(findAfterwards(input.run));
  const { run } = await loadRun(tx, input.run);
  checkTakeBack(run, input, { takenBackBy: afterwards?.taken_back_by ?? undefined, lost: afterwards?.lost ?? false });
};

/** Words on the conflicts of a plan that waits; it goes on waiting. */
export const resolveConflicts = async (
  context: StoreContext,
  said: { readonly runId: string; readonly resolutions: readonly Resolution[] },
  options: CommandOptions,
): Promise<Positioned> =>
  execute(context, { name: 'resolve conflicts', input: said, ...options }, async (tx) => {
    const { run, version, position } = await loadRun(tx, said.runId);
    return {
      events: toAppend(`run-${said.runId}`, decide(run, { type: 'ResolveConflicts', resolutions: said.resolutions }), options.meta),
      expected: { [`run-${said.runId}`]: { kind: 'exact', version } },
      answer: {},
      standsAt: position,
    };
  });

export const approvePlan = async (context: StoreContext, runId: string, options: CommandOptions): Promise<Positioned> =>
  execute(context, { name: 'approve plan', input: { runId }, ...options }, async (tx) => {
    const { run, version, position } = await loadRun(tx, runId);
    const decided = decide(run, { type: 'ApprovePlan' });
    await context.queue.enqueue(tx, { runId, attempt: attemptOf(run) + 1 });
    return {
      events: toAppend(`run-${runId}`, decided, options.meta),
      expected: { [`run-${runId}`]: { kind: 'exact', version } },
      answer: {},
      standsAt: position,
    };
  });

/** A run that waits is cancelled here and now; one that runs is asked to stop, and its worker says when it has. */
export const cancelRun = async (context: StoreContext, runId: string, options: CommandOptions): Promise<Positioned> =>
  execute(context, { name: 'cancel run', input: { runId }, ...options }, async (tx) => {
    const { run, version, position } = await loadRun(tx, runId);
    const decided = decide(run, { type: 'CancelRun' });
    // What a lost attempt did in the target only the next one can tell: it comes now, not after its delay.
    if (run.state === 'running' && run.betweenAttempts) await context.queue.enqueue(tx, { runId, attempt: run.attempt + 1 });
    return {
      events: toAppend(`run-${runId}`, decided, options.meta),
      expected: { [`run-${runId}`]: { kind: 'exact', version } },
      answer: {},
      standsAt: position,
    };
  });

const attemptOf = (run: Run): number => (run.state === 'none' ? 0 : run.attempt);

type KnownStream = { readonly uploadId: string | undefined; readonly stored: readonly StoredEvent[] };

const recordingUpload: Kind<StoreUpload, KnownStream, { readonly uploadId: string; readonly known: boolean }> = {
  name: 'record upload',
  subject: ({ sha256 }) => `upload ${sha256}`,
  read: async (tx, uploads) => {
    const found = await tx.many<{ sha256: string; upload_id: string }>(findUploads(uploads.map(({ sha256 }) => sha256)));
    const known = new Map(found.map(({ sha256, upload_id: uploadId }) => [sha256, uploadId]));
    const states: KnownStream[] = [];
    for (const { sha256 } of uploads) {
      const uploadId = known.get(sha256);
      states.push({ uploadId, stored: uploadId === undefined ? [] : await loadStream(tx, `upload-${uploadId}`) });
    }
    return states;
  },
  decide: ({ uploadId: known, stored }, upload, meta) => {
    const uploadId = known ?? newId();
    const stream = `upload-${uploadId}`;
    const state = stored
      .map(({ event }) => event)
      .filter((event): event is UploadEvent => event.type === 'UploadStored')
      .reduce(evolveUpload, noUpload);
    return {
      events: toAppend(stream, decideUpload(state, upload), meta),
      expected: { [stream]: { kind: 'exact', version: stored.length } },
      answer: { uploadId, known: known !== undefined },
      standsAt: stored.at(-1)?.position ?? 0,
    };
  },
};

export const recordUpload = (
  context: StoreContext,
  upload: StoreUpload,
  options: CommandOptions,
): Promise<{ readonly uploadId: string; readonly known: boolean } & Positioned> => executeTogether(context, recordingUpload, upload, options);

export const recordDatabase = async (context: StoreContext, command: DatabaseCommand, options: CommandOptions): Promise<Positioned> =>
  execute(context, { name: 'record database', input: command, ...options }, async (tx) => {
    await tx.run(takeTurns(`database ${command.name}`));
    const known = await tx.maybeOne<{ stream: string }>(findDatabase(command.name));
    const stream = known?.stream ?? `database-${newId()}`;
    const stored = known === undefined ? [] : await loadStream(tx, stream);
    const state = stored
      .map(({ event }) => event)
      .filter(isDatabaseEvent)
      .reduce(evolveDatabase, noDatabase);
    return {
      events: toAppend(stream, decideDatabase(state, command), options.meta),
      expected: { [stream]: { kind: 'exact', version: stored.length } },
      answer: {},
      standsAt: stored.at(-1)?.position ?? 0,
    };
  });

/** Appends to one run under its version, with what else belongs in the same transaction. */
export const appendToRun = async (
  context: StoreContext,
  append: { readonly runId: string; readonly expectedVersion: number; readonly events: readonly RunEvent[]; readonly meta: Metadata },
): Promise<Positioned> => {
  const stream = `run-${append.runId}`;
  return execute(context, { name: 'append to run', input: undefined, meta: append.meta, onConflict: 'fail' }, async () => ({
    events: toAppend(stream, append.events, append.meta),
    expected: { [stream]: { kind: 'exact', version: append.expectedVersion } },
    answer: {},
    standsAt: 0,
  }));
};
