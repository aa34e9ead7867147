import { link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { Fault } from '../../../domain/refusal.ts';

/**
 * Which processes of this machine hold something: one lock (`withProcessLock`) and one register of users
 * (`registerUser`). Both are files that name a process by pid and start time, so what a killed process left
 * behind is recognised and swept by the next one, also when its pid was given out again.
 */
const startTime = async (pid: number): Promise<string> => {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The command name in brackets may hold blanks; the start time is the twentieth field behind it.
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const identity = async (): Promise<string> => `${process.pid} ${await startTime(process.pid)}`;

const isIdentityAlive = async (text: string): Promise<boolean> => {
  const [pid, started] = text.trim().split(' ');
  if (pid === undefined || !isAlive(Number(pid))) return false;
  return started === undefined || started === (await startTime(Number(pid)));
};

const unique = (): string => `${process.pid}-${randomBytes(4).toString('hex')}`;

/** Takes the lock away from a dead holder. Only one of several wins the rename; a live lock that came between goes back. */
const breakLock = async (path: string): Promise<void> => {
  const aside = `${path}.broken-${unique()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if (await isIdentityAlive(await readFile(aside, 'utf8'))) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
};

const tryLock = async (path: string, own: string): Promise<boolean> => {
  try {
    // link() is atomic and the content is complete from the first moment, which O_EXCL and a write are not.
    await link(own, path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const holder = await readFile(path, 'utf8').catch(() => undefined);
  if (holder !== undefined && !(await isIdentityAlive(holder))) await breakLock(path);
  return false;
};

export const withProcessLock = async <Result>(path: string, patienceMs: number, work: () => Promise<Result>): Promise<Result> => {
  await mkdir(dirname(path), { recursive: true });
  const own = `${path}.${unique()}`;
  await writeFile(own, await identity(), { mode: 0o644 });
  try {
    const until = Date.now() + patienceMs;
    while (!(await tryLock(path, own))) {
      if (Date.now() > until)
        throw new Fault(
          'LOCK_TIMEOUT',
          `Another process has held ${path} for ${Math.round(patienceMs / 1000)} seconds. Wait for it, or end it, and try again.`,
          { retryable: true },
        );
      await sleep(15);
    }
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
};

/** Call under the lock. Returns the entry to hand to `unregisterUser`. */
export const registerUser = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const entry = join(folder, unique());
  await writeFile(entry, await identity());
  return entry;
};

/** Call under the lock. True when nobody who is alive is left. */
export const unregisterUser = async (folder: string, entry: string): Promise<boolean> => {
  await rm(entry, { force: true });
  let others = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (await isIdentityAlive(await readFile(path, 'utf8').catch(() => ''))) others += 1;
    else await rm(path, { force: true });
  }
  return others === 0;
};
