import { Defect } from '../../domain/refusal.ts';

/**
 * Rows as COPY sends them in its binary form: of four columns the node, the key as JSON or nothing, the row's state, and
 * its line. A line is handed on as it comes, however long it is; only what stands before it is gathered.
 */
export type RowTaker = {
  row(node: number, key: string | undefined, state: bigint): void;
  line(bytes: Buffer): void;
};

const headerBytes = 19;
const isEnd = -1;

export const createRowParser = (taker: RowTaker): ((chunk: Uint8Array) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  let isBegun = false;
  let isOver = false;
  let lineLeft = 0;
  /** How many bytes of `bytes` from `at` on were a row's beginning; 0: not all of it has come. */
  const begin = (bytes: Buffer, at: number): number => {
    if (bytes.length - at < 2) return 0;
    if (bytes.readInt16BE(at) === isEnd) {
      isOver = true;
      return 2;
    }
    if (bytes.readInt16BE(at) !== 4) throw new Defect('A row of a snapshot has not four columns');
    if (bytes.length - at < 14) return 0;
    const keyBytes = Math.max(bytes.readInt32BE(at + 10), 0);
    const state = at + 14 + keyBytes;
    if (bytes.length < state + 16) return 0;
    const key = bytes.readInt32BE(at + 10) < 0 ? undefined : bytes.toString('utf8', at + 14, state);
    taker.row(bytes.readInt32BE(at + 6), key, bytes.readBigInt64BE(state + 4));
    lineLeft = bytes.readInt32BE(state + 12);
    return state + 16 - at;
  };
  return (chunk) => {
    const come = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = rest.length === 0 ? come : Buffer.concat([rest, come]);
    let at = 0;
    if (!isBegun && bytes.length >= headerBytes) {
      at = headerBytes + bytes.readInt32BE(headerBytes - 4);
      isBegun = true;
    }
    while (isBegun && !isOver && at < bytes.length) {
      if (lineLeft > 0) {
        const end = Math.min(at + lineLeft, bytes.length);
        taker.line(bytes.subarray(at, end));
        lineLeft -= end - at;
        at = end;
        continue;
      }
      const begun = begin(bytes, at);
      if (begun === 0) break;
      at += begun;
    }
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0);
  };
};
