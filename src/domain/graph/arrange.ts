/**
 * Boxes in columns, connected from column to column: in which order they stand, so that few lines cross, and how high, so
 * that lines are straight. Knows nothing of tables. What it gets is small (a database's tables), and it is always the
 * same picture of the same tables: nothing is left to chance.
 */
export type Box = {
  readonly column: number;
  readonly height: number;
  /** Free room below. */
  readonly gap: number;
  /** How much it wants to stay where its lines are; a mere bend of a line more than a table. */
  readonly weight: number;
};

/** From a box to one in the next column; where on each box, from its middle. */
export type Line = { readonly left: Box; readonly right: Box; readonly leftOffset: number; readonly rightOffset: number };

/** The upper edge of each box. */
export type Heights = ReadonlyMap<Box, number>;

export const arrange = (boxes: readonly Box[], lines: readonly Line[]): Heights => {
  const columns = orderBoxes(boxes, lines);
  return straighten(columns, lines);
};

type Order = readonly (readonly Box[])[];
type Sides = { readonly toLeft: ReadonlyMap<Box, readonly Line[]>; readonly toRight: ReadonlyMap<Box, readonly Line[]> };

const sidesOf = (lines: readonly Line[]): Sides => ({
  toLeft: Map.groupBy(lines, ({ right }) => right),
  toRight: Map.groupBy(lines, ({ left }) => left),
});

const sweeps = 24;

/** Sweeps to and fro: each column is sorted by where its neighbours stand; the best that was seen is taken. */
const orderBoxes = (boxes: readonly Box[], lines: readonly Line[]): Order => {
  const sides = sidesOf(lines);
  const width = 1 + Math.max(0, ...boxes.map(({ column }) => column));
  let order: Order = Array.from({ length: width }, (_, column) => boxes.filter((box) => box.column === column));
  let best = { order, crossings: countCrossings(order, lines) };
  for (let sweep = 0; sweep < sweeps && best.crossings > 0; sweep += 1) {
    order = sweep % 2 === 0 ? sweepRight(order, sides) : sweepLeft(order, sides);
    const crossings = countCrossings(order, lines);
    if (crossings < best.crossings) best = { order, crossings };
  }
  return swapNeighbours(best.order, lines);
};

const placesOf = (column: readonly Box[]): ReadonlyMap<Box, number> => new Map(column.map((box, place) => [box, place]));

const sweepRight = (order: Order, { toLeft }: Sides): Order => {
  const done: (readonly Box[])[] = [];
  for (const column of order) done.push(sortBy(column, placesOf(done.at(-1) ?? []), (box) => (toLeft.get(box) ?? []).map(placeAt('left'))));
  return done;
};
const sweepLeft = (order: Order, { toRight }: Sides): Order => {
  const done: (readonly Box[])[] = [];
  for (const column of order.toReversed()) done.push(sortBy(column, placesOf(done.at(-1) ?? []), (box) => (toRight.get(box) ?? []).map(placeAt('right'))));
  return done.toReversed();
};

type End = { readonly box: Box; readonly share: number };
/** Where in a high box a line ends tells two lines to the same box apart. */
const placeAt =
  (side: 'left' | 'right') =>
  (line: Line): End => ({
    box: line[side],
    share: (side === 'left' ? line.leftOffset : line.rightOffset) / Math.max(1, line[side].height),
  });

