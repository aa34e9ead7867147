import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BigIntStats } from 'node:fs';
import { Conflict } from '../../domain/refusal.ts';
import { createAtomicFile, syncFolder, type AtomicFile } from '../files/atomic-file.ts';
import { openRegular } from '../folders/place.ts';

/** By which a file is known to be the one that was written, without reading it. */
export type FileStamp = { readonly size: number; readonly modified: string; readonly inode: string };

const stampOf = ({ size, mtimeNs, ino }: BigIntStats): FileStamp => ({ size: Number(size), modified: String(mtimeNs), inode: String(ino) });

export const isStamp = (one: FileStamp, other: FileStamp): boolean => one.size === other.size && one.modified === other.modified && one.inode === other.inode;

/** A file of before, whose bytes are taken over. */
export type OldFile = { readonly handle: FileHandle; readonly stamp: FileStamp; close(): Promise<void> };

/** Nothing where there is no such file, or not the file that is meant. */
export const openOldFile = async (path: string, stamp: FileStamp): Promise<OldFile | undefined> => {
  const handle = await openRegular(path).catch(() => undefined);
  if (handle === undefined) return undefined;
  if (isStamp(stampOf(await handle.stat({ bigint: true })), stamp)) return { handle, stamp, close: () => handle.close() };
  await handle.close();
  return undefined;
};

const blockBytes = 1 << 20;

/** A file that becomes, part by part; nobody sees it before it is published. Small pieces are gathered. */
export type NewFile = {
  /** Of the next byte. */
  readonly offset: number;
  write(bytes: Uint8Array): Promise<void>;
  copy(old: OldFile, offset: number, bytes: number): Promise<void>;
  /** On disk, under its temporary name still; nothing more is written. */
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Once it is finished: to take parts of it over. */
  reread(): Promise<OldFile>;
  /** Once it is finished: takes the place of a file of that name, on the same file system. */
  publish(target: string): Promise<FileStamp>;
  discard(): Promise<void>;
};

export const createNewFile = async (folder: string): Promise<NewFile> => {
  // For people to open and to mail: as readable as what any other program writes there.
  await mkdir(folder, { recursive: true });
  const file = await createAtomicFile(folder, { isHidden: true, mode: 0o666 });
  const block = Buffer.allocUnsafe(blockBytes);
  const state = { hash: createHash('sha256'), offset: 0, filled: 0 };
  const flush = async (): Promise<void> => {
    if (state.filled === 0) return;
    const bytes = block.subarray(0, state.filled);
    state.hash.update(bytes);
    await file.write(bytes);
    state.filled = 0;
  };
  return {
    get offset() {
      return state.offset;
    },
    write: async (bytes) => {
      state.offset += bytes.byteLength;
      for (let from = 0; from < bytes.byteLength;) {
        const part = bytes.subarray(from, from + blockBytes - state.filled);
        block.set(part, state.filled);
        state.filled += part.byteLength;
        from += part.byteLength;
        if (state.filled === blockBytes) await flush();
      }
    },
    copy: async (old, offset, bytes) => {
      await flush();
      await copyBytes({ old, file, hash: state.hash, blocks: [block, Buffer.allocUnsafe(Math.min(blockBytes, bytes))] }, offset, bytes);
      state.offset += bytes;
    },
    finish: async () => {
      await flush();
      await file.finish();
      return { bytes: state.offset, sha256: state.hash.digest('hex') };
    },
    reread: async () => {
      const handle = await open(file.temporaryPath, 'r');
      return { handle, stamp: stampOf(await handle.stat({ bigint: true })), close: () => handle.close() };
    },
    publish: async (target) => {
      const stamp = await stampAt(file.temporaryPath);
      await rename(file.temporaryPath, target);
      await syncFolder(dirname(target));
      await file.discard();
      return stamp;
    },
    discard: () => file.discard(),
  };
};

type Copying = { readonly old: OldFile; readonly file: AtomicFile; readonly hash: Hash; readonly blocks: readonly [Buffer, Buffer] };

/** A block is written while the next one is read and hashed. */
const copyBytes = async ({ old, file, hash, blocks: [one, other] }: Copying, offset: number, bytes: number): Promise<void> => {
  let writing: Promise<unknown> = Promise.resolve();
  try {
    for (let [done, block, next] = [0, one, other]; done < bytes; [block, next] = [next, block]) {
      const { bytesRead } = await old.handle.read(block, 0, Math.min(block.byteLength, bytes - done), offset + done);
      if (bytesRead === 0) throw changedMeanwhile();
      const part = block.subarray(0, bytesRead);
      hash.update(part);
      await writing;
      writing = file.write(part);
      // It is awaited below; until then its failure is nobody's.
      writing.catch(() => undefined);
      done += bytesRead;
    }
  } finally {
    await writing;
  }
  // Whoever edits a file in its place changes its time; what was copied may be theirs.
  if (!isStamp(stampOf(await old.handle.stat({ bigint: true })), old.stamp)) throw changedMeanwhile();
};

const changedMeanwhile = (): Conflict =>
  new Conflict('SNAPSHOT_FILE_CHANGED', 'A file of the snapshot was changed by somebody else while it was read. It is written anew with the next snapshot.');

const stampAt = async (path: string): Promise<FileStamp> => {
  const handle = await open(path, 'r');
  try {
    return stampOf(await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
};
