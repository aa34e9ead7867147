import { Conflict, Failure, Fault, Refusal } from '../../domain/refusal.ts';

type PostgresError = {
  code: string;
  message: string;
  table?: string;
  schema?: string;
  column?: string;
  constraint?: string;
  detail?: string;
  where?: string;
  severity?: string;
};

const isPostgresError = (error: unknown): error is PostgresError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && 'severity' in error;

/** What PostgreSQL said of a failed statement, kept beside our own error for the engine and the logs. */
export type SqlState = { readonly sqlState: string; readonly schema?: string; readonly table?: string; readonly column?: string; readonly constraint?: string };

/** SQLSTATE of a failure that came from PostgreSQL, however deep. */
export const sqlStateOf = (error: unknown): SqlState | undefined => {
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    if (isPostgresError(current)) {
      return {
        sqlState: current.code,
        ...(current.schema === undefined ? {} : { schema: current.schema }),
        ...(current.table === undefined ? {} : { table: current.table }),
        ...(current.column === undefined ? {} : { column: current.column }),
        ...(current.constraint === undefined ? {} : { constraint: current.constraint }),
      };
    }
  }
  return undefined;
};

type Translation = readonly [kind: 'conflict' | 'fault' | 'retryable' | 'refusal', code: string, advice: string];

/** By SQLSTATE, else by its class. One place, so every caller says the same of the same thing. */
const translations: Readonly<Record<string, Translation>> = {
  '40001': ['conflict', 'SERIALIZATION_FAILURE', 'The database changed meanwhile; the run is planned again.'],
  '40P01': ['conflict', 'DEADLOCK', 'Two transactions waited for each other; the run is planned again.'],
  '55P03': ['conflict', 'LOCK_TIMEOUT', 'Another session holds a lock; try again when it is done.'],
  '57014': ['fault', 'STATEMENT_CANCELLED', 'The statement was cancelled or ran past its timeout.'],
  '28P01': ['refusal', 'DATABASE_AUTHENTICATION_FAILED', 'Check user and password of the database URL.'],
  '28000': ['refusal', 'DATABASE_AUTHENTICATION_FAILED', 'The server does not let this role in; check the URL and pg_hba.conf.'],
  '3D000': ['refusal', 'DATABASE_NOT_FOUND', 'Check the name of the database in the URL.'],
  '42501': ['refusal', 'PERMISSION_DENIED', 'Grant the role what it needs, or use another role.'],
  '25006': ['refusal', 'DATABASE_READ_ONLY', 'Use the primary server and a session that may write.'],
  '53100': ['fault', 'DISK_FULL', 'Free space on the database server, then start the run again.'],
  '53300': ['retryable', 'TOO_MANY_CONNECTIONS', 'Free a connection or raise max_connections.'],
  '57P01': ['retryable', 'CONNECTION_LOST', 'The server ended the session.'],
  '57P02': ['retryable', 'CONNECTION_LOST', 'The server crashed and recovers.'],
  '57P05': ['retryable', 'CONNECTION_LOST', 'The server ended a session that was idle for too long.'],
  '25P03': ['retryable', 'CONNECTION_LOST', 'The server ended a session that left its transaction open.'],
  '57P03': ['retryable', 'DATABASE_STARTING', 'The server is starting or stopping; try again.'],
  // Raised by the log's own functions.
  WB001: ['conflict', 'VERSION_CONFLICT', 'Someone else appended to this stream first; the command is decided again.'],
  WB002: ['refusal', 'LOG_IS_APPEND_ONLY', 'Events are never changed or removed; append a new one.'],
  WB003: ['refusal', 'EVENT_TYPE_UNKNOWN', 'Use the version of Waybill that knows it.'],
  '08': ['retryable', 'CONNECTION_LOST', 'Check that the server can be reached.'],
  '53': ['fault', 'INSUFFICIENT_RESOURCES', 'The database server ran out of memory, disk or connections.'],
  '58': ['fault', 'SERVER_IO_ERROR', 'The database server reported an input or output error; see its log.'],
};

const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Turns whatever `pg` threw into one of our failures; ours pass unchanged. The SQL text stays out of it. */
export const translateError = (error: unknown, _statement?: string): Error => {
  if (error instanceof Failure) return error;
  if (isPostgresError(error)) {
    const found = translations[error.code] ?? translations[error.code.slice(0, 2)];
    const details = { sqlState: error.code, ...sqlStateOf(error) };
    if (found === undefined) return new Fault('DATABASE_ERROR', error.message, { details, cause: error });
    const [kind, code, advice] = found;
    const message = `${error.message}. ${advice}`;
    if (kind === 'conflict') return new Conflict(code, message, { details, cause: error });
    if (kind === 'refusal') return Object.assign(new Refusal(code, message, details), { cause: error });
    return new Fault(code, message, { details, cause: error, retryable: kind === 'retryable' });
  }
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    if (
      networkCodes.has(code) ||
      /Connection terminated|connection timeout|timeout expired|timeout exceeded when trying to connect|Connection ended|connection error and is not queryable|Client was closed/i.test(
        error.message,
      )
    ) {
      return new Fault('CONNECTION_LOST', `The database cannot be reached: ${error.message}. Check that the server runs and the URL is right.`, {
        retryable: true,
        cause: error,
      });
    }
  }
  return error instanceof Error ? error : new Error(String(error));
};
