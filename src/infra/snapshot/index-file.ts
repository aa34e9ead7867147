import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashOfFile } from '../folders/place.ts';
import { createNewFile, openOldFile, type FileStamp } from './new-file.ts';
import { parsed } from './state-file.ts';

/** What a snapshot says of itself, for whoever takes its files along. */
export type SnapshotIndex = {
  readonly database: string;
  /** Of the log. */
  readonly position: number;
  readonly timestamp: string;
  readonly files: readonly { readonly name: string; readonly rows: number; readonly bytes: number; readonly sha256: string }[];
};

export const indexName = 'index.json';

const entries = z.object({ files: z.array(z.object({ name: z.string(), sha256: z.string() })) });

export const writeIndex = async (folder: string, index: SnapshotIndex): Promise<FileStamp> => {
  const file = await createNewFile(folder);
  try {
    await file.write(Buffer.from(`${JSON.stringify({ version: 1, ...index }, undefined, 2)}\n`));
    await file.finish();
    return await file.publish(join(folder, indexName));
  } finally {
    await file.discard();
  }
};

export const isIndexThere = async (folder: string, stamp: FileStamp | undefined): Promise<boolean> => {
  const found = stamp === undefined ? undefined : await openOldFile(join(folder, indexName), stamp);
  await found?.close();
  return found !== undefined;
};

type Named = { readonly name: string; readonly sha256: string };

/** What the index names, or `known` does, and a snapshot no longer has; whatever somebody changed or put there stays. */
export const removeFormerFiles = async (folder: string, known: readonly Named[], isKept: (name: string) => boolean): Promise<void> => {
  const text = await readFile(join(folder, indexName), 'utf8').catch(() => undefined);
  const read = text === undefined ? undefined : entries.safeParse(parsed(text)).data;
  for (const { name, sha256 } of [...(read?.files ?? []), ...known]) {
    if (isKept(name) || !isOwn(name) || (await hashOfFile(join(folder, name))) !== sha256) continue;
    await rm(join(folder, name), { force: true });
  }
};

/** The index may be anybody's: it names nothing outside of its folder. */
const isOwn = (name: string): boolean => /^(?:[^./\\][^/\\]*\/)?[^./\\][^/\\]*\.(?:csv|json)$/.test(name) && name !== indexName;
