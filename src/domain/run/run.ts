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

export const fileEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1', 'macintosh'] as const;
export type FileEncoding = (typeof fileEncodings)[number];

/** How one CSV or JSON-lines file is read into one table: complete, found once when the run is asked for, and recorded. */
export type FileFormat =
  | {
      readonly kind: 'csv';
      /** `schema.table`. */
      readonly table: string;
      readonly delimiter: string;
      readonly quote: string;
      readonly encoding: FileEncoding;
      /** `true`: its first line; else the names, and the first line is a row. */
      readonly header: true | readonly string[];
      /** Unquoted text that is NULL; usually the empty one. */
      readonly nulls: string;
      readonly unknown: 'refuse' | 'ignore';
      /** Written so that a spreadsheet takes no cell for a formula: the apostrophe before such a cell is not part of it. */
      readonly safe: boolean;
      /** Lines that begin so are skipped. */
      readonly comments?: string;
      /** What names of the header are called in the table; null: what a snapshot counted. Others are called as they are. */
      readonly names?: Readonly<Record<string, string | null>>;
    }
  | {
      readonly kind: 'jsonl';
      readonly table: string;
      readonly encoding: FileEncoding;
      /** What a key that a line does not have means. */
      readonly missing: 'auto' | 'null' | 'refuse';
      readonly unknown: 'refuse' | 'ignore';
    };

/** What somebody says of a file; the rest is found by looking. */
export type FileFormatGiven = {
  readonly kind?: 'csv' | 'jsonl';
  readonly table?: string;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: FileEncoding;
  readonly hasHeader?: boolean;
  readonly columns?: readonly string[];
  readonly nulls?: string;
  readonly comments?: string;
  readonly unknown?: 'refuse' | 'ignore';
  readonly missing?: 'auto' | 'null' | 'refuse';
  readonly spreadsheetSafe?: boolean;
};

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
  /** Present: the upload is one CSV or JSON-lines file, read so. */
  readonly file?: FileFormat;
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

export const comparisons = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'like', 'in', 'null', 'not-null'] as const;
/** Compared by the column's own type. */
export type Condition = { readonly column: string; readonly is: (typeof comparisons)[number]; readonly values: readonly string[] };

/** Rows by their keys, by conditions that all hold, or by both. */
export type RowFilter = { readonly keys?: readonly (readonly string[])[]; readonly where?: readonly Condition[] };

export type ExportSelection = {
  /** By `schema.table`; tables that are not named are whole. */
  readonly rows?: Readonly<Record<string, RowFilter>>;
  /** Whether the rows that the selected ones refer to come too. */
  readonly parents: boolean;
};

export type ExportInput = {
  readonly database: string;
  readonly tables?: readonly string[];
  readonly compression: 'zstd' | 'gzip';
  /** age recipients (`age1...`); empty for none. */
  readonly recipients: readonly string[];
  /** File name below the backup folder, or for in-process CLI calls an absolute path; default `backup_<database>_<epoch ms>.tar.zst`. */
  readonly out?: string;
  /** Absent: an archive. */
  readonly format?: 'archive' | 'csv' | 'jsonl' | 'json';
  /** Which folder; `store` is the blob store alone. Absent: the backup folder. */
  readonly to?: 'backup' | 'exchange' | 'store';
  readonly selection?: ExportSelection;
  /** CSV that a spreadsheet takes no formula from. */
  readonly safe?: boolean;
  /** What single files say of a row's parents: their ids, their keys in columns of their own, or both. Absent: ids. */
  readonly references?: 'id' | 'key' | 'both';
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
  readonly archive?: { readonly sha256: string; readonly databaseId: string; readonly run?: string; readonly file?: FileFormat };
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
  /** Of an export that is no archive: each file, with its table unless it holds several. */
  readonly files?: readonly (BlobReference & { readonly name: string; readonly table?: string; readonly rows: number })[];
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
