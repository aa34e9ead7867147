import type { IssueCode } from '../../domain/issue.ts';
import { sqlStateOf } from '../../infra/postgres/errors.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { sql } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import type { Load } from '../load.ts';
import type { Presence } from '../rows.sql.ts';
import { insertSlices, keepIssue, newRowPositions, type Slice } from './insert.sql.ts';

/** A row that PostgreSQL refused though the plan saw nothing wrong: an exclusion constraint, a function, a trigger that raises (ENGINE-RULES 10). */
export type Offender = {
  readonly load: Load;
  readonly src: string;
  readonly code: IssueCode;
  readonly constraint: string | undefined;
  readonly column: string | undefined;
  readonly message: string;
};

const codes: Readonly<Record<string, IssueCode>> = {
  '23502': 'value.missing',
  '23503': 'reference.missing',
  '23505': 'unique.violated',
  '23514': 'check.violated',
  '23P01': 'exclusion.violated',
};

/** What a row did wrong, if the error is a row's and not the world's. */
export const rowFault = (
  error: unknown,
):
  | { readonly code: IssueCode; readonly constraint: string | undefined; readonly column: string | undefined; readonly table: string | undefined }
  | undefined => {
  const state = sqlStateOf(error);
  if (state === undefined) return undefined;
  const code =
    codes[state.sqlState] ??
    (state.sqlState.startsWith('22')
      ? 'type.invalid'
      : state.sqlState.startsWith('P0') || state.sqlState.startsWith('23') || state.sqlState === '44000'
        ? 'trigger.raised'
        : undefined);
  return code === undefined
    ? undefined
    : { code, constraint: state.constraint, column: state.column, table: state.table === undefined ? undefined : `${state.schema ?? ''}.${state.table}` };
};

/** Beyond this the table has another problem than some bad rows. */
export const offenderLimit = 1000;

export type Search = {
  readonly session: Session;
  /** The component's tables with new rows. */
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly presence: (load: Load) => Presence;
};

type Position = { readonly load: Load; readonly src: string };

/**
 * Halves the component's new rows again and again: what goes in stays in while searching, so that rows which clash with each
 * other are found too. A row may fail only because its parent is in another half: such rows are blamed when nothing else is.
 * Otherwise the next try, from which the offenders and what depends on them are left out, tells.
 */
export const findOffenders = async ({ session, loads, ids, presence }: Search): Promise<readonly Offender[]> => {
  const positions: Position[] = [];
  for (const load of loads) {
    const found = await session.many<{ src: string }>(newRowPositions(load, presence(load)));
    for (const { src } of found) positions.push({ load, src });
  }
  const offenders: Offender[] = [];
  const orphans: Offender[] = [];
  const search = async (from: number, to: number): Promise<void> => {
    const [first] = positions.slice(from, from + 1);
    if (first === undefined || from > to || offenders.length >= offenderLimit) return;
    await session.run(sql`savepoint waybill_slice`);
    try {
      await session.run(insertSlices(slicesOf(positions, { from, to }, presence), ids));
      await session.run(sql`release savepoint waybill_slice`);
    } catch (error) {
      const fault = rowFault(error);
      if (fault === undefined) throw error;
      await session.run(sql`rollback to savepoint waybill_slice`);
      if (from === to) {
        const offender = {
          ...first,
          code: fault.code,
          constraint: fault.constraint,
          column: fault.column,
          message: error instanceof Error ? error.message : String(error),
        };
        (fault.code === 'reference.missing' ? orphans : offenders).push(offender);
        return;
      }
      const middle = (from + to) >> 1;
      await search(from, middle);
      await search(middle + 1, to);
    }
  };
  await search(0, positions.length - 1);
  return offenders.length > 0 ? offenders : orphans;
};

/** A run of positions, table by table: each table's part is one range of the archive. */
const slicesOf = (positions: readonly Position[], run: { readonly from: number; readonly to: number }, presence: Search['presence']): readonly Slice[] => {
  const slices = new Map<Load, Slice>();
  for (let at = run.from; at <= run.to; at += 1) {
    const position = positions[at];
    if (position === undefined) continue;
    const { load, src } = position;
    const known = slices.get(load);
    slices.set(load, { load, presence: presence(load), first: known?.first ?? src, last: src });
  }
  return [...slices.values()];
};

/** Outside the transaction: the next try must know them. */
export const keepOffenders = async (session: Session, offenders: readonly Offender[]): Promise<void> => {
  for (const offender of offenders) await session.run(keepIssue(offender));
};
