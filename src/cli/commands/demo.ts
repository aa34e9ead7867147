import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Defect, Refusal } from '../../domain/refusal.ts';
import type { Config } from '../../infra/config.ts';
import { openSession } from '../../infra/postgres/session.ts';
import { sql } from '../../infra/postgres/sql.ts';
import { accepted, type Client } from '../client.ts';
import { exitCode, type ExitCode } from '../exit.ts';
import { followRun, type RunDetails } from '../follow-run.ts';
import { applyPlanMutation, exportMutation, importMutation, planMutation } from '../operations/requests.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import { count, duration, shown, type Output } from '../output.ts';
import { printOutcome, printPlan, printTables } from '../print-run.ts';
import { action } from './run-command.ts';

/**
 * The main job on the example, in an embedded PostgreSQL: export one copy, import it into another that holds half of the
 * rows under other ids, and check that every reference found its row. Both databases are made anew each time.
 */
export const registerDemo = (program: Command): void => {
  program.command('demo').description('carry the example from one embedded database into another and check the result').action(action<GlobalOptions>(runDemo));
};

/** The example lies beside the sources and is no part of the built package. */
type Content = ReadonlyMap<string, ReadonlyMap<string, string>>;
type Example = {
  readonly loadExample: (url: string, options: { readonly copy: 'first' | 'second' }) => Promise<number>;
  readonly readContent: (url: string) => Promise<Content>;
  readonly expectedAfterImport: (incoming: Content, before: Content) => Content;
  readonly contentDifferences: (expected: Content, actual: Content) => readonly string[];
};

const exampleFolder = new URL('../../../examples/crearis/', import.meta.url);

const readExample = async (): Promise<Example> => {
  if (!existsSync(exampleFolder))
    throw new Refusal('EXAMPLE_MISSING', 'The example is not part of an installed Waybill. Run the demo in a checkout: npm run demo.');
  const [load, content] = await Promise.all(['load.ts', 'content.ts'].map((name) => import(new URL(name, exampleFolder).href)));
  return { ...load, ...content };
};

const names = ['demo_first', 'demo_second'] as const;
type Places = Readonly<Record<(typeof names)[number], string>>;

const runDemo = async (output: Output, options: GlobalOptions): Promise<ExitCode> => {
  const began = performance.now();
  const [example, { config }, { startEmbedded }, { openInProcess }] = await Promise.all([
    readExample(),
    readSettings(options),
    import('../../infra/postgres/embedded.ts'),
    import('../in-process.ts'),
  ]);
  output.note(output.dim(`Starting an embedded PostgreSQL in ${config.dataDir}`));
  const embedded = await startEmbedded({ dataDir: config.dataDir, ...(config.embeddedPort === undefined ? {} : { port: config.embeddedPort }) });
  try {
    const places = await createPlaces(embedded.url);
    const client = await openInProcess(withDatabases(config, places), { worker: true });
    try {
      return await carry({ output, example, config, client, places, began });
    } finally {
      await client.close();
    }
  } finally {
    await embedded.stop();
  }
};

const createPlaces = async (clusterUrl: string): Promise<Places> => {
  const session = await openSession(clusterUrl, { purpose: 'demo' });
  try {
    for (const name of names) {
      await session.run(sql`drop database if exists ${sql.id(name)} with (force)`);
      await session.run(sql`create database ${sql.id(name)}`);
    }
  } finally {
    await session.close();
  }
  const urlOf = (name: string): string => Object.assign(new URL(clusterUrl), { pathname: `/${name}` }).href;
  return { demo_first: urlOf('demo_first'), demo_second: urlOf('demo_second') };
};

const withDatabases = (config: Config, places: Places): Config => ({
  ...config,
  databases: { ...config.databases, ...Object.fromEntries(Object.entries(places).map(([name, url]) => [name, { url, tables: {} }])) },
});

type Stage = {
  readonly output: Output;
  readonly example: Example;
  readonly config: Config;
  readonly client: Client;
  readonly places: Places;
  readonly began: number;
};

