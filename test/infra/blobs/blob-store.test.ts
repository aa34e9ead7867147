import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBlobStore, type BlobStore } from '../../../src/infra/blobs/blob-store.ts';

let folder: string;
let blobs: BlobStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blobs-'));
  blobs = await openBlobStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const source = async function* (...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
};
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

test('stores a file under its hash, readable only by its owner', async () => {
  const reference = await blobs.put(source('hello ', 'world'));
  expect(reference).toEqual({ sha256: sha256('hello world'), bytes: 11 });
  expect(await readFile(blobs.path(reference.sha256), 'utf8')).toBe('hello world');
  expect((await stat(blobs.path(reference.sha256))).mode & 0o777).toBe(0o600);
  expect(await text(blobs.open(reference.sha256))).toBe('hello world');
});

test('storing the same bytes twice changes nothing', async () => {
  const first = await blobs.put(source('same'));
  expect(await blobs.put(source('sa', 'me'))).toEqual(first);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('keeps a file that stays where it is, without a second copy', async () => {
  const file = join(folder, 'backup.tar.zst');
  await writeFile(file, 'archive', { mode: 0o600 });
  await blobs.keep(file, sha256('archive'));
  await blobs.keep(file, sha256('archive'));
  expect((await stat(blobs.path(sha256('archive')))).ino).toBe((await stat(file)).ino);
  await rm(file);
  expect(await blobs.verify(sha256('archive'))).toBe(true);
});

test('keeps a copy where the file lies on another file system', async () => {
  const elsewhere = await mkdtemp('/dev/shm/blobs-');
  try {
    await writeFile(join(elsewhere, 'backup'), 'archive');
    await blobs.keep(join(elsewhere, 'backup'), sha256('archive'));
    expect(await blobs.verify(sha256('archive'))).toBe(true);
    expect((await stat(blobs.path(sha256('archive')))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test('a source that fails leaves nothing behind', async () => {
  const failing = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('half');
    throw new Error('gone');
  };
  await expect(blobs.put(failing())).rejects.toThrow('gone');
  expect(await readdir(folder)).toEqual(['incoming']);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('sees a changed byte and a missing blob', async () => {
  const { sha256: name } = await blobs.put(source('precious'));
  expect(await blobs.verify(name)).toBe(true);
  await chmod(blobs.path(name), 0o600);
  await writeFile(blobs.path(name), 'precioux');
  expect(await blobs.verify(name)).toBe(false);
  expect(await blobs.verify(sha256('other'))).toBe(false);
  await expect(text(blobs.open(sha256('other')))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
});

test('adopts a file and removes it from where it was', async () => {
  const path = join(folder, 'reject.tar.zst');
  await writeFile(path, 'rows');
  expect(await blobs.adopt(path)).toEqual({ sha256: sha256('rows'), bytes: 4 });
  expect(await readdir(folder)).not.toContain('reject.tar.zst');
});

test('clears away what a crashed writer left, and nothing else', async () => {
  const living = (await readdir(folder)).length;
  await writeFile(join(folder, 'incoming', 'ffffffff-1-abc.waybill-part'), 'of another machine');
  const host = await (async () => {
    const writing = blobs.put(source('x'));
    const [name] = await readdir(join(folder, 'incoming')).then((names) => names.filter((candidate) => !candidate.startsWith('ffffffff')));
    await writing;
    return name?.split('-')[0];
  })();
  if (host !== undefined) await writeFile(join(folder, 'incoming', `${host}-999999999-abc.waybill-part`), 'of a dead process');
  await openBlobStore(folder);
  expect(await readdir(join(folder, 'incoming'))).toEqual(['ffffffff-1-abc.waybill-part']);
  expect(living).toBe(1);
});
