import { Option, type Command } from 'commander';
import type { Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { eventsQuery, eventsSubscription } from '../operations/log.ts';
import type { EventFilter, EventLineFragment, EventType, RunKind, RunState } from '../operations/generated/graphql.ts';
import { collect, wholeNumber, type GlobalOptions } from '../options.ts';
import { shown, type Output } from '../output.ts';
import { resubscribe } from '../resubscribe.ts';
import { runKind, runState } from '../words.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & {
  readonly follow?: boolean;
  readonly after?: number;
  readonly limit: number;
  readonly run?: string;
  readonly actor?: string;
  readonly type?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly table?: string;
  readonly kind?: RunKind;
  readonly state?: readonly RunState[];
  readonly database?: string;
};

const filterOf = (options: Options): EventFilter => ({
  ...(options.run === undefined ? {} : { run: options.run }),
  ...(options.actor === undefined ? {} : { actor: options.actor }),
  ...(options.type === undefined ? {} : { types: options.type as readonly EventType[] }),
  ...(options.table === undefined ? {} : { table: options.table }),
  ...(options.kind === undefined ? {} : { kind: options.kind }),
  ...(options.state === undefined ? {} : { states: options.state }),
  ...(options.database === undefined ? {} : { database: options.database }),
});

/** What tells events of a kind apart; of a list its length. */
const telling = [
  'fileName',
  'name',
  'database',
  'of',
  'run',
  'file',
  'attempt',
  'code',
  'reason',
  'rejected',
  'seconds',
  'phase',
  'resolutions',
  'runs',
  'lostRuns',
  'rolledBack',
];

const summary = (data: unknown): string => {
  if (typeof data !== 'object' || data === null) return '';
  const facts = telling.flatMap((name) => {
    const value = (data as Record<string, unknown>)[name];
    if (Array.isArray(value)) return [`${name}=${value.length}`];
    return typeof value === 'string' || typeof value === 'number' ? [`${name}=${shown(String(value))}`] : [];
  });
  return facts.join(' ');
};

const printEvent = (event: EventLineFragment, output: Output): void => {
  output.line(
    `${String(event.position).padStart(6)}  ${event.at.slice(0, 19).replace('T', ' ')}  ${event.stream}  ${event.type.padEnd(18)}  ${shown(event.actor)}  ${output.dim(summary(event.data))}`,
  );
};

/** One object a line when followed as JSON, since there is no end. */
const follow = async (client: Client, after: number | undefined, options: Options, output: Output): Promise<void> => {
  const left = new AbortController();
  process.once('SIGINT', () => left.abort());
  let seen = after ?? null;
  const subscribe = () => client.subscribe(eventsSubscription, { after: seen, filter: filterOf(options) }, left.signal);
  for await (const { events } of resubscribe(subscribe, output)) {
    seen = events.position;
    if (output.isJson) output.json(events);
    else printEvent(events, output);
  }
};

export const registerLog = (program: Command): void => {
  program
    .command('log')
    .description('print the log')
    .option('--follow', 'stay and print each event as it happens')
    .option('--after <position>', 'from after this position; default: the last --limit events', wholeNumber('--after'))
    .option('--limit <number>', 'how many, at most 500', wholeNumber('--limit', 1), 50)
    .option('--run <run>', 'only of this run')
    .option('--actor <name>', 'only by this actor')
    .option('--type <type>', 'only of this type, such as RunCompleted; repeat for more', collect)
    .option('--table <table>', 'only of runs that touched this table, schema.table')
    .addOption(new Option('--kind <kind>', 'only of runs of this kind').choices(runKind.all).argParser(runKind.of))
    .addOption(
      new Option('--state <state>', 'only of runs that are in this state now; repeat for more')
        .choices(runState.all)
        .argParser((word: string, before: readonly RunState[] | undefined) => [...(before ?? []), runState.of(word)]),
    )
    .option('--database <name>', 'only of runs from or into this database')
    .option('--since <time>', 'only since then, as 2026-11-21T09:00:00Z')
    .option('--until <time>', 'only before then')
    .addHelpText('after', '\nExamples:\n  waybill log\n  waybill log --follow --after 120\n  waybill log --run 01K... --json')
    .action(
      action<Options>((output, options) =>
        withClient(options, { worker: false }, async (client) => {
          const isTail = options.after === undefined;
          const { events } = await client.execute(eventsQuery, {
            first: options.limit,
            ...(options.after === undefined ? {} : { after: String(options.after) }),
            newestFirst: isTail,
            filter: filterOf(options),
            ...(options.since === undefined ? {} : { since: options.since }),
            ...(options.until === undefined ? {} : { until: options.until }),
          });
          const found = events.edges.map(({ node }) => node);
          if (isTail) found.reverse();
          if (options.follow !== true) {
            found.forEach((event) => printEvent(event, output));
            output.json({ events: found, hasMore: events.pageInfo.hasNextPage });
            return;
          }
          // From the last one printed on, so that nothing between the page and the subscription is missed.
          if (isTail) found.forEach((event) => (output.isJson ? output.json(event) : printEvent(event, output)));
          await follow(client, isTail ? (found.at(-1)?.position ?? 0) : options.after, options, output);
        }),
      ),
    );
};
