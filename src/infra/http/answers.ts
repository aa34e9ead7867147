import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../../domain/refusal.ts';
import { publicMessage } from './mask-error.ts';
import { currentRequestId } from './request-scope.ts';

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };

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
const lingerMs = 2000;

/**
 * Who is told no in the middle of sending must still hear it: a connection that is closed while bytes are unread takes the
 * answer with it. So the answer goes out whole, what still comes is passed over for a while, and then the connection ends.
 */
export const sendError = (request: IncomingMessage, response: ServerResponse, answer: Answer): void => {
  if (request.complete) return sendJson(response, answer.status, errorBody(answer), answer.headers);
  const body = Buffer.from(`${JSON.stringify(errorBody(answer))}\n`);
  response.writeHead(answer.status, { ...answer.headers, ...jsonHeaders, 'content-length': body.length, connection: 'close' }).write(body);
  const end = (): void => void response.end();
  const late = setTimeout(end, lingerMs);
  request.once('close', () => clearTimeout(late));
  request.once('end', end).resume();
};

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
