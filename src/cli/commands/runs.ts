import { Option, type Command } from 'commander';
import { auditHead, auditLines } from '../audit-csv.ts';
import type { Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { UsageError } from '../exit.ts';
import type { AuditQuery, RunFilter, RunKind, RunState, RunsQuery } from '../operations/generated/graphql.ts';
import { auditQuery, runsQuery } from '../operations/runs.ts';
import { wholeNumber, type GlobalOptions } from '../options.ts';
import { table, type Output } from '../output.ts';
import { runKind, runState } from '../words.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly limit?: number;
  readonly state?: readonly RunState[];
  readonly database?: string;
  readonly kind?: RunKind;
  readonly actor?: string;
  readonly table?: string;
  readonly since?: string;
  readonly until?: string;
  readonly csv?: boolean;
};

const filterOf = (options: Options): RunFilter => ({
  ...(options.state === undefined ? {} : { states: options.state }),
  ...(options.kind === undefined ? {} : { kind: options.kind }),
  ...(options.database === undefined ? {} : { database: options.database }),
  ...(options.actor === undefined ? {} : { actor: options.actor }),
  ...(options.table === undefined ? {} : { table: options.table }),
  ...(options.since === undefined ? {} : { since: options.since }),
  ...(options.until === undefined ? {} : { until: options.until }),
});

type Listed = RunsQuery['runs']['edges'][number]['node'];

/** What a completed run did may not be there any more. */
const fateOf = ({ state, lost, rolledBackBy }: Listed): string => {
  if (lost) return 'lost';
  return rolledBackBy === null ? state.toLowerCase() : 'taken back';
};

const listRuns = async (client: Client, options: Options, output: Output): Promise<void> => {
  const { runs } = await client.execute(runsQuery, { first: options.limit ?? 20, filter: filterOf(options) });
  const found = runs.edges.map(({ node }) => node);
  const rows = found.map((run) => [
    run.runId,
    run.kind.toLowerCase(),
    fateOf(run),
    run.databaseName,
    run.rolledBack === null ? (run.fileName ?? '') : `run ${run.rolledBack.runId}`,
    run.actor,
    run.requestedAt.slice(0, 19).replace('T', ' '),
    run.failure?.code ?? '',
  ]);
  if (found.length === 0) output.note('There are no such runs yet.');
  else table(['run', 'kind', 'state', 'database', 'file or run', 'actor', 'requested', ''], rows).forEach(output.line);
  output.json({ runs: found, hasMore: runs.pageInfo.hasNextPage });
};

/** As many runs as one answer may cost. */
const auditPage = 50;

/** All of them, however many: a page at a time. */
const writeAudit = async (client: Client, options: Options): Promise<void> => {
  process.stdout.write(auditHead());
  let after: string | null = null;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const page: AuditQuery = await client.execute(auditQuery, { first: Math.min(auditPage, left), after, filter: filterOf(options) });
    const { runs } = page;
    process.stdout.write(auditLines(runs.edges.map(({ node }) => node)));
    left -= runs.edges.length;
    if (!runs.pageInfo.hasNextPage || runs.edges.length === 0) return;
    after = runs.pageInfo.endCursor;
  }
};

export const registerRuns = (program: Command): void => {
  program
    .command('runs')
    .description('list runs, newest first; or as CSV: who moved what, when, into which table')
    .option('--limit <number>', 'how many; default: 20, with --csv all', wholeNumber('--limit', 1))
    .addOption(
      new Option('--state <state>', 'only in this state; repeat for more')
        .choices(runState.all)
        .argParser((word: string, before: readonly RunState[] | undefined) => [...(before ?? []), runState.of(word)]),
    )
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(runKind.all).argParser(runKind.of))
    .option('--database <name>', 'only from or into this database')
    .option('--actor <name>', 'only asked for by this actor')
    .option('--table <table>', 'only those that touched this table, schema.table')
    .option('--since <time>', 'only asked for since then, as 2026-11-21T09:00:00Z')
    .option('--until <time>', 'only asked for before then')
    .option('--csv', 'print CSV: one line for each run and table, with what became of its rows')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill runs\n  waybill runs --state planned --json\n  waybill runs --kind merge --table public.page --since 2026-11-01T00:00:00Z\n  waybill runs --csv > audit.csv',
    )
    .action(
      action<Options>((output, options) => {
        if (options.csv === true && output.isJson) throw new UsageError('Give --csv or --json, not both.');
        return withClient(options, { worker: false }, (client) => (options.csv === true ? writeAudit(client, options) : listRuns(client, options, output)));
      }),
    );
};
