import { createHash } from 'node:crypto';
import { sql, type Statement } from '../infra/postgres/sql.ts';

/**
 * Names of the run's temporary tables. They carry a prefix of ours and are always qualified with pg_temp, which the
 * session's search_path names last: a temporary table can never capture what a user's trigger writes (ENGINE-RULES 1).
 */
export type TemporaryKind =
  /** Rows of the archive, typed. */
  | 'stage'
  /** The same as text, only when typed staging failed. */
  | 'text'
  /** Rows found in the target: src, verdict, t_<column>. */
  | 'match'
  /** Rows that stay out under REJECT_ROWS: src. */
  | 'reject'
  /** New rows and the ids reserved for them: src, id. */
  | 'new'
  /** Source values of referenced columns (s_<column>) to target values (t_<column>): matched rows only. */
  | 'known'
  /** The same for all rows, ids included; exists from the start of apply. */
  | 'map';

export const temporaryName = (kind: TemporaryKind, index: number): string => `wb_${kind}_${index}`;
export const temporary = (kind: TemporaryKind, index: number): Statement => sql.id('pg_temp', temporaryName(kind, index));

/** The row's place in the archive, beside the columns of the archive; a name that none of them has. */
export const rowNumber = (load: { readonly staged: readonly { readonly name: string }[] }): Statement => {
  let name = 'waybill_row';
  while (load.staged.some((column) => column.name === name)) name += '_';
  return sql.id(name);
};

/** Columns of the look-ups: the archive's value (s), the target's (t), a key's (k). PostgreSQL would cut the longest names, two of them to the same. */
export const lookupColumn = (side: 's' | 't' | 'k', name: string): Statement =>
  sql.id(Buffer.byteLength(name) <= 61 ? `${side}_${name}` : `${side}_${createHash('md5').update(name).digest('hex')}`);

/** Companion look-ups are per reference, not per table. */
export const companionTable = (kind: 'known' | 'map', index: number, reference: string, references: readonly string[]): Statement =>
  sql.id('pg_temp', `wb_${kind}_${index}_${references.indexOf(reference)}`);
