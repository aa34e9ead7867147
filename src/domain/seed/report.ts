/** What one sync of initial data did. Lists are cut at 1,000 entries; `more` counts the rest. */
export type SeedReport = {
  readonly from: string;
  /** The folder; of tables, the database. */
  readonly to: string;
  readonly copied: readonly string[];
  readonly updated: readonly string[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
  readonly failed: readonly { readonly path: string; readonly code: string }[];
  readonly more?: number;
  /** What a dry run would do is never recorded. */
  readonly dryRun: false;
  readonly tables: readonly { readonly table: string; readonly run: string }[];
};
