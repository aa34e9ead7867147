import { Option, type Command } from 'commander';
import { withClient } from '../connect.ts';
import type { RunState } from '../operations/generated/graphql.ts';
import { runsQuery } from '../operations/runs.ts';
import { wholeNumber, type GlobalOptions } from '../options.ts';
import { table } from '../output.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly limit: number;
  readonly state?: string;
  readonly database?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly table?: string;
  readonly since?: string;
  readonly until?: string;
};

const states: readonly RunState[] = ['REQUESTED', 'RUNNING', 'PLANNED', 'APPROVED', 'COMPLETED', 'REFUSED', 'FAILED', 'CANCELLED'];

const filterOf = (options: Options) => {
  const state = states.find((each) => each.toLowerCase() === options.state);
  return {
    ...(state === undefined ? {} : { states: [state] }),
    ...(options.kind === undefined ? {} : { kind: options.kind === 'export' ? ('EXPORT' as const) : ('IMPORT' as const) }),
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
    ...(options.table === undefined ? {} : { table: options.table }),
    ...(options.since === undefined ? {} : { since: options.since }),
    ...(options.until === undefined ? {} : { until: options.until }),
  };
};

export const registerRuns = (program: Command): void => {
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--limit <number>', 'how many', wholeNumber('--limit', 1), 20)
    .addOption(new Option('--state <state>', 'only in this state').choices(states.map((state) => state.toLowerCase())))
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(['export', 'import']))
    .option('--database <name>', 'only from or into this database')
    .option('--actor <name>', 'only asked for by this actor')
    .option('--table <table>', 'only those that touched this table, schema.table')
    .option('--since <time>', 'only asked for since then, as 2026-11-21T09:00:00Z')
    .option('--until <time>', 'only asked for before then')
    .addHelpText('after', '\nExamples:\n  waybill runs\n  waybill runs --state planned --json')
    .action(
      action<Options>((output, options) =>
        withClient(options, { worker: false }, async (client) => {
          const { runs } = await client.execute(runsQuery, { first: options.limit, filter: filterOf(options) });
          const found = runs.edges.map(({ node }) => node);
          const rows = found.map((run) => [
            run.runId,
            run.kind.toLowerCase(),
            run.state.toLowerCase(),
            run.databaseName,
            run.fileName ?? '',
            run.actor,
            run.requestedAt.slice(0, 19).replace('T', ' '),
            run.failure?.code ?? '',
          ]);
          if (found.length === 0) output.note('There are no runs yet.');
          else table(['run', 'kind', 'state', 'database', 'file', 'actor', 'requested', ''], rows).forEach(output.line);
          output.json({ runs: found, hasMore: runs.pageInfo.hasNextPage });
        }),
      ),
    );
};
