import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TableSettings } from '../../src/domain/catalogue/key.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import type { ImportInput, PlanSummary, Progress } from '../../src/domain/run/run.ts';
import { exportDatabase } from '../../src/engine/export/export-database.ts';
import { ensureTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import type { RunOutcome } from '../../src/events/job.ts';
import { createImportHandler } from '../../src/events/projectors/database/run-import.ts';
import { createArchiveWriter } from '../../src/infra/archive/write-archive.ts';
import { openBlobStore, type BlobStore } from '../../src/infra/blobs/blob-store.ts';
import { identify } from '../../src/infra/postgres/identity.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { noLog } from './no-log.ts';

/** The engine without server, log and queue: an export and an import of one archive, with everything the handler said. */
export type EngineRig = {
  readonly blobs: BlobStore;
  export(url: string, options?: { readonly tables?: readonly string[]; readonly settings?: Readonly<Record<string, TableSettings>> }): Promise<string>;
  import(url: string, upload: string, options?: ImportOptions): Promise<Imported>;
};
export type ImportOptions = Partial<ImportInput> & {
  readonly settings?: Readonly<Record<string, TableSettings>>;
  readonly runId?: string;
  readonly waybillSchema?: string;
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  readonly approved?: PlanSummary;
  readonly onProgress?: (progress: Progress) => void;
};
export type Imported = { readonly outcome: RunOutcome; readonly plans: readonly PlanSummary[]; readonly drifts: readonly string[]; readonly runId: string };

let runs = 0;

export const createEngineRig = async (): Promise<EngineRig> => {
  const folder = await mkdtemp(join(inject('tempFolder'), 'engine-'));
  const blobs = await openBlobStore(join(folder, 'blobs'));
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
    import: async (url, upload, options = {}) => {
      const runId = options.runId ?? `run-TEST${String((runs += 1)).padStart(6, '0')}${process.pid}`;
      const plans: PlanSummary[] = [];
      const drifts: string[] = [];
      const handler = createImportHandler({
        blobs,
        findDatabase: async (name) => ({
          name,
          url,
          tables: options.settings ?? {},
          ...(options.waybillSchema === undefined ? {} : { waybillSchema: options.waybillSchema }),
        }),
        identities: [],
        publishReject: async () => undefined,
        identified: async () => undefined,
      log: noLog,
        approvedPlan: async () => options.approved,
      });
      const outcome = await handler({
        kind: 'import',
        input: {
          upload,
          fileName: 'test.tar.zst',
          database: 'target',
          ...(options.tables === undefined ? {} : { tables: options.tables }),
          onError: options.onError ?? 'reject-all',
          exclusive: options.exclusive ?? false,
          rebuild: options.rebuild ?? 'auto',
          approval: options.approval ?? 'none',
        },
        runId,
        attempt: options.attempt ?? 1,
        ...(options.approved === undefined ? {} : { approvedPlanHash: options.approved.planHash }),
        meta: { actor: 'test', requestId: 'test', client: 'test' },
        signal: options.signal ?? new AbortController().signal,
        progress: (progress) => options.onProgress?.(progress),
        resolutions: [],
        planned: async (plan) => void plans.push(plan),
        drifted: async (reason) => void drifts.push(reason),
      }).catch((error: unknown): RunOutcome => {
        if (error instanceof Refusal) return { state: 'refused', code: error.code, message: error.message, details: error.details };
        throw error;
      });
      return { outcome, plans, drifts, runId };
    },
  };
};
