/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Which plan. */
export type ApplyPlanInput = {
  /** The hash of the plan that was read. If the run’s plan is another one, applying is refused. */
  readonly planHash?: string | null | undefined;
  /** The run that waits with a plan. */
  readonly run: string;
};

/** How far to go. */
export type ApplyRulesInput = {
  /** Records what lies in the folders, and imports nothing. */
  readonly onlyLook?: boolean | null | undefined;
};

/** Which run. */
export type CancelRunInput = {
  /** The run. */
  readonly run: string;
};

/** What becomes of a cell. */
export type CellOutcome =
  /** Both sides changed it: somebody has to decide. */
  | 'CLASH'
  /** The cell stays as it is. */
  | 'CURRENT'
  /** The incoming value is written. */
  | 'INCOMING';

/** What a condition says of a column. */
export type Comparison =
  /** Equal to the value, as the column’s own type compares. */
  | 'EQ'
  /** Greater than it, or equal. */
  | 'GE'
  /** Greater than it. */
  | 'GT'
  /** Equal to one of the values. */
  | 'IN'
  /** Less than it, or equal. */
  | 'LE'
  /** Its text fits the pattern: `%` for any text, `_` for any character. */
  | 'LIKE'
  /** Less than it. */
  | 'LT'
  /** Not equal to it, and not NULL. */
  | 'NE'
  /** Anything but NULL; takes no value. */
  | 'NOT_NULL'
  /** NULL; takes no value. */
  | 'NULL';

/** How an archive is compressed. */
export type Compression =
  /** `.tar.gz`. */
  | 'GZIP'
  /** `.tar.zst`. */
  | 'ZSTD';

/** A condition on one column. */
export type ConditionInput = {
  /** Its name, exactly. */
  readonly column: string;
  /** How it is compared. */
  readonly is: Comparison;
  /** As PostgreSQL writes values of this type; one, but for `IN`. */
  readonly values?: ReadonlyArray<string> | null | undefined;
};

/** What the key is called, and what it may do. */
export type CreateKeyInput = {
  /** The registered databases that it may touch; others look as if they were not there. Default: all. */
  readonly databases?: ReadonlyArray<string> | null | undefined;
  /** When it stops working. Default: never. */
  readonly expiresAt?: string | null | undefined;
  /** Its name: events carry it for ever, so no other key gets it again. */
  readonly name: string;
  /** What it may do. ADMIN includes everything. */
  readonly scopes: ReadonlyArray<Scope>;
  /** Whether its mutations and uploads must be signed. */
  readonly signed?: boolean | null | undefined;
  /** The tables that it may touch, each as `schema.table`. Default: all. */
  readonly tables?: ReadonlyArray<string> | null | undefined;
};

/** Which of two databases has a row. */
export type DataSide =
  /** Both, and they differ. */
  | 'BOTH'
  /** The first one only. */
  | 'ONLY_A'
  /** The second one only. */
  | 'ONLY_B';

/** A file that an export wrote. */
export type DownloadLinkInput = {
  /** How long the link holds. Default: the setting `linkHours`. */
  readonly hours?: number | null | undefined;
  /** The export. */
  readonly run: string;
  /** Which of its files, by SHA-256; needed where there are several. */
  readonly sha256?: string | null | undefined;
};

/** What bad rows mean for the rest. */
export type ErrorPolicy =
  /** Any issue, and nothing is written. */
  | 'REJECT_ALL'
  /** Bad rows and what depends on them stay out and go to a re-importable reject file; the rest is one transaction. */
  | 'REJECT_ROWS';

/** Only events to which all of this applies. */
export type EventFilter = {
  /** Done by this actor. */
  readonly actor?: string | null | undefined;
  /** Of runs on this database, and of the database itself. */
  readonly database?: string | null | undefined;
  /** Of runs of this kind. */
  readonly kind?: RunKind | null | undefined;
  /** Of this run. */
  readonly run?: string | null | undefined;
  /** Of runs that are in one of these states now. */
  readonly states?: ReadonlyArray<RunState> | null | undefined;
  /** Of this stream. */
  readonly stream?: string | null | undefined;
  /** Of runs that touch this table, `schema.table`; it is known when they have planned. */
  readonly table?: string | null | undefined;
  /** Of one of these types. */
  readonly types?: ReadonlyArray<EventType> | null | undefined;
};

/** What an event says happened. */
export type EventType =
  | 'AccessRefused'
  | 'CancelRequested'
  | 'ConflictsResolved'
  | 'DatabaseIdentified'
  | 'DatabaseRegistered'
  | 'DatabaseRestored'
  | 'ExportRequested'
  | 'ImportRequested'
  | 'InboxFileArrived'
  | 'InboxFileGone'
  | 'InboxFileRejected'
  | 'InboxFileRetried'
  | 'InboxFileSettled'
  | 'InboxFileTaken'
  | 'KeyCreated'
  | 'KeyRevoked'
  | 'KeyRotated'
  | 'LinkMade'
  | 'MergeRequested'
  | 'PlanApproved'
  | 'ReplaceRequested'
  | 'ReplayRequested'
  | 'RetentionApplied'
  | 'RollbackRequested'
  | 'RunAttemptLost'
  | 'RunCancelled'
  | 'RunCompleted'
  | 'RunDrifted'
  | 'RunFailed'
  | 'RunPlanned'
  | 'RunRefused'
  | 'RunStarted'
  | 'SeedSynced'
  | 'SnapshotFailed'
  | 'SnapshotWritten'
  | 'UploadStored';

/** Which nonce. */
export type ExchangeNonceInput = {
  /** 16 to 64 letters and digits, made by chance. */
  readonly nonce: string;
  /** Takes it away again. */
  readonly remove?: boolean | null | undefined;
};

/** What an export is written as. */
export type ExportFormat =
  /** One archive, with everything that merge, replace and replay need. */
  | 'ARCHIVE'
  /** A CSV file for each table: UTF-8, commas, a header; NULL is empty, an empty text is `""`. */
  | 'CSV'
  /** One JSON document of all the tables, rows inside the rows that they belong to. For reading: it is not imported again. */
  | 'JSON'
  /** A file of JSON lines for each table, a row a line. */
  | 'JSONL';

/** What to carry, and how to pack it. */
export type ExportInput = {
  /** How the archive is compressed. */
  readonly compression?: Compression | null | undefined;
  /** The source: a registered name, or a postgres:// URL. */
  readonly database: string;
  /** As what it is written. */
  readonly format?: ExportFormat | null | undefined;
  /** The name of the one file. Default: `backup_<database>_<epoch ms>.tar.zst` for an archive, `<table>.csv`, `<table>.jsonl` or `<table>.json` for a table, `database_export.json` for several. */
  readonly out?: string | null | undefined;
  /** Whether the rows that the chosen ones refer to come too, from whatever table. In an archive those of its own tables come anyhow. */
  readonly parents?: boolean | null | undefined;
  /** age recipients (`age1...`) that the archive is encrypted for. Default: not encrypted. */
  readonly recipients?: ReadonlyArray<string> | null | undefined;
  /** For CSV, JSON lines and JSON; an archive has both. */
  readonly references?: ReferenceForm | null | undefined;
  /** Only these rows of some tables. In JSON, other tables have of theirs what stands inside these. */
  readonly rows?: ReadonlyArray<RowFilterInput> | null | undefined;
  /** CSV only: an apostrophe before what a spreadsheet would run as a formula. Import it with the same option. */
  readonly spreadsheetSafe?: boolean | null | undefined;
  /** Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: those of which `rows` are chosen, else all. */
  readonly tables?: ReadonlyArray<string> | null | undefined;
  /** Which folder. Default: BACKUP for an archive, EXCHANGE for files. */
  readonly to?: ExportPlace | null | undefined;
};

/** Where an export goes. It is in the blob store in any case. */
export type ExportPlace =
  /** The backup folder. */
  | 'BACKUP'
  /** The exchange folder, which the machine’s users share; a file of that name is replaced. */
  | 'EXCHANGE'
  /** The blob store alone: fetch it by `downloadLink`. */
  | 'STORE';

/** A file of the release that could not be transferred. */
export type FailedFileInput = {
  /** Such as `PERMISSION_DENIED` or `DISK_FULL`. */
  readonly code: string;
  /** Below the source, with slashes. */
  readonly path: string;
};

