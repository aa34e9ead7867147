import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { accepted, type Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { followRun, type RunDetails } from '../follow-run.ts';
import type { ImportInput } from '../operations/generated/graphql.ts';
import { applyPlanMutation, cancelRunMutation, importMutation, planMutation } from '../operations/requests.ts';
import type { Output } from '../output.ts';
import { exitCodeOfRun, printOutcome, printPlan, runAsJson } from '../print-run.ts';
import { addImportOptions, fileOf, uploadFile, type ImportOptions } from './import-options.ts';
import { action } from './run-command.ts';

type Options = ImportOptions & { readonly yes?: boolean };

export const registerImport = (program: Command): void => {
  addImportOptions(
    program.command('import').description('import an archive: new rows go in, rows that are there stay as they are').argument('<file>', 'the archive'),
  )
    .option('--yes', 'apply without asking')
    .addHelpText(
      'after',
      '\nOn a terminal the plan is shown and asked about; elsewhere --yes is needed.\nExit status: 0 done, 1 fault, 2 usage, 3 refused, 4 done with rejected rows.\n\nExamples:\n  waybill import shop.tar.zst --into staging\n  waybill import shop.tar.zst --into postgres://me@localhost/shop --yes --json\n  waybill import shop.tar.zst --into staging --on-error reject-rows --table public.customer --yes',
    )
    .action(
      action<Options>((output, options, args) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const input = await uploadFile(client, fileOf(args), options, output);
          const run = options.yes === true ? await importAtOnce(client, input, output) : await importAsked(client, input, output);
          if (run === undefined) return exitCode.done;
          return conclude(run, output);
        }),
      ),
    );
};

export const conclude = (run: RunDetails, output: Output): ExitCode => {
  printOutcome(run, output);
  output.json(runAsJson(run));
  return exitCodeOfRun(run);
};

const importAtOnce = async (client: Client, input: ImportInput, output: Output): Promise<RunDetails> => {
  const { import: answer } = await client.execute(importMutation, { input, idempotencyKey: randomUUID() });
  return followRun(client, accepted(answer).runId, output);
};

const importAsked = async (client: Client, input: ImportInput, output: Output): Promise<RunDetails | undefined> => {
  const { plan } = await client.execute(planMutation, { input, idempotencyKey: randomUUID() });
  const planned = await followRun(client, accepted(plan).runId, output);
  if (planned.state !== 'PLANNED') return planned;
  printPlan(planned, output);
  if (isDoomed(planned)) {
    await drop(client, planned);
    output.note(
      output.red('Nothing was written: with --on-error reject-all any issue refuses the whole import. Mend the rows, or take --on-error reject-rows.'),
    );
    return { ...planned, state: 'REFUSED', failure: { code: 'IMPORT_HAS_ISSUES', message: 'The plan has issues; nothing was written.', details: null } };
  }
  if (!output.isTerminal) {
    await drop(client, planned);
    throw new UsageError('Nobody is there to ask, so nothing was written. Give --yes to apply, or use `waybill plan` and `waybill apply`.');
  }
  if (!(await isWanted(planned))) {
    await drop(client, planned);
    output.note('Nothing was written.');
    return undefined;
  }
  const { applyPlan } = await client.execute(applyPlanMutation, {
    input: { run: planned.runId, planHash: planned.plan?.hash ?? null },
    idempotencyKey: randomUUID(),
  });
  return followRun(client, accepted(applyPlan).runId, output);
};

const isDoomed = (run: RunDetails): boolean => run.onError === 'REJECT_ALL' && (run.plan?.issues ?? []).length > 0;

const drop = async (client: Client, { runId }: RunDetails): Promise<void> => {
  await client.execute(cancelRunMutation, { input: { run: runId }, idempotencyKey: randomUUID() });
};

const isWanted = async (run: RunDetails): Promise<boolean> => {
  const { confirm, isCancel } = await import('@clack/prompts');
  const rows = run.tables.reduce((sum, { counts }) => sum + counts.insert, 0);
  const answer = await confirm({ message: `Insert ${rows} rows into ${run.databaseName}?`, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
};
