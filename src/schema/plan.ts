import type { PlanSummary, Resolution, RowChange } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { pageArgs } from './connection.ts';
import { pageOfFile } from './line-file.ts';
import { RowChangeConnection, type ShownRow } from './row-change.ts';
import { IssueCountType, TableVerdictsType, VerdictEnum } from './verdicts.ts';

/** A run's plan, with the words that were said on its conflicts. */
export type ShownPlan = PlanSummary & { readonly resolutions: readonly Resolution[] };

export const PlanType = builder.objectRef<ShownPlan>('Plan').implement({
  description:
    'A verdict for every row, pinned to the state of the database that it was made from. Only what it says is applied; if the database has changed since, applying is refused.',
  fields: (t) => ({
    hash: t.string({ resolve: (plan) => plan.planHash, description: 'Names exactly this plan: the same verdicts on the same rows have the same hash.' }),
    catalogueFingerprint: t.exposeString('catalogueFingerprint', { description: 'Names the shape of the target at that moment.' }),
    tables: t.field({ type: [TableVerdictsType], resolve: (plan) => [...plan.tables], description: 'In the order in which they are written.' }),
    issues: t.field({ type: [IssueCountType], resolve: (plan) => [...plan.issues], description: 'How often what is wrong; each one is in `Run.issues`.' }),
    rows: t.field({
      type: RowChangeConnection,
      args: {
        ...pageArgs,
        table: t.arg.string({ description: 'Only of this table, `schema.table`.' }),
        verdict: t.arg({ type: VerdictEnum, description: 'Only with this verdict.' }),
      },
      resolve: (plan, args, context) =>
        pageOfFile<RowChange, ShownRow>(plan.rowFile, args, context, (change) =>
          (args.table ?? change.table) === change.table && (args.verdict ?? change.verdict) === change.verdict
            ? { change, resolutions: plan.resolutions }
            : undefined,
        ),
      description:
        'What becomes of rows, cell by cell: those that change, go, are blocked or in conflict, and for a rollback those that stay because they were changed since. New rows are in the archive. For plans that wait, and for those with conflicts.',
    }),
    bases: t.stringList({
      resolve: (plan) => [...(plan.bases ?? [])],
      description: 'SHA-256 of the archives from which a merge takes the state that both sides once held, newest first.',
    }),
    notes: t.stringList({ resolve: (plan) => [...plan.notes], description: 'What a plan cannot foresee, and what travels by name only.' }),
  }),
});
