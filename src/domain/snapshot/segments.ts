/** The values of a row's key, as text. */
export type Key = readonly string[];

/** Rows from one key on (absent: from the first), up to before another (absent: to the last). */
export type KeyRange = { readonly from?: Key; readonly to?: Key };

/** Rows of a source by their node: how many, and the sum of their states. */
export type Tally = { readonly rows: number; readonly digest: string };

/** A part of a file: the text of the rows of a range of keys. */
export type Segment = {
  /** The key with which it begins; absent: it is the first. It ends where the next one begins. */
  readonly from?: Key;
  /** In the file, without what separates it from the segment before. */
  readonly offset: number;
  readonly bytes: number;
  /** Of its text. */
  readonly hash: string;
  /** By node. */
  readonly tallies: readonly Tally[];
};

/** What a new file is made of, in order. */
export type Part =
  /** Segments of the old file, `first` to before `end`. */
  | { readonly kind: 'kept'; readonly first: number; readonly end: number }
  /** Rows to be asked for; they were in the segments `first` to before `end`. */
  | { readonly kind: 'read'; readonly first: number; readonly end: number; readonly range: KeyRange };

export type SegmentPlan = {
  readonly parts: readonly Part[];
  /** Nodes in which something differs. */
  readonly nodes: ReadonlySet<number>;
  /** By node. */
  readonly rows: readonly number[];
};

/** By node, then by segment; a node that was not asked for is as it was. */
export type FoundTallies = ReadonlyMap<number, ReadonlyMap<number, Tally>>;

export const noRows: Tally = { rows: 0, digest: '0' };

/** Which segments stay and which are asked for again; of a file that is not there, all. */
export const planSegments = (nodes: number, old: readonly Segment[], found: FoundTallies): SegmentPlan => {
  const differing = new Set<number>();
  const rows = Array.from({ length: nodes }, () => 0);
  const states = Array.from({ length: Math.max(old.length, 1) }, (_, at): State => {
    const pairs = rows.map((__, node) => compare(old[at]?.tallies[node] ?? noRows, node, { at, found }));
    pairs.forEach(({ now, isSame }, node) => {
      rows[node] = (rows[node] ?? 0) + now.rows;
      if (!isSame) differing.add(node);
    });
    if (old.length > 0 && pairs.every(({ isSame }) => isSame)) return 'kept';
    return pairs[0]?.now.rows === 0 ? 'gone' : 'read';
  });
  return { parts: partsOf(states, old), nodes: differing, rows };
};

type Place = { readonly at: number; readonly found: FoundTallies };

const compare = (before: Tally, node: number, { at, found }: Place): { readonly now: Tally; readonly isSame: boolean } => {
  const asked = found.get(node);
  const now = asked === undefined ? before : (asked.get(at) ?? noRows);
  return { now, isSame: now.rows === before.rows && now.digest === before.digest };
};

type State = 'kept' | 'gone' | 'read';

const nearlyAll = 0.95;

const partsOf = (states: readonly State[], old: readonly Segment[]): readonly Part[] => {
  const parts: Part[] = [];
  // Once nearly all of it is to be read, one statement for all is sooner there than many.
  if (states.filter((state) => state === 'read').length > states.length * nearlyAll) return [{ kind: 'read', first: 0, end: states.length, range: {} }];
  for (let first = 0; first < states.length;) {
    const kind = states[first] ?? 'gone';
    let end = first + 1;
    while (end < states.length && states[end] === kind) end += 1;
    if (kind === 'kept') parts.push({ kind, first, end });
    if (kind === 'read') parts.push({ kind, first, end, range: { ...fromOf(old[first]), ...toOf(old[end]) } });
    first = end;
  }
  return parts;
};

const fromOf = (segment: Segment | undefined): KeyRange => (segment?.from === undefined ? {} : { from: segment.from });
const toOf = (segment: Segment | undefined): KeyRange => (segment?.from === undefined ? {} : { to: segment.from });

/** Whether the rows of these nodes are the same in both, as far as sums say; they may be cut otherwise. */
export const areSameRows = (nodes: readonly number[], before: readonly Segment[], after: readonly Segment[]): boolean =>
  nodes.every((node) => {
    const [one, other] = [sumOf(node, before), sumOf(node, after)];
    return one.rows === other.rows && one.digest === other.digest;
  });

const sumOf = (node: number, segments: readonly Segment[]): { readonly rows: number; readonly digest: bigint } => {
  const tallies = segments.map(({ tallies: all }) => all[node] ?? noRows);
  return { rows: tallies.reduce((sum, { rows }) => sum + rows, 0), digest: tallies.reduce((sum, { digest }) => sum + BigInt(digest), 0n) };
};
