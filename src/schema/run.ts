import { Refusal } from '../domain/refusal.ts';
import type { RunRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { connectionOf, pageArgs, pageRequestOf } from './connection.ts';
import { DatabaseType } from './database.ts';
import { given } from './given.ts';
import { ErrorPolicyEnum, RunKindEnum, RunStateEnum, runIdOf } from './run-words.ts';
import { UploadType } from './upload.ts';

export const RunType = builder.objectRef<RunRow>('Run');
builder.node(RunType, {
  description: 'One run, from the request to its end: an export, or a piece of work that wrote a database.',
  id: { resolve: (run) => run.runId, description: '`run-<ulid>`, the name of its stream in the log.' },
  loadOne: (id, context) => context.store.run(id),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'runId' in value && 'kind' in value,
  fields: (t) => ({
    runId: t.exposeString('runId', { description: 'Its ULID, as the command line prints it.' }),
    kind: t.field({ type: RunKindEnum, resolve: (run) => run.kind, description: 'What kind of work it is.' }),
    state: t.field({ type: RunStateEnum, resolve: (run) => run.state, description: 'How far it is.' }),
    database: t.field({
      type: DatabaseType,
      nullable: true,
      complexity: 5,
      resolve: (run, _args, context) => context.store.database(run.database),
      description: 'The database that it reads or writes.',
    }),
    databaseName: t.string({ resolve: (run) => run.database, description: 'The name of that database.' }),
    fileName: t.string({
      nullable: true,
      resolve: ({ input }) => ('fileName' in input ? input.fileName : 'out' in input ? input.out : undefined),
      description: 'The file that is imported, or the name asked for the archive.',
    }),
    upload: t.field({
      type: UploadType,
      nullable: true,
      complexity: 5,
      resolve: (run, _args, context) => (run.upload === undefined ? undefined : context.store.upload({ sha256: run.upload })),
      description: 'The upload that is imported.',
    }),
    tablesAsked: t.stringList({
      nullable: true,
      resolve: ({ input }) => ('tables' in input && input.tables !== undefined ? [...input.tables] : undefined),
      description: 'The tables it was limited to; null for all.',
    }),
    onError: t.field({
      type: ErrorPolicyEnum,
      nullable: true,
      resolve: (run) => ('onError' in run.input ? run.input.onError : undefined),
      description: 'What bad rows mean; null for an export.',
    }),
    actor: t.exposeString('actor', { description: 'Who asked for it.' }),
    client: t.exposeString('client', { description: 'Through what: `cli`, `graphql`.' }),
    attempt: t.exposeInt('attempt', { description: 'Attempts so far; a worker that is lost is followed by the next.' }),
    drifts: t.exposeInt('drifts', { description: 'How often the database changed under it so that it was planned again.' }),
    cancelRequested: t.exposeBoolean('cancelRequested', { description: 'Somebody asked it to stop.' }),
    rolledBack: t.field({
      type: RunType,
      nullable: true,
      complexity: 5,
      resolve: (run, _args, context) => (run.takesBack === undefined ? undefined : context.store.run(run.takesBack)),
      description: 'The run that it takes back, for a rollback.',
    }),
    rolledBackBy: t.field({
      type: RunType,
      nullable: true,
      complexity: 5,
      resolve: (run, _args, context) => (run.takenBackBy === undefined ? undefined : context.store.run(run.takenBackBy)),
      description: 'The rollback that took it back; null again when that was taken back itself.',
    }),
    lost: t.exposeBoolean('lost', { description: 'What it wrote is not there any more: its database was restored to an earlier state.' }),
    requestedAt: t.field({ type: 'DateTime', resolve: (run) => run.requestedAt, description: 'When it was asked for.' }),
    startedAt: t.field({ type: 'DateTime', nullable: true, resolve: (run) => run.startedAt, description: 'When its first attempt began.' }),
    endedAt: t.field({ type: 'DateTime', nullable: true, resolve: (run) => run.endedAt, description: 'When it ended, however.' }),
    position: t.field({
      type: 'Long',
      resolve: (run) => run.position,
      description: 'Position of its latest event: a client that has seen it has seen this state.',
    }),
  }),
});

const RunConnection = builder.connectionObject(
  { type: RunType, name: 'RunConnection', description: 'A page of runs, newest first.' },
  { name: 'RunEdge', description: 'One run of a page.' },
);

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
    authScopes: { read: true },
    nullable: true,
    description: 'One run by its id, as `run-<ulid>` or as the ULID alone; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, args, context) => context.store.run(runIdOf(args.id)),
  }),
  runs: t.field({
    type: RunConnection,
    authScopes: { read: true },
    description: 'All runs, newest first.',
    args: { ...pageArgs, filter: t.arg({ type: RunFilterInput, description: 'Only these.' }) },
    resolve: async (_root, { filter, first, after }, context) => {
      const which = {
        ...given('states', filter?.states),
        ...given('kind', filter?.kind),
        ...given('actor', filter?.actor),
        ...given('database', filter?.database),
        ...given('table', filter?.table),
        ...given('from', filter?.since),
        ...given('until', filter?.until),
      };
      return connectionOf(await context.store.runs(which, pageRequestOf({ first, after })), after);
    },
  }),
}));

/** What every mutation that starts or steers a run answers with. */
export const RunPayload = builder.objectRef<{ readonly runId: string; readonly position: number }>('RunPayload').implement({
  description: 'The request is in the log. The work goes on; watch `runProgress`.',
  fields: (t) => ({
    runId: t.exposeString('runId', { description: 'The run’s ULID.' }),
    position: t.field({
      type: 'Long',
      resolve: (payload) => payload.position,
      description: 'Position of the event in the log; follow it with `events(after:)`.',
    }),
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
