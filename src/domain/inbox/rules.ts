import type { ConflictPolicy, ErrorPolicy, FileFormatGiven } from '../run/run.ts';

/** What becomes of files that arrive: one entry of `rules` in `waybill.config.ts`. The first that matches counts. */
export type FileRule = {
  readonly folder: 'inbox' | 'exchange';
  /** A glob over the file's name: `products*.jsonl`. */
  readonly match: string;
  /** Registered name of the database. */
  readonly into: string;
  /** Absent: found by the file's name. */
  readonly table?: string;
  readonly mode: 'import' | 'merge';
  readonly onError?: ErrorPolicy;
  readonly onConflict?: ConflictPolicy;
  readonly format?: FileFormatGiven;
  /** What becomes of the file once it is imported. */
  readonly after: 'move' | 'delete' | 'keep';
};