const carry = async (stage: Stage): Promise<ExitCode> => {
  const { output, example, client, places } = stage;
  heading(output, 'Two databases');
  const [first, second] = [await example.loadExample(places.demo_first, { copy: 'first' }), await example.loadExample(places.demo_second, { copy: 'second' })];
  output.line(`demo_first   ${count(first)} rows: people, projects and events in 17 tables`);
  output.line(`demo_second  ${count(second)} rows: half of the same under other ids, some edited, and some of its own`);
  const [incoming, before] = await Promise.all([example.readContent(places.demo_first), example.readContent(places.demo_second)]);

  heading(output, 'Export demo_first');
  const { export: asked } = await client.execute(exportMutation, {
    input: { database: 'demo_first', compression: 'ZSTD', recipients: [] },
    idempotencyKey: randomUUID(),
  });
  const exported = await ended(stage, accepted(asked).runId, 'COMPLETED');
  if (exported.result?.__typename !== 'ExportResult') throw new Defect('The export has no result');
  const { archive, seconds } = exported.result;
  const file = fileURLToPath(new URL(exported.result.file, `file://${stage.config.backupDir}/`));
  output.line(`${relative(process.cwd(), file)}: ${count(first)} rows, ${count(archive.bytes)} bytes, ${duration(seconds)}`);

  heading(output, 'Plan its import into demo_second (nothing is written yet)');
  const input = { upload: (await client.upload(file)).id, database: 'demo_second' };
  const { plan } = await client.execute(planMutation, { input, idempotencyKey: randomUUID() });
  const planned = await ended(stage, accepted(plan).runId, 'PLANNED');
  printPlan(planned, output);

  heading(output, 'Apply exactly this plan, in one transaction');
  const { applyPlan } = await client.execute(applyPlanMutation, {
    input: { run: planned.runId, planHash: planned.plan?.hash ?? null },
    idempotencyKey: randomUUID(),
  });
  const imported = await ended(stage, accepted(applyPlan).runId, 'COMPLETED');
  printOutcome(imported, output);

  heading(output, 'Check');
  const expected = example.expectedAfterImport(incoming, before);
  check(
    stage,
    'every reference points to the right row by key; rows that were there are untouched',
    example.contentDifferences(expected, await example.readContent(places.demo_second)),
  );
  check(stage, 'demo_first is as it was', example.contentDifferences(incoming, await example.readContent(places.demo_first)));
  const { import: again } = await client.execute(importMutation, { input, idempotencyKey: randomUUID() });
  const second2 = await ended(stage, accepted(again).runId, 'COMPLETED');
  check(stage, 'the same import again changes nothing', example.contentDifferences(expected, await example.readContent(places.demo_second)));
  if (second2.tables.some(({ counts }) => counts.insert > 0)) printTables(second2, output);
  lookFurther(stage, { exported, imported, file });
  return exitCode.done;
};

const heading = (output: Output, text: string): void => {
  output.line('');
  output.line(output.bold(text));
};

const ended = async ({ client, output }: Stage, runId: string, wanted: RunDetails['state']): Promise<RunDetails> => {
  const run = await followRun(client, runId, output);
  if (run.state === wanted) return run;
  printOutcome(run, output);
  throw new Defect(`Run ${runId} ended ${run.state.toLowerCase()}: ${run.failure?.message ?? ''}`);
};

const check = ({ output }: Stage, what: string, differences: readonly string[]): void => {
  if (differences.length === 0) return output.line(`ok  ${what}`);
  for (const difference of differences.slice(0, 10)) output.line(`    ${shown(difference)}`);
  throw new Defect(`Not so: ${what}; ${differences.length} differences`);
};

const lookFurther = (
  { output, began }: Stage,
  { exported, imported, file }: { readonly exported: RunDetails; readonly imported: RunDetails; readonly file: string },
): void => {
  const waybill = 'npm run -s waybill --';
  heading(output, 'Look further');
  const lines: readonly (readonly [command: string, about: string])[] = [
    ['runs', 'every run, newest first'],
    [`show ${imported.runId}`, 'the import: tables, verdicts, events'],
    [`show ${exported.runId}`, 'the export'],
    ['log', 'what happened, event by event'],
    ['verify log', 'that nobody changed the log'],
    [`verify archive ${shown(relative(process.cwd(), file))}`, 'that the archive is whole'],
    ['serve', 'the same over GraphQL, with GraphiQL in the browser'],
  ];
  const width = Math.max(...lines.map(([command]) => command.length));
  for (const [command, about] of lines) output.line(`${waybill} ${command.padEnd(width)}  ${output.dim(about)}`);
  output.line('');
  output.line(`Done in ${duration((performance.now() - began) / 1000)}.`);
};
