import type { IncomingMessage } from 'node:http';
import type { Door, Scope } from '../../domain/key/key.ts';
import { keyInUrl, keyInUrlMessage, type Admit } from './admit.ts';
import { Declined, type Answer } from './answers.ts';
import { requestScope, type RequestCaller } from './request-scope.ts';

export type Asked = { readonly door: Door; /** Any of them is enough. */ readonly scopes: readonly Scope[]; readonly cost: number };

const one = (value: string | readonly string[] | undefined): string | undefined => (typeof value === 'string' ? value : value?.[0]);

/** Forms of a page of any origin reach this machine too: without a key, a post must carry what such a page cannot send. */
const forged: Answer = {
  status: 403,
  code: 'CSRF_HEADER_REQUIRED',
  message: 'Without an API key a file needs a header that a foreign page cannot send: X-Waybill-CSRF: 1.',
};

const isForgeable = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' && headers['x-waybill-csrf'] === undefined && headers.authorization === undefined && headers['x-api-key'] === undefined && !isTus(headers);

/** A header of tus is one that a page would have to ask for. */
const isTus = (headers: IncomingMessage['headers']): boolean => headers['tus-resumable'] !== undefined;

/** Who asks at a route, before anything of the body is read; fails with what is to be answered. */
export const letIn = async (admit: Admit, request: IncomingMessage, { door, scopes, cost }: Asked): Promise<RequestCaller> => {
  const { headers, method = 'GET', url: path = '/' } = request;
  if (keyInUrl(new URLSearchParams(path.split('?').slice(1).join('?')))) throw new Declined({ status: 400, code: 'KEY_IN_URL', message: keyInUrlMessage });
  const scope = requestScope.getStore();
  const caller = await admit({
    authorization: headers.authorization,
    apiKey: one(headers['x-api-key']),
    host: headers.host,
    address: scope?.address ?? 'local',
    door,
    method,
    path,
    signature: one(headers['x-waybill-signature']) ?? null,
    cost,
    scopes,
  });
  if ('denied' in caller) throw new Declined({ status: caller.status, code: caller.code, message: caller.denied, headers: denialHeaders(caller) });
  if (isForgeable(request)) throw new Declined(forged);
  if (scope !== undefined) scope.caller = caller;
  return caller;
};

const denialHeaders = ({ status, retryAfter }: { readonly status: number; readonly retryAfter?: number }): Readonly<Record<string, string>> => ({
  ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
});
