import type { Catalogue } from '../../domain/catalogue/catalogue.ts';
import type { Companion } from '../../domain/catalogue/companions.ts';
import type { Key } from '../../domain/catalogue/key.ts';
import type { TakenIn } from '../../domain/merge/bases.ts';

/**
 * First entry of an archive, `index.json` (DESIGN 7): a superset of layout 1.0.0's `metadata`, `entities`, `files`.
 * Row counts and hashes are not known yet when it is written; they come last, in `summary.json`.
 */
export type Manifest = {
  readonly metadata: { readonly timestamp: string; readonly database: string; readonly version: string; readonly generator: string };
  /** `schema.table` in load order. */
  readonly entities: readonly string[];
  /** `schema.table` -> folder of its segments, `data/0001`. */
  readonly files: Readonly<Record<string, string>>;
  readonly source: DatabaseIdentity;
  readonly lineage: Lineage;
  /** Every table, or a chosen part; only a complete one proves absence. */
  readonly complete: boolean;
  /** Tables, as `schema.table`, of which only chosen rows are here: that another row is absent says nothing. */
  readonly partial?: readonly string[];
  readonly catalogue: Catalogue;
  readonly tables: readonly ManifestTable[];
  /** What stays behind, each by name with the reason. */
  readonly notCarried: readonly { readonly object: string; readonly reason: string }[];
};

export type DatabaseIdentity = {
  readonly databaseId: string;
  readonly name: string;
  readonly systemIdentifier: string;
  readonly oid: number;
};

/**
 * Which run wrote this archive, and which archives its database had taken in by then: from these a later merge finds, row
 * by row, the newest state that both sides held (ENGINE-RULES 24).
 */
export type Lineage = {
  readonly run?: string;
  /** Oldest first; runs that were taken back are none of them. */
  readonly tookIn: readonly TakenIn[];
  /** Every other run that had written the database: an archive tells by them whether it is of a past that the database still has. */
  readonly otherRuns?: readonly string[];
};

export type ManifestTable = {
  readonly schema: string;
  readonly name: string;
  readonly key: Key;
  /** Columns of the COPY text, in order: the table's own (generated and excluded ones left out), then companions' leaves, then the two origin columns. */
  readonly columns: readonly string[];
  readonly companions: readonly Companion[];
  /** Names of the columns that hold the row's origin (database id, key as text array literal), for tables keyed by origin. */
  readonly origin?: { readonly database: string; readonly key: string };
  /** A single file: its ids and those it refers to are the target's own, and it may have a part of the columns. */
  readonly ownIds?: true;
};

export type { Companion } from '../../domain/catalogue/companions.ts';

/** Last entry, `summary.json`. */
export type ArchiveSummary = {
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly bytes: number; readonly sha256: string; readonly segments: number }[];
  /** SHA-256 of the manifest entry, and over all the above in order. */
  readonly manifestSha256: string;
};
