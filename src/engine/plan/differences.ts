import { verdictOf, type Mode } from '../../domain/merge/verdict-table.ts';
import type { ConflictPolicy } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import type { Ids } from '../ids.ts';
import { rowKey, type Load } from '../load.ts';
import { stagedPortable, targetPortable, type Naming } from '../portable.sql.ts';
import { temporaryName } from '../temporary.ts';
import { findBaseRows, imageBase, namesOfSide, parentNames, type BaseArchive } from './base.ts';
import { createImageGone, createImageStay } from './base-image.sql.ts';
import { absentByImage } from '../image-rows.sql.ts';
import { createAbsent, createGone, createStay } from './base.sql.ts';
import { createChange } from './change.sql.ts';
import { nothingDiffers, type Differing } from './plan.ts';

/**
 * What a run finds different: rows that both sides have, cell by cell; rows that only arrive and were deleted here; rows
 * that are only here and were deleted there. Only these are written down, for each table that the run may change.
 */
export type Differences = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly mode: Mode;
  readonly policyOf: (load: Load) => ConflictPolicy;
  readonly naming: Naming;
  /** Newest first; only in mode `three-way`. */
  readonly bases: readonly BaseArchive[];
  /** Whether rows that did not arrive go: asked for, and the archive is proven complete (ENGINE-RULES 26). */
  readonly deletes: boolean;
};

const hasKey = (load: Load): boolean => load.key.kind !== 'image' && rowKey(load).length > 0;

export const findDifferences = async (input: Differences): Promise<ReadonlyMap<number, Differing>> => {
  const found = new Map<number, Differing>();
  if (input.mode === 'import') return found;
  for (const load of input.loads.filter(({ role }) => role === 'write')) {
    if (hasKey(load)) found.set(load.index, await differencesOf(input, load));
    else if (load.key.kind === 'image') found.set(load.index, await imageDifferencesOf(input, load));
  }
  return found;
};

/** Without a key nothing can change: a row is there, or arrives, so many times. */
const imageDifferencesOf = async (input: Differences, load: Load): Promise<Differing> => {
  const { session, naming, bases, ids } = input;
  if (input.mode === 'replace') {
    const gone = mayDelete(input, load);
    if (gone) await session.run(absentByImage(load, ids));
    return { ...nothingDiffers, gone };
  }
  const held = imageBase(naming, bases, load);
  if (held === undefined) return nothingDiffers;
  await session.run(createImageStay(held, isThere(input, load)));
  await session.run(analyzeTemporary(temporaryName('stay', load.index)));
  const gone = mayDelete(input, load);
  if (gone) await session.run(createImageGone(held, namesOfSide(naming, load, 'target')));
  return { ...nothingDiffers, stay: true, gone };
};

const isThere = ({ ids }: Differences, load: Load): boolean => ids[load.index]?.empty === false;

const mayDelete = (input: Differences, load: Load): boolean =>
  input.deletes && isThere(input, load) && verdictOf(input.mode, { base: 'present', incoming: 'absent', current: 'present', cells: 'equal' }) === 'delete';

const differencesOf = async (input: Differences, load: Load): Promise<Differing> => {
  const { session, naming, mode } = input;
  const change = isThere(input, load);
  const hasBase =
    mode === 'three-way' &&
    (await findBaseRows(
      {
        session,
        naming,
        bases: input.bases,
        isMatched: (candidate) => isThere(input, candidate),
        isSlim: (candidate) => input.ids[candidate.index]?.slim === true,
        wantsGone: (candidate) => mayDelete(input, candidate),
      },
      load,
    ));
  const names = parentNames(naming, load);
  if (change) {
    const row = stagedPortable(naming, load, 's');
    await session.run(createChange(load, input.ids, { mode, policy: input.policyOf(load), hasBase, row, names }));
    await session.run(analyzeTemporary(temporaryName('change', load.index)));
  }
  const gone = mayDelete(input, load) && (hasBase || mode === 'replace');
  if (gone) await findGone(input, load);
  if (hasBase) await findStaying(input, load);
  return { change, stay: hasBase, gone, names };
};

const findStaying = async ({ session, naming, mode, policyOf }: Differences, load: Load): Promise<void> => {
  const { joins, of } = namesOfSide(naming, load, 'staged');
  await session.run(createStay(load, { mode, policy: policyOf(load), named: of }, joins));
  await session.run(analyzeTemporary(temporaryName('stay', load.index)));
};

const findGone = async ({ session, naming, mode, policyOf }: Differences, load: Load): Promise<void> => {
  const row = targetPortable(naming, load.target, 't');
  if (mode === 'replace' || row === undefined) {
    await session.run(createAbsent(load, row, true));
  } else {
    const { joins, of } = namesOfSide(naming, load, 'target');
    await session.run(createGone(load, { mode, policy: policyOf(load), named: of }, { row, joins }));
  }
  await session.run(analyzeTemporary(temporaryName('gone', load.index)));
};
