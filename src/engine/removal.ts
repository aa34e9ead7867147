import type { QualifiedName, Table } from '../domain/catalogue/catalogue.ts';
import type { Session } from '../infra/postgres/session.ts';
import { comma, sql, typeName, type Statement } from '../infra/postgres/sql.ts';
import { columnOf, rowKey, type Load } from './load.ts';
import { isNamedBy, plainEquality } from './rows.sql.ts';
import { changeColumn, temporary, temporaryName } from './temporary.ts';

/**
 * Rows that go away (ENGINE-RULES 13, 14). `wb_delete_<i>` names them by the key of the row, filled by whoever plans;
 * `wb_removal` says of some of them, by their place in that table, that they stay (`blocked`) or must wait for the updates
 * that re-point their children (`late`).
 */
export type Removal = {
  readonly session: Session;
  readonly loads: readonly Load[];
  /** Every table of the target, those included that no load covers: whoever refers to a row counts. */
  readonly tables: readonly Table[];
  /** Whether `wb_delete_<i>` exists. */
  readonly deletes: (load: Load) => boolean;
  /** Columns that `wb_change_<i>` may write; none: there is no such table. */
  readonly changed: (load: Load) => readonly string[];
};

export type RemovalColumn = { readonly name: string; readonly type: string; readonly equality: QualifiedName };

/** The row's key; a row without any is known by its place, which holds within the transaction that looked. */
export const removalKey = (load: Load): readonly RemovalColumn[] => {
  const key = rowKey(load).map((name) => {
    const { type, equality } = columnOf(load.target, name);
    return { name, type, equality: equality ?? plainEquality };
  });
  if (key.length > 0) return key;
  return [
    { name: 'tableoid', type: 'oid', equality: plainEquality },
    { name: 'ctid', type: 'tid', equality: plainEquality },
  ];
};

/** `onRowKey`, also of rows without a key. */
export const isSameRow = (load: Load, left: Statement, right: Statement): Statement => isNamedBy(removalKey(load), left, right);

/** To be filled by whoever plans: `insert into wb_delete_<i> (k_<key> ...)`. */
export const createDelete = (load: Load): Statement => sql`
/* engine.plan.create-delete */
create temporary table ${sql.id(temporaryName('delete', load.index))} (${comma(removalKey(load).map(({ name, type }) => sql`${changeColumn('k', name)} ${typeName(type)}`))})`;

export const removals = sql`pg_temp.wb_removal`;

/** Rows of `wb_delete_<i>` (d) that no other step has spoken of: they go first. */
export const isEarly = (load: Load): Statement => sql`not exists (${spokenOf(load)})`;
export const isLate = (load: Load): Statement => sql`exists (${spokenOf(load)})`;

const spokenOf = (load: Load): Statement =>
  sql`select 1 from ${removals} as w where w.load operator(pg_catalog.=) ${sql.lit(load.index)} and w.src operator(pg_catalog.=) d.ctid`;

export const deleteTable = (load: Load): Statement => temporary('delete', load.index);
