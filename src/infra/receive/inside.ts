import { Readable } from 'node:stream';
import { isAge } from '../archive/decrypt.ts';
import { compressionOf, decompressed, type Compression } from '../archive/expand.ts';
import { peek } from '../archive/peek.ts';

/** A block of zstd has at most 128 KiB: this much holds the first one of either kind, with its header. */
export const headBytes = 192 * 1024;

const insideBytes = 512;

const firstBytes = async (head: Buffer, compression: Compression): Promise<Buffer> => {
  const { head: found, whole } = await peek(decompressed(Readable.from([head], { objectMode: false }), compression, 4 * insideBytes), insideBytes);
  await whole.return(undefined);
  return found;
};

/**
 * How the bytes are compressed if they are to be expanded: by what they are, never by their name. An archive travels as it
 * is, so a compressed tar or age file stays as it was sent. What cannot be read here fails where all of it is read.
 */
export const compressionToUndo = async (head: Buffer): Promise<Compression | undefined> => {
  const compression = compressionOf(head);
  if (compression === undefined) return undefined;
  const inside = await firstBytes(head, compression).catch(() => Buffer.alloc(0));
  return isAge(inside) || inside.toString('latin1', 257, 262) === 'ustar' ? undefined : compression;
};