/** Without neighbours a box keeps its place. */
const sortBy = (column: readonly Box[], places: ReadonlyMap<Box, number>, endsOf: (box: Box) => readonly End[]): readonly Box[] => {
  const wanted = new Map(
    column.map((box, place) => {
      const ends = endsOf(box).map(({ box: other, share }) => (places.get(other) ?? 0) + share);
      return [box, ends.length === 0 ? place : mean(ends)];
    }),
  );
  return column.toSorted((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
};

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);

const countCrossings = (order: Order, lines: readonly Line[]): number => {
  const crossingsAt = crossingsIn(order, lines);
  return order.reduce((sum, _, at) => sum + crossingsAt(at), 0);
};

/** Crossings between a column and the next one; asked again after a change of the order. */
const crossingsIn = (order: Order, lines: readonly Line[]): ((at: number) => number) => {
  const byColumn = Map.groupBy(lines, ({ left }) => left.column);
  return (at) => crossingsBetween(placesOf(order[at] ?? []), placesOf(order[at + 1] ?? []), byColumn.get(at) ?? []);
};

type Places = ReadonlyMap<Box, number>;

/** Pairs in the wrong order: for each line how many before it end below it. */
const crossingsBetween = (left: Places, right: Places, lines: readonly Line[]): number => {
  const ends = lines
    .map((line) => [(left.get(line.left) ?? 0) + placeAt('left')(line).share, (right.get(line.right) ?? 0) + placeAt('right')(line).share] as const)
    .toSorted(([one, first], [other, second]) => one - other || first - second)
    .map(([, end]) => end);
  const sorted: number[] = [];
  let crossings = 0;
  for (const end of ends) {
    const at = firstAbove(sorted, end);
    crossings += sorted.length - at;
    sorted.splice(at, 0, end);
  }
  return crossings;
};

const firstAbove = (sorted: readonly number[], value: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** Above it the sweeps have to do. */
const mostForSwaps = 400;

/** Neighbours change places where that leaves fewer crossings. */
const swapNeighbours = (order: Order, lines: readonly Line[]): Order => {
  if (lines.length > mostForSwaps) return order;
  const columns = order.map((column) => [...column]);
  const crossingsAt = crossingsIn(columns, lines);
  for (let improved = true, round = 0; improved && round < 8; round += 1)
    improved = columns.map((column, index) => improveColumn(column, () => crossingsAt(index - 1) + crossingsAt(index))).some((better) => better);
  return columns;
};

const improveColumn = (column: Box[], count: () => number): boolean => {
  const before = count();
  let least = before;
  for (let at = 0; at + 1 < column.length && least > 0; at += 1) {
    swap(column, at);
    const crossings = count();
    if (crossings < least) least = crossings;
    else swap(column, at);
  }
  return least < before;
};

const swap = (column: Box[], at: number): void => void column.splice(at, 2, ...column.slice(at, at + 2).toReversed());

const rounds = 40;

/** Each column in turn moves to where its lines are straight, as far as its order and gaps let it. */
const straighten = (order: Order, lines: readonly Line[]): Heights => {
  const heights = new Map<Box, number>();
  for (const column of order) stack(column).forEach((height, at) => setHeight(heights, column[at], height));
  const sides = sidesOf(lines);
  const middle = (box: Box): number => (heights.get(box) ?? 0) + box.height / 2;
  const pulls = (box: Box, use: { readonly left: boolean; readonly right: boolean }): readonly Pull[] => [
    ...(use.left ? (sides.toLeft.get(box) ?? []) : []).map(({ left, leftOffset, rightOffset }) => ({
      wanted: middle(left) + leftOffset - rightOffset,
      weight: left.weight * box.weight,
    })),
    ...(use.right ? (sides.toRight.get(box) ?? []) : []).map(({ right, leftOffset, rightOffset }) => ({
      wanted: middle(right) + rightOffset - leftOffset,
      weight: right.weight * box.weight,
    })),
  ];
  for (let round = 0; round < rounds; round += 1) {
    const isLast = round >= rounds - 10;
    const use = { left: isLast || round % 2 === 0, right: isLast || round % 2 === 1 };
    for (const column of round % 2 === 0 ? order : order.toReversed()) {
      const pulled = column.map((box) => ({ box, ...combine(pulls(box, use), middle(box)) }));
      settle(pulled).forEach((height, at) => setHeight(heights, column[at], height));
    }
  }
  const top = Math.min(...heights.values());
  return new Map([...heights].map(([box, height]) => [box, Math.round(height - top)]));
};

const setHeight = (heights: Map<Box, number>, box: Box | undefined, height: number): void => {
  if (box !== undefined) heights.set(box, height);
};

const stack = (column: readonly Box[]): readonly number[] => {
  let next = 0;
  return column.map(({ height, gap }) => (next += height + gap) - height - gap);
};

type Pull = { readonly wanted: number; readonly weight: number };

const combine = (pulls: readonly Pull[], own: number): Pull => {
  const weight = pulls.reduce((sum, pull) => sum + pull.weight, 0);
  if (weight === 0) return { wanted: own, weight: 0.05 };
  return { wanted: pulls.reduce((sum, pull) => sum + pull.wanted * pull.weight, 0) / weight, weight };
};

/**
 * Upper edges next to what is wanted, in this order and without overlap: least squares under an order, which pooling
 * neighbours that would overlap solves exactly.
 */
const settle = (pulled: readonly (Pull & { readonly box: Box })[]): readonly number[] => {
  const offsets = stack(pulled.map(({ box }) => box));
  const pools: { sum: number; weight: number; count: number }[] = [];
  pulled.forEach(({ wanted, weight, box }, at) => {
    let pool = { sum: (wanted - box.height / 2 - (offsets[at] ?? 0)) * weight, weight, count: 1 };
    for (let last = pools.at(-1); last !== undefined && last.sum / last.weight > pool.sum / pool.weight; last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const bases = pools.flatMap(({ sum, weight, count }) => Array.from({ length: count }, () => sum / weight));
  return bases.map((base, at) => base + (offsets[at] ?? 0));
};
