import type { IssueCode } from '../issue.ts';

/** One run: the words that commands, events, read models, GraphQL and CLI share. */
export const runKinds = ['export', 'import'] as const;
export type RunKind = (typeof runKinds)[number];

/**
 * requested -> running -> completed | refused | failed | cancelled;
 * with approval: requested -> running -> planned -> approved -> running -> ...
 * A lost attempt (worker gone) stays `running` and gets the next attempt number.
 */
export const runStates = ['requested', 'running', 'planned', 'approved', 'completed', 'refused', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

export const verdicts = ['insert', 'update', 'same', 'keep', 'delete', 'conflict', 'blocked'] as const;
export type Verdict = (typeof verdicts)[number];
/** staged = insert + update + same + keep + blocked + conflict, for every table (DESIGN 5). `delete` rows were not staged. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

export type ErrorPolicy = 'reject-all' | 'reject-rows';

export type ImportInput = {
  /** The archive: SHA-256 of an upload in the blob store. */
  readonly upload: string;
  readonly fileName: string;
  /** Registered name of the target; never a URL with a password. */
  readonly database: string;
  readonly tables?: readonly string[];
  readonly onError: ErrorPolicy;
  /** Table locks instead of retries (ENGINE-RULES 11). */
  readonly exclusive: boolean;
  /** `never` forbids the fast load (ENGINE-RULES 18). */
  readonly rebuild: 'auto' | 'never';
  readonly approval: 'none' | 'required';
};

export type ExportInput = {
  readonly database: string;
  readonly tables?: readonly string[];
  readonly compression: 'zstd' | 'gzip';
  /** age recipients (`age1...`); empty for none. */
  readonly recipients: readonly string[];
  /** File name below the backup folder, or for in-process CLI calls an absolute path; default `backup_<database>_<epoch ms>.tar.zst`. */
  readonly out?: string;
};

export type TablePlan = {
  /** `schema.table`. */
  readonly table: string;
  readonly counts: VerdictCounts;
  readonly ids: 'preserve' | 'remap' | 'keep';
};

export type IssueCount = { readonly table: string; readonly code: IssueCode; readonly count: number };

/** A file in the blob store that an event names; verified with the log. */
export type BlobReference = { readonly sha256: string; readonly bytes: number };

export type PlanSummary = {
  readonly planHash: string;
  readonly catalogueFingerprint: string;
  readonly tables: readonly TablePlan[];
  readonly issues: readonly IssueCount[];
  /** JSON lines of `Issue`, complete. */
  readonly issueFile?: BlobReference;
  /** Things a plan cannot foresee, and what travels by name only: printed with the plan. */
  readonly notes: readonly string[];
};

export type ImportResult = {
  readonly kind: 'import';
  /** Which archive it was: the file, the database that exported it, and the exporting run where the archive names it. */
  readonly archive?: { readonly sha256: string; readonly databaseId: string; readonly run?: string };
  readonly plan: PlanSummary;
  readonly tables: readonly TablePlan[];
  readonly rejected: number;
  /** Archive of the rejected rows, importable again. */
  readonly rejectFile?: BlobReference & { readonly name: string };
  readonly ledgerFile?: BlobReference;
  readonly seconds: number;
  /** Differences a trigger made, tables loaded the fast way, and the like. */
  readonly notes: readonly string[];
};

export type ExportResult = {
  readonly kind: 'export';
  /** The archive's file name; its bytes are in the blob store only when small or asked for. */
  readonly file: string;
  readonly archive: BlobReference;
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly bytes: number }[];
  readonly seconds: number;
  readonly notes: readonly string[];
};

export type RunResult = ImportResult | ExportResult;

export const phases = [
  'queued',
  'connecting',
  'waiting for lock',
  'reading',
  'staging',
  'validating',
  'resolving',
  'planning',
  'applying',
  'recording',
  'exporting',
  'done',
] as const;
export type Phase = (typeof phases)[number];

/** The latest state of a run's work: one stored row, monotone in `sequence`, never an event. */
export type Progress = {
  readonly phase: Phase;
  readonly table?: string;
  readonly tablesDone: number;
  readonly tablesTotal: number;
  readonly rows: number;
  readonly rowsTotal?: number;
  readonly bytes: number;
  readonly bytesTotal?: number;
  /** For `waiting for lock`: who holds it, in words. */
  readonly waitingFor?: string;
  /** Age of the transaction in the target, in seconds: as long as it is open, vacuum removes nothing younger (ENGINE-RULES 29). */
  readonly transactionSeconds?: number;
};

export const noVerdicts: VerdictCounts = { insert: 0, update: 0, same: 0, keep: 0, delete: 0, conflict: 0, blocked: 0 };
