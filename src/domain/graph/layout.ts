import { tableId } from '../catalogue/catalogue.ts';
import type { KeyedTable } from '../catalogue/key.ts';
import { arrange, type Box, type Line } from './arrange.ts';
import { chooseColumns, findIslands } from './columns.ts';
import type { Block, Link, PhasedTables } from './phases.ts';

/** Where everything stands, in pixels. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly phases: readonly { readonly x: number; readonly width: number }[];
  /** Of the columns of phases, without the tables that stand alone. */
  readonly bandHeight: number;
  readonly tables: readonly PlacedTable[];
  readonly circles: readonly Area[];
  readonly links: readonly PlacedLink[];
  /** Upper edge of what is said over tables that stand alone. */
  readonly aloneAt?: number;
};
export type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type PlacedTable = Area & { readonly table: KeyedTable };
/** From the child's left side to the parent's right side; between, straight pieces through the columns that it crosses. */
export type PlacedLink = { readonly link: Link; readonly points: readonly Point[] };
type Point = { readonly x: number; readonly y: number };

export const tableHeight = 42;
const tableGap = 14;
const memberGap = 10;
const circlePadding = { above: 24, below: 12, left: 12, right: 40 };
const islandGap = 34;
const aloneHeading = 50;

export const layOut = (phased: PhasedTables, widthOf: (table: KeyedTable) => number): Layout => {
  const { islands, alone } = findIslands(phased);
  const { columnOf, widths } = chooseColumns(islands, phased.links);
  const placed = islands.map((island) => placeIsland(island, phased.links, columnOf));
  const columns = placeColumns(islands.flat(), { columnOf, widths, widthOf, crowds: crowdsOf(placed) });
  const pieces = stackIslands(placed);
  const bandHeight = pieces.reduce((most, { island, top }) => Math.max(most, top + island.height), 0);
  const tables = pieces.flatMap(({ island, top }) => drawTables(island, top, columns));
  const links = pieces.flatMap(({ island, top }) => drawLinks(island, top, { columns, tables: new Map(tables.map((each) => [tableId(each.table), each])) }));
  const grid = placeAlone(
    alone.flatMap((block) => block.tables),
    { widthOf, width: columns.width, top: bandHeight === 0 ? 0 : bandHeight + aloneHeading },
  );
  return {
    width: Math.max(columns.width, grid.width),
    height: Math.max(bandHeight, grid.bottom),
    phases: columns.phases,
    bandHeight,
    tables: [...tables, ...grid.tables],
    circles: pieces.flatMap(({ island, top }) => drawCircles(island, top, columns)),
    links,
    ...(grid.tables.length === 0 || bandHeight === 0 ? {} : { aloneAt: bandHeight }),
  };
};

/** A way: a link through the columns, parent first. Links to one parent share their bends, and so the lines between. */
type Way = { readonly link: Link; readonly stops: readonly Box[] };
type Island = {
  readonly blocks: ReadonlyMap<Block, Box>;
  readonly ways: readonly Way[];
  readonly lines: readonly Line[];
  readonly tops: ReadonlyMap<Box, number>;
  readonly height: number;
};

const placeIsland = (blocks: readonly Block[], links: readonly Link[], columnOf: ReadonlyMap<Block, number>): Island => {
  const boxOf = new Map(blocks.map((block) => [block, boxFor(block, columnOf.get(block) ?? 0)]));
  const placeOf = new Map(blocks.flatMap((block) => block.tables.map((table, at) => [tableId(table), { block, offset: offsetIn(block, at) }] as const)));
  const bends = new Map<string, Box>();
  const lines = new Map<string, Line>();
  const ways: Way[] = [];
  for (const link of links) {
    const [child, parent] = [placeOf.get(link.child), placeOf.get(link.parent)];
    const [from, to] = [child && boxOf.get(child.block), parent && boxOf.get(parent.block)];
    if (child === undefined || parent === undefined || from === undefined || to === undefined) continue;
    if (link.isInCircle) {
      ways.push({ link, stops: [] });
      continue;
    }
    const stops = [to, ...bendsOf(bends, link.parent, { after: to.column, before: from.column }), from];
    ways.push({ link, stops });
    stops.slice(1).forEach((right, at) => {
      const left = stops[at] ?? to;
      const name = right === from ? `${link.child}\0${link.parent}` : `${right.column}\0${link.parent}`;
      lines.set(name, { left, right, leftOffset: left === to ? parent.offset : 0, rightOffset: right === from ? child.offset : 0 });
    });
  }
  const boxes = [...boxOf.values(), ...bends.values()];
  const tops = arrange(boxes, [...lines.values()]);
  return { blocks: boxOf, ways, lines: [...lines.values()], tops, height: Math.max(0, ...boxes.map((box) => (tops.get(box) ?? 0) + box.height)) };
};

