import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { accepted, type Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError } from '../exit.ts';
import { readRun } from '../follow-run.ts';
import type { ResolutionInput } from '../operations/generated/graphql.ts';
import { resolveConflictsMutation } from '../operations/requests.ts';
import type { GlobalOptions } from '../options.ts';
import { count, type Output } from '../output.ts';
import { resolveByHand } from '../resolve-by-hand.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly take?: 'incoming' | 'current';
  readonly table?: string;
  readonly row?: string;
  readonly column?: string;
  readonly file?: string;
};

const sideOf = (take: unknown): ResolutionInput['take'] | undefined => {
  if (take === 'incoming' || take === 'INCOMING') return 'INCOMING';
  return take === 'current' || take === 'CURRENT' ? 'CURRENT' : undefined;
};

/** A file that somebody wrote, or made from the list that `conflicts --json` gives. */
export const parseResolutions = (text: string, file: string): readonly ResolutionInput[] => {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new UsageError(`The file ${file} is no JSON.`);
  }
  if (!Array.isArray(list) || list.length === 0)
    throw new UsageError(`The file ${file} has to be a list such as [{"table":"public.page","row":"home","column":"title","take":"incoming"}].`);
  return list.map((each: unknown, index) => {
    const entry = typeof each === 'object' && each !== null ? each : {};
    const side = sideOf('take' in entry ? entry.take : undefined);
    const place = placeOf(entry);
    if (side === undefined || place === undefined)
      throw new UsageError(`Entry ${index + 1} of ${file} needs "take": "incoming" or "current"; "table", "row" and "column" are texts, or left out.`);
    return { take: side, ...place };
  });
};

/** Which conflicts are meant; undefined where a name is no text. */
const placeOf = (entry: object): Omit<ResolutionInput, 'take'> | undefined => {
  const place: { table?: string; row?: string; column?: string } = {};
  for (const name of ['table', 'row', 'column'] as const) {
    const value: unknown = Object.entries(entry).find(([key]) => key === name)?.[1];
    if (typeof value === 'string') place[name] = value;
    else if (value !== undefined && value !== null) return undefined;
  }
  return place;
};

const given = async (options: Options): Promise<readonly ResolutionInput[] | undefined> => {
  const { take, table, row, column, file } = options;
  if (file !== undefined) {
    if (take !== undefined) throw new UsageError('Give --take or --file, not both.');
    const text = await readFile(file, 'utf8').catch(() => {
      throw new UsageError(`The file ${file} cannot be read.`);
    });
    return parseResolutions(text, file);
  }
  const side = sideOf(take);
  if (side === undefined) return undefined;
  return [{ take: side, ...placeOf({ table, row, column }) }];
};

const resolutionsOf = async (client: Client, run: string, options: Options, output: Output): Promise<readonly ResolutionInput[]> => {
  const resolutions = await given(options);
  if (resolutions !== undefined) return resolutions;
  if (!output.isTerminal)
    throw new UsageError('Nobody is there to ask. Say what to take: --take incoming or --take current, with --table, --row and --column, or --file.');
  return resolveByHand(client, await readRun(client, run, 1), options.table, output);
};

export const registerResolve = (program: Command): void => {
  program
    .command('resolve')
    .description('decide conflicts of a plan that waits; on a terminal one by one')
    .argument('<run>', 'the run that waits')
    .addOption(new Option('--take <side>', 'incoming: what arrives; current: what is here').choices(['incoming', 'current']))
    .option('--table <table>', 'only of this table, schema.table')
    .option('--row <row>', 'only of this row, as `waybill conflicts` names it')
    .option('--column <column>', 'only of this column')
    .option('--file <file>', 'a JSON list of {"table", "row", "column", "take"}; what is left out means all')
    .addHelpText(
      'after',
      `
Of several decisions that fit a conflict, the last one counts. Nothing is written before \`waybill apply\`.

Examples:
  waybill resolve 01K...
  waybill resolve 01K... --take current
  waybill resolve 01K... --table public.page --row home --column title --take incoming`,
    )
    .action(
      action<Options>((output, options, [id = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const resolutions = await resolutionsOf(client, id, options, output);
          if (resolutions.length === 0) {
            output.note('Nothing was decided.');
            return exitCode.done;
          }
          const { resolveConflicts } = await client.execute(resolveConflictsMutation, { input: { run: id, resolutions }, idempotencyKey: randomUUID() });
          const run = await readRun(client, accepted(resolveConflicts).runId, 1);
          const open = run.unresolvedConflicts;
          output.line(open === 0 ? 'Every conflict is decided.' : `${count(open)} ${open === 1 ? 'conflict is' : 'conflicts are'} open.`);
          output.note(output.dim(open === 0 ? `apply the plan with: waybill apply ${run.runId}` : `look at them with: waybill conflicts ${run.runId}`));
          output.json({ ok: true, runId: run.runId, resolutions, unresolved: open });
          return exitCode.done;
        }),
      ),
    );
};
