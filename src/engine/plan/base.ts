import { tableId } from '../../domain/catalogue/catalogue.ts';
import { translatingReference } from '../../domain/catalogue/surrogates.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { sql, type Statement } from '../../infra/postgres/sql.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import type { Reference } from '../../domain/catalogue/catalogue.ts';
import { isStaged, loadId, type Load } from '../load.ts';
import type { ImageBase, SideImage } from './base-image.sql.ts';
import { idReferences, nameOf, stagedParent, stagedPortable, targetParent, targetPortable, type Naming, type Portable } from '../portable.sql.ts';
import { temporaryName } from '../temporary.ts';
import { countWanting, createBase, createNeed, fillBase, settleAbsent } from './base.sql.ts';
import type { ParentNames } from './change.sql.ts';

/** One archive that both sides held, staged beside the one that arrives: its loads have indexes of their own. */
export type BaseArchive = {
  readonly sha256: string;
  /** Whose state it was: of the target, of the source, or of neither. */
  readonly exportedBy: 'target' | 'source' | 'other';
  readonly loads: readonly Load[];
  readonly naming: Naming;
  /** Per table the names of rows that were not taken; `all`: nobody knows which. */
  readonly exceptions: Readonly<Record<string, 'all' | readonly string[]>>;
  /** Per table the columns that were not taken. */
  readonly leftColumns: Readonly<Record<string, readonly string[]>>;
  /** Tables of which it has only chosen rows: what is absent may have been there. */
  readonly partial: ReadonlySet<string>;
};

/** Id references of a table by column, each with the way to its parent's name. */
const namedColumns = (naming: Naming, load: Load, parentOf: (reference: Reference) => Portable | undefined): ReadonlyMap<string, Portable> => {
  const found = new Map<string, Portable>();
  for (const reference of idReferences(naming, load.target)) {
    const table = naming.byId.get(tableId(reference.parent));
    const parent = parentOf(reference);
    if (table === undefined || parent === undefined) continue;
    const ids = table.key.kind === 'image' ? [] : table.key.surrogate;
    reference.columns.forEach((name, position) => {
      const column = reference.parentColumns[position] ?? '';
      const isId = ids.includes(column) || translatingReference(table, column, naming.find) !== undefined;
      if (isId && !found.has(name) && load.columns.some((candidate) => candidate.name === name)) found.set(name, parent);
    });
  }
  return found;
};

/** Two columns of one reference share its joins. */
const joinsOf = (parents: ReadonlyMap<string, Portable>): Statement => sql.join([sql``, ...new Set([...parents.values()].map(({ joins }) => joins))], sql``);

export const stagedParents = (naming: Naming, load: Load): ReadonlyMap<string, Portable> =>
  namedColumns(naming, load, (reference) => stagedParent(naming, load, reference, 's'));

const targetParents = (naming: Naming, load: Load): ReadonlyMap<string, Portable> =>
  namedColumns(naming, load, (reference) => targetParent(naming, reference, 't'));

/** Both names of every id reference; a reference without one of them has none. */
export const parentNames = (naming: Naming, load: Load): ParentNames => {
  const [incoming, current] = [stagedParents(naming, load), targetParents(naming, load)];
  const both = [...incoming].flatMap(([name, arriving]) => {
    const there = current.get(name);
    return there === undefined ? [] : [{ name, arriving, there }];
  });
  return {
    joins: sql`${joinsOf(new Map(both.map(({ name, arriving }) => [name, arriving])))}${joinsOf(new Map(both.map(({ name, there }) => [name, there])))}`,
    of: new Map(both.map(({ name, arriving, there }) => [name, { incoming: nameOf(arriving.leaves), current: nameOf(there.leaves) }])),
  };
};

/** One side's names, for rows that only that side has. */
export const namesOfSide = (
  naming: Naming,
  load: Load,
  side: 'staged' | 'target',
): { readonly joins: Statement; readonly of: ReadonlyMap<string, Statement> } => {
  const parents = side === 'staged' ? stagedParents(naming, load) : targetParents(naming, load);
  return { joins: joinsOf(parents), of: new Map([...parents].map(([name, { leaves }]) => [name, nameOf(leaves)])) };
};

