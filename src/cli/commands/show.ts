import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { issuesShown, readRun } from '../follow-run.ts';
import { wholeNumber, type GlobalOptions } from '../options.ts';
import { shown } from '../output.ts';
import { printOutcome, runAsJson } from '../print-run.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly issues: number };

export const registerShow = (program: Command): void => {
  program
    .command('show')
    .description('show one run: plan, verdicts, issues, events, outcome')
    .argument('<run>', 'the run')
    .option('--issues <number>', 'how many issues, at most 500', wholeNumber('--issues', 1), issuesShown)
    .addHelpText('after', '\nExamples:\n  waybill show 01K...\n  waybill show 01K... --issues 500 --json')
    .action(
      action<Options>((output, options, [id = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const run = await readRun(client, id, Math.min(options.issues, 500));
          output.line(
            `${run.kind.toLowerCase()} ${shown(run.fileName ?? '')} ${run.kind === 'EXPORT' ? 'from' : 'into'} ${shown(run.databaseName)}: ${run.state.toLowerCase()}, asked for by ${shown(run.actor)} through ${run.client}`,
          );
          output.line('');
          for (const { node } of run.events.edges)
            output.line(output.dim(`${String(node.position).padStart(6)}  ${node.at.slice(0, 19).replace('T', ' ')}  ${node.type}  ${shown(node.actor)}`));
          output.line('');
          printOutcome(run, output);
          output.json(runAsJson(run));
        }),
      ),
    );
};
