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
  /** Rows that stay deleted here, or that a person must decide on: src, verdict. */
  | 'stay'
  /** Rows that change, and those that only one side changed: src, verdict, k_<key>, and per column i_ (to write), c_ (there now), o_ (outcome). */
  | 'change'
  /** Rows of the target to delete: k_<key>. */
  | 'delete'
  /** Rows that only the target has, as the base had them or changed since: k_<key>, verdict. */
  | 'gone'
  /** What a run that is taken back had changed and deleted: k_<key>, verdict, before, after, and why a row is left alone. */
  | 'undo'
  /** Rows whose base is wanted: src, k_<key>, l_<n> (leaves of their name). */
  | 'need'
  /** What both sides once held of those rows: src, k_<key>, b_<column>. */
  | 'base'
  /** Source values of referenced columns (s_<column>) to target values (t_<column>): matched rows only. */
  | 'known'
  /** The same for all rows, ids included; exists from the start of apply. */
  | 'map';

export const temporaryName = (kind: TemporaryKind, index: number): string => `wb_${kind}_${index}`;
export const temporary = (kind: TemporaryKind, index: number): Statement => sql.id('pg_temp', temporaryName(kind, index));

type WithStage = { readonly staged: readonly { readonly name: string }[] };

const freeName = (load: WithStage, wished: string): Statement => {
  let name = wished;
  while (load.staged.some((column) => column.name === name)) name += '_';
  return sql.id(name);
};

/** The row's place in the archive, beside the columns of the archive; a name that none of them has. */
export const rowNumber = (load: WithStage): Statement => freeName(load, 'waybill_row');
/** The id that a new row gets, where it is drawn while the rows go in. */
export const drawnId = (load: WithStage): Statement => freeName(load, 'waybill_id');

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const regclassText = (name: { readonly schema: string; readonly name: string }): string => `${quoted(name.schema)}.${quoted(name.name)}`;

/** Columns of the change table: written (i), there now (c), base (b), outcome (o), row key (k), name of the parent that arrives (p) and of the one that is there (q). */
export const changeColumn = (side: 'i' | 'c' | 'b' | 'o' | 'k' | 'p' | 'q', name: string): Statement => sql.id(sidedName(side, name));

const sidedName = (side: string, name: string): string =>
  Buffer.byteLength(name) <= 61 ? `${side}_${name}` : `${side}_${createHash('md5').update(name).digest('hex')}`;

/** Columns of the look-ups: the archive's value (s), the target's (t), a key's (k). PostgreSQL would cut the longest names, two of them to the same. */
export const lookupColumn = (side: 's' | 't' | 'k', name: string): Statement => sql.id(sidedName(side, name));

/** Companion look-ups are per reference, not per table. */
export const companionTable = (kind: 'known' | 'map', index: number, reference: string, references: readonly string[]): Statement =>
  sql.id('pg_temp', `wb_${kind}_${index}_${references.indexOf(reference)}`);
