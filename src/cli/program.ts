import { Command, CommanderError } from 'commander';
import { registerApply } from './commands/apply.ts';
import { registerCancel } from './commands/cancel.ts';
import { registerConflicts } from './commands/conflicts.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerExchange } from './commands/exchange.ts';
import { registerExport } from './commands/export.ts';
import { registerGraph } from './commands/graph.ts';
import { registerHistory } from './commands/history.ts';
import { registerImport } from './commands/import.ts';
import { registerInbox } from './commands/inbox.ts';
import { registerInstall } from './commands/install.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLog } from './commands/log.ts';
import { registerMerge } from './commands/merge.ts';
import { registerPlan } from './commands/plan.ts';
import { registerPush } from './commands/push.ts';
import { registerReplace } from './commands/replace.ts';
import { registerReplay } from './commands/replay.ts';
import { registerResolve } from './commands/resolve.ts';
import { registerRollback } from './commands/rollback.ts';
import { registerRuns } from './commands/runs.ts';
import { registerServe } from './commands/serve.ts';
import { registerShow } from './commands/show.ts';
import { registerSnapshot } from './commands/snapshot.ts';
import { registerSync } from './commands/sync.ts';
import { registerVerify } from './commands/verify.ts';
import { registerWatch } from './commands/watch.ts';
import { exitCode, reportFailure, UsageError } from './exit.ts';
import { addGlobalOptions } from './options.ts';
import { createOutput } from './output.ts';

const registrations = [
  registerExport,
  registerImport,
  registerMerge,
  registerReplace,
  registerPlan,
  registerApply,
  registerConflicts,
  registerResolve,
  registerCancel,
  registerRollback,
  registerReplay,
  registerRuns,
  registerShow,
  registerHistory,
  registerGraph,
  registerLog,
  registerVerify,
  registerPush,
  registerSync,
  registerSnapshot,
  registerKeys,
  registerInbox,
  registerWatch,
  registerExchange,
  registerServe,
  registerDoctor,
  registerInstall,
  registerDemo,
];

const throwInstead = (command: Command): void => {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.commands.forEach(throwInstead);
};

const createProgram = (version: string): Command => {
  const program = addGlobalOptions(new Command('waybill'))
    .description('Moves data between PostgreSQL databases and keeps the paperwork.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nA database is a registered name or a postgres:// URL.\nExit status: 0 done, 1 fault, 2 usage, 3 refused or in conflict, 4 done with rejected rows.\n\nExamples:\n  waybill export --from shop\n  waybill import backup/backup_shop_1763715600000.tar.zst --into staging\n  waybill merge dev.tar.zst --into shop\n  waybill rollback 01K...\n  waybill runs\n  waybill doctor',
    );
  registrations.forEach((register) => register(program));
  throwInstead(program);
  return program;
};

/** Usage errors are told like every other failure, and exit with 2; help and version with 0. */
export const runCommandLine = async (argv: readonly string[], version: string): Promise<void> => {
  const program = createProgram(version);
  try {
    if (argv.length <= 2) {
      program.outputHelp();
      process.exitCode = exitCode.usage;
      return;
    }
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const failure = error instanceof CommanderError ? new UsageError(error.message.replace(/^error: /, '')) : error;
    process.exitCode = reportFailure(failure, createOutput(argv.includes('--json')));
  }
};
