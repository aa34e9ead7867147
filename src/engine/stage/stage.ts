import type { Issue } from '../../domain/issue.ts';
import { Refusal } from '../../domain/refusal.ts';
import { sqlStateOf } from '../../infra/postgres/errors.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { loadId, type Load, type Staged, type StagedColumn } from '../load.ts';
import {
  addRowNumbers,
  analyzeStage,
  copyIntoStage,
  copyIntoTextStage,
  createInputCheck,
  createIssues,
  createStage,
  createTextStage,
  dropTypedStage,
  findBadCells,
  findBadCellsSlowly,
  findNullCells,
  insertFaults,
  moveGoodRows,
} from './stage.sql.ts';

/**
 * Rows of one table into the session's own temporary tables, before the transaction (ENGINE-RULES 4). Typed columns first:
 * each value is parsed once. Only when that fails the part is read again as text, so that every bad cell is found and named.
 */
export const prepareStaging = async (session: Session): Promise<void> => {
  await session.run(createIssues);
};

export const dropStage = async (session: Session, load: Load): Promise<void> => {
  await session.run(dropTypedStage(load));
};

export const stageTable = async (session: Session, load: Load, source: AsyncIterable<Uint8Array>): Promise<Staged> => {
  await session.run(createStage(load));
  const rows = await session.copyIn(copyIntoStage(load), source);
  await session.run(analyzeStage(load, keyColumns(load)));
  return { rows, bad: 0, asText: false };
};

const faultsAtOnce = 10_000;

/** Only a value that its type refuses is worth the second pass; a broken stream or a lost server is not. */
export const isBadValue = (error: unknown): boolean => {
  const state = sqlStateOf(error)?.sqlState ?? '';
  return state.startsWith('22') || state.startsWith('23') || state === '2200N' || state === 'P0001';
};

export type TextSource = {
  readonly data: AsyncIterable<Uint8Array>;
  /** Rows that the reader itself found fault with, once all are read. */
  readonly faults?: () => readonly Issue[];
};

export const stageTableAsText = async (session: Session, load: Load, { data, faults }: TextSource, serverVersion: number): Promise<Staged> => {
  await session.run(createStage(load));
  await session.run(addRowNumbers(load));
  await session.run(createTextStage(load));
  let rows: number;
  try {
    rows = await session.copyIn(copyIntoTextStage(load), data);
  } catch (error) {
    if (!isBadValue(error)) throw error;
    throw new Refusal('PART_UNREADABLE', `The rows of ${loadId(load)} cannot be read as COPY text: ${(error as Error).message}. Export them again.`, {
      table: loadId(load),
    });
  }
  const found = faults?.() ?? [];
  for (let from = 0; from < found.length; from += faultsAtOnce) await session.run(insertFaults(load, found.slice(from, from + faultsAtOnce)));
  for (const column of load.staged) {
    await findBad(session, load, column, serverVersion);
    if (column.refusesNull === true) await session.run(findNullCells(load, column));
  }
  const good = await session.run(moveGoodRows(load));
  await session.run(analyzeStage(load, keyColumns(load)));
  return { rows, bad: rows - good, asText: true };
};

const findBad = async (session: Session, load: Load, column: StagedColumn, serverVersion: number): Promise<void> => {
  if (serverVersion >= 160_000) {
    try {
      await session.run(findBadCells(load, column));
      return;
    } catch (error) {
      if (!isBadValue(error)) throw error;
    }
  }
  await session.run(createInputCheck);
  await session.run(findBadCellsSlowly(load, column));
};

const keyColumns = (load: Load): readonly string[] => {
  const staged = new Set(load.staged.map((column) => column.name));
  const key = load.key.kind === 'image' ? [] : [...(load.key.kind === 'natural' ? load.key.columns : []), ...load.key.surrogate];
  const references = load.references.flatMap((reference) => [...reference.reference.columns, ...(reference.companion?.leaves.map((leaf) => leaf.name) ?? [])]);
  return [...new Set([...key, ...references])].filter((name) => staged.has(name));
};
