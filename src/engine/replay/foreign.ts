import type { Table } from '../../domain/catalogue/catalogue.ts';
import type { Session } from '../../infra/postgres/session.ts';
import type { Load } from '../load.ts';
import { countMet, createMet, findMet, findNotKept, findNotSame, inboundReferences, leaveOutMet, removeMet, unmatchNew, type SameRows } from './foreign.sql.ts';
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
};

const byArchiveName: readonly Verdict[] = ['keep', 'blocked', 'conflict'];

export const noteForeign = async ({ session, load, hasMatches, whole, verdicts }: Meeting): Promise<void> => {
  if (whole) return;
  const named = byArchiveName.filter((verdict) => verdicts.get(verdict)?.named === true);
  for (const verdict of named) await unfold(session, { ...load.target, index: load.index }, verdict);
  const updated = verdicts.has('update');
  if (updated) await unfold(session, { ...load.target, index: load.index }, 'update');
  const same: SameRows = { hasMatches, hasNew: true, named, updated };
  await session.run(findNotSame(load, same));
  if (named.includes('keep')) await session.run(findNotKept(load));
};

/**
 * Rows that were new then and whose place is taken now: there the row had gone before. It goes here too when nothing refers
 * to it; else it stays, and the recorded one is left out. Gives how many were left out.
 */
export const makeRoom = async (session: Session, load: Load, around: { readonly hasMatches: boolean; readonly tables: readonly Table[] }): Promise<number> => {
  await session.run(createMet(load, around.hasMatches));
  const { count } = await session.one<{ count: number }>(countMet(load));
  if (count === 0) return 0;
  await session.run(findMet(load));
  await session.run(removeMet(load, inboundReferences(around.tables, load.target)));
  const leftOut = await session.run(leaveOutMet(load));
  if (around.hasMatches) await session.run(unmatchNew(load));
  return leftOut;
};
