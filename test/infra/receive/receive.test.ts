import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBlobStore, type BlobStore } from '../../../src/infra/blobs/blob-store.ts';
import { receive, type Receiving } from '../../../src/infra/receive/receive.ts';

let folder: string;
let blobs: BlobStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receive-'));
  blobs = await openBlobStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');
const pieces = async function* (content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
};
const limits = { maxFileBytes: 1024 ** 3, maxRatio: 500 };
const take = (name: string, content: Uint8Array, more: Partial<Receiving> & { readonly size?: number } = {}) =>
  receive(blobs, { name, source: pieces(content, more.size ?? 65_536), limits, ...more });

/** Names of everything that the store has, but its empty folder for what comes in. */
const left = async (): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);

const rows = Buffer.from(Array.from({ length: 2000 }, (_, n) => `{"code":"p${n}","name":"Product ${n}"}\n`).join(''));

describe('a file that comes', () => {
  test.each([
    ['as it is', 'products.jsonl', rows, 'none', 'products.jsonl'],
    ['as gzip', 'products.jsonl.gz', gzipSync(rows), 'gzip', 'products.jsonl'],
    ['as zstd', 'products.jsonl.zst', zstdCompressSync(rows), 'zstd', 'products.jsonl'],
    ['as gzip under a plain name', 'products.jsonl', gzipSync(rows), 'gzip', 'products.jsonl'],
  ] as const)('%s is addressed by its content', async (...[, name, sent, compression, kept]) => {
    for (const size of [1, 7, 65_536]) {
      const received = await take(name, sent, { size });
      expect(received).toEqual({ sha256: sha256(rows), bytes: rows.length, name: kept, wire: { sha256: sha256(sent), bytes: sent.length, compression } });
    }
    expect(await readFile(blobs.path(sha256(rows)))).toEqual(rows);
    expect(await left()).toEqual([sha256(rows)]);
  });

  test('compressed twice is expanded once', async () => {
    const inner = gzipSync(rows);
    expect(await take('rows.jsonl.gz.gz', gzipSync(inner))).toMatchObject({ sha256: sha256(inner), name: 'rows.jsonl.gz' });
  });

  test.each([
    ['a tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\u000000'), Buffer.alloc(2000)])],
    ['an age file', Buffer.from('age-encryption.org/v1\n-> X25519 abc\n')],
  ])('with %s inside stays as it was sent', async (_what, inside) => {
    const sent = gzipSync(inside);
    expect(await take('backup.tar.gz', sent)).toMatchObject({ sha256: sha256(sent), name: 'backup.tar.gz', wire: { compression: 'none' } });
  });

  test('empty is a file of no bytes', async () => {
    expect(await take('empty.csv', Buffer.alloc(0))).toMatchObject({ sha256: sha256(''), bytes: 0 });
    expect(await take('empty.csv.gz', gzipSync(''))).toMatchObject({ sha256: sha256(''), bytes: 0, name: 'empty.csv' });
  });
});

describe('nothing is kept, and nothing left behind, of a file', () => {
  const gz = gzipSync(rows);
  const zst = zstdCompressSync(rows);
  const flipped = Buffer.from(gz);
  flipped[gz.length - 6] = (flipped[gz.length - 6] ?? 0) ^ 1;
  test.each<readonly [what: string, code: string, name: string, sent: Buffer, more: Partial<Receiving>]>([
    ['with another hash than announced', 'UPLOAD_HASH_DIFFERS', 'a.jsonl', rows, { expect: { sha256: 'f'.repeat(64) } }],
    ['announced by the hash of its compressed form', 'UPLOAD_HASH_DIFFERS', 'a.jsonl.gz', gz, { expect: { sha256: sha256(gz) } }],
    ['with another body than signed', 'SIGNATURE_BODY_DIFFERS', 'a.jsonl', rows, { expect: { wireSha256: 'f'.repeat(64) } }],
    ['with fewer bytes than announced', 'UPLOAD_HASH_DIFFERS', 'a.jsonl', rows, { expect: { bytes: rows.length + 1 } }],
    ['with more bytes than allowed', 'UPLOAD_TOO_LARGE', 'a.jsonl', rows, { limits: { ...limits, maxFileBytes: 1000 } }],
    ['that expands to more bytes than allowed', 'ARCHIVE_LIMIT', 'a.jsonl.gz', gz, { limits: { ...limits, maxFileBytes: rows.length - 1 } }],
    ['whose gzip stops in the middle', 'ARCHIVE_TRUNCATED', 'a.jsonl.gz', gz.subarray(0, gz.length - 20), {}],
    ['whose gzip has no trailer', 'ARCHIVE_TRUNCATED', 'a.jsonl.gz', gz.subarray(0, gz.length - 8), {}],
    ['whose zstd stops in the middle', 'ARCHIVE_TRUNCATED', 'a.jsonl.zst', zst.subarray(0, zst.length - 20), {}],
    ['whose checksum is wrong', 'ARCHIVE_CORRUPT', 'a.jsonl.gz', flipped, {}],
    ['with garbage after its gzip', 'ARCHIVE_CORRUPT', 'a.jsonl.gz', Buffer.concat([gz, Buffer.from('garbage')]), {}],
    ['with garbage after its zstd', 'ARCHIVE_CORRUPT', 'a.jsonl.zst', Buffer.concat([zst, Buffer.from('garbage')]), {}],
    ['with much garbage after its zstd', 'ARCHIVE_CORRUPT', 'a.jsonl.zst', Buffer.concat([zst, Buffer.alloc(3_000_000, 7)]), {}],
    ['of two gzip members', 'ARCHIVE_CORRUPT', 'a.jsonl.gz', Buffer.concat([gz, gz]), {}],
    ['named as gzip that is none', 'ARCHIVE_UNSUPPORTED', 'a.jsonl.gz', rows, {}],
    ['declared as zstd that is gzip', 'ARCHIVE_CORRUPT', 'a.jsonl', gz, { expect: { compression: 'zstd' } }],
  ])('%s', async (...[, code, name, sent, more]) => {
    await expect(take(name, sent, more)).rejects.toMatchObject({ code, message: expect.stringMatching(/^(?!.*archive).*Nothing was stored/) });
    expect(await left()).toEqual([]);
  });

  test('whose sender goes away', async () => {
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield rows;
      throw new Error('aborted');
    };
    await expect(receive(blobs, { name: 'a.jsonl', source: breaking(), limits })).rejects.toThrow('aborted');
    expect(await left()).toEqual([]);
  });

  test('whose key is revoked while it comes', async () => {
    const revoked = new AbortController();
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(300_000, 1);
      revoked.abort();
      yield Buffer.alloc(300_000, 1);
    };
    await expect(receive(blobs, { name: 'a.bin', source: slow(), limits, signal: revoked.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await left()).toEqual([]);
  });

  test('that its receiver does not confirm', async () => {
    const refusing = () => Promise.reject(new Error('no'));
    await expect(take('a.jsonl', rows, { confirm: refusing })).rejects.toThrow('no');
    expect(await left()).toEqual([]);
  });
});

test('the same content twice is one file', async () => {
  await take('a.jsonl', rows);
  await take('b.jsonl.gz', gzipSync(rows));
  expect(await left()).toEqual([sha256(rows)]);
});
