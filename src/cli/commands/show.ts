import { Option, type Command } from 'commander';
import type { Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { issuesShown, readRun, type RunDetails } from '../follow-run.ts';
import type { Verdict } from '../operations/generated/graphql.ts';
import { wholeNumber, type GlobalOptions } from '../options.ts';
import { shown, type Output } from '../output.ts';
import { aboutRun, printOutcome, runAsJson } from '../print-run.ts';
import { printRows, readRows, type RowPage } from '../run-rows.ts';
import { listedVerdict } from '../words.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly issues: number;
  readonly rows?: number;
  readonly table?: string;
  readonly verdict?: Verdict;
  readonly after?: string;
};

const showRows = async (client: Client, run: RunDetails, options: Options, output: Output): Promise<RowPage | undefined> => {
  const { rows: first, table, verdict, after } = options;
  if (first === undefined || first === 0) return undefined;
  const page = await readRows(client, run.runId, { first, table, verdict, after });
  output.line('');
  if (page.rows.length === 0) output.line('No such row is listed. Rows are listed for plans that waited, and for those with conflicts.');
  const same = `${table === undefined ? '' : ` --table ${table}`}${verdict === undefined ? '' : ` --verdict ${verdict.toLowerCase()}`}`;
  printRows(page, run.kind, `waybill show ${run.runId} --rows ${first}${same}`, output);
  return page;
};

export const registerShow = (program: Command): void => {
  program
    .command('show')
    .description('show one run: plan, verdicts, issues, events, outcome')
    .argument('<run>', 'the run')
    .option('--issues <number>', 'how many issues, at most 500', wholeNumber('--issues', 1), issuesShown)
    .option('--rows <number>', 'also so many rows of the plan, cell by cell', wholeNumber('--rows', 1))
    .option('--table <table>', 'with --rows: only of this table, schema.table')
    .addOption(new Option('--verdict <verdict>', 'with --rows: only with this verdict').choices(listedVerdict.all).argParser(listedVerdict.of))
    .option('--after <cursor>', 'with --rows: go on behind this one')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill show 01K...\n  waybill show 01K... --rows 100 --table public.page --verdict update\n  waybill show 01K... --issues 500 --json',
    )
    .action(
      action<Options>((output, options, [id = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const run = await readRun(client, id, Math.min(options.issues, 500));
          output.line(`${run.kind.toLowerCase()} ${aboutRun(run)}: ${run.state.toLowerCase()}, asked for by ${shown(run.actor)} through ${run.client}`);
          output.line('');
          for (const { node } of run.events.edges)
            output.line(output.dim(`${String(node.position).padStart(6)}  ${node.at.slice(0, 19).replace('T', ' ')}  ${node.type}  ${shown(node.actor)}`));
          output.line('');
          printOutcome(run, output);
          const page = await showRows(client, run, options, output);
          output.json({ ...runAsJson(run), ...(page === undefined ? {} : { rows: page.rows, hasMoreRows: page.hasMore, after: page.cursor }) });
        }),
      ),
    );
};
