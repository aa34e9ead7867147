import type { Mode } from '../../domain/merge/verdict-table.ts';
import type { Resolution } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { comparedColumns } from '../change.ts';
import type { Load } from '../load.ts';
import { stagedPortable, type Naming } from '../portable.sql.ts';
import type { Differing } from './plan.ts';
import { createResolutions, insertResolutions, resolveCells, resolveGone, resolveStaying, settleResolved } from './resolutions.sql.ts';

export type Resolving = {
  readonly session: Session;
  readonly mode: Mode;
  readonly naming: Naming;
  readonly resolutions: readonly Resolution[];
  readonly differing: ReadonlyMap<number, Differing>;
};

/** Lays a person's word over the conflicts of every table. */
export const resolveConflicts = async ({ session, mode, naming, resolutions, differing }: Resolving, loads: readonly Load[]): Promise<void> => {
  await session.run(createResolutions);
  await session.run(insertResolutions(resolutions));
  for (const load of loads) {
    const has = differing.get(load.index);
    if (has?.change === true && comparedColumns(load).length > 0) {
      await session.run(resolveCells(load));
      await session.run(settleResolved(load, mode));
    }
    if (has?.stay === true) for (const statement of resolveStaying(load, stagedPortable(naming, load, 's'))) await session.run(statement);
    if (has?.gone === true) await session.run(resolveGone(load));
  }
};
