import type { Mode } from '../../domain/merge/verdict-table.ts';
import type { ConflictPolicy } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import type { Ids } from '../ids.ts';
import { rowKey, type Load } from '../load.ts';
import { temporaryName } from '../temporary.ts';
import { createChange, type ParentNames } from './change.sql.ts';
import { nothingDiffers, type Differing } from './plan.ts';

/** Every row that both sides have and that differs, written down cell by cell, for each table that a run may change. */
export type Differences = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly mode: Mode;
  readonly policyOf: (load: Load) => ConflictPolicy;
  readonly hasBase: (load: Load) => boolean;
  readonly namesOf: (load: Load) => ParentNames | undefined;
};

/** Rows without any key have nothing by which one could be changed; rows that were not there cannot differ. */
export const mayDiffer = (load: Load, ids: readonly Ids[], mode: Mode): boolean =>
  mode !== 'import' && load.role === 'write' && load.key.kind !== 'image' && rowKey(load).length > 0 && ids[load.index]?.empty === false;

export const findDifferences = async (input: Differences): Promise<ReadonlyMap<number, Differing>> => {
  const found = new Map<number, Differing>();
  for (const load of input.loads) {
    if (!mayDiffer(load, input.ids, input.mode)) continue;
    const names = input.namesOf(load);
    await input.session.run(createChange(load, input.ids, { mode: input.mode, policy: input.policyOf(load), hasBase: input.hasBase(load), names }));
    await input.session.run(analyzeTemporary(temporaryName('change', load.index)));
    found.set(load.index, { ...nothingDiffers, change: true, names });
  }
  return found;
};
