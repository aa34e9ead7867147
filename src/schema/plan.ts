import type { PlanSummary } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { IssueCountType, TableVerdictsType } from './verdicts.ts';

export const PlanType = builder.objectRef<PlanSummary>('Plan').implement({
  description:
    'A verdict for every row, pinned to the state of the database that it was made from. Only what it says is applied; if the database has changed since, applying is refused.',
  fields: (t) => ({
    hash: t.string({ resolve: (plan) => plan.planHash, description: 'Names exactly this plan: the same verdicts on the same rows have the same hash.' }),
    catalogueFingerprint: t.exposeString('catalogueFingerprint', { description: 'Names the shape of the target at that moment.' }),
    tables: t.field({ type: [TableVerdictsType], resolve: (plan) => [...plan.tables], description: 'In the order in which they are written.' }),
    issues: t.field({ type: [IssueCountType], resolve: (plan) => [...plan.issues], description: 'How often what is wrong; each one is in `Run.issues`.' }),
    notes: t.stringList({ resolve: (plan) => [...plan.notes], description: 'What a plan cannot foresee, and what travels by name only.' }),
  }),
});
