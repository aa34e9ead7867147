import { deliveries } from './events/deliver.ts';
import type { Databases } from './events/databases.ts';
import { snapshotService } from './events/projectors/snapshots/snapshot-service.ts';
import type { Store } from './events/store.ts';
import { retentionService } from './events/retention-service.ts';
import { seedService } from './events/seed-service.ts';
import { uploadPorts } from './events/upload-ports.ts';
import { inboxService } from './events/watch-service.ts';
import type { BlobStore } from './infra/blobs/blob-store.ts';
import { partsDir, type Config } from './infra/config.ts';
import type { Admit } from './infra/http/admit.ts';
import type { Route } from './infra/http/listen.ts';
import { failureForLog, type Logger } from './infra/http/logger.ts';
import { createDownloadRoute } from './infra/http/download-route.ts';
import { createTusRoute } from './infra/http/tus-route.ts';
import { createUploadRoute } from './infra/http/upload-route.ts';
import { startPartCleaner } from './infra/receive/part-cleaner.ts';
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
  (parts) => {
    const { config, admit, logger } = parts;
    const ports = { ...uploadPorts({ ...parts, limits: config.limits }), ...deliveries(parts), admit, logger };
    return [createTusRoute({ ...ports, partsDir: partsDir(config), expiryMs: config.uploads.partExpiryHours * 3_600_000 }), createUploadRoute(ports)];
  },
  ({ blobs, store }) => [createDownloadRoute({ blobs, readLink: store.readLink })],
];

/** Begun in this order once the server listens, stopped in the other. */
export const services: readonly ((parts: Parts) => Promise<{ stop(): Promise<void> }>)[] = [
  inboxService,
  retentionService,
  seedService,
  snapshotService,
  ({ config, logger }) =>
    startPartCleaner({
      folder: partsDir(config),
      expiryMs: config.uploads.partExpiryHours * 3_600_000,
      everyMs: 600_000,
      onRemoved: (ids) => logger.info({ parts: ids.length }, 'unfinished uploads were removed'),
      onError: (error) => logger.error({ failure: failureForLog(error) }, 'unfinished uploads could not be looked through'),
    }),
];
