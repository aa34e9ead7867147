import { readFile } from 'node:fs/promises';
import { Fault } from '../../domain/refusal.ts';

/** The identities of an age identity file: one a line, comments left out. */
export const readIdentities = async (path: string | undefined): Promise<readonly string[]> => {
  if (path === undefined) return [];
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('IDENTITY_UNREADABLE', `The identity file ${path} cannot be read. Check its path and mode.`, { cause: error });
  });
  const identities = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length === 0) throw new Fault('IDENTITY_UNREADABLE', `The identity file ${path} holds no identity. Its lines look like AGE-SECRET-KEY-1...`);
  return identities;
};
