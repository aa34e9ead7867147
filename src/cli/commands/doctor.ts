import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import { shown, table, type Output } from '../output.ts';
import { nameOf, withTarget } from '../target.ts';
import { action } from './run-command.ts';

const marks = { ok: 'ok', warning: 'warning', problem: 'PROBLEM' } as const;

type Options = GlobalOptions & { readonly newIdentity?: string; readonly exchange?: boolean };

/** A physical copy cannot be told from its original: somebody has to say that it is another database now. */
const giveNewIdentity = async (database: string, options: Options, output: Output): Promise<ExitCode> => {
  const { takeNewIdentity } = await import('../../engine/ledger/new-identity.ts');
  const { databaseId, parentId } = await withTarget(database, options, ({ session, schema }) =>
    takeNewIdentity(session, schema === undefined ? {} : { schema }),
  );
  output.line(`${shown(nameOf(database))} is now database ${databaseId}${parentId === undefined ? '' : `, a copy of ${parentId}`}.`);
  output.json({ ok: true, databaseId, parentId });
  return exitCode.done;
};

const lookBothWays = async (options: Options, output: Output): Promise<ExitCode> => {
  const { config } = await readSettings(options);
  if ((options.server ?? config.apiServerUrl) === undefined)
    throw new UsageError('Name the server whose exchange folder should be this one: waybill doctor --exchange --server URL.');
  const { checkExchange } = await import('../doctor-exchange.ts');
  return withClient(options, { worker: false }, (client) => checkExchange(client, config, output));
};

export const registerDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description('check this machine, the store, the folders and each database, and print every setting with where it came from')
    .option('--new-identity <database>', 'say that this database is a copy made file by file, and not its original any more')
    .option('--exchange', 'whether a server and this side see the same exchange folder: each looks for what the other writes; needs --server')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill doctor\n  waybill doctor --exchange --server http://localhost:8040\n  waybill doctor --json\n  waybill doctor --new-identity staging',
    )
    .action(
      action<Options>(async (output, options) => {
        if (options.newIdentity !== undefined) return giveNewIdentity(options.newIdentity, options, output);
        if (options.exchange === true) return lookBothWays(options, output);
        const { diagnose } = await import('../../infra/doctor.ts');
        const diagnosis = await diagnose(await readSettings(options));
        for (const check of diagnosis.checks) output.line(`${marks[check.state].padEnd(8)} ${check.name}: ${shown(check.detail)}`);
        output.line('');
        table(
          ['setting', 'value', 'from'],
          diagnosis.settings.map(({ setting, value, from }) => [setting, value, from]),
        ).forEach(output.line);
        output.json(diagnosis);
        return diagnosis.healthy ? exitCode.done : exitCode.fault;
      }),
    );
};