const boxFor = ({ tables, isCircle }: Block, column: number): Box => ({
  column,
  height: tables.length * (tableHeight + memberGap) - memberGap + (isCircle ? circlePadding.above + circlePadding.below : 0),
  gap: tableGap,
  weight: 1,
});

/** Of the middle of a table from the middle of its block. */
const offsetIn = (block: Block, at: number): number =>
  (block.isCircle ? circlePadding.above : 0) + at * (tableHeight + memberGap) + tableHeight / 2 - boxFor(block, 0).height / 2;

const bendsOf = (bends: Map<string, Box>, parent: string, { after, before }: { readonly after: number; readonly before: number }): readonly Box[] =>
  Array.from({ length: before - after - 1 }, (_, at) => {
    const column = after + 1 + at;
    const bend = bends.get(`${column}\0${parent}`) ?? { column, height: 4, gap: 8, weight: 3 };
    bends.set(`${column}\0${parent}`, bend);
    return bend;
  });

const stackIslands = (islands: readonly Island[]): readonly { readonly island: Island; readonly top: number }[] => {
  let next = 0;
  return islands.map((island) => ({ island, top: (next += island.height + islandGap) - island.height - islandGap }));
};

type PlacedColumns = {
  readonly columns: readonly { readonly x: number; readonly width: number }[];
  readonly phases: readonly { readonly x: number; readonly width: number }[];
  readonly width: number;
};

/** How many lines there are to the right of each column: they need room to be told apart. */
const crowdsOf = (islands: readonly Island[]): ReadonlyMap<number, number> =>
  new Map(
    [
      ...Map.groupBy(
        islands.flatMap(({ lines }) => lines),
        ({ left }) => left.column,
      ),
    ].map(([column, lines]) => [column, lines.length]),
  );

type Columning = {
  readonly columnOf: ReadonlyMap<Block, number>;
  readonly widths: readonly number[];
  readonly widthOf: (table: KeyedTable) => number;
  readonly crowds: ReadonlyMap<number, number>;
};

const placeColumns = (blocks: readonly Block[], { columnOf, widths, widthOf, crowds }: Columning): PlacedColumns => {
  const count = widths.reduce((sum, each) => sum + each, 0);
  let x = 0;
  const columns = Array.from({ length: count }, (_, column) => {
    const own = blocks.filter((block) => columnOf.get(block) === column);
    const width = Math.max(
      80,
      ...own.map(({ tables, isCircle }) => Math.max(...tables.map(widthOf)) + (isCircle ? circlePadding.left + circlePadding.right : 0)),
    );
    const placed = { x, width };
    x += width + Math.min(150, 64 + 2 * (crowds.get(column) ?? 0));
    return placed;
  });
  let next = 0;
  const phases = widths.map((each) => {
    const [first, last] = [columns[next], columns[next + each - 1]];
    next += each;
    return { x: first?.x ?? 0, width: (last?.x ?? 0) + (last?.width ?? 0) - (first?.x ?? 0) };
  });
  const last = columns.at(-1);
  return { columns, phases, width: (last?.x ?? 0) + (last?.width ?? 0) };
};

const areaOf = (block: Block, box: Box, { columns }: PlacedColumns, top: number): Area => ({
  x: columns[box.column]?.x ?? 0,
  y: top,
  width: columns[box.column]?.width ?? 0,
  height: boxFor(block, 0).height,
});