/** Columns that hold ids: what they say elsewhere is the parent's name, or nothing where it has none. */
const idColumns = (naming: Naming, load: Load): ReadonlySet<string> =>
  new Set(
    idReferences(naming, load.target).flatMap(({ columns, parentColumns, parent }) => {
      const table = naming.byId.get(tableId(parent));
      const ids = table === undefined || table.key.kind === 'image' ? [] : table.key.surrogate;
      return columns.filter((_, position) => {
        const column = parentColumns[position] ?? '';
        return table !== undefined && (ids.includes(column) || translatingReference(table, column, naming.find) !== undefined);
      });
    }),
  );

export type BaseSearch = {
  readonly session: Session;
  readonly naming: Naming;
  readonly bases: readonly BaseArchive[];
  readonly isMatched: (load: Load) => boolean;
  readonly isSlim: (load: Load) => boolean;
  /** Whether rows that did not arrive may be deleted. */
  readonly wantsGone: (load: Load) => boolean;
};

const sameKey = (left: Load, right: Load): boolean => JSON.stringify(left.key) === JSON.stringify(right.key);

/** The newest state that both sides held, per row: archive by archive until no row lacks one. False: no archive can tell. */
export const findBaseRows = async (search: BaseSearch, load: Load): Promise<boolean> => {
  const { session, naming, bases } = search;
  const [staged, target] = [stagedPortable(naming, load, 's'), targetPortable(naming, load.target, 't')];
  const usable = bases.flatMap((archive) => {
    const base = archive.loads.find((candidate) => loadId(candidate) === loadId(load) && sameKey(candidate, load));
    const exceptions = archive.exceptions[loadId(load)] ?? [];
    const name = base === undefined ? undefined : stagedPortable(archive.naming, base, 's');
    return base === undefined || name === undefined ? [] : [{ archive, base, name, exceptions }];
  });
  if (staged === undefined || target === undefined || usable.every(({ exceptions }) => exceptions === 'all')) return false;
  const names = parentNames(naming, load).of;
  const isId = idColumns(naming, load);
  await session.run(createNeed(load, { staged, target }, { matched: search.isMatched(load), slim: search.isSlim(load), gone: search.wantsGone(load) }));
  await session.run(analyzeTemporary(temporaryName('need', load.index)));
  await session.run(createBase(load, isId));
  for (const { archive, base, name, exceptions } of usable) {
    if ((await session.one<{ count: string }>(countWanting(load))).count === '0') break;
    if (exceptions !== 'all') {
      const parents = new Map([...stagedParents(archive.naming, base)].filter(([column]) => names.has(column)));
      await session.run(fillBase({ load, base, name, parents, named: isId, exceptions, leftColumns: archive.leftColumns[loadId(load)] ?? [] }));
      await session.run(analyzeTemporary(temporaryName('base', load.index)));
    }
    if (archive.partial.has(loadId(load))) continue;
    if (archive.exportedBy === 'target') await session.run(settleAbsent(load, 'gone', { base, name }));
    if (archive.exportedBy === 'source') await session.run(settleAbsent(load, 'arriving', { base, name }));
  }
  return true;
};

/**
 * The newest archive that both sides held all of such a table in; images are compared in the columns that all sides have.
 * A side's own newer exports say how many of them it had since: what was gone then it made anew.
 */
export const imageBase = (naming: Naming, bases: readonly BaseArchive[], load: Load): ImageBase | undefined => {
  const newer: { readonly base: Load; readonly held: SideImage; readonly by: BaseArchive['exportedBy'] }[] = [];
  for (const archive of bases) {
    const base = archive.loads.find((candidate) => loadId(candidate) === loadId(load) && sameKey(candidate, load));
    if (base === undefined || archive.partial.has(loadId(load))) continue;
    if (!load.columns.every((column) => isStaged(load, column.name) && isStaged(base, column.name))) return undefined;
    const held = namesOfSide(archive.naming, base, 'staged');
    const exceptions = archive.exceptions[loadId(load)] ?? [];
    if (exceptions !== 'all' && exceptions.length === 0)
      return { load, base, columns: load.columns, arriving: namesOfSide(naming, load, 'staged'), held, newer };
    newer.push({ base, held, by: archive.exportedBy });
  }
  return undefined;
};
