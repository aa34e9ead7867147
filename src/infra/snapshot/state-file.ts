import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Segment } from '../../domain/snapshot/segments.ts';
import { writeAtomically } from '../files/atomic-file.ts';
import type { FileStamp } from './new-file.ts';

/**
 * What the next snapshot has to know of the last one, beside its files and hidden from those who look at them. It is
 * written last and believed only as far as the files are those that it names: whoever dies before, or edits a file,
 * makes that file be read whole.
 */
export type SourceState = {
  readonly name: string;
  /** Of all that its text depends on besides the rows. */
  readonly fingerprint: string;
  readonly segments: readonly Segment[];
};

export type FileState = {
  readonly stamp: FileStamp;
  readonly sha256: string;
  readonly rows: number;
  readonly sources: readonly SourceState[];
};

export type SnapshotState = { readonly files: ReadonlyMap<string, FileState>; readonly index?: FileStamp };

const version = 1;
const fileName = '.waybill-snapshot.json';

const count = z.number().int().nonnegative();
const stamp = z.strictObject({ size: count, modified: z.string(), inode: z.string() });
/** Key, offset, bytes, hash, then rows and digest of each node: there may be many thousands. */
const segment = z.tuple([z.array(z.string()).nullable(), count, count, z.string(), z.array(z.tuple([count, z.string()]))]);
const schema = z.strictObject({
  version: z.literal(version),
  index: stamp.optional(),
  files: z.array(
    z.strictObject({
      name: z.string(),
      stamp,
      sha256: z.string(),
      rows: count,
      sources: z.array(z.strictObject({ name: z.string(), fingerprint: z.string(), segments: z.array(segment) })),
    }),
  ),
});

type StoredSegment = z.output<typeof segment>;

const fromStored = ([from, offset, bytes, hash, tallies]: StoredSegment): Segment => ({
  ...(from === null ? {} : { from }),
  offset,
  bytes,
  hash,
  tallies: tallies.map(([rows, digest]) => ({ rows, digest })),
});

const toStored = ({ from, offset, bytes, hash, tallies }: Segment): StoredSegment => [
  from === undefined ? null : [...from],
  offset,
  bytes,
  hash,
  tallies.map(({ rows, digest }) => [rows, digest]),
];

/** Nothing where there is none, or none that this version understands. */
export const readSnapshotState = async (folder: string): Promise<SnapshotState> => {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => undefined);
  const read = text === undefined ? undefined : schema.safeParse(parsed(text)).data;
  if (read === undefined) return { files: new Map() };
  const files = new Map(
    read.files.map(({ name, sources, ...rest }) => [
      name,
      { ...rest, sources: sources.map((source) => ({ ...source, segments: source.segments.map(fromStored) })) },
    ]),
  );
  return { files, ...(read.index === undefined ? {} : { index: read.index }) };
};

/** Nothing where it is no JSON. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const writeSnapshotState = async (folder: string, { files, index }: SnapshotState): Promise<void> => {
  const stored = {
    version,
    ...(index === undefined ? {} : { index }),
    files: [...files].map(([name, { sources, ...rest }]) => ({
      name,
      ...rest,
      sources: sources.map((source) => ({ ...source, segments: source.segments.map(toStored) })),
    })),
  } satisfies z.input<typeof schema>;
  await writeAtomically(join(folder, fileName), Readable.from([Buffer.from(JSON.stringify(stored))]));
};
