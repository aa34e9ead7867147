import { randomUUID } from 'node:crypto';
import { accepted } from './client.ts';
import { applyPlanned, check, ended, exportPlace, heading, type Content, type Stage } from './demo-stage.ts';
import { readRun, type RunDetails } from './follow-run.ts';
import { rowHistoryQuery, verifyDataQuery } from './operations/data.ts';
import { resolveConflictsMutation } from './operations/requests.ts';
import { comparisonSummary } from './print-comparison.ts';
import { touchLines } from './print-history.ts';
import { printOutcome, printPlan } from './print-run.ts';
import { requestImport, requestMerge, requestRollback } from './request-run.ts';
import { printPlanRows, readPlanRows } from './run-rows.ts';

/**
 * Two days of a platform with two copies: development takes production in, both go on, development comes home by a merge,
 * and that merge is taken back after production was edited once more.
 */
type TwoDays = {
  readonly createTables: (url: string) => Promise<void>;
  readonly runScript: (url: string, script: string) => Promise<string | undefined>;
  readonly developmentEdits: string;
  readonly productionEdits: string;
  readonly laterEdits: string;
  readonly conflicts: readonly string[];
  readonly decisions: readonly { readonly table?: string; readonly row?: string; readonly column?: string; readonly take: 'INCOMING' | 'CURRENT' }[];
  readonly combinedProject: string;
  readonly combined: string;
  readonly newPostIds: string;
  readonly expectedAfterMerge: (start: Content, development: Content, production: Content) => Content;
};

const rowsShown = 6;

export const playTwoDays = async (stage: Stage, exampleFolder: URL): Promise<{ readonly merged: RunDetails; readonly takenBack: RunDetails }> => {
  const days: TwoDays = await import(new URL('two-days.ts', exampleFolder).href);
  const { output, client } = stage;

  heading(output, 'Day one: production is exported, development takes it in');
  await stage.example.loadExample(stage.places.demo_production, { copy: 'first' });
  await days.createTables(stage.places.demo_development);
  const production = await exportPlace(stage, 'demo_production');
  const taken = requestImport(client, { upload: (await client.upload(production.file)).id, database: 'demo_development' });
  printOutcome(await ended(stage, await taken.atOnce(), 'COMPLETED'), output);
  const start = await stage.example.readContent(stage.places.demo_development);

  heading(output, 'Day two: both are edited; development is merged back (nothing is written yet)');
  await days.runScript(stage.places.demo_development, days.developmentEdits);
  await days.runScript(stage.places.demo_production, days.productionEdits);
  const before = await stage.example.readContent(stage.places.demo_production);
  const home = await exportPlace(stage, 'demo_development');
  const merge = requestMerge(client, { upload: (await client.upload(home.file)).id, database: 'demo_production', deletes: true });
  const planned = await ended(stage, await merge.plan(), 'PLANNED');
  printPlan(planned, output);
  const rows = await readPlanRows(client, planned.runId, rowsShown);
  printPlanRows(rows, planned, output);
  check(
    stage,
    'every conflict is listed',
    differing(
      days.conflicts.join(', '),
      rows.conflicts.rows
        .map(({ row }) => row)
        .toSorted()
        .join(', '),
    ),
  );

  heading(output, 'One conflict is decided by hand, for the rest production stays; then the plan is applied');
  const { resolveConflicts } = await client.execute(resolveConflictsMutation, {
    input: { run: planned.runId, resolutions: days.decisions },
    idempotencyKey: randomUUID(),
  });
  const merged = await applyPlanned(stage, await readRun(client, accepted(resolveConflicts).runId));
  printOutcome(merged, output);
  await checkMerged(stage, days, days.expectedAfterMerge(start, await stage.example.readContent(stage.places.demo_development), before));

  heading(output, 'Production is edited once more, and then the merge is taken back');
  await days.runScript(stage.places.demo_production, days.laterEdits);
  const rollback = requestRollback(client, { run: merged.runId });
  const takenBack = await ended(stage, await rollback.atOnce(), 'COMPLETED');
  printOutcome(takenBack, output);
  await checkTakenBack(stage, days);
  return { merged: await readRun(client, merged.runId), takenBack };
};

const differing = (expected: string | undefined, found: string | undefined): readonly string[] =>
  expected === found ? [] : [`expected ${expected ?? 'nothing'}, found ${found ?? 'nothing'}`];

const checkMerged = async (stage: Stage, days: TwoDays, expected: Content): Promise<void> => {
  const { demo_production: url } = stage.places;
  const project = (await days.runScript(url, days.combinedProject)) ?? '';
  const [key = ''] = project.split(': ');
  const differences = stage.example.contentDifferences(expected, await stage.example.readContent(url)).filter((line) => !line.startsWith(`projects ${key}:`));
  check(stage, 'no edit of production is lost, nothing that it deleted returns, and all else is as development has it', differences);
  check(stage, 'a row that both changed in different cells has both', differing(`${key}: ${days.combined}`, project));
  const ids = (await days.runScript(url, days.newPostIds)) ?? '';
  check(stage, 'rows to which both gave the same id did not mix', ids.split(' ').length === 2 ? [] : [`ids ${ids}`]);
};

const checkTakenBack = async (stage: Stage, days: TwoDays): Promise<void> => {
  const { output, client, example, places } = stage;
  await example.loadExample(places.demo_never_merged, { copy: 'first' });
  await days.runScript(places.demo_never_merged, days.productionEdits);
  await days.runScript(places.demo_never_merged, days.laterEdits);
  const [never, back] = [await example.readContent(places.demo_never_merged), await example.readContent(places.demo_production)];
  check(stage, 'production is as if it had never been merged, and the later edits stay', example.contentDifferences(never, back));
  const { verifyData } = await client.execute(verifyDataQuery, {
    a: 'demo_production',
    b: 'demo_never_merged',
    tables: null,
    asideColumns: null,
    differences: 3,
  });
  check(stage, `so says \`waybill verify data\` too: ${comparisonSummary(verifyData)}`, verifyData.equal ? [] : [comparisonSummary(verifyData)]);

  heading(output, 'What became of one row (waybill history)');
  const asked = { database: 'demo_production', table: 'public.posts', key: ['post_0001'], first: 5, after: null };
  const { rowHistory } = await client.execute(rowHistoryQuery, asked);
  rowHistory.edges.flatMap(({ node }) => touchLines(node, output)).forEach(output.line);
};
