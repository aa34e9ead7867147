import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinishedName } from '../../domain/inbox/file-name.ts';

/**
 * Looks at one folder again and again: bind mounts and network folders tell nobody of what happens in them, so nothing but
 * looking is reliable. A file is complete when two looks found the same file with the same size and time, and nothing
 * touched it for `settleSeconds`. Only regular files count; links, pipes and folders are never opened.
 */
export type Seen = { readonly name: string; readonly bytes: number; readonly mtimeMs: number; readonly ctimeMs: number; readonly ino: number };

export type Look = {
  /** Complete since this look; each is told once for as long as it stays as it is. */
  readonly complete: readonly Seen[];
  /** Being written, or too young to tell. */
  readonly pending: readonly Seen[];
  /** There at an earlier look and not now. */
  readonly gone: readonly string[];
  /** At first sight, complete or not. */
  readonly appeared: readonly Seen[];
};

export type Scan = {
  look(): Promise<Look>;
  /** Tells of it again at the next look: it could not be taken. */
  forget(name: string): void;
};

const nothing: Look = { complete: [], pending: [], gone: [], appeared: [] };

type ScanOptions = { readonly settleSeconds: number; readonly clock: () => number };

const facts = async (folder: string, name: string): Promise<Seen | undefined> => {
  const found = await lstat(join(folder, name)).catch(() => undefined);
  return found === undefined || !found.isFile() ? undefined : { name, bytes: found.size, mtimeMs: found.mtimeMs, ctimeMs: found.ctimeMs, ino: found.ino };
};

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const listed = async (folder: string, isMeant: (name: string) => boolean): Promise<readonly Seen[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = entries.filter((entry) => isMeant(entry.name) && !entry.isDirectory()).map(({ name }) => name);
  const found: Seen[] = [];
  // In portions: a folder may hold a hundred thousand files.
  for (let at = 0; at < names.length; at += 64) {
    const portion = await Promise.all(names.slice(at, at + 64).map((name) => facts(folder, name)));
    found.push(...portion.filter((seen) => seen !== undefined));
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
};

/** Regular files of a folder, by name; none when the folder is not there. */
export const listFiles = (folder: string): Promise<readonly Seen[]> => listed(folder, (name) => !isUnfinishedName(name));

/** What writers have not finished. */
export const listUnfinished = (folder: string): Promise<readonly Seen[]> => listed(folder, (name) => isUnfinishedName(name) && !name.startsWith('.git'));

const isSame = (one: Seen, other: Seen): boolean => one.ino === other.ino && one.bytes === other.bytes && one.mtimeMs === other.mtimeMs;

/** Nothing touched it for that long. A time in the future, from another machine's clock, says nothing. */
export const isSettled = (seen: Seen, since: number, { settleSeconds, clock }: ScanOptions): boolean => {
  const now = clock();
  const isOld = seen.mtimeMs <= now && now - seen.mtimeMs >= settleSeconds * 1000;
  return isOld || now - since >= settleSeconds * 1000;
};

type Known = { readonly seen: Seen; /** Since when it has been as it is, by our clock. */ readonly since: number; told: boolean };

export const createScan = (folder: string, options: ScanOptions): Scan => {
  let known = new Map<string, Known>();
  return {
    look: async () => {
      const now = options.clock();
      // A folder that is not there, such as a mount that broke off, says nothing of its files.
      if (!(await isFolder(folder))) return nothing;
      const found = await listFiles(folder);
      const before = known;
      const complete: Seen[] = [];
      const pending: Seen[] = [];
      known = new Map();
      for (const seen of found) {
        const earlier = before.get(seen.name);
        if (earlier === undefined || !isSame(earlier.seen, seen)) {
          known.set(seen.name, { seen, since: now, told: false });
          pending.push(seen);
          continue;
        }
        const isComplete = earlier.told || isSettled(seen, earlier.since, options);
        if (isComplete && !earlier.told) complete.push(seen);
        if (!isComplete) pending.push(seen);
        known.set(seen.name, { ...earlier, told: isComplete });
      }
      return {
        complete,
        pending,
        gone: [...before.keys()].filter((name) => !known.has(name)),
        appeared: found.filter(({ name }) => !before.has(name)),
      };
    },
    forget: (name) => {
      const entry = known.get(name);
      if (entry !== undefined) entry.told = false;
    },
  };
};