/** How one CSV or JSON-lines file is read into one table; what is not given is found by looking at its name and its beginning. */
export type FileFormatInput = {
  /** Names of the columns of a file that has no header. */
  readonly columns?: ReadonlyArray<string> | null | undefined;
  /** Lines that begin so are skipped. Default: none. */
  readonly comments?: string | null | undefined;
  /** One character. Default: that of `, ; tab |` which every record has equally often. */
  readonly delimiter?: string | null | undefined;
  /** `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`, `iso-8859-1` or `macintosh`. Default: UTF-8, or what a byte order mark says. */
  readonly encoding?: string | null | undefined;
  /** Whether the first record names the columns. Without it they are those of the table, in its order. */
  readonly hasHeader?: boolean | null | undefined;
  /** Default: by the name, else by the first character. */
  readonly kind?: FileKind | null | undefined;
  /** Keys that some lines do not have. */
  readonly missing?: MissingKeys | null | undefined;
  /** Unquoted text that is NULL. Default: empty. */
  readonly nulls?: string | null | undefined;
  /** One ASCII character, or empty if nothing is quoted. Default: `"`. */
  readonly quote?: string | null | undefined;
  /** The apostrophe before what a spreadsheet would take for a formula is taken off again. */
  readonly spreadsheetSafe?: boolean | null | undefined;
  /** `schema.table`, or its name alone. Default: the file’s name without its ending. */
  readonly table?: string | null | undefined;
  /** Columns that the table does not have. */
  readonly unknown?: UnknownColumns | null | undefined;
};

/** What a single file is. */
export type FileKind =
  /** One record a line; RFC 4180 and what spreadsheets write. */
  | 'CSV'
  /** One JSON object a line. */
  | 'JSONL';

/** What becomes of the surrogate ids of new rows. */
export type IdPolicy =
  /** The table has no surrogate id, or ids like UUIDs that are the same everywhere. */
  | 'KEEP'
  /** Kept as they are in the archive. */
  | 'PRESERVE'
  /** New ones from the target’s sequence. */
  | 'REMAP';

/** Which file goes where. */
export type ImportInboxFileInput = {
  /** The target: a registered name, or a postgres:// URL. */
  readonly database: string;
  /** The file: its id, or its name for the newest of that name. */
  readonly file: string;
  /** How to read a CSV or JSON-lines file; what is not given is found by looking. */
  readonly format?: FileFormatInput | null | undefined;
  /** `import` or `merge`. */
  readonly mode?: string | null | undefined;
  /** For a merge: `fail`, `incoming` or `current`. */
  readonly onConflict?: string | null | undefined;
  /** What bad rows mean for the rest. */
  readonly onError?: ErrorPolicy | null | undefined;
  /** The table of a CSV or JSON-lines file, `schema.table` or its name alone; default: by the name of the file. */
  readonly table?: string | null | undefined;
};

/** What goes where, and how. */
export type ImportInput = {
  /** The target: a registered name, or a postgres:// URL. */
  readonly database: string;
  /** Locks the tables against writers instead of planning again when they interfere. */
  readonly exclusive?: boolean | null | undefined;
  /** How to read an upload that is one CSV or JSON-lines file; its name says that it is one, or this does. */
  readonly file?: FileFormatInput | null | undefined;
  /** What bad rows mean for the rest. */
  readonly onError?: ErrorPolicy | null | undefined;
  /** Whether a large, empty table may be loaded the fast way: constraints and indexes dropped and rebuilt inside the transaction. */
  readonly rebuild?: boolean | null | undefined;
  /** Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all. */
  readonly tables?: ReadonlyArray<string> | null | undefined;
  /** The archive: the id of an upload, or its SHA-256. */
  readonly upload: string;
};

/** Which file. */
export type InboxFileInput = {
  /** The file: its id, or its name for the newest of that name. */
  readonly file: string;
};

/** WAITING -> TAKEN by a run -> IMPORTED or FAILED; FAILED -> WAITING by a retry; REJECTED by a person; GONE when somebody took the file away. */
export type InboxState =
  /** The run did not complete; the file is where it was. A retry makes it wait again. */
  | 'FAILED'
  /** Somebody took the file away while it waited. */
  | 'GONE'
  /** The run completed; the file was put away. */
  | 'IMPORTED'
  /** A person said that it is not to come in; the file was put away. */
  | 'REJECTED'
  /** A run has it. */
  | 'TAKEN'
  /** Whole, and nobody has asked for it yet. */
  | 'WAITING';

/** A file of the release that was held back. */
export type KeptFileInput = {
  /** Below the source, with slashes. */
  readonly path: string;
  /** Why, in words. */
  readonly why: string;
};

/** A head that was exported earlier and kept elsewhere. */
export type LogHeadInput = {
  /** Its hash, in hex. */
  readonly hash: string;
  /** Its position. */
  readonly position: number;
};

/** What is merged into what, and how. */
export type MergeInput = {
  /** What both sides once held: `auto` finds it row by row from what the databases exported and took in; `none` merges two-way (incoming wins); else the id of an upload or the SHA-256 of an archive. Of a single file `auto` finds nothing and is `none`: name the file as it was before the edits. */
  readonly base?: string | null | undefined;
  /** Other policies for some tables. */
  readonly conflictPolicies?: ReadonlyArray<TableConflictPolicy> | null | undefined;
  /** The target: a registered name, or a postgres:// URL. */
  readonly database: string;
  /** Whether rows that the other side deleted since the base are deleted here too. */
  readonly deletes?: boolean | null | undefined;
  /** Locks the tables against writers instead of planning again when they interfere. */
  readonly exclusive?: boolean | null | undefined;
  /** How to read an upload that is one CSV or JSON-lines file; its name says that it is one, or this does. */
  readonly file?: FileFormatInput | null | undefined;
  /** Percent of a table’s rows that may be deleted without a refusal; ten rows always may, unless the table would be empty afterwards. 100 allows everything, also emptying tables. */
  readonly maxDeletes?: number | null | undefined;
  /** What becomes of a cell that both sides changed: `fail` (the plan waits with its conflicts), `incoming`, `current`, or `newest:COLUMN` (the side whose row has the greater value in that column). */
  readonly onConflict?: string | null | undefined;
  /** What bad rows mean for the rest. */
  readonly onError?: ErrorPolicy | null | undefined;
  /** Whether a large, empty table may be loaded the fast way: constraints and indexes dropped and rebuilt inside the transaction. */
  readonly rebuild?: boolean | null | undefined;
  /** Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all. */
  readonly tables?: ReadonlyArray<string> | null | undefined;
  /** The archive: the id of an upload, or its SHA-256. */
  readonly upload: string;
};

/** What a key means that some lines of JSON have and this one has not. */
export type MissingKeys =
  /** In an import NULL, or a fault where the column has a default; in a merge always a fault. */
  | 'AUTO'
  /** NULL. */
  | 'NULL'
  /** A fault of the line. */
  | 'REFUSE';

/** What a run is doing. */
export type Phase =
  | 'APPLYING'
  | 'CONNECTING'
  | 'DONE'
  | 'EXPORTING'
  | 'PLANNING'
  | 'QUEUED'
  | 'READING'
  | 'RECORDING'
  | 'RESOLVING'
  | 'STAGING'
  | 'VALIDATING'
  | 'WAITING_FOR_LOCK';

/** What a file says of a row’s parents. */
export type ReferenceForm =
  /** Both. */
  | 'BOTH'
  /** The ids of this database. */
  | 'ID'
  /** Their keys, in columns of their own (`parent_code`): such a file can travel to another database. */
  | 'KEY';

/** Which file, and why. */
export type RejectInboxFileInput = {
  /** The file: its id, or its name for the newest of that name. */
  readonly file: string;
  /** Why: the log keeps it. */
  readonly reason: string;
};

/** What takes the place of what. */
export type ReplaceInput = {
  /** The target: a registered name, or a postgres:// URL. */
  readonly database: string;
  /** Locks the tables against writers instead of planning again when they interfere. */
  readonly exclusive?: boolean | null | undefined;
  /** How to read an upload that is one CSV or JSON-lines file; its name says that it is one, or this does. */
  readonly file?: FileFormatInput | null | undefined;
  /** Percent of a table’s rows that may be deleted without a refusal; ten rows always may, unless the table would be empty afterwards. 100 allows everything, also emptying tables. */
  readonly maxDeletes?: number | null | undefined;
  /** What bad rows mean for the rest. */
  readonly onError?: ErrorPolicy | null | undefined;
  /** Whether a large, empty table may be loaded the fast way: constraints and indexes dropped and rebuilt inside the transaction. */
  readonly rebuild?: boolean | null | undefined;
  /** Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all. */
  readonly tables?: ReadonlyArray<string> | null | undefined;
  /** The archive: the id of an upload, or its SHA-256. */
  readonly upload: string;
};

/** Which runs are done again, and where. */
export type ReplayInput = {
  /** The empty, migrated database that is filled: a registered name, or a postgres:// URL. */
  readonly database: string;
  /** A full export that stands in for the runs before it: the id of an upload, or the SHA-256 of an archive. */
  readonly from?: string | null | undefined;
  /** Whose runs: the name under which they were made. Default: that of `database`. */
  readonly of?: string | null | undefined;
  /** Only these runs. */
  readonly runs?: ReadonlyArray<string> | null | undefined;
  /** Only runs that were completed up to this position of the log. */
  readonly untilPosition?: number | null | undefined;
  /** Only runs that were completed up to this time. */
  readonly untilTime?: string | null | undefined;
};

