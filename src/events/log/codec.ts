import type { DomainEvent, Metadata, StoredEvent } from '../../domain/run/events.ts';
import { Refusal } from '../../domain/refusal.ts';

export type EventType = DomainEvent['type'];
type Data = Readonly<Record<string, unknown>>;

/** `upcasts[i]` turns data of version i + 1 into version i + 2; the newest version is `upcasts.length + 1`. */
type Codec = { readonly upcasts: readonly ((data: Data) => Data)[] };

const first: Codec = { upcasts: [] };

/** Every event type this version knows. A stored event of another type is refused, never skipped. */
export const eventCodecs: Readonly<Record<EventType, Codec>> = {
  ImportRequested: first,
  ExportRequested: first,
  MergeRequested: first,
  ReplaceRequested: first,
  RollbackRequested: first,
  ReplayRequested: first,
  RunStarted: first,
  RunAttemptLost: first,
  RunDrifted: first,
  RunPlanned: first,
  ConflictsResolved: first,
  PlanApproved: first,
  RunCompleted: first,
  RunRefused: first,
  RunFailed: first,
  CancelRequested: first,
  RunCancelled: first,
  UploadStored: first,
  DatabaseRegistered: first,
  DatabaseIdentified: first,
  DatabaseRestored: first,
  KeyCreated: first,
  KeyRotated: first,
  KeyRevoked: first,
  AccessRefused: first,
  InboxFileArrived: first,
  InboxFileTaken: first,
  InboxFileSettled: first,
  InboxFileRejected: first,
  InboxFileRetried: first,
  InboxFileGone: first,
  SeedSynced: first,
  LinkMade: first,
  RetentionApplied: first,
  SnapshotWritten: first,
  SnapshotFailed: first,
};

export const schemaVersionOf = (type: EventType): number => eventCodecs[type].upcasts.length + 1;

const isKnown = (type: string): type is EventType => Object.hasOwn(eventCodecs, type);

/** Old data in today's shape. */
export const upcast = (codec: Codec, schemaVersion: number, data: Data): Data =>
  codec.upcasts.slice(schemaVersion - 1).reduce((older, step) => step(older), data);

export type EventRow = {
  readonly position: string;
  readonly id: string;
  readonly stream: string;
  readonly version: string;
  readonly type: string;
  readonly schema_version: number;
  readonly data: Data;
  readonly metadata: Metadata;
  readonly at: string;
  readonly hash: string;
};

export const decodeEvent = (row: EventRow): StoredEvent => {
  if (!isKnown(row.type)) {
    throw new Refusal(
      'EVENT_TYPE_UNKNOWN',
      `Event ${row.position} has the type ${row.type}, which this version of Waybill does not know. Use the version that wrote it, or a newer one.`,
      { position: Number(row.position), type: row.type },
    );
  }
  const known = schemaVersionOf(row.type);
  if (row.schema_version > known) {
    throw new Refusal(
      'EVENT_VERSION_UNKNOWN',
      `Event ${row.position} (${row.type}) is written in version ${row.schema_version}; this version of Waybill reads up to ${known}. Use a newer one.`,
      { position: Number(row.position), type: row.type },
    );
  }
  return {
    position: Number(row.position),
    id: row.id,
    stream: row.stream,
    version: Number(row.version),
    schemaVersion: row.schema_version,
    event: { type: row.type, data: upcast(eventCodecs[row.type], row.schema_version, row.data) } as DomainEvent,
    metadata: row.metadata,
    at: row.at,
    hash: row.hash,
  };
};

/** jsonb holds neither U+0000 nor half a surrogate pair; a file name from outside may. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? part.toWellFormed().replaceAll('\u0000', '\uFFFD') : part));
