import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** What everything that happens for one request shares: the id under which the log has it, and who asks. */
export type RequestScope = { readonly requestId: string; readonly startedAt: number; caller: RequestCaller | undefined };
export type RequestCaller = { readonly actor: string; readonly apiKey?: string };

export const requestScope = new AsyncLocalStorage<RequestScope>();

/** A caller may bring an id of its own, so that its log and ours speak of the same thing. */
export const newScope = (given?: string | null): RequestScope => ({
  requestId: given !== null && given !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID(),
  startedAt: Date.now(),
  caller: undefined,
});

export const currentRequestId = (): string => requestScope.getStore()?.requestId ?? 'none';
