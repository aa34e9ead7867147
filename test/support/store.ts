import type { Metadata } from '../../src/domain/run/events.ts';
import type { ImportInput } from '../../src/domain/run/run.ts';
import { openStore, type Store, type StoreOptions } from '../../src/events/store.ts';
import { createTestDatabase, type TestDatabase } from './cluster.ts';

export const meta = (actor = 'ada', requestId = 'request-1'): Metadata => ({ actor, requestId, client: 'test' });

export const archiveHash = 'a'.repeat(64);

export const importInput = (change: Partial<ImportInput> = {}): ImportInput => ({
  upload: archiveHash,
  fileName: 'backup_shop_1.tar.zst',
  database: 'shop',
  onError: 'reject-all',
  exclusive: false,
  rebuild: 'auto',
  approval: 'none',
  ...change,
});

export type TestStore = { readonly store: Store; readonly database: TestDatabase; close(): Promise<void> };

/** A store of its own that knows the database `shop` and one upload: positions 1 and 2. */
export const createTestStore = async (options: Partial<StoreOptions> = {}): Promise<TestStore> => {
  const database = await createTestDatabase();
  const store = await openStore(database.url, { purpose: 'test', ...options });
  await store.registerDatabase('shop', 'postgres://***@localhost/shop', meta());
  await store.recordUpload({ sha256: archiveHash, bytes: 10, name: 'backup_shop_1.tar.zst' }, meta());
  return {
    store,
    database,
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
};

export const requestImport = async (store: Store, change: Partial<ImportInput> = {}, key?: string): Promise<string> =>
  (await store.requestRun({ kind: 'import', input: importInput(change) }, meta(), key)).runId;
