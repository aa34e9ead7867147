import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { accepted } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode } from '../exit.ts';
import { followRun } from '../follow-run.ts';
import { planMutation } from '../operations/requests.ts';
import { exitCodeOfRun, printOutcome, printPlan, runAsJson } from '../print-run.ts';
import { addImportOptions, fileOf, uploadFile, type ImportOptions } from './import-options.ts';
import { action } from './run-command.ts';

export const registerPlan = (program: Command): void => {
  addImportOptions(
    program.command('plan').description('plan an import, write nothing, and let the plan wait for `waybill apply`').argument('<file>', 'the archive'),
  )
    .addOption(new Option('--mode <mode>', 'what kind of run').choices(['import']).default('import'))
    .addHelpText(
      'after',
      '\nExamples:\n  waybill plan shop.tar.zst --into staging\n  waybill apply 01K...            apply exactly that plan, or be refused\n  waybill cancel 01K...           drop it',
    )
    .action(
      action<ImportOptions>((output, options, args) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const input = await uploadFile(client, fileOf(args), options, output);
          const { plan } = await client.execute(planMutation, { input, idempotencyKey: randomUUID() });
          const run = await followRun(client, accepted(plan).runId, output);
          output.json(runAsJson(run));
          if (run.state !== 'PLANNED') {
            printOutcome(run, output);
            return exitCodeOfRun(run);
          }
          printPlan(run, output);
          output.note(output.dim(`apply it with: waybill apply ${run.runId}`));
          return exitCode.done;
        }),
      ),
    );
};
