import { lstat, rm } from 'node:fs/promises';
import type { FileRule } from '../domain/inbox/rules.ts';
import { Refusal } from '../domain/refusal.ts';
import { contentHash } from '../infra/folders/take-in.ts';
import type { EndedFile, WaitingFile } from './inbox.ts';
import { requestByRule } from './request-by-rule.ts';
import { putAway } from './watch-arrivals.ts';
import { keyOf, notNow, pathOf, watcherMeta, type Turning } from './watch-turn.ts';

const takeByRule = async (turning: Turning, file: WaitingFile, rule: FileRule): Promise<void> => {
  const { store } = turning;
  const { inbox_id: inboxId, folder, name } = file;
  try {
    const requested = await requestByRule(turning, file, rule);
    const { runId, known } = await store.takeFile(inboxId, { requested, rule: rule.match, once: true }, watcherMeta);
    turning.tell({ type: 'taken', folder, name, run: runId, rule: rule.match, known });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Another server, or a person, was first.
    if (error.code === 'INBOX_FILE_SETTLED') return;
    const { code, message } = error;
    await store.settleFile(inboxId, { state: 'failed', code, message }, watcherMeta);
    turning.tell({ type: 'failed', folder, name, code, message });
  }
};

/** Files that wait and that a rule names; each is looked at once, and again when it waits anew. The position up to which all were. */
export const takeWaiting = async (turning: Turning, after: number): Promise<number> => {
  let seen = after;
  for (;;) {
    const files = await turning.store.waitingFiles(seen);
    for (const file of files) {
      turning.signal.throwIfAborted();
      const rule = turning.rules(file.folder, file.name);
      if (rule !== undefined) await takeByRule(turning, file, rule).catch((error: unknown) => notNow(turning, file, error));
      seen = Number(file.position);
    }
    if (files.length === 0) return seen;
  }
};

/** Whether what lies there is still what was imported; somebody may have written another file over it. */
const isSame = async (turning: Turning, { folder, name, sha256 }: EndedFile): Promise<boolean> => {
  const path = pathOf(turning, folder, name);
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) return false;
  const known = turning.contents.get(keyOf(folder, name));
  if (known !== undefined && known.seen.ino === found.ino && known.seen.bytes === found.size && known.seen.mtimeMs === found.mtimeMs)
    return known.sha256 === sha256;
  const { signal } = turning;
  const content = await contentHash(turning.blobs, path, { name, limits: turning.config.limits, signal }).catch(() => undefined);
  // Not read to its end is not the same as another content.
  signal.throwIfAborted();
  return content === sha256;
};

const clearAway = async (turning: Turning, file: EndedFile, after: FileRule['after']): Promise<string | undefined> => {
  if (after === 'keep' || !(await isSame(turning, file))) return undefined;
  if (after === 'move') return putAway(turning, file, 'imported');
  await rm(pathOf(turning, file.folder, file.name), { force: true });
  return undefined;
};

/** First the file goes, then the log says so: cut off between the two, the next turn finds no file and says it all the same. */
const settle = async (turning: Turning, file: EndedFile): Promise<void> => {
  const { store, rules, scans } = turning;
  const { inbox_id: inboxId, folder, name, run_id: run, run_state: state } = file;
  if (state === 'completed') {
    const movedTo = await clearAway(turning, file, rules(folder, name)?.after ?? 'move');
    await store.settleFile(inboxId, { run, state: 'imported', ...(movedTo === undefined ? {} : { movedTo }) }, watcherMeta);
    turning.tell({ type: 'imported', folder, name, run });
  } else {
    const code = file.failure?.code ?? state.toUpperCase();
    const message = file.failure?.message ?? `The run was ${state}.`;
    await store.settleFile(inboxId, { run, state: 'failed', code, message }, watcherMeta);
    turning.tell({ type: 'failed', folder, name, code, message });
  }
  // What lies there under the name now could not arrive while the run had it.
  scans.get(folder)?.forget(name);
};

export const settleEnded = async (turning: Turning): Promise<void> => {
  for (const file of await turning.store.endedFiles()) {
    turning.signal.throwIfAborted();
    const waits = turning.later.get(keyOf(file.folder, file.name));
    if (waits === undefined) await settle(turning, file).catch((error: unknown) => notNow(turning, file, error));
  }
};
