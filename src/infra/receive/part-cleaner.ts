import { stat } from 'node:fs/promises';
import { removeStaleFiles } from '../files/atomic-file.ts';
import { createPartRecords, type PartRecords } from './part-records.ts';

/** When a part began; of bytes without a record, when they were last written. */
const bornAt = async (records: PartRecords, id: string): Promise<number> => {
  const record = await records.read(id).catch(() => undefined);
  if (record !== undefined) return Date.parse(record.createdAt);
  return (await stat(records.bytesPath(id)).catch(() => undefined))?.mtimeMs ?? 0;
};

/** Removes uploads that nobody has finished in time, and what crashed writers left; returns their ids. */
export const removeExpiredParts = async (folder: string, expiryMs: number, now: number): Promise<readonly string[]> => {
  const records = createPartRecords(folder);
  const expired: string[] = [];
  for (const id of await records.ids()) {
    if (now - (await bornAt(records, id)) <= expiryMs) continue;
    await records.remove(id);
    expired.push(id);
  }
  await removeStaleFiles(folder);
  return expired;
};

export type CleanerOptions = {
  readonly folder: string;
  readonly expiryMs: number;
  readonly everyMs: number;
  readonly onRemoved: (ids: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
};

/** At once, and from time to time. */
export const startPartCleaner = async ({ folder, expiryMs, everyMs, onRemoved, onError }: CleanerOptions): Promise<{ stop(): Promise<void> }> => {
  const clean = async (): Promise<void> => {
    try {
      const removed = await removeExpiredParts(folder, expiryMs, Date.now());
      if (removed.length > 0) onRemoved(removed);
    } catch (error) {
      onError(error);
    }
  };
  await clean();
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = clean();
  }, everyMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return running;
    },
  };
};
