const blockBytes = 1 << 18;

/** Small pieces of text gathered into blocks, and what has been gathered since a mark, for a hash of just that. */
export type ByteSink = {
  readonly bytes: number;
  text(text: string): void;
  bytesOf(bytes: Uint8Array): void;
  /** Whole blocks so far, or all that there is. They are the sink's again when it is asked the next time. */
  take(all: boolean): readonly Buffer[];
  /** Hands everything since the last mark to `since`, and marks this place. */
  mark(since: (bytes: Uint8Array) => void): void;
};

type Block = { readonly bytes: Buffer; filled: number };
const emptyBlock = (): Block => ({ bytes: Buffer.allocUnsafeSlow(blockBytes), filled: 0 });

export const createByteSink = (onBlock: (bytes: Uint8Array) => void): ByteSink => {
  const state = { block: emptyBlock(), marked: 0, bytes: 0, ready: [] as Block[], lent: [] as Block[], free: [] as Block[] };
  const turn = (): void => {
    const { block } = state;
    onBlock(block.bytes.subarray(state.marked, block.filled));
    state.ready.push(block);
    state.block = state.free.pop() ?? emptyBlock();
    state.block.filled = 0;
    state.marked = 0;
  };
  const bytesOf = (bytes: Uint8Array): void => {
    state.bytes += bytes.byteLength;
    for (let from = 0; from < bytes.byteLength;) {
      const { block } = state;
      const part = bytes.subarray(from, from + blockBytes - block.filled);
      block.bytes.set(part, block.filled);
      block.filled += part.byteLength;
      from += part.byteLength;
      if (block.filled === blockBytes) turn();
    }
  };
  return {
    get bytes() {
      return state.bytes;
    },
    text: (text) => {
      const { block } = state;
      if (block.filled + text.length * 3 >= blockBytes) return bytesOf(Buffer.from(text));
      const written = block.bytes.write(text, block.filled);
      block.filled += written;
      state.bytes += written;
    },
    bytesOf,
    take: (all) => {
      if (all && state.block.filled > 0) turn();
      state.free.push(...state.lent);
      state.lent = state.ready;
      state.ready = [];
      return state.lent.map(({ bytes, filled }) => bytes.subarray(0, filled));
    },
    mark: (since) => {
      since(state.block.bytes.subarray(state.marked, state.block.filled));
      state.marked = state.block.filled;
    },
  };
};
