import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { isOfUsers, isReserved } from '../../domain/seed/place.ts';
import { failureOf, SeedFault, type SeedFailure } from './failures.ts';

/** One thing of the release, with its path below the source, in slashes. */
export type SeedEntry = { readonly path: string; readonly stats: Stats } & (
  | { readonly kind: 'file' | 'folder' }
  | { readonly kind: 'link'; readonly target: string }
);

export type SeedTree = {
  /** In the order of their bytes: a folder before what is in it. */
  readonly entries: readonly SeedEntry[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
  readonly failed: readonly SeedFailure[];
};

export const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
};

/** A link may say where else in the release something is, and nothing more: copied as it stands, it must not lead out of the destination. */
const readLink = async (root: string, path: string): Promise<string> => {
  const target = await readlink(join(root, path));
  const escapes = new SeedFault('LINK_ESCAPES', `It is a link to ${target}, which is not inside the initial data. Make it a relative link within, or a file.`);
  if (isAbsolute(target) || !isWithin(root, join(root, dirname(path), target))) throw escapes;
  const end = await realpath(join(root, path)).catch(() => undefined);
  if (end === undefined) throw new SeedFault('LINK_BROKEN', `It is a link to ${target}, where nothing is.`);
  if (!isWithin(root, end)) throw escapes;
  return target;
};

const entryOf = async (root: string, path: string): Promise<SeedEntry> => {
  if (path.includes('\u{FFFD}')) throw new SeedFault('NAME_NOT_UTF8', 'Its name is not UTF-8. Rename it.');
  const stats = await lstat(join(root, path));
  if (stats.isDirectory()) return { path, stats, kind: 'folder' };
  if (stats.isSymbolicLink()) return { path, stats, kind: 'link', target: await readLink(root, path) };
  if (stats.isFile()) return { path, stats, kind: 'file' };
  throw new SeedFault('NOT_A_FILE', 'It is neither file, folder nor link.');
};

const byBytes = (one: { readonly path: string }, two: { readonly path: string }): number => Buffer.compare(Buffer.from(one.path), Buffer.from(two.path));

/** All that the release brings. `root` is a real path; a folder that cannot be read is a failure of its own. */
export const walkSeed = async (root: string): Promise<SeedTree> => {
  const entries: SeedEntry[] = [];
  const kept: { path: string; why: string }[] = [];
  const failed: SeedFailure[] = [];
  const attempt = async (path: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const failure = failureOf(path, error);
      if (failure === undefined) throw error;
      failed.push(failure);
    }
  };
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const here = folder;
    await attempt(here, async () => {
      for (const name of await readdir(join(root, here))) {
        const path = here === '' ? name : `${here}/${name}`;
        if (isOfUsers(path)) kept.push({ path, why: 'the folder of users is never written to' });
        else if (isReserved(path)) kept.push({ path, why: 'the sync uses this name itself' });
        else
          await attempt(path, async () => {
            const entry = await entryOf(root, path);
            entries.push(entry);
            if (entry.kind === 'folder') open.push(path);
          });
      }
    });
  }
  return { entries: entries.toSorted(byBytes), kept: kept.toSorted(byBytes), failed };
};
