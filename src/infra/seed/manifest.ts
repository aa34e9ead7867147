import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { Fault } from '../../domain/refusal.ts';
import { manifestName } from '../../domain/seed/place.ts';
import { createAtomicFile } from '../files/atomic-file.ts';
import { openRegular } from '../folders/place.ts';

/**
 * What earlier syncs delivered, beside what they delivered: the record goes where the volume goes. Per path the contents
 * that a sync put there. Two of them mean that a sync announced the second and may have died before or after it was in
 * place. It is read as data only: no path of it is ever written to.
 */
export type SeedManifest = { readonly files: ReadonlyMap<string, readonly string[]> };

const mostBytes = 256 * 1024 * 1024;
const shape = z.object({ version: z.literal(1), files: z.record(z.string(), z.array(z.string().max(5000)).max(8)) });

const parse = (content: string): SeedManifest | undefined => {
  try {
    const raw: unknown = JSON.parse(content);
    if (typeof raw === 'object' && raw !== null && 'version' in raw && typeof raw.version === 'number' && raw.version > 1)
      throw new Fault(
        'SEED_FAILED',
        `The record of earlier syncs (${manifestName}) was written by a newer release of Waybill. Use that one, or move the record away.`,
      );
    const { files } = shape.parse(raw);
    return { files: new Map(Object.entries(files)) };
  } catch (error) {
    if (error instanceof Fault) throw error;
    return undefined;
  }
};

/** `undefined`: something lies there that is no record. Without one, nothing is known and times decide. */
export const readManifest = async (to: string): Promise<SeedManifest | undefined> => {
  const handle = await openRegular(join(to, manifestName));
  if (handle === undefined) return { files: new Map() };
  try {
    if ((await handle.stat()).size > mostBytes) return undefined;
    return parse(await text(handle.createReadStream({ autoClose: false })));
  } finally {
    await handle.close();
  }
};

const textOf = ({ files }: SeedManifest): string =>
  `${JSON.stringify({ version: 1, files: Object.fromEntries([...files].toSorted(([one], [two]) => (one < two ? -1 : 1))) }, undefined, 1)}\n`;

export const isSameManifest = (one: SeedManifest, two: SeedManifest): boolean => textOf(one) === textOf(two);

export const writeManifest = async (to: string, manifest: SeedManifest): Promise<void> => {
  const file = await createAtomicFile(to);
  try {
    await file.write(Buffer.from(textOf(manifest)));
    // The next release may run as another user and has to read it.
    await file.publish(join(to, manifestName), () => chmod(file.temporaryPath, 0o644));
  } finally {
    await file.discard();
  }
};
