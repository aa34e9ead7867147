import type { Databases } from './events/databases.ts';
import type { Store } from './events/store.ts';
import { uploadPorts } from './events/upload-ports.ts';
import type { BlobStore } from './infra/blobs/blob-store.ts';
import type { Config } from './infra/config.ts';
import type { Admit } from './infra/http/admit.ts';
import type { Route } from './infra/http/listen.ts';
import type { Logger } from './infra/http/logger.ts';
import { createDownloadRoute } from './infra/http/download-route.ts';
import { createUploadRoute } from './infra/http/upload-route.ts';
import type { ServerFiles } from './infra/http/server-files.ts';

/**
 * What a server has beside GraphQL: routes for files, and services that look after folders. Loaded when it listens, so that
 * a command in process does without. One line each, with the ports that it needs.
 */
export type Parts = {
  readonly config: Config;
  readonly logger: Logger;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly databases: Databases;
  readonly files: ServerFiles;
};

/** The first whose prefix fits answers. */
export const routes: readonly ((parts: Parts & { readonly admit: Admit }) => readonly Route[])[] = [
  (parts) => [createUploadRoute({ ...uploadPorts({ ...parts, limits: parts.config.limits }), admit: parts.admit, logger: parts.logger })],
  ({ blobs, store }) => [createDownloadRoute({ blobs, readLink: store.readLink })],
];

/** Begun in this order once the server listens, stopped in the other. */
export const services: readonly ((parts: Parts) => Promise<{ stop(): Promise<void> }>)[] = [];
