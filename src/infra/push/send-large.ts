import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import { Fault } from '../../domain/refusal.ts';
import { writeAtomically } from '../files/atomic-file.ts';
import { isDiskFull } from '../files/disk-full.ts';
import type { Receipt } from './answers.ts';
import { confirmed, isWorthIt, refuseChanged, type Carrier, type Delivered } from './carrier.ts';
import { copyPath, type JournalEntry } from './journal.ts';
import { isSameStamp, StillChanging, stampOf, type Parcel } from './parcel.ts';

const writeCopy = async ({ path, stamp }: Parcel, copy: string): Promise<number | undefined> => {
  const compressing = createZstdCompress();
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  pipeline(source, compressing, () => undefined);
  try {
    await writeAtomically(copy, compressing);
  } catch (error) {
    // No room for a copy: the file itself will do.
    if (isDiskFull(error)) return undefined;
    throw error;
  } finally {
    source.destroy();
  }
  const bytes = (await stampOf(copy))?.bytes ?? 0;
  if (isWorthIt(bytes, stamp.bytes)) return bytes;
  await rm(copy, { force: true });
  return undefined;
};

const begin = async ({ journal, outbox, serverUrl }: Carrier, parcel: Parcel): Promise<JournalEntry> => {
  const { name, stamp, sha256, form } = parcel;
  const held = journal.get(name);
  if (held !== undefined && isSameStamp(held, stamp) && held.sha256 === sha256 && held.server === serverUrl) return held;
  await journal.delete(name);
  const copy = outbox === undefined || form !== 'plain' ? undefined : copyPath(outbox, sha256);
  const copyBytes = copy === undefined ? undefined : await writeCopy(parcel, copy);
  const entry = { ...stamp, sha256, server: serverUrl, wireBytes: copyBytes ?? stamp.bytes, ...(copyBytes === undefined ? {} : { copy }) };
  await journal.set(name, entry);
  return entry;
};

const readPiece = async (path: string, offset: number, length: number): Promise<Buffer> => {
  const handle = await open(path, 'r');
  try {
    const piece = Buffer.alloc(length);
    let size = 0;
    while (size < length) {
      const { bytesRead } = await handle.read(piece, size, length - size, offset + size);
      if (bytesRead === 0) break;
      size += bytesRead;
    }
    return piece.subarray(0, size);
  } finally {
    await handle.close();
  }
};

type Transfer = {
  readonly carrier: Carrier;
  readonly parcel: Parcel;
  readonly entry: JournalEntry;
  keep(part: string | undefined): Promise<void>;
};

const transfer = (carrier: Carrier, parcel: Parcel, begun: JournalEntry): Transfer => {
  let entry = begun;
  return {
    carrier,
    parcel,
    get entry() {
      return entry;
    },
    keep: async (part) => {
      entry = { ...entry, part };
      await carrier.journal.set(parcel.name, entry);
    },
  };
};

/** From where the server is to the end. No receipt means that only asking by hash can tell how it ended. */
const sendPieces = async ({ carrier, parcel, entry }: Transfer, part: string, from: number, advanced: () => void): Promise<Receipt | undefined> => {
  const { wireBytes, copy } = entry;
  for (let offset = from; ;) {
    const bytes = await readPiece(copy ?? parcel.path, offset, Math.min(carrier.pieceBytes, wireBytes - offset));
    // Of the file itself something is missing: somebody cut it.
    if (bytes.length === 0 && offset < wireBytes) throw new StillChanging(parcel.name);
    const isLast = offset + bytes.length >= wireBytes;
    const receipt = await carrier.server.appendPart(part, { offset, bytes, isLast, wireBytes });
    advanced();
    offset += bytes.length;
    if (isLast) return receipt;
  }
};

/** All bytes are there and it was no good: the same part will not be better. Any other is gone on with, also a whole one without its answer. */
const spoilt: ReadonlySet<string> = new Set(['SENT_HASH_DIFFERS', 'UPLOAD_HASH_DIFFERS', 'UPLOAD_LOST']);

const attempt = async (state: Transfer, advanced: () => void): Promise<Receipt> => {
  const { carrier, parcel } = state;
  const { server } = carrier;
  const { name, sha256 } = parcel;
  const { part: held, wireBytes } = state.entry;
  const offset = held === undefined ? undefined : await server.partOffset(held);
  // The server gives a part up when the file is whole: then the file is there.
  const finished = held !== undefined && offset === undefined ? await server.find(sha256) : undefined;
  if (finished !== undefined) return finished;
  const part = held !== undefined && offset !== undefined ? held : await server.createPart({ name, sha256, wireBytes });
  if (part !== held) await state.keep(part);
  try {
    // Nothing left of it is sent too: the answer to the last piece may have been lost, and comes again.
    const receipt = (await sendPieces(state, part, offset ?? 0, advanced)) ?? (await server.find(sha256));
    if (receipt === undefined) throw new Fault('UPLOAD_LOST', `The server took all of ${name} and does not have it.`, { retryable: true });
    return confirmed(receipt, parcel);
  } catch (error) {
    await refuseChanged(parcel);
    if (error instanceof Fault && spoilt.has(error.code)) await state.keep(undefined);
    throw error;
  }
};

/** In pieces (tus): a break or a restart of either side costs at most one of them. */
export const sendLarge = async (carrier: Carrier, parcel: Parcel): Promise<Delivered> => {
  const { server, line, journal } = carrier;
  const { name, sha256 } = parcel;
  const wasUnderWay = journal.get(name)?.part !== undefined;
  const found = await line.try(() => server.find(sha256));
  if (found !== undefined) {
    await journal.delete(name);
    return { receipt: found, isKnown: !wasUnderWay, wireBytes: 0 };
  }
  const entry = await begin(carrier, parcel);
  const state = transfer(carrier, parcel, entry);
  const receipt = await line.try((advanced) => attempt(state, advanced));
  await journal.delete(name);
  return { receipt, isKnown: false, wireBytes: entry.wireBytes };
};
