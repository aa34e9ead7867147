import type { RunRow } from '../events/store.ts';
import type { Issue } from '../domain/issue.ts';
import { readLines, type LinePlace } from '../infra/files/read-lines.ts';
import { builder } from './builder.ts';
import { connectionOf, pageArgs, pageRequestOf, readPage, type Connection, type PageArgs } from './connection.ts';
import type { Context } from './context.ts';
import { metadataOf } from './context.ts';
import { given } from './given.ts';
import { placeCursor, placeOf, positionOf } from './cursor.ts';
import { DatabaseType } from './database.ts';
import { EventConnection } from './event.ts';
import { IssueType } from './issue.ts';
import { PlanType } from './plan.ts';
import { ProgressType } from './progress.ts';
import { refusals, refusing } from './refusal.ts';
import { Refusal } from '../domain/refusal.ts';
import { RunResultType } from './result.ts';
import { ErrorPolicyEnum, idempotencyKeyArg, RunKindEnum, RunStateEnum, runIdOf } from './run-words.ts';
import { TableVerdictsType } from './verdicts.ts';
import { UploadType } from './upload.ts';

const RunFailureType = builder.objectRef<{ readonly code: string; readonly message: string; readonly details?: unknown }>('RunFailure').implement({
  description: 'Why a run ended without doing its work.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable: programs decide by it.' }),
    message: t.exposeString('message', { description: 'What happened, to which thing, and what to do next.' }),
    details: t.field({ type: 'JSON', nullable: true, resolve: (failure) => failure.details, description: 'What the message speaks of; its shape depends on the code.' }),
  }),
});

const IssueConnection = builder.connectionObject({ type: IssueType, name: 'IssueConnection', description: 'A page of issues, in the order of tables and rows.' }, { name: 'IssueEdge', description: 'One issue of a page.' });

export const RunType = builder.objectRef<RunRow>('Run');
builder.node(RunType, {
  description: 'One run: an export or an import, from the request to its end.',
  id: { resolve: (run) => run.runId, description: '`run-<ulid>`, the name of its stream in the log.' },
  loadOne: (id, context) => context.store.run(id),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'runId' in value && 'kind' in value,
  fields: (t) => ({
    runId: t.exposeString('runId', { description: 'Its ULID, as the command line prints it.' }),
    kind: t.field({ type: RunKindEnum, resolve: (run) => run.kind, description: 'What kind of work it is.' }),
    state: t.field({ type: RunStateEnum, resolve: (run) => run.state, description: 'How far it is.' }),
    database: t.field({ type: DatabaseType, nullable: true, resolve: (run, _args, context) => context.store.database(run.database), description: 'The database that it reads or writes.' }),
    databaseName: t.string({ resolve: (run) => run.database, description: 'The name of that database.' }),
    fileName: t.string({ nullable: true, resolve: (run) => ('fileName' in run.input ? run.input.fileName : run.input.out), description: 'The file that is imported, or the name asked for the archive.' }),
    upload: t.field({ type: UploadType, nullable: true, resolve: (run, _args, context) => (run.upload === undefined ? undefined : context.store.upload({ sha256: run.upload })), description: 'The upload that is imported.' }),
    tablesAsked: t.stringList({ nullable: true, resolve: (run) => (run.input.tables === undefined ? undefined : [...run.input.tables]), description: 'The tables it was limited to; null for all.' }),
    onError: t.field({ type: ErrorPolicyEnum, nullable: true, resolve: (run) => ('onError' in run.input ? run.input.onError : undefined), description: 'What bad rows mean; null for an export.' }),
    actor: t.exposeString('actor', { description: 'Who asked for it.' }),
    client: t.exposeString('client', { description: 'Through what: `cli`, `graphql`.' }),
    attempt: t.exposeInt('attempt', { description: 'Attempts so far; a worker that is lost is followed by the next.' }),
    drifts: t.exposeInt('drifts', { description: 'How often the database changed under it so that it was planned again.' }),
    cancelRequested: t.exposeBoolean('cancelRequested', { description: 'Somebody asked it to stop.' }),
    requestedAt: t.field({ type: 'DateTime', resolve: (run) => run.requestedAt, description: 'When it was asked for.' }),
    startedAt: t.field({ type: 'DateTime', nullable: true, resolve: (run) => run.startedAt, description: 'When its first attempt began.' }),
    endedAt: t.field({ type: 'DateTime', nullable: true, resolve: (run) => run.endedAt, description: 'When it ended, however.' }),
    position: t.field({ type: 'Long', resolve: (run) => run.position, description: 'Position of its latest event: a client that has seen it has seen this state.' }),
    plan: t.field({ type: PlanType, nullable: true, resolve: (run) => run.plan, description: 'What it would do, or did; null before it is planned, and for an export.' }),
    tables: t.field({ type: [TableVerdictsType], resolve: (run) => [...tablesOf(run)], description: 'Rows by verdict for each table: of the result when there is one, else of the plan.' }),
    result: t.field({ type: RunResultType, nullable: true, resolve: (run) => run.result, description: 'What it did; null until it is completed.' }),
    failure: t.field({ type: RunFailureType, nullable: true, resolve: failureOf, description: 'Why it was refused or failed.' }),
    progress: t.field({ type: ProgressType, nullable: true, resolve: (run, _args, context) => context.store.progress(run.runId), description: 'The latest that its worker said.' }),
    issues: t.field({ type: IssueConnection, args: pageArgs, resolve: readIssues, description: 'Each row that cannot go in, read from the run’s issue file.' }),
    events: t.field({
      type: EventConnection,
      args: pageArgs,
      resolve: (run, args, context) => readPage(args, (limit) => context.store.events({ stream: `run-${run.runId}`, after: positionOf(args.after) ?? 0, limit }), (event) => String(event.position)),
      description: 'What happened to it, in the order of the log.',
    }),
  }),
});

