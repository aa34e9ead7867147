import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Issue } from '../../../src/domain/issue.ts';
import { openArchive, verifyArchive } from '../../../src/infra/archive/read-archive.ts';
import { writeRejects } from '../../../src/infra/archive/write-rejects.ts';
import { readSample, sampleManifest } from './sample-archive.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rejects-'));
  path = join(folder, 'rejected.tar.zst');
});
afterEach(() => rm(folder, { recursive: true }));

async function* rows(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
async function* issues(count: number): AsyncGenerator<Issue> {
  for (let row = 1; row <= count; row += 1)
    yield { code: 'check.violated', table: 'public.users', row, message: `The check age_positive does not hold in row ${row}.` };
}
const timestamp = '2026-01-02T00:00:00.000Z';

test('rejected rows are an archive again, with the reasons beside them', async () => {
  await writeRejects(path, {
    manifest: sampleManifest(['tags', 'users']),
    timestamp,
    rows: (table) => (table.name === 'users' ? rows('7\n9\n') : undefined),
    issues: issues(2),
  });
  expect(await readSample(path)).toEqual({ users: '7\n9\n' });
  const archive = await openArchive(path);
  expect(archive.manifest).toMatchObject({ complete: false, entities: ['public.users'], metadata: { timestamp } });
  await archive.close();
  const tar = zstdDecompressSync(await readFile(path)).toString();
  expect(tar).toContain('issues/000001.jsonl');
  expect(tar).toContain('The check age_positive does not hold in row 2.');
});

test('millions of reasons do not have to fit into memory', async () => {
  await writeRejects(path, { manifest: sampleManifest(['users']), timestamp, rows: () => rows('7\n'), issues: issues(50_000) });
  expect(await verifyArchive(path)).toMatchObject({ rows: 1, complete: false });
  expect(zstdDecompressSync(await readFile(path)).toString()).toContain('issues/000002.jsonl');
});

test('a failure leaves no file', async () => {
  const failing = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('1\n');
    throw new Error('lost');
  };
  await expect(writeRejects(path, { manifest: sampleManifest(['users']), timestamp, rows: failing, issues: issues(0) })).rejects.toThrow('lost');
  expect(await readdir(folder)).toEqual([]);
});
