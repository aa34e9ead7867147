import type { Session } from '../../infra/postgres/session.ts';
import { loadId } from '../load.ts';
import { countUnsettled, settleValues, type Settled } from './change.sql.ts';

/** Cells of these columns are not as recorded, and whoever meets them later knows why. */
export type Unsettled = { readonly columns: readonly string[]; readonly notes: readonly string[] };
const nothingLeft: Unsettled = { columns: [], notes: [] };

/**
 * Users' triggers fire as they do, and may write other values than then (a time, a user): the recorded ones are put over
 * them. What a trigger writes again even so is told by column.
 */
export const settle = async (session: Session, settled: Settled): Promise<Unsettled> => {
  const unsettled = async (columns: readonly string[]): Promise<readonly { readonly name: string; readonly rows: number }[]> => {
    if (columns.length === 0) return [];
    const found = await session.one<Record<string, number>>(countUnsettled({ ...settled, columns }));
    return columns.map((name, position) => ({ name, rows: found[`c${position}`] ?? 0 })).filter(({ rows }) => rows > 0);
  };
  const before = await unsettled(settled.columns);
  if (before.length === 0) return nothingLeft;
  const columns = before.map(({ name }) => name);
  await session.run(settleValues({ ...settled, columns }));
  const after = await unsettled(columns);
  if (after.length === 0) return nothingLeft;
  const { triggers } = settled.load.target;
  const words = after.map(({ name, rows }) => `${name} (${rows})`).join(', ');
  return {
    columns: after.map(({ name }) => name),
    notes: [
      `${loadId(settled.load)}: triggers (${triggers
        .filter(({ enabled }) => enabled)
        .map(({ name }) => name)
        .join(', ')}) write ${words} anew whenever a row is written; these cells are not as recorded`,
    ],
  };
};
