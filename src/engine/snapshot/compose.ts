import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import type { Key, Segment, Tally } from '../../domain/snapshot/segments.ts';
import type { Source } from '../../domain/snapshot/source.ts';
import type { RowTaker } from './binary-rows.ts';
import { createByteSink, type ByteSink } from './byte-sink.ts';

/**
 * Rows in the order of a file into its text, cut into segments where a leading row begins. Only what is open is kept: one
 * row of each depth, and a block of text.
 */
export type Composer = RowTaker & {
  /** Text that is ready. */
  take(): readonly Buffer[];
  /** The rest of the text, and what it was cut into. */
  end(): { readonly text: readonly Buffer[]; readonly segments: readonly Segment[] };
};

export type Composing = {
  readonly source: Source;
  /** Where in the file the text begins. */
  readonly offset: number;
  /** Whether nothing stands before it in its array. */
  readonly isFirst: boolean;
  /** The key with which the first segment begins; `own`: that of its first row. */
  readonly from?: Key | 'own';
  /** A leading row begins another segment when the one before has as many leading rows, or bytes. */
  readonly limit: { readonly rows: number; readonly bytes: number };
};

type Row = { readonly children: readonly number[]; done: number; array: number | undefined; isEmpty: boolean };
type Cut = { readonly from: Key | undefined; readonly offset: number; readonly hash: Hash; readonly rows: number[]; readonly digests: bigint[] };

type State = {
  readonly composing: Composing;
  readonly sink: ByteSink;
  readonly depths: readonly number[];
  readonly stack: Row[];
  readonly segments: Segment[];
  cut: Cut | undefined;
};

const keySchema = z.array(z.string());

export const createComposer = (composing: Composing): Composer => {
  const { nodes } = composing.source;
  const depths: number[] = [];
  for (const { parent } of nodes) depths.push(parent === undefined ? 0 : (depths[parent.index] ?? 0) + 1);
  const sink = createByteSink((bytes) => void state.cut?.hash.update(bytes));
  const state: State = { composing, sink, depths, stack: [], segments: [], cut: undefined };
  return {
    row: (node, key, digest) => {
      if (node === 0) lead(state, key);
      else enter(state, node);
      state.stack.push({ children: nodes[node]?.children ?? [], done: 0, array: undefined, isEmpty: nodes[node]?.cells.length === 0 });
      count(state, node, digest);
    },
    line: (bytes) => sink.bytesOf(bytes),
    take: () => sink.take(false),
    end: () => {
      closeRows(state, 0);
      closeSegment(state);
      return { text: sink.take(true), segments: state.segments };
    },
  };
};

const count = ({ cut }: State, node: number, digest: bigint): void => {
  if (cut === undefined) return;
  cut.rows[node] = (cut.rows[node] ?? 0) + 1;
  cut.digests[node] = (cut.digests[node] ?? 0n) + digest;
};

const lead = (state: State, key: string | undefined): void => {
  const { composing, sink } = state;
  closeRows(state, 0);
  const isJson = composing.source.format === 'json';
  const isFull = state.cut !== undefined && ((state.cut.rows[0] ?? 0) >= composing.limit.rows || segmentBytes(state) >= composing.limit.bytes);
  const isNew = state.cut === undefined || (isFull && key !== undefined);
  const isSeparated = isJson && !(composing.isFirst && sink.bytes === 0);
  if (isNew) {
    const from = state.cut === undefined && composing.from !== 'own' ? composing.from : keySchema.parse(JSON.parse(key ?? '[]'));
    closeSegment(state);
    if (isSeparated) sink.text(',');
    sink.mark(() => undefined);
    state.cut = { from, offset: sink.bytes, hash: createHash('sha256'), rows: [], digests: [] };
  } else if (isSeparated) sink.text(',');
  if (isJson) sink.text('\n');
};

const segmentBytes = ({ sink, cut }: State): number => sink.bytes - (cut?.offset ?? 0);

const closeSegment = (state: State): void => {
  const { sink, cut, composing } = state;
  if (cut === undefined) return;
  sink.mark((bytes) => void cut.hash.update(bytes));
  const tallies = composing.source.nodes.map((_, node): Tally => ({ rows: cut.rows[node] ?? 0, digest: String(cut.digests[node] ?? 0n) }));
  state.segments.push({
    ...(cut.from === undefined ? {} : { from: cut.from }),
    offset: composing.offset + cut.offset,
    bytes: sink.bytes - cut.offset,
    hash: cut.hash.digest('base64url').slice(0, 22),
    tallies,
  });
  state.cut = undefined;
};

/** A row inside the one that is open around it. */
const enter = (state: State, node: number): void => {
  const { sink, stack, depths } = state;
  closeRows(state, depths[node] ?? 0);
  const around = stack.at(-1);
  if (around === undefined) return;
  if (around.array === node) {
    sink.text(',');
    return;
  }
  closeArray(state, around);
  passBy(state, around, node);
  around.done += 1;
  member(state, around, node, '[');
  around.array = node;
};

/** All rows that are as deep, or deeper. */
const closeRows = (state: State, depth: number): void => {
  const isCsv = state.composing.source.format === 'csv';
  while (state.stack.length > depth) {
    const row = state.stack.pop();
    if (row === undefined) return;
    closeArray(state, row);
    passBy(state, row, Number.POSITIVE_INFINITY);
    state.sink.text(isCsv ? '\n' : '}');
  }
};

const closeArray = ({ sink }: State, row: Row): void => {
  if (row.array !== undefined) sink.text(']');
  row.array = undefined;
};

/** Arrays up to this one that have no row. */
const passBy = (state: State, row: Row, before: number): void => {
  for (let next = row.children[row.done]; next !== undefined && next < before; next = row.children[row.done]) {
    member(state, row, next, '[]');
    row.done += 1;
  }
};

const member = ({ sink, composing }: State, row: Row, node: number, text: string): void => {
  sink.text(`${row.isEmpty ? '' : ','}${JSON.stringify(composing.source.nodes[node]?.name)}:${text}`);
  row.isEmpty = false;
};
