import { Option, type Command } from 'commander';
import type { Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError } from '../exit.ts';
import { followRun } from '../follow-run.ts';
import type { Output } from '../output.ts';
import { runAsJson } from '../print-run.ts';
import { requestImport, requestMerge, requestReplace, requestRollback } from '../request-run.ts';
import { conclude, conflictHint, showPlan, type Request } from '../write-run.ts';
import { addFileOptions, addRows, into, uploadFile } from './import-options.ts';
import { addMergeOptions, mergeInput, type MergeOptions } from './merge-options.ts';
import { rollbackInput, usualPolicy, type RollbackWord } from './rollback.ts';
import { action } from './run-command.ts';

const modes = ['import', 'merge', 'replace', 'rollback'] as const;
type Options = MergeOptions & { readonly mode: (typeof modes)[number]; readonly rows: number };

const requestOf = async (client: Client, what: string, options: Options, output: Output): Promise<Request> => {
  if (options.mode === 'rollback') return requestRollback(client, rollbackInput(what, { ...options, onConflict: rollbackPolicy(options) }));
  if (typeof options.into !== 'string') throw new UsageError('Name the target with --into.');
  if (options.mode === 'merge') return requestMerge(client, await mergeInput(client, what, options, output));
  const input = await uploadFile(client, what, options, output);
  if (options.mode === 'import') return requestImport(client, input);
  return requestReplace(client, { ...input, ...(options.maxDeletes === undefined ? {} : { maxDeletes: options.maxDeletes }) });
};

const rollbackPolicy = ({ onConflict = usualPolicy }: Options): RollbackWord => {
  if (onConflict === 'fail' || onConflict === 'incoming' || onConflict === 'current') return onConflict;
  throw new UsageError('A rollback knows no newer side: --on-conflict is fail, incoming or current.');
};

export const registerPlan = (program: Command): void => {
  const command = program
    .command('plan')
    .description('plan a run, write nothing, and let the plan wait for `waybill apply`')
    .argument('<file-or-run>', 'the archive; with --mode rollback the run that is taken back')
    .option('--into <database>', into);
  addFileOptions(command);
  addMergeOptions(command);
  addRows(command)
    .addOption(new Option('--mode <mode>', 'what kind of run').choices(modes).default('import'))
    .addHelpText(
      'after',
      `
Examples:
  waybill plan shop.tar.zst --into staging
  waybill plan dev.tar.zst --into production --mode merge --deletes
  waybill plan 01K... --mode rollback
  waybill apply 01K...            apply exactly that plan, or be refused
  waybill cancel 01K...           drop it`,
    )
    .action(
      action<Options>((output, options, [what = '']) =>
        withClient(options, { worker: true, identity: options.identity }, async (client) => {
          const request = await requestOf(client, what, options, output);
          const run = await followRun(client, await request.plan(), output);
          if (run.state !== 'PLANNED') return conclude(run, output);
          const rows = await showPlan({ client, output, isAgreed: false, rows: options.rows }, run);
          output.json({ ...runAsJson(run), ...rows });
          output.note(output.dim(run.unresolvedConflicts > 0 ? conflictHint(run) : `apply it with: waybill apply ${run.runId}`));
          return exitCode.done;
        }),
      ),
    );
};
