import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { accepted } from '../client.ts';
import { withClient } from '../connect.ts';
import { followRun, readRun } from '../follow-run.ts';
import { applyPlanMutation } from '../operations/requests.ts';
import type { GlobalOptions } from '../options.ts';
import { conclude } from '../write-run.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly identity?: string; readonly yes?: boolean };

export const registerApply = (program: Command): void => {
  program
    .command('apply')
    .description('apply a plan exactly as it was made, or be refused')
    .argument('<run>', 'the run that waits with a plan')
    .option('--identity <file>', 'age identity file that opens an encrypted archive')
    .option('--yes', 'accepted and not needed: naming the plan is the approval')
    .addHelpText('after', '\nExample:\n  waybill apply 01K...')
    .action(
      action<Options>((output, options, [run = '']) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const { attempt } = await readRun(client, run, 1);
          const { applyPlan } = await client.execute(applyPlanMutation, { input: { run }, idempotencyKey: randomUUID() });
          return conclude(await followRun(client, accepted(applyPlan).runId, output, attempt), output);
        }),
      ),
    );
};
