import { open, type FileHandle } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { Fault, Refusal } from '../../domain/refusal.ts';
import { decrypt, isAge } from './decrypt.ts';
import type { ArchiveLimits } from './format.ts';
import { peek } from './peek.ts';
import { corrupt, overLimit, truncated, unsupported } from './refusals.ts';
import { requireTar } from './tar-entries.ts';

/**
 * From a file to the bytes of its tar stream: what the file is is told by its first bytes, never by its name; decrypted
 * and decompressed on the way, within limits, with back-pressure, nothing on disk.
 */
export type ExpandedFile = {
  readonly bytesTotal: number;
  readonly encrypted: boolean;
  readonly compression: Compression;
  /** Of the file on disk. */
  bytesRead(): number;
  readonly tar: AsyncIterable<Buffer>;
  close(): Promise<void>;
};

export type ExpandOptions = {
  /** age identities (`AGE-SECRET-KEY-...`). */
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
  readonly limits: ArchiveLimits;
};

const headBytes = 1024;
const ratioFreeBytes = 64 * 1024 * 1024;

const magics: readonly (readonly [name: string, matches: (head: Buffer) => boolean, advice: string])[] = [
  ['a ZIP file', (head) => head.toString('latin1', 0, 4) === 'PK\x03\x04', 'Use the .tar.zst or .tar.gz that `waybill export` wrote.'],
  [
    'an HTML page',
    (head) => /^\s*<(!doctype|html|head|body|\?xml)/i.test(head.toString('latin1', 0, 256)),
    'A download probably failed and saved an error page; download the archive again.',
  ],
  [
    'a dump of pg_dump in custom format',
    (head) => head.toString('latin1', 0, 5) === 'PGDMP',
    'Restore it with pg_restore into a database and export that with `waybill export`.',
  ],
  [
    'an SQL script',
    (head) => /^\s*(--|\/\*|create |set |begin|\\)/i.test(head.toString('latin1', 0, 256)),
    'Run it with psql in a database and export that with `waybill export`.',
  ],
  ['an uncompressed tar file', (head) => head.toString('latin1', 257, 262) === 'ustar', 'Compress it with `zstd` or `gzip` first.'],
  [
    'an age file in ASCII armor',
    (head) => head.toString('latin1', 0, 30) === '-----BEGIN AGE ENCRYPTED FILE-'.slice(0, 30),
    'Decrypt it with `age -d` first, or encrypt without --armor.',
  ],
  ['a bzip2 file', (head) => head.toString('latin1', 0, 3) === 'BZh', 'Use zstd or gzip.'],
  ['an xz file', (head) => head.toString('latin1', 1, 5) === '7zXZ', 'Use zstd or gzip.'],
  ['JSON', (head) => /^\s*[[{]/.test(head.toString('latin1', 0, 64)), 'Use the whole archive, not one entry of it.'],
];

const unknownFormat = (head: Buffer): Refusal => {
  if (head.length === 0) return unsupported('the file is empty', 'Transfer the file again.');
  const found = magics.find(([, matches]) => matches(head));
  if (found !== undefined) return unsupported(`the file is ${found[0]}`, found[2]);
  return unsupported(
    `the first bytes are of no format it knows (${head.subarray(0, 4).toString('hex')})`,
    'Use a .tar.zst or .tar.gz file that `waybill export` wrote.',
  );
};

export type Compression = 'zstd' | 'gzip';

/** By its first bytes. */
export const compressionOf = (head: Buffer): Compression | undefined => {
  if (head.length < 4) return undefined;
  if (head.readUInt32BE(0) === 0x28b52ffd) return 'zstd';
  if (head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  return undefined;
};

/** 16 MB. The levels up to 19 need 8; a frame may ask for 128, which is memory that a stranger makes us spend. */
const zstdWindowLog = 24;

// More than one frame or member, or anything after the end, is refused: some tools would read it and others not. For zstd
// Node's own check is of no use, see `decompressed`.
const decompressor = (compression: Compression, chunkSize: number): ZstdDecompress | Gunzip =>
  compression === 'zstd'
    ? createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog } })
    : createGunzip({ chunkSize, rejectGarbageAfterEnd: true });

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

