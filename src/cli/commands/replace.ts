import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { requestReplace } from '../request-run.ts';
import { carryOut } from '../write-run.ts';
import { addAsking, addImportOptions, fileOf, uploadFile, type AskingOptions, type ImportOptions } from './import-options.ts';
import { addMaxDeletes } from './merge-options.ts';
import { action } from './run-command.ts';

type Options = ImportOptions & AskingOptions & { readonly maxDeletes?: number };

export const registerReplace = (program: Command): void => {
  const command = program
    .command('replace')
    .description('make the tables say what an archive says: rows go in, are changed, and those that it has not are deleted')
    .argument('<file>', 'the archive');
  addImportOptions(command);
  addMaxDeletes(command);
  addAsking(command)
    .addHelpText(
      'after',
      `
Only a complete archive deletes, never more than --max-deletes allows, and no row that something else still refers to.

Examples:
  waybill replace shop.tar.zst --into staging
  waybill replace shop.tar.zst --into staging --table public.country --max-deletes any --yes`,
    )
    .action(
      action<Options>((output, options, args) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const input = {
            ...(await uploadFile(client, fileOf(args), options, output)),
            ...(options.maxDeletes === undefined ? {} : { maxDeletes: options.maxDeletes }),
          };
          return carryOut({ client, output, isAgreed: options.yes === true, rows: options.rows }, requestReplace(client, input));
        }),
      ),
    );
};
