/** One row that cannot go in: code, place and reason. Data, not an error: a run may have none or millions. */
export type Issue = {
  readonly code: IssueCode;
  /** `schema.table`. */
  readonly table: string;
  /** 1-based row of this table in the archive or line of the file; absent when the whole table is meant. */
  readonly row?: number;
  /** Line of the file on which the row begins, from 1; of single files. */
  readonly line?: number;
  /** Character in that line, from 1. */
  readonly position?: number;
  readonly column?: string;
  readonly constraint?: string;
  /** The offending value as text, cut at 200 characters. */
  readonly value?: string;
  readonly message: string;
};

export const issueCodes = [
  'type.invalid',
  'value.missing',
  'check.violated',
  'key.duplicate',
  'key.missing',
  'unique.violated',
  'reference.missing',
  'reference.rejected',
  'reference.ambiguous',
  'reference.inbound',
  'row.missing',
  'column.missing',
  'exclusion.violated',
  'trigger.raised',
  'id.taken',
  'row.suppressed',
  'row.leftover',
  'row.ragged',
  'row.unreadable',
  'value.unstorable',
  'column.unknown',
  'column.duplicate',
] as const;
export type IssueCode = (typeof issueCodes)[number];
