import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { accepted } from '../client.ts';
import { withClient } from '../connect.ts';
import { followRun } from '../follow-run.ts';
import { exportMutation } from '../operations/requests.ts';
import { collect } from '../options.ts';
import { exitCodeOfRun, printOutcome, runAsJson } from '../print-run.ts';
import { exportInputOf, toStandardOutput, type ExportOptions } from './export-options.ts';
import { linkHours, makeLinks, printLinks } from './export-link.ts';
import { writeToStandardOutput } from './export-output.ts';
import { action } from './run-command.ts';

export const registerExport = (program: Command): void => {
  program
    .command('export')
    .description('export a database, or chosen tables and rows, to one archive, to CSV or JSON lines, or to one nested JSON document')
    .requiredOption('--from <database>', 'registered name or postgres:// URL of the source')
    .option('--out <file>', 'name of the file, or - for standard output; default: backup_<database>_<epoch ms>.tar.zst, or <table>.csv')
    .option('--to <folder>', 'backup (default for archives) or exchange (default for all else)')
    .option('--format <format>', 'archive, csv, jsonl, or json (rows inside the rows that they belong to); default: as --out ends, else archive')
    .option('--table <table>', 'only this table, as schema.table or by its name alone; repeat for more', collect)
    .option(
      '--where <condition>',
      'only rows of the (first) table that fit: "COLUMN=VALUE", != < <= > >= ~PATTERN, "is null", "in A,B"; repeat for more',
      collect,
    )
    .option('--keys <keys>', 'only rows with these keys: A,B, or [["A","1"],["B","2"]] where a key has several columns', collect)
    .option('--parents', 'also the rows that the chosen ones refer to, from whatever table')
    .option('--spreadsheet-safe', 'CSV: an apostrophe before what a spreadsheet would run as a formula')
    .option('--references <form>', 'CSV, JSON lines and JSON: name parents by id (default), by key, or both')
    .addOption(
      new Option('--link [hours]', 'print a link that gives each file to whoever has it, for so many hours; default: the setting linkHours').argParser(
        linkHours,
      ),
    )
    .option('--gzip', 'compress an archive with gzip instead of zstd')
    .option('--encrypt <recipient>', 'encrypt an archive for this age recipient (age1...); repeat for more', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  waybill export --from shop\n  waybill export --from shop --table customer --format csv\n  waybill export --from shop --table customer --where "country=DE" --parents --out german.tar.zst\n  waybill export --from shop --table customer --out - --format jsonl | gzip > customer.jsonl.gz\n  waybill export --server https://waybill.example.com --from shop --table customer --format csv --link 48\n  waybill export --from shop --table project --table dataset --table image --format json --keys 7\n  waybill export --from shop --encrypt age1...',
    )
    .action(
      action<ExportOptions>((output, options) =>
        withClient(options, { worker: true }, async (client) => {
          const input = exportInputOf(options, client.isRemote);
          const { export: answer } = await client.execute(exportMutation, { input, idempotencyKey: randomUUID() });
          const run = await followRun(client, accepted(answer).runId, output);
          const isPiped = options.out === toStandardOutput;
          if (isPiped) await writeToStandardOutput(client, run);
          printOutcome(run, isPiped ? { ...output, line: output.note } : output);
          if (run.result !== null && input.out === undefined && input.to !== 'STORE') output.note(output.dim(whereOf(input)));
          const links = options.link === undefined ? undefined : await makeLinks(client, run, options.link);
          if (links !== undefined) printLinks(links, client, output);
          output.json({ ...runAsJson(run), ...(links === undefined ? {} : { links }) });
          return exitCodeOfRun(run);
        }),
      ),
    );
};

const whereOf = ({ to, format }: ReturnType<typeof exportInputOf>): string =>
  (to ?? (format === 'ARCHIVE' ? 'BACKUP' : 'EXCHANGE')) === 'EXCHANGE'
    ? 'in the exchange folder (setting WAYBILL_EXCHANGE_DIR): import it again as data_exchange/NAME'
    : 'in the backup folder (setting WAYBILL_BACKUP_DIR)';
