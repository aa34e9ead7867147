import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { importedIn, rejectedIn } from './inbox-folders.ts';
import { isOld } from './exchange.ts';
import { listFiles } from './scan.ts';

/**
 * Removes what has lain too long where finished files lie: imported and rejected ones, sent ones, and the exchange folder.
 * Never what waits in the inbox, never a link or a folder, and never the content that the log names: that is in the blob store.
 */
type RetentionFolder = 'inbox' | 'exchange' | 'sent';
export type Removed = { readonly folder: RetentionFolder; readonly files: readonly string[]; readonly bytes: number };

export type RetentionConfig = {
  readonly inboxDir: string;
  readonly exchangeDir: string;
  readonly sentDir: string;
  /** Days; 0 keeps. */
  readonly retention: { readonly exchange: number; readonly inbox: number; readonly sent: number };
};

type Place = { readonly folder: RetentionFolder; readonly path: string; readonly prefix: string; readonly days: number };

const placesOf = ({ inboxDir, exchangeDir, sentDir, retention }: RetentionConfig): readonly Place[] =>
  [
    { folder: 'inbox' as const, path: importedIn(inboxDir), prefix: 'imported/', days: retention.inbox },
    { folder: 'inbox' as const, path: rejectedIn(inboxDir), prefix: 'rejected/', days: retention.inbox },
    { folder: 'sent' as const, path: sentDir, prefix: '', days: retention.sent },
    { folder: 'exchange' as const, path: exchangeDir, prefix: '', days: retention.exchange },
  ].filter(({ days }) => days > 0);

/** One event has at most so many names. */
const portion = 1000;

export const removeOld = async function* (config: RetentionConfig, now: number): AsyncGenerator<Removed, void, undefined> {
  for (const { folder, path, prefix, days } of placesOf(config)) {
    const old = (await listFiles(path)).filter((seen) => isOld(seen, now, days));
    for (let at = 0; at < old.length; at += portion) {
      const files = old.slice(at, at + portion);
      for (const { name } of files) await rm(join(path, name), { force: true });
      yield { folder, files: files.map(({ name }) => prefix + name), bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    }
  }
};
