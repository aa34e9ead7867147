import type { Table } from '../../domain/catalogue/catalogue.ts';
import type { Session } from '../../infra/postgres/session.ts';
import type { Load } from '../load.ts';
import {
  copySeenLines,
  countForeign,
  countMet,
  createMet,
  createSeen,
  createSeenLines,
  findMet,
  findNotKept,
  findNotSame,
  type ForeignRow,
  forgetSeen,
  inboundReferences,
  leaveOutMet,
  readSeen,
  rememberSeen,
  removeMet,
  type SameRows,
  unmatchNew,
} from './foreign.sql.ts';
import { unfold, type RecordedRows } from './record.ts';
import type { Verdict } from '../../domain/run/run.ts';

/** What the archive's rows met then, held against what they meet now. Nothing of it stops a replay: it is told. */
export type Meeting = {
  readonly session: Session;
  readonly load: Load;
  readonly hasMatches: boolean;
  /** Whether there is a table of new rows; else all rows of the archive are new. */
  readonly whole: boolean;
  readonly verdicts: ReadonlyMap<Verdict, RecordedRows>;
  /** Verdicts that are unfolded by name. */
  readonly named: readonly Verdict[];
  /** Triggers had the last word in no column of the table: the hash of a whole row says something. */
  readonly isSettled: boolean;
};

const byArchiveName: readonly Verdict[] = ['keep', 'blocked', 'conflict'];

/** Rows of the archive that did not go in and did not change anything, by the archive's names. */
export const unfoldNamed = async (session: Session, load: Load, verdicts: Meeting['verdicts']): Promise<readonly Verdict[]> => {
  const named = byArchiveName.filter((verdict) => verdicts.get(verdict)?.named === true);
  for (const verdict of named) await unfold(session, { ...load.target, index: load.index }, verdict);
  return named;
};

export const noteForeign = async ({ session, load, hasMatches, whole, verdicts, named, isSettled }: Meeting): Promise<void> => {
  if (whole) return;
  const updated = verdicts.has('update');
  if (updated) await unfold(session, { ...load.target, index: load.index }, 'update');
  const same: SameRows = { hasMatches, hasNew: true, named, updated };
  await session.run(findNotSame(load, same));
  if (isSettled && named.includes('keep')) await session.run(findNotKept(load));
};

/**
 * Rows that were new then and whose place is taken now, though the run's own deletes are done: there the row had gone before.
 * It goes here too when nothing refers to it; else it stays, and the recorded one is left out. Gives how many were left out.
 */
export const makeRoom = async (session: Session, load: Load, tables: readonly Table[]): Promise<number> => {
  await session.run(createMet(load));
  const { count } = await session.one<{ count: number }>(countMet(load));
  let leftOut = 0;
  if (count > 0) {
    await session.run(findMet(load));
    await session.run(removeMet(load, inboundReferences(tables, load.target)));
    leftOut = await session.run(leaveOutMet(load));
  }
  await session.run(unmatchNew(load));
  return leftOut;
};

/** Before the first run: what runs of an earlier attempt had met. */
export const beginForeign = async (session: Session, told: AsyncIterable<Uint8Array>): Promise<void> => {
  await session.run(createSeen);
  await session.run(createSeenLines);
  await session.copyIn(copySeenLines, told);
  await session.run(readSeen);
};

/** Of one run, in its transaction: rows that no run before it had met. */
export const countNewForeign = async (session: Session): Promise<readonly ForeignRow[]> => {
  await session.run(forgetSeen);
  await session.run(rememberSeen);
  return session.many<ForeignRow>(countForeign);
};
