import { Refusal } from '../domain/refusal.ts';
import type { RunRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { openConflicts } from './conflicts.ts';
import { metadataOf, type Context } from './context.ts';
import { ProgressType } from './progress.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { idempotencyKeyArg, runIdOf } from './run-words.ts';
import { checkKind } from './scoped.ts';

const ApplyPlanInput = builder.inputType('ApplyPlanInput', {
  description: 'Which plan.',
  fields: (t) => ({
    run: t.id({ required: true, description: 'The run that waits with a plan.' }),
    planHash: t.string({ description: 'The hash of the plan that was read. If the run’s plan is another one, applying is refused.' }),
  }),
});

const CancelRunInput = builder.inputType('CancelRunInput', {
  description: 'Which run.',
  fields: (t) => ({ run: t.id({ required: true, description: 'The run.' }) }),
});

/** Said while the run still waits: an approved plan with open conflicts would end it. */
const checkPlan = async (run: RunRow, hashRead: string | null | undefined, context: Context): Promise<void> => {
  if (run.plan !== undefined && typeof hashRead === 'string' && run.plan.planHash !== hashRead)
    throw new Refusal('PLAN_IS_STALE', `The plan of run ${run.runId} is another one than the one that was read. Look at it again.`, {
      planHash: run.plan.planHash,
    });
  const open = await openConflicts(run, context);
  if (open > 0)
    throw new Refusal(
      'MERGE_HAS_CONFLICTS',
      `The plan of run ${run.runId} has ${open} open ${open === 1 ? 'conflict' : 'conflicts'}. Resolve them, then apply it.`,
      {
        conflicts: open,
      },
    );
};

builder.mutationFields((t) => ({
  applyPlan: t.field({
    type: RunPayload,
    authScopes: { $any: { import: true, merge: true, rollback: true } },
    errors: refusals('UnknownRun', 'RunNotPlanned', 'ConflictsLeft'),
    description:
      'Applies a plan that waits, with what was decided on its conflicts. It is made again inside the transaction and must come out the same, else the run is refused and names what drifted.',
    args: { input: t.arg({ type: ApplyPlanInput, required: true, description: 'Which plan.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey: key }, context) =>
      refusing(async () => {
        const runId = runIdOf(input.run);
        const run = await context.store.run(runId);
        checkKind(run, context, 'applyPlan');
        if (run?.state === 'planned') await checkPlan(run, input.planHash, context);
        return { runId, ...(await context.store.approvePlan(runId, metadataOf(context), key)) };
      }),
  }),
  cancelRun: t.field({
    type: RunPayload,
    authScopes: { $any: { export: true, import: true, merge: true, rollback: true } },
    errors: refusals('UnknownRun', 'RunEnded'),
    description: 'Asks a run to stop. One that waits is cancelled at once; one that works stops in PostgreSQL too, and nothing of it stays.',
    args: { input: t.arg({ type: CancelRunInput, required: true, description: 'Which run.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey: key }, context) =>
      refusing(async () => {
        const runId = runIdOf(input.run);
        checkKind(await context.store.run(runId), context, 'cancelRun');
        return { runId, ...(await context.store.cancelRun(runId, metadataOf(context), key)) };
      }),
  }),
}));

builder.subscriptionField('runProgress', (t) =>
  t.field({
    type: ProgressType,
    authScopes: { read: true },
    description: 'The progress of one run: at once the latest value, then each newer one; values may be skipped. Ends when the run has ended.',
    args: { id: t.arg.id({ required: true, description: 'The run.' }) },
    subscribe: (_root, args, context) => context.store.subscribeProgress(runIdOf(args.id), context.signal),
    resolve: (progress) => progress,
  }),
);
