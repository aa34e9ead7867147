import { createHash, type Hash } from 'node:crypto';
import { open, stat, writeFile, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DataStore, ERRORS, Upload } from '@tus/server';
import { Fault, type Refusal } from '../../domain/refusal.ts';
import { isDiskFull } from '../files/disk-full.ts';
import type { PartRecord, PartRecords } from './part-records.ts';

/** What the bytes of one request must hash to, and what to say when they do not. */
export type PieceCheck = { readonly algorithm: string; readonly digest: string; readonly refusal: () => Refusal };

export type PartStoreOptions = {
  readonly records: PartRecords;
  readonly expiryMs: number;
  /** Of the request that is being served. */
  readonly owner: () => string;
  readonly checks: () => readonly PieceCheck[];
};

export const diskFull = (cause: unknown): Fault =>
  new Fault('DISK_FULL', 'There is no space left for the upload. What has come so far is kept. Make room, then go on with it.', { cause });

const appendAll = async (handle: FileHandle, pieces: AsyncIterable<Uint8Array>, at: { offset: number; readonly hashes: readonly Hash[] }): Promise<void> => {
  for await (const piece of pieces) {
    for (const hash of at.hashes) hash.update(piece);
    for (let done = 0; done < piece.byteLength;) {
      const { bytesWritten } = await handle.write(piece, done, piece.byteLength - done, at.offset);
      done += bytesWritten;
      at.offset += bytesWritten;
    }
  }
};

/** Refuses a piece whose bytes are not those that were announced. */
const compare = (checks: readonly PieceCheck[], hashes: readonly Hash[]): void => {
  for (const [index, { digest, refusal }] of checks.entries()) if (hashes[index]?.digest('hex') !== digest) throw refusal();
};

/**
 * Where tus keeps what has come of an upload: a file of mode 0600 whose length is the offset. A piece with a checksum or a
 * signature counts whole or not at all; one without counts as far as it came.
 */
export class PartStore extends DataStore {
  readonly #options: PartStoreOptions;

  constructor(options: PartStoreOptions) {
    super();
    this.#options = options;
    this.extensions = ['creation', 'creation-with-upload', 'creation-defer-length', 'termination', 'expiration', 'checksum'];
  }

  override getExpiration(): number {
    return this.#options.expiryMs;
  }

  override async create(upload: Upload): Promise<Upload> {
    const { records, owner } = this.#options;
    const createdAt = new Date().toISOString();
    try {
      await records.write({ id: upload.id, size: upload.size, metadata: upload.metadata ?? {}, createdAt, owner: owner() });
      await writeFile(records.bytesPath(upload.id), '', { mode: 0o600 });
    } catch (error) {
      await records.remove(upload.id).catch(() => undefined);
      throw isDiskFull(error) ? diskFull(error) : error;
    }
    upload.creation_date = createdAt;
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const record = await this.#record(id);
    const { size, metadata, createdAt } = record;
    return new Upload({ id, ...(size === undefined ? {} : { size }), offset: await this.#offset(record), metadata: { ...metadata }, creation_date: createdAt });
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    await this.#options.records.write({ ...(await this.#record(id)), size });
  }

  override async remove(id: string): Promise<void> {
    await this.#record(id);
    await this.#options.records.remove(id);
  }

  override async write(pieces: Readable, id: string, offset: number): Promise<number> {
    const { records, checks } = this.#options;
    if ((await this.#record(id)).answer !== undefined) return offset;
    const wanted = checks();
    const at = { offset, hashes: wanted.map(({ algorithm }) => createHash(algorithm)) };
    const handle = await open(records.bytesPath(id), 'r+');
    try {
      await appendAll(handle, pieces, at);
      compare(wanted, at.hashes);
    } catch (error) {
      if (wanted.length > 0) await handle.truncate(offset);
      throw isDiskFull(error) ? diskFull(error) : error;
    } finally {
      await handle.close();
    }
    return at.offset;
  }

  /** The record of a part that this caller may go on with; to everybody else there is none. */
  async #record(id: string): Promise<PartRecord> {
    const record = await this.#options.records.read(id);
    if (record === undefined || record.owner !== this.#options.owner()) throw ERRORS.FILE_NOT_FOUND;
    return record;
  }

  async #offset({ id, size, answer }: PartRecord): Promise<number> {
    if (answer !== undefined) return size ?? 0;
    const found = await stat(this.#options.records.bytesPath(id)).catch(() => undefined);
    if (found === undefined) throw ERRORS.FILE_NO_LONGER_EXISTS;
    return found.size;
  }
}
