import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { PushReport } from '../../infra/push/push-files.ts';
import type { NotSent, PushEvent, PushOptions, Sent } from '../../infra/push/push-session.ts';
import { exitCode, exitCodeOf, UsageError, type ExitCode } from '../exit.ts';
import { collect, readSettings, type GlobalOptions } from '../options.ts';
import { bytes, count, duration, shown, type Output } from '../output.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly watch?: boolean;
  readonly outbox?: string;
  readonly sent?: string;
  readonly match?: readonly string[];
  readonly sign?: boolean;
};

const sizes = ({ bytes: size, wireBytes }: Sent): string =>
  wireBytes > 0 && wireBytes < size ? `${bytes(size)}, ${bytes(wireBytes)} on the wire` : bytes(size);
const renamed = ({ name, as }: Sent): string => (name === as ? '' : `, kept as ${shown(as)}`);
const refused = ({ name, code, message, isFinal }: NotSent): string => `${isFinal ? 'refused' : 'failed '} ${shown(name)}: ${shown(message)} (${code})`;

const lineOf = (event: Exclude<PushEvent, { readonly type: 'pause' }>, output: Output): string => {
  if (event.type === 'failed') return output.red(refused(event.file));
  const { file } = event;
  return event.type === 'sent'
    ? `sent    ${shown(file.name)} (${sizes(file)})${renamed(file)}`
    : `known   ${shown(file.name)} (${bytes(file.bytes)}): the server had it already${renamed(file)}`;
};

const print = (event: PushEvent, output: Output): void => {
  if (event.type === 'pause') output.note(output.yellow(`${shown(event.message)} The next try is in ${duration(event.seconds)}.`));
  else output.line(lineOf(event, output));
};

/** For cron: 1 means that the next run may do better, 3 that somebody has to look. */
const exitOf = ({ stopped, failed, pending }: PushReport, isAborted: boolean): ExitCode => {
  if (stopped !== undefined) return exitCodeOf(stopped);
  if (failed.some(({ isFinal }) => isFinal)) return exitCode.refused;
  return failed.length > 0 || (isAborted && pending.length > 0) ? exitCode.fault : exitCode.done;
};

const summarise = (report: PushReport, output: Output, isAborted: boolean): ExitCode => {
  const { sent, known, failed, pending, stopped } = report;
  const parts = [
    `${count(sent.length)} sent`,
    ...(known.length === 0 ? [] : [`${count(known.length)} known`]),
    ...(failed.length === 0 ? [] : [`${count(failed.length)} not taken, left in the outbox`]),
    ...(pending.length === 0 ? [] : [`${count(pending.length)} ${stopped === undefined && !isAborted ? 'still being written' : 'not reached'}`]),
  ];
  output.line(`${parts.join(', ')}.`);
  if (stopped !== undefined) output.note(output.red(`waybill: ${stopped.message}`) + output.dim(` (${stopped.code})`));
  const exit = exitOf(report, isAborted);
  output.json({ ...report, ok: exit === exitCode.done, ...(stopped === undefined ? {} : { stopped: { code: stopped.code, message: stopped.message } }) });
  return exit;
};

const optionsOf = async (options: Options, output: Output, signal: AbortSignal): Promise<PushOptions> => {
  const { config } = await readSettings(options);
  const server = options.server ?? config.apiServerUrl;
  if (server === undefined) throw new UsageError('push needs a server: set API_SERVER_URL, or name it with --server URL.');
  return {
    server,
    key: options.key ?? config.apiSecretKey,
    sign: options.sign === true,
    outboxDir: options.outbox === undefined ? config.outboxDir : resolve(options.outbox),
    sentDir: options.sent === undefined ? config.sentDir : resolve(options.sent),
    concurrency: config.push.concurrency,
    resumableBytes: config.push.resumableBytes,
    match: options.match ?? [],
    settleSeconds: config.watch.settleSeconds,
    lookSeconds: config.watch.seconds,
    idleSeconds: config.uploads.idleSeconds,
    signal,
    onEvent: (event) => {
      print(event, output);
      // One object a line, since a watch has no end.
      if (options.watch === true) output.json(event);
    },
  };
};

/** What is under way may end in the middle: the next push goes on with it. */
const untilTold = (): AbortSignal => {
  const told = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => told.abort());
  return told.signal;
};

export const registerPush = (program: Command): void => {
  program
    .command('push')
    .description('send the files of the outbox to a server; each is moved to the sent folder once the server has confirmed its hash')
    .option('--watch', 'stay and send what comes; without it: send what is there and end')
    .option('--outbox <folder>', 'folder to send from (setting WAYBILL_OUTBOX_DIR)')
    .option('--sent <folder>', 'folder that sent files are moved to (setting WAYBILL_SENT_DIR)')
    .option('--match <glob>', 'only files with such a name; repeat for more', collect)
    .option('--sign', 'sign each request; otherwise only once the server asks for it')
    .addHelpText(
      'after',
      '\nExit status: 0 all sent, 1 the server cannot be reached or something is left for the next try, 2 usage, 3 a file or the key was refused.\n\nExamples:\n  API_SERVER_URL=https://waybill.example.org API_SECRET_KEY=... waybill push\n  waybill push --watch --match "products*.jsonl"\n  */5 * * * * cd /srv/scraper && waybill push',
    )
    .action(
      action<Options>(async (output, options) => {
        const { pushFiles, watchOutbox } = await import('../../infra/push/push-files.ts');
        const signal = untilTold();
        const pushing = await optionsOf(options, output, signal);
        if (options.watch !== true) return summarise(await pushFiles(pushing), output, signal.aborted);
        output.note(`Watching ${pushing.outboxDir}; Ctrl-C ends it.`);
        await watchOutbox(pushing);
        return exitCode.done;
      }),
    );
};
