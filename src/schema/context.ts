import type { Reach, Scope } from '../domain/key/key.ts';
import type { Metadata } from '../domain/run/events.ts';
import type { Store } from '../events/store.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import type { Config } from '../infra/config.ts';
import type { Databases } from '../events/databases.ts';
import type { Snapshots } from '../events/projectors/snapshots/request.ts';
import type { Questions } from '../events/questions.ts';
import type { ServerFiles } from '../infra/http/server-files.ts';

/** Who asks, as the log records it. */
export type Caller = {
  readonly actor: string;
  /** Name of the API key, when one was shown. */
  readonly apiKey?: string;
  /** `cli`, `graphql`, ... */
  readonly client: string;
  /** In process: the operating system has already decided what this caller may read and how much it may ask for. */
  readonly trusted: boolean;
  readonly scopes: ReadonlySet<Scope>;
  readonly reach: Reach;
  readonly keyId?: string;
  /** Fires when the key is revoked. */
  readonly until?: AbortSignal;
};

/** All that a resolver can reach. One per operation. */
export type Context = Caller & {
  /** For the log: that this caller was turned away. */
  readonly noteRefused: (reason: 'scope' | 'database' | 'table', field?: string) => void;
  readonly requestId: string;
  /** Aborts when the caller has gone away. */
  readonly signal: AbortSignal;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly databases: Databases;
  readonly questions: Questions;
  readonly snapshots: Snapshots;
  readonly files: ServerFiles;
  readonly config: Pick<Config, 'environment' | 'limits' | 'rules' | 'retention' | 'links' | 'exchangeDir' | 'inboxDir' | 'watch'>;
};

export const metadataOf = (context: Context): Metadata => ({
  actor: context.actor,
  ...(context.apiKey === undefined ? {} : { apiKey: context.apiKey }),
  requestId: context.requestId,
  client: context.client,
});

/** Whoever came without a key is on this machine, and reaches its network anyway; a key may be anywhere. */
export const mayReachInward = (context: Context): boolean => context.trusted || context.apiKey === undefined;