const drawTables = ({ blocks, tops }: Island, top: number, columns: PlacedColumns): readonly PlacedTable[] =>
  [...blocks].flatMap(([block, box]) => {
    const area = areaOf(block, box, columns, top + (tops.get(box) ?? 0));
    const padding = block.isCircle ? circlePadding : { above: 0, left: 0, right: 0 };
    return block.tables.map((table, at) => ({
      table,
      x: area.x + padding.left,
      y: area.y + padding.above + at * (tableHeight + memberGap),
      width: area.width - padding.left - padding.right,
      height: tableHeight,
    }));
  });

const drawCircles = ({ blocks, tops }: Island, top: number, columns: PlacedColumns): readonly Area[] =>
  [...blocks].flatMap(([block, box]) => (block.isCircle ? [areaOf(block, box, columns, top + (tops.get(box) ?? 0))] : []));

type Drawing = { readonly columns: PlacedColumns; readonly tables: ReadonlyMap<string, PlacedTable> };

const drawLinks = ({ ways, tops }: Island, top: number, { columns: { columns }, tables }: Drawing): readonly PlacedLink[] => {
  const bendAt = (box: Box): number => top + (tops.get(box) ?? 0) + box.height / 2;
  const drawn = ways.flatMap(({ link, stops }) => {
    const [child, parent] = [tables.get(link.child), tables.get(link.parent)];
    if (child === undefined || parent === undefined) return [];
    const end = { x: parent.x + parent.width, y: parent.y + tableHeight / 2 };
    if (link.isInCircle) return [{ link, child, before: [], end }];
    const bends = stops.slice(1, -1).toReversed();
    const before = bends.flatMap((box) => {
      const column = columns[box.column] ?? { x: 0, width: 0 };
      return [
        { x: column.x + column.width, y: bendAt(box) },
        { x: column.x, y: bendAt(box) },
      ];
    });
    return [{ link, child, before, end }];
  });
  const ports = portsOf(drawn.map(({ link, before, end }) => ({ link, y: before[0]?.y ?? end.y })));
  return drawn.map(({ link, child, before, end }) => {
    const y = child.y + tableHeight / 2 + (ports.get(link) ?? 0);
    return { link, points: [{ x: link.isInCircle ? child.x + child.width : child.x, y }, ...before, end] };
  });
};

/** Several references of a table leave it one below the other, in the order of where they go. */
const portsOf = (ends: readonly { readonly link: Link; readonly y: number }[]): ReadonlyMap<Link, number> =>
  new Map(
    [
      ...Map.groupBy(
        ends.filter(({ link }) => !link.isInCircle),
        ({ link }) => link.child,
      ).values(),
    ].flatMap((group) => {
      const step = Math.min(8, (tableHeight - 10) / Math.max(1, group.length - 1));
      return group.toSorted((one, other) => one.y - other.y).map(({ link }, at) => [link, Math.round((at - (group.length - 1) / 2) * step)] as const);
    }),
  );

type Grid = { readonly widthOf: (table: KeyedTable) => number; readonly width: number; readonly top: number };

const placeAlone = (
  alone: readonly KeyedTable[],
  { widthOf, width, top }: Grid,
): { readonly tables: readonly PlacedTable[]; readonly width: number; readonly bottom: number } => {
  if (alone.length === 0) return { tables: [], width: 0, bottom: 0 };
  const [each, gap] = [Math.max(...alone.map(widthOf)), 24];
  const across = Math.max(Math.floor((width + gap) / (each + gap)), Math.ceil(Math.sqrt(alone.length / 3)), 1);
  const down = Math.ceil(alone.length / across);
  return {
    tables: alone.map((table, at) => ({
      table,
      x: Math.floor(at / down) * (each + gap),
      y: top + (at % down) * (tableHeight + tableGap),
      width: each,
      height: tableHeight,
    })),
    width: Math.ceil(alone.length / down) * (each + gap) - gap,
    bottom: top + down * (tableHeight + tableGap) - tableGap,
  };
};
