import type { ConflictPolicy } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { sql } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import type { Ids } from '../ids.ts';
import { loadId, rowKey, type Load, type Staged } from '../load.ts';
import { createChange } from '../plan/change.sql.ts';
import type { Naming } from '../portable.sql.ts';
import { createInputCheck, createIssues, createStage } from '../stage/stage.sql.ts';
import { isBadValue } from '../stage/stage.ts';
import { temporaryName } from '../temporary.ts';
import { acceptMatches, clearIssues, countTouched, createGone, dropArchived, judgeTouched } from './gone.sql.ts';
import type { UndoSource } from './ledger-rows.sql.ts';
import type { UndoTable } from './undo-tables.ts';
import { rowName } from './record.sql.ts';
import {
  blockLostColumns,
  blockUncastable,
  createBase,
  createMatch,
  createUndo,
  judgeMissing,
  judgeTaken,
  noteUndo,
  stageChanged,
  stageDeleted,
  truncateStage,
} from './undo.sql.ts';

/**
 * Rollback is the merge whose base is what the run left, and whose incoming rows are what it found (ENGINE-RULES 22). From
 * the ledger it fills what every merge works on: rows that changed (`wb_stage`, `wb_match`, `wb_base`, `wb_change`), rows
 * that come back (`wb_stage`), and rows that go (`wb_gone`, `wb_delete`). In the snapshot of the transaction, like any plan.
 */
export type TakeBack = {
  readonly session: Session;
  readonly source: UndoSource;
  readonly tables: readonly UndoTable[];
  readonly policy: ConflictPolicy;
  readonly serverVersion: number;
  readonly naming: Naming;
};

/** Rows that were put in and that somebody may have touched since: only the run's archive can tell. */
export type Unclear = readonly string[];

export const openLedger = async ({ session, source, tables, naming }: TakeBack): Promise<Unclear> => {
  await session.run(createIssues);
  const unclear: string[] = [];
  for (const table of tables) {
    const { load, rows } = table;
    await session.run(createGone(table, source, rowName(load, naming)));
    const { count } = await session.one<{ count: number }>(countTouched(load));
    if (count > 0) unclear.push(loadId(load));
    await session.run(createUndo(table, source));
    if (rows.update + rows.delete > 0) await session.run(analyzeTemporary(temporaryName('undo', load.index)));
  }
  return unclear;
};

/** All of its tables that were staged, and those of which rows were looked for in the target. */
export type Archived = { readonly loads: readonly Load[]; readonly matched: readonly Load[] };

/** What the run's own archive says of rows that were touched, once it is matched with the target. */
export const acceptArchive = async ({ session, tables }: TakeBack, archived: Archived): Promise<void> => {
  const byTable = new Map(archived.matched.map((load) => [loadId(load), load]));
  for (const { load } of tables) {
    const own = byTable.get(loadId(load));
    if (own !== undefined && rowKey(load).length > 0) await session.run(acceptMatches(load, own));
  }
  for (const load of archived.loads) await session.run(dropArchived(load));
  await session.run(clearIssues);
};

/** What becomes of each row, once it is known which ones were touched. */
export const judgeRows = async (undo: TakeBack): Promise<readonly Staged[]> => {
  const staged: Staged[] = [];
  for (const table of undo.tables) {
    await undo.session.run(judgeTouched(table.load, undo.policy));
    staged.push(await judgeImages(undo, table));
  }
  return staged;
};

const judgeImages = async (undo: TakeBack, table: UndoTable): Promise<Staged> => {
  const { session, policy } = undo;
  const { load, lost } = table;
  const hasKey = rowKey(load).length > 0;
  if (lost.length > 0) await session.run(blockLostColumns(table));
  if (hasKey && table.rows.delete > 0) await session.run(judgeTaken(load));
  await session.run(createStage(load));
  const rows = await stageOrBlock(undo, table);
  await session.run(noteUndo(load));
  if (!hasKey) return { rows, bad: 0, asText: false };
  if (rows > 0) await session.run(analyzeTemporary(temporaryName('stage', load.index)));
  await session.run(createMatch(table));
  if (canChange(table)) {
    await session.run(createBase(table));
    await session.run(analyzeTemporary(temporaryName('base', load.index)));
    await session.run(
      createChange(load, sameIds(undo.tables), { mode: 'three-way', policy, hasBase: true, row: rowName(load, undo.naming), names: undefined }),
    );
    await session.run(analyzeTemporary(temporaryName('change', load.index)));
  }
  return { rows, bad: 0, asText: false };
};

/** Types are as they were, nearly always; if one is not, the rows that it refuses are found and left out. */
const stageOrBlock = async (undo: TakeBack, table: UndoTable): Promise<number> => {
  const { session, serverVersion } = undo;
  await session.run(sql`savepoint waybill_undo`);
  try {
    const rows = await stage(undo, table);
    await session.run(sql`release savepoint waybill_undo`);
    return rows;
  } catch (error) {
    if (!isBadValue(error)) throw error;
    await session.run(sql`rollback to savepoint waybill_undo`);
    await session.run(createInputCheck);
    for (const column of table.load.columns) await session.run(blockUncastable(table.load, column, serverVersion));
    await session.run(truncateStage(table.load));
    return stage(undo, table);
  }
};

const stage = async ({ session, policy }: TakeBack, table: UndoTable): Promise<number> => {
  const { load, rows } = table;
  if (load.columns.length === 0) return 0;
  const changed = rowKey(load).length === 0 || rows.update === 0 ? 0 : await session.run(stageChanged(table));
  // They are looked for one by one only where some are not there.
  if (changed < rows.update) await session.run(judgeMissing(load, policy));
  return changed + (rows.delete === 0 ? 0 : await session.run(stageDeleted(table)));
};

/** Whether there is a change table. */
export const canChange = ({ load, rows }: UndoTable): boolean => rows.update > 0 && rowKey(load).length > 0 && comparedColumns(load).length > 0;

/** Ids are those of this database: nothing is translated. Rows without a key are matched with nothing. */
export const sameIds = (tables: readonly UndoTable[]): readonly Ids[] =>
  tables.map(({ load }) => ({ mode: 'keep', empty: rowKey(load).length === 0, translated: new Set(), mapped: [], reserves: false }));
