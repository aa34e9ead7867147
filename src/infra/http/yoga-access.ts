import { createHash } from 'node:crypto';
import { complexityFromQuery } from '@pothos/plugin-complexity';
import { GraphQLError, getOperationAST, type ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { NoteRefused } from './access-log.ts';
import { keyOf, rateDenied, signatureDenied, type Denied } from './admit.ts';
import type { Rates } from './rate-limit.ts';
import { requestScope, type RequestScope } from './request-scope.ts';

/** What is known of access only when the operation has been read: what it costs, and whether it had to be signed. */
export type AccessOptions = { readonly rates: Rates; readonly noteRefused: NoteRefused };

const mutationCost = 10;
/** Cost of fields that makes one unit. */
const complexityPerUnit = 50;
/** An operation that costs more is refused before it runs, and that is cheap. */
const costliest = 300;

/** Beyond the one unit that the request has cost at the door. */
const moreThanOne = ({ schema, document, variableValues, contextValue }: ExecutionArgs, isMutation: boolean): number => {
  if (isMutation) return mutationCost - 1;
  const { complexity } = complexityFromQuery(document, { schema, ctx: contextValue as object, variables: { ...variableValues } });
  const units = Math.floor(complexity / complexityPerUnit);
  return units > costliest ? 1 : Math.max(0, units - 1);
};

const errorOf = ({ denied, code, status, retryAfter }: Denied): GraphQLError =>
  new GraphQLError(denied, {
    extensions: {
      code,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      http: { status, ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }) },
    },
  });

const deniedOf = async (args: ExecutionArgs, scope: RequestScope, { rates }: AccessOptions): Promise<Denied | undefined> => {
  const { caller, address } = scope;
  const isMutation = getOperationAST(args.document, args.operationName)?.operation === 'mutation';
  if (isMutation && caller?.mustSign === true && caller.bodyHash === undefined) return signatureDenied('SIGNATURE_MISSING');
  const cost = moreThanOne(args, isMutation);
  if (cost === 0) return undefined;
  const ofKey = caller?.apiKey === undefined ? undefined : await rates.ofKey(caller.keyId ?? caller.apiKey, cost);
  const wait = ofKey ?? (await rates.ofAddress(address, cost));
  return wait === undefined ? undefined : rateDenied(wait);
};

const check = async (args: ExecutionArgs, options: AccessOptions): Promise<GraphQLError | undefined> => {
  const scope = requestScope.getStore();
  if (scope === undefined) return undefined;
  const denied = await deniedOf(args, scope, options);
  if (denied === undefined) return undefined;
  const { caller, address } = scope;
  options.noteRefused({
    reason: denied.status === 429 ? 'rate' : 'signature',
    door: 'graphql',
    address,
    ...(caller === undefined ? {} : keyOf(caller)),
  });
  return errorOf(denied);
};

export const useAccess = (options: AccessOptions): Plugin => ({
  async onExecute({ args, setResultAndStopExecution }) {
    const error = await check(args, options);
    if (error !== undefined) setResultAndStopExecution({ errors: [error] });
  },
  async onSubscribe({ args, setResultAndStopExecution }) {
    const error = await check(args, options);
    if (error !== undefined) setResultAndStopExecution({ errors: [error] });
  },
});

const boundedBody = async (request: Request, most: number): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Whether a body is the one that was signed; it is read here, so that what runs is what was compared. */
export const withSignedBody = async (request: Request, bodyHash: string, mostBytes: number): Promise<Request | 'differs' | 'too large'> => {
  const body = await boundedBody(request, mostBytes);
  if (body === undefined) return 'too large';
  if (createHash('sha256').update(body).digest('hex') !== bodyHash) return 'differs';
  if (request.method === 'GET' || request.method === 'HEAD') return request;
  return new Request(request.url, { method: request.method, headers: request.headers, body: new Uint8Array(body), signal: request.signal });
};
