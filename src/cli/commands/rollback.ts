import { Option, type Command } from 'commander';
import { withClient } from '../connect.ts';
import type { RollbackInput } from '../operations/generated/graphql.ts';
import type { GlobalOptions } from '../options.ts';
import { requestRollback } from '../request-run.ts';
import { carryOut } from '../write-run.ts';
import { addAsking, addExclusive, type AskingOptions } from './import-options.ts';
import { addMaxDeletes } from './merge-options.ts';
import { action } from './run-command.ts';

/** As GraphQL has them, in small letters. */
const policies = { fail: 'FAIL', incoming: 'INCOMING', current: 'CURRENT' } as const;
export type RollbackWord = keyof typeof policies;

export type RollbackOptions = GlobalOptions & {
  readonly onConflict: RollbackWord;
  readonly maxDeletes?: number;
  readonly exclusive?: boolean;
  readonly identity?: string;
};
/** What was edited since is somebody's work: it stays, and is counted and listed. */
export const usualPolicy = 'current';
type Options = RollbackOptions & AskingOptions;

export const rollbackInput = (run: string, { onConflict, maxDeletes, exclusive }: Omit<RollbackOptions, 'identity'>): RollbackInput => ({
  run,
  onConflict: policies[onConflict],
  exclusive: exclusive ?? false,
  ...(maxDeletes === undefined ? {} : { maxDeletes }),
});

export const registerRollback = (program: Command): void => {
  const command = program
    .command('rollback')
    .description('take one run back, also after later runs and edits; those stay')
    .argument('<run>', 'the completed import, merge, replace or rollback that is taken back')
    .addOption(
      new Option(
        '--on-conflict <policy>',
        'a cell that was changed since: it stays (current), it goes back all the same (incoming), or nothing is written (fail)',
      )
        .choices(Object.keys(policies))
        .default(usualPolicy),
    );
  addMaxDeletes(command, 'any');
  addExclusive(command);
  addAsking(command)
    .option('--identity <file>', 'age identity file that opens the archive of that run')
    .addHelpText(
      'after',
      `
A rollback is a run of its own: it is planned first, is in the log, and can itself be taken back.

Examples:
  waybill rollback 01K...
  waybill rollback 01K... --on-conflict fail --yes`,
    )
    .action(
      action<Options>((output, options, [run = '']) =>
        withClient(options, { worker: true, identity: options.identity }, (client) =>
          carryOut({ client, output, isAgreed: options.yes === true, rows: options.rows }, requestRollback(client, rollbackInput(run, options))),
        ),
      ),
    );
};
