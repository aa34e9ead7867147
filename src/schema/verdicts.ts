import type { IssueCount, TablePlan, VerdictCounts } from '../domain/run/run.ts';
import { verdicts } from '../domain/run/run.ts';
import { builder } from './builder.ts';

/** Numbers per table: the same in a plan and in a result. */
const meaning: Readonly<Record<(typeof verdicts)[number], string>> = {
  insert: 'New rows.',
  update: 'Rows whose incoming state wins.',
  same: 'Rows that are there already, equal in every cell.',
  keep: 'Rows that are there with other values and stay as they are.',
  delete: 'Rows that go.',
  conflict: 'Rows changed on both sides.',
  blocked: 'Rows that cannot go in; each has an issue.',
};

export const VerdictEnum = builder.enumType('Verdict', {
  description: 'What becomes of a row.',
  values: Object.fromEntries(verdicts.map((verdict) => [verdict.toUpperCase(), { value: verdict, description: meaning[verdict] }])),
});

export const VerdictCountsType = builder.objectRef<VerdictCounts>('VerdictCounts').implement({
  description: 'Rows by what happens to them. Staged rows = insert + update + same + keep + blocked + conflict.',
  fields: (t) =>
    Object.fromEntries(verdicts.map((verdict) => [verdict, t.field({ type: 'Long', description: meaning[verdict], resolve: (counts) => counts[verdict] })])),
});

const IdPolicyEnum = builder.enumType('IdPolicy', {
  description: 'What becomes of the surrogate ids of new rows.',
  values: {
    PRESERVE: { value: 'preserve', description: 'Kept as they are in the archive.' },
    REMAP: { value: 'remap', description: 'New ones from the target’s sequence.' },
    KEEP: { value: 'keep', description: 'The table has no surrogate id, or ids like UUIDs that are the same everywhere.' },
  } as const,
});

export const TableVerdictsType = builder.objectRef<TablePlan>('TableVerdicts').implement({
  description: 'One table of a plan or result.',
  fields: (t) => ({
    table: t.exposeString('table', { description: '`schema.table`.' }),
    counts: t.field({ type: VerdictCountsType, resolve: (table) => table.counts, description: 'Its rows by verdict.' }),
    ids: t.field({ type: IdPolicyEnum, resolve: (table) => table.ids, description: 'What becomes of its ids.' }),
  }),
});

export const IssueCountType = builder.objectRef<IssueCount>('IssueCount').implement({
  description: 'How often one thing is wrong in one table.',
  fields: (t) => ({
    table: t.exposeString('table', { description: '`schema.table`.' }),
    code: t.exposeString('code', { description: '`type.invalid`, `reference.missing`, ...' }),
    count: t.field({ type: 'Long', resolve: (issue) => issue.count, description: 'Rows.' }),
  }),
});
