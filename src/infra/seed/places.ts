import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Fault, Refusal } from '../../domain/refusal.ts';
import { isOfUsers } from '../../domain/seed/place.ts';
import { errnoOf } from './failures.ts';
import { isWithin } from './walk.ts';

/** Real paths: what is compared and walked must not change its meaning by a link. */
export type SeedPlaces = { readonly from: string; readonly to: string };

/** The real path of what may not be there yet: links of the part that exists are resolved. */
const realOrFuture = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return join(await realOrFuture(dirname(path)), basename(path));
  }
};

const refuse = (to: string, why: string): Refusal => new Refusal('SEED_DESTINATION_REFUSED', `Nothing is synced to '${to}': ${why}`);

const realSource = async (from: string): Promise<string> => {
  const found = await stat(from).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw new Fault('SEED_FAILED', `The initial data '${from}' cannot be read (${errnoOf(error) ?? 'unknown'}). Look at its owner and mode.`, { cause: error });
  });
  if (found?.isDirectory() !== true)
    throw new Fault('SEED_SOURCE_MISSING', `There is no folder '${from}' with initial data. Name another one, or set WAYBILL_SEED_FROM.`);
  return realpath(from);
};

/** `dataDirPath` is the volume whose `users/` belongs to the users. */
export const openPlaces = async (given: { readonly from: string; readonly to: string; readonly dataDirPath?: string | undefined }): Promise<SeedPlaces> => {
  const from = await realSource(given.from);
  const to = await realOrFuture(resolve(given.to)).catch((error: unknown) => {
    throw refuse(given.to, `it cannot be reached (${errnoOf(error) ?? 'unknown'}).`);
  });
  const found = await stat(to).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) throw refuse(given.to, 'it is no folder.');
  if (isWithin(from, to) || isWithin(to, from)) throw refuse(given.to, `it and the initial data '${given.from}' lie in one another.`);
  const volume = given.dataDirPath === undefined ? dirname(to) : await realOrFuture(resolve(given.dataDirPath)).catch(() => dirname(to));
  if (isOfUsers(basename(to)) || (isWithin(volume, to) && isOfUsers(relative(volume, to).split(sep).join('/'))))
    throw refuse(given.to, 'the folder of users is theirs. Name a folder beside it, such as common.');
  return { from, to };
};
