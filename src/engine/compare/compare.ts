import { createHash } from 'node:crypto';
import type { Session } from '../../infra/postgres/session.ts';
import { countRows, hashTable, listImages, showRows, type Half, type ShownRow, type TableHashRow } from './compare.sql.ts';
import { mergeImages, type ImageDifferences } from './merge-images.ts';
import type { Paired, PairedTable } from './pair-tables.ts';

/** One table of two databases: counts, order-free hashes, and where they differ the first keys. */
export type TableComparison = {
  readonly table: string;
  readonly equal: boolean;
  /** Absent where the side has no such table. */
  readonly rowsA?: number;
  readonly rowsB?: number;
  readonly hashA?: string;
  readonly hashB?: string;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly different: number;
  readonly aside: readonly string[];
  readonly differences: readonly DataDifference[];
};

export type DataDifference = {
  /** The row's name, or its content where the table has no key. */
  readonly key: string;
  readonly side: 'a' | 'b' | 'both';
  readonly cells: readonly { readonly column: string; readonly a: string | null; readonly b: string | null }[];
};

export type Sessions = { readonly a: Session; readonly b: Session };

export const compareTables = async (sessions: Sessions, paired: Paired, limit: number): Promise<readonly TableComparison[]> => {
  const found: TableComparison[] = [];
  for (const pair of paired.tables) found.push(await comparePair(sessions, { pair, paired, limit }));
  for (const { table, side } of paired.single) {
    const { rows } = await sessions[side].one<{ rows: string }>(countRows(table));
    const count = Number(rows);
    const own = side === 'a' ? { rowsA: count, onlyA: count, onlyB: 0 } : { rowsB: count, onlyA: 0, onlyB: count };
    found.push({ table: `${table.schema}.${table.name}`, equal: false, different: 0, aside: [], differences: [], ...own });
  }
  return found.toSorted((one, other) => (one.table < other.table ? -1 : 1));
};

type PairInput = { readonly pair: PairedTable; readonly paired: Paired; readonly limit: number };

const comparePair = async (sessions: Sessions, { pair, paired, limit }: PairInput): Promise<TableComparison> => {
  const [a, b] = (['a', 'b'] as const).map((side): Half => ({ pair, side, naming: paired.namings[side] })) as [Half, Half];
  const [left, right] = await Promise.all([sessions.a.one<TableHashRow>(hashTable(a)), sessions.b.one<TableHashRow>(hashTable(b))]);
  const [hashA, hashB] = [hashOf(left), hashOf(right)];
  const counted = { table: pair.table, rowsA: Number(left.rows), rowsB: Number(right.rows), hashA, hashB, aside: pair.aside };
  if (hashA === hashB) return { ...counted, equal: true, onlyA: 0, onlyB: 0, different: 0, differences: [] };
  const { first, ...counts } = await mergeImages(sessions.a.copyOut(listImages(a)), sessions.b.copyOut(listImages(b)), limit);
  return { ...counted, equal: false, ...counts, differences: await describeDifferences(sessions, [a, b], first) };
};

const hashOf = ({ rows, high, low }: TableHashRow): string => createHash('md5').update(`${rows}:${high}:${low}`).digest('hex');

const describeDifferences = async (sessions: Sessions, [a, b]: readonly [Half, Half], first: ImageDifferences['first']): Promise<readonly DataDifference[]> => {
  const names = first.map(({ name }) => name);
  const [left, right] = await Promise.all([sessions.a.many<ShownRow>(showRows(a, names)), sessions.b.many<ShownRow>(showRows(b, names))]);
  const [byA, byB] = [left, right].map((rows) => new Map(rows.map((row) => [row.name, row])));
  return first.map(({ name, side }) => {
    const [mine, theirs] = [byA?.get(name), byB?.get(name)];
    return { key: mine?.shown ?? theirs?.shown ?? name, side, cells: side === 'both' ? changedCells(a.pair, mine, theirs) : [] };
  });
};

const changedCells = ({ cells }: PairedTable, mine: ShownRow | undefined, theirs: ShownRow | undefined): DataDifference['cells'] =>
  cells.flatMap(({ name }, at) => {
    if ((mine?.marks[at] ?? null) === (theirs?.marks[at] ?? null)) return [];
    return [{ column: name, a: mine?.cells[at] ?? null, b: theirs?.cells[at] ?? null }];
  });
