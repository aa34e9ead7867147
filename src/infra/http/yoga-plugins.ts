import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor';
import { GraphQLError, NoSchemaIntrospectionCustomRule, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { keyInUrl, keyInUrlMessage, keyOf, type Admit, type Denied } from './admit.ts';
import { operationLimits } from './limits.ts';
import type { Logger } from './logger.ts';
import { isGraphQLError, stampError } from './mask-error.ts';
import { currentRequestId, requestScope } from './request-scope.ts';
import { withSignedBody, type AccessOptions } from './yoga-access.ts';

const refuse = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify({ errors: [{ message, extensions: { code, requestId: currentRequestId() } }] }), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });

/** Forms that a page of any origin can send without asking first; of these only multipart is served, and only with a header that a page would have to ask for. */
const isForgeable = (request: Request): boolean => {
  const given = ['x-api-key', 'authorization', 'x-waybill-csrf', 'graphql-require-preflight', 'apollo-require-preflight'];
  return !given.some((name) => request.headers.has(name));
};

const checkForm = (request: Request, maxBodyBytes: number): Response | undefined => {
  if (request.method !== 'POST') return undefined;
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') {
    return isForgeable(request)
      ? refuse(403, 'CSRF_HEADER_REQUIRED', 'A multipart request needs a header that a foreign page cannot send: X-Waybill-CSRF: 1, or the API key.')
      : undefined;
  }
  if (type !== 'application/json' && type !== 'application/graphql+json')
    return refuse(415, 'CONTENT_TYPE_REFUSED', 'Send a JSON body with content-type application/json, or multipart/form-data for files.');
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes)
    return refuse(413, 'BODY_TOO_LARGE', `The body has more than the ${maxBodyBytes} bytes allowed.`);
  return undefined;
};

export type GuardOptions = AccessOptions & {
  readonly admit: Admit;
  readonly logger: Logger;
  readonly maxBodyBytes: number;
  readonly maxUploadBytes: number;
  readonly isHealthy: () => Promise<boolean>;
};

const health = async (isHealthy: () => Promise<boolean>): Promise<Response> => {
  const healthy = await isHealthy();
  return new Response(JSON.stringify({ status: healthy ? 'ok' : 'unavailable' }), {
    status: healthy ? 200 : 503,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
};

const isPage = (request: Request): boolean => request.method === 'GET' && (request.headers.get('accept') ?? '').includes('text/html');

const headersOf = ({ status, retryAfter }: Denied): Readonly<Record<string, string>> => ({
  ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
});

/** Who asks, and in which form, before a body is read. */
export const useGuard = ({ admit, logger, maxBodyBytes, maxUploadBytes, isHealthy, noteRefused }: GuardOptions): Plugin => ({
  async onRequest({ request, url, endResponse, setRequest }) {
    if (url.pathname === '/health') return endResponse(await health(isHealthy));
    if (url.pathname !== '/graphql') return endResponse(refuse(404, 'NOT_FOUND', 'There is nothing here. GraphQL is at /graphql.'));
    if (keyInUrl(url.searchParams)) return endResponse(refuse(400, 'KEY_IN_URL', keyInUrlMessage));
    if (isPage(request) && !url.searchParams.has('query')) return;
    const scope = requestScope.getStore();
    const caller = await admit({
      authorization: request.headers.get('authorization'),
      apiKey: request.headers.get('x-api-key'),
      host: request.headers.get('host'),
      address: scope?.address ?? 'local',
      door: 'graphql',
      method: request.method,
      path: `${url.pathname}${url.search}`,
      signature: request.headers.get('x-waybill-signature'),
      cost: 1,
    });
    if ('denied' in caller) {
      logger.warn({ code: caller.code, status: caller.status }, 'a request was denied');
      return endResponse(refuse(caller.status, caller.code, caller.denied, headersOf(caller)));
    }
    if (scope !== undefined) scope.caller = caller;
    const refused = checkForm(request, maxBodyBytes);
    if (refused !== undefined) return endResponse(refused);
    if (caller.bodyHash === undefined) return;
    const signed = await withSignedBody(request, caller.bodyHash, maxUploadBytes + maxBodyBytes);
    if (signed === 'too large') return endResponse(refuse(413, 'BODY_TOO_LARGE', 'The body is larger than is allowed.'));
    if (signed !== 'differs') return setRequest(signed);
    noteRefused({ reason: 'signature', door: 'graphql', address: scope?.address ?? 'local', ...keyOf(caller) });
    endResponse(refuse(401, 'SIGNATURE_BODY_DIFFERS', 'The body is not the one that was signed.'));
  },
  onResponse({ response, request }) {
    logger.debug({ method: request.method, status: response.status, ms: Date.now() - (requestScope.getStore()?.startedAt ?? Date.now()) }, 'answered');
    response.headers.set('x-request-id', currentRequestId());
    response.headers.set('x-content-type-options', 'nosniff');
    response.headers.set('referrer-policy', 'no-referrer');
    response.headers.set('cross-origin-resource-policy', 'same-origin');
    if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
    if (isPage(request))
      response.headers.set(
        'content-security-policy',
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'",
      );
  },
});

/** Parse-time limits; and without introspection neither the schema nor a hint at it. */
export const useLimits = (introspection: boolean): Plugin[] => [
  EnvelopArmorPlugin({
    maxDepth: { n: operationLimits.depth, ignoreIntrospection: false, flattenFragments: true },
    maxAliases: { n: operationLimits.aliases, allowList: [] },
    maxDirectives: { n: operationLimits.directives },
    maxTokens: { n: operationLimits.tokens },
    costLimit: { enabled: false },
    blockFieldSuggestion: { enabled: !introspection },
  }),
  ...(introspection ? [] : [{ onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule) } satisfies Plugin]),
];

/** A body that is no request at all is a bad request for every client, not only for those that ask for the newer media type. */
const insistOnStatus = (error: GraphQLError): void => {
  const http = error.extensions['http'];
  if (error.extensions['code'] === 'BAD_REQUEST' && typeof http === 'object' && http !== null && 'spec' in http)
    error.extensions['http'] = { ...http, spec: false };
};

const stampResult = (result: ExecutionResult): void => {
  for (const error of result.errors ?? []) {
    if (!isGraphQLError(error)) continue;
    insistOnStatus(error);
    stampError(error);
  }
};

const jsonDepth = 60;

/** Level by level, so that the check itself needs no stack. */
const isDeep = (value: unknown): boolean => {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > jsonDepth) return true;
    level = level.flatMap((part) => (typeof part === 'object' && part !== null && !(part instanceof Blob) ? Object.values(part) : []));
  }
  return false;
};

/** What the parser of JSON lets through and later steps would walk down by recursion. */
export const useFlatVariables = (): Plugin => ({
  onParams({ params }) {
    if (isDeep(params.variables) || isDeep(params.extensions))
      throw new GraphQLError(`Variables are nested deeper than ${jsonDepth} levels.`, { extensions: { code: 'VARIABLES_TOO_DEEP', http: { status: 400 } } });
  },
});

/** Every error carries a code and the request id, whichever step it comes from. */
export const useStamp = (): Plugin => ({
  onResultProcess({ result }) {
    if (Array.isArray(result)) result.forEach(stampResult);
    else if (!(Symbol.asyncIterator in result)) stampResult(result);
  },
});
