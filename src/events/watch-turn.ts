import { join } from 'node:path';
import type { FileRule } from '../domain/inbox/rules.ts';
import { Failure } from '../domain/refusal.ts';
import type { Metadata } from '../domain/run/events.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import type { RuleFinder } from '../infra/folders/rules.ts';
import type { Scan, Seen } from '../infra/folders/scan.ts';
import type { ReceiveLimits } from '../infra/receive/receive.ts';
import type { Databases } from './databases.ts';
import type { Store } from './store.ts';

/** What the parts of one turn of the watcher share. */
export type Folder = FileRule['folder'];

export type WatchPorts = {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly databases: Databases;
  readonly config: {
    readonly inboxDir: string;
    readonly exchangeDir: string;
    readonly rules: readonly FileRule[];
    readonly watch: { readonly exchange: boolean; readonly settleSeconds: number };
    readonly limits: ReceiveLimits;
  };
  readonly clock?: () => number;
};

/** `left`: it lies where it lay, because it cannot be read or not yet be dealt with. */
export type WatchEvent =
  | { readonly type: 'arrived' | 'gone'; readonly folder: Folder; readonly name: string }
  | { readonly type: 'taken'; readonly folder: Folder; readonly name: string; readonly run: string; readonly rule: string; readonly known: boolean }
  | { readonly type: 'imported'; readonly folder: Folder; readonly name: string; readonly run: string }
  | { readonly type: 'failed' | 'rejected' | 'left'; readonly folder: Folder; readonly name: string; readonly code: string; readonly message: string };

export type Turning = WatchPorts & {
  readonly rules: RuleFinder;
  readonly scans: ReadonlyMap<Folder, Scan>;
  /** Which file was found to have which content, so that it need not be read again. */
  readonly contents: Map<string, { readonly seen: Pick<Seen, 'ino' | 'bytes' | 'mtimeMs'>; readonly sha256: string }>;
  /** When what could not be done now is tried again. */
  readonly later: Map<string, { readonly folder: Folder; readonly name: string; readonly at: number }>;
  readonly now: () => number;
  /** Aborted: nothing is read or written any more, and the turn throws. What was not recorded is found again. */
  readonly signal: AbortSignal;
  readonly tell: (event: WatchEvent) => void;
};

export const watcherMeta: Metadata = { actor: 'inbox', requestId: 'watcher', client: 'watcher' };

export const keyOf = (folder: Folder, name: string): string => `${folder}/${name}`;
export const folderOf = ({ config }: WatchPorts, folder: Folder): string => (folder === 'inbox' ? config.inboxDir : config.exchangeDir);
export const pathOf = (ports: WatchPorts, folder: Folder, name: string): string => join(folderOf(ports, folder), name);

const pauseMs = 10_000;

/** One file that cannot be dealt with keeps no other from it, and is looked at again in a while. */
export const notNow = (turning: Turning, { folder, name }: { readonly folder: Folder; readonly name: string }, error: unknown): void => {
  turning.signal.throwIfAborted();
  turning.later.set(keyOf(folder, name), { folder, name, at: turning.now() + pauseMs });
  turning.tell({ type: 'left', folder, name, ...reasonOf(error, name) });
};

const reasonOf = (error: unknown, name: string): { readonly code: string; readonly message: string } => {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'EACCES' || code === 'EPERM'
    ? { code: 'FILE_NOT_READABLE', message: `The file ${name} may not be read or moved. Change its owner or mode, or those of its folder.` }
    : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
};
