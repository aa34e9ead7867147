import type { Command } from 'commander';
import { exitCode } from '../exit.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import { shown, table } from '../output.ts';
import { action } from './run-command.ts';

const marks = { ok: 'ok', warning: 'warning', problem: 'PROBLEM' } as const;

export const registerDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description('check this machine, the store, the folders and each database, and print every setting with where it came from')
    .addHelpText('after', '\nExamples:\n  waybill doctor\n  waybill doctor --json')
    .action(
      action<GlobalOptions>(async (output, options) => {
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
