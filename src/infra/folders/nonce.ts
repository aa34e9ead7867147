import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../domain/refusal.ts';

/** A small file that one side writes and the other looks for: they see the same folder, or they do not. */
const prefix = '.waybill-nonce-';

export const newNonce = (): string => randomBytes(12).toString('hex');

const pathOf = (folder: string, nonce: string): string => {
  if (!/^[A-Za-z0-9]{16,64}$/.test(nonce)) throw new Refusal('NONCE_INVALID', 'A nonce is 16 to 64 letters and digits.');
  return join(folder, prefix + nonce);
};

export const writeNonce = (folder: string, nonce: string): Promise<void> => writeFile(pathOf(folder, nonce), '', { flag: 'wx', mode: 0o644 });

export const hasNonce = (folder: string, nonce: string): Promise<boolean> =>
  lstat(pathOf(folder, nonce)).then(
    (found) => found.isFile(),
    () => false,
  );

export const removeNonce = (folder: string, nonce: string): Promise<void> => rm(pathOf(folder, nonce), { force: true });

const forgottenMs = 600_000;

/** What a doctor that was interrupted left behind. */
export const removeOldNonces = async (folder: string, now: number): Promise<void> => {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true && now - found.mtimeMs > forgottenMs) await rm(join(folder, name), { force: true });
  }
};
