import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { exitCode } from '../exit.ts';
import { verifyDataQuery } from '../operations/data.ts';
import { collect, wholeNumber, type GlobalOptions } from '../options.ts';
import { comparisonLines, comparisonSummary } from '../print-comparison.ts';
import { printNotes } from '../print-result.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly table?: readonly string[]; readonly aside?: readonly string[]; readonly rows: number };

export const registerVerifyData = (verify: Command): void => {
  verify
    .command('data')
    .description('compare what two databases say, table by table, through their keys; ids may differ')
    .argument('<a>', 'registered name or postgres:// URL of one database')
    .argument('<b>', 'of the other')
    .option('--table <table>', 'only this table, as schema.table or by its name alone; repeat for more', collect)
    .option('--aside <column>', 'leave this column out, as column, table.column or schema.table.column; repeat for more', collect)
    .option('--rows <number>', 'how many differing rows of each table to name, at most 500', wholeNumber('--rows'), 5)
    .addHelpText(
      'after',
      '\nExit status: 0 they say the same, 3 they do not.\n\nExamples:\n  waybill verify data production staging\n  waybill verify data production restored --aside updated_at --json',
    )
    .action(
      action<Options>((output, options, [a = '', b = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const { verifyData } = await client.execute(verifyDataQuery, {
            a,
            b,
            tables: options.table ?? null,
            asideColumns: options.aside ?? null,
            differences: Math.min(options.rows, 500),
          });
          comparisonLines(verifyData, output).forEach(output.line);
          printNotes(verifyData.notes, output);
          output.line('');
          output.line(verifyData.equal ? comparisonSummary(verifyData) : output.red(comparisonSummary(verifyData)));
          output.json({ ok: verifyData.equal, a, b, ...verifyData });
          return verifyData.equal ? exitCode.done : exitCode.refused;
        }),
      ),
    );
};
