import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lockName } from '../../domain/seed/place.ts';
import { isAlive, withProcessLock } from '../postgres/embedded/process-lock.ts';

const patienceMs = 60_000;

/** What killed processes left of their turn. Process ids mean little on a volume that several machines share: only what is older than anybody waits. */
const sweep = async (to: string): Promise<void> => {
  for (const name of (await readdir(to)).filter((each) => each.startsWith(`${lockName}.`))) {
    const pid = Number(/\.(\d+)-[0-9a-f]+$/.exec(name)?.[1] ?? process.pid);
    const found = await stat(join(to, name)).catch(() => undefined);
    if (found !== undefined && !isAlive(pid) && Date.now() - found.mtimeMs > 2 * patienceMs) await rm(join(to, name), { force: true });
  }
};

/** One sync at a time into a volume, as far as one machine can see: a second one waits and then finds the work done. */
export const withSeedLock = <Result>(to: string, work: () => Promise<Result>): Promise<Result> =>
  withProcessLock(join(to, lockName), patienceMs, async () => {
    await sweep(to);
    return work();
  });
