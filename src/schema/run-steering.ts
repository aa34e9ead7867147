import { Refusal } from '../domain/refusal.ts';
import { builder } from './builder.ts';
import { metadataOf } from './context.ts';
import { ProgressType } from './progress.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { idempotencyKeyArg, runIdOf } from './run-words.ts';

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

builder.mutationFields((t) => ({
  applyPlan: t.field({
    type: RunPayload,
    errors: refusals('UnknownRun', 'RunNotPlanned'),
    description:
      'Applies a plan that waits for approval. It is made again inside the transaction and must come out the same, else the run is refused and names what drifted.',
    args: { input: t.arg({ type: ApplyPlanInput, required: true, description: 'Which plan.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey: key }, context) =>
      refusing(async () => {
        const runId = runIdOf(input.run);
        const hash = input.planHash;
        const plan = hash === null || hash === undefined ? undefined : (await context.store.run(runId))?.plan;
        if (plan !== undefined && plan !== null && plan.planHash !== hash) {
          throw new Refusal('PLAN_IS_STALE', `The plan of run ${runId} is another one than the one that was read. Look at it again.`, {
            planHash: plan.planHash,
          });
        }
        return { runId, ...(await context.store.approvePlan(runId, metadataOf(context), key)) };
      }),
  }),
  cancelRun: t.field({
    type: RunPayload,
    errors: refusals('UnknownRun', 'RunEnded'),
    description: 'Asks a run to stop. One that waits is cancelled at once; one that works stops in PostgreSQL too, and nothing of it stays.',
    args: { input: t.arg({ type: CancelRunInput, required: true, description: 'Which run.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey: key }, context) =>
      refusing(async () => {
        const runId = runIdOf(input.run);
        return { runId, ...(await context.store.cancelRun(runId, metadataOf(context), key)) };
      }),
  }),
}));

builder.subscriptionField('runProgress', (t) =>
  t.field({
    type: ProgressType,
    description: 'The progress of one run: at once the latest value, then each newer one; values may be skipped. Ends when the run has ended.',
    args: { id: t.arg.id({ required: true, description: 'The run.' }) },
    subscribe: (_root, args, context) => context.store.subscribeProgress(runIdOf(args.id), context.signal),
    resolve: (progress) => progress,
  }),
);
