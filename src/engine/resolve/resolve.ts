import { Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { loadId, type Load } from '../load.ts';
import { temporaryName } from '../temporary.ts';
import { analyzeTemporary, companionsOf, companionTableName, createCompanion, type OriginMatch } from '../companion.sql.ts';
import { lookups, targetTable } from '../rows.sql.ts';
import { matchByImage } from '../image-rows.sql.ts';
import { createEmptyKnown, createKnown, matchDifferent, matchRows, needsKnown, type Verdict } from './match.sql.ts';

/**
 * Staged rows to the target's rows, in the attempt's snapshot. First every look-up that keys need (`known`), parents of
 * key columns first; then the verdict of each matched row. Rows of an empty table are all new: nothing to match.
 */
export const isEmptyTable = async (session: Session, load: Load): Promise<boolean> => {
  const { empty } = await session.one<{ empty: boolean }>(sql`/* engine.resolve.is-empty */ select not exists (select 1 from ${targetTable(load)}) as empty`);
  return empty;
};

export type Resolution = {
  readonly ids: readonly Ids[];
  readonly origin: OriginMatch;
  readonly verdict: Verdict;
};

/** Loads ordered so that whatever a key refers to comes first. A cycle of keys cannot be matched. */
export const matchOrder = (loads: readonly Load[], ids: readonly Ids[]): readonly Load[] => {
  const done = new Set<number>();
  const order: Load[] = [];
  const parentsOf = (load: Load): readonly number[] => {
    const keyColumns = load.key.kind === 'natural' ? load.key.columns : [];
    return lookups(load, ids)
      .filter(({ reference }) => reference.companion === undefined && reference.reference.columns.some((column) => keyColumns.includes(column)))
      .flatMap(({ reference }) => (reference.parentIndex === undefined ? [] : [reference.parentIndex]));
  };
  while (order.length < loads.length) {
    const ready = loads.filter((load) => !done.has(load.index) && parentsOf(load).every((parent) => done.has(parent)));
    if (ready.length === 0) {
      const stuck = loads.filter((load) => !done.has(load.index)).map(loadId);
      throw new Refusal(
        'KEY_CYCLE',
        `The keys of ${stuck.join(', ')} refer to each other in a circle, so no row can be found first. Configure a key for one of them.`,
        { tables: stuck },
      );
    }
    for (const load of ready) {
      done.add(load.index);
      order.push(load);
    }
  }
  return order;
};

const analyzed = async (session: Session, create: Statement, name: string): Promise<void> => {
  await session.run(create);
  await session.run(analyzeTemporary(name));
};

export const resolve = async (session: Session, loads: readonly Load[], resolution: Resolution): Promise<void> => {
  const { ids, origin, verdict } = resolution;
  const order = matchOrder(loads, ids);
  for (const load of loads) {
    for (const reference of companionsOf(load, ids)) {
      await analyzed(session, createCompanion(load, reference, { phase: 'known', origin, parent: undefined }), companionTableName('known', load, reference));
    }
  }
  for (const load of order) {
    const own = ids[load.index];
    if (own === undefined || !needsKnown(load, ids)) continue;
    const create = own.empty || load.key.kind === 'image' ? createEmptyKnown(load, own) : createKnown(load, ids, origin);
    await analyzed(session, create, temporaryName('known', load.index));
  }
  for (const load of order) {
    if (ids[load.index]?.empty === true) continue;
    const slim = ids[load.index]?.slim === true;
    const create = slim
      ? matchDifferent(load, ids, verdict)
      : load.key.kind === 'image'
        ? matchByImage(load, ids, verdict(sql`true`))
        : matchRows(load, ids, verdict, origin);
    await analyzed(session, create, temporaryName('match', load.index));
  }
};
