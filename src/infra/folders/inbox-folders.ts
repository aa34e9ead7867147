import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where files arrive, and where they go afterwards: both below the inbox, also for those of the exchange folder. */

export const importedIn = (inboxDir: string): string => join(inboxDir, 'imported');
export const rejectedIn = (inboxDir: string): string => join(inboxDir, 'rejected');

export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
