import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, rename, rm, rmdir, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crashPoint } from '../crash-point.ts';
import { createAtomicFile, syncFolder } from '../files/atomic-file.ts';
import { openRegular } from '../folders/place.ts';
import { SeedFault } from './failures.ts';
import { isUnchanged, isWayClear, statsAt } from './look.ts';
import type { SeedEntry } from './walk.ts';

type Delivery = {
  readonly from: string;
  readonly to: string;
  readonly entry: SeedEntry;
  /** What the release was found to hold when it was decided. */
  readonly content: string;
  /** What lay there when it was decided. */
  readonly found: Stats | undefined;
};

const changed = (): SeedFault => new SeedFault('CHANGED_MEANWHILE', 'It was changed during the sync, here or in the release. Sync again.');

/** Asked last: what was decided holds only as long as nobody has touched the place since. */
const makeWay = async ({ to, entry, found }: Delivery): Promise<void> => {
  const target = join(to, entry.path);
  if (!(await isWayClear(to, entry.path)) || !isUnchanged(found, await statsAt(target))) throw changed();
  if (found?.isDirectory() === true) await rmdir(target);
};

const deliverFile = async (delivery: Delivery): Promise<void> => {
  const { from, to, entry, content } = delivery;
  const source = await openRegular(join(from, entry.path));
  if (source === undefined) throw changed();
  const target = join(to, entry.path);
  const hash = createHash('sha256');
  try {
    const file = await createAtomicFile(dirname(target));
    try {
      for await (const chunk of source.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
        hash.update(chunk as Uint8Array);
        await file.write(chunk as Uint8Array);
        crashPoint('seed.written');
      }
      if (hash.digest('hex') !== content) throw changed();
      await file.publish(target, async () => {
        await chmod(file.temporaryPath, entry.stats.mode & 0o777);
        await utimes(file.temporaryPath, entry.stats.atimeMs / 1000, entry.stats.mtimeMs / 1000);
        await makeWay(delivery);
      });
    } finally {
      await file.discard();
    }
  } finally {
    await source.close();
  }
};

const deliverLink = async (delivery: Delivery, linkTarget: string): Promise<void> => {
  const target = join(delivery.to, delivery.entry.path);
  const temporary = join(dirname(target), `link-${process.pid}-${randomBytes(8).toString('hex')}.waybill-part`);
  try {
    await symlink(linkTarget, temporary);
    await makeWay(delivery);
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } finally {
    await rm(temporary, { force: true });
  }
};

/** A file or link of the release is in its place, whole, or what lay there is untouched. */
export const deliver = async (delivery: Delivery): Promise<void> => {
  const { entry } = delivery;
  await (entry.kind === 'link' ? deliverLink(delivery, entry.target) : deliverFile(delivery));
  crashPoint('seed.delivered');
};
