import { tableId } from '../catalogue/catalogue.ts';
import type { Block, Link, PhasedTables } from './phases.ts';

/** Where a picture has its columns: a phase with many tables has several, side by side. */
export type Columns = {
  /** Of each block that has a reference to or from another, from 0. */
  readonly columnOf: ReadonlyMap<Block, number>;
  /** How many columns each phase has, from phase 1. */
  readonly widths: readonly number[];
};

/** Blocks that hang together, the largest group first; those that hang on nothing are apart. */
export type Islands = { readonly islands: readonly (readonly Block[])[]; readonly alone: readonly Block[] };

export const findIslands = ({ blocks, links }: PhasedTables): Islands => {
  const blockOf = new Map(blocks.flatMap((block) => block.tables.map((table) => [tableId(table), block] as const)));
  const near = new Map(blocks.map((block) => [block, new Set<Block>()]));
  for (const { child, parent } of links) {
    const [one, other] = [blockOf.get(child), blockOf.get(parent)];
    if (one === undefined || other === undefined || one === other) continue;
    near.get(one)?.add(other);
    near.get(other)?.add(one);
  }
  const seen = new Set<Block>();
  const islands = blocks.flatMap((block) => {
    if (seen.has(block)) return [];
    const island = [block];
    seen.add(block);
    for (const member of island)
      for (const neighbour of near.get(member) ?? []) {
        if (seen.has(neighbour)) continue;
        seen.add(neighbour);
        island.push(neighbour);
      }
    return [island];
  });
  const isAlone = (island: readonly Block[]): boolean => island.length === 1 && island.every(({ isCircle }) => !isCircle);
  return {
    islands: islands.filter((island) => !isAlone(island)).toSorted((one, other) => tablesOf(other) - tablesOf(one)),
    alone: islands.filter(isAlone).flat(),
  };
};

const tablesOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { tables }) => sum + tables.length, 0);

/** About as wide as high, for a page or a screen. */
const rowsFor = (tables: number): number => Math.max(9, Math.ceil(Math.sqrt(tables) * 2));

export const chooseColumns = (islands: readonly (readonly Block[])[], links: readonly Link[]): Columns => {
  const most = rowsFor(tablesOf(islands.flat()));
  const phases = Math.max(0, ...islands.flat().map(({ phase }) => phase));
  const split = islands.map((island) => Array.from({ length: phases }, (_, at) => splitPhase(island, at + 1, { links, most })));
  const widths = Array.from({ length: phases }, (_, at) => Math.max(1, ...split.map((parts) => parts[at]?.length ?? 0)));
  const starts = widths.map((_, at) => widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  const columnOf = new Map(
    split.flatMap((parts) =>
      parts.flatMap((columns, at) => columns.flatMap((column, next) => column.map((block) => [block, (starts[at] ?? 0) + next] as const))),
    ),
  );
  return { columnOf, widths };
};

type Splitting = { readonly links: readonly Link[]; readonly most: number };

/** Blocks on which nothing hangs stand to the left, beside what they refer to: so no line has to go around them. */
const splitPhase = (island: readonly Block[], phase: number, { links, most }: Splitting): readonly (readonly Block[])[] => {
  const blocks = island.filter((block) => block.phase === phase);
  if (tablesOf(blocks) <= most) return blocks.length === 0 ? [] : [blocks];
  const parents = new Set(links.map(({ parent }) => parent));
  const hangsOn = ({ tables }: Block): number => Number(tables.some((table) => parents.has(tableId(table))));
  const share = Math.ceil(tablesOf(blocks) / Math.ceil(tablesOf(blocks) / most));
  const columns: Block[][] = [[]];
  for (const block of blocks.toSorted((one, other) => hangsOn(one) - hangsOn(other))) {
    const last = columns.at(-1) ?? [];
    if (last.length === 0 || tablesOf(last) + block.tables.length <= share) last.push(block);
    else columns.push([block]);
  }
  return columns;
};
