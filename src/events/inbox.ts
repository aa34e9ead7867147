import {
  decideInboxFile,
  evolveInboxFile,
  lies,
  noInboxFile,
  type Arrived,
  type InboxCommand,
  type InboxFile,
  type InboxState,
} from '../domain/inbox/inbox-file.ts';
import { decide } from '../domain/run/decide.ts';
import type { DomainEvent, InboxEvent, Metadata, RetentionEvent } from '../domain/run/events.ts';
import { noRun, type Requested } from '../domain/run/state.ts';
import type { Tx } from '../infra/postgres/transaction-pool.ts';
import { checkRequest, loadStream, toAppend, type CommandOptions } from './commands.ts';
import type { StoreContext } from './context.ts';
import { executeTogether, type Kind } from './execute-together.ts';
import { execute, type Decision, type Positioned } from './execute.ts';
import { takeTurns } from './idempotency.sql.ts';
import { endedFiles, lyingFiles, newestOfContent, newestOfNames, standingRun, waitingFiles } from './inbox.sql.ts';
import { newId } from './log/append.ts';
import { findInboxFile, listInboxFiles, type InboxFilter, type InboxRow } from './projectors/read-models/inbox-files.ts';
import type { PageRequest } from './projectors/read-models/lists.ts';

type LoadedFile = { readonly file: InboxFile; readonly version: number; readonly position: number };

const inboxEvents: Readonly<Record<InboxEvent['type'], true>> = {
  InboxFileArrived: true,
  InboxFileTaken: true,
  InboxFileSettled: true,
  InboxFileRejected: true,
  InboxFileRetried: true,
  InboxFileGone: true,
};
const isInboxEvent = (event: DomainEvent): event is InboxEvent => Object.hasOwn(inboxEvents, event.type);

const streamOf = (inboxId: string): string => `inbox-${inboxId}`;

const loadFile = async (tx: Pick<Tx, 'many'>, inboxId: string): Promise<LoadedFile> => {
  const stored = await loadStream(tx, streamOf(inboxId));
  return {
    file: stored
      .map(({ event }) => event)
      .filter(isInboxEvent)
      .reduce(evolveInboxFile, noInboxFile),
    version: stored.length,
    position: stored.at(-1)?.position ?? 0,
  };
};

const command = (context: StoreContext, inboxId: string, said: InboxCommand, options: CommandOptions): Promise<Positioned> =>
  execute(context, { name: `inbox ${said.type}`, input: { inboxId, said }, ...options }, async (tx) => {
    const { file, version, position } = await loadFile(tx, inboxId);
    return {
      events: toAppend(streamOf(inboxId), decideInboxFile(file, said), options.meta),
      expected: { [streamOf(inboxId)]: { kind: 'exact', version } },
      answer: {},
      standsAt: position,
    };
  });

export type Arrival = {
  readonly inboxId: string;
  /** `busy`: another file of that name is being imported; look again when that has ended. */
  readonly outcome: 'arrived' | 'known' | 'busy';
};

type ArriveOptions = { /** An imported file stays where it is: its content is no news. */ readonly keeps: boolean };

type Before = (LoadedFile & { readonly id: string }) | undefined;
type NewestRow = { readonly place: number; readonly inbox_id: string; readonly state: InboxState; readonly sha256: string };

/** What waited under the name with other content was overwritten: it is not there any more. */
const arriving: Kind<ArriveOptions & { readonly arrived: Arrived }, Before, Arrival> = {
  name: 'inbox arrive',
  subject: ({ arrived }) => `${arrived.folder} ${arrived.name}`,
  read: async (tx, inputs) => {
    const found = await tx.many<NewestRow>(newestOfNames(inputs.map(({ arrived }) => arrived)));
    const states: Before[] = inputs.map(() => undefined);
    for (const { place, inbox_id: id } of found) states[place - 1] = { id, ...(await loadFile(tx, id)) };
    return states;
  },
  decide: (before, { arrived, keeps }, meta) => {
    const standing = (outcome: 'known' | 'busy', { id, position }: { readonly id: string; readonly position: number }): Decision<Arrival> => ({
      events: [],
      expected: {},
      answer: { inboxId: id, outcome },
      standsAt: position,
    });
    if (before !== undefined && before.file.state !== 'none') {
      const { state, arrived: earlier } = before.file;
      if (earlier.sha256 === arrived.sha256 && lies(state, keeps)) return standing('known', before);
      if (state === 'taken') return standing('busy', before);
    }
    const inboxId = newId();
    const replaced = before === undefined ? [] : decideInboxFile(before.file, { type: 'Miss' });
    return {
      events: [
        ...(before === undefined ? [] : toAppend(streamOf(before.id), replaced, meta)),
        ...toAppend(streamOf(inboxId), decideInboxFile(noInboxFile, { type: 'Arrive', arrived }), meta),
      ],
      expected: {
        ...(before === undefined || replaced.length === 0 ? {} : { [streamOf(before.id)]: { kind: 'exact', version: before.version } as const }),
        [streamOf(inboxId)]: { kind: 'none' },
      },
      answer: { inboxId, outcome: 'arrived' },
      standsAt: 0,
    };
  },
};

export type Taking = {
  readonly requested: Extract<Requested, { kind: 'import' | 'merge' }>;
  /** What the rule matches; absent: a person said so. */
  readonly rule?: string;
  /** Whether a run that was asked the very same counts for this file too. */
  readonly once: boolean;
};

