import { Refusal } from '../../domain/refusal.ts';
import type { Verdict } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import { drawsIds, type Ids } from '../ids.ts';
import { isStaged, loadId, rowKey, surrogateOf, surrogateSequence, type Load, type Staged } from '../load.ts';
import { regclassText, temporaryName } from '../temporary.ts';
import { countNew, hasIntegerKey, pairByName, pairInOrder, sequenceDirection, takeNone, takeStaged, type Candidates, type DirectionRow } from './pair.sql.ts';
import { columnsOfInserted } from './record.sql.ts';
import { unfold, type RecordedRows } from './record.ts';

/**
 * The new rows of one table, as recorded: which rows of the archive they are, the ids that they got, the values that were
 * made up for them. `whole`: every row of the archive, as it stands there, into an empty table.
 */
export type Paired = { readonly rows: number; readonly whole: boolean; readonly columns: ReadonlySet<string> };

export type Pairing = {
  readonly session: Session;
  readonly load: Load;
  readonly ids: Ids;
  readonly staged: Staged;
  readonly inserted: RecordedRows | undefined;
  /** Verdicts of rows that did not go in, unfolded by name. */
  readonly leftOut: readonly Verdict[];
};

const nothingMadeUp: ReadonlySet<string> = new Set();

export const pairRows = async (pairing: Pairing): Promise<Paired> => {
  const { session, load, ids, staged, inserted } = pairing;
  const rows = inserted?.rows ?? 0;
  const typed = staged.rows - staged.bad;
  const draws = drawsIds(load, ids);
  if (ids.empty && rows === typed && (rows === 0 || (!draws && inserted?.named !== true))) return { rows, whole: true, columns: nothingMadeUp };
  const columns = await pair(pairing, rows === typed ? 'all' : 'unmatched');
  await session.run(analyzeTemporary(temporaryName('new', load.index)));
  const { count } = await session.one<{ count: number }>(countNew(load));
  if (count !== rows) throw unfit(load, rows, count);
  return { rows, whole: false, columns };
};

const pair = async ({ session, load, ids, inserted, leftOut }: Pairing, extent: 'all' | 'unmatched'): Promise<ReadonlySet<string>> => {
  if (inserted === undefined) {
    await session.run(takeNone(load));
    return nothingMadeUp;
  }
  // Ledgers of the first version, and tables without any key, have no names: it was the rows that the target did not have.
  const candidates: Candidates = extent === 'all' ? { hasMatches: false, leftOut: [] } : { hasMatches: !ids.empty, leftOut };
  if (inserted.named) {
    await unfold(session, { ...load.target, index: load.index }, 'insert');
    await session.run(pairByName(load));
    return inserted.imaged ? new Set((await session.many<{ name: string }>(columnsOfInserted(load.target))).map(({ name }) => name)) : nothingMadeUp;
  }
  if (!drawsIds(load, ids)) {
    await session.run(takeStaged(load, ownId(load), candidates));
    return nothingMadeUp;
  }
  await unfold(session, { ...load.target, index: load.index }, 'insert');
  await session.run(pairInOrder(load, await directionOf(session, load), candidates));
  return nothingMadeUp;
};

/** The column by which the ledger knows the row, where the archive's value is the row's. */
const ownId = (load: Load): string | undefined => {
  const [id] = rowKey(load);
  return id !== undefined && hasIntegerKey(load) && isStaged(load, id) && surrogateOf(load).includes(id) ? id : undefined;
};

const directionOf = async (session: Session, load: Load): Promise<'up' | 'down'> => {
  const sequence = surrogateSequence(load)?.sequence;
  if (sequence === undefined) return 'up';
  const found = await session.maybeOne<DirectionRow>(sequenceDirection(regclassText(sequence)));
  return found?.increment.startsWith('-') === true ? 'down' : 'up';
};

const unfit = (load: Load, then: number, now: number): Refusal =>
  new Refusal(
    'RECORD_DOES_NOT_FIT',
    `${loadId(load)}: the ledger says that ${then} rows of the archive went in, and ${now} rows of it can be found. The archive is not the one that the run read, or its rows were changed outside Waybill before it; replay onto a full export (--from).`,
    { table: loadId(load), recorded: then, found: now },
  );
