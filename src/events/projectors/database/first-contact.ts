import { Fault } from '../../../domain/refusal.ts';

/**
 * A database that cannot be reached at the very first try is a wrong URL more often than a passing fault: told at once.
 * A later attempt had reached it before, and is worth the retries.
 */
export const firstContact = async <Result>(attempt: number, connect: () => Promise<Result>): Promise<Result> => {
  try {
    return await connect();
  } catch (error) {
    if (attempt > 1 || !(error instanceof Fault) || !error.retryable) throw error;
    throw new Fault(error.code, error.message, { details: error.details, cause: error });
  }
};
