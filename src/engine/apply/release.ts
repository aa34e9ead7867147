import { Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { loadId, type Load } from '../load.ts';
import type { Ids } from '../ids.ts';
import type { Presence } from '../rows.sql.ts';
import { countReleasing, createReleasing, release } from './release.sql.ts';
import type { Update } from './update.ts';

export type Release = { readonly session: Session; readonly ids: readonly Ids[]; readonly presence: (load: Load) => Presence };

/** Rows whose unique values others take step aside, before the first insert; whether some did. What indexes over expressions do, PostgreSQL says. */
export const releaseValues = async ({ session, ids, presence }: Release, { load, columns }: Update): Promise<boolean> => {
  let hasMoved = false;
  const changing = new Set(columns.map((column) => column.name));
  for (const index of load.target.uniques) {
    const isPlain = index.valid && index.expressions === undefined && index.predicate === undefined && index.immediate;
    if (!isPlain || !index.columns.some((name) => changing.has(name))) continue;
    if (!index.columns.every((name) => load.target.columns.some((column) => column.name === name))) continue;
    await session.run(createReleasing(load, ids, index, presence(load)));
    if ((await session.one<{ count: number }>(countReleasing(load, index))).count === 0) continue;
    const statement = release(load, index);
    if (statement === undefined) {
      throw new Refusal(
        'VALUES_CHANGE_PLACES',
        `Rows of ${loadId(load)} take each other's values in ${index.name} (${index.columns.join(', ')}), and there is no value they could have meanwhile. Nothing was written; change them one by one, or make the constraint deferrable.`,
        { table: loadId(load), constraint: index.name },
      );
    }
    await session.run(statement);
    hasMoved = true;
  }
  return hasMoved;
};
