import { Refusal } from '../refusal.ts';
import type { DeleteGuard } from '../run/run.ts';

/** What a run would delete of one table, and how many rows the table has. */
export type PlannedDeletes = { readonly table: string; readonly deletes: number; readonly rows: number };

/** So few rows may always go: in a small table every row is many percent. */
const alwaysAllowed = 10;

const isTooMany = ({ deletes, rows }: PlannedDeletes, maxDeletes: DeleteGuard['maxDeletes']): boolean => {
  if (maxDeletes === 'any' || deletes === 0) return false;
  return deletes >= rows || (deletes > alwaysAllowed && deletes * 100 > rows * maxDeletes);
};

/**
 * A half-written archive, or the wrong one, must not empty a database (ENGINE-RULES 26): more than the given part of a
 * table goes only when the flag says so, and the whole of it only with `any`.
 */
export const guardDeletes = (planned: readonly PlannedDeletes[], { maxDeletes }: DeleteGuard): void => {
  const guarded = planned.filter((table) => isTooMany(table, maxDeletes));
  if (guarded.length === 0) return;
  const words = guarded.map(wordsFor);
  const needsAny = guarded.some(({ deletes, rows }) => deletes >= rows);
  const least = Math.ceil(Math.max(...guarded.map(({ deletes, rows }) => (deletes * 100) / Math.max(rows, 1))));
  throw new Refusal(
    'DELETES_GUARDED',
    `The run would delete ${words.join(', ')}; allowed are ${maxDeletes} % of a table. Nothing was written. Look whether that is meant, and the archive the right one; if it is, say --max-deletes ${needsAny ? 'any' : least}.`,
    { tables: guarded, maxDeletes },
  );
};

const wordsFor = ({ table, deletes, rows }: PlannedDeletes): string => {
  if (deletes < rows) return `${deletes} of ${rows} rows of ${table}`;
  return rows === 1 ? `the only row of ${table}` : `all ${rows} rows of ${table}`;
};
