import type { StoredEvent } from '../domain/run/events.ts';
import { eventCodecs } from '../events/log/codec.ts';
import { builder } from './builder.ts';
import { pageArgs, readPage } from './connection.ts';
import { positionOf } from './cursor.ts';
import { given } from './given.ts';
import { RunKindEnum, RunStateEnum, runIdOf } from './run-words.ts';

const EventTypeEnum = builder.enumType('EventType', {
  description: 'What an event says happened.',
  values: Object.keys(eventCodecs) as (keyof typeof eventCodecs)[],
});

export const EventType = builder.objectRef<StoredEvent>('Event');
builder.node(EventType, {
  description: 'One fact of the log. Events are appended once and never changed; each carries a hash over itself and the one before it.',
  id: { resolve: (event) => event.id, description: '`event-<ulid>`.' },
  loadOne: (id, context) => context.store.event(id),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'event' in value && 'stream' in value,
  fields: (t) => ({
    position: t.field({ type: 'Long', resolve: (event) => event.position, description: 'Its place in the log: 1, 2, 3, ... without a gap.' }),
    stream: t.exposeString('stream', { description: 'What it is about: `run-<ulid>`, `upload-<ulid>`, `database-<ulid>`.' }),
    version: t.exposeInt('version', { description: 'Its place in its stream, from 1.' }),
    type: t.field({ type: EventTypeEnum, resolve: (event) => event.event.type, description: 'What happened.' }),
    schemaVersion: t.exposeInt('schemaVersion', { description: 'The version in which its data was written; `data` is in the newest.' }),
    data: t.field({ type: 'JSON', resolve: (event) => event.event.data, description: 'What is known of it; docs/LOG.md lists the fields by type.' }),
    actor: t.string({
      resolve: (event) => event.metadata.actor,
      description: 'Who did it: the name of an API key, a user of the operating system, or `local`.',
    }),
    apiKey: t.string({ nullable: true, resolve: (event) => event.metadata.apiKey, description: 'The name of the API key that was shown.' }),
    requestId: t.string({ resolve: (event) => event.metadata.requestId, description: 'The request that led to it, as in the server’s own log.' }),
    correlation: t.string({ nullable: true, resolve: (event) => event.metadata.correlation, description: 'What it belongs to.' }),
    causation: t.string({ nullable: true, resolve: (event) => event.metadata.causation, description: 'What led to it.' }),
    client: t.string({ resolve: (event) => event.metadata.client, description: '`cli`, `graphql`, `worker`.' }),
    at: t.field({ type: 'DateTime', resolve: (event) => event.at, description: 'When it was appended, by the clock of the store.' }),
    hash: t.exposeString('hash', { description: 'SHA-256 over the hash before it and itself, in hex.' }),
  }),
});

export const EventConnection = builder.connectionObject(
  { type: EventType, name: 'EventConnection', description: 'A page of events, in the order of the log. The cursor of an event is its position.' },
  { name: 'EventEdge', description: 'One event of a page.' },
);

const EventFilterInput = builder.inputType('EventFilter', {
  description: 'Only events to which all of this applies.',
  fields: (t) => ({
    run: t.id({ description: 'Of this run.' }),
    stream: t.string({ description: 'Of this stream.' }),
    types: t.field({ type: [EventTypeEnum], description: 'Of one of these types.' }),
    actor: t.string({ description: 'Done by this actor.' }),
    table: t.string({ description: 'Of runs that touch this table, `schema.table`; it is known when they have planned.' }),
    kind: t.field({ type: RunKindEnum, description: 'Of runs of this kind.' }),
    states: t.field({ type: [RunStateEnum], description: 'Of runs that are in one of these states now.' }),
    database: t.string({ description: 'Of runs on this database, and of the database itself.' }),
  }),
});

type Filter = typeof EventFilterInput.$inferInput;

const selectionOf = (filter: Filter | null | undefined) => {
  const stream = filter?.run === undefined || filter.run === null ? filter?.stream : `run-${runIdOf(filter.run)}`;
  const runs = {
    ...given('table', filter?.table),
    ...given('kind', filter?.kind),
    ...given('states', filter?.states),
    ...given('database', filter?.database),
  };
  return {
    ...given('stream', stream),
    ...given('types', filter?.types),
    ...given('actor', filter?.actor),
    ...(Object.keys(runs).length === 0 ? {} : { runs }),
  };
};

builder.queryField('events', (t) =>
  t.field({
    type: EventConnection,
    authScopes: { read: true },
    description: 'The log, oldest first; or from its end, newest first.',
    args: {
      ...pageArgs,
      newestFirst: t.arg.boolean({ defaultValue: false, description: 'Reads backwards from the end of the log, or from the cursor.' }),
      filter: t.arg({ type: EventFilterInput, description: 'Only these.' }),
      since: t.arg({ type: 'DateTime', description: 'Appended not before.' }),
      until: t.arg({ type: 'DateTime', description: 'Appended before.' }),
    },
    resolve: (_root, args, context) => {
      const query = {
        ...selectionOf(args.filter),
        ...given('since', args.since),
        ...given('until', args.until),
        ...given('after', positionOf(args.after)),
        newestFirst: args.newestFirst === true,
      };
      return readPage(
        args,
        (limit) => context.store.browse({ ...query, limit }),
        (event) => String(event.position),
      );
    },
  }),
);

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventType,
    authScopes: { read: true },
    description:
      'Every event after a position, as it is appended: none missed and none twice, also over a reconnect with `after` set to the last position seen.',
    args: {
      after: t.arg({ type: 'Long', description: 'Position of the last event seen; 0 for the whole log. Default: only what comes from now on.' }),
      filter: t.arg({ type: EventFilterInput, description: 'Only these.' }),
    },
    subscribe: (_root, args, context) =>
      context.store.subscribeEvents({ ...given('after', args.after), filter: selectionOf(args.filter), signal: context.signal }),
    resolve: (event) => event,
  }),
);
