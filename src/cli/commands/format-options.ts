import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option, type Command } from 'commander';
import { UsageError } from '../exit.ts';
import type { FileFormatInput } from '../operations/generated/graphql.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import type { Output } from '../output.ts';

/** How a CSV or JSON-lines file is read, where looking at it is not enough. */
export type FormatOptions = {
  readonly format?: 'csv' | 'jsonl';
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: string;
  readonly header?: boolean;
  readonly columns?: readonly string[];
  readonly null?: string;
  readonly comments?: string;
  readonly ignoreUnknown?: boolean;
  readonly missing?: 'null' | 'refuse';
  readonly spreadsheetSafe?: boolean;
};

const delimiterOf = (text: string): string => (text === 'tab' || text === '\\t' ? '\t' : text);

const namesOf = (text: string): readonly string[] => {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UsageError('--columns is a list such as id,name,price.');
  return names;
};

export const addFormatOptions = (command: Command): Command =>
  command
    .addOption(new Option('--format <format>', 'CSV and JSON lines: which of them the file is, where its name does not say').choices(['csv', 'jsonl']))
    .addOption(new Option('--delimiter <character>', 'CSV: between fields; tab for a tab. Default: found by looking').argParser(delimiterOf))
    .option('--quote <character>', 'CSV: around fields; "" if nothing is quoted')
    .option('--encoding <name>', 'CSV and JSON lines: such as windows-1252, where it is not UTF-8')
    .option('--no-header', 'CSV: the first record is a row; columns are those of the table, in its order')
    .addOption(new Option('--columns <names>', 'CSV without header: names of its columns, as id,name,price').argParser(namesOf))
    .option('--null <text>', 'CSV: unquoted text that is NULL. Default: an empty field')
    .option('--comments <prefix>', 'CSV: lines that begin so are skipped')
    .option('--ignore-unknown', 'CSV and JSON lines: leave columns out that the table does not have')
    .addOption(new Option('--missing <meaning>', 'JSON lines: what a key means that a line does not have').choices(['null', 'refuse']))
    .option('--spreadsheet-safe', 'CSV: take off the apostrophes that a spreadsheet-safe export put before formulas');

const kinds = { csv: 'CSV', jsonl: 'JSONL' } as const;
const meanings = { null: 'NULL', refuse: 'REFUSE' } as const;

/** What was said; nothing where all is left to looking, so that an archive is not taken for a file. */
export const formatOf = (options: FormatOptions): FileFormatInput | undefined => {
  const said = {
    ...(options.format === undefined ? {} : { kind: kinds[options.format] }),
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    ...(options.quote === undefined ? {} : { quote: options.quote }),
    ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
    ...(options.header === false ? { hasHeader: false } : {}),
    ...(options.columns === undefined ? {} : { columns: options.columns }),
    ...(options.null === undefined ? {} : { nulls: options.null }),
    ...(options.comments === undefined ? {} : { comments: options.comments }),
    ...(options.ignoreUnknown === true ? { unknown: 'IGNORE' as const } : {}),
    ...(options.missing === undefined ? {} : { missing: meanings[options.missing] }),
    ...(options.spreadsheetSafe === true ? { spreadsheetSafe: true } : {}),
  };
  return Object.keys(said).length === 0 ? undefined : said;
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** A bare name that is not here is looked for in the exchange folder, where exports and other tools put files. */
export const findFile = async (file: string, options: GlobalOptions, output: Output): Promise<string> => {
  if (basename(file) !== file || (await exists(file))) return file;
  const { config } = await readSettings(options);
  const found = join(config.exchangeDir, file);
  if (!(await exists(found))) return file;
  output.note(output.dim(`${file} is not here; taking ${found}`));
  return found;
};
