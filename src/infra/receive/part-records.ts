import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { writeAtomically } from '../files/atomic-file.ts';
import type { UploadAnswer } from './take-in.ts';

/**
 * What is known of an upload that comes in pieces, in a file beside its bytes: `ID.json` beside `ID`. The bytes on disk are
 * the truth about how much has come; a record with an answer says that all has, and the bytes are gone.
 */
export type PartRecord = {
  readonly id: string;
  /** Undefined until it is declared. */
  readonly size: number | undefined;
  readonly metadata: Readonly<Record<string, string | null>>;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Who may go on with it. */
  readonly owner: string;
  readonly answer?: UploadAnswer;
};

/** As the protocol's server names them; nothing else is looked for on disk. */
export const isPartId = (id: string): boolean => /^[0-9a-f]{32}$/.test(id);

export type PartRecords = {
  read(id: string): Promise<PartRecord | undefined>;
  write(record: PartRecord): Promise<void>;
  /** All has come and is kept elsewhere: its bytes go, its answer stays until it expires. */
  finish(record: PartRecord, answer: UploadAnswer): Promise<void>;
  /** With its bytes. */
  remove(id: string): Promise<void>;
  bytesPath(id: string): string;
  /** Ids of everything that lies there, known or not. */
  ids(): Promise<readonly string[]>;
};

export const createPartRecords = (folder: string): PartRecords => {
  const bytesPath = (id: string): string => join(folder, id);
  const recordPath = (id: string): string => join(folder, `${id}.json`);
  const write = (record: PartRecord): Promise<void> => writeAtomically(recordPath(record.id), Readable.from([Buffer.from(JSON.stringify(record))]));
  return {
    bytesPath,
    write,
    finish: async (record, answer) => {
      await write({ ...record, answer });
      await rm(bytesPath(record.id), { force: true });
    },
    read: async (id) => {
      if (!isPartId(id)) return undefined;
      const text = await readFile(recordPath(id), 'utf8').catch(() => undefined);
      // Written atomically by this version or another: what cannot be read is no part that could be gone on with.
      return text === undefined ? undefined : (JSON.parse(text) as PartRecord);
    },
    remove: async (id) => {
      await rm(bytesPath(id), { force: true });
      await rm(recordPath(id), { force: true });
    },
    ids: async () => [...new Set((await readdir(folder).catch(() => [])).map((name) => name.replace(/\.json$/, '')).filter(isPartId))],
  };
};
