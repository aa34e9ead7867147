import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { Refusal } from '../../domain/refusal.ts';

/**
 * Files of this machine that a caller may name. From outside: `backup/...`, `exchange/...`, `inbox/...` and nothing else,
 * whatever links and dots the path has; the file that was checked is the file that is read. In process: any file.
 */
export type ServerFiles = {
  open(path: string, trusted: boolean): Promise<OpenFile>;
};
export type OpenFile = { readonly name: string; readonly bytes: number; readonly handle: FileHandle };

export type Folders = { readonly backup: string; readonly exchange: string; readonly inbox: string };

const forbidden = (path: string): Refusal =>
  new Refusal(
    'FILE_REFUSED',
    `The file ${JSON.stringify(path.slice(0, 200))} is not one that may be read. Name a file as backup/NAME, exchange/NAME or inbox/NAME, inside that folder and not through a link that leads out of it.`,
  );

const missing = (path: string): Refusal => new Refusal('FILE_MISSING', `There is no file ${JSON.stringify(path.slice(0, 200))}.`);

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const locate = async (folders: Folders, path: string): Promise<string> => {
  const [word = '', ...parts] = path.split('/');
  const folder = word === 'backup' || word === 'exchange' || word === 'inbox' ? folders[word] : undefined;
  if (folder === undefined || parts.length === 0 || /[\0\\]/.test(path)) throw forbidden(path);
  const root = await realpath(folder).catch(() => undefined);
  const wanted = resolve(folder, join(...parts));
  if (root === undefined || !wanted.startsWith(resolve(folder) + sep)) throw forbidden(path);
  const real = await realpath(wanted).catch((error: unknown) => {
    throw isMissing(error) ? missing(path) : forbidden(path);
  });
  if (!real.startsWith(root + sep)) throw forbidden(path);
  return real;
};

const openChecked = async (real: string, path: string): Promise<OpenFile> => {
  // O_NONBLOCK: opening a FIFO must not wait for its other end.
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: unknown) => {
    throw isMissing(error) ? missing(path) : forbidden(path);
  });
  const [opened, named] = await Promise.all([handle.stat(), stat(real)]);
  if (!opened.isFile() || opened.ino !== named.ino || opened.dev !== named.dev) {
    await handle.close();
    throw forbidden(path);
  }
  return { name: basename(real), bytes: opened.size, handle };
};

export const createServerFiles = (folders: Folders): ServerFiles => ({
  open: async (path, trusted) => {
    if (!trusted || !isAbsolute(path)) return openChecked(await locate(folders, path), path);
    const real = await realpath(path).catch(() => {
      throw missing(path);
    });
    return openChecked(real, path);
  },
});
