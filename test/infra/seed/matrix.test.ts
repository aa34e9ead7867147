import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, lstat, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SyncOptions } from '../../../src/infra/seed/sync.ts';
import { corporaMissing, corporaPath } from '../../support/corpora.ts';
import { createSeedRig, readTree, release, type SeedRig } from '../../support/seed.ts';

type Side = readonly [kind: 'file' | 'link' | 'dir', text: string, seconds: number, nanoseconds?: number];
type Case = {
  readonly case: string;
  readonly source: Side | null;
  readonly dest: Side | null;
  readonly options: readonly string[];
  readonly after: string;
  readonly after_mtime_minus_T: number | null;
  readonly rc: number;
};

const missing = corporaMissing();
const cases = missing === undefined ? (JSON.parse(readFileSync(corporaPath('rsync-u-matrix.json'), 'utf8')) as Case[]) : [];

const lay = async (rig: SeedRig, path: string, side: Side | null): Promise<void> => {
  if (side === null) return;
  const [kind, text, seconds, nanoseconds = 0] = side;
  if (kind === 'file') await rig.put(path, text, seconds + nanoseconds / 1e9);
  else if (kind === 'link') await rig.link(path, text);
  else await rig.put(`${path}/inside`, 'local', seconds);
};

/** What `f` is afterwards, in the recording's words. */
const after = async (rig: SeedRig): Promise<string> => {
  const stats = await lstat(join(rig.to, 'f')).catch(() => undefined);
  if (stats === undefined) return 'absent';
  return stats.isDirectory() ? 'dir' : ((await rig.volume())['f'] ?? '');
};

/** The eight with options: what to say instead. Without an entry the option is declined and the plain sync does the same here. */
const said: Readonly<Record<string, Partial<SyncOptions>>> = { '-c': { checksum: true } };
/** Declined, and therefore with another end than recorded: docs/SEED.md says why. */
const otherwise: Readonly<Record<string, string>> = {
  'source newer, --ignore-existing': 'SRC',
  'missing in dest, --existing': 'SRC',
  'missing in source, --delete': 'DST',
  'dest non-empty dir, source file, --force': 'dir',
};

describe.skipIf(missing !== undefined)(`the recorded matrix of rsync -au, with real files ${missing ?? ''}`, () => {
  it.each(cases.map((each) => [each.case, each] as const))('%s', async (name, each) => {
    const rig = await createSeedRig();
    try {
      await mkdir(rig.to);
      await lay(rig, 'from/f', each.source);
      await lay(rig, 'to/f', each.dest);
      const { failed } = await rig.sync(Object.assign({}, ...each.options.map((option) => said[option] ?? {})) as Partial<SyncOptions>);
      expect(await after(rig)).toBe(otherwise[name] ?? each.after);
      if (name in otherwise) return;
      expect(failed.length > 0 ? 23 : 0).toBe(each.rc);
      if (each.after_mtime_minus_T !== null && each.after !== 'dir')
        expect(Math.floor((await lstat(join(rig.to, 'f'))).mtimeMs / 1000) - release).toBe(each.after_mtime_minus_T);
    } finally {
      await rig.close();
    }
  });
});

const run = promisify(execFile);
const hasRsync = await run('rsync', ['--version']).then(
  () => true,
  () => false,
);

it.skipIf(!hasRsync)('over a volume that rsync made, 300 files of random state end as rsync -au would end them', async () => {
  const rig = await createSeedRig();
  try {
    let seed = 42;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)] ?? (items[0] as Item);
    for (let each = 0; each < 300; each += 1) {
      const path = `d${random(9)}/f${each}`;
      if (random(8) > 0) await rig.put(`from/${path}`, pick(['one', 'two', 'longer']), release + random(3));
      if (random(8) > 0) await rig.put(`to/${path}`, pick(['one', 'two', 'longer']), release + random(3));
    }
    const twin = join(rig.folder, 'twin');
    await cp(rig.to, twin, { recursive: true, preserveTimestamps: true });
    await run('rsync', ['-au', `${rig.from}/`, `${twin}/`]);
    expect((await rig.sync()).failed).toEqual([]);
    expect(await rig.volume()).toEqual(await readTree(twin));
  } finally {
    await rig.close();
  }
});

it('a record makes it better than rsync -u: a delivered file is updated though its time says newer', async () => {
  const rig = await createSeedRig();
  try {
    await rig.put('from/t', 'release 1');
    await rig.sync();
    await utimes(join(rig.to, 't'), release + 9999, release + 9999);
    await rig.put('from/t', 'release 2', release + 1);
    expect(await rig.sync()).toMatchObject({ updated: ['t'] });
    await writeFile(join(rig.to, 't'), 'edited');
    await utimes(join(rig.to, 't'), 1, 1);
    await rig.put('from/t', 'release 3', release + 2);
    expect(await rig.sync()).toMatchObject({ updated: [], kept: [{ path: 't', why: 'edited here, and the new release changes it' }] });
    expect(await rig.volume()).toEqual({ t: 'edited' });
  } finally {
    await rig.close();
  }
});
