import { holdsOne, type Scope } from '../domain/key/key.ts';
import type { RunKind } from '../domain/run/run.ts';
import type { RunRow } from '../events/store.ts';
import { notAllowed } from './builder.ts';
import type { Context } from './context.ts';

/** Who may ask for a run of a kind may also steer it. */
const scopeOfKind: Readonly<Record<RunKind, Scope>> = {
  export: 'export',
  import: 'import',
  merge: 'merge',
  replace: 'merge',
  replay: 'merge',
  rollback: 'rollback',
};

/** The field is open to several scopes; the run says which of them it wants. */
export const checkKind = (run: RunRow | undefined, context: Context, field: string): void => {
  if (run !== undefined && !holdsOne(context.scopes, [scopeOfKind[run.kind]])) throw notAllowed(context, field);
};
