import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Fault, Refusal, type Failure } from '../domain/refusal.ts';

/** The command line speaks GraphQL, whoever answers: a server, or the same app in this process. */
export type Client = {
  execute<Result, Variables extends Record<string, unknown>>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Promise<Result>;
  subscribe<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): AsyncIterable<Result>;
  /** A file of this machine becomes an upload. */
  upload(path: string): Promise<Uploaded>;
  /** The bytes of a file that a run exported. */
  download(file: Exported): Promise<AsyncIterable<Uint8Array>>;
  /** What a path of the server is for whoever follows it; in this process, where no server is known, the path itself. */
  urlOf(path: string): string;
  /** Where an archive named by the caller ends up: on this machine, or in the backup folder of the server. */
  readonly isRemote: boolean;
  close(): Promise<void>;
};
export type Exported = { readonly runId: string; readonly sha256: string };
export type Uploaded = { readonly id: string; readonly sha256: string; readonly bytes: number; readonly name: string };

type GraphQLFailure = { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> | undefined };

const refusalCodes = new Set([
  'UNAUTHENTICATED',
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'KEY_REVOKED',
  'KEY_EXPIRED',
  'SIGNATURE_MISSING',
  'COST_LIMIT_EXCEEDED',
  'BAD_REQUEST',
  'GRAPHQL_VALIDATION_FAILED',
]);

const tooLarge =
  'The file is larger than this server takes in a request (its setting WAYBILL_MAX_UPLOAD_BYTES). Put it into the exchange folder of the server and name it exchange/NAME.';

/** An error of GraphQL as the failure that it was on the other side. */
export const failureOf = (errors: readonly GraphQLFailure[]): Failure => {
  const [first] = errors;
  const code = typeof first?.extensions?.['code'] === 'string' ? first.extensions['code'] : 'SERVER_ERROR';
  const details = first?.extensions?.['details'];
  const message = first?.message ?? 'The server answered with an error.';
  if (code === 'REQUEST_ENTITY_TOO_LARGE') return new Refusal('FILE_TOO_LARGE', tooLarge);
  const isRefusal = refusalCodes.has(code) || details !== undefined;
  return isRefusal
    ? new Refusal(code, message, typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : undefined)
    : new Fault(code, message);
};

type Answer = { readonly __typename: string };
type RefusalAnswer = { readonly code: string; readonly message: string; readonly details: unknown };

const isRefusal = (answer: object): answer is RefusalAnswer => 'code' in answer && 'message' in answer;

/** A mutation answers with its payload or with a refusal; here the refusal is thrown. */
export const accepted = <Result extends Answer>(answer: Result): Exclude<Result, RefusalAnswer> => {
  if (isRefusal(answer))
    throw new Refusal(
      answer.code,
      answer.message,
      typeof answer.details === 'object' && answer.details !== null ? (answer.details as Record<string, unknown>) : undefined,
    );
  return answer as Exclude<Result, RefusalAnswer>;
};
