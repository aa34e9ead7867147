import type { Command } from 'commander';
import { UsageError } from '../exit.ts';
import type { GlobalOptions } from '../options.ts';
import { nameOf, withTarget } from '../target.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly print?: boolean;
  readonly into?: string;
  readonly schema?: string;
  readonly role?: string;
  readonly fromVersion?: string;
};

const versionOf = (text: string | undefined): number => {
  if (text !== undefined && !/^\d{1,4}$/.test(text)) throw new UsageError(`--from-version takes a number, not ${JSON.stringify(text)}.`);
  return Number(text ?? 0);
};

export const registerInstall = (program: Command): void => {
  program
    .command('install')
    .description("make Waybill's own tables in a target, or print how a DBA makes them; the first import makes them too, where it may")
    .option('--print', 'print the statements instead of running them')
    .option('--into <database>', 'registered name or postgres:// URL of the target')
    .option('--schema <name>', 'schema to put them in; default: waybill')
    .option('--role <name>', 'with --print: the role that Waybill connects as, which is granted what it needs')
    .option('--from-version <number>', 'with --print: only what is new since that version of the tables')
    .addHelpText('after', '\nExamples:\n  waybill install --print --role app | psql\n  waybill install --into staging')
    .action(
      action<Options>(async (output, options) => {
        const { ensureTargetSchema, printTargetSchema } = await import('../../engine/ledger/target-schema.ts');
        if (options.print === true) {
          const statements = printTargetSchema(options.schema, options.role, versionOf(options.fromVersion));
          if (!output.isJson) process.stdout.write(statements.endsWith('\n') ? statements : `${statements}\n`);
          output.json({ statements });
          return;
        }
        if (options.into === undefined) throw new UsageError('Name the target with --into, or take --print.');
        const schema = await withTarget(options.into, options, async ({ session, schema: known }) => {
          const chosen = options.schema ?? known;
          await ensureTargetSchema(session, chosen === undefined ? {} : { schema: chosen });
          return chosen;
        });
        output.line(`Waybill's own tables are in schema ${schema ?? 'waybill'} of ${nameOf(options.into)}.`);
        output.json({ ok: true, schema: schema ?? 'waybill' });
      }),
    );
};
