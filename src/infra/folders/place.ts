import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { link, mkdir, open, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { nameBeside } from '../../domain/inbox/file-name.ts';
import { Fault } from '../../domain/refusal.ts';
import { crashPoint } from '../crash-point.ts';
import { createAtomicFile, syncFolder, type AtomicFile } from '../files/atomic-file.ts';
import { chunkBytes } from '../files/chunk-bytes.ts';
import { isDiskFull } from '../files/disk-full.ts';

/** Files in folders that people use: whole or not at all, and never over another file. */

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Undefined when there is no such regular file; links are not followed. */
export const openRegular = async (path: string): Promise<FileHandle | undefined> => {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR'].some((code) => code === codeOf(error))) return undefined;
    throw error;
  }
};

export const hashOfFile = async (path: string, signal?: AbortSignal): Promise<string | undefined> => {
  const handle = await openRegular(path);
  if (handle === undefined) return undefined;
  const hash = createHash('sha256');
  const { size } = await handle.stat();
  for await (const chunk of handle.createReadStream({ highWaterMark: chunkBytes(size) })) {
    signal?.throwIfAborted();
    hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex');
};

/** False when the name is taken. A hard link takes it in one step; where the file system has none, a name made exclusively does. */
const takeName = async (from: string, target: string): Promise<boolean> => {
  try {
    await link(from, target);
    await unlink(from);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT' || code === 'EXDEV') throw error;
  }
  try {
    await (await open(target, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await rename(from, target);
    return true;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
};

/** An aborted signal ends what is read; nothing has been placed then. */
type Placing = { readonly folder: string; readonly name: string; readonly sha256: string; readonly signal?: AbortSignal };
export type Placed = { readonly name: string; /** The same content lay there under that name. */ readonly known: boolean };

/** Under its own name, or one beside another file; `isIt` tells whether a file that lies there is the very same. */
const placeBeside = async (from: string, { folder, name, sha256 }: Placing, isIt: (path: string) => Promise<boolean>): Promise<Placed> => {
  for (const candidate of [name, nameBeside(name, sha256), nameBeside(name, sha256.slice(8)), nameBeside(name, sha256.slice(16))]) {
    const target = join(folder, candidate);
    if (await takeName(from, target)) return { name: candidate, known: false };
    if (await isIt(target)) return { name: candidate, known: true };
  }
  throw new Fault('FILE_NAME_TAKEN', `There are several other files named like ${name} already. Take some of them away.`);
};

/** A copy, never a link to the blob: whoever edits the file in place must not edit what the log names. */
export const placeCopy = async (source: AsyncIterable<Uint8Array>, placing: Placing): Promise<Placed> => {
  let file: AtomicFile | undefined;
  try {
    file = await createAtomicFile(placing.folder, { mode: 0o644, isHidden: true });
    for await (const chunk of source) await file.write(chunk);
    await file.finish();
    crashPoint('inbox.copied');
    const placed = await placeBeside(file.temporaryPath, placing, async (path) => (await hashOfFile(path, placing.signal)) === placing.sha256);
    await syncFolder(placing.folder);
    return placed;
  } catch (error) {
    throw isDiskFull(error) ? diskFull(placing, error) : error;
  } finally {
    await file?.discard();
  }
};

const diskFull = ({ folder, name }: Placing, cause: unknown): Fault =>
  new Fault('DISK_FULL', `There is no space left for ${name} in ${folder}. Make room; the file is not lost.`, { cause });

/** Into another folder, maybe of another file system; the name that it got there, or undefined when somebody took it away. */
export const moveFile = async (path: string, placing: Placing): Promise<string | undefined> => {
  const own = await hashOfFile(path, placing.signal);
  if (own === undefined) return undefined;
  await mkdir(placing.folder, { recursive: true });
  const isIt = async (other: string): Promise<boolean> => (await hashOfFile(other, placing.signal)) === own;
  try {
    const placed = await placeBeside(path, { ...placing, sha256: own }, isIt).catch(async (error: unknown) => {
      if (codeOf(error) !== 'EXDEV') throw error;
      return placeCopy(createReadStream(path, placing.signal === undefined ? {} : { signal: placing.signal }), { ...placing, sha256: own });
    });
    await rm(path, { force: true });
    await syncFolder(placing.folder);
    return placed.name;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};
