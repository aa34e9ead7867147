import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArchive, verifyArchive } from '../../../src/infra/archive/read-archive.ts';
import { createArchiveWriter } from '../../../src/infra/archive/write-archive.ts';
import { readSample, sampleManifest, writeSample } from './sample-archive.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
  path = join(folder, 'backup.tar.zst');
});
afterEach(() => rm(folder, { recursive: true }));

const sample = { users: '1\tann\n2\tb\\nb\n', empty: '', tags: '\\N\n' };

test.each(['zstd', 'gzip'] as const)('gives back what was written, compressed with %s', async (compression) => {
  const written = await writeSample(path, sample, { compression });
  expect(await readSample(path)).toEqual(sample);
  expect(written.summary.tables.map(({ table, rows, segments }) => [table, rows, segments])).toEqual([
    ['public.users', 2, 1],
    ['public.empty', 0, 0],
    ['public.tags', 1, 1],
  ]);
  const file = await readFile(path);
  expect(written).toMatchObject({ bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') });
});

test('cuts large tables into segments and joins them again', async () => {
  const text = `${'x'.repeat(99)}\n`.repeat(100_000);
  const written = await writeSample(path, { big: text });
  expect(written.summary.tables[0]).toMatchObject({ rows: 100_000, bytes: 10_000_000, segments: 3 });
  expect(await readSample(path)).toEqual({ big: text });
});

test('verify counts rows and bytes; its file is told by content, not by name', async () => {
  await writeSample(path, sample);
  await writeFile(join(folder, 'holiday.jpg'), await readFile(path));
  expect(await verifyArchive(join(folder, 'holiday.jpg'))).toMatchObject({ layout: '2.0.0', complete: true, rows: 3, bytes: 16 });
});

test('a part that is left early is checked all the same', async () => {
  await writeSample(path, sample);
  const archive = await openArchive(path);
  for await (const _part of archive.parts());
  expect(archive.summary().tables).toHaveLength(3);
  await archive.close();
});

test('the file gets its name only when it is whole, and is its owner’s alone', async () => {
  const writer = await createArchiveWriter(path, { compression: 'zstd', recipients: [] });
  await writer.begin(sampleManifest([]));
  expect(await readdir(folder)).not.toContain('backup.tar.zst');
  await writer.finish();
  expect(await readdir(folder)).toEqual(['backup.tar.zst']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('an archive given up leaves nothing behind', async () => {
  const writer = await createArchiveWriter(path, { compression: 'zstd', recipients: [] });
  const manifest = sampleManifest(['users']);
  await writer.begin(manifest);
  const failing = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(6_000_000, 'row\n');
    throw new Error('the connection ended');
  };
  const [users] = manifest.tables;
  if (users !== undefined) await expect(writer.table(users, failing())).rejects.toThrow('the connection ended');
  await writer.abort();
  expect(await readdir(folder)).toEqual([]);
});

test('refuses a folder that cannot be written', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(createArchiveWriter(join(folder, 'file', 'x.tar.zst'), { compression: 'zstd', recipients: [] })).rejects.toThrow();
});

test('stock tar and zstd list its entries', async (context) => {
  if (spawnSync('zstd', ['--version']).error !== undefined) return context.skip('there is no zstd on this machine');
  await writeSample(path, sample);
  const listed = execFileSync('tar', ['--zstd', '-tf', path], { encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(['index.json', 'data/0001/000001.copy', 'data/0003/000001.copy', 'summary.json']);
});

test('an encrypted archive opens with its identity, and with no other', async () => {
  const identity = await generateX25519Identity();
  await writeSample(path, sample, { recipients: [await identityToRecipient(identity)] });
  expect(await readSample(path, { identities: [identity] })).toEqual(sample);
  await expect(openArchive(path)).rejects.toMatchObject({ code: 'ARCHIVE_ENCRYPTED' });
  await expect(openArchive(path, { identities: [await generateX25519Identity()] })).rejects.toMatchObject({ code: 'ARCHIVE_ENCRYPTED' });
  await expect(openArchive(path, { identities: ['AGE-SECRET-KEY-1X'] })).rejects.toMatchObject({ code: 'IDENTITY_INVALID' });
});

test('refuses a recipient that is none before it writes anything', async () => {
  await expect(createArchiveWriter(path, { compression: 'zstd', recipients: ['age1nobody'] })).rejects.toMatchObject({ code: 'RECIPIENT_INVALID' });
  expect(await readdir(folder)).toEqual([]);
});

test('the stock age opens what we encrypt, and we open what it encrypts', async (context) => {
  if (spawnSync('age', ['--version']).error !== undefined) return context.skip('there is no age on this machine');
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  await writeFile(join(folder, 'key'), identity, { mode: 0o600 });
  await writeSample(path, sample, { recipients: [recipient] });
  const plain = execFileSync('age', ['-d', '-i', join(folder, 'key'), path]);
  await writeFile(join(folder, 'plain.tar.zst'), plain);
  expect(await readSample(join(folder, 'plain.tar.zst'))).toEqual(sample);
  await writeFile(join(folder, 'theirs'), execFileSync('age', ['-r', recipient], { input: plain }));
  expect(await readSample(join(folder, 'theirs'), { identities: [identity] })).toEqual(sample);
});
