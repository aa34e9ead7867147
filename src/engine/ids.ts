import { Refusal } from '../domain/refusal.ts';
import type { Load, LoadReference } from './load.ts';
import { isStaged, loadId, surrogateOf, surrogateSequence } from './load.ts';

/**
 * What becomes of ids in this attempt (DESIGN 5, ENGINE-RULES 16). Pure: decided from the loads and which target tables
 * are empty under the attempt's snapshot; a plan and its apply decide from their own snapshots and must agree.
 *
 * A column is *translated* when its value in the archive is not the value that is written: an own surrogate whose rows
 * may be matched or get new ids, or a reference to a translated column of a parent.
 */
export type Ids = {
  readonly mode: 'preserve' | 'remap' | 'keep';
  readonly empty: boolean;
  readonly translated: ReadonlySet<string>;
  /** Columns of this table that some load refers to, where at least one of them is translated. */
  readonly mapped: readonly string[];
  /** New ids are drawn before the first insert, into a table of their own, because something else must know them; else while the rows go in. Always in the order of the archive, which replay leans on. */
  readonly reserves: boolean;
  /** Of the rows that are the same in the target nothing is written down: nobody asks for them. */
  readonly slim?: boolean;
  /** Replay: columns whose values were recorded, beside the ids of the new rows (ENGINE-RULES 23). */
  readonly recorded?: ReadonlySet<string>;
};

const modeOf = (load: Load, empty: boolean): Ids['mode'] => {
  if (surrogateOf(load).length === 0) return 'keep';
  if (!surrogateOf(load).every((name) => isStaged(load, name)) && surrogateSequence(load) !== undefined) return 'remap';
  if (load.settings.ids !== undefined) return load.settings.ids;
  return empty ? 'preserve' : 'remap';
};

/** References of a load that must be looked up: through a companion, or to translated columns of a staged parent. */
export const isLookedUp = (reference: LoadReference, ids: readonly Ids[]): boolean => {
  if (reference.companion !== undefined) return true;
  if (reference.parentIndex === undefined) return false;
  const parent = ids[reference.parentIndex];
  return parent !== undefined && reference.reference.parentColumns.some((column) => parent.translated.has(column));
};

const ownTranslated = (load: Load, mode: Ids['mode'], empty: boolean): ReadonlySet<string> => {
  const changesIds = mode === 'remap' ? surrogateSequence(load) !== undefined || !empty : mode === 'preserve' && !empty;
  return new Set(changesIds ? surrogateOf(load) : []);
};

export const decideIds = (loads: readonly Load[], empty: readonly boolean[]): readonly Ids[] => {
  let ids: readonly Ids[] = loads.map((load, index) => {
    const isEmpty = empty[index] ?? false;
    const mode = modeOf(load, isEmpty);
    return { mode, empty: isEmpty, translated: ownTranslated(load, mode, isEmpty), mapped: [], reserves: false };
  });
  // Least fixpoint: a reference to a translated column is itself translated, and may be referred to in turn.
  for (let changed = true; changed;) {
    changed = false;
    const before: readonly Ids[] = ids;
    ids = before.map((own, index) => {
      const load = loads[index];
      const found = new Set(own.translated);
      for (const reference of load?.references ?? []) {
        if (reference.companion !== undefined) for (const column of reference.reference.columns) found.add(column);
        else
          reference.reference.columns.forEach((column, position) => {
            const parent = reference.parentIndex === undefined ? undefined : before[reference.parentIndex];
            const parentColumn = reference.reference.parentColumns[position];
            if (parent !== undefined && parentColumn !== undefined && parent.translated.has(parentColumn)) found.add(column);
          });
      }
      if (found.size === own.translated.size) return own;
      changed = true;
      return { ...own, translated: found };
    });
  }
  const mapped = loads.map(() => new Set<string>());
  for (const load of loads) {
    for (const reference of load.references) {
      if (reference.parentIndex === undefined || !isLookedUp(reference, ids)) continue;
      for (const column of reference.reference.parentColumns) mapped[reference.parentIndex]?.add(column);
    }
  }
  const decided = ids.map((own, index): Ids => {
    const load = loads[index];
    const named = { ...own, mapped: [...(mapped[index] ?? [])] };
    return { ...named, reserves: load !== undefined && drawsIds(load, named) && mustKnowIds(load, named) };
  });
  for (const load of loads) refuseUnknownIds(load, decided);
  return decided;
};

/** Other rows refer to ids that neither the archive has nor a sequence hands out: nothing could tell them (layout 1.0.0). */
const refuseUnknownIds = (load: Load, ids: readonly Ids[]): void => {
  const own = ids[load.index];
  const unknown = (own?.mapped ?? []).filter((name) => surrogateOf(load).includes(name) && !isStaged(load, name) && surrogateSequence(load)?.column !== name);
  if (unknown.length === 0) return;
  throw new Refusal(
    'ID_NOT_IN_ARCHIVE',
    `Other tables refer to ${loadId(load)} by ${unknown.join(', ')}, which the archive does not have and no sequence hands out. Export the column too, or give it a sequence.`,
    { table: loadId(load), columns: unknown },
  );
};

/** New rows get new ids from the sequence. */
export const drawsIds = (load: Load, ids: Ids): boolean => ids.mode === 'remap' && surrogateSequence(load) !== undefined;

/** New rows get their ids before the first insert where something else must know them (ENGINE-RULES 8). */
const mustKnowIds = (load: Load, ids: Ids): boolean => {
  const column = surrogateSequence(load)?.column ?? '';
  return ids.mapped.includes(column) || load.key.kind === 'origin' || firesOnInsert(load) || load.target.rules.length > 0;
};

/** Where only some rows of the archive are new, the ledger says which of them got which id. */
export const reserveWhere = (loads: readonly Load[], ids: readonly Ids[], isMixed: (load: Load) => boolean): readonly Ids[] =>
  ids.map((own, index) => {
    const load = loads[index];
    return load !== undefined && drawsIds(load, own) && isMixed(load) ? { ...own, reserves: true } : own;
  });

/** Rows of such a table are read again after apply, so they must be known by their id (ENGINE-RULES 17). */
export const firesOnInsert = (load: Load): boolean =>
  load.target.triggers.some((trigger) => trigger.enabled && trigger.level === 'row' && trigger.events.includes('insert'));

/** Rows that differ are known by their place in the target, which holds until the run itself moves them. */
export const knowsPlaces = (load: Load, ids: readonly Ids[]): boolean => ids[load.index]?.slim === true && load.target.kind === 'table';

/** A run that changes rows looks for what is not the same; only who translates ids, or deletes, needs all that were found. */
export const slimWhere = (loads: readonly Load[], ids: readonly Ids[], mayBeSlim: boolean): readonly Ids[] =>
  ids.map((own, index) => {
    const load = loads[index];
    const isSlim = mayBeSlim && load !== undefined && load.role === 'write' && load.key.kind === 'natural' && own.mapped.length === 0 && !own.empty;
    return isSlim ? { ...own, slim: true } : own;
  });
