import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../../domain/refusal.ts';
import { publicMessage } from './mask-error.ts';
import { currentRequestId } from './request-scope.ts';

export const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };

/** Answers of routes; errors have the form that GraphQL's have. */
export const sendJson = (response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { ...headers, ...jsonHeaders }).end(`${JSON.stringify(body)}\n`);
};

export type Answer = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Thrown by whatever a route asks; the route sends it. */
export class Declined extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.message);
    this.answer = answer;
  }
}

export const errorBody = ({ code, message, details }: Answer) => ({
  errors: [{ message, extensions: { code, requestId: currentRequestId(), ...(details === undefined ? {} : { details }) } }],
});

/** How long somebody who was refused may go on sending before the connection is cut. */
const lingerMs = 5000;

/**
 * Who is answered in the middle of sending must still hear it: a connection that is closed while bytes are unread takes the
 * answer with it. So the answer goes out whole, what still comes is passed over for a while, and then the connection ends.
 */
export const sendWhole = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): void => {
  if (response.headersSent) return void response.destroy();
  if (request.complete) return void response.writeHead(status, headers).end(body);
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length, connection: 'close' }).write(bytes);
  const end = (): void => void response.end();
  const late = setTimeout(end, lingerMs);
  request.once('close', () => clearTimeout(late));
  request.once('end', end).resume();
};

export const sendError = (request: IncomingMessage, response: ServerResponse, answer: Answer): void =>
  sendWhole(request, response, { status: answer.status, headers: { ...answer.headers, ...jsonHeaders }, body: `${JSON.stringify(errorBody(answer))}\n` });

const statuses: Readonly<Record<string, number>> = {
  UPLOAD_HASH_DIFFERS: 422,
  UPLOAD_TOO_LARGE: 413,
  UPLOAD_STALLED: 408,
  UPLOAD_NAME_REFUSED: 400,
  ARCHIVE_LIMIT: 413,
  ARCHIVE_CORRUPT: 422,
  ARCHIVE_TRUNCATED: 422,
  ARCHIVE_UNSUPPORTED: 422,
  MULTIPART_REFUSED: 400,
  SIGNATURE_BODY_DIFFERS: 403,
  IDEMPOTENCY_KEY_REUSED: 409,
  DISK_FULL: 507,
};

/** What a stranger is told of a failure; the rest is the log's. */
export const answerOf = (failure: Failure): Answer => ({
  status: statuses[failure.code] ?? (failure.kind === 'refusal' ? 422 : failure.retryable ? 503 : 500),
  code: failure.kind === 'defect' ? 'INTERNAL_SERVER_ERROR' : failure.code,
  message: publicMessage(failure),
  ...(failure.kind === 'refusal' ? { details: failure.details } : {}),
});
