import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import tar from 'tar-stream';

export type Entry = { readonly name: string; readonly data: Buffer };

/** All entries of an archive, in memory: for tests that change one. */
export const readEntries = async (file: string): Promise<readonly Entry[]> => {
  const bytes = await readFile(file);
  const plain = file.endsWith('.gz') ? gunzipSync(bytes) : zstdDecompressSync(bytes);
  const entries: Entry[] = [];
  const extract = tar.extract();
  const read = (async () => {
    for await (const entry of extract) entries.push({ name: entry.header.name, data: await buffer(entry) });
  })();
  Readable.from([plain]).pipe(extract);
  await read;
  return entries;
};

export const writeEntries = async (file: string, entries: readonly Entry[]): Promise<string> => {
  const pack = tar.pack();
  for (const { name, data } of entries) pack.entry({ name, mode: 0o644, mtime: new Date(0) }, data);
  pack.finalize();
  await writeFile(file, zstdCompressSync(await buffer(pack)));
  return file;
};

/** A copy of an archive with its entries changed. */
export const changedArchive = async (file: string, out: string, change: (entries: readonly Entry[]) => readonly Entry[]): Promise<string> =>
  writeEntries(out, change(await readEntries(file)));

/** A copy of a file with one bit of one byte turned. */
export const flipped = async (file: string, out: string, at: number): Promise<string> => {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
  await writeFile(out, bytes);
  return out;
};

export const cut = async (file: string, out: string, length: number): Promise<string> => {
  await writeFile(out, (await readFile(file)).subarray(0, length));
  return out;
};
