import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, link, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { BlobReference } from '../../domain/run/run.ts';
import { Defect, Fault } from '../../domain/refusal.ts';
import { createAtomicFile, removeStaleFiles, syncFolder, type AtomicFile } from '../files/atomic-file.ts';
import { chunkBytes } from '../files/chunk-bytes.ts';
import { isDiskFull } from '../files/disk-full.ts';

/** Files under the name of their content. What is there is whole and on disk; storing it again changes nothing. */
export type BlobStore = {
  put(source: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<BlobReference>;
  /** Stores a file and removes it from where it was. */
  adopt(path: string): Promise<BlobReference>;
  /** Keeps a finished file that stays where it is, under its hash: without a second copy where the file system allows that. */
  keep(path: string, sha256: string): Promise<void>;
  /** Fails with `BLOB_MISSING` when read, if it is not there. */
  open(sha256: string): Readable;
  path(sha256: string): string;
  has(sha256: string): Promise<boolean>;
  /** False when missing or when its bytes no longer hash to its name. */
  verify(sha256: string): Promise<boolean>;
};

export type PutOptions = {
  /** Asked when all bytes are there; what it throws keeps them out, and nothing is left behind. */
  readonly check?: (found: BlobReference) => void | Promise<void>;
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const hashOf = async (source: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of source) hash.update(chunk);
  return hash.digest('hex');
};

/** Creates the folder, and clears away what crashed writers left in it. */
export const openBlobStore = async (folder: string): Promise<BlobStore> => {
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await removeStaleFiles(incoming);

  const folderOf = (sha256: string): string => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Defect('A blob is named by a SHA-256 in hex');
    return join(folder, sha256.slice(0, 2));
  };
  const path = (sha256: string): string => join(folderOf(sha256), sha256);
  const has = (sha256: string): Promise<boolean> => exists(path(sha256));

  const prepareFolder = async (sha256: string): Promise<void> => {
    if ((await mkdir(folderOf(sha256), { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(folder);
  };

  const fill = async (file: AtomicFile, source: AsyncIterable<Uint8Array>, { check }: PutOptions): Promise<BlobReference> => {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.write(chunk);
    }
    const found = { sha256: hash.digest('hex'), bytes };
    await check?.(found);
    // A second copy is written anew on purpose: it heals a blob that was damaged on disk.
    await prepareFolder(found.sha256);
    await file.publish(path(found.sha256));
    return found;
  };

  const put = async (source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<BlobReference> => {
    let file: AtomicFile | undefined;
    try {
      file = await createAtomicFile(incoming);
      return await fill(file, source, options);
    } catch (error) {
      await file?.discard().catch(() => undefined);
      throw isDiskFull(error) ? diskFull(error) : error;
    }
  };

  return {
    put,
    adopt: async (source) => {
      const reference = await put(createReadStream(source, { highWaterMark: 256 * 1024 }));
      await rm(source, { force: true });
      return reference;
    },
    keep: async (source, sha256) => {
      await prepareFolder(sha256);
      try {
        await link(source, path(sha256));
        await syncFolder(folderOf(sha256));
      } catch (error) {
        if (isThere(error)) return;
        // Another file system, or one without links.
        await put(createReadStream(source, { highWaterMark: 256 * 1024 }));
      }
    },
    open: (sha256) => Readable.from(read(path(sha256), sha256), { objectMode: false }),
    path,
    has,
    verify: async (sha256) => (await has(sha256)) && (await hashOf(createReadStream(path(sha256), { highWaterMark: 1024 * 1024 }))) === sha256,
  };
};

/** Without room nothing was stored; what was written of it is gone. */
const diskFull = (cause: unknown): Fault =>
  new Fault('DISK_FULL', 'There is no space left where files are stored. Nothing was stored. Make room, then send the file again.', { cause });

const isThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST';

async function* read(path: string, sha256: string): AsyncGenerator<Buffer> {
  try {
    const { size } = await stat(path);
    yield* createReadStream(path, { highWaterMark: chunkBytes(size) });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    const message = `The stored file ${sha256.slice(0, 12)}... is not in the blob store. Restore the blob folder from a backup, or upload the file again.`;
    throw new Fault('BLOB_MISSING', message, { cause: error, details: { sha256 } });
  }
}