/** The run and that it has the file are one transaction: there is no moment in which the file could be imported twice or forgotten. */
const take = async (context: StoreContext, tx: Tx, inboxId: string, { taking, meta }: { readonly taking: Taking; readonly meta: Metadata }) => {
  const { requested, rule, once } = taking;
  await tx.run(takeTurns(`import ${requested.input.upload} ${requested.input.database}`));
  const { file, version } = await loadFile(tx, inboxId);
  const standing = once
    ? await tx.maybeOne<{ run_id: string }>(standingRun(requested.kind, requested.input.upload, JSON.stringify(requested.input)))
    : undefined;
  const runId = standing?.run_id ?? newId();
  const taken = { run: runId, ...(rule === undefined ? {} : { rule }), mode: requested.kind };
  const events = toAppend(streamOf(inboxId), decideInboxFile(file, { type: 'Take', taken }), meta);
  const expected = { [streamOf(inboxId)]: { kind: 'exact', version } } as const;
  if (standing !== undefined) return { events, expected, answer: { runId, known: true }, standsAt: 0 };
  await checkRequest(tx, requested);
  await context.queue.enqueue(tx, { runId, attempt: 1 });
  const asked = toAppend(`run-${runId}`, decide(noRun, { type: 'RequestRun', requested }), { ...meta, causation: streamOf(inboxId) });
  return {
    events: [...asked, ...events],
    expected: { ...expected, [`run-${runId}`]: { kind: 'none' } as const },
    answer: { runId, known: false },
    standsAt: 0,
  };
};

export type WaitingFile = {
  readonly inbox_id: string;
  readonly folder: 'inbox' | 'exchange';
  readonly name: string;
  readonly sha256: string;
  readonly position: string;
};
export type EndedFile = {
  readonly inbox_id: string;
  readonly folder: 'inbox' | 'exchange';
  readonly name: string;
  readonly sha256: string;
  readonly run_id: string;
  readonly run_state: 'completed' | 'refused' | 'failed' | 'cancelled';
  readonly failure: { readonly code?: string; readonly message?: string } | null;
};
export type LyingFile = Pick<WaitingFile, 'inbox_id' | 'folder' | 'name'>;

const portion = 200;

export type NewestFile = Pick<InboxRow, 'inboxId' | 'state' | 'sha256'>;

const newestOf = async ({ queries }: StoreContext, folder: string, names: readonly string[]): Promise<ReadonlyMap<string, NewestFile>> => {
  const found = await queries.many<NewestRow>(newestOfNames(names.map((name) => ({ folder, name }))));
  return new Map(found.map(({ place, inbox_id: inboxId, state, sha256 }) => [names[place - 1] ?? '', { inboxId, state, sha256 }]));
};

/** Files that arrive in the inbox, from the first look to the run that took them. What stands here is part of the store. */
export const createInboxStore = (context: StoreContext) => ({
  fileArrived: (arrived: Arrived, meta: Metadata, options: ArriveOptions = { keeps: false }): Promise<Arrival & Positioned> =>
    executeTogether(context, arriving, { arrived, ...options }, { meta }),
  takeFile: (
    inboxId: string,
    taking: Taking,
    meta: Metadata,
    idempotencyKey?: string,
  ): Promise<{ readonly runId: string; readonly known: boolean } & Positioned> =>
    execute(context, { name: 'inbox take', input: { inboxId, ...taking }, meta, idempotencyKey }, (tx) => take(context, tx, inboxId, { taking, meta })),
  settleFile: (inboxId: string, settled: Extract<InboxEvent, { type: 'InboxFileSettled' }>['data'], meta: Metadata): Promise<Positioned> =>
    command(context, inboxId, { type: 'Settle', settled }, { meta }),
  rejectFile: (inboxId: string, reason: string, meta: Metadata, idempotencyKey?: string): Promise<Positioned> =>
    command(context, inboxId, { type: 'Reject', reason }, { meta, idempotencyKey }),
  retryFile: (inboxId: string, meta: Metadata, idempotencyKey?: string): Promise<Positioned> =>
    command(context, inboxId, { type: 'Retry' }, { meta, idempotencyKey }),
  fileGone: (inboxId: string, meta: Metadata): Promise<Positioned> => command(context, inboxId, { type: 'Miss' }, { meta }),

  inboxFile: (inboxId: string) => findInboxFile(context.orm, inboxId),
  inboxFiles: (filter?: InboxFilter, page?: PageRequest) => listInboxFiles(context.orm, filter, page),
  waitingFiles: (after: number): Promise<readonly WaitingFile[]> => context.queries.many<WaitingFile>(waitingFiles(after, portion)),
  endedFiles: (): Promise<readonly EndedFile[]> => context.queries.many<EndedFile>(endedFiles(portion)),
  lyingFiles: (): Promise<readonly LyingFile[]> => context.queries.many<LyingFile>(lyingFiles()),
  newestOfName: async (folder: 'inbox' | 'exchange', name: string): Promise<NewestFile | undefined> => (await newestOf(context, folder, [name])).get(name),
  /** The newest file that came under each name: of it no more than a look at a folder needs. */
  newestOfNames: (folder: 'inbox' | 'exchange', names: readonly string[]): Promise<ReadonlyMap<string, NewestFile>> => newestOf(context, folder, names),

  /** The name under which this content came last, whatever became of it. */
  arrivedAs: async (sha256: string): Promise<string | undefined> => (await context.queries.maybeOne<{ name: string }>(newestOfContent(sha256)))?.name,

  retentionApplied: (applied: RetentionEvent['data'], meta: Metadata): Promise<Positioned> =>
    execute(context, { name: 'apply retention', input: applied, meta }, async () => {
      const stream = `retention-${newId()}`;
      return {
        events: toAppend(stream, [{ type: 'RetentionApplied', data: applied }], meta),
        expected: { [stream]: { kind: 'none' } },
        answer: {},
        standsAt: 0,
      };
    }),
});
