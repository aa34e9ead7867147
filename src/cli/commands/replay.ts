import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { accepted, type Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError } from '../exit.ts';
import { followRun } from '../follow-run.ts';
import type { ReplayInput } from '../operations/generated/graphql.ts';
import { replayMutation } from '../operations/requests.ts';
import { collect, type GlobalOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { conclude, isAgreedOn } from '../write-run.ts';
import { into } from './import-options.ts';
import { action } from './run-command.ts';

type Until = Pick<ReplayInput, 'untilPosition' | 'untilTime'>;
type Options = GlobalOptions & {
  readonly into: string;
  readonly of?: string;
  readonly until?: Until;
  readonly run?: readonly string[];
  readonly from?: string;
  readonly identity?: string;
  readonly yes?: boolean;
};

/** A position of the log is a whole number; everything else is a time. */
export const parseUntil = (text: string): Until => {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { untilPosition: Number(text) };
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/^\d{4}-\d{2}-\d{2}/.test(text))
    throw new UsageError(`--until is a position of the log or a time such as 2026-11-21T09:00:00Z, not ${JSON.stringify(text)}.`);
  return { untilTime: new Date(time).toISOString() };
};

const inputOf = async (client: Client, options: Options, output: Output): Promise<ReplayInput> => {
  if (options.from !== undefined) output.note(output.dim(`reading ${options.from}`));
  return {
    database: options.into,
    ...(options.of === undefined ? {} : { of: options.of }),
    ...options.until,
    ...(options.run === undefined ? {} : { runs: options.run }),
    ...(options.from === undefined ? {} : { from: (await client.upload(options.from)).id }),
  };
};

export const registerReplay = (program: Command): void => {
  program
    .command('replay')
    .description('do the runs of the log again in an empty, migrated database, as they were decided then')
    .requiredOption('--into <database>', into)
    .option('--of <database>', 'whose runs, by its registered name; default: that of --into')
    .option('--until <position|time>', 'only runs that were completed up to then: a position of the log, or a time', parseUntil)
    .option('--run <run>', 'only this run; repeat for more', collect)
    .option('--from <archive>', 'a full export that stands in for the runs before it')
    .option('--identity <file>', 'age identity file that opens encrypted archives')
    .option('--yes', 'begin without asking')
    .addHelpText(
      'after',
      `
The old database is not needed: the log and the stored files are enough. What somebody changed outside of Waybill is
not in them; it is listed where a run met it.

Examples:
  waybill replay --into restored --of production
  waybill replay --into restored --of production --until 2026-11-21T09:00:00Z --yes
  waybill replay --into restored --of production --from backup/backup_production_1763715600000.tar.zst`,
    )
    .action(
      action<Options>((output, options) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          if (options.yes !== true && !output.isTerminal) throw new UsageError('Nobody is there to ask, so nothing was written. Give --yes to replay.');
          const input = await inputOf(client, options, output);
          const question = `Do the runs of ${options.of ?? options.into} again in ${options.into}?`;
          if (options.yes !== true && !(await isAgreedOn(question))) {
            output.note('Nothing was written.');
            return exitCode.done;
          }
          const { replay } = await client.execute(replayMutation, { input, idempotencyKey: randomUUID() });
          return conclude(await followRun(client, accepted(replay).runId, output), output);
        }),
      ),
    );
};
