import { Refusal } from '../domain/refusal.ts';

type Issue = { readonly message: string; readonly path?: readonly unknown[] | undefined };
export type InputIssue = { readonly path: string; readonly message: string };

const nameOf = (part: unknown): string => (typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part));

/** The input has the right types but cannot be meant like this; says everything that is wrong with it at once. */
export class InvalidInput extends Refusal {
  readonly issues: readonly InputIssue[];
  constructor(issues: readonly Issue[]) {
    const found = issues.map(({ path, message }) => ({ path: (path ?? []).map(nameOf).join('.'), message }));
    super('INVALID_INPUT', found.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' '));
    this.issues = found;
  }
}
