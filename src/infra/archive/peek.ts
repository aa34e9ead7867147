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
  const pieces = async function* (): AsyncGenerator<Buffer> {
    yield* chunks.splice(0);
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield bufferOf(next.value);
  };
  const whole = pieces();
  const leave = whole.return.bind(whole);
  // A generator that has not begun runs no `finally`, and whoever looks at the head alone leaves before it begins.
  whole.return = async (value) => {
    const left = await leave(value);
    await iterator.return?.();
    return left;
  };
  return { head: Buffer.concat(chunks).subarray(0, bytes), whole };
};
