import { join } from 'node:path';
import { lies } from '../domain/inbox/inbox-file.ts';
import { Refusal } from '../domain/refusal.ts';
import type { StoreUpload } from '../domain/upload/upload.ts';
import { importedIn, isThere, rejectedIn } from '../infra/folders/inbox-folders.ts';
import { moveFile, openRegular } from '../infra/folders/place.ts';
import type { Seen } from '../infra/folders/scan.ts';
import { contentHash, takeIn, type TakeInOptions } from '../infra/folders/take-in.ts';
import { tooLarge } from '../infra/receive/refusals.ts';
import { recordOf } from '../infra/receive/take-in.ts';
import type { Arrival, LyingFile, NewestFile } from './inbox.ts';
import { isOwnExport } from './own-export.ts';
import { folderOf, keyOf, notNow, pathOf, watcherMeta, type Folder, type Turning } from './watch-turn.ts';

const record = async (turning: Turning, folder: Folder, seen: Seen, upload: StoreUpload): Promise<Arrival> => {
  const { store, rules } = turning;
  const { sha256, bytes } = upload;
  const { uploadId } = await store.recordUpload(upload, watcherMeta);
  turning.contents.set(keyOf(folder, seen.name), { seen, sha256 });
  const arrived = { folder, name: seen.name, sha256, bytes, upload: uploadId, by: 'hand' } as const;
  return store.fileArrived(arrived, watcherMeta, { keeps: rules(folder, seen.name)?.after === 'keep' });
};

/** Its own bytes, whatever they claim to be: the log names what was rejected, and why. */
const rejectUnreadable = async (turning: Turning, folder: Folder, seen: Seen, { code, message }: Refusal): Promise<void> => {
  const path = pathOf(turning, folder, seen.name);
  const handle = await openRegular(path);
  if (handle === undefined) return;
  const kept = await turning.blobs.put(handle.createReadStream({ highWaterMark: 256 * 1024, signal: turning.signal }));
  const { inboxId, outcome } = await record(turning, folder, seen, { ...kept, name: seen.name, via: 'inbox' });
  if (outcome !== 'arrived') return;
  await moveFile(path, { folder: rejectedIn(turning.config.inboxDir), name: seen.name, sha256: kept.sha256, signal: turning.signal });
  await turning.store.rejectFile(inboxId, `${code}: ${message}`, watcherMeta);
  turning.tell({ type: 'rejected', folder, name: seen.name, code, message });
};

/** What came by upload, or was there before a restart: read, and not stored a second time. What was known of all files a moment ago is asked again where it does not fit. */
const isKnown = async (
  turning: Turning,
  folder: Folder,
  seen: Seen,
  options: TakeInOptions & { readonly before: NewestFile | undefined },
): Promise<boolean> => {
  const { before } = options;
  const keeps = turning.rules(folder, seen.name)?.after === 'keep';
  const isItself = (newest: NewestFile | undefined, content: string | undefined): boolean =>
    newest !== undefined && lies(newest.state, keeps) && newest.sha256 === content;
  const lay = before !== undefined && lies(before.state, keeps) ? before : await turning.store.newestOfName(folder, seen.name);
  if (lay === undefined || !lies(lay.state, keeps)) return false;
  const sha256 = await contentHash(turning.blobs, pathOf(turning, folder, seen.name), options);
  if (sha256 === undefined) return false;
  if (!isItself(lay, sha256) && !isItself(await turning.store.newestOfName(folder, seen.name), sha256)) return false;
  turning.contents.set(keyOf(folder, seen.name), { seen, sha256 });
  return true;
};

const takeUp = async (turning: Turning, folder: Folder, seen: Seen, before: NewestFile | undefined): Promise<void> => {
  const { limits } = turning.config;
  const options = { name: seen.name, limits, signal: turning.signal };
  if (seen.bytes > limits.maxFileBytes) throw tooLarge(seen.name, limits.maxFileBytes);
  if (await isKnown(turning, folder, seen, { ...options, before })) return;
  const received = await takeIn(turning.blobs, pathOf(turning, folder, seen.name), options);
  if (received === undefined) return;
  const { outcome } = await record(turning, folder, seen, recordOf(received, 'inbox'));
  if (outcome === 'arrived') turning.tell({ type: 'arrived', folder, name: seen.name });
};

const takeUpOrReject = async (turning: Turning, folder: Folder, seen: Seen, before: NewestFile | undefined): Promise<void> => {
  try {
    await takeUp(turning, folder, seen, before);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'INBOX_FILE_CHANGED') throw error;
    // Told once, not read again and again: it stays as it is until somebody changes it.
    if (error.code === 'UPLOAD_TOO_LARGE') return turning.tell({ type: 'left', folder, name: seen.name, code: error.code, message: error.message });
    await rejectUnreadable(turning, folder, seen, error);
  }
};

const untilExported = 2000;

/** Of the exchange folder only what a rule names, and what no export put there. */
const isMeant = async (turning: Turning, folder: Folder, seen: Seen): Promise<boolean> => {
  if (folder === 'inbox') return true;
  if (turning.rules(folder, seen.name) === undefined) return false;
  const own = await isOwnExport(turning, seen);
  if (own === 'perhaps') turning.later.set(keyOf(folder, seen.name), { folder, name: seen.name, at: turning.now() + untilExported });
  return own === 'no';
};

/** Files that are whole. */
export const recordArrivals = async (turning: Turning, folder: Folder, complete: readonly Seen[]): Promise<void> => {
  if (complete.length === 0) return;
  const newest = await turning.store.newestOfNames(
    folder,
    complete.map(({ name }) => name),
  );
  for (const seen of complete) {
    turning.signal.throwIfAborted();
    try {
      if (await isMeant(turning, folder, seen)) await takeUpOrReject(turning, folder, seen, newest.get(seen.name));
    } catch (error) {
      notNow(turning, { folder, name: seen.name }, error);
    }
  }
};

const recordGone = async (turning: Turning, { inbox_id: inboxId, folder, name }: LyingFile): Promise<void> => {
  if (await isThere(pathOf(turning, folder, name))) return;
  const before = await turning.store.inboxFile(inboxId);
  if (before?.state !== 'waiting' && before?.state !== 'failed') return;
  await turning.store.fileGone(inboxId, watcherMeta);
  turning.tell({ type: 'gone', folder, name });
};

/** Somebody took them while they waited. */
export const recordDisappeared = async (turning: Turning, folder: Folder, names: readonly string[]): Promise<void> => {
  for (const name of names) {
    turning.contents.delete(keyOf(folder, name));
    const newest = await turning.store.newestOfName(folder, name);
    if (newest !== undefined) await recordGone(turning, { inbox_id: newest.inboxId, folder, name });
  }
};

/** What was taken away while nobody looked. */
export const recordMissing = async (turning: Turning): Promise<void> => {
  for (const file of await turning.store.lyingFiles()) if (turning.scans.has(file.folder)) await recordGone(turning, file);
};

/** Out of the folder, as the log has it: only the very content that was imported or rejected; what was written over it stays and arrives anew. */
export const putAway = async (
  turning: Turning,
  { folder, name, sha256 }: { readonly folder: Folder; readonly name: string; readonly sha256: string },
  into: 'imported' | 'rejected',
): Promise<string | undefined> => {
  const target = into === 'imported' ? importedIn(turning.config.inboxDir) : rejectedIn(turning.config.inboxDir);
  const moved = await moveFile(join(folderOf(turning, folder), name), { folder: target, name, sha256, signal: turning.signal });
  return moved === undefined ? undefined : `${into}/${moved}`;
};
