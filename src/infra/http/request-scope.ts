import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Reach, Scope } from '../../domain/key/key.ts';

/** What everything that happens for one request shares: the id under which the log has it, and who asks. */
export type RequestScope = { readonly requestId: string; readonly startedAt: number; readonly address: string; caller: RequestCaller | undefined };

/** Somebody who was let in, and what they may do. */
export type RequestCaller = {
  readonly actor: string;
  /** Name of the key that was shown. */
  readonly apiKey?: string;
  readonly keyId?: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly reach: Reach;
  /** Whether what it changes must be signed. */
  readonly mustSign?: boolean;
  /** SHA-256 of the body that the signature speaks of; whoever reads the body compares. */
  readonly bodyHash?: string;
  /** Fires when the key is revoked. */
  readonly until?: AbortSignal;
};

export const requestScope = new AsyncLocalStorage<RequestScope>();

/** A caller may bring an id of its own, so that its log and ours speak of the same thing. */
export const newScope = (given?: string | null, address = 'local'): RequestScope => ({
  requestId: given !== null && given !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID(),
  startedAt: Date.now(),
  address,
  caller: undefined,
});

export const currentRequestId = (): string => requestScope.getStore()?.requestId ?? 'none';
