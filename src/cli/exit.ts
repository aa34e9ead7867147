import { Failure } from '../domain/refusal.ts';
import type { Output } from './output.ts';

/** 0 done, 1 fault, 2 usage, 3 refused, 4 done with rejected rows; 23, as rsync says it, some files of a sync were not transferred. */
export const exitCode = { done: 0, fault: 1, usage: 2, refused: 3, rejected: 4, partial: 23 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The command line itself is wrong. */
export class UsageError extends Failure {
  constructor(message: string) {
    super('refusal', 'USAGE', message);
  }
}

const isFailure = (error: unknown): error is Failure => error instanceof Failure;

export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof UsageError) return exitCode.usage;
  if (isFailure(error) && error.code === 'SEED_PARTIAL') return exitCode.partial;
  if (isFailure(error)) return error.kind === 'refusal' ? exitCode.refused : exitCode.fault;
  return exitCode.fault;
};

/** One place prints what went wrong, and one object when JSON was asked for. */
export const reportFailure = (error: unknown, output: Output): ExitCode => {
  const code = isFailure(error) ? error.code : 'INTERNAL_ERROR';
  const message = error instanceof Error ? error.message : String(error);
  output.note(output.red(`waybill: ${message}`) + (code === 'USAGE' ? '' : output.dim(` (${code})`)));
  if (!isFailure(error) && error instanceof Error && error.stack !== undefined) output.note(output.dim(error.stack.split('\n').slice(1, 6).join('\n')));
  output.json({ ok: false, code, message, ...(isFailure(error) && Object.keys(error.details).length > 0 ? { details: error.details } : {}) });
  return exitCodeOf(error);
};
