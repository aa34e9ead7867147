import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A file that appears whole or not at all: written under a temporary name in the folder of its target, fsynced, renamed,
 * and the folder fsynced. Mode 0600 unless told otherwise. Whoever dies meanwhile leaves only a temporary name, which `removeStaleFiles` knows.
 */
export type AtomicFile = {
  readonly temporaryPath: string;
  write(chunk: Uint8Array): Promise<void>;
  /** All of it is on disk, under its temporary name still. */
  finish(): Promise<void>;
  /** Replaces a file of that name, on the same file system. `mayPublish` is asked when the bytes are on disk; it throws to prevent the rename. */
  publish(target: string, mayPublish?: () => Promise<void>): Promise<void>;
  discard(): Promise<void>;
};

const marker = '.waybill-part';
/** Process ids mean something only on their own machine; a shared folder may be written from several. */
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const aDayMs = 86_400_000;
const ours = new Set<string>();

const syncNow = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

type Syncing = { readonly now: Promise<void>; next: Promise<void> | undefined };
const syncing = new Map<string, Syncing>();

const beginSync = (folder: string): Promise<void> => {
  const now = syncNow(folder).finally(() => syncing.delete(folder));
  syncing.set(folder, { now, next: undefined });
  return now;
};

/** What happened in a folder until now is on disk. Whoever comes while one sync is under way shares the one that begins after it. */
export const syncFolder = (folder: string): Promise<void> => {
  const under = syncing.get(folder);
  if (under === undefined) return beginSync(folder);
  under.next ??= under.now.catch(() => undefined).then(() => beginSync(folder));
  return under.next;
};

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** The folder is there but for the first time. */
const openNew = async (path: string, mode: number): Promise<FileHandle> => {
  try {
    return await open(path, 'wx', mode);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, 'wx', mode);
  }
};

type AtomicFileOptions = { readonly mode?: number; /** From globs of whoever shares the folder. */ readonly isHidden?: boolean };

export const createAtomicFile = async (folder: string, { mode = 0o600, isHidden = false }: AtomicFileOptions = {}): Promise<AtomicFile> => {
  const temporaryPath = join(folder, `${isHidden ? '.' : ''}${host}-${process.pid}-${randomBytes(8).toString('hex')}${marker}`);
  const handle = await openNew(temporaryPath, mode);
  ours.add(temporaryPath);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  const finish = async (): Promise<void> => {
    await handle.sync();
    await close();
  };
  const discard = async (): Promise<void> => {
    await close().catch(() => undefined);
    await rm(temporaryPath, { force: true });
    ours.delete(temporaryPath);
  };
  return {
    temporaryPath,
    write: async (chunk) => {
      for (let offset = 0; offset < chunk.byteLength;) {
        const { bytesWritten } = await handle.write(chunk, offset, chunk.byteLength - offset);
        offset += bytesWritten;
      }
    },
    finish,
    publish: async (target, mayPublish) => {
      try {
        await finish();
        await mayPublish?.();
        await rename(temporaryPath, target);
      } catch (error) {
        await discard().catch(() => undefined);
        throw error;
      }
      ours.delete(temporaryPath);
      await syncFolder(dirname(target));
    },
    discard,
  };
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const isStale = async (path: string, name: string): Promise<boolean> => {
  if (ours.has(path)) return false;
  const [writerHost, pid] = name.replace(/^\./, '').split('-');
  if (writerHost === host && (Number(pid) === process.pid || !isRunning(Number(pid)))) return true;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > aDayMs;
};

/** A whole file under its name; written again, it is replaced by the same. */
export const writeAtomically = async (target: string, source: AsyncIterable<Uint8Array>): Promise<void> => {
  const file = await createAtomicFile(dirname(target));
  try {
    for await (const chunk of source) await file.write(chunk);
    await file.publish(target);
  } finally {
    await file.discard();
  }
};

/** Removes what dead writers left in a folder; returns the names. Files of living writers stay. */
export const removeStaleFiles = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch(() => []);
  const removed: string[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(marker))) {
    if (!(await isStale(join(folder, name), name))) continue;
    await rm(join(folder, name), { force: true });
    removed.push(name);
  }
  return removed;
};
