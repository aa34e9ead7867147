import { randomUUID } from 'node:crypto';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SeedReport } from '../../domain/seed/report.ts';
import { Failure } from '../../domain/refusal.ts';
import { beginLines, endLine, failedLine, partly, plain, remarks } from '../../infra/seed/lines.ts';
import type { SeededTable, SeedTableSource } from '../../events/seed-tables.ts';
import type { Config } from '../../infra/config.ts';
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
  /** False with --no-into. */
  readonly into?: string | false;
  readonly tables?: string;
};
type Places = { readonly from: string; readonly to: string; readonly dataDirPath: string | undefined };
/** Either may be left out, not both. */
type Wanted = { readonly files: Places | undefined; readonly tables: SeedTableSource | undefined };

const placesOf = ({ seed }: Config, [from, to]: readonly string[]): Places | undefined => {
  const chosen = to ?? seed.to;
  if (chosen === undefined) return undefined;
  return { from: resolve(from ?? seed.from), to: resolve(chosen), dataDirPath: seed.to === undefined ? undefined : dirname(seed.to) };
};

const tablesOf = ({ seed }: Config, options: Options, from: string | undefined): SeedTableSource | undefined => {
  const into = options.into === false ? undefined : (options.into ?? seed.into);
  if (into === undefined) {
    if (options.tables !== undefined) throw new UsageError('--tables says which files are tables; say with --into which database has them.');
    return undefined;
  }
  return { from: resolve(from ?? seed.from), tables: options.tables ?? seed.tables, into, dryRun: options.dryRun ?? false };
};

const wantedOf = async (output: Output, options: Options, args: readonly string[]): Promise<Wanted> => {
  const { config } = await readSettings(options);
  const files = placesOf(config, args);
  const tables = tablesOf(config, options, args[0]);
  if (files === undefined && tables === undefined)
    throw new UsageError('Say where the initial data belongs: `waybill sync FROM TO`, or set DATA_DIR_PATH; for tables, --into DATABASE.');
  if (files === undefined && options.force !== undefined) throw new UsageError('--force is for files: say where they belong, `waybill sync FROM TO`.');
  if (tables === undefined || (options.server ?? config.apiServerUrl) === undefined) return { files, tables };
  if (typeof options.into === 'string')
    throw new UsageError(
      'Tables are filled by this process, with the store of its settings; a server fills its own when it starts. Leave --server (API_SERVER_URL) out.',
    );
  output.note('Tables are left to the server, which fills them when it starts.');
  return { files, tables: undefined };
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

type FilesDone = { readonly outcome: SyncOutcome; readonly seedId?: string; readonly isLost?: true };

const syncFiles = async (output: Output, options: Options, places: Places): Promise<FilesDone> => {
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
  return { outcome, ...(await recorded(output, options, outcome)) };
};

const fillTables = async (output: Output, options: Options, source: SeedTableSource): Promise<readonly SeededTable[]> => {
  const { syncTables } = await import('../sync-tables.ts');
  return syncTables(options, source, { output, isRecorded: options.record });
};

const partlyWords = (outcome: SyncOutcome | undefined, tables: readonly SeededTable[]): readonly string[] => [
  ...(outcome === undefined || outcome.failed.length === 0 ? [] : [partly(outcome)]),
  ...(tables.some(({ state }) => state === 'failed') ? [`Tables that were not filled: ${tables.filter(({ state }) => state === 'failed').length}.`] : []),
];

const sync = async (output: Output, options: Options, args: readonly string[]): Promise<ExitCode> => {
  const wanted = await wantedOf(output, options, args);
  const files = wanted.files === undefined ? undefined : await syncFiles(output, options, wanted.files);
  const tables = wanted.tables === undefined ? undefined : await fillTables(output, options, wanted.tables);
  const partial = partlyWords(files?.outcome, tables ?? []);
  const status = partial.length > 0 ? exitCode.partial : files?.isLost === true ? exitCode.fault : exitCode.done;
  output.json({
    ok: status === exitCode.done,
    ...(partial.length > 0 ? { code: 'SEED_PARTIAL', message: partial.join(' ') } : {}),
    ...files?.outcome,
    ...(files?.seedId === undefined ? {} : { seedId: files.seedId }),
    ...(tables === undefined ? {} : { tables }),
  });
  return status;
};

export const registerSync = (program: Command): void => {
  program
    .command('sync')
    .description('bring the initial data of a release into a volume, and into tables; edits made there stay')
    .argument('[from]', 'folder of the release; default: WAYBILL_SEED_FROM')
    .argument('[to]', 'folder on the volume; default: common in DATA_DIR_PATH')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--force [path...]', 'write the files of the release over edits, too: all, or those at these paths')
    .option('--checksum', 'where nothing is known of earlier syncs, compare content of files with the same time and size')
    .option('--into <database>', 'fill tables of this database from the files of the release; default: WAYBILL_SEED_INTO')
    .option('--no-into', 'only files, whatever the settings say')
    .option('--tables <glob>', 'which files are tables, below FROM; default: WAYBILL_SEED_TABLES')
    .option('--no-record', 'do not write into the log what was done')
    .addHelpText(
      'after',
      `
A file that is as an earlier sync delivered it is replaced by the new release, whatever the clocks say; one that was edited
is kept and told. Without a record of earlier syncs, times decide as in rsync -au. docs/SEED.md has the rules.
A table gets what the release changed since the one before; rows that were edited or deleted here stay so, and are told.
Exit status: 0 done, 1 nothing could be done or the log could not be written, 2 usage, 3 refused, 23 some files or tables failed.

Examples:
  waybill sync
  waybill sync /var/initialdata/common /data/common --dry-run
  waybill sync /var/initialdata/common /data/common --force tables/t2.csv
  waybill sync /var/initialdata/common /data/common --into shop
  waybill sync /var/initialdata/common --into shop --tables "tables/*.csv" --dry-run`,
    )
    .action(action<Options>(sync));
};
