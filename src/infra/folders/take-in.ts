import { createHash } from 'node:crypto';
import { Refusal } from '../../domain/refusal.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { chunkBytes } from '../files/chunk-bytes.ts';
import { receive, type Received, type ReceiveLimits } from '../receive/receive.ts';
import { openRegular } from './place.ts';

/** An aborted signal ends the reading at its next chunk, with what the signal says. */
export type TakeInOptions = { readonly name: string; readonly limits: ReceiveLimits; readonly signal?: AbortSignal };

/** A file of a folder of this machine, by the one way in. Undefined when it is not there any more. */
export const takeIn = async (blobs: BlobStore, path: string, options: TakeInOptions): Promise<Received | undefined> => {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  const before = await handle.stat();
  const unchanged = async (): Promise<void> => {
    const now = await handle.stat();
    if (now.size === before.size && now.mtimeMs === before.mtimeMs) return;
    throw new Refusal('INBOX_FILE_CHANGED', `The file ${options.name} changed while it was read. It is looked at again when it stays as it is.`, {
      name: options.name,
    });
  };
  try {
    return await receive(blobs, {
      ...options,
      source: handle.createReadStream({ highWaterMark: chunkBytes(before.size), autoClose: false }),
      confirm: unchanged,
    });
  } finally {
    await handle.close();
  }
};

/** The SHA-256 under which `takeIn` would keep it; nothing is kept. */
export const contentHash = async (blobs: BlobStore, path: string, options: TakeInOptions): Promise<string | undefined> => {
  const hashing: BlobStore['put'] = async (source, { check } = {}) => {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    const found = { sha256: hash.digest('hex'), bytes };
    await check?.(found);
    return found;
  };
  return (await takeIn({ ...blobs, put: hashing }, path, options))?.sha256;
};
