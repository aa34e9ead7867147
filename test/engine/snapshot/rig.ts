import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { SnapshotTaken } from '../../../src/engine/snapshot/take-snapshot.ts';
import { sql } from '../../../src/infra/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../../support/cluster.ts';
import { take, type TakeOptions } from './take.ts';

export type Rig = {
  readonly database: TestDatabase;
  run(script: string): Promise<void>;
  folder(): Promise<string>;
  take(folder: string, options?: TakeOptions): Promise<SnapshotTaken>;
  /** The same taken anew into an empty folder. */
  fresh(options?: TakeOptions): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
};

export const createRig = async (): Promise<Rig> => {
  const database = await createTestDatabase();
  const session = await database.session();
  const folder = (): Promise<string> => mkdtemp(join(inject('tempFolder'), 'snapshot-'));
  return {
    database,
    run: async (script) => void (await session.run(sql.raw(script))),
    folder,
    take: (into, options) => take(database.url, into, options),
    fresh: async (options) => {
      const into = await folder();
      await take(database.url, into, options);
      const files = await filesIn(into);
      await rm(into, { recursive: true });
      return files;
    },
    close: () => database.drop(),
  };
};

/** All files that are not hidden, but the index; by their names. */
export const filesIn = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => name !== 'index.json')
    .toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
};

export const hiddenIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => name.includes('waybill-part'));