/** What becomes of conflicts: as narrow as it says; of several that fit, the last one counts. */
export type ResolutionInput = {
  /** Only this column. Default: every cell, and rows that one side deleted. */
  readonly column?: string | null | undefined;
  /** Only this row, by its name as the conflict shows it. Default: all. */
  readonly row?: string | null | undefined;
  /** Only in this table, `schema.table`. Default: all. */
  readonly table?: string | null | undefined;
  /** Whose state is taken. */
  readonly take: Side;
};

/** Which run, and what is decided. */
export type ResolveConflictsInput = {
  /** What is decided, in addition to what was decided before. */
  readonly resolutions: ReadonlyArray<ResolutionInput>;
  /** The run that waits with its plan. */
  readonly run: string;
};

/** Which key stops working, at once. */
export type RevokeKeyInput = {
  /** Its id or its name. */
  readonly key: string;
  /** Why; for the log. */
  readonly reason?: string | null | undefined;
};

/** Which run is taken back, and how. */
export type RollbackInput = {
  /** Locks the tables against writers instead of planning again when they interfere. */
  readonly exclusive?: boolean | null | undefined;
  /** Percent of a table’s rows that may be deleted without a refusal; ten rows always may, unless the table would be empty afterwards. 100 allows everything, also emptying tables. */
  readonly maxDeletes?: number | null | undefined;
  /** What becomes of a cell that was changed since. */
  readonly onConflict?: RollbackPolicy | null | undefined;
  /** The completed run that is taken back. A rollback can be taken back too. */
  readonly run: string;
};

/** What becomes of a cell that was changed after the run. */
export type RollbackPolicy =
  /** It stays as it is, and is counted as kept. */
  | 'CURRENT'
  /** The plan waits with its conflicts; nothing is written. */
  | 'FAIL'
  /** It goes back all the same: the later change is lost. */
  | 'INCOMING';

/** Which key gets a new secret. */
export type RotateKeyInput = {
  /** Its id or its name. */
  readonly key: string;
  /** How long the secret before works too. 0: not at all. A second rotation ends the overlap of the first. */
  readonly overlapHours?: number | null | undefined;
};

/** Rows of one table: those that fit all conditions, and are among the keys where keys are given. */
export type RowFilterInput = {
  /** Rows by the values of their key columns, in the order in which `query database` shows the key. */
  readonly keys?: ReadonlyArray<ReadonlyArray<string>> | null | undefined;
  /** As `schema.table`, or by its name alone where only one has it. */
  readonly table: string;
  /** All of these hold. */
  readonly where?: ReadonlyArray<ConditionInput> | null | undefined;
};

/** Only runs to which all of this applies. */
export type RunFilter = {
  /** Asked for by this actor. */
  readonly actor?: string | null | undefined;
  /** From or into this database. */
  readonly database?: string | null | undefined;
  /** Of this kind. */
  readonly kind?: RunKind | null | undefined;
  /** Asked for not before. */
  readonly since?: string | null | undefined;
  /** In one of these states. */
  readonly states?: ReadonlyArray<RunState> | null | undefined;
  /** That touched this table, `schema.table`. */
  readonly table?: string | null | undefined;
  /** Asked for before. */
  readonly until?: string | null | undefined;
};

/** What kind of work a run is. */
export type RunKind =
  | 'EXPORT'
  | 'IMPORT'
  | 'MERGE'
  | 'REPLACE'
  | 'REPLAY'
  | 'ROLLBACK';

/** REQUESTED -> RUNNING -> COMPLETED, REFUSED, FAILED or CANCELLED; with approval: RUNNING -> PLANNED -> APPROVED -> RUNNING. */
export type RunState =
  | 'APPROVED'
  | 'CANCELLED'
  | 'COMPLETED'
  | 'FAILED'
  | 'PLANNED'
  | 'REFUSED'
  | 'REQUESTED'
  | 'RUNNING';

/** What a key may do. Each query, mutation and subscription, and each route, wants one. */
export type Scope =
  /** Everything, and keys. */
  | 'ADMIN'
  /** Exporting databases, and links to what was exported. */
  | 'EXPORT'
  /** Importing: rows that are new. */
  | 'IMPORT'
  /** Merging, replacing, replaying, and deciding conflicts: rows may change and go. */
  | 'MERGE'
  /** Every query and subscription: runs, plans with the values of rows, events, catalogues. */
  | 'READ'
  /** Taking runs back. */
  | 'ROLLBACK'
  /** Sending files. */
  | 'UPLOAD';

/** A table that was filled from a file of the release. */
export type SeededTableInput = {
  /** The run that did it. */
  readonly run: string;
  /** `schema.table`. */
  readonly table: string;
};

/** One of the two sides of a merge. */
export type Side =
  /** The database as it is. */
  | 'CURRENT'
  /** The archive; for a rollback what the run had found. */
  | 'INCOMING';

/** Of which database. */
export type SnapshotInput = {
  /** A registered name, or a postgres:// URL. */
  readonly database: string;
  /** Takes no notice of what lies there: every file is read and written anew. */
  readonly full?: boolean | null | undefined;
};

/** What one sync of initial data did. Lists have at most 1,000 entries. */
export type SyncReportInput = {
  /** Files that were not there. */
  readonly copied: ReadonlyArray<string>;
  /** Files that could not be transferred. */
  readonly failed: ReadonlyArray<FailedFileInput>;
  /** The folder of the release. */
  readonly from: string;
  /** Files that were held back. */
  readonly kept: ReadonlyArray<KeptFileInput>;
  /** How many entries the lists leave out. */
  readonly more?: number | null | undefined;
  /** Tables that were filled. */
  readonly tables?: ReadonlyArray<SeededTableInput> | null | undefined;
  /** The folder that was brought up to date. */
  readonly to: string;
  /** Files that were replaced. */
  readonly updated: ReadonlyArray<string>;
};

/** What becomes of the conflicts of one table. */
export type TableConflictPolicy = {
  /** One of `fail` (the plan waits with its conflicts), `incoming`, `current`, or `newest:COLUMN` (the side whose row has the greater value in that column). */
  readonly policy: string;
  /** `schema.table`. */
  readonly table: string;
};

/** What columns of the file mean that the table does not have. */
export type UnknownColumns =
  /** They are left out, and a note says so. */
  | 'IGNORE'
  /** The file is refused; a key that only some lines have is a fault of these. */
  | 'REFUSE';

/** A file: either its bytes, or where the server finds it. */
export type UploadInput = {
  /** The bytes, as a part of a multipart request. For small files. */
  readonly file?: File | null | undefined;
  /** The name to show it under; default: its own. */
  readonly name?: string | null | undefined;
  /** A file on the server: `backup/NAME`, `exchange/NAME` or `inbox/NAME`, inside that folder. */
  readonly serverPath?: string | null | undefined;
};

/** What becomes of a row. */
export type Verdict =
  /** Rows that cannot go in; each has an issue. */
  | 'BLOCKED'
  /** Rows changed on both sides. */
  | 'CONFLICT'
  /** Rows that go. */
  | 'DELETE'
  /** New rows. */
  | 'INSERT'
  /** Rows that are there with other values and stay as they are. */
  | 'KEEP'
  /** Rows that are there already, equal in every cell. */
  | 'SAME'
  /** Rows whose incoming state wins. */
  | 'UPDATE';

export type RowHistoryQueryVariables = Exact<{
  database: string;
  table: string;
  key: ReadonlyArray<string> | string;
  first: number;
  after?: string | null | undefined;
}>;


