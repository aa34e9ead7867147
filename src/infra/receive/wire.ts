import { createHash } from 'node:crypto';
import { tooLarge } from './refusals.ts';

/** A body on its way in: counted, hashed as it was sent, broken off at the limit or when nobody wants it any more. */
export type Wire = {
  readonly chunks: AsyncGenerator<Buffer>;
  bytes(): number;
  /** Of what has come so far; asked once, at the end. */
  sha256(): string;
};

export type WireOptions = { readonly name: string; readonly maxBytes: number; readonly signal?: AbortSignal | undefined };

export const createWire = (source: AsyncIterable<Uint8Array>, { name, maxBytes, signal }: WireOptions): Wire => {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(name, maxBytes);
      hash.update(chunk);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  };
  return { chunks: chunks(), bytes: () => bytes, sha256: () => hash.digest('hex') };
};
