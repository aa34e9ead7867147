import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { requestImport } from '../request-run.ts';
import { carryOut } from '../write-run.ts';
import { addAsking, addImportOptions, fileOf, uploadFile, type AskingOptions, type ImportOptions } from './import-options.ts';
import { action } from './run-command.ts';

type Options = ImportOptions & AskingOptions;

export const registerImport = (program: Command): void => {
  const command = program
    .command('import')
    .description('import an archive, or one CSV or JSON-lines file: new rows go in, rows that are there stay as they are')
    .argument('<file>', 'the archive, or NAME.csv or NAME.jsonl for the table NAME; a bare name is also looked for in the exchange folder');
  addImportOptions(command);
  addAsking(command)
    .addHelpText(
      'after',
      '\nOn a terminal the plan is shown and asked about; elsewhere --yes is needed.\nExit status: 0 done, 1 fault, 2 usage, 3 refused, 4 done with rejected rows.\n\nExamples:\n  waybill import shop.tar.zst --into staging\n  waybill import shop.tar.zst --into postgres://me@localhost/shop --yes --json\n  waybill import workspace.csv --into staging\n  waybill import items.txt --into staging --format csv --table public.workspace --delimiter ";" --yes\n  waybill import shop.tar.zst --into staging --on-error reject-rows --table public.customer --yes',
    )
    .action(
      action<Options>((output, options, args) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const input = await uploadFile(client, fileOf(args), options, output);
          return carryOut({ client, output, isAgreed: options.yes === true, rows: options.rows }, requestImport(client, input));
        }),
      ),
    );
};
