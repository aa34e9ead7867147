import { GraphQLError } from 'graphql';
import { Conflict, Failure, Refusal } from '../../domain/refusal.ts';
import { sqlStateOf, translateError } from '../postgres/errors.ts';
import { failureForLog, type Logger } from './logger.ts';
import { currentRequestId } from './request-scope.ts';

/** What a stranger may know of a fault, by its code; never the words of PostgreSQL, of Node or of a stack. */
const faultMessages: Readonly<Record<string, string>> = {
  CONNECTION_LOST: 'The connection to a database was lost.',
  DATABASE_STARTING: 'The database is starting or stopping; try again.',
  TOO_MANY_CONNECTIONS: 'The database has no free connection; try again.',
  STATEMENT_CANCELLED: 'The database took too long, and the statement was stopped.',
  DISK_FULL: 'There is no space left, on the server or on that of the database.',
  BLOB_MISSING: 'A stored file that this needs is missing.',
  REQUEST_CANCELLED: 'The request was cancelled.',
};

const statusOf = (error: Failure): number | undefined => {
  if (error.code === 'TOO_MANY_CONNECTIONS' || error.code === 'DATABASE_STARTING') return 503;
  return undefined;
};

/** By name: the limits bring a copy of the class of their own. */
export const isGraphQLError = (error: unknown): error is GraphQLError => error instanceof Error && error.name === 'GraphQLError';

const originalOf = (error: unknown): unknown => {
  let current = error;
  while (isGraphQLError(current) && current.originalError !== undefined && current.originalError !== null) current = current.originalError;
  return current;
};

const place = (error: unknown) => (isGraphQLError(error) ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path } : {});

/** Refusals of a database speak of its tables and rows through PostgreSQL's own words: the code says enough. */
export const publicMessage = (error: Failure): string => {
  if (error instanceof Refusal && sqlStateOf(error) === undefined) return error.message;
  if (error instanceof Refusal) return `The database refuses this (${error.code}).`;
  if (error instanceof Conflict) return 'Somebody else changed this at the same moment; try again.';
  return faultMessages[error.code] ?? `The server could not do this. Its log has the reason under request id ${currentRequestId()}.`;
};

/** Every error leaves with a stable code and the request id; what it was stays in the log. */
export const createMaskError =
  (logger: Logger) =>
  (error: unknown): Error => {
    const original = originalOf(error);
    if (isGraphQLError(original)) return original;
    const failure = original instanceof Error ? translateError(original) : original;
    const code = failure instanceof Failure && failure.kind !== 'defect' ? failure.code : 'INTERNAL_SERVER_ERROR';
    logger[failure instanceof Refusal ? 'info' : 'error']({ failure: failureForLog(failure) }, 'the operation failed');
    const message =
      failure instanceof Failure && failure.kind !== 'defect'
        ? publicMessage(failure)
        : `The server could not do this. Its log has the reason under request id ${currentRequestId()}.`;
    const status = failure instanceof Failure ? statusOf(failure) : undefined;
    return new GraphQLError(message, {
      ...place(error),
      extensions: {
        code,
        requestId: currentRequestId(),
        ...(failure instanceof Refusal && sqlStateOf(failure) === undefined ? { details: failure.details } : {}),
        ...(status === undefined ? {} : { http: { status } }),
      },
    });
  };

/** For errors that were never masked: those of parsing, validation and limits have no code of their own. */
export const stampError = (error: GraphQLError): GraphQLError => {
  // Pieces of what was sent, as the parser of JSON quotes them.
  delete error.extensions['originalError'];
  Object.assign(error.extensions, { code: error.extensions['code'] ?? 'BAD_REQUEST', requestId: currentRequestId() });
  return error;
};
