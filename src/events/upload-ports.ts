import type { Metadata } from '../domain/run/events.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import { currentRequestId, type RequestCaller } from '../infra/http/request-scope.ts';
import type { ReceiveLimits } from '../infra/receive/receive.ts';
import { recordOf, type UploadPorts } from '../infra/receive/take-in.ts';
import type { Store } from './store.ts';

const metadataOf = ({ actor, apiKey }: RequestCaller): Metadata => ({
  actor,
  ...(apiKey === undefined ? {} : { apiKey }),
  requestId: currentRequestId(),
  client: 'http',
});

/** What the routes for files need of the store. */
export const uploadPorts = ({ limits, store, blobs }: { readonly limits: ReceiveLimits; readonly store: Store; readonly blobs: BlobStore }): UploadPorts => ({
  blobs,
  limits,
  record: (received, { caller, via, idempotencyKey }) => store.recordUpload(recordOf(received, via), metadataOf(caller), idempotencyKey),
  find: async (sha256, caller) => {
    const found = await store.upload({ sha256 });
    if (found === undefined) return undefined;
    const seesAll = caller.scopes.has('admin') || (caller.scopes.has('read') && caller.reach.databases === 'all');
    if (seesAll || found.actor === caller.actor) return found;
    const sent = await store.events({ stream: `upload-${found.uploadId}`, actor: caller.actor, limit: 1 });
    return sent.length > 0 ? found : undefined;
  },
});
