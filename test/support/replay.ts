import type { DomainEvent, RunEvent, StoredEvent } from '../../src/domain/run/events.ts';
import type { ReplayInput, ReplayResult } from '../../src/domain/run/run.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { JobStopped, type RunOutcome } from '../../src/events/job.ts';
import { createReplayHandler } from '../../src/events/projectors/database/run-replay.ts';
import { identify } from '../../src/infra/postgres/identity.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { createEngineRig, type EngineRig, type Imported, type RollbackOptions, type WriteOptions } from './engine.ts';
import { noLog } from './no-log.ts';

/** A log of runs on one database, called `shop`, kept in memory, and the replay of it into another database. */
export type ReplayRig = {
  readonly engine: EngineRig;
  readonly log: readonly StoredEvent[];
  /** Runs and records. */
  write(kind: WriteKind, url: string, upload: string, options?: WriteOptions): Promise<string>;
  rollback(url: string, run: string, options?: RollbackOptions): Promise<string>;
  replay(
    url: string,
    options?: Partial<ReplayInput> & {
      readonly attempt?: number;
      readonly signal?: AbortSignal;
      readonly runId?: string;
      readonly limits?: WriteOptions['limits'];
    },
  ): Promise<RunOutcome>;
};
type WriteKind = 'import' | 'merge' | 'replace';

export class RunNotCompleted extends Error {}

let replays = 0;

export const createReplayRig = async (): Promise<ReplayRig> => {
  const engine = await createEngineRig();
  const log: StoredEvent[] = [];
  const append = (stream: string, event: DomainEvent): void => {
    const position = log.length + 1;
    const at = new Date(Date.UTC(2026, 0, 1) + position * 1000).toISOString();
    log.push({
      position,
      id: `event-${position}`,
      stream,
      version: 1,
      schemaVersion: 1,
      event,
      metadata: { actor: 'test', requestId: 'test', client: 'test' },
      at,
      hash: '',
    });
  };
  const identified = new Set<string>();
  const identifyTarget = async (url: string): Promise<void> => {
    const session = await openSession(url, { purpose: 'test identity' });
    const { databaseId = '', systemIdentifier, oid } = await identify(session);
    await session.close();
    if (!identified.has(databaseId)) append('database-1', { type: 'DatabaseIdentified', data: { name: 'shop', databaseId, systemIdentifier, oid } });
    identified.add(databaseId);
  };
  const record = async (url: string, { outcome, plans, runId }: Imported, requested: RunEvent): Promise<string> => {
    if (outcome.state !== 'completed') throw new RunNotCompleted(`${requested.type} ended as ${JSON.stringify(outcome)}`);
    await identifyTarget(url);
    for (const event of [requested, ...plans.map((data): RunEvent => ({ type: 'RunPlanned', data })), { type: 'RunCompleted', data: outcome.result } as const])
      append(`run-${runId}`, event);
    return runId;
  };
  return {
    engine,
    log,
    write: async (kind, url, upload, options = {}) => {
      const tables = options.tables === undefined ? {} : { tables: options.tables };
      const input = {
        upload,
        fileName: 'test.tar.zst',
        database: 'shop',
        onError: 'reject-all',
        exclusive: false,
        rebuild: 'auto',
        approval: 'none',
        ...tables,
        ...(options.file === undefined ? {} : { file: options.file }),
      } as const;
      const requested: Record<WriteKind, RunEvent> = {
        import: { type: 'ImportRequested', data: input },
        merge: { type: 'MergeRequested', data: { ...input, maxDeletes: 'any', base: 'auto', onConflict: 'fail', deletes: false } },
        replace: { type: 'ReplaceRequested', data: { ...input, maxDeletes: 'any' } },
      };
      return record(url, await engine.write(kind, url, upload, options), requested[kind]);
    },
    rollback: async (url, run, options = {}) =>
      record(url, await engine.rollback(url, run, options), {
        type: 'RollbackRequested',
        data: { database: 'shop', run, exclusive: false, approval: 'none', maxDeletes: 'any', onConflict: 'current' },
      }),
    replay: async (url, options = {}) => {
      const { attempt = 1, signal = new AbortController().signal, runId = `run-REPLAY${(replays += 1)}x${process.pid}`, limits, ...input } = options;
      const handler = createReplayHandler({
        blobs: engine.blobs,
        identities: [],
        ...(limits === undefined ? {} : { limits }),
        findDatabase: async (name) => {
          if (name !== (input.database ?? 'fresh')) throw new Refusal('DATABASE_UNKNOWN', 'It is gone.');
          return { name, url, tables: {} };
        },
        identified: async () => undefined,
        publishReject: async () => undefined,
        approvedPlan: async () => undefined,
        log: noLog,
        events: async ({ after = 0, limit = 100, types }) =>
          log.filter((event) => event.position > after && types?.includes(event.event.type) !== false).slice(0, limit),
      });
      const asked = { database: 'fresh', of: 'shop', ...input };
      const outcome = await handler({
        kind: 'replay',
        input: asked,
        runId,
        attempt,
        resolutions: [],
        meta: { actor: 'test', requestId: 'test', client: 'test' },
        signal,
        progress: () => undefined,
        planned: async () => undefined,
        drifted: async () => undefined,
      }).catch((error: unknown): RunOutcome => {
        if (error instanceof JobStopped) return { state: 'superseded' };
        if (error instanceof Refusal) return { state: 'refused', code: error.code, message: error.message, details: error.details };
        throw error;
      });
      if (outcome.state !== 'completed') return outcome;
      append(`run-${runId}`, { type: 'ReplayRequested', data: asked });
      append(`run-${runId}`, { type: 'RunCompleted', data: outcome.result });
      return outcome;
    },
  };
};

export const replayed = (outcome: RunOutcome): ReplayResult => {
  if (outcome.state !== 'completed' || outcome.result.kind !== 'replay') throw new Error(`The replay ended as ${JSON.stringify(outcome)}`);
  return outcome.result;
};
