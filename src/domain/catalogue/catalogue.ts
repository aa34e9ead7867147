/**
 * What a database's own catalogs say of it. Read once per run by `infra/postgres/introspect`, written into an
 * archive's manifest, and compared between the two sides before anything is staged. Plain data: JSON in, JSON out.
 */
export type Catalogue = {
  /** `server_version_num`, e.g. 180004. */
  readonly serverVersion: number;
  readonly encoding: string;
  readonly tables: readonly Table[];
  readonly sequences: readonly Sequence[];
  /** What Waybill sees but cannot carry, each with its reason; never dropped silently. */
  readonly unsupported: readonly Unsupported[];
  /** Enums that columns use, labels in their order. */
  readonly enums?: readonly EnumType[];
  /** Collations that columns use besides the database's default. */
  readonly collations?: readonly Collation[];
  /** Installed extensions: an equality that one of them defines may change with its version (ENGINE-RULES 29). */
  readonly extensions?: readonly Extension[];
};

export type EnumType = { readonly schema: string; readonly name: string; readonly labels: readonly string[] };
export type Extension = { readonly name: string; readonly version: string };
export type Collation = {
  readonly schema: string;
  readonly name: string;
  readonly provider: 'libc' | 'icu' | 'builtin' | 'default';
  readonly locale?: string;
  /** Two strings are equal only when their bytes are; otherwise the collation is part of a key's equality. */
  readonly deterministic: boolean;
  readonly version?: string;
};

export type Unsupported = { readonly object: string; readonly reason: string };

export type Table = {
  readonly schema: string;
  readonly name: string;
  /** Partitions are no tables of their own: rows travel through the root, never twice. */
  readonly kind: 'table' | 'partitioned';
  readonly persistence: 'permanent' | 'unlogged';
  readonly columns: readonly Column[];
  readonly uniques: readonly UniqueIndex[];
  readonly checks: readonly Check[];
  readonly references: readonly Reference[];
  /** Exclusion constraints, PERIOD / WITHOUT OVERLAPS: enforced by PostgreSQL, not foreseeable by a plan. */
  readonly unforeseeable: readonly string[];
  /** Parents by PERIOD references: rows must come later than theirs, but ids are not remapped through them. */
  readonly periodParents?: readonly QualifiedName[];
  /** User triggers (constraint triggers included, internal ones not). */
  readonly triggers: readonly Trigger[];
  /** Names of INSERT/UPDATE/DELETE rules. */
  readonly rules: readonly string[];
  readonly rowSecurity: 'none' | 'enabled' | 'forced';
  readonly owned: boolean;
  /** `schema.name` of inheritance parents (not partitioning). */
  readonly inherits: readonly string[];
  readonly estimatedRows: number;
};

export type Column = {
  readonly name: string;
  readonly attnum: number;
  /** `format_type` with every schema spelled out: `character varying(5)`, `core.mood[]`. */
  readonly type: string;
  /** After domains and arrays are looked through. */
  readonly typeKind: 'base' | 'composite' | 'enum' | 'range' | 'multirange';
  /** Set where the type is a domain: the type below all of its domains, as `format_type` prints it. */
  readonly domain?: { readonly base: string; readonly notNull: boolean };
  /** Set where the type is an enum or is made over one. */
  readonly enum?: QualifiedName;
  /** True where the type is, or is made over, a composite type: staged as text (ENGINE-RULES 4). */
  readonly overComposite: boolean;
  readonly notNull: boolean;
  /** PostgreSQL 18: NOT NULL holds for new rows only, old ones may be null. */
  readonly notNullNotValid?: true;
  /** Collation where it is not the type's default. */
  readonly collation?: QualifiedName;
  /** `pg_get_expr` of the default. */
  readonly default?: string;
  /** Sequence that feeds the default or the identity, `schema.name` as data. */
  readonly sequence?: QualifiedName;
  readonly identity?: 'always' | 'by default';
  readonly generated?: 'stored' | 'virtual';
  /** The equality operator of the type's default btree (else hash) class, qualified: `{schema, name: '='}`. Absent for json, point, ... */
  readonly equality?: QualifiedName;
  /** `uuid`, `integer`, `text` ...: name of the base type behind domains, for key choice. */
  readonly baseType: string;
};

export type QualifiedName = { readonly schema: string; readonly name: string };

export type UniqueIndex = {
  readonly name: string;
  readonly constraint: boolean;
  readonly primary: boolean;
  /** Column names; empty entries never occur: an index on expressions has `expressions` instead. */
  readonly columns: readonly string[];
  /** Full list of `pg_get_indexdef(…, n)` when any key part is an expression. */
  readonly expressions?: readonly string[];
  /** `pg_get_expr(indpred)` of a partial index. */
  readonly predicate?: string;
  readonly immediate: boolean;
  readonly valid: boolean;
  readonly nullsNotDistinct: boolean;
  /** Per key part the equality operator of the index's operator class. */
  readonly equality: readonly QualifiedName[];
};

export type Check = {
  readonly name: string;
  readonly expression: string;
  readonly columns: readonly string[];
  readonly enforced: boolean;
  readonly validated: boolean;
};

export type Reference = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: QualifiedName;
  readonly parentColumns: readonly string[];
  readonly match: 'simple' | 'full';
  readonly onDelete: 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';
  readonly onUpdate: 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';
  /** Columns of `on delete set null (...)` and `set default (...)` where they are not all. */
  readonly onDeleteColumns?: readonly string[];
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly enforced: boolean;
  readonly validated: boolean;
  /** Per column pair the equality operator (parent = child) of the constraint. */
  readonly equality: readonly QualifiedName[];
};

export type Trigger = {
  readonly name: string;
  readonly timing: 'before' | 'after' | 'instead of';
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  readonly level: 'row' | 'statement';
  readonly enabled: boolean;
  readonly function: string;
};

export type Sequence = {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cycle: boolean;
  /** Column that owns it, if any. */
  readonly ownedBy?: { readonly schema: string; readonly table: string; readonly column: string };
  /** Present in an archive's manifest: where the source stood. */
  readonly lastValue?: string;
  readonly isCalled?: boolean;
};

/** `schema.name`, for messages and map keys only; never for SQL (identifiers go through `sql.id`). */
export const tableId = (table: QualifiedName): string => `${table.schema}.${table.name}`;
