const blockBytes = 1 << 18;

/** Small pieces of text gathered into blocks, and what has been gathered since a mark, for a hash of just that. */
export type ByteSink = {
  readonly bytes: number;
  text(text: string): void;
  bytesOf(bytes: Uint8Array): void;
  /** Whole blocks so far, or all that there is. */
  take(all: boolean): readonly Buffer[];
  /** Hands everything since the last mark to `since`, and marks this place. */
  mark(since: (bytes: Uint8Array) => void): void;
};

export const createByteSink = (onBlock: (bytes: Uint8Array) => void): ByteSink => {
  const state = { block: Buffer.allocUnsafe(blockBytes), filled: 0, marked: 0, bytes: 0, ready: [] as Buffer[] };
  const turn = (): void => {
    onBlock(state.block.subarray(state.marked, state.filled));
    state.ready.push(state.block.subarray(0, state.filled));
    state.block = Buffer.allocUnsafe(blockBytes);
    state.filled = 0;
    state.marked = 0;
  };
  const bytesOf = (bytes: Uint8Array): void => {
    state.bytes += bytes.byteLength;
    for (let from = 0; from < bytes.byteLength;) {
      const part = bytes.subarray(from, from + blockBytes - state.filled);
      state.block.set(part, state.filled);
      state.filled += part.byteLength;
      from += part.byteLength;
      if (state.filled === blockBytes) turn();
    }
  };
  return {
    get bytes() {
      return state.bytes;
    },
    text: (text) => {
      if (state.filled + text.length * 3 >= blockBytes) return bytesOf(Buffer.from(text));
      const written = state.block.write(text, state.filled);
      state.filled += written;
      state.bytes += written;
    },
    bytesOf,
    take: (all) => {
      if (all && state.filled > 0) turn();
      const { ready } = state;
      state.ready = [];
      return ready;
    },
    mark: (since) => {
      since(state.block.subarray(state.marked, state.filled));
      state.marked = state.filled;
    },
  };
};
