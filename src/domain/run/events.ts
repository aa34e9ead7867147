import type { AccessRefusal, NewKey } from '../key/key.ts';
import type { SeedReport } from '../seed/report.ts';
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
export type UploadEvent = {
  readonly type: 'UploadStored';
  readonly data: {
    readonly sha256: string;
    readonly bytes: number;
    readonly name: string;
    readonly via?: 'graphql' | 'post' | 'tus' | 'inbox' | 'cli';
    /** As it was sent, where it was stored expanded. */
    readonly wire?: { readonly sha256: string; readonly bytes: number; readonly compression: 'none' | 'gzip' | 'zstd' };
    /** The name under which it arrived in the inbox. */
    readonly inbox?: string;
  };
};

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

/** Stream `key-<ulid>`; a refused attempt whose key is not known has a stream `access-<ulid>`. Neither a key nor its hash is ever in an event. */
export type KeyEvent =
  | { readonly type: 'KeyCreated'; readonly data: NewKey }
  | { readonly type: 'KeyRotated'; readonly data: { readonly generation: number; readonly overlapUntil: string } }
  | { readonly type: 'KeyRevoked'; readonly data: { readonly reason?: string } }
  | { readonly type: 'AccessRefused'; readonly data: AccessRefusal };

/** Stream `inbox-<ulid>`: one file that came into the inbox, or, by a rule, into the exchange folder. */
export type InboxEvent =
  | {
      readonly type: 'InboxFileArrived';
      readonly data: {
        readonly folder: 'inbox' | 'exchange';
        readonly name: string;
        readonly sha256: string;
        readonly bytes: number;
        /** Id of the upload that holds its content. */
        readonly upload: string;
        readonly by: 'upload' | 'hand';
      };
    }
  /** `rule` is what the rule matches. */
  | { readonly type: 'InboxFileTaken'; readonly data: { readonly run: string; readonly rule?: string; readonly mode: 'import' | 'merge' } }
  | {
      readonly type: 'InboxFileSettled';
      /** Without a run: none could be asked for. */
      readonly data: {
        readonly run?: string;
        readonly state: 'imported' | 'failed';
        readonly code?: string;
        readonly message?: string;
        readonly movedTo?: string;
      };
    }
  | { readonly type: 'InboxFileRejected'; readonly data: { readonly reason: string } }
  | { readonly type: 'InboxFileRetried'; readonly data: Readonly<Record<string, never>> }
  /** Somebody took the file while it waited. */
  | { readonly type: 'InboxFileGone'; readonly data: Readonly<Record<string, never>> };

/** Stream `seed-<ulid>`: one. */
export type SeedEvent = { readonly type: 'SeedSynced'; readonly data: SeedReport };

/** Stream `link-<ulid>`: one; the link itself is never in it. */
export type LinkEvent = { readonly type: 'LinkMade'; readonly data: { readonly sha256: string; readonly name: string; readonly expiresAt: string } };

/** Stream `retention-<ulid>`: one. */
export type RetentionEvent = {
  readonly type: 'RetentionApplied';
  readonly data: { readonly folder: 'inbox' | 'exchange' | 'sent'; readonly files: readonly string[]; readonly bytes: number };
};

/** What led to a snapshot: a run of ours, hooks or polling, somebody, or that the watching began. */
export type SnapshotCause = 'run' | 'hooks' | 'polling' | 'request' | 'start';

/** Stream `snapshot-<ulid>`: one. */
export type SnapshotEvent =
  | {
      readonly type: 'SnapshotWritten';
      readonly data: {
        readonly database: string;
        readonly by: SnapshotCause;
        readonly run?: string;
        /** In which something differed. */
        readonly tables: readonly string[];
        /** Those that were written; of very many the first. */
        readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string; readonly rows: number }[];
        /** How many files and tables the lists leave out. */
        readonly more?: number;
        readonly bytesRead: number;
        readonly bytesWritten: number;
        readonly milliseconds: number;
      };
    }
  /** Said when it begins; it is tried again until one is written. */
  | { readonly type: 'SnapshotFailed'; readonly data: { readonly database: string; readonly code: string; readonly message: string } };

export type DomainEvent = RunEvent | UploadEvent | DatabaseEvent | KeyEvent | InboxEvent | SeedEvent | LinkEvent | RetentionEvent | SnapshotEvent;

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