const translateExpansion = (error: unknown): unknown => {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') return truncated('the compressed data stops in the middle');
  if (code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END') return corrupt('something follows the end of the compressed data');
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return unsupported('it was compressed with a window of more than 16 MB', 'Compress it again without --long and --ultra.');
  if (code.startsWith('Z_') || code.startsWith('ZSTD_')) return corrupt('the compressed data does not decode');
  return error;
};

export async function* limited(
  source: AsyncIterable<Buffer>,
  limits: Pick<ArchiveLimits, 'maxExpandedBytes' | 'maxRatio'>,
  stored: () => number,
): AsyncGenerator<Buffer> {
  let expanded = 0;
  try {
    for await (const chunk of source) {
      expanded += chunk.length;
      if (expanded > limits.maxExpandedBytes) throw overLimit(`it expands to more than ${limits.maxExpandedBytes} bytes`, 'limits.maxExpandedBytes');
      if (expanded > ratioFreeBytes && expanded > stored() * limits.maxRatio)
        throw overLimit(`it expands to more than ${limits.maxRatio} times its size`, 'limits.maxRatio');
      yield chunk;
    }
  } catch (error) {
    throw translateExpansion(error);
  }
}

const openFile = async (path: string): Promise<{ handle: FileHandle; bytes: number }> => {
  try {
    const handle = await open(path, 'r');
    const found = await handle.stat();
    if (!found.isFile()) {
      await handle.close();
      throw unsupported('it is a folder or a device', 'Name the archive file.');
    }
    return { handle, bytes: found.size };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (codeOf(error) === 'ENOENT') throw new Refusal('ARCHIVE_NOT_FOUND', 'There is no file of that name. Check the path.');
    throw new Fault('ARCHIVE_UNREADABLE', `The archive cannot be read (${codeOf(error)}). Check the permissions of the file.`, { cause: error });
  }
};

/** Node's zstd compressor may end its output with this frame of nothing (seen on 24.21), so it is no foreign matter. */
const emptyFrame = Buffer.from('28b52ffd240001000099e9d851', 'hex');

/** Node's zstd decompressor stops silently at the end of a frame: what it did not consume must be nothing, or an empty frame. */
export async function* decompressed(source: AsyncIterable<Buffer>, compression: Compression, outBytes = 256 * 1024): AsyncGenerator<Buffer> {
  const expanding = decompressor(compression, outBytes);
  let fed = 0;
  let tail: Buffer = Buffer.alloc(0);
  const watched = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      fed += chunk.length;
      tail = Buffer.concat([tail, chunk.subarray(-emptyFrame.length)]).subarray(-emptyFrame.length);
      yield chunk;
    }
  };
  pipeline(Readable.from(watched(), { objectMode: false }), expanding, () => undefined);
  yield* expanding;
  const rest = fed - expanding.bytesWritten;
  const isEmptyFrame = rest === emptyFrame.length && tail.equals(emptyFrame);
  if (compression === 'zstd' && rest !== 0 && !isEmptyFrame) throw corrupt('something follows the end of the compressed data');
}

export const expandFile = async (path: string, options: ExpandOptions): Promise<ExpandedFile> => {
  const { handle, bytes } = await openFile(path);
  const file = handle.createReadStream({ highWaterMark: 256 * 1024, autoClose: true });
  const close = async (): Promise<void> => {
    file.destroy();
    await handle.close().catch(() => undefined);
  };
  try {
    const raw = await peek(file, headBytes);
    const isEncrypted = isAge(raw.head);
    const plain = isEncrypted ? await peek(await decrypt(raw.whole, options), headBytes) : raw;
    const compression = compressionOf(plain.head);
    if (compression === undefined) throw unknownFormat(plain.head);
    const tar = await peek(
      limited(decompressed(plain.whole, compression), options.limits, () => file.bytesRead),
      headBytes,
    );
    requireTar(tar.head, `the ${compression} data`);
    return { bytesTotal: bytes, encrypted: isEncrypted, compression, bytesRead: () => file.bytesRead, tar: tar.whole, close };
  } catch (error) {
    await close();
    throw error;
  }
};
