import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWatcher } from '../../src/events/watcher.ts';
import { moveFile } from '../../src/infra/folders/place.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { meta } from '../support/store.ts';

/** So large that nobody reads it within the time that a stop may take; without blocks on disk. */
const bytes = 64 * 1024 ** 3;
const sparse = async (path: string): Promise<void> => {
  await (await open(path, 'w')).close();
  await truncate(path, bytes);
};

let rig: TestApp;
beforeAll(async () => {
  rig = await createTestApp({ WAYBILL_MAX_FILE_BYTES: '100GB', WAYBILL_SETTLE_SECONDS: '0.1' });
  await mkdir(rig.app.config.inboxDir, { recursive: true });
}, 60_000);
afterAll(() => rig.close());

const written = async (): Promise<number> => {
  const { blobDir } = rig.app.config;
  const names = await readdir(blobDir, { recursive: true });
  const found = await Promise.all(names.map((name) => stat(join(blobDir, name)).catch(() => undefined)));
  return found.reduce((sum, each) => sum + (each?.isFile() === true ? each.size : 0), 0);
};

const stopped = async (watcher: { stop(): Promise<void> }): Promise<number> => {
  const told = Date.now();
  await watcher.stop();
  return Date.now() - told;
};

describe('a watcher that is told to stop in the middle of a large file', () => {
  test('stops reading at once, keeps nothing of it, says nothing of it, and leaves the file where it is', { timeout: 60_000 }, async () => {
    await sparse(join(rig.app.config.inboxDir, 'large.csv'));
    const heard: unknown[] = [];
    const watcher = startWatcher(rig.app, { seconds: 0.1, onEvent: (event) => heard.push(event), onError: (error) => heard.push(error) });
    await expect.poll(written, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0);
    expect(await stopped(watcher)).toBeLessThan(2000);
    expect(await written()).toBe(0);
    expect(heard).toEqual([]);
    expect((await stat(join(rig.app.config.inboxDir, 'large.csv'))).size).toBe(bytes);
    expect((await rig.app.store.inboxFiles({ name: 'large.csv' })).rows).toEqual([]);
  });

  test('also when it only looks whether a file is the one that it knows, which is known as before', { timeout: 60_000 }, async () => {
    const { store } = rig.app;
    const sha256 = createHash('sha256').update('something else').digest('hex');
    const { uploadId } = await store.recordUpload({ sha256, bytes: 14, name: 'large.csv' }, meta());
    await store.fileArrived({ folder: 'inbox', name: 'large.csv', sha256, bytes: 14, upload: uploadId, by: 'upload' }, meta());
    const heard: unknown[] = [];
    const watcher = startWatcher(rig.app, { seconds: 0.1, onEvent: (event) => heard.push(event), onError: (error) => heard.push(error) });
    await new Promise((done) => setTimeout(done, 1500));
    expect(await stopped(watcher)).toBeLessThan(2000);
    expect(heard).toEqual([]);
    expect((await store.inboxFiles({ name: 'large.csv' })).rows.map(({ state }) => state)).toEqual(['waiting']);
  });
});

test('a file that is being put away stays where it is when the work is broken off', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-put-away-'));
  try {
    await sparse(join(folder, 'large.csv'));
    const moved = moveFile(join(folder, 'large.csv'), { folder: join(folder, 'imported'), name: 'large.csv', sha256: '0', signal: AbortSignal.timeout(300) });
    await expect(moved).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await readdir(folder)).toEqual(['large.csv']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
