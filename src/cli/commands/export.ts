import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { accepted } from '../client.ts';
import { withClient } from '../connect.ts';
import { followRun } from '../follow-run.ts';
import { exportMutation } from '../operations/requests.ts';
import { collect, type GlobalOptions } from '../options.ts';
import { exitCodeOfRun, printOutcome, runAsJson } from '../print-run.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly from: string;
  readonly out?: string;
  readonly table?: readonly string[];
  readonly gzip?: boolean;
  readonly encrypt?: readonly string[];
};

export const registerExport = (program: Command): void => {
  program
    .command('export')
    .description('export a database to one archive')
    .requiredOption('--from <database>', 'registered name or postgres:// URL of the source')
    .option('--out <file>', 'name of the archive; default: backup_<database>_<epoch ms>.tar.zst in the backup folder')
    .option('--table <table>', 'only this table, as schema.table or by its name alone; repeat for more', collect)
    .option('--gzip', 'compress with gzip instead of zstd')
    .option('--encrypt <recipient>', 'encrypt for this age recipient (age1...); repeat for more', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  waybill export --from shop\n  waybill export --from postgres://me@db.example.org/shop --out shop.tar.zst --table public.customer\n  waybill export --from shop --encrypt age1...',
    )
    .action(
      action<Options>((output, options) =>
        withClient(options, { worker: true }, async (client) => {
          const { export: answer } = await client.execute(exportMutation, {
            input: {
              database: options.from,
              ...(options.out === undefined ? {} : { out: client.isRemote ? options.out : resolve(options.out) }),
              ...(options.table === undefined ? {} : { tables: options.table }),
              compression: options.gzip === true ? 'GZIP' : 'ZSTD',
              recipients: options.encrypt ?? [],
            },
            idempotencyKey: randomUUID(),
          });
          const run = await followRun(client, accepted(answer).runId, output);
          printOutcome(run, output);
          output.json(runAsJson(run));
          return exitCodeOfRun(run);
        }),
      ),
    );
};
