import { z } from 'zod';
import { conflictsOf, fits, isDecided } from '../domain/merge/resolutions.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Resolution, RowChange } from '../domain/run/run.ts';
import type { RunRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { pageArgs } from './connection.ts';
import { metadataOf, type Context } from './context.ts';
import { given } from './given.ts';
import { pageOfFile, valuesOf } from './line-file.ts';
import { refusals, refusing } from './refusal.ts';
import { RowChangeConnection, SideEnum, type ShownRow } from './row-change.ts';
import { RunPayload, RunType } from './run.ts';
import { idempotencyKeyArg, runIdOf } from './run-words.ts';
import { checkKind } from './scoped.ts';

const conflictCount = (run: RunRow): number => (run.plan?.tables ?? []).reduce((sum, { counts }) => sum + counts.conflict, 0);

/** Rows with a conflict on which nobody has said a word that covers all of it. */
export const openConflicts = async (run: RunRow, context: Context): Promise<number> => {
  const all = conflictCount(run);
  if (all === 0 || run.resolutions.length === 0) return all;
  let open = 0;
  for await (const { value } of valuesOf<RowChange>(run.plan?.rowFile, context)) if (!isDecided(value, run.resolutions)) open += 1;
  return open;
};

builder.objectFields(RunType, (t) => ({
  conflicts: t.field({
    type: RowChangeConnection,
    args: { ...pageArgs, table: t.arg.string({ description: 'Only of this table, `schema.table`.' }) },
    resolve: ({ plan, resolutions }, args, context) =>
      pageOfFile<RowChange, ShownRow>(plan?.rowFile, args, context, (change) =>
        change.verdict === 'conflict' && (args.table ?? change.table) === change.table ? { change, resolutions } : undefined,
      ),
    description: 'Rows that both sides changed, with base, current and incoming value of each cell, and what was decided.',
  }),
  unresolvedConflicts: t.field({
    type: 'Long',
    complexity: { field: 50, multiplier: 1 },
    resolve: (run, _args, context) => openConflicts(run, context),
    description: 'Rows with a conflict that is still open. A plan is applied when there are none.',
  }),
}));

const ResolutionInput = builder.inputType('ResolutionInput', {
  description: 'What becomes of conflicts: as narrow as it says; of several that fit, the last one counts.',
  fields: (t) => ({
    table: t.string({ description: 'Only in this table, `schema.table`. Default: all.' }),
    row: t.string({ description: 'Only this row, by its name as the conflict shows it. Default: all.' }),
    column: t.string({ description: 'Only this column. Default: every cell, and rows that one side deleted.' }),
    take: t.field({ type: SideEnum, required: true, description: 'Whose state is taken.' }),
  }),
});

const ResolveConflictsInput = builder.inputType('ResolveConflictsInput', {
  description: 'Which run, and what is decided.',
  fields: (t) => ({
    run: t.id({ required: true, description: 'The run that waits with its plan.' }),
    resolutions: t.field({
      type: [ResolutionInput],
      required: true,
      description: 'What is decided, in addition to what was decided before.',
      validate: z.array(z.looseObject({})).min(1, 'Decide something.').max(1000, 'At most 1,000 at a time.'),
    }),
  }),
});

const resolutionsOf = (asked: (typeof ResolveConflictsInput.$inferInput)['resolutions']): readonly Resolution[] =>
  asked.map(({ table, row, column, take }) => ({ ...given('table', table), ...given('row', row), ...given('column', column), take }));

const placeWords = ({ table, row, column }: Resolution): string =>
  [table, row === undefined ? undefined : `row ${JSON.stringify(row)}`, column === undefined ? undefined : `column ${column}`].filter(Boolean).join(', ');

/** A word that fits no conflict is most likely misspelt: it is refused rather than kept without effect. */
const checkFits = async (run: RunRow, resolutions: readonly Resolution[], context: Context): Promise<void> => {
  const idle = new Set(resolutions);
  for await (const { value } of valuesOf<RowChange>(run.plan?.rowFile, context)) {
    const places = conflictsOf(value);
    const fitting = [...idle].filter((resolution) => places.some((place) => fits(resolution, place)));
    fitting.forEach((resolution) => idle.delete(resolution));
    if (idle.size === 0) return;
  }
  const [first] = idle;
  if (first !== undefined)
    throw new Refusal(
      'CONFLICT_UNKNOWN',
      `The plan of run ${run.runId} has no conflict at ${placeWords(first)}. List its conflicts to see how they are named.`,
      {
        ...first,
      },
    );
};

builder.mutationField('resolveConflicts', (t) =>
  t.field({
    type: RunPayload,
    authScopes: { $any: { merge: true, rollback: true } },
    errors: refusals('UnknownRun', 'RunNotPlanned', 'UnknownConflict'),
    description:
      'Says what becomes of conflicts of a plan that waits. The plan goes on waiting; when no conflict is open, `applyPlan` applies it with what was decided.',
    args: { input: t.arg({ type: ResolveConflictsInput, required: true, description: 'What is decided.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey: key }, context) =>
      refusing(async () => {
        const runId = runIdOf(input.run);
        const resolutions = resolutionsOf(input.resolutions);
        const run = await context.store.run(runId);
        checkKind(run, context, 'resolveConflicts');
        if (run?.state === 'planned' && conflictCount(run) > 0) await checkFits(run, resolutions, context);
        return { runId, ...(await context.store.resolveConflicts(runId, resolutions, metadataOf(context), key)) };
      }),
  }),
);
