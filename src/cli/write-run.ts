import { randomUUID } from 'node:crypto';
import type { Client } from './client.ts';
import { accepted } from './client.ts';
import { exitCode, UsageError, type ExitCode } from './exit.ts';
import { followRun, type RunDetails } from './follow-run.ts';
import { applyPlanMutation, cancelRunMutation } from './operations/requests.ts';
import type { Output } from './output.ts';
import { exitCodeOfRun, printOutcome, printPlan, runAsJson, totalOf } from './print-run.ts';
import type { DiffRow } from './row-diff.ts';
import { printPlanRows, readPlanRows } from './run-rows.ts';

/** What every command that writes a database does with its run: shows the plan, asks, applies, says what became of it. */
export type Asking = {
  readonly client: Client;
  readonly output: Output;
  /** Somebody said yes before the plan was made. */
  readonly isAgreed: boolean;
  /** How many rows of the plan are shown. */
  readonly rows: number;
};

/** The two ways to ask for the same run; each gives its id. */
export type Request = { readonly atOnce: () => Promise<string>; readonly plan: () => Promise<string> };

export const carryOut = async (asking: Asking, request: Request): Promise<ExitCode> => {
  const { client, output, isAgreed } = asking;
  if (!isAgreed) return carryOutAsked(asking, request);
  const run = await followRun(client, await request.atOnce(), output);
  return run.state === 'PLANNED' ? leaveWaiting(asking, run) : conclude(run, output);
};

export const conclude = (run: RunDetails, output: Output): ExitCode => {
  printOutcome(run, output);
  output.json(runAsJson(run));
  return exitCodeOfRun(run);
};

const carryOutAsked = async (asking: Asking, request: Request): Promise<ExitCode> => {
  const { client, output } = asking;
  const run = await followRun(client, await request.plan(), output);
  if (run.state !== 'PLANNED') return conclude(run, output);
  if (isDoomed(run)) return conclude(await refuseDoomed(asking, run), output);
  if (!output.isTerminal) {
    printPlan(run, output);
    await drop(client, run);
    throw new UsageError('Nobody is there to ask, so nothing was written. Give --yes to apply, or use `waybill plan` and `waybill apply`.');
  }
  if (hasConflicts(run)) return leaveWaiting(asking, run);
  await showPlan(asking, run);
  if (!(await isWanted(run))) {
    await drop(client, run);
    output.note('Nothing was written.');
    return exitCode.done;
  }
  const { applyPlan } = await client.execute(applyPlanMutation, {
    input: { run: run.runId, planHash: run.plan?.hash ?? null },
    idempotencyKey: randomUUID(),
  });
  return conclude(await followRun(client, accepted(applyPlan).runId, output, run.attempt), output);
};

type ShownRows = { readonly conflicts: readonly DiffRow[]; readonly rows: readonly DiffRow[] };

/** The plan with its rows, and what can be done with it. */
export const showPlan = async ({ client, output, rows }: Asking, run: RunDetails): Promise<ShownRows> => {
  const shown = await readPlanRows(client, run.runId, rows);
  printPlan(run, output);
  printPlanRows(shown, run, output);
  return { conflicts: shown.conflicts.rows, rows: shown.rows.rows };
};

const hasConflicts = (run: RunDetails): boolean => run.unresolvedConflicts > 0;

export const conflictHint = ({ runId }: RunDetails): string =>
  `look at them with: waybill conflicts ${runId}\ndecide them with: waybill resolve ${runId}\nthen: waybill apply ${runId}\nor drop the plan: waybill cancel ${runId}`;

/** Conflicts that nobody has decided: the plan is kept, so that somebody can. */
const leaveWaiting = async (asking: Asking, run: RunDetails): Promise<ExitCode> => {
  const { output } = asking;
  const rows = await showPlan(asking, run);
  output.note(output.red('Nothing was written: both sides changed the same, and the plan waits until somebody decides.'));
  output.note(conflictHint(run));
  output.json({
    ...runAsJson(run),
    ok: false,
    code: 'MERGE_HAS_CONFLICTS',
    message: `${run.unresolvedConflicts} conflicts wait to be decided; nothing was written.`,
    ...rows,
  });
  return exitCode.refused;
};

const isDoomed = (run: RunDetails): boolean => run.onError === 'REJECT_ALL' && (run.plan?.issues ?? []).length > 0;

const refuseDoomed = async ({ client, output }: Asking, run: RunDetails): Promise<RunDetails> => {
  await drop(client, run);
  output.note(output.red('Nothing was written: with --on-error reject-all any issue refuses the whole run. Mend the rows, or take --on-error reject-rows.'));
  return { ...run, state: 'REFUSED', failure: { code: 'IMPORT_HAS_ISSUES', message: 'The plan has issues; nothing was written.', details: null } };
};

const drop = async (client: Client, { runId }: RunDetails): Promise<void> => {
  await client.execute(cancelRunMutation, { input: { run: runId }, idempotencyKey: randomUUID() });
};

/** `insert 4, update 1 and delete 2 rows`, or that nothing would change. */
export const changesOf = (run: Pick<RunDetails, 'tables'>): string => {
  const total = totalOf(run);
  const parts = (['insert', 'update', 'delete'] as const).flatMap((verdict) => (total[verdict] > 0 ? [`${verdict} ${total[verdict]}`] : []));
  const last = parts.pop();
  if (last === undefined) return 'change no row';
  return `${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`} ${/\D1$/.test(last) && parts.length === 0 ? 'row' : 'rows'}`;
};

const isWanted = async (run: RunDetails): Promise<boolean> => {
  const changes = changesOf(run);
  return isAgreedOn(`${changes[0]?.toUpperCase() ?? ''}${changes.slice(1)} in ${run.databaseName}?`);
};

export const isAgreedOn = async (message: string): Promise<boolean> => {
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
};
