/**
 * The five kinds of failure (STYLE, Errors). `code` is stable and public; `message` says what happened, to which thing,
 * and what to do next; `details` is shown to the caller, so it holds no secret, no SQL and no path of the server.
 */
export type FailureKind = 'refusal' | 'conflict' | 'fault' | 'defect';

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(
    kind: FailureKind,
    code: string,
    message: string,
    options: { retryable?: boolean; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = code;
    this.kind = kind;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** A rule says no: shown as a union member with its code; exit 3; never retried. */
export class Refusal extends Failure {
  constructor(code: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super('refusal', code, message, details === undefined ? {} : { details });
  }
}

/** Someone was first (expected version, lock, serialisation): retried by us, then shown. */
export class Conflict extends Failure {
  constructor(code: string, message: string, options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {}) {
    super('conflict', code, message, { ...options, retryable: true });
  }
}

/** The world broke: connection, disk, timeout. Exit 1. */
export class Fault extends Failure {
  constructor(code: string, message: string, options: { retryable?: boolean; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {}) {
    super('fault', code, message, options);
  }
}

/** We broke. */
export class Defect extends Failure {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('defect', 'DEFECT', message, options);
  }
}

export const assertNever = (value: never): never => {
  throw new Defect(`Unexpected value ${JSON.stringify(value)}`);
};
