import { z } from 'zod';
import type { SnapshotEvent, StoredEvent } from '../domain/run/events.ts';
import type { Positioned } from '../events/execute.ts';
import type { SnapshotAnswer } from '../events/snapshots.ts';
import { builder } from './builder.ts';
import { pageArgs, readPage } from './connection.ts';
import { mayReachInward, metadataOf } from './context.ts';
import { positionOf } from './cursor.ts';
import { given } from './given.ts';
import { refusals, refusing } from './refusal.ts';
import { idempotencyKeyArg } from './run-words.ts';

type Report = Extract<SnapshotEvent, { readonly type: 'SnapshotWritten' }>['data'];
type File = Report['files'][number];

const SnapshotFileType = builder.objectRef<File & { readonly written?: boolean }>('SnapshotFile').implement({
  description: 'A file of a snapshot, in the folder of the server.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Below the folder of its database.' }),
    bytes: t.field({ type: 'Long', resolve: ({ bytes }) => bytes, description: 'Its size.' }),
    rows: t.field({ type: 'Long', resolve: ({ rows }) => rows, description: 'How many rows it has, those inside others included.' }),
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its bytes, in hex.' }),
    written: t.boolean({ resolve: ({ written }) => written ?? true, description: 'Whether this snapshot wrote it; one that was up to date stays as it is.' }),
  }),
});

const CauseEnum = builder.enumType('SnapshotCause', {
  description: 'What led to a snapshot.',
  values: {
    RUN: { value: 'run', description: 'A run of Waybill that wrote the database.' },
    HOOKS: { value: 'hooks', description: 'Logical decoding, or the triggers of `waybill snapshot --install-hooks`.' },
    POLLING: { value: 'polling', description: 'PostgreSQL’s own counts of written rows.' },
    REQUEST: { value: 'request', description: 'Somebody asked for it.' },
    START: { value: 'start', description: 'The watching began.' },
  } as const,
});

const SnapshotType = builder.objectRef<{ readonly at: string; readonly position: number; readonly report: Report }>('Snapshot').implement({
  description: 'A snapshot that wrote files: the event `SnapshotWritten`.',
  fields: (t) => ({
    position: t.field({ type: 'Long', resolve: ({ position }) => position, description: 'Position of the event in the log.' }),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at, description: 'When it was recorded.' }),
    database: t.string({ resolve: ({ report }) => report.database, description: 'The database, by its registered name.' }),
    by: t.field({ type: CauseEnum, resolve: ({ report }) => report.by, description: 'What led to it.' }),
    run: t.string({ nullable: true, resolve: ({ report }) => report.run, description: 'The run that led to it, where it was one.' }),
    tables: t.stringList({ resolve: ({ report }) => [...report.tables], description: 'Tables in which something differed, `schema.table`.' }),
    files: t.field({ type: [SnapshotFileType], resolve: ({ report }) => [...report.files], description: 'The files that were written.' }),
    more: t.int({ resolve: ({ report }) => report.more ?? 0, description: 'How many files and tables the lists leave out.' }),
    bytesRead: t.field({ type: 'Long', resolve: ({ report }) => report.bytesRead, description: 'Bytes that were read from the database.' }),
    bytesWritten: t.field({ type: 'Long', resolve: ({ report }) => report.bytesWritten, description: 'Bytes that were written to disk.' }),
    milliseconds: t.int({ resolve: ({ report }) => report.milliseconds, description: 'How long it took.' }),
  }),
});

const reported = ({ at, position, event }: StoredEvent) => (event.type === 'SnapshotWritten' ? [{ at, position, report: event.data }] : []);

const SnapshotPayload = builder.objectRef<SnapshotAnswer & Positioned>('SnapshotPayload').implement({
  description: 'The files are up to date.',
  fields: (t) => ({
    database: t.exposeString('database', { description: 'The database, by its registered name.' }),
    files: t.field({
      type: [SnapshotFileType],
      resolve: ({ files }) => [...files],
      description: 'Files of the snapshot, those that were written before the others; of very many the first 1,000.',
    }),
    fileCount: t.exposeInt('fileCount', { description: 'How many files the snapshot has.' }),
    writtenCount: t.exposeInt('writtenCount', { description: 'How many of them were written.' }),
    tables: t.stringList({ resolve: ({ tables }) => [...tables], description: 'Tables in which something differed, `schema.table`.' }),
    bytesRead: t.field({ type: 'Long', resolve: ({ bytesRead }) => bytesRead, description: 'Bytes that were read from the database.' }),
    bytesWritten: t.field({ type: 'Long', resolve: ({ bytesWritten }) => bytesWritten, description: 'Bytes that were written to disk.' }),
    milliseconds: t.int({ resolve: ({ milliseconds }) => milliseconds, description: 'How long it took.' }),
  }),
});

