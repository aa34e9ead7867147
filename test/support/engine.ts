import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TableSettings } from '../../src/domain/catalogue/key.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import type { ExportSelection, MergeInput, PlanSummary, Progress, Resolution, RollbackInput } from '../../src/domain/run/run.ts';
import { exportDatabase } from '../../src/engine/export/export-database.ts';
import { ensureTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import type { Requested } from '../../src/domain/run/state.ts';
import type { RunOutcome } from '../../src/events/job.ts';
import type { ImportPorts } from '../../src/events/projectors/database/attempt.ts';
import { createImportHandler } from '../../src/events/projectors/database/run-import.ts';
import { createRollbackHandler } from '../../src/events/projectors/database/run-rollback.ts';
import { createArchiveWriter } from '../../src/infra/archive/write-archive.ts';
import { openBlobStore, type BlobStore } from '../../src/infra/blobs/blob-store.ts';
import { identify } from '../../src/infra/postgres/identity.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { noLog } from './no-log.ts';

/** The engine without server, log and queue: an export, and a run that takes its archive in, with everything the handler said. */
export type EngineRig = {
  readonly blobs: BlobStore;
  export(
    url: string,
    options?: { readonly tables?: readonly string[]; readonly selection?: ExportSelection; readonly settings?: Readonly<Record<string, TableSettings>> },
  ): Promise<string>;
  import(url: string, upload: string, options?: WriteOptions): Promise<Imported>;
  write(kind: 'import' | 'merge' | 'replace', url: string, upload: string, options?: WriteOptions): Promise<Imported>;
  /** Takes a run back; changed since stays (`current`), and anything may be deleted, unless the options say otherwise. */
  rollback(url: string, run: string, options?: RollbackOptions): Promise<Imported>;
};
export type RollbackOptions = Omit<WriteOptions, 'onConflict'> & { readonly onConflict?: RollbackInput['onConflict'] };
export type WriteOptions = Partial<MergeInput> & {
  readonly settings?: Readonly<Record<string, TableSettings>>;
  readonly runId?: string;
  readonly waybillSchema?: string;
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  readonly approved?: PlanSummary;
  readonly resolutions?: readonly Resolution[];
  readonly log?: typeof noLog;
  readonly limits?: ImportPorts['limits'];
  readonly onProgress?: (progress: Progress) => void;
};
export type Imported = { readonly outcome: RunOutcome; readonly plans: readonly PlanSummary[]; readonly drifts: readonly string[]; readonly runId: string };

let runs = 0;

type Writing = Extract<Requested, { readonly kind: 'import' | 'merge' | 'replace' | 'rollback' }>;

const requested = (
  kind: 'import' | 'merge' | 'replace',
  upload: string,
  options: WriteOptions,
): Extract<Requested, { readonly kind: 'import' | 'merge' | 'replace' }> => {
  const input = {
    upload,
    fileName: 'test.tar.zst',
    database: 'target',
    ...(options.tables === undefined ? {} : { tables: options.tables }),
    ...(options.file === undefined ? {} : { file: options.file }),
    onError: options.onError ?? 'reject-all',
    exclusive: options.exclusive ?? false,
    rebuild: options.rebuild ?? 'auto',
    approval: options.approval ?? 'none',
  } as const;
  const maxDeletes = options.maxDeletes ?? 10;
  if (kind === 'import') return { kind, input };
  if (kind === 'replace') return { kind, input: { ...input, maxDeletes } };
  const { base = 'auto', onConflict = 'fail', conflictPolicies = {}, deletes = false } = options;
  return { kind, input: { ...input, maxDeletes, base, onConflict, conflictPolicies, deletes } };
};

export const createEngineRig = async (): Promise<EngineRig> => {
  const folder = await mkdtemp(join(inject('tempFolder'), 'engine-'));
  const blobs = await openBlobStore(join(folder, 'blobs'));
  const run = async (url: string, options: Omit<WriteOptions, 'onConflict'>, asked: Writing): Promise<Imported> => {
    const runId = options.runId ?? `run-TEST${String((runs += 1)).padStart(6, '0')}${process.pid}`;
    const plans: PlanSummary[] = [];
    const drifts: string[] = [];
    const ports: ImportPorts = {
      blobs,
      findDatabase: async (name) => ({
        name,
        url,
        tables: options.settings ?? {},
        ...(options.waybillSchema === undefined ? {} : { waybillSchema: options.waybillSchema }),
      }),
      identities: [],
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      publishReject: async () => undefined,
      identified: async () => undefined,
      log: options.log ?? noLog,
      approvedPlan: async () => options.approved,
    };
    const rest = {
      runId,
      attempt: options.attempt ?? 1,
      ...(options.approved === undefined ? {} : { approvedPlanHash: options.approved.planHash }),
      meta: { actor: 'test', requestId: 'test', client: 'test' },
      signal: options.signal ?? new AbortController().signal,
      progress: (progress: Progress) => options.onProgress?.(progress),
      resolutions: options.resolutions ?? [],
      planned: async (plan: PlanSummary) => void plans.push(plan),
      drifted: async (reason: string) => void drifts.push(reason),
    };
    const done = asked.kind === 'rollback' ? createRollbackHandler(ports)({ ...asked, ...rest }) : createImportHandler(ports)({ ...asked, ...rest });
    const outcome = await done.catch((error: unknown): RunOutcome => {
      if (error instanceof Refusal) return { state: 'refused', code: error.code, message: error.message, details: error.details };
      throw error;
    });
    return { outcome, plans, drifts, runId };
  };
  const write: EngineRig['write'] = (kind, url, upload, options = {}) => run(url, options, requested(kind, upload, options));
  const rollback: EngineRig['rollback'] = (url, taken, options = {}) => {
    const { exclusive = false, approval = 'none', maxDeletes = 'any', onConflict = 'current' } = options;
    return run(url, options, { kind: 'rollback', input: { database: 'target', run: taken, exclusive, approval, maxDeletes, onConflict } });
  };
  return {
    blobs,
    export: async (url, options = {}) => {
      const session = await openSession(url, { purpose: 'test export' });
      try {
        await ensureTargetSchema(session);
        const found = await identify(session);
        const target = join(folder, `export-${(runs += 1)}.tar.zst`);
        const writer = await createArchiveWriter(target, { compression: 'zstd', recipients: [] });
        await exportDatabase(session, {
          ...(options.tables === undefined ? {} : { tables: options.tables }),
          ...(options.selection === undefined ? {} : { selection: options.selection }),
          settings: options.settings ?? {},
          identity: { databaseId: found.databaseId ?? '', name: found.name, systemIdentifier: found.systemIdentifier, oid: found.oid },
          timestamp: new Date(0).toISOString(),
          writer,
          progress: () => undefined,
          signal: new AbortController().signal,
        });
        return (await blobs.adopt(target)).sha256;
      } finally {
        await session.close();
      }
    },
    import: (url, upload, options) => write('import', url, upload, options),
    write,
    rollback,
  };
};
