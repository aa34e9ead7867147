import { truncated } from './refusals.ts';

/** Takes exact numbers of bytes from a stream of chunks of any size, copying only across chunk borders. */
export type ByteReader = {
  /** `undefined` at the end of the source; refuses when the source ends in between. */
  exactly(bytes: number): Promise<Buffer | undefined>;
  /** What is there, at most so many bytes; refuses at the end of the source. */
  upTo(bytes: number): Promise<Buffer>;
};

export const createByteReader = (source: AsyncIterator<Uint8Array>): ByteReader => {
  let chunk: Buffer = Buffer.alloc(0);
  let offset = 0;
  const fill = async (): Promise<boolean> => {
    while (offset === chunk.length) {
      const next = await source.next();
      if (next.done === true) return false;
      chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      offset = 0;
    }
    return true;
  };
  const take = (bytes: number): Buffer => {
    const part = chunk.subarray(offset, Math.min(offset + bytes, chunk.length));
    offset += part.length;
    return part;
  };
  return {
    exactly: async (bytes) => {
      if (!(await fill())) return undefined;
      if (chunk.length - offset >= bytes) return take(bytes);
      const parts: Buffer[] = [];
      for (let missing = bytes; missing > 0;) {
        if (!(await fill())) throw truncated('it stops inside an entry');
        const part = take(missing);
        parts.push(part);
        missing -= part.length;
      }
      return Buffer.concat(parts);
    },
    upTo: async (bytes) => {
      if (!(await fill())) throw truncated('it stops inside an entry');
      return take(bytes);
    },
  };
};
