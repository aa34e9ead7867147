import { randomUUID } from 'node:crypto';
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../infra/config.ts';
import { accepted, type Client } from '../client.ts';
import { connect } from '../connect.ts';
import { exitCode, reportFailure, UsageError, type ExitCode } from '../exit.ts';
import { snapshotMutation } from '../operations/snapshot.ts';
import type { SnapshotMutation } from '../operations/generated/graphql.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import { bytes, count, duration, shown, table, type Output } from '../output.ts';
import { printSnapshotSchema } from '../print-snapshot-schema.ts';
import { nameOf, withTarget } from '../target.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly monitor?: boolean;
  readonly interval?: string;
  readonly exportDir?: string;
  readonly disableHooks?: boolean;
  readonly installHooks?: boolean;
  readonly removeHooks?: boolean;
  readonly full?: boolean;
  readonly schema?: boolean;
};

type Taken = Extract<SnapshotMutation['snapshot'], { readonly __typename: 'SnapshotPayload' }>;

/** They change this process's settings; a server has its own. */
const local = ['monitor', 'interval', 'exportDir', 'disableHooks', 'installHooks', 'removeHooks'] as const;

const settingsOf = ({ interval, exportDir, disableHooks }: Options): Readonly<Record<string, string>> => ({
  ...(interval === undefined ? {} : { snapshotIntervalSeconds: interval }),
  ...(exportDir === undefined ? {} : { snapshotDir: resolve(exportDir) }),
  ...(disableHooks === true ? { snapshotHooks: 'false' } : {}),
});

const checkOptions = (options: Options, config: Config): void => {
  if (options.installHooks === true && options.removeHooks === true) throw new UsageError('Either --install-hooks or --remove-hooks, not both.');
  if (options.monitor !== true && (options.interval !== undefined || options.disableHooks === true))
    throw new UsageError('--interval and --disable-hooks are for --monitor.');
  const given = local.find((name) => options[name] !== undefined);
  if ((options.server ?? config.apiServerUrl) === undefined || given === undefined) return;
  const flag = `--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`A server has settings of its own and watches by itself: ${flag} works in this process only. Leave --server (API_SERVER_URL) out.`);
};

const namesOf = (given: string | undefined, options: Options, config: Config): readonly string[] => {
  if (given !== undefined) return [given];
  const names = Object.keys(config.databases);
  if ((options.server ?? config.apiServerUrl) !== undefined) throw new UsageError('Name the database of the server: waybill snapshot DB --server URL.');
  if (names.length === 0) throw new UsageError('Name a database, or register one in the settings (DATABASE_URL).');
  return names;
};

const shownFiles = 50;

const print = ({ database, files, fileCount, writtenCount, bytesRead, bytesWritten, milliseconds }: Taken, output: Output): void => {
  const listed = fileCount > shownFiles ? files.filter(({ written }) => written) : files;
  const left = (fileCount > shownFiles ? writtenCount : fileCount) - Math.min(listed.length, shownFiles);
  table(
    ['file', 'rows', 'size', ''],
    listed.slice(0, shownFiles).map((file) => [file.name, file.rows, bytes(file.bytes), file.written ? 'written' : 'up to date']),
  ).forEach(output.line);
  if (left > 0) output.line(`... and ${count(left)} more`);
  const what = writtenCount === 0 ? 'up to date' : `${count(writtenCount)} of ${count(fileCount)} ${fileCount === 1 ? 'file' : 'files'} written`;
  output.line(`${shown(database)}: ${what}; ${bytes(bytesRead)} read, ${bytes(bytesWritten)} written, ${duration(milliseconds / 1000)}`);
};

/** One that cannot be made does not keep the others. */
const takeAll = async (client: Client, names: readonly string[], full: boolean, output: Output): Promise<ExitCode> => {
  const snapshots: Taken[] = [];
  for (const database of names) {
    try {
      const { snapshot } = await client.execute(snapshotMutation, { input: { database, full }, idempotencyKey: randomUUID() });
      const taken = accepted(snapshot) as Taken;
      snapshots.push(taken);
      print(taken, output);
    } catch (error) {
      if (names.length === 1) throw error;
      output.note(`${nameOf(database)}:`);
      process.exitCode = reportFailure(error, { ...output, json: () => undefined });
    }
  }
  const ok = snapshots.length === names.length;
  output.json({ ok, snapshots });
  return ok ? exitCode.done : exitCode.fault;
};

const changeHooks = async (database: string | undefined, options: Options, output: Output): Promise<void> => {
  if (database === undefined) throw new UsageError('Name the database whose hooks are meant.');
  const { installHooks, removeHooks } = await import('../../events/projectors/snapshots/install-hooks.ts');
  const change = options.installHooks === true ? installHooks : removeHooks;
  const tables = await withTarget(database, options, ({ session, schema }) => change(session, schema));
  tables.forEach((name) => output.line(shown(name)));
  const done = options.installHooks === true ? 'now ring when they are written' : 'have no hook of Waybill any more';
  output.line(
    tables.length === 0
      ? 'There was nothing to do.'
      : `${count(tables.length)} ${tables.length === 1 ? 'table' : 'tables'} of ${shown(nameOf(database))} ${done}.`,
  );
  output.json({ ok: true, tables });
};

export const registerSnapshot = (program: Command): void => {
  program
    .command('snapshot')
    .description('bring readable files of a database up to date: a CSV per table and one nested JSON document; a server does so by itself')
    .argument('[database]', 'registered name or postgres:// URL; default: all databases of the settings')
    .option('--monitor', 'stay, and follow every change until interrupted')
    .option('--interval <seconds>', 'with --monitor: seconds between two looks for changes (setting DB_EXPORT_CHECK_INTERVAL)')
    .option('--export-dir <folder>', 'folder of the files (setting DB_EXPORT_EXPORT_DIRECTORY)')
    .option('--disable-hooks', 'with --monitor: only look every interval, and use neither logical decoding nor triggers')
    .option('--install-hooks', 'put a trigger on each table that tells at once when it is written; for servers without wal_level = logical')
    .option('--remove-hooks', 'take these triggers away, without a trace')
    .option('--schema', 'print a JSON Schema of the document, and write nothing')
    .option('--full', 'take no notice of the files that are there: read and write everything')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill snapshot\n  waybill snapshot shop --export-dir my_exports\n  waybill snapshot --monitor --interval 5\n  waybill snapshot shop --install-hooks',
    )
    .action(
      action<Options>(async (output, options, [database]): Promise<ExitCode | void> => {
        const settings = settingsOf(options);
        const { config } = await readSettings(options, settings);
        checkOptions(options, config);
        if (options.installHooks === true || options.removeHooks === true) return changeHooks(database, options, output);
        const names = namesOf(database, options, config);
        if (options.monitor === true) {
          const { monitorSnapshots } = await import('../monitor-snapshots.ts');
          return monitorSnapshots({ options, settings, names, output });
        }
        const client = await connect(options, { worker: false, settings });
        try {
          if (options.schema === true) return await printSnapshotSchema(client, names, output);
          if (!client.isRemote) output.note(`Files are in ${relative('', config.snapshot.dir) || '.'}.`);
          return await takeAll(client, names, options.full === true, output);
        } finally {
          await client.close();
        }
      }),
    );
};
