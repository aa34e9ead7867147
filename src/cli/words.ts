import { UsageError } from './exit.ts';
import type { InboxState, RunKind, RunState, Scope, Verdict } from './operations/generated/graphql.ts';

/** Words of the command line are those of GraphQL, in small letters; completeness is the compiler's business. */
const kinds: Readonly<Record<RunKind, true>> = { EXPORT: true, IMPORT: true, MERGE: true, REPLACE: true, ROLLBACK: true, REPLAY: true };
const states: Readonly<Record<RunState, true>> = {
  REQUESTED: true,
  RUNNING: true,
  PLANNED: true,
  APPROVED: true,
  COMPLETED: true,
  REFUSED: true,
  FAILED: true,
  CANCELLED: true,
};
/** What a plan lists row by row; of inserts and equal rows it knows the number only. */
const listed = { UPDATE: true, DELETE: true, KEEP: true, CONFLICT: true, BLOCKED: true } as const satisfies Partial<Record<Verdict, true>>;

type Words<Name extends string> = {
  readonly all: readonly string[];
  /** What GraphQL calls it. */
  of(word: string): Name;
};

const wordsOf = <Name extends string>(what: string, names: Readonly<Record<Name, true>>): Words<Name> => {
  const found = new Map(Object.keys(names).map((name) => [name.toLowerCase(), name as Name]));
  return {
    all: [...found.keys()],
    of: (word) => {
      const name = found.get(word);
      if (name === undefined) throw new UsageError(`${what} is one of ${[...found.keys()].join(', ')}, not ${JSON.stringify(word)}.`);
      return name;
    },
  };
};

const scopes: Readonly<Record<Scope, true>> = { READ: true, UPLOAD: true, EXPORT: true, IMPORT: true, MERGE: true, ROLLBACK: true, ADMIN: true };

export const runKind = wordsOf('--kind', kinds);
export const keyScope = wordsOf('--scope', scopes);
export const runState = wordsOf('--state', states);
const inboxStates: Readonly<Record<InboxState, true>> = { WAITING: true, TAKEN: true, IMPORTED: true, FAILED: true, REJECTED: true, GONE: true };
export const inboxState = wordsOf('--state', inboxStates);
export const listedVerdict = wordsOf('--verdict', listed);
