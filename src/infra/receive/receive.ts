import type { BlobReference } from '../../domain/run/run.ts';
import { isNamedCompressed, nameOfContent } from '../../domain/upload/name.ts';
import { isAge } from '../archive/decrypt.ts';
import { compressionOf, decompressed, limited, type Compression } from '../archive/expand.ts';
import { peek } from '../archive/peek.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { chunkBytes } from '../files/chunk-bytes.ts';
import { crashPoint } from '../crash-point.ts';
import { compressionToUndo, headBytes } from './inside.ts';
import { bodyDiffers, hashDiffers, lengthDiffers, notAsDeclared, notCompressed, notExpanded } from './refusals.ts';
import { createWire, type Wire } from './wire.ts';

/**
 * The one way in for files, whichever door they take. A compressed single file is expanded on the way and addressed by its
 * content; an archive stays as it is. Nothing gets a name before every byte has come, was checked and is on disk: whatever
 * throws, and whoever dies meanwhile, leaves nothing that could be listed or read.
 */
export type Receiving = {
  readonly name: string;
  readonly source: AsyncIterable<Uint8Array>;
  readonly limits: ReceiveLimits;
  readonly signal?: AbortSignal | undefined;
  readonly expect?: Expectation;
  /** Asked when all bytes are there; what it throws keeps them out. */
  readonly confirm?: () => void | Promise<void>;
};

export type ReceiveLimits = { /** As sent, and expanded. */ readonly maxFileBytes: number; readonly maxRatio: number };

export type Expectation = {
  /** Of the content, expanded. */
  readonly sha256?: string | undefined;
  readonly wireSha256?: string | undefined;
  /** As sent. */
  readonly bytes?: number | undefined;
  /** What the sender says of the bytes as sent. */
  readonly compression?: Compression | undefined;
};

export type Received = BlobReference & {
  /** Of the content: without .gz or .zst when it was expanded. */
  readonly name: string;
  readonly wire: { readonly sha256: string; readonly bytes: number; readonly compression: 'none' | Compression };
};

export const receive = async (blobs: BlobStore, receiving: Receiving): Promise<Received> => {
  const { name, source, limits, signal, expect = {} } = receiving;
  const wire = createWire(source, { name, maxBytes: limits.maxFileBytes, signal });
  try {
    const { head, whole } = await peek(wire.chunks, headBytes);
    refuseFalseName(name, head, expect);
    const compression = await compressionToUndo(head);
    const content = compression === undefined ? whole : expanded(whole, compression, { name, limits, stored: wire.bytes, outBytes: outBytes(head) });
    let wireSha256 = '';
    const stored = await blobs.put(content, {
      check: async (found) => {
        wireSha256 = wire.sha256();
        checkArrived(name, expect, { found, wire, wireSha256 });
        await receiving.confirm?.();
        signal?.throwIfAborted();
        crashPoint('upload.written');
      },
    });
    return {
      ...stored,
      name: compression === undefined ? name : nameOfContent(name),
      wire: { sha256: wireSha256, bytes: wire.bytes(), compression: compression ?? 'none' },
    };
  } finally {
    await wire.chunks.return(undefined).catch(() => undefined);
  }
};

/** Of a small file all is in its head. */
const outBytes = (head: Buffer): number | undefined => (head.length < headBytes ? chunkBytes(head.length * 4) : undefined);

type Expanding = { readonly name: string; readonly limits: ReceiveLimits; stored(): number; readonly outBytes: number | undefined };

async function* expanded(whole: AsyncIterable<Buffer>, compression: Compression, expanding: Expanding): AsyncGenerator<Buffer> {
  const { name, limits, stored } = expanding;
  try {
    yield* limited(decompressed(whole, compression, expanding.outBytes), { maxExpandedBytes: limits.maxFileBytes, maxRatio: limits.maxRatio }, stored);
  } catch (error) {
    throw notExpanded(name, limits, error);
  }
}

/** A name that promises gzip over something else is a transfer that went wrong; better said now than when it is imported. */
const refuseFalseName = (name: string, head: Buffer, { compression: declared }: Expectation): void => {
  const found = compressionOf(head);
  if (declared !== undefined && found !== declared) throw notAsDeclared(name, declared);
  if (found === undefined && isNamedCompressed(name) && !isAge(head)) throw notCompressed(name);
};

type Arrived = { readonly found: BlobReference; readonly wire: Wire; readonly wireSha256: string };

const checkArrived = (name: string, expect: Expectation, { found, wire, wireSha256 }: Arrived): void => {
  if (expect.bytes !== undefined && wire.bytes() !== expect.bytes) throw lengthDiffers(name, expect.bytes, wire.bytes());
  if (expect.wireSha256 !== undefined && wireSha256 !== expect.wireSha256) throw bodyDiffers();
  if (expect.sha256 !== undefined && found.sha256 !== expect.sha256.toLowerCase())
    throw hashDiffers(name, { announced: expect.sha256.toLowerCase(), arrived: found.sha256, wire: wireSha256 });
};
