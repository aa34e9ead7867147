import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SyncOutcome } from '../../../src/infra/seed/sync.ts';
import { createSeedRig, release, type SeedRig } from '../../support/seed.ts';

const run = promisify(execFile);
const program = resolve(import.meta.dirname, '../../support/sync-process.ts');
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

let rig: SeedRig;
beforeEach(async () => {
  rig = await createSeedRig();
});
afterEach(() => rig.close());

/** Marks of processes that took their turn at the lock: those of killed ones are swept two minutes later. */
const isTurn = (name: string): boolean => name.startsWith('.waybill-sync.lock.');
const withoutTurns = async (): Promise<readonly string[]> => (await readdir(rig.to)).filter((name) => !isTurn(name));

/** Ends at the n-th boundary, as kill -9 would end it there; undefined when it came to its end before. */
const killedAt = async (n: number): Promise<SyncOutcome | undefined> => {
  try {
    const { stdout } = await run(process.execPath, [program, rig.from, rig.to], { env: { ...process.env, WAYBILL_CRASH_AT: String(n) } });
    return JSON.parse(stdout) as SyncOutcome;
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' });
    return undefined;
  }
};

test('killed anywhere while it brings release 2, release 3 takes nothing of it for an edit, and keeps the one that is', { timeout: 90_000 }, async () => {
  const big = 'x'.repeat(300_000);
  let n = 1;
  for (let isDone = false; !isDone; n += 1) {
    await rm(rig.from, { recursive: true });
    await rm(rig.to, { recursive: true, force: true });
    // All of one time and, but for the first, of one size: only the record can tell.
    for (const name of ['a', 'b', 'edited']) await rig.put(`from/${name}`, `${name === 'a' ? big : ''}r1`);
    await rig.sync();
    await rig.put('to/edited', 'my');
    for (const name of ['a', 'b', 'edited']) await rig.put(`from/${name}`, `${name === 'a' ? big : ''}r2`);
    isDone = (await killedAt(n)) !== undefined;
    const between = await rig.volume();
    for (const name of ['a', 'b']) expect(between[name]?.slice(-2), `${name} is whole after boundary ${n}`).toMatch(/^r[12]$/);
    expect([big.length + 2]).toContain(between['a']?.length);
    for (const name of ['a', 'b', 'edited']) await rig.put(`from/${name}`, `${name === 'a' ? big : ''}r3`);
    expect(await rig.sync(), `after boundary ${n}`).toMatchObject({ updated: ['a', 'b'], kept: [{ path: 'edited' }], failed: [] });
    expect((await rig.volume())['edited']).toBe('my');
    expect(await withoutTurns(), 'nothing is left of the one that was killed').toEqual(['.waybill-sync.json', 'a', 'b', 'edited']);
  }
  expect(n).toBeGreaterThan(6);
});

test('a first sync that was killed is finished by the next', { timeout: 60_000 }, async () => {
  for (const name of ['a', 'b', 'c']) await rig.put(`from/deep/${name}`, `${name}1`);
  for (const n of [2, 4, 6]) await killedAt(n);
  expect((await rig.sync()).failed).toEqual([]);
  const left = (await readdir(rig.to)).filter(isTurn);
  expect(left.length).toBeGreaterThan(0);
  for (const name of left) await utimes(join(rig.to, name), release, release);
  await rig.sync();
  expect(await rig.volume()).toEqual({ 'deep/a': 'a1', 'deep/b': 'b1', 'deep/c': 'c1' });
});

describe('clocks', () => {
  test.each([-10, 10])('the builder’s clock %i years off: deliveries follow releases, edits stay', async (years) => {
    const skewed = release + years * 31_557_600;
    await rig.put('from/a', 'r1', skewed);
    await rig.put('from/edited', 'r1', skewed);
    await rig.sync();
    await rig.put('to/edited', 'mine', release);
    await rig.put('from/a', 'r2', skewed);
    await rig.put('from/edited', 'r2', skewed + 5);
    expect(await rig.sync()).toMatchObject({ updated: ['a'], kept: [{ path: 'edited' }] });
  });
});

