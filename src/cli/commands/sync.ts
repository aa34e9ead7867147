import { randomUUID } from 'node:crypto';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SeedReport } from '../../domain/seed/report.ts';
import { Failure } from '../../domain/refusal.ts';
import { beginLines, endLine, failedLine, partly, plain, remarks } from '../../infra/seed/lines.ts';
import { reportOf } from '../../infra/seed/report.ts';
import type { SyncOutcome } from '../../infra/seed/sync.ts';
import { accepted } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { recordSyncMutation } from '../operations/seed.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly dryRun?: boolean;
  readonly force?: true | readonly string[];
  readonly checksum?: boolean;
  readonly record: boolean;
};
type Places = { readonly from: string; readonly to: string; readonly dataDirPath: string | undefined };

const placesOf = async (options: Options, [from, to]: readonly string[]): Promise<Places> => {
  const { config } = await readSettings(options);
  const chosen = to ?? config.seed.to;
  if (chosen === undefined) throw new UsageError('Say where the initial data belongs: `waybill sync FROM TO`, or set DATA_DIR_PATH.');
  return { from: resolve(from ?? config.seed.from), to: resolve(chosen), dataDirPath: config.seed.to === undefined ? undefined : dirname(config.seed.to) };
};

/** As the person sees them, in FROM or in TO; as the sync knows them, below either. */
const forcedOf = ({ force }: Options, { from, to }: Places): 'all' | readonly string[] => {
  if (force === undefined) return [];
  if (force === true) return 'all';
  return force.map((name) => {
    const folder = [from, to].find((each) => isAbsolute(name) && !relative(each, name).startsWith('..'));
    const path = (folder === undefined ? name : relative(folder, name)).replaceAll('\\', '/').replace(/^(\.\/)+|\/+$/g, '');
    if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
      throw new UsageError(`--force takes paths below the initial data, such as tables/t2.csv, not ${JSON.stringify(name)}.`);
    return path;
  });
};

const record = (options: Options, report: SeedReport): Promise<string> =>
  withClient(options, { worker: false }, async (client) => {
    const { dryRun: _, ...input } = report;
    const { recordSync } = await client.execute(recordSyncMutation, { input, idempotencyKey: randomUUID() });
    return accepted(recordSync).seedId;
  });

/** The files are where they are, whether or not the log could be written; whoever reads the status has to know both. */
const recorded = async (output: Output, options: Options, outcome: SyncOutcome): Promise<{ readonly seedId?: string; readonly isLost?: true }> => {
  const report = options.record ? reportOf(outcome) : undefined;
  if (report === undefined) return {};
  try {
    return { seedId: await record(options, report) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.note(output.red(`waybill: The files are synced, but this is not in the log: ${error.message} Without a log, use --no-record.`));
    return { isLost: true };
  }
};

const statusOf = ({ failed }: SyncOutcome, isLost: boolean): ExitCode => {
  if (failed.length > 0) return exitCode.partial;
  return isLost ? exitCode.fault : exitCode.done;
};

const sync = async (output: Output, options: Options, args: readonly string[]): Promise<ExitCode> => {
  const places = await placesOf(options, args);
  const force = forcedOf(options, places);
  const { dryRun = false, checksum = false } = options;
  const { syncSeed } = await import('../../infra/seed/sync.ts');
  beginLines(places.from, places.to).forEach(output.line);
  const outcome = await syncSeed({ ...places, force, checksum, dryRun, onDelivered: (path) => output.line(plain(path)) }).catch((error: unknown) => {
    output.line(failedLine(error instanceof Error ? error.message : String(error)));
    throw error;
  });
  output.line(endLine(outcome));
  remarks(outcome).forEach(output.note);
  const { seedId, isLost } = await recorded(output, options, outcome);
  const status = statusOf(outcome, isLost === true);
  output.json({
    ok: status === exitCode.done,
    ...(outcome.failed.length > 0 ? { code: 'SEED_PARTIAL', message: partly(outcome) } : {}),
    ...outcome,
    ...(seedId === undefined ? {} : { seedId }),
  });
  return status;
};

export const registerSync = (program: Command): void => {
  program
    .command('sync')
    .description('bring the initial data of a release into a volume; edits made there stay')
    .argument('[from]', 'folder of the release; default: WAYBILL_SEED_FROM')
    .argument('[to]', 'folder on the volume; default: common in DATA_DIR_PATH')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--force [path...]', 'write the files of the release over edits, too: all, or those at these paths')
    .option('--checksum', 'where nothing is known of earlier syncs, compare content of files with the same time and size')
    .option('--no-record', 'do not write into the log what was done')
    .addHelpText(
      'after',
      `
A file that is as an earlier sync delivered it is replaced by the new release, whatever the clocks say; one that was edited
is kept and told. Without a record of earlier syncs, times decide as in rsync -au. docs/SEED.md has the rules.
Exit status: 0 done, 1 nothing could be done or the log could not be written, 2 usage, 3 refused, 23 some files failed.

Examples:
  waybill sync
  waybill sync /var/initialdata/common /data/common --dry-run
  waybill sync /var/initialdata/common /data/common --force tables/t2.csv`,
    )
    .action(action<Options>(sync));
};
