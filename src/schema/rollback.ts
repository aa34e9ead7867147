import { Refusal } from '../domain/refusal.ts';
import type { RollbackInput } from '../domain/run/run.ts';
import { exclusiveField, guardOf, maxDeletesField } from './archive-input.ts';
import { builder } from './builder.ts';
import { metadataOf, type Context } from './context.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { idempotencyKeyArg, runIdOf } from './run-words.ts';

/** A rollback of an import deletes exactly what came in: the guard would strike at nearly every one. */
const usualDeletes = 100;

const RollbackPolicyEnum = builder.enumType('RollbackPolicy', {
  description: 'What becomes of a cell that was changed after the run.',
  values: {
    CURRENT: { value: 'current', description: 'It stays as it is, and is counted as kept.' },
    INCOMING: { value: 'incoming', description: 'It goes back all the same: the later change is lost.' },
    FAIL: { value: 'fail', description: 'The plan waits with its conflicts; nothing is written.' },
  } as const,
});

const RollbackInputType = builder.inputType('RollbackInput', {
  description: 'Which run is taken back, and how.',
  fields: (t) => ({
    run: t.id({ required: true, description: 'The completed run that is taken back. A rollback can be taken back too.' }),
    onConflict: t.field({ type: RollbackPolicyEnum, defaultValue: 'current', description: 'What becomes of a cell that was changed since.' }),
    exclusive: exclusiveField(t),
    maxDeletes: maxDeletesField(t, usualDeletes),
  }),
});

type Asked = typeof RollbackInputType.$inferInput;

const request = async (asked: Asked, approval: RollbackInput['approval'], context: Context, key: string) => {
  const taken = await context.store.run(runIdOf(asked.run));
  if (taken === undefined)
    throw new Refusal('RUN_UNKNOWN', `There is no run ${asked.run.slice(0, 100)}. List the runs to find it.`, { run: asked.run.slice(0, 100) });
  const input: RollbackInput = {
    run: taken.runId,
    database: taken.database,
    onConflict: asked.onConflict ?? 'current',
    exclusive: asked.exclusive ?? false,
    approval,
    maxDeletes: guardOf(asked.maxDeletes, usualDeletes),
  };
  return context.store.requestRun({ kind: 'rollback', input }, metadataOf(context), key);
};

builder.mutationFields((t) => {
  const errors = refusals('UnknownRun', 'RollbackNotPossible', 'UnknownDatabase');
  const args = { input: t.arg({ type: RollbackInputType, required: true, description: 'Which run.' }), idempotencyKey: t.arg(idempotencyKeyArg) };
  return {
    rollback: t.field({
      type: RunPayload,
      authScopes: { rollback: true },
      errors,
      description:
        'Takes one completed run back, also after later runs and edits: rows as the run left them go back to what it found; what was changed since stays, what is referred to since is blocked, each counted and listed.',
      args,
      resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, 'none', context, idempotencyKey)),
    }),
    planRollback: t.field({
      type: RunPayload,
      authScopes: { rollback: true },
      errors,
      description: 'Plans a rollback and writes nothing.',
      args,
      resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, 'required', context, idempotencyKey)),
    }),
  };
});
