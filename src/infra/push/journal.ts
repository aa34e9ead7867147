import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { removeStaleFiles, writeAtomically } from '../files/atomic-file.ts';

/**
 * What must outlive this process: of each large file under way, which part of the server holds its beginning, and the
 * compressed copy that is being sent. It lies in the outbox, because it goes where the files go. Small files need none: the
 * server is asked by hash. A journal that is lost or damaged costs a transfer, never a file.
 */
const entry = z.object({
  ino: z.number(),
  bytes: z.number(),
  mtimeMs: z.number(),
  sha256: z.string(),
  server: z.string(),
  /** Absent: it has to begin. */
  part: z.string().or(z.undefined()).optional(),
  /** Absent: the file itself is sent. */
  copy: z.string().optional(),
  wireBytes: z.number(),
});
const journalFile = z.object({ version: z.literal(1), parts: z.record(z.string(), entry) });

export type JournalEntry = z.output<typeof entry>;
export type Journal = {
  get(name: string): JournalEntry | undefined;
  set(name: string, entry: JournalEntry): Promise<void>;
  delete(name: string): Promise<void>;
};

export const lockName = '.waybill-push.lock';
const journalName = '.waybill-push.json';
const copyPrefix = '.waybill-push-';

/** Hidden, so that no scan takes it; by content, so that a restart finds it. */
export const copyPath = (outbox: string, sha256: string): string => join(outbox, `${copyPrefix}${sha256.slice(0, 32)}.zst`);

const read = async (path: string): Promise<Map<string, JournalEntry>> => {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(journalFile.parse(JSON.parse(text)).parts));
  } catch {
    return new Map();
  }
};

const isWhole = async (held: JournalEntry): Promise<boolean> =>
  held.copy === undefined || (await stat(held.copy).catch(() => undefined))?.size === held.wireBytes;

/** Of a process that died while it asked for the lock; whoever asks now is younger. */
const isOld = async (path: string): Promise<boolean> => Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now()) > 60_000;

/** Under the lock of the outbox. Removes the copies that a dead process left and nobody goes on with. */
export const openJournal = async (outbox: string): Promise<Journal> => {
  const path = join(outbox, journalName);
  const entries = await read(path);
  for (const [name, held] of entries) if (!(await isWhole(held))) entries.delete(name);
  const wanted = new Set([...entries.values()].map(({ copy }) => copy));
  for (const name of await readdir(outbox)) {
    const isCopy = name.startsWith(copyPrefix) && name.endsWith('.zst');
    if (isCopy && !wanted.has(join(outbox, name))) await rm(join(outbox, name), { force: true });
    if (name.startsWith(`${lockName}.`) && (await isOld(join(outbox, name)))) await rm(join(outbox, name), { force: true });
  }
  await removeStaleFiles(outbox);
  let writing: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    const write = async (): Promise<void> => {
      if (entries.size === 0) return rm(path, { force: true });
      const text = JSON.stringify({ version: 1, parts: Object.fromEntries(entries) });
      await writeAtomically(path, one(Buffer.from(text)));
    };
    // One after the other: the last one to be written must be the newest.
    writing = writing.catch(() => undefined).then(write);
    return writing;
  };
  return {
    get: (name) => entries.get(name),
    set: (name, held) => {
      entries.set(name, held);
      return save();
    },
    delete: async (name) => {
      const held = entries.get(name);
      if (!entries.delete(name)) return;
      await save();
      if (held?.copy !== undefined) await rm(held.copy, { force: true });
    },
  };
};

/** For one file, as long as the process lives. */
export const forgetfulJournal = (): Journal => {
  const entries = new Map<string, JournalEntry>();
  return {
    get: (name) => entries.get(name),
    set: async (name, held) => void entries.set(name, held),
    delete: async (name) => void entries.delete(name),
  };
};

async function* one(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}
