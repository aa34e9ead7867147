import { failureForLog, type Logger } from '../infra/http/logger.ts';
import { removeStaleFiles } from '../infra/files/atomic-file.ts';
import { importedIn, rejectedIn } from '../infra/folders/inbox-folders.ts';
import { createRuleFinder } from '../infra/folders/rules.ts';
import { startWatcher } from './watcher.ts';
import type { WatchEvent, WatchPorts } from './watch-turn.ts';

type Parts = WatchPorts & { readonly logger: Logger; readonly config: WatchPorts['config'] & { readonly watch: { readonly seconds: number } } };

const levels: Readonly<Record<WatchEvent['type'], 'info' | 'warn'>> = {
  arrived: 'info',
  gone: 'info',
  taken: 'info',
  imported: 'info',
  failed: 'warn',
  rejected: 'warn',
  left: 'warn',
};

/** The watcher of a server, as long as it listens. */
export const inboxService = async (parts: Parts): Promise<{ stop(): Promise<void> }> => {
  // A pattern that cannot be meant ends the start, not the first file.
  createRuleFinder(parts.config.rules);
  const { inboxDir } = parts.config;
  for (const folder of [inboxDir, importedIn(inboxDir), rejectedIn(inboxDir)]) await removeStaleFiles(folder);
  return startWatcher(parts, {
    seconds: parts.config.watch.seconds,
    onEvent: ({ type, name, ...facts }) => parts.logger[levels[type]]({ file: name, ...facts }, `inbox: ${type}`),
    onError: (error) => parts.logger.error({ failure: failureForLog(error) }, 'inbox'),
  });
};
