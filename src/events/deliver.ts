import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nameBeside, safeFileName } from '../domain/inbox/file-name.ts';
import { Conflict } from '../domain/refusal.ts';
import type { Metadata } from '../domain/run/events.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import { crashPoint } from '../infra/crash-point.ts';
import { placeCopy } from '../infra/folders/place.ts';
import { currentRequestId, type RequestCaller } from '../infra/http/request-scope.ts';
import type { Store } from './store.ts';

type DeliverPorts = { readonly store: Store; readonly blobs: BlobStore; readonly inboxDir: string };
export type Delivery = { readonly sha256: string; readonly bytes: number; readonly name: string; readonly uploadId: string };

/**
 * What was received lies in the inbox: whole, expanded, under its own name or one beside another file. First the file, then
 * the event: whoever reads of a waiting file finds it, and a file without an event is found by looking.
 */
export const deliver = async ({ store, blobs, inboxDir }: DeliverPorts, delivery: Delivery, meta: Metadata): Promise<string> => {
  const { sha256, bytes, uploadId } = delivery;
  const own = safeFileName(delivery.name);
  for (const wanted of [own, nameBeside(own, sha256), nameBeside(own, sha256.slice(8))]) {
    const { name, known } = await placeCopy(blobs.open(sha256), { folder: inboxDir, name: wanted, sha256 });
    crashPoint('inbox.placed');
    const { outcome } = await store.fileArrived({ folder: 'inbox', name, sha256, bytes, upload: uploadId, by: 'upload' }, meta);
    if (outcome !== 'busy') return name;
    // Another file of that name is being imported though it does not lie there any more.
    if (!known) await rm(join(inboxDir, name), { force: true });
  }
  throw new Conflict('INBOX_NAME_BUSY', `Files named like ${own} are being imported right now. Send it again in a moment.`);
};

const metadataOf = ({ actor, apiKey }: RequestCaller): Metadata => ({
  actor,
  ...(apiKey === undefined ? {} : { apiKey }),
  requestId: currentRequestId(),
  client: 'http',
});

/** For the doors that files come through. */
export const deliveries = ({ store, blobs, config }: Omit<DeliverPorts, 'inboxDir'> & { readonly config: { readonly inboxDir: string } }) => ({
  deliver: (received: Delivery, caller: RequestCaller): Promise<string> => deliver({ store, blobs, inboxDir: config.inboxDir }, received, metadataOf(caller)),
  arrivedAs: (sha256: string): Promise<string | undefined> => store.arrivedAs(sha256),
});