const databaseText = z.string().min(1, 'Name a database.').max(2000, 'Too long.');

const SnapshotInput = builder.inputType('SnapshotInput', {
  description: 'Of which database.',
  fields: (t) => ({
    database: t.string({ required: true, description: 'A registered name, or a postgres:// URL.', validate: databaseText }),
    full: t.boolean({ defaultValue: false, description: 'Takes no notice of what lies there: every file is read and written anew.' }),
  }),
});

builder.mutationField('snapshot', (t) =>
  t.field({
    type: SnapshotPayload,
    authScopes: { export: true },
    errors: refusals('UnknownDatabase', 'DatabaseRefused', 'Forbidden'),
    description:
      'Brings the files of a database up to date: a CSV per table and one nested document, in the folder of the snapshots. Answers when they are written; what did not change is not written.',
    args: {
      input: t.arg({ type: SnapshotInput, required: true, description: 'Of which database.' }),
      idempotencyKey: t.arg(idempotencyKeyArg),
    },
    resolve: (_root, { input: { database, full }, idempotencyKey }, context) =>
      refusing(() =>
        context.snapshots.take({
          database,
          full: full === true,
          mayReachInward: mayReachInward(context),
          meta: metadataOf(context),
          idempotencyKey,
          signal: context.signal,
        }),
      ),
  }),
);

const SnapshotConnection = builder.connectionObject(
  { type: SnapshotType, name: 'SnapshotConnection', description: 'A page of snapshots, newest first.' },
  { name: 'SnapshotEdge', description: 'One snapshot of a page.' },
);

builder.queryField('snapshots', (t) =>
  t.field({
    type: SnapshotConnection,
    authScopes: { read: true },
    description: 'The last snapshots that wrote files, newest first.',
    args: { ...pageArgs, database: t.arg.string({ description: 'Only of this database, by its registered name.', validate: databaseText }) },
    resolve: (_root, { database, ...page }, context) => {
      const runs = database === null || database === undefined ? {} : { runs: { database } };
      const query = { ...given('after', positionOf(page.after)), ...runs, newestFirst: true, types: ['SnapshotWritten'] };
      return readPage(
        page,
        async (limit) => (await context.store.browse({ ...query, limit })).flatMap(reported),
        ({ position }) => String(position),
      );
    },
  }),
);

builder.subscriptionField('snapshotWritten', (t) =>
  t.field({
    type: SnapshotType,
    authScopes: { read: true },
    description: 'Each snapshot that writes files, as it is recorded.',
    args: {
      database: t.arg.string({ description: 'Only of this database, by its registered name.', validate: databaseText }),
      after: t.arg({ type: 'Long', description: 'Also those since this position of the log, before now.' }),
    },
    subscribe: (_root, { database, after }, { store, signal }) => {
      const events = store.subscribeEvents({ ...given('after', after), filter: { types: ['SnapshotWritten'] }, signal });
      return filtered(events, (event) => event.event.type === 'SnapshotWritten' && (database ?? event.event.data.database) === event.event.data.database);
    },
    resolve: (event) => {
      const [snapshot] = reported(event);
      if (snapshot === undefined) throw new Error(`Event ${event.position} is no snapshot`);
      return snapshot;
    },
  }),
);

/** `return` goes through at once, also while nothing comes. */
const filtered = <Value>(
  values: AsyncIterableIterator<Value, void, undefined>,
  wanted: (value: Value) => boolean,
): AsyncIterableIterator<Value, void, undefined> => ({
  next: async () => {
    for (;;) {
      const found = await values.next();
      if (found.done === true || wanted(found.value)) return found;
    }
  },
  return: async () => (await values.return?.()) ?? { done: true, value: undefined },
  [Symbol.asyncIterator]() {
    return this;
  },
});
