import type { StoreUpload } from '../../domain/upload/upload.ts';
import type { RequestCaller } from '../http/request-scope.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { crashPoint } from '../crash-point.ts';
import type { Received, ReceiveLimits } from './receive.ts';

/** What every door for files hands a received file to. */
export type UploadPorts = {
  readonly blobs: BlobStore;
  readonly limits: ReceiveLimits;
  /** Puts it down in the log; with the key of an earlier call, gives the earlier answer. */
  record(received: Received, by: Recording): Promise<Recorded>;
  /** What is known of a content, if this caller may know it. */
  find(sha256: string, caller: RequestCaller): Promise<KnownUpload | undefined>;
  /** Into the inbox; gives the name that it has there. */
  deliver?(received: Received & { readonly uploadId: string }, caller: RequestCaller): Promise<string | undefined>;
  /** The name under which this content came into the inbox, whatever became of it there. */
  arrivedAs?(sha256: string): Promise<string | undefined>;
};

export type Recording = { readonly caller: RequestCaller; readonly via: 'post' | 'tus'; readonly idempotencyKey?: string | undefined };
type Recorded = { readonly uploadId: string; readonly known: boolean };
export type KnownUpload = { readonly uploadId: string; readonly sha256: string; readonly bytes: number; readonly name: string };

/** The answer of every door, in JSON. */
export type UploadAnswer = {
  /** `upload-<ulid>`. */
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
  /** The same content had come before. */
  readonly known: boolean;
  readonly inbox: string | null;
};

/**
 * A file whose bytes are kept becomes one that is listed, and one that waits in the inbox, in this order: whoever dies in
 * between leaves an upload without `inbox`, and the sender, who has had no answer, sends it again.
 */
export const takeIn = async (ports: UploadPorts, received: Received, by: Recording & { readonly inbox: boolean }): Promise<UploadAnswer> => {
  crashPoint('upload.stored');
  const { uploadId, known } = await ports.record(received, by);
  crashPoint('upload.recorded');
  const inbox = by.inbox ? await ports.deliver?.({ ...received, uploadId }, by.caller) : undefined;
  return { id: `upload-${uploadId}`, sha256: received.sha256, bytes: received.bytes, name: received.name, known, inbox: inbox ?? null };
};

export const lookUp = async (ports: UploadPorts, sha256: string, caller: RequestCaller): Promise<UploadAnswer | undefined> => {
  // First the disk: of a file that has not come, which is asked most, it knows without a question to the store.
  const found = (await ports.blobs.has(sha256)) ? await ports.find(sha256, caller) : undefined;
  if (found === undefined) return undefined;
  const { uploadId, bytes, name } = found;
  return { id: `upload-${uploadId}`, sha256, bytes, name, known: true, inbox: (await ports.arrivedAs?.(sha256)) ?? null };
};

/** As the log has it: how it was sent is worth a word where that is not how it is stored. */
export const recordOf = ({ sha256, bytes, name, wire }: Received, via: NonNullable<StoreUpload['via']>): StoreUpload => ({
  sha256,
  bytes,
  name,
  via,
  ...(wire.compression === 'none' ? {} : { wire }),
});
