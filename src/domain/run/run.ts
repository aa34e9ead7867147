import type { IssueCode } from '../issue.ts';

/** One run: the words that commands, events, read models, GraphQL and CLI share. */
export const runKinds = ['export', 'import', 'merge', 'replace', 'rollback', 'replay'] as const;
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

/** What every run that writes a database is asked with. */
export type WriteInput = {
  /** Registered name of the target; never a URL with a password. */
  readonly database: string;
  /** Table locks instead of retries (ENGINE-RULES 11). */
  readonly exclusive: boolean;
  readonly approval: 'none' | 'required';
};

export type ImportInput = WriteInput & {
  /** The archive: SHA-256 of an upload in the blob store. */
  readonly upload: string;
  readonly fileName: string;
  readonly tables?: readonly string[];
  readonly onError: ErrorPolicy;
  /** `never` forbids the fast load (ENGINE-RULES 18). */
  readonly rebuild: 'auto' | 'never';
};

/** What becomes of a cell that both sides changed: `newest:COLUMN` takes the side whose row has the greater value there. */
export type ConflictPolicy = 'fail' | 'incoming' | 'current' | `newest:${string}`;

/** How much a run may delete (ENGINE-RULES 26): percent of a table's rows, with more than 10 rows; `any` also empties tables. */
export type DeleteGuard = { readonly maxDeletes: number | 'any' };

export type MergeInput = ImportInput &
  DeleteGuard & {
    /** `auto`: found per row through lineage; `none`: two-way; else the SHA-256 of the archive that both sides held. */
    readonly base: string;
    readonly onConflict: ConflictPolicy;
    /** Other policies for some tables, by `schema.table`. */
    readonly conflictPolicies?: Readonly<Record<string, ConflictPolicy>>;
    /** Whether rows that the source deleted since the base are deleted here too. */
    readonly deletes: boolean;
  };

export type ReplaceInput = ImportInput & DeleteGuard;

export type RollbackInput = WriteInput &
  DeleteGuard & {
    /** The run that is taken back. */
    readonly run: string;
    /** A cell that was changed since: it stays (`current`), it goes back all the same (`incoming`), or nothing is written (`fail`). */
    readonly onConflict: Exclude<ConflictPolicy, `newest:${string}`>;
  };

export type ReplayInput = {
  /** The empty, migrated database that is filled. */
  readonly database: string;
  /** Whose runs: the registered name under which they were made. */
  readonly of: string;
  /** Runs that were completed up to this position of the log, or this time (ISO 8601); absent: all. */
  readonly until?: { readonly position: number } | { readonly at: string };
  /** Only these runs. */
  readonly runs?: readonly string[];
  /** SHA-256 of a full export that stands in for the runs before it. */
  readonly from?: string;
};

/** A person's word on conflicts: as narrow as it says; of several that fit, the last one counts. */
export type Resolution = {
  /** `schema.table`; absent: every table. */
  readonly table?: string;
  /** The row's name as the conflict shows it; absent: every row. */
  readonly row?: string;
  /** Absent: every cell, and rows that one side deleted. */
  readonly column?: string;
  readonly take: 'incoming' | 'current';
};

/** One line of a plan's row file: what will become of a row, cell by cell. References by the parent's name, never by id (ENGINE-RULES 9). */
export type RowChange = {
  readonly table: string;
  /** The row's name: its key as text, several columns as an array's text. */
  readonly row: string;
  readonly verdict: 'update' | 'delete' | 'keep' | 'conflict' | 'blocked';
  /** Which side has no such row any more. */
  readonly deletedBy?: 'incoming' | 'current';
  readonly cells: readonly CellChange[];
};

export type CellChange = {
  readonly column: string;
  /** Absent: not known. */
  readonly base?: string | null;
  readonly current: string | null;
  readonly incoming: string | null;
  readonly outcome: 'incoming' | 'current' | 'clash';
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
  /** Columns of the archive that are not written: excluded by the settings, or computed here. */
  readonly leftColumns?: readonly string[];
  /** Where the table has no primary key: the columns by which the ledger names its rows. */
  readonly rowKey?: readonly string[];
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
  /** JSON lines of `RowChange`: updates, deletes and conflicts, complete; of plans that wait and of those with conflicts. */
  readonly rowFile?: BlobReference;
  /** The archives from which bases were taken, newest first. */
  readonly bases?: readonly string[];
  /** Things a plan cannot foresee, and what travels by name only: printed with the plan. */
  readonly notes: readonly string[];
};

export const writeKinds = ['import', 'merge', 'replace', 'rollback'] as const;
export type WriteKind = (typeof writeKinds)[number];

/** What a run did that wrote a database. */
export type WriteResult = {
  readonly kind: WriteKind;
  /** The run that was taken back. */
  readonly rolledBack?: string;
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
  /** The archive's file name; its bytes are in the blob store too, unless a note says that they could not be kept. */
  readonly file: string;
  readonly archive: BlobReference;
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly bytes: number }[];
  readonly seconds: number;
  readonly notes: readonly string[];
};

/** What was done again, run by run, and what did not come out as recorded: changed outside Waybill (ENGINE-RULES 23). */
export type ReplayResult = {
  readonly kind: 'replay';
  readonly runs: readonly { readonly run: string; readonly kind: WriteKind; readonly position: number }[];
  readonly tables: readonly TablePlan[];
  /** Per table the first run that met rows which no run had written so. */
  readonly foreign: readonly { readonly run: string; readonly table: string; readonly rows: number; readonly examples: readonly string[] }[];
  /** JSON lines of every foreign edit. */
  readonly foreignFile?: BlobReference;
  readonly seconds: number;
  readonly notes: readonly string[];
};

export type RunResult = WriteResult | ExportResult | ReplayResult;

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
