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

type Waits = { readonly name: string; readonly run: string };

/** Files whose run waits for a person with its plan; `going` while any other run has a file, also one that a killed process left. */
const takenFiles = async ({ store }: App): Promise<'going' | readonly Waits[]> => {
  const waits: Waits[] = [];
  let after: string | undefined;
  for (;;) {
    const { rows, hasNextPage, endCursor } = await store.inboxFiles({ states: ['taken'] }, { first: 500, ...(after === undefined ? {} : { after }) });
    for (const { name, runId = '' } of rows) {
      const run = await store.run(runId);
      if (run?.state !== 'planned') return 'going';
      waits.push({ name, run: runId });
    }
    if (!hasNextPage) return waits;
    after = endCursor;
  }
};

/** Until nothing is being written and every run that has a file has ended, or waits for a person. */
const watchOnce = async (app: App, tell: (event: WatchEvent) => void, signal: AbortSignal): Promise<readonly Waits[]> => {
  const { createWatch } = await import('../../events/watcher.ts');
  const watch = createWatch(app, signal);
  for (let turn = 0; !signal.aborted; turn += 1) {
    const events = await watch.turn().catch((error: unknown) => {
      if (signal.aborted) return [];
      throw error;
    });
    events.forEach(tell);
    if (turn > 0 && events.length === 0 && watch.pending() === 0) {
      const taken = await takenFiles(app);
      if (taken !== 'going') return taken;
    }
    await setTimeout(200, undefined, { signal }).catch(() => undefined);
  }
  return [];
};

/** A plan with conflicts is decided by a person. */
const tellWaiting = (waits: readonly Waits[], seen: readonly WatchEvent[], output: Output): boolean => {
  for (const { name, run } of waits) output.line(`waits     ${shown(name)}  run ${run}: its plan waits to be decided, see waybill show ${run}`);
  return waits.some(({ run }) => seen.some((event) => event.type === 'taken' && event.run === run));
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
    .addHelpText(
      'after',
      '\nExit status of --once: 0 done, 3 some file failed, was rejected, or waits with a plan that has conflicts.\n\nExamples:\n  waybill watch\n  waybill watch --once',
    )
    .action(
      action<Options>(async (output, options): Promise<ExitCode> => {
        if (options.server !== undefined)
          throw new UsageError('A server watches its folders by itself: leave --server out, or see `waybill inbox --server URL`.');
        const { createApp } = await import('../../app.ts');
        const app = await createApp(quietly(await readSettings(options)), { worker: true });
        const seen: WatchEvent[] = [];
        let isLeft = false;
        const tell = (event: WatchEvent): void => {
          seen.push(event);
          output.line(lineOf(event));
        };
        try {
          await app.databases.registerConfigured({ actor: 'inbox', requestId: 'watch', client: 'cli' });
          if (options.once === true) isLeft = tellWaiting(await watchOnce(app, tell, interrupted()), seen, output);
          else await watchOn(app, tell, output);
        } finally {
          await app.stop();
        }
        const isDone = !isLeft && !seen.some(isBad);
        output.json({ ok: isDone, files: seen });
        return options.once === true && !isDone ? exitCode.refused : exitCode.done;
      }),
    );
};
