import type { Issue } from '../domain/issue.ts';
import type { BlobReference } from '../domain/run/run.ts';
import type { RunRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { pageArgs, readPage } from './connection.ts';
import { positionOf } from './cursor.ts';
import { EventConnection } from './event.ts';
import { IssueType } from './issue.ts';
import { pageOfFile } from './line-file.ts';
import { PlanType } from './plan.ts';
import { ProgressType } from './progress.ts';
import { RunResultType } from './result.ts';
import { RunType } from './run.ts';
import { TableVerdictsType } from './verdicts.ts';

const RunFailureType = builder.objectRef<{ readonly code: string; readonly message: string; readonly details?: unknown }>('RunFailure').implement({
  description: 'Why a run ended without doing its work.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable: programs decide by it.' }),
    message: t.exposeString('message', { description: 'What happened, to which thing, and what to do next.' }),
    details: t.field({
      type: 'JSON',
      nullable: true,
      resolve: (failure) => failure.details,
      description: 'What the message speaks of; its shape depends on the code.',
    }),
  }),
});

const IssueConnection = builder.connectionObject(
  { type: IssueType, name: 'IssueConnection', description: 'A page of issues, in the order of tables and rows.' },
  { name: 'IssueEdge', description: 'One issue of a page.' },
);

/** What became of a run so far: its plan, its progress, its result, what was wrong. */
builder.objectFields(RunType, (t) => ({
  plan: t.field({
    type: PlanType,
    nullable: true,
    resolve: ({ plan, resolutions }) => (plan === undefined ? undefined : { ...plan, resolutions }),
    description: 'What it would do, or did; null before it is planned, and for an export.',
  }),
  tables: t.field({
    type: [TableVerdictsType],
    resolve: (run) => [...tablesOf(run)],
    description: 'Rows by verdict for each table: of the result when there is one, else of the plan.',
  }),
  result: t.field({ type: RunResultType, nullable: true, resolve: (run) => run.result, description: 'What it did; null until it is completed.' }),
  failure: t.field({ type: RunFailureType, nullable: true, resolve: failureOf, description: 'Why it was refused or failed.' }),
  progress: t.field({
    type: ProgressType,
    nullable: true,
    resolve: (run, _args, context) => context.store.progress(run.runId),
    description: 'The latest that its worker said.',
  }),
  issues: t.field({
    type: IssueConnection,
    args: pageArgs,
    resolve: (run, args, context) => pageOfFile<Issue, Issue>(issueFileOf(run), args, context, (issue) => issue),
    description: 'Each row that cannot go in, read from the run’s issue file.',
  }),
  events: t.field({
    type: EventConnection,
    args: pageArgs,
    resolve: (run, args, context) =>
      readPage(
        args,
        (limit) => context.store.events({ stream: `run-${run.runId}`, after: positionOf(args.after) ?? 0, limit }),
        (event) => String(event.position),
      ),
    description: 'What happened to it, in the order of the log.',
  }),
}));

const tablesOf = ({ result, plan }: RunRow) => (result === undefined || result.kind === 'export' ? (plan?.tables ?? []) : result.tables);

const failureOf = ({ state, failure }: RunRow) =>
  (state === 'refused' || state === 'failed') && failure?.code !== undefined
    ? { code: failure.code, message: failure.message ?? '', details: failure.details }
    : undefined;

const issueFileOf = ({ plan, result }: RunRow): BlobReference | undefined =>
  plan?.issueFile ?? (result !== undefined && 'plan' in result ? result.plan.issueFile : undefined);
