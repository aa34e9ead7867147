import { createHash } from 'node:crypto';
import { constants, open, stat, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Fault, Refusal } from '../../domain/refusal.ts';
import { isNamedCompressed } from '../../domain/upload/name.ts';
import { isAge } from '../archive/decrypt.ts';
import { compressionOf, decompressed, limited } from '../archive/expand.ts';
import { compressionToUndo, headBytes } from '../receive/inside.ts';

/**
 * A file as it is about to be sent: what it was when it was looked at, and the hash that the server must confirm. That is
 * the hash of what the server keeps: the content of a `.gz` or `.zst`, the bytes of everything else.
 */
export type Parcel = {
  readonly name: string;
  readonly path: string;
  readonly stamp: Stamp;
  readonly sha256: string;
  /** `plain` gains by being compressed; the others go as they are. */
  readonly form: 'plain' | 'compressed' | 'archive';
  /** Of a small file all of it, so that what was hashed is what is sent. */
  readonly whole?: Buffer;
};

/** Tells a file from one that was put or written in its place. */
export type Stamp = { readonly ino: number; readonly bytes: number; readonly mtimeMs: number };

export const isSameStamp = (left: Stamp, right: Stamp): boolean => left.ino === right.ino && left.bytes === right.bytes && left.mtimeMs === right.mtimeMs;

export const stampOf = async (path: string): Promise<Stamp | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : { ino: found.ino, bytes: found.size, mtimeMs: found.mtimeMs };
};

/** Another writer was faster: nothing is wrong, the next look takes it. */
export class StillChanging extends Fault {
  constructor(name: string) {
    super('FILE_STILL_CHANGES', `${name} changed while it was sent; the next look sends it again.`);
  }
}

/** A link is not followed, not even one that came since the folder was listed. */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

const readBytes = 256 * 1024;

const feed = async (source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
};

type Content = { readonly name: string; readonly head: Buffer; stream(): AsyncIterable<Buffer> };

const damaged = (name: string, how: string): Refusal =>
  new Refusal('FILE_CORRUPT', `${name} is damaged: ${how} Write it again; it stays in the outbox until it can be sent.`);

const howDamaged: Readonly<Record<string, string>> = {
  ARCHIVE_TRUNCATED: 'its compressed data stops in the middle.',
  ARCHIVE_UNSUPPORTED: 'it was compressed with a window of more than 16 MB (zstd --long or --ultra).',
};

/** Nothing of it is kept here, so it may be as large as it likes. */
const noLimits = { maxExpandedBytes: Number.POSITIVE_INFINITY, maxRatio: Number.POSITIVE_INFINITY };

const isTar = (head: Buffer): boolean => head.toString('latin1', 257, 262) === 'ustar';

/** A compressed file is read to its end, so that one that does not decode is told here, before it costs a connection. */
const identify = async ({ name, head, stream }: Content, signal: AbortSignal): Promise<Pick<Parcel, 'form' | 'sha256'>> => {
  const compression = compressionOf(head);
  if (compression === undefined && isNamedCompressed(name) && !isAge(head)) throw damaged(name, 'it is called compressed, and its first bytes are not.');
  const toUndo = await compressionToUndo(head);
  if (toUndo === undefined) {
    const isArchive = compression !== undefined || isTar(head) || isAge(head);
    return { form: isArchive ? 'archive' : 'plain', sha256: await feed(stream(), signal) };
  }
  try {
    return {
      form: 'compressed',
      sha256: await feed(
        limited(decompressed(stream(), toUndo), noLimits, () => 0),
        signal,
      ),
    };
  } catch (error) {
    throw error instanceof Refusal ? damaged(name, howDamaged[error.code] ?? 'its compressed data does not decode, or something follows it.') : error;
  }
};

const readHead = async (handle: FileHandle): Promise<Buffer> => {
  const head = Buffer.alloc(headBytes);
  const { bytesRead } = await handle.read(head, 0, headBytes, 0);
  return head.subarray(0, bytesRead);
};

const unreadable = (name: string, error: unknown): unknown => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return new StillChanging(name);
  if (!/^E[A-Z]+$/.test(code)) return error;
  const how = code === 'ELOOP' ? 'it is a link' : code === 'EACCES' || code === 'EPERM' ? 'permission denied' : code;
  return new Refusal('FILE_UNREADABLE', `${name} cannot be read: ${how}. Change its owner or mode, or put the file itself into the outbox.`);
};

export type ReadParcelOptions = { readonly name: string; readonly path: string; readonly smallBytes: number; readonly signal: AbortSignal };

export const readParcel = async ({ name, path, smallBytes, signal }: ReadParcelOptions): Promise<Parcel> => {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, openFlags);
    const opened = await handle.stat();
    if (!opened.isFile()) throw new Refusal('FILE_UNREADABLE', `${name} is no file any more. Take it out of the outbox.`);
    const stamp = { ino: opened.ino, bytes: opened.size, mtimeMs: opened.mtimeMs };
    const whole = opened.size < smallBytes ? await handle.readFile() : undefined;
    const reading = handle;
    const content: Content = {
      name,
      head: whole?.subarray(0, headBytes) ?? (await readHead(handle)),
      stream: () =>
        whole === undefined
          ? reading.createReadStream({ start: 0, autoClose: false, highWaterMark: readBytes })
          : Readable.from([whole], { objectMode: false }),
    };
    const identified = await identify(content, signal);
    const left = await stampOf(path);
    if (left === undefined || !isSameStamp(left, stamp) || (whole !== undefined && whole.length !== stamp.bytes)) throw new StillChanging(name);
    return { name, path, stamp, ...identified, ...(whole === undefined ? {} : { whole }) };
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    await handle?.close();
  }
};
