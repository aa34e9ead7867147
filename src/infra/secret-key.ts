import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../domain/refusal.ts';

/** The key that seals database URLs in the store: a file beside the store's data, never in it. Made on first use. */
export const readSecretKey = async (dataDir: string): Promise<Uint8Array> => {
  const path = join(dataDir, 'secret.key');
  const known = await readFile(path).catch(() => undefined);
  if (known !== undefined) return checked(known, path);
  const fresh = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(fresh, randomBytes(32), { mode: 0o600, flush: true });
  // Of two processes that start at once one wins, and both read its key.
  await link(fresh, path).catch(() => undefined);
  await rm(fresh);
  return checked(await readFile(path), path);
};

const checked = (key: Buffer, path: string): Uint8Array => {
  if (key.length !== 32)
    throw new Fault(
      'SECRET_KEY_DAMAGED',
      `The file ${path} does not hold a key of 32 bytes. Restore it from a backup; without it databases that were given by URL must be given again.`,
    );
  return key;
};
