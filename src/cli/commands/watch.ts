import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { App } from '../../app.ts';
import type { WatchEvent } from '../../events/watch-turn.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { quietly, readSettings, type GlobalOptions } from '../options.ts';
import { shown, type Output } from '../output.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly once?: boolean };

const lineOf = (event: WatchEvent): string => {
  const name = shown(event.folder === 'exchange' ? `exchange/${event.name}` : event.name);
  if (event.type === 'taken')
    return `taken     ${name}  run ${event.run} by the rule for ${shown(event.rule)}${event.known ? ', the same content as before' : ''}`;
  if (event.type === 'imported') return `imported  ${name}  run ${event.run}`;
  return 'message' in event ? `${event.type.padEnd(9)} ${name}  ${shown(event.message)} (${event.code})` : `${event.type.padEnd(9)} ${name}`;
};

const interrupted = (): AbortSignal => {
  const left = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => left.abort());
  return left.signal;
};

const isBad = ({ type }: WatchEvent): boolean => type === 'failed' || type === 'rejected';

/** Until nothing is being written and every run that a rule began has ended. */
const watchOnce = async (app: App, tell: (event: WatchEvent) => void, signal: AbortSignal): Promise<void> => {
  const { createWatch } = await import('../../events/watcher.ts');
  const watch = createWatch(app);
  const open = new Set<string>();
  for (let turn = 0; !signal.aborted; turn += 1) {
    for (const event of await watch.turn()) {
      tell(event);
      if (event.type === 'taken') open.add(event.name);
      else open.delete(event.name);
    }
    if (turn > 0 && open.size === 0 && watch.pending() === 0) return;
    await setTimeout(200, undefined, { signal }).catch(() => undefined);
  }
};

const watchOn = async (app: App, tell: (event: WatchEvent) => void, output: Output): Promise<void> => {
  const { startWatcher } = await import('../../events/watcher.ts');
  const signal = interrupted();
  const watcher = startWatcher(app, {
    seconds: app.config.watch.seconds,
    onEvent: tell,
    onError: (error) => output.note(output.red(error instanceof Error ? error.message : String(error))),
  });
  output.note(`Watching ${app.config.inboxDir}; Ctrl-C ends.`);
  while (!signal.aborted) await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
  await watcher.stop();
};

export const registerWatch = (program: Command): void => {
  program
    .command('watch')
    .description('import files that arrive in the inbox, or in the exchange folder, as the rules of waybill.config.ts say; a server does so by itself')
    .option('--once', 'deal with what is there, then end')
    .addHelpText('after', '\nExit status of --once: 0 done, 3 some file failed or was rejected.\n\nExamples:\n  waybill watch\n  waybill watch --once')
    .action(
      action<Options>(async (output, options): Promise<ExitCode> => {
        if (options.server !== undefined)
          throw new UsageError('A server watches its folders by itself: leave --server out, or see `waybill inbox --server URL`.');
        const { createApp } = await import('../../app.ts');
        const app = await createApp(quietly(await readSettings(options)), { worker: true });
        const seen: WatchEvent[] = [];
        const tell = (event: WatchEvent): void => {
          seen.push(event);
          output.line(lineOf(event));
        };
        try {
          await app.databases.registerConfigured({ actor: 'inbox', requestId: 'watch', client: 'cli' });
          await (options.once === true ? watchOnce(app, tell, interrupted()) : watchOn(app, tell, output));
        } finally {
          await app.stop();
        }
        output.json({ ok: !seen.some(isBad), files: seen });
        return options.once === true && seen.some(isBad) ? exitCode.refused : exitCode.done;
      }),
    );
};
