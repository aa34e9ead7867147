import type { ExportInput, ImportInput, MergeInput, PlanSummary, ReplaceInput, ReplayInput, Resolution, RollbackInput, RunResult } from './run.ts';

/** Facts a person would audit, about eight per run (DESIGN 4). Stream `run-<ulid>`. */
export type RunEvent =
  | { readonly type: 'ImportRequested'; readonly data: ImportInput }
  | { readonly type: 'ExportRequested'; readonly data: ExportInput }
  | { readonly type: 'MergeRequested'; readonly data: MergeInput }
  | { readonly type: 'ReplaceRequested'; readonly data: ReplaceInput }
  | { readonly type: 'RollbackRequested'; readonly data: RollbackInput }
  | { readonly type: 'ReplayRequested'; readonly data: ReplayInput }
  | { readonly type: 'RunStarted'; readonly data: { readonly attempt: number; readonly worker: string } }
  /** A worker was seen to be gone, its lease ran out, it was stopped, or a fault is worth another try; the next attempt follows. */
  | {
      readonly type: 'RunAttemptLost';
      readonly data: { readonly attempt: number; readonly cause: 'worker-gone' | 'lease-expired' | 'worker-stopped' | 'retry'; readonly reason: string };
    }
  /** The target changed between plan and apply; planned again (or refused, when the plan was approved). */
  | { readonly type: 'RunDrifted'; readonly data: { readonly attempt: number; readonly reason: string; readonly tables: readonly string[] } }
  | { readonly type: 'RunPlanned'; readonly data: PlanSummary }
  /** A person's word on conflicts of the plan that waits; the plan itself stays the one that was read. */
  | { readonly type: 'ConflictsResolved'; readonly data: { readonly resolutions: readonly Resolution[] } }
  | { readonly type: 'PlanApproved'; readonly data: { readonly planHash: string } }
  | { readonly type: 'RunCompleted'; readonly data: RunResult }
  | { readonly type: 'RunRefused'; readonly data: { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> } }
  | { readonly type: 'RunFailed'; readonly data: { readonly code: string; readonly message: string } }
  | { readonly type: 'CancelRequested'; readonly data: Readonly<Record<string, never>> }
  | { readonly type: 'RunCancelled'; readonly data: { readonly phase: string } };

/** Stream `upload-<ulid>`: one event, the content is addressed by its hash. */
export type UploadEvent = { readonly type: 'UploadStored'; readonly data: { readonly sha256: string; readonly bytes: number; readonly name: string } };

/** Stream `database-<ulid>`; the URL is kept in the settings or encrypted beside the log, never in an event. */
export type DatabaseEvent =
  | { readonly type: 'DatabaseRegistered'; readonly data: { readonly name: string; readonly server: string } }
  /** The id row found in, or given to, the database (ENGINE-RULES 25). */
  | {
      readonly type: 'DatabaseIdentified';
      readonly data: { readonly name: string; readonly databaseId: string; readonly systemIdentifier: string; readonly oid: number };
    }
  /** The database is older than the log: a backup was put back. What the lost runs wrote is not there any more. */
  | { readonly type: 'DatabaseRestored'; readonly data: { readonly name: string; readonly databaseId: string; readonly lostRuns: readonly string[] } };

export type DomainEvent = RunEvent | UploadEvent | DatabaseEvent;

export type Metadata = {
  /** API key's name, the operating-system user for in-process CLI calls, else `local`. */
  readonly actor: string;
  readonly apiKey?: string;
  readonly requestId: string;
  readonly correlation?: string;
  readonly causation?: string;
  /** `cli`, `graphql`, `worker`, ... */
  readonly client: string;
};

export type StoredEvent = {
  readonly position: number;
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly schemaVersion: number;
  readonly event: DomainEvent;
  readonly metadata: Metadata;
  readonly at: string;
  readonly hash: string;
};
