/** What a key may do: each root field of GraphQL and each route names the scope it wants. `admin` includes the others. */
export const scopes = ['read', 'upload', 'export', 'import', 'merge', 'rollback', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What somebody may touch at all, within the scopes. What lies outside is absent, not forbidden. */
export type Reach = {
  /** Registered names. */
  readonly databases: 'all' | ReadonlySet<string>;
  /** `schema.table`. */
  readonly tables: 'all' | ReadonlySet<string>;
};

export const allScopes: ReadonlySet<Scope> = new Set(scopes);
export const everything: Reach = { databases: 'all', tables: 'all' };

export const holdsOne = (held: ReadonlySet<Scope>, wanted: readonly Scope[]): boolean => held.has('admin') || wanted.some((scope) => held.has(scope));

/** A key as it is asked for and recorded; its secret is nowhere but with whoever asked. */
export type NewKey = {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly databases: '*' | readonly string[];
  readonly tables: '*' | readonly string[];
  /** Whether its mutations and uploads must carry a signature. */
  readonly signed: 'optional' | 'required';
  /** ISO 8601; absent: never. */
  readonly expiresAt?: string;
};

/** An attempt that was turned away; equal ones within a minute are one, with their count. */
export type AccessRefusal = {
  readonly reason: 'unknown' | 'wrong' | 'expired' | 'revoked' | 'scope' | 'database' | 'table' | 'rate' | 'signature' | 'replayed';
  readonly door: Door;
  readonly field?: string;
  /** Name of the key, when it is known. */
  readonly key?: string;
  readonly address: string;
  readonly count: number;
};

/** The ways in. */
export type Door = 'graphql' | 'socket' | 'upload' | 'tus' | 'download';

/** Whose view of the log it is: what happened in their reach, and what they did themselves. */
export type View = Reach & { readonly actor: string };

const holds = (within: 'all' | ReadonlySet<string>, name: string): boolean => within === 'all' || within.has(name);

export const isEverything = ({ databases, tables }: Reach): boolean => databases === 'all' && tables === 'all';

/** A run is seen when its database is in reach and all its tables are; while those are not known, by whoever asked for it. */
export const seesRun = (view: View, run: { readonly database: string; readonly tables: readonly string[]; readonly actor: string }): boolean => {
  if (!holds(view.databases, run.database)) return false;
  if (view.tables === 'all' || run.actor === view.actor) return true;
  return run.tables.length > 0 && run.tables.every((table) => holds(view.tables, table));
};
