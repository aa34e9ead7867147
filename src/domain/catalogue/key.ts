import type { Column, Table } from './catalogue.ts';

/** How the same row is found in two databases (ENGINE-RULES 6 and 7). Chosen once, by the source; written in the manifest. */
export type Key =
  | { readonly kind: 'natural'; readonly columns: readonly string[]; readonly surrogate: readonly string[] }
  /** A surrogate primary key and nothing else: rows are known by their origin (database id, key). */
  | {
      readonly kind: 'origin';
      readonly surrogate: readonly string[];
      /** The unique key of which the surrogate is a part, where it is more than the surrogate. */ readonly columns?: readonly string[];
    }
  /** No unique key at all: matched by the whole row's image and its count. */
  | { readonly kind: 'image' };

/** Settings for one table, from `waybill.config.ts` (`databases.<name>.tables['schema.table']`). */
export type TableSettings = {
  /** Columns by which a row is the same row in two databases. */
  readonly key?: readonly string[];
  /** What becomes of surrogate ids of new rows. Default: `preserve` into an empty table, else `remap`. */
  readonly ids?: 'preserve' | 'remap';
  /** Columns that are neither exported nor written. */
  readonly exclude?: readonly string[];
  /** Columns that follow other changes, as `updated_at` kept by a trigger: by themselves they make no row differ and no cell clash. */
  readonly passive?: readonly string[];
};

export type KeyedTable = Table & { readonly key: Key };

export const column = (table: Table, name: string): Column => {
  const found = table.columns.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`Column ${name} is not in ${table.schema}.${table.name}`);
  return found;
};
