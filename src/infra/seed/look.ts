import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileFacts } from '../../domain/seed/decide.ts';
import { hashOfFile } from '../folders/place.ts';
import { errnoOf, SeedFault } from './failures.ts';

export const statsAt = async (path: string): Promise<Stats | undefined> => {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** Whether two looks saw the same thing: an edit changes time or size, a replacement the inode. */
export const isUnchanged = (one: Stats | undefined, two: Stats | undefined): boolean =>
  one === undefined || two === undefined ? one === two : one.ino === two.ino && one.size === two.size && one.mtimeMs === two.mtimeMs && one.mode === two.mode;

/** Every folder on the way has to be one: a link in its place would lead out of the destination. False where one is not there yet. */
export const isWayClear = async (to: string, path: string): Promise<boolean> => {
  const names = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const folder = names.slice(0, depth).join('/');
    const stats = await statsAt(join(to, folder));
    if (stats === undefined) return false;
    if (!stats.isDirectory())
      throw new SeedFault('IN_THE_WAY', `On the volume ${folder} is ${stats.isSymbolicLink() ? 'a link' : 'no folder'}, which is not followed. Move it away.`);
  }
  return true;
};

const kindOf = (stats: Stats): FileFacts['kind'] => {
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'link';
  return stats.isDirectory() ? 'folder' : 'other';
};

/** Hashing is what a look costs: `content` is left out where it cannot matter. */
export const factsAt = async (path: string, stats: Stats, wantsContent: boolean): Promise<FileFacts> => {
  const kind = kindOf(stats);
  const facts = { kind, mtimeSeconds: Math.floor(stats.mtimeMs / 1000), bytes: stats.size };
  if (kind === 'folder') return { ...facts, isEmpty: (await readdir(path)).length === 0 };
  if (kind === 'link') return { ...facts, content: `-> ${await readlink(path)}` };
  if (kind !== 'file' || !wantsContent) return facts;
  const content = await hashOfFile(path);
  if (content === undefined) throw new SeedFault('CHANGED_MEANWHILE', 'It was replaced during the sync. Sync again.');
  return { ...facts, content };
};