const canMount = isRoot && (await run('mount', ['--version']).then(() => true, () => false)); // prettier-ignore

describe('a volume that is full', () => {
  test.skipIf(!canMount)('names each file that has no room, delivers the others, and finishes when there is room', async () => {
    await mkdir(rig.to);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', rig.to]);
    try {
      await rig.put('from/a-small', 'small');
      await rig.put('from/b-big', 'x'.repeat(1_000_000));
      await rig.put('from/c-small', 'small');
      const first = await rig.sync();
      expect(first).toMatchObject({
        copied: ['a-small', 'c-small'],
        failed: [{ path: 'b-big', code: 'DISK_FULL', message: expect.stringContaining('No space left on device') }],
      });
      expect(await readdir(rig.to)).toEqual(expect.not.arrayContaining([expect.stringContaining('waybill-part')]));
      await run('mount', ['-o', 'remount,size=4m', rig.to]);
      expect(await rig.sync()).toMatchObject({ copied: ['b-big'], failed: [] });
    } finally {
      await run('umount', [rig.to]);
    }
  });

  test.skipIf(!canMount)('with no room even for its record it does nothing, and what is there stays', async () => {
    await mkdir(rig.to);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', rig.to]);
    try {
      await writeFile(join(rig.to, 'a'), 'old');
      await writeFile(join(rig.to, 'filler'), 'x'.repeat(60_000));
      await rig.put('from/a', 'new', release * 2);
      await expect(rig.sync()).rejects.toMatchObject({ code: 'SEED_FAILED', message: expect.stringContaining('No space left on device') });
      expect((await rig.volume())['a']).toBe('old');
    } finally {
      await run('umount', [rig.to]);
    }
  });
});

/** As somebody who owns nothing; the program is read by root before it changes. */
const asNobody = async (): Promise<SyncOutcome> => {
  const { stdout } = await run(process.execPath, [program, rig.from, rig.to, String(nobody)]);
  return JSON.parse(stdout) as SyncOutcome;
};

describe('permissions', () => {
  test.skipIf(!isRoot)('a file that may not be read, and a folder that may not be written to, fail by name; the rest goes on', async () => {
    await chmod(rig.folder, 0o777);
    await rig.put('from/open', 'x');
    await rig.put('from/secret', 'x');
    await rig.put('from/tables/t1.csv', 'new', release + 5);
    await chmod(join(rig.from, 'secret'), 0o600);
    await rig.put('to/tables/t1.csv', 'old');
    await chmod(rig.to, 0o777);
    const outcome = await asNobody();
    expect(outcome).toMatchObject({ copied: ['open'], updated: [] });
    expect(outcome.failed.map(({ path, code }) => [path, code])).toEqual([
      ['secret', 'PERMISSION_DENIED'],
      ['tables/t1.csv', 'PERMISSION_DENIED'],
    ]);
    expect(outcome.failed[0]?.message).toMatch(/^Permission denied/);
    expect((await rig.volume())['tables/t1.csv']).toBe('old');
  });

  test.skipIf(!isRoot)('a volume that belongs to somebody else is told as a whole', async () => {
    await rig.put('from/open', 'x');
    await mkdir(rig.to, { mode: 0o755 });
    await chmod(rig.folder, 0o755);
    await expect(asNobody()).rejects.toMatchObject({ stderr: expect.stringContaining('Permission denied') });
    expect(await readdir(rig.to)).toEqual([]);
  });

  test.skipIf(!isRoot)('a volume that one user filled is known to the next one', async () => {
    await chmod(rig.folder, 0o755);
    await rig.put('from/a', 'r1');
    await rig.sync();
    await cp(rig.to, `${rig.to}-2`, { recursive: true, preserveTimestamps: true });
    await run('chown', ['-R', String(nobody), rig.to]);
    await rig.put('from/a', 'r2');
    expect(await asNobody()).toMatchObject({ updated: ['a'] });
  });
});
