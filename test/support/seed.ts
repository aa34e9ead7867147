import { lstat, mkdir, mkdtemp, readFile, readlink, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { syncSeed, type SyncOptions, type SyncOutcome } from '../../src/infra/seed/sync.ts';

/** A release and a volume in a folder of their own. */
export type SeedRig = {
  readonly folder: string;
  readonly from: string;
  readonly to: string;
  /** Files by their path below `from/` or `to/`; the time is in seconds. */
  put(path: string, text: string, seconds?: number): Promise<void>;
  link(path: string, target: string): Promise<void>;
  sync(options?: Partial<SyncOptions>): Promise<SyncOutcome>;
  /** Every file and link below the volume but the sync's own record, by path. */
  volume(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
};

export const release = 1_700_000_000;

export const readTree = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const found: Record<string, string> = {};
  for (const path of (await readdir(folder, { recursive: true }).catch(() => [])).toSorted()) {
    const stats = await lstat(join(folder, path));
    if (stats.isSymbolicLink()) found[path] = `-> ${await readlink(join(folder, path))}`;
    else if (stats.isFile() && path !== '.waybill-sync.json') found[path] = await readFile(join(folder, path), 'utf8');
  }
  return found;
};

export const createSeedRig = async (): Promise<SeedRig> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-seed-'));
  const from = join(folder, 'from');
  const to = join(folder, 'to');
  await mkdir(from);
  return {
    folder,
    from,
    to,
    put: async (path, text, seconds = release) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
      await utimes(join(folder, path), seconds, seconds);
    },
    link: async (path, target) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await symlink(target, join(folder, path));
    },
    sync: (options = {}) => syncSeed({ from, to, ...options }),
    volume: () => readTree(to),
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
