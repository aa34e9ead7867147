const bufferOf = (chunk: Uint8Array): Buffer => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

/** The first bytes of a stream, and the whole stream again. */
export const peek = async (source: AsyncIterable<Uint8Array>, bytes: number): Promise<{ head: Buffer; whole: AsyncGenerator<Buffer> }> => {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < bytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(bufferOf(next.value));
    size += next.value.byteLength;
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* chunks.splice(0);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield bufferOf(next.value);
    } finally {
      await iterator.return?.();
    }
  };
  return { head: Buffer.concat(chunks).subarray(0, bytes), whole: whole() };
};
