import { Option, type Command } from 'commander';
import type { Client } from '../client.ts';
import { UsageError } from '../exit.ts';
import type { ImportInput } from '../operations/generated/graphql.ts';
import { addFormatOptions, findFile, formatOf, type FormatOptions } from './format-options.ts';
import { collect, wholeNumber, type GlobalOptions } from '../options.ts';
import type { Output } from '../output.ts';

/** What every command that puts a file into a database shares: which file goes where, and how. */
export type ImportOptions = GlobalOptions &
  FormatOptions & {
    readonly into: string;
    readonly table?: readonly string[];
    readonly onError: 'reject-all' | 'reject-rows';
    readonly exclusive?: boolean;
    readonly rebuild: boolean;
    readonly identity?: string;
  };

/** What commands that write ask first. */
export type AskingOptions = { readonly yes?: boolean; readonly rows: number };

const rowsShown = 20;

export const addRows = (command: Command): Command =>
  command.option('--rows <number>', 'how many rows of the plan to show, cell by cell; 0 for none', wholeNumber('--rows'), rowsShown);

export const addAsking = (command: Command): Command => addRows(command.option('--yes', 'apply without asking'));

const exclusive = '--exclusive';
const exclusiveText = 'lock the tables against writers instead of planning again when they interfere';
export const addExclusive = (command: Command): Command => command.option(exclusive, exclusiveText);

export const addImportOptions = (command: Command): Command => addFileOptions(command.requiredOption('--into <database>', into));

export const into = 'registered name or postgres:// URL of the target';

export const addFileOptions = (command: Command): Command =>
  addFormatOptions(command)
    .option('--table <table>', 'only this table, as schema.table or by its name alone; repeat for more; of CSV and JSON lines the table it goes into', collect)
    .addOption(
      new Option('--on-error <policy>', 'reject-all: any issue, and nothing is written; reject-rows: bad rows stay out')
        .choices(['reject-all', 'reject-rows'])
        .default('reject-all'),
    )
    .option(exclusive, exclusiveText)
    .option('--no-rebuild', 'never load a large, empty table by dropping and rebuilding its constraints')
    .option('--identity <file>', 'age identity file that opens an encrypted archive');

export const fileOf = (args: readonly string[]): string => {
  const [file] = args;
  if (file === undefined) throw new UsageError('Name the file to import.');
  return file;
};

export const uploadFile = async (client: Client, file: string, options: ImportOptions, output: Output): Promise<ImportInput> => {
  if (client.isRemote && options.identity !== undefined)
    throw new UsageError(
      '--identity works in this process only. A server opens encrypted archives with the identities of its own setting WAYBILL_IDENTITY_FILE.',
    );
  const found = await findFile(file, options, output);
  output.note(output.dim(`reading ${found}`));
  const upload = await client.upload(found);
  const format = formatOf(options);
  return {
    upload: upload.id,
    database: options.into,
    ...(options.table === undefined ? {} : { tables: options.table }),
    ...(format === undefined ? {} : { file: format }),
    onError: options.onError === 'reject-rows' ? 'REJECT_ROWS' : 'REJECT_ALL',
    exclusive: options.exclusive ?? false,
    rebuild: options.rebuild,
  };
};