export type RowHistoryQuery = { readonly rowHistory: { readonly edges: ReadonlyArray<{ readonly node: { readonly at: string | null, readonly runId: string, readonly kind: RunKind | null, readonly actor: string | null, readonly verdict: Verdict, readonly rowKey: string, readonly note: string | null, readonly cells: ReadonlyArray<{ readonly column: string, readonly before: string | null, readonly after: string | null }> } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type VerifyDataQueryVariables = Exact<{
  a: string;
  b: string;
  tables?: ReadonlyArray<string> | string | null | undefined;
  asideColumns?: ReadonlyArray<string> | string | null | undefined;
  differences?: number | null | undefined;
}>;


export type VerifyDataQuery = { readonly verifyData: { readonly equal: boolean, readonly notes: ReadonlyArray<string>, readonly tables: ReadonlyArray<{ readonly table: string, readonly equal: boolean, readonly rowsA: number | null, readonly rowsB: number | null, readonly hashA: string | null, readonly hashB: string | null, readonly onlyA: number, readonly onlyB: number, readonly different: number, readonly aside: ReadonlyArray<string>, readonly differences: ReadonlyArray<{ readonly key: string, readonly side: DataSide, readonly cells: ReadonlyArray<{ readonly column: string, readonly a: string | null, readonly b: string | null }> }> }> } };

export type GraphQueryVariables = Exact<{
  database: string;
  tables?: ReadonlyArray<string> | string | null | undefined;
}>;


export type GraphQuery = { readonly graph: { readonly svg: string, readonly phases: ReadonlyArray<{ readonly phase: number, readonly tables: ReadonlyArray<string> }>, readonly circles: ReadonlyArray<{ readonly tables: ReadonlyArray<string> }> } };

export type InboxQueryVariables = Exact<{
  state?: InboxState | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type InboxQuery = { readonly inboxFiles: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly name: string, readonly folder: string, readonly bytes: number, readonly sha256: string, readonly state: InboxState, readonly by: string, readonly actor: string, readonly code: string | null, readonly message: string | null, readonly arrivedAt: string, readonly settledAt: string | null, readonly run: { readonly runId: string } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type InboxLineFragment = { readonly id: string, readonly name: string, readonly folder: string, readonly bytes: number, readonly sha256: string, readonly state: InboxState, readonly by: string, readonly actor: string, readonly code: string | null, readonly message: string | null, readonly arrivedAt: string, readonly settledAt: string | null, readonly run: { readonly runId: string } | null };

export type ImportInboxFileMutationVariables = Exact<{
  input: ImportInboxFileInput;
  idempotencyKey: string;
}>;


export type ImportInboxFileMutation = { readonly importInboxFile:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'Forbidden', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownInboxFile', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type RetryInboxFileMutationVariables = Exact<{
  input: InboxFileInput;
  idempotencyKey: string;
}>;


export type RetryInboxFileMutation = { readonly retryInboxFile:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InboxFilePayload', readonly position: number, readonly file: { readonly id: string, readonly name: string, readonly folder: string, readonly bytes: number, readonly sha256: string, readonly state: InboxState, readonly by: string, readonly actor: string, readonly code: string | null, readonly message: string | null, readonly arrivedAt: string, readonly settledAt: string | null, readonly run: { readonly runId: string } | null } }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownInboxFile', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ChangedFragment = { readonly position: number, readonly file: { readonly id: string, readonly name: string, readonly folder: string, readonly bytes: number, readonly sha256: string, readonly state: InboxState, readonly by: string, readonly actor: string, readonly code: string | null, readonly message: string | null, readonly arrivedAt: string, readonly settledAt: string | null, readonly run: { readonly runId: string } | null } };

export type RejectInboxFileMutationVariables = Exact<{
  input: RejectInboxFileInput;
  idempotencyKey: string;
}>;


export type RejectInboxFileMutation = { readonly rejectInboxFile:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InboxFilePayload', readonly position: number, readonly file: { readonly id: string, readonly name: string, readonly folder: string, readonly bytes: number, readonly sha256: string, readonly state: InboxState, readonly by: string, readonly actor: string, readonly code: string | null, readonly message: string | null, readonly arrivedAt: string, readonly settledAt: string | null, readonly run: { readonly runId: string } | null } }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownInboxFile', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ApplyRulesMutationVariables = Exact<{
  input: ApplyRulesInput;
  idempotencyKey: string;
}>;


export type ApplyRulesMutation = { readonly applyRules:
    | { readonly __typename: 'AppliedRules', readonly pending: number, readonly happened: ReadonlyArray<{ readonly type: string, readonly folder: string, readonly name: string, readonly runId: string | null, readonly code: string | null, readonly message: string | null }> }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ExchangeQueryVariables = Exact<{ [key: string]: never; }>;


export type ExchangeQuery = { readonly exchangeFiles: ReadonlyArray<{ readonly path: string, readonly name: string, readonly bytes: number, readonly modifiedAt: string, readonly old: boolean, readonly pending: boolean }> };

export type ExchangeLineFragment = { readonly path: string, readonly name: string, readonly bytes: number, readonly modifiedAt: string, readonly old: boolean, readonly pending: boolean };

export type ExchangeFileAppearedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ExchangeFileAppearedSubscription = { readonly exchangeFileAppeared: { readonly path: string, readonly name: string, readonly bytes: number, readonly modifiedAt: string, readonly old: boolean, readonly pending: boolean } };

export type ExchangeNonceQueryVariables = Exact<{
  nonce: string;
}>;


export type ExchangeNonceQuery = { readonly exchangeNonce: boolean };

export type WriteExchangeNonceMutationVariables = Exact<{
  input: ExchangeNonceInput;
  idempotencyKey: string;
}>;


export type WriteExchangeNonceMutation = { readonly writeExchangeNonce:
    | { readonly __typename: 'ExchangeNoncePayload', readonly nonce: string }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type KeysQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type KeysQuery = { readonly keys: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly name: string, readonly scopes: ReadonlyArray<Scope>, readonly databases: ReadonlyArray<string> | null, readonly tables: ReadonlyArray<string> | null, readonly signed: boolean, readonly createdBy: string, readonly createdAt: string, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly overlapUntil: string | null, readonly generation: number, readonly lastUsedAt: string | null, readonly lastAddress: string | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type KeyLineFragment = { readonly id: string, readonly name: string, readonly scopes: ReadonlyArray<Scope>, readonly databases: ReadonlyArray<string> | null, readonly tables: ReadonlyArray<string> | null, readonly signed: boolean, readonly createdBy: string, readonly createdAt: string, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly overlapUntil: string | null, readonly generation: number, readonly lastUsedAt: string | null, readonly lastAddress: string | null };

export type CreateKeyMutationVariables = Exact<{
  input: CreateKeyInput;
  idempotencyKey: string;
}>;


export type CreateKeyMutation = { readonly createKey:
    | { readonly __typename: 'CreatedKey', readonly secret: string | null, readonly position: number, readonly key: { readonly id: string, readonly name: string, readonly scopes: ReadonlyArray<Scope>, readonly databases: ReadonlyArray<string> | null, readonly tables: ReadonlyArray<string> | null, readonly signed: boolean, readonly createdBy: string, readonly createdAt: string, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly overlapUntil: string | null, readonly generation: number, readonly lastUsedAt: string | null, readonly lastAddress: string | null } }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type MintedFragment = { readonly secret: string | null, readonly position: number, readonly key: { readonly id: string, readonly name: string, readonly scopes: ReadonlyArray<Scope>, readonly databases: ReadonlyArray<string> | null, readonly tables: ReadonlyArray<string> | null, readonly signed: boolean, readonly createdBy: string, readonly createdAt: string, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly overlapUntil: string | null, readonly generation: number, readonly lastUsedAt: string | null, readonly lastAddress: string | null } };

export type RotateKeyMutationVariables = Exact<{
  input: RotateKeyInput;
  idempotencyKey: string;
}>;


export type RotateKeyMutation = { readonly rotateKey:
    | { readonly __typename: 'CreatedKey', readonly secret: string | null, readonly position: number, readonly key: { readonly id: string, readonly name: string, readonly scopes: ReadonlyArray<Scope>, readonly databases: ReadonlyArray<string> | null, readonly tables: ReadonlyArray<string> | null, readonly signed: boolean, readonly createdBy: string, readonly createdAt: string, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly overlapUntil: string | null, readonly generation: number, readonly lastUsedAt: string | null, readonly lastAddress: string | null } }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownKey', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type RevokeKeyMutationVariables = Exact<{
  input: RevokeKeyInput;
  idempotencyKey: string;
}>;


export type RevokeKeyMutation = { readonly revokeKey:
    | { readonly __typename: 'CreatedKey', readonly secret: string | null, readonly position: number, readonly key: { readonly id: string, readonly name: string, readonly scopes: ReadonlyArray<Scope>, readonly databases: ReadonlyArray<string> | null, readonly tables: ReadonlyArray<string> | null, readonly signed: boolean, readonly createdBy: string, readonly createdAt: string, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly overlapUntil: string | null, readonly generation: number, readonly lastUsedAt: string | null, readonly lastAddress: string | null } }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownKey', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type DownloadLinkMutationVariables = Exact<{
  input: DownloadLinkInput;
  idempotencyKey: string;
}>;


export type DownloadLinkMutation = { readonly downloadLink:
    | { readonly __typename: 'DownloadLink', readonly url: string, readonly expiresAt: string }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type EventsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  newestFirst?: boolean | null | undefined;
  filter?: EventFilter | null | undefined;
  since?: string | null | undefined;
  until?: string | null | undefined;
}>;


export type EventsQuery = { readonly events: { readonly edges: ReadonlyArray<{ readonly node: { readonly position: number, readonly at: string, readonly stream: string, readonly type: EventType, readonly actor: string, readonly data: unknown } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type EventLineFragment = { readonly position: number, readonly at: string, readonly stream: string, readonly type: EventType, readonly actor: string, readonly data: unknown };

export type FollowEventsSubscriptionVariables = Exact<{
  after?: number | null | undefined;
  filter?: EventFilter | null | undefined;
}>;


export type FollowEventsSubscription = { readonly events: { readonly position: number, readonly at: string, readonly stream: string, readonly type: EventType, readonly actor: string, readonly data: unknown } };

export type VerifyLogQueryVariables = Exact<{
  checkBlobs?: boolean | null | undefined;
  head?: LogHeadInput | null | undefined;
}>;


export type VerifyLogQuery = { readonly verifyLog: { readonly ok: boolean, readonly position: number, readonly reason: string | null }, readonly logHead: { readonly position: number, readonly hash: string, readonly at: string | null } };

export type UploadMutationVariables = Exact<{
  input: UploadInput;
  idempotencyKey: string;
}>;


export type UploadMutation = { readonly upload:
    | { readonly __typename: 'FileRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UploadPayload', readonly known: boolean, readonly upload: { readonly id: string, readonly sha256: string, readonly bytes: number, readonly name: string } }
   };

type Refused_ConflictsLeft_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_DatabaseRefused_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_FileFormatRefused_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_FileRefused_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_Forbidden_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_IdempotencyKeyReused_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_InvalidInput_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_OtherRefusal_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_RollbackNotPossible_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_RunEnded_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_RunNotPlanned_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_UnknownConflict_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_UnknownDatabase_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_UnknownInboxFile_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_UnknownKey_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_UnknownRun_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

type Refused_UnknownUpload_Fragment = { readonly code: string, readonly message: string, readonly details: unknown };

export type RefusedFragment =
  | Refused_ConflictsLeft_Fragment
  | Refused_DatabaseRefused_Fragment
  | Refused_FileFormatRefused_Fragment
  | Refused_FileRefused_Fragment
  | Refused_Forbidden_Fragment
  | Refused_IdempotencyKeyReused_Fragment
  | Refused_InvalidInput_Fragment
  | Refused_OtherRefusal_Fragment
  | Refused_RollbackNotPossible_Fragment
  | Refused_RunEnded_Fragment
  | Refused_RunNotPlanned_Fragment
  | Refused_UnknownConflict_Fragment
  | Refused_UnknownDatabase_Fragment
  | Refused_UnknownInboxFile_Fragment
  | Refused_UnknownKey_Fragment
  | Refused_UnknownRun_Fragment
  | Refused_UnknownUpload_Fragment
;

export type ExportMutationVariables = Exact<{
  input: ExportInput;
  idempotencyKey: string;
}>;


export type ExportMutation = { readonly export:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type RequestedFragment = { readonly runId: string, readonly position: number };

export type ImportMutationVariables = Exact<{
  input: ImportInput;
  idempotencyKey: string;
}>;


export type ImportMutation = { readonly import:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type PlanMutationVariables = Exact<{
  input: ImportInput;
  idempotencyKey: string;
}>;


export type PlanMutation = { readonly plan:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ApplyPlanMutationVariables = Exact<{
  input: ApplyPlanInput;
  idempotencyKey: string;
}>;


export type ApplyPlanMutation = { readonly applyPlan:
    | { readonly __typename: 'ConflictsLeft', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunNotPlanned', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type CancelRunMutationVariables = Exact<{
  input: CancelRunInput;
  idempotencyKey: string;
}>;


export type CancelRunMutation = { readonly cancelRun:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunEnded', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type MergeMutationVariables = Exact<{
  input: MergeInput;
  idempotencyKey: string;
}>;


export type MergeMutation = { readonly merge:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ReplaceMutationVariables = Exact<{
  input: ReplaceInput;
  idempotencyKey: string;
}>;


export type ReplaceMutation = { readonly replace:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type RollbackMutationVariables = Exact<{
  input: RollbackInput;
  idempotencyKey: string;
}>;


export type RollbackMutation = { readonly rollback:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RollbackNotPossible', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ReplayMutationVariables = Exact<{
  input: ReplayInput;
  idempotencyKey: string;
}>;


export type ReplayMutation = { readonly replay:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type PlanMergeMutationVariables = Exact<{
  input: MergeInput;
  idempotencyKey: string;
}>;


export type PlanMergeMutation = { readonly planMerge:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type PlanReplaceMutationVariables = Exact<{
  input: ReplaceInput;
  idempotencyKey: string;
}>;


export type PlanReplaceMutation = { readonly planReplace:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'FileFormatRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownUpload', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type PlanRollbackMutationVariables = Exact<{
  input: RollbackInput;
  idempotencyKey: string;
}>;


export type PlanRollbackMutation = { readonly planRollback:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RollbackNotPossible', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type ResolveConflictsMutationVariables = Exact<{
  input: ResolveConflictsInput;
  idempotencyKey: string;
}>;


export type ResolveConflictsMutation = { readonly resolveConflicts:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunNotPlanned', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'RunPayload', readonly runId: string, readonly position: number }
    | { readonly __typename: 'UnknownConflict', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'UnknownRun', readonly code: string, readonly message: string, readonly details: unknown }
   };

export type RunRowsQueryVariables = Exact<{
  id: string;
  table?: string | null | undefined;
  verdict?: Verdict | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type RunRowsQuery = { readonly run: { readonly plan: { readonly rows: { readonly edges: ReadonlyArray<{ readonly node: { readonly table: string, readonly row: string, readonly verdict: Verdict, readonly deletedBy: Side | null, readonly resolution: Side | null, readonly cells: ReadonlyArray<{ readonly column: string, readonly base: string | null, readonly baseKnown: boolean, readonly current: string | null, readonly incoming: string | null, readonly outcome: CellOutcome, readonly resolution: Side | null }> } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null } | null };

export type RowFragment = { readonly table: string, readonly row: string, readonly verdict: Verdict, readonly deletedBy: Side | null, readonly resolution: Side | null, readonly cells: ReadonlyArray<{ readonly column: string, readonly base: string | null, readonly baseKnown: boolean, readonly current: string | null, readonly incoming: string | null, readonly outcome: CellOutcome, readonly resolution: Side | null }> };

export type RunConflictsQueryVariables = Exact<{
  id: string;
  table?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type RunConflictsQuery = { readonly run: { readonly conflicts: { readonly edges: ReadonlyArray<{ readonly node: { readonly table: string, readonly row: string, readonly verdict: Verdict, readonly deletedBy: Side | null, readonly resolution: Side | null, readonly cells: ReadonlyArray<{ readonly column: string, readonly base: string | null, readonly baseKnown: boolean, readonly current: string | null, readonly incoming: string | null, readonly outcome: CellOutcome, readonly resolution: Side | null }> } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null };

export type RunsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: RunFilter | null | undefined;
}>;


export type RunsQuery = { readonly runs: { readonly edges: ReadonlyArray<{ readonly node: { readonly runId: string, readonly kind: RunKind, readonly state: RunState, readonly databaseName: string, readonly fileName: string | null, readonly actor: string, readonly requestedAt: string, readonly endedAt: string | null, readonly lost: boolean, readonly rolledBack: { readonly runId: string } | null, readonly rolledBackBy: { readonly runId: string } | null, readonly failure: { readonly code: string } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type AuditQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: RunFilter | null | undefined;
}>;


export type AuditQuery = { readonly runs: { readonly edges: ReadonlyArray<{ readonly node: { readonly runId: string, readonly kind: RunKind, readonly state: RunState, readonly databaseName: string, readonly fileName: string | null, readonly actor: string, readonly client: string, readonly requestedAt: string, readonly endedAt: string | null, readonly upload: { readonly sha256: string } | null, readonly rolledBack: { readonly runId: string } | null, readonly rolledBackBy: { readonly runId: string } | null, readonly tables: ReadonlyArray<{ readonly table: string, readonly counts: { readonly insert: number, readonly update: number, readonly same: number, readonly keep: number, readonly delete: number, readonly conflict: number, readonly blocked: number } }>, readonly failure: { readonly code: string } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type RunQueryVariables = Exact<{
  id: string;
  issues: number;
}>;


export type RunQuery = { readonly run: { readonly runId: string, readonly kind: RunKind, readonly state: RunState, readonly databaseName: string, readonly fileName: string | null, readonly onError: ErrorPolicy | null, readonly actor: string, readonly client: string, readonly attempt: number, readonly drifts: number, readonly requestedAt: string, readonly startedAt: string | null, readonly endedAt: string | null, readonly position: number, readonly unresolvedConflicts: number, readonly lost: boolean, readonly issues: { readonly edges: ReadonlyArray<{ readonly node: { readonly code: string, readonly table: string, readonly row: number | null, readonly line: number | null, readonly position: number | null, readonly column: string | null, readonly constraint: string | null, readonly value: string | null, readonly message: string } }>, readonly pageInfo: { readonly hasNextPage: boolean } }, readonly events: { readonly edges: ReadonlyArray<{ readonly node: { readonly position: number, readonly type: EventType, readonly at: string, readonly actor: string, readonly data: unknown } }> }, readonly file: { readonly kind: FileKind, readonly table: string, readonly delimiter: string | null, readonly quote: string | null, readonly encoding: string, readonly header: boolean | null, readonly nulls: string | null } | null, readonly plan: { readonly hash: string, readonly notes: ReadonlyArray<string>, readonly bases: ReadonlyArray<string>, readonly issues: ReadonlyArray<{ readonly table: string, readonly code: string, readonly count: number }> } | null, readonly rolledBack: { readonly runId: string, readonly kind: RunKind, readonly fileName: string | null } | null, readonly rolledBackBy: { readonly runId: string } | null, readonly tables: ReadonlyArray<{ readonly table: string, readonly ids: IdPolicy, readonly counts: { readonly insert: number, readonly update: number, readonly same: number, readonly keep: number, readonly delete: number, readonly conflict: number, readonly blocked: number } }>, readonly failure: { readonly code: string, readonly message: string, readonly details: unknown } | null, readonly result:
      | { readonly __typename: 'ExportResult', readonly file: string, readonly seconds: number, readonly notes: ReadonlyArray<string>, readonly archive: { readonly sha256: string, readonly bytes: number }, readonly exported: ReadonlyArray<{ readonly table: string, readonly rows: number, readonly bytes: number }>, readonly files: ReadonlyArray<{ readonly name: string, readonly table: string | null, readonly rows: number, readonly bytes: number, readonly sha256: string }> }
      | { readonly __typename: 'ReplayResult', readonly seconds: number, readonly notes: ReadonlyArray<string>, readonly runCount: number, readonly runs: { readonly edges: ReadonlyArray<{ readonly node: { readonly run: string, readonly kind: RunKind, readonly position: number } }>, readonly pageInfo: { readonly hasNextPage: boolean } }, readonly foreign: ReadonlyArray<{ readonly run: string, readonly table: string, readonly rows: number, readonly examples: ReadonlyArray<string> }>, readonly foreignFile: { readonly sha256: string, readonly bytes: number } | null }
      | { readonly __typename: 'WriteResult', readonly seconds: number, readonly notes: ReadonlyArray<string>, readonly rejected: number, readonly rejectFile: { readonly name: string | null, readonly sha256: string, readonly bytes: number } | null }
     | null } | null };

export type CountsFragment = { readonly insert: number, readonly update: number, readonly same: number, readonly keep: number, readonly delete: number, readonly conflict: number, readonly blocked: number };

export type RunDetailsFragment = { readonly runId: string, readonly kind: RunKind, readonly state: RunState, readonly databaseName: string, readonly fileName: string | null, readonly onError: ErrorPolicy | null, readonly actor: string, readonly client: string, readonly attempt: number, readonly drifts: number, readonly requestedAt: string, readonly startedAt: string | null, readonly endedAt: string | null, readonly position: number, readonly unresolvedConflicts: number, readonly lost: boolean, readonly file: { readonly kind: FileKind, readonly table: string, readonly delimiter: string | null, readonly quote: string | null, readonly encoding: string, readonly header: boolean | null, readonly nulls: string | null } | null, readonly plan: { readonly hash: string, readonly notes: ReadonlyArray<string>, readonly bases: ReadonlyArray<string>, readonly issues: ReadonlyArray<{ readonly table: string, readonly code: string, readonly count: number }> } | null, readonly rolledBack: { readonly runId: string, readonly kind: RunKind, readonly fileName: string | null } | null, readonly rolledBackBy: { readonly runId: string } | null, readonly tables: ReadonlyArray<{ readonly table: string, readonly ids: IdPolicy, readonly counts: { readonly insert: number, readonly update: number, readonly same: number, readonly keep: number, readonly delete: number, readonly conflict: number, readonly blocked: number } }>, readonly failure: { readonly code: string, readonly message: string, readonly details: unknown } | null, readonly result:
    | { readonly __typename: 'ExportResult', readonly file: string, readonly seconds: number, readonly notes: ReadonlyArray<string>, readonly archive: { readonly sha256: string, readonly bytes: number }, readonly exported: ReadonlyArray<{ readonly table: string, readonly rows: number, readonly bytes: number }>, readonly files: ReadonlyArray<{ readonly name: string, readonly table: string | null, readonly rows: number, readonly bytes: number, readonly sha256: string }> }
    | { readonly __typename: 'ReplayResult', readonly seconds: number, readonly notes: ReadonlyArray<string>, readonly runCount: number, readonly runs: { readonly edges: ReadonlyArray<{ readonly node: { readonly run: string, readonly kind: RunKind, readonly position: number } }>, readonly pageInfo: { readonly hasNextPage: boolean } }, readonly foreign: ReadonlyArray<{ readonly run: string, readonly table: string, readonly rows: number, readonly examples: ReadonlyArray<string> }>, readonly foreignFile: { readonly sha256: string, readonly bytes: number } | null }
    | { readonly __typename: 'WriteResult', readonly seconds: number, readonly notes: ReadonlyArray<string>, readonly rejected: number, readonly rejectFile: { readonly name: string | null, readonly sha256: string, readonly bytes: number } | null }
   | null };

export type ProgressSubscriptionVariables = Exact<{
  id: string;
}>;


export type ProgressSubscription = { readonly runProgress: { readonly state: RunState, readonly attempt: number, readonly sequence: number, readonly phase: Phase, readonly table: string | null, readonly tablesDone: number, readonly tablesTotal: number, readonly rows: number, readonly rowsTotal: number | null, readonly bytes: number, readonly bytesTotal: number | null, readonly waitingFor: string | null, readonly transactionSeconds: number | null, readonly at: string } };

export type RecordSyncMutationVariables = Exact<{
  input: SyncReportInput;
  idempotencyKey: string;
}>;


export type RecordSyncMutation = { readonly recordSync:
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'SyncPayload', readonly seedId: string, readonly position: number }
   };

export type SnapshotSchemaQueryVariables = Exact<{
  database: string;
}>;


export type SnapshotSchemaQuery = { readonly snapshotSchema: unknown };

export type SnapshotMutationVariables = Exact<{
  input: SnapshotInput;
  idempotencyKey: string;
}>;


export type SnapshotMutation = { readonly snapshot:
    | { readonly __typename: 'DatabaseRefused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'Forbidden', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'IdempotencyKeyReused', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'OtherRefusal', readonly code: string, readonly message: string, readonly details: unknown }
    | { readonly __typename: 'SnapshotPayload', readonly database: string, readonly fileCount: number, readonly writtenCount: number, readonly tables: ReadonlyArray<string>, readonly bytesRead: number, readonly bytesWritten: number, readonly milliseconds: number, readonly files: ReadonlyArray<{ readonly name: string, readonly bytes: number, readonly rows: number, readonly sha256: string, readonly written: boolean }> }
    | { readonly __typename: 'UnknownDatabase', readonly code: string, readonly message: string, readonly details: unknown }
   };

export const InboxLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"arrivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}}]}}]} as unknown as DocumentNode<InboxLineFragment, unknown>;
export const ChangedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Changed"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFilePayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"arrivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}}]}}]} as unknown as DocumentNode<ChangedFragment, unknown>;
export const ExchangeLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ExchangeLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExchangeFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"modifiedAt"}},{"kind":"Field","name":{"kind":"Name","value":"old"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}}]}}]} as unknown as DocumentNode<ExchangeLineFragment, unknown>;
export const KeyLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"KeyLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"databases"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"signed"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}},{"kind":"Field","name":{"kind":"Name","value":"overlapUntil"}},{"kind":"Field","name":{"kind":"Name","value":"generation"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAddress"}}]}}]} as unknown as DocumentNode<KeyLineFragment, unknown>;
export const MintedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Minted"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreatedKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"KeyLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"KeyLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"databases"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"signed"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}},{"kind":"Field","name":{"kind":"Name","value":"overlapUntil"}},{"kind":"Field","name":{"kind":"Name","value":"generation"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAddress"}}]}}]} as unknown as DocumentNode<MintedFragment, unknown>;
export const EventLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EventLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Event"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"stream"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}}]} as unknown as DocumentNode<EventLineFragment, unknown>;
export const RefusedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RefusedFragment, unknown>;
export const RequestedFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}}]} as unknown as DocumentNode<RequestedFragment, unknown>;
export const RowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Row"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RowChange"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"row"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"deletedBy"}},{"kind":"Field","name":{"kind":"Name","value":"resolution"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"base"}},{"kind":"Field","name":{"kind":"Name","value":"baseKnown"}},{"kind":"Field","name":{"kind":"Name","value":"current"}},{"kind":"Field","name":{"kind":"Name","value":"incoming"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"resolution"}}]}}]}}]} as unknown as DocumentNode<RowFragment, unknown>;
export const CountsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Counts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"VerdictCounts"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"insert"}},{"kind":"Field","name":{"kind":"Name","value":"update"}},{"kind":"Field","name":{"kind":"Name","value":"same"}},{"kind":"Field","name":{"kind":"Name","value":"keep"}},{"kind":"Field","name":{"kind":"Name","value":"delete"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"blocked"}}]}}]} as unknown as DocumentNode<CountsFragment, unknown>;
export const RunDetailsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunDetails"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Run"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"databaseName"}},{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"delimiter"}},{"kind":"Field","name":{"kind":"Name","value":"quote"}},{"kind":"Field","name":{"kind":"Name","value":"encoding"}},{"kind":"Field","name":{"kind":"Name","value":"header"}},{"kind":"Field","name":{"kind":"Name","value":"nulls"}}]}},{"kind":"Field","name":{"kind":"Name","value":"fileName"}},{"kind":"Field","name":{"kind":"Name","value":"onError"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"client"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"drifts"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"plan"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hash"}},{"kind":"Field","name":{"kind":"Name","value":"issues"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"bases"}}]}},{"kind":"Field","name":{"kind":"Name","value":"unresolvedConflicts"}},{"kind":"Field","name":{"kind":"Name","value":"lost"}},{"kind":"Field","name":{"kind":"Name","value":"rolledBack"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"fileName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rolledBackBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"tables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"ids"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Counts"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"failure"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}},{"kind":"Field","name":{"kind":"Name","value":"result"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExportResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"file"}},{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"archive"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"exported"},"name":{"kind":"Name","value":"tables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WriteResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"rejected"}},{"kind":"Field","name":{"kind":"Name","value":"rejectFile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ReplayResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"runCount"}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"foreign"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"examples"}}]}},{"kind":"Field","name":{"kind":"Name","value":"foreignFile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Counts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"VerdictCounts"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"insert"}},{"kind":"Field","name":{"kind":"Name","value":"update"}},{"kind":"Field","name":{"kind":"Name","value":"same"}},{"kind":"Field","name":{"kind":"Name","value":"keep"}},{"kind":"Field","name":{"kind":"Name","value":"delete"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"blocked"}}]}}]} as unknown as DocumentNode<RunDetailsFragment, unknown>;
export const RowHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RowHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"database"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"table"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rowHistory"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"database"},"value":{"kind":"Variable","name":{"kind":"Name","value":"database"}}},{"kind":"Argument","name":{"kind":"Name","value":"table"},"value":{"kind":"Variable","name":{"kind":"Name","value":"table"}}},{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"rowKey"}},{"kind":"Field","name":{"kind":"Name","value":"note"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"before"}},{"kind":"Field","name":{"kind":"Name","value":"after"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<RowHistoryQuery, RowHistoryQueryVariables>;
export const VerifyDataDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"VerifyData"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"a"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"b"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"tables"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"asideColumns"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"differences"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verifyData"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"a"},"value":{"kind":"Variable","name":{"kind":"Name","value":"a"}}},{"kind":"Argument","name":{"kind":"Name","value":"b"},"value":{"kind":"Variable","name":{"kind":"Name","value":"b"}}},{"kind":"Argument","name":{"kind":"Name","value":"tables"},"value":{"kind":"Variable","name":{"kind":"Name","value":"tables"}}},{"kind":"Argument","name":{"kind":"Name","value":"asideColumns"},"value":{"kind":"Variable","name":{"kind":"Name","value":"asideColumns"}}},{"kind":"Argument","name":{"kind":"Name","value":"differences"},"value":{"kind":"Variable","name":{"kind":"Name","value":"differences"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"equal"}},{"kind":"Field","name":{"kind":"Name","value":"tables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"equal"}},{"kind":"Field","name":{"kind":"Name","value":"rowsA"}},{"kind":"Field","name":{"kind":"Name","value":"rowsB"}},{"kind":"Field","name":{"kind":"Name","value":"hashA"}},{"kind":"Field","name":{"kind":"Name","value":"hashB"}},{"kind":"Field","name":{"kind":"Name","value":"onlyA"}},{"kind":"Field","name":{"kind":"Name","value":"onlyB"}},{"kind":"Field","name":{"kind":"Name","value":"different"}},{"kind":"Field","name":{"kind":"Name","value":"aside"}},{"kind":"Field","name":{"kind":"Name","value":"differences"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"a"}},{"kind":"Field","name":{"kind":"Name","value":"b"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"notes"}}]}}]}}]} as unknown as DocumentNode<VerifyDataQuery, VerifyDataQueryVariables>;
export const GraphDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Graph"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"database"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"tables"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graph"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"database"},"value":{"kind":"Variable","name":{"kind":"Name","value":"database"}}},{"kind":"Argument","name":{"kind":"Name","value":"tables"},"value":{"kind":"Variable","name":{"kind":"Name","value":"tables"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"svg"}},{"kind":"Field","name":{"kind":"Name","value":"phases"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"phase"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}}]}},{"kind":"Field","name":{"kind":"Name","value":"circles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"tables"}}]}}]}}]}}]} as unknown as DocumentNode<GraphQuery, GraphQueryVariables>;
export const InboxDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Inbox"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"state"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"InboxState"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inboxFiles"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"state"},"value":{"kind":"Variable","name":{"kind":"Name","value":"state"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxLine"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"arrivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}}]}}]} as unknown as DocumentNode<InboxQuery, InboxQueryVariables>;
export const ImportInboxFileDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ImportInboxFile"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ImportInboxFileInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"importInboxFile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ImportInboxFileMutation, ImportInboxFileMutationVariables>;
export const RetryInboxFileDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RetryInboxFile"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFileInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"retryInboxFile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Changed"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"arrivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Changed"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFilePayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RetryInboxFileMutation, RetryInboxFileMutationVariables>;
export const RejectInboxFileDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RejectInboxFile"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RejectInboxFileInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rejectInboxFile"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Changed"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"InboxLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"arrivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Changed"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InboxFilePayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"InboxLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RejectInboxFileMutation, RejectInboxFileMutationVariables>;
export const ApplyRulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ApplyRules"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ApplyRulesInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"applyRules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"AppliedRules"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"happened"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ApplyRulesMutation, ApplyRulesMutationVariables>;
export const ExchangeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Exchange"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exchangeFiles"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ExchangeLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ExchangeLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExchangeFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"modifiedAt"}},{"kind":"Field","name":{"kind":"Name","value":"old"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}}]}}]} as unknown as DocumentNode<ExchangeQuery, ExchangeQueryVariables>;
export const ExchangeFileAppearedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"ExchangeFileAppeared"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exchangeFileAppeared"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ExchangeLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ExchangeLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExchangeFile"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"modifiedAt"}},{"kind":"Field","name":{"kind":"Name","value":"old"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}}]}}]} as unknown as DocumentNode<ExchangeFileAppearedSubscription, ExchangeFileAppearedSubscriptionVariables>;
export const ExchangeNonceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExchangeNonce"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"nonce"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exchangeNonce"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"nonce"},"value":{"kind":"Variable","name":{"kind":"Name","value":"nonce"}}}]}]}}]} as unknown as DocumentNode<ExchangeNonceQuery, ExchangeNonceQueryVariables>;
export const WriteExchangeNonceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"WriteExchangeNonce"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ExchangeNonceInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"writeExchangeNonce"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExchangeNoncePayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nonce"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<WriteExchangeNonceMutation, WriteExchangeNonceMutationVariables>;
export const KeysDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Keys"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"keys"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"KeyLine"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"KeyLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"databases"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"signed"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}},{"kind":"Field","name":{"kind":"Name","value":"overlapUntil"}},{"kind":"Field","name":{"kind":"Name","value":"generation"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAddress"}}]}}]} as unknown as DocumentNode<KeysQuery, KeysQueryVariables>;
export const CreateKeyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateKey"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateKeyInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createKey"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Minted"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"KeyLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"databases"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"signed"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}},{"kind":"Field","name":{"kind":"Name","value":"overlapUntil"}},{"kind":"Field","name":{"kind":"Name","value":"generation"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAddress"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Minted"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreatedKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"KeyLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<CreateKeyMutation, CreateKeyMutationVariables>;
export const RotateKeyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RotateKey"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RotateKeyInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rotateKey"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Minted"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"KeyLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"databases"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"signed"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}},{"kind":"Field","name":{"kind":"Name","value":"overlapUntil"}},{"kind":"Field","name":{"kind":"Name","value":"generation"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAddress"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Minted"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreatedKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"KeyLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RotateKeyMutation, RotateKeyMutationVariables>;
export const RevokeKeyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RevokeKey"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeKeyInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeKey"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Minted"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"KeyLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"databases"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"signed"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}},{"kind":"Field","name":{"kind":"Name","value":"overlapUntil"}},{"kind":"Field","name":{"kind":"Name","value":"generation"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAddress"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Minted"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreatedKey"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"KeyLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RevokeKeyMutation, RevokeKeyMutationVariables>;
export const DownloadLinkDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DownloadLink"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DownloadLinkInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"downloadLink"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DownloadLink"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<DownloadLinkMutation, DownloadLinkMutationVariables>;
export const EventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Events"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"newestFirst"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"EventFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"since"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"until"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"newestFirst"},"value":{"kind":"Variable","name":{"kind":"Name","value":"newestFirst"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"since"},"value":{"kind":"Variable","name":{"kind":"Name","value":"since"}}},{"kind":"Argument","name":{"kind":"Name","value":"until"},"value":{"kind":"Variable","name":{"kind":"Name","value":"until"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EventLine"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EventLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Event"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"stream"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}}]} as unknown as DocumentNode<EventsQuery, EventsQueryVariables>;
export const FollowEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowEvents"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Long"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"EventFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EventLine"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EventLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Event"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"stream"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}}]} as unknown as DocumentNode<FollowEventsSubscription, FollowEventsSubscriptionVariables>;
export const VerifyLogDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"VerifyLog"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"checkBlobs"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"head"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"LogHeadInput"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verifyLog"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"checkBlobs"},"value":{"kind":"Variable","name":{"kind":"Name","value":"checkBlobs"}}},{"kind":"Argument","name":{"kind":"Name","value":"head"},"value":{"kind":"Variable","name":{"kind":"Name","value":"head"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ok"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"logHead"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"hash"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<VerifyLogQuery, VerifyLogQueryVariables>;
export const UploadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Upload"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UploadInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"upload"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UploadPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"known"}},{"kind":"Field","name":{"kind":"Name","value":"upload"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<UploadMutation, UploadMutationVariables>;
export const ExportDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Export"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ExportInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"export"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ExportMutation, ExportMutationVariables>;
export const ImportDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Import"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ImportInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"import"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ImportMutation, ImportMutationVariables>;
export const PlanDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Plan"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ImportInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"plan"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<PlanMutation, PlanMutationVariables>;
export const ApplyPlanDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ApplyPlan"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ApplyPlanInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"applyPlan"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ApplyPlanMutation, ApplyPlanMutationVariables>;
export const CancelRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CancelRunInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<CancelRunMutation, CancelRunMutationVariables>;
export const MergeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Merge"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"MergeInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"merge"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<MergeMutation, MergeMutationVariables>;
export const ReplaceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Replace"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReplaceInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replace"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ReplaceMutation, ReplaceMutationVariables>;
export const RollbackDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Rollback"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RollbackInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rollback"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RollbackMutation, RollbackMutationVariables>;
export const ReplayDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Replay"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReplayInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replay"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ReplayMutation, ReplayMutationVariables>;
export const PlanMergeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PlanMerge"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"MergeInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"planMerge"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<PlanMergeMutation, PlanMergeMutationVariables>;
export const PlanReplaceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PlanReplace"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReplaceInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"planReplace"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<PlanReplaceMutation, PlanReplaceMutationVariables>;
export const PlanRollbackDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PlanRollback"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RollbackInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"planRollback"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<PlanRollbackMutation, PlanRollbackMutationVariables>;
export const ResolveConflictsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ResolveConflicts"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResolveConflictsInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resolveConflicts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Requested"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Requested"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<ResolveConflictsMutation, ResolveConflictsMutationVariables>;
export const RunRowsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RunRows"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"table"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"verdict"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Verdict"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"plan"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"table"},"value":{"kind":"Variable","name":{"kind":"Name","value":"table"}}},{"kind":"Argument","name":{"kind":"Name","value":"verdict"},"value":{"kind":"Variable","name":{"kind":"Name","value":"verdict"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Row"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Row"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RowChange"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"row"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"deletedBy"}},{"kind":"Field","name":{"kind":"Name","value":"resolution"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"base"}},{"kind":"Field","name":{"kind":"Name","value":"baseKnown"}},{"kind":"Field","name":{"kind":"Name","value":"current"}},{"kind":"Field","name":{"kind":"Name","value":"incoming"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"resolution"}}]}}]}}]} as unknown as DocumentNode<RunRowsQuery, RunRowsQueryVariables>;
export const RunConflictsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RunConflicts"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"table"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"conflicts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"table"},"value":{"kind":"Variable","name":{"kind":"Name","value":"table"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Row"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Row"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RowChange"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"row"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"deletedBy"}},{"kind":"Field","name":{"kind":"Name","value":"resolution"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"base"}},{"kind":"Field","name":{"kind":"Name","value":"baseKnown"}},{"kind":"Field","name":{"kind":"Name","value":"current"}},{"kind":"Field","name":{"kind":"Name","value":"incoming"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"resolution"}}]}}]}}]} as unknown as DocumentNode<RunConflictsQuery, RunConflictsQueryVariables>;
export const RunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Runs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"databaseName"}},{"kind":"Field","name":{"kind":"Name","value":"fileName"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lost"}},{"kind":"Field","name":{"kind":"Name","value":"rolledBack"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rolledBackBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"failure"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<RunsQuery, RunsQueryVariables>;
export const AuditDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Audit"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"databaseName"}},{"kind":"Field","name":{"kind":"Name","value":"fileName"}},{"kind":"Field","name":{"kind":"Name","value":"upload"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sha256"}}]}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"client"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"rolledBack"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rolledBackBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"tables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Counts"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"failure"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Counts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"VerdictCounts"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"insert"}},{"kind":"Field","name":{"kind":"Name","value":"update"}},{"kind":"Field","name":{"kind":"Name","value":"same"}},{"kind":"Field","name":{"kind":"Name","value":"keep"}},{"kind":"Field","name":{"kind":"Name","value":"delete"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"blocked"}}]}}]} as unknown as DocumentNode<AuditQuery, AuditQueryVariables>;
export const RunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Run"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"issues"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunDetails"}},{"kind":"Field","name":{"kind":"Name","value":"issues"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"issues"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"row"}},{"kind":"Field","name":{"kind":"Name","value":"line"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"constraint"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"data"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Counts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"VerdictCounts"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"insert"}},{"kind":"Field","name":{"kind":"Name","value":"update"}},{"kind":"Field","name":{"kind":"Name","value":"same"}},{"kind":"Field","name":{"kind":"Name","value":"keep"}},{"kind":"Field","name":{"kind":"Name","value":"delete"}},{"kind":"Field","name":{"kind":"Name","value":"conflict"}},{"kind":"Field","name":{"kind":"Name","value":"blocked"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunDetails"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Run"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"databaseName"}},{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"delimiter"}},{"kind":"Field","name":{"kind":"Name","value":"quote"}},{"kind":"Field","name":{"kind":"Name","value":"encoding"}},{"kind":"Field","name":{"kind":"Name","value":"header"}},{"kind":"Field","name":{"kind":"Name","value":"nulls"}}]}},{"kind":"Field","name":{"kind":"Name","value":"fileName"}},{"kind":"Field","name":{"kind":"Name","value":"onError"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"client"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"drifts"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"plan"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hash"}},{"kind":"Field","name":{"kind":"Name","value":"issues"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"bases"}}]}},{"kind":"Field","name":{"kind":"Name","value":"unresolvedConflicts"}},{"kind":"Field","name":{"kind":"Name","value":"lost"}},{"kind":"Field","name":{"kind":"Name","value":"rolledBack"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"fileName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rolledBackBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"tables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"ids"}},{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Counts"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"failure"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}},{"kind":"Field","name":{"kind":"Name","value":"result"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExportResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"file"}},{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"archive"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"exported"},"name":{"kind":"Name","value":"tables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WriteResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"rejected"}},{"kind":"Field","name":{"kind":"Name","value":"rejectFile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ReplayResult"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"notes"}},{"kind":"Field","name":{"kind":"Name","value":"runCount"}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"foreign"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"examples"}}]}},{"kind":"Field","name":{"kind":"Name","value":"foreignFile"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}}]}}]}}]}}]}}]} as unknown as DocumentNode<RunQuery, RunQueryVariables>;
export const ProgressDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Progress"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"sequence"}},{"kind":"Field","name":{"kind":"Name","value":"phase"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"tablesDone"}},{"kind":"Field","name":{"kind":"Name","value":"tablesTotal"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"rowsTotal"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"bytesTotal"}},{"kind":"Field","name":{"kind":"Name","value":"waitingFor"}},{"kind":"Field","name":{"kind":"Name","value":"transactionSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<ProgressSubscription, ProgressSubscriptionVariables>;
export const RecordSyncDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RecordSync"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SyncReportInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recordSync"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SyncPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seedId"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<RecordSyncMutation, RecordSyncMutationVariables>;
export const SnapshotSchemaDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SnapshotSchema"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"database"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshotSchema"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"database"},"value":{"kind":"Variable","name":{"kind":"Name","value":"database"}}}]}]}}]} as unknown as DocumentNode<SnapshotSchemaQuery, SnapshotSchemaQueryVariables>;
export const SnapshotDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Snapshot"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SnapshotInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"snapshot"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SnapshotPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"database"}},{"kind":"Field","name":{"kind":"Name","value":"files"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"sha256"}},{"kind":"Field","name":{"kind":"Name","value":"written"}}]}},{"kind":"Field","name":{"kind":"Name","value":"fileCount"}},{"kind":"Field","name":{"kind":"Name","value":"writtenCount"}},{"kind":"Field","name":{"kind":"Name","value":"tables"}},{"kind":"Field","name":{"kind":"Name","value":"bytesRead"}},{"kind":"Field","name":{"kind":"Name","value":"bytesWritten"}},{"kind":"Field","name":{"kind":"Name","value":"milliseconds"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refused"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refused"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Refusal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"details"}}]}}]} as unknown as DocumentNode<SnapshotMutation, SnapshotMutationVariables>;