const tablesOf = (run: RunRow) => (run.result?.kind === 'import' ? run.result.tables : (run.plan?.tables ?? []));

const failureOf = ({ state, failure }: RunRow) =>
  (state === 'refused' || state === 'failed') && failure?.code !== undefined ? { code: failure.code, message: failure.message ?? '', details: failure.details } : undefined;

async function readIssues(run: RunRow, args: PageArgs, context: Context): Promise<Connection<Issue>> {
  const file = run.plan?.issueFile ?? (run.result?.kind === 'import' ? run.result.plan.issueFile : undefined);
  const from = placeOf(args.after);
  const cursors = new WeakMap<Issue, LinePlace>();
  const read = async (limit: number): Promise<readonly Issue[]> => {
    const issues: Issue[] = [];
    if (file === undefined || !(await context.blobs.has(file.sha256))) return issues;
    for await (const line of readLines(context.blobs.path(file.sha256), from)) {
      const issue = JSON.parse(line.text) as Issue;
      cursors.set(issue, line.next);
      issues.push(issue);
      if (issues.length === limit) break;
    }
    return issues;
  };
  return readPage(args, read, (issue) => placeCursor(cursors.get(issue) ?? from));
}

const RunConnection = builder.connectionObject({ type: RunType, name: 'RunConnection', description: 'A page of runs, newest first.' }, { name: 'RunEdge', description: 'One run of a page.' });

const RunFilterInput = builder.inputType('RunFilter', {
  description: 'Only runs to which all of this applies.',
  fields: (t) => ({
    states: t.field({ type: [RunStateEnum], description: 'In one of these states.' }),
    kind: t.field({ type: RunKindEnum, description: 'Of this kind.' }),
    actor: t.string({ description: 'Asked for by this actor.' }),
    database: t.string({ description: 'From or into this database.' }),
    table: t.string({ description: 'That touched this table, `schema.table`.' }),
    since: t.field({ type: 'DateTime', description: 'Asked for not before.' }),
    until: t.field({ type: 'DateTime', description: 'Asked for before.' }),
  }),
});

builder.queryFields((t) => ({
  run: t.field({
    type: RunType,
    nullable: true,
    description: 'One run by its id, as `run-<ulid>` or as the ULID alone; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, args, context) => context.store.run(runIdOf(args.id)),
  }),
  runs: t.field({
    type: RunConnection,
    description: 'All runs, newest first.',
    args: { ...pageArgs, filter: t.arg({ type: RunFilterInput, description: 'Only these.' }) },
    resolve: async (_root, { filter, first, after }, context) => {
      const which = { ...given('states', filter?.states), ...given('kind', filter?.kind), ...given('actor', filter?.actor), ...given('database', filter?.database), ...given('table', filter?.table), ...given('from', filter?.since), ...given('until', filter?.until) };
      return connectionOf(await context.store.runs(which, pageRequestOf({ first, after })), after);
    },
  }),
}));

/** What every mutation that starts or steers a run answers with. */
export const RunPayload = builder.objectRef<{ readonly runId: string; readonly position: number }>('RunPayload').implement({
  description: 'The request is in the log. The work goes on; watch `runProgress`.',
  fields: (t) => ({
    runId: t.exposeString('runId', { description: 'The run’s ULID.' }),
    position: t.field({ type: 'Long', resolve: (payload) => payload.position, description: 'Position of the event in the log; follow it with `events(after:)`.' }),
    run: t.field({
      type: RunType,
      description: 'The run.',
      resolve: async (payload, _args, context) => {
        const run = await context.store.run(payload.runId);
        if (run === undefined) throw new Refusal('RUN_UNKNOWN', `There is no run ${payload.runId}.`);
        return run;
      },
    }),
  }),
});

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
    description: 'Applies a plan that waits for approval. It is made again inside the transaction and must come out the same, else the run is refused and names what drifted.',
    args: { input: t.arg({ type: ApplyPlanInput, required: true, description: 'Which plan.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey: key }, context) =>
      refusing(async () => {
        const runId = runIdOf(input.run);
        const hash = input.planHash;
        const plan = hash === null || hash === undefined ? undefined : (await context.store.run(runId))?.plan;
        if (plan !== undefined && plan !== null && plan.planHash !== hash) {
          throw new Refusal('PLAN_IS_STALE', `The plan of run ${runId} is another one than the one that was read. Look at it again.`, { planHash: plan.planHash });
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
