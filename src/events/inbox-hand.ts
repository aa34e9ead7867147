import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { Refusal } from '../domain/refusal.ts';
import type { Metadata } from '../domain/run/events.ts';
import { rejectedIn } from '../infra/folders/inbox-folders.ts';
import { moveFile } from '../infra/folders/place.ts';
import type { Positioned } from './execute.ts';
import type { InboxRow } from './projectors/read-models/inbox-files.ts';
import { createWatch } from './watcher.ts';
import type { WatchEvent, WatchPorts } from './watch-turn.ts';

/** What people do with files of the inbox, beside what rules do. */

/** By its id, or by its name: the newest of that name. */
export const inboxFileOf = async ({ store }: Pick<WatchPorts, 'store'>, asked: string): Promise<InboxRow> => {
  const id = asked.startsWith('inbox-') ? asked.slice(6) : asked;
  const byName = async (): Promise<InboxRow | undefined> => {
    const newest = (await store.newestOfName('inbox', asked)) ?? (await store.newestOfName('exchange', asked.replace(/^exchange\//, '')));
    return newest === undefined ? undefined : store.inboxFile(newest.inboxId);
  };
  const found = (/^[0-9A-Z]{26}$/.test(id) ? await store.inboxFile(id) : undefined) ?? (await byName());
  if (found !== undefined) return found;
  throw new Refusal('INBOX_FILE_UNKNOWN', `There is no file ${JSON.stringify(asked.slice(0, 200))} in the inbox. \`waybill inbox\` lists them.`, {
    file: asked.slice(0, 200),
  });
};

type Saying = { readonly reason: string; readonly meta: Metadata; readonly idempotencyKey: string };

/** First the file goes: were it to lie there when the log says that it was rejected, it would be taken for a new one. */
export const rejectInboxFile = async ({ store, config }: Pick<WatchPorts, 'store' | 'config'>, file: InboxRow, saying: Saying): Promise<Positioned> => {
  if (file.state === 'waiting' || file.state === 'failed') {
    const folder = file.folder === 'inbox' ? config.inboxDir : config.exchangeDir;
    await moveFile(join(folder, file.name), { folder: rejectedIn(config.inboxDir), name: file.name, sha256: file.sha256 });
  }
  return store.rejectFile(file.inboxId, saying.reason, saying.meta, saying.idempotencyKey);
};

const longestWaitMs = 10_000;

/** Looks into the folders here and now, and waits a moment for files that are still settling. */
export const lookNow = async (
  ports: WatchPorts,
  { takes, signal }: { readonly takes: boolean; readonly signal: AbortSignal },
): Promise<{ readonly events: readonly WatchEvent[]; readonly pending: number }> => {
  const watch = createWatch(ports, signal);
  const events = [...(await watch.turn({ takes }))];
  const until = Date.now() + Math.min(longestWaitMs, ports.config.watch.settleSeconds * 1000 + 500);
  do {
    await setTimeout(100, undefined, { signal }).catch(() => undefined);
    events.push(...(await watch.turn({ takes })));
  } while (watch.pending() > 0 && Date.now() < until && !signal.aborted);
  return { events, pending: watch.pending() };
};
