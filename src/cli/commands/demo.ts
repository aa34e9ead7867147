import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { Command } from 'commander';
import { Refusal } from '../../domain/refusal.ts';
import type { Config } from '../../infra/config.ts';
import { openSession } from '../../infra/postgres/session.ts';
import { sql } from '../../infra/postgres/sql.ts';
import { applyPlanned, check, ended, exportPlace, heading, places as placeNames, type Example, type Exported, type Places, type Stage } from '../demo-stage.ts';
import { playTwoDays } from '../demo-two-days.ts';
import { exitCode, type ExitCode } from '../exit.ts';
import type { RunDetails } from '../follow-run.ts';
import { quietly, readSettings, type GlobalOptions } from '../options.ts';
import { count, duration, shown, type Output } from '../output.ts';
import { printOutcome, printPlan, printTables } from '../print-run.ts';
import { requestImport } from '../request-run.ts';
import { action } from './run-command.ts';

/**
 * The main jobs on the example, in an embedded PostgreSQL: export one copy, import it into another that holds half of the
 * rows under other ids, and check that every reference found its row; then the two days of production and development.
 * The databases are made anew each time.
 */
export const registerDemo = (program: Command): void => {
  program
    .command('demo')
    .description('carry the example between embedded databases, merge it back, take the merge back, and check each result')
    .action(action<GlobalOptions>(runDemo));
};

const exampleFolder = new URL('../../../examples/crearis/', import.meta.url);

const readExample = async (): Promise<Example> => {
  if (!existsSync(exampleFolder))
    throw new Refusal('EXAMPLE_MISSING', 'The example is not part of an installed Waybill. Run the demo in a checkout: npm run demo.');
  const [load, content] = await Promise.all(['load.ts', 'content.ts'].map((name) => import(new URL(name, exampleFolder).href)));
  return { ...load, ...content };
};

const runDemo = async (output: Output, options: GlobalOptions): Promise<ExitCode> => {
  const began = performance.now();
  const [example, settings, { startEmbedded }, { openInProcess }] = await Promise.all([
    readExample(),
    readSettings(options),
    import('../../infra/postgres/embedded.ts'),
    import('../in-process.ts'),
  ]);
  const config = quietly(settings);
  output.note(output.dim(`Starting an embedded PostgreSQL in ${config.dataDir}`));
  const embedded = await startEmbedded({ dataDir: config.dataDir, ...(config.embeddedPort === undefined ? {} : { port: config.embeddedPort }) });
  try {
    const places = await createPlaces(embedded.url);
    const client = await openInProcess(withDatabases(config, places), { worker: true });
    try {
      const stage: Stage = { output, example, config, client, places };
      const carried = await carry(stage);
      const days = await playTwoDays(stage, exampleFolder);
      lookFurther(output, { ...carried, ...days });
      output.line('');
      output.line(`Done in ${duration((performance.now() - began) / 1000)}.`);
      return exitCode.done;
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
    for (const name of placeNames) {
      await session.run(sql`drop database if exists ${sql.id(name)} with (force)`);
      await session.run(sql`create database ${sql.id(name)}`);
    }
  } finally {
    await session.close();
  }
  const urlOf = (name: string): string => Object.assign(new URL(clusterUrl), { pathname: `/${name}` }).href;
  return {
    demo_first: urlOf('demo_first'),
    demo_second: urlOf('demo_second'),
    demo_production: urlOf('demo_production'),
    demo_development: urlOf('demo_development'),
    demo_never_merged: urlOf('demo_never_merged'),
  };
};

const withDatabases = (config: Config, places: Places): Config => ({
  ...config,
  databases: { ...config.databases, ...Object.fromEntries(Object.entries(places).map(([name, url]) => [name, { url, tables: {} }])) },
});

type Carried = { readonly exported: Exported; readonly imported: RunDetails };

const carry = async (stage: Stage): Promise<Carried> => {
  const { output, example, client, places } = stage;
  heading(output, 'Two databases');
  const [first, second] = [await example.loadExample(places.demo_first, { copy: 'first' }), await example.loadExample(places.demo_second, { copy: 'second' })];
  output.line(`demo_first   ${count(first)} rows: people, projects and events in 17 tables`);
  output.line(`demo_second  ${count(second)} rows: half of the same under other ids, some edited, and some of its own`);
  const [incoming, before] = await Promise.all([example.readContent(places.demo_first), example.readContent(places.demo_second)]);

  heading(output, 'Export demo_first');
  const exported = await exportPlace(stage, 'demo_first');
  const { file, bytes, seconds } = exported;
  output.line(`${relative(process.cwd(), file)}: ${count(first)} rows, ${count(bytes)} bytes, ${duration(seconds)}`);

  heading(output, 'Plan its import into demo_second (nothing is written yet)');
  const input = { upload: (await client.upload(file)).id, database: 'demo_second' };
  const request = requestImport(client, input);
  const planned = await ended(stage, await request.plan(), 'PLANNED');
  printPlan(planned, output);

  heading(output, 'Apply exactly this plan, in one transaction');
  const imported = await applyPlanned(stage, planned);
  printOutcome(imported, output);

  heading(output, 'Check');
  const expected = example.expectedAfterImport(incoming, before);
  check(
    stage,
    'every reference points to the right row by key; rows that were there are untouched',
    example.contentDifferences(expected, await example.readContent(places.demo_second)),
  );
  check(stage, 'demo_first is as it was', example.contentDifferences(incoming, await example.readContent(places.demo_first)));
  const again = await ended(stage, await request.atOnce(), 'COMPLETED');
  check(stage, 'the same import again changes nothing', example.contentDifferences(expected, await example.readContent(places.demo_second)));
  if (again.tables.some(({ counts }) => counts.insert > 0)) printTables(again, output);
  return { exported, imported };
};

type Found = Carried & { readonly merged: RunDetails; readonly takenBack: RunDetails };

const lookFurther = (output: Output, { exported, imported, merged, takenBack }: Found): void => {
  const waybill = 'npm run -s waybill --';
  heading(output, 'Look further');
  const lines: readonly (readonly [command: string, about: string])[] = [
    ['runs', 'every run, newest first'],
    [`show ${imported.runId}`, 'the import: tables, verdicts, events'],
    [`show ${exported.run.runId}`, 'the export'],
    [`show ${merged.runId} --rows 20`, 'the merge, and what it changed row by row'],
    [`conflicts ${merged.runId}`, 'what both sides had changed, and what was decided'],
    [`show ${takenBack.runId}`, 'how it was taken back'],
    ['runs --csv', 'who moved what, when, into which table'],
    ['log', 'what happened, event by event'],
    ['verify log', 'that nobody changed the log'],
    [`verify archive ${shown(relative(process.cwd(), exported.file))}`, 'that the archive is whole'],
    ['serve', 'the same over GraphQL, with GraphiQL in the browser'],
  ];
  const width = Math.max(...lines.map(([command]) => command.length));
  for (const [command, about] of lines) output.line(`${waybill} ${command.padEnd(width)}  ${output.dim(about)}`);
};
