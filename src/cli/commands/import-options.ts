import { Option, type Command } from 'commander';
import type { Client } from '../client.ts';
import { UsageError } from '../exit.ts';
import type { ImportInput } from '../operations/generated/graphql.ts';
import { collect, type GlobalOptions } from '../options.ts';
import type { Output } from '../output.ts';

/** What `import` and `plan` share: which file goes where, and how. */
export type ImportOptions = GlobalOptions & {
  readonly into: string;
  readonly table?: readonly string[];
  readonly onError: 'reject-all' | 'reject-rows';
  readonly exclusive?: boolean;
  readonly rebuild: boolean;
  readonly identity?: string;
  readonly mode?: string;
};

export const addImportOptions = (command: Command): Command =>
  command
    .requiredOption('--into <database>', 'registered name or postgres:// URL of the target')
    .option('--table <table>', 'only this table, as schema.table or by its name alone; repeat for more', collect)
    .addOption(
      new Option('--on-error <policy>', 'reject-all: any issue, and nothing is written; reject-rows: bad rows stay out')
        .choices(['reject-all', 'reject-rows'])
        .default('reject-all'),
    )
    .option('--exclusive', 'lock the tables against writers instead of planning again when they interfere')
    .option('--no-rebuild', 'never load a large, empty table by dropping and rebuilding its constraints')
    .option('--identity <file>', 'age identity file that opens an encrypted archive');

export const fileOf = (args: readonly string[]): string => {
  const [file] = args;
  if (file === undefined) throw new UsageError('Name the archive to import.');
  return file;
};

export const uploadFile = async (client: Client, file: string, options: ImportOptions, output: Output): Promise<ImportInput> => {
  if (client.isRemote && options.identity !== undefined)
    throw new UsageError(
      '--identity works in this process only. A server opens encrypted archives with the identities of its own setting WAYBILL_IDENTITY_FILE.',
    );
  output.note(output.dim(`reading ${file}`));
  const upload = await client.upload(file);
  return {
    upload: upload.id,
    database: options.into,
    ...(options.table === undefined ? {} : { tables: options.table }),
    onError: options.onError === 'reject-rows' ? 'REJECT_ROWS' : 'REJECT_ALL',
    exclusive: options.exclusive ?? false,
    rebuild: options.rebuild,
  };
};
