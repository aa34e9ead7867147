import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { readRun } from '../follow-run.ts';
import { wholeNumber, type GlobalOptions } from '../options.ts';
import { count } from '../output.ts';
import { printRows, readConflicts } from '../run-rows.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly table?: string; readonly rows: number; readonly after?: string };

export const registerConflicts = (program: Command): void => {
  program
    .command('conflicts')
    .description('list what both sides changed: base, here, and what arrives')
    .argument('<run>', 'the run whose plan waits, or has ended')
    .option('--table <table>', 'only of this table, schema.table')
    .option('--rows <number>', 'how many', wholeNumber('--rows', 1), 50)
    .option('--after <cursor>', 'go on behind this one')
    .addHelpText('after', '\nExamples:\n  waybill conflicts 01K...\n  waybill conflicts 01K... --table public.page --json')
    .action(
      action<Options>((output, options, [id = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const [run, page] = await Promise.all([
            readRun(client, id, 1),
            readConflicts(client, id, { table: options.table, first: options.rows, after: options.after }),
          ]);
          if (page.rows.length === 0) output.note(`There are no conflicts${options.table === undefined ? '' : ` in ${options.table}`}.`);
          const table = options.table === undefined ? '' : ` --table ${options.table}`;
          printRows(page, run.kind, `waybill conflicts ${run.runId}${table}`, output);
          if (run.unresolvedConflicts > 0) output.note(output.dim(`${count(run.unresolvedConflicts)} open in all; decide with: waybill resolve ${run.runId}`));
          output.json({
            runId: run.runId,
            state: run.state,
            unresolved: run.unresolvedConflicts,
            conflicts: page.rows,
            hasMore: page.hasMore,
            after: page.cursor,
          });
        }),
      ),
    );
};
