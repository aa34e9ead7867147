import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { requestMerge } from '../request-run.ts';
import { carryOut } from '../write-run.ts';
import { addAsking, addImportOptions, fileOf, type AskingOptions } from './import-options.ts';
import { addMergeOptions, mergeInput, type MergeOptions } from './merge-options.ts';
import { action } from './run-command.ts';

type Options = MergeOptions & AskingOptions;

export const registerMerge = (program: Command): void => {
  const command = program
    .command('merge')
    .description('merge an archive, or one CSV or JSON-lines file: new rows go in, what the other side changed is taken, what was changed here stays')
    .argument('<file>', 'the archive, or NAME.csv or NAME.jsonl for the table NAME');
  addImportOptions(command);
  addMergeOptions(command);
  addAsking(command)
    .addHelpText(
      'after',
      `
Each cell is held against what both sides once shared (the base), which is found row by row from what either side
exported and the other took in. Where no base is known, what arrives wins, as with --base none. A CSV or JSON-lines
file says nothing of what both sides held: every cell that differs is taken from it, also where somebody changed the
database meanwhile, unless --base names the file as it was before the edits. A cell that both
sides changed is a conflict: with --on-conflict fail nothing is written and the plan waits, to be decided with
\`waybill conflicts\` and \`waybill resolve\` and applied with \`waybill apply\`.

Exit status: 0 done, 1 fault, 2 usage, 3 refused or in conflict, 4 done with rejected rows.

Examples:
  waybill merge dev.tar.zst --into production
  waybill merge dev.tar.zst --into production --on-conflict current --conflict public.page=incoming --yes
  waybill merge dev.tar.zst --into production --on-conflict newest:updated_at --deletes --max-deletes 20%
  waybill merge workspace.csv --into production
  waybill merge workspace.csv --into production --base workspace-before.csv --on-conflict current
  waybill merge dev.tar.zst --into production --base backup/backup_production_1763715600000.tar.zst`,
    )
    .action(
      action<Options>((output, options, args) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const input = await mergeInput(client, fileOf(args), options, output);
          return carryOut({ client, output, isAgreed: options.yes === true, rows: options.rows }, requestMerge(client, input));
        }),
      ),
    );
};
