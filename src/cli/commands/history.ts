import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { rowHistoryQuery } from '../operations/data.ts';
import { wholeNumber, type GlobalOptions } from '../options.ts';
import { touchLines } from '../print-history.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly limit: number; readonly after?: string };

export const registerHistory = (program: Command): void => {
  program
    .command('history')
    .description('what each run did to one row: when, by whom, before and after; newest first')
    .argument('<database>', 'registered name or postgres:// URL')
    .argument('<table>', 'the table, as schema.table or by its name alone')
    .argument('<key...>', 'the row: the values of its key in their order, column=value of a unique key, or its name as plans show it')
    .option('--limit <number>', 'how many runs, at most 500', wholeNumber('--limit', 1), 50)
    .option('--after <cursor>', 'go on behind this one')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill history production public.customer ada@example.org\n  waybill history production public.customer id=70\n  waybill history production public.project_members crearis ada@example.org --json',
    )
    .action(
      action<Options>((output, options, [database = '', table = '', ...key]) =>
        withClient(options, { worker: false }, async (client) => {
          const first = Math.min(options.limit, 500);
          const { rowHistory } = await client.execute(rowHistoryQuery, { database, table, key, first, after: options.after ?? null });
          const touches = rowHistory.edges.map(({ node }) => node);
          if (touches.length === 0) output.note('No run that is remembered touched this row.');
          touches.flatMap((touch) => touchLines(touch, output)).forEach(output.line);
          const { hasNextPage, endCursor } = rowHistory.pageInfo;
          if (hasNextPage) output.note(output.dim(`... older ones with: --after ${endCursor ?? ''}`));
          output.json({ database, table, key, history: touches, hasMore: hasNextPage, after: endCursor });
        }),
      ),
    );
};
