import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { accepted } from '../client.ts';
import { withClient } from '../connect.ts';
import { readRun } from '../follow-run.ts';
import { cancelRunMutation } from '../operations/requests.ts';
import type { GlobalOptions } from '../options.ts';
import { runAsJson } from '../print-run.ts';
import { action } from './run-command.ts';

export const registerCancel = (program: Command): void => {
  program
    .command('cancel')
    .description('ask a run to stop, or drop a plan that waits')
    .argument('<run>', 'the run')
    .addHelpText('after', '\nExample:\n  waybill cancel 01K...')
    .action(
      action<GlobalOptions>((output, options, [id = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const { cancelRun } = await client.execute(cancelRunMutation, { input: { run: id }, idempotencyKey: randomUUID() });
          const run = await readRun(client, accepted(cancelRun).runId, 1);
          output.line(run.state === 'CANCELLED' ? `Run ${run.runId} is cancelled; nothing was written.` : `Run ${run.runId} was asked to stop.`);
          output.json(runAsJson(run));
        }),
      ),
    );
};
