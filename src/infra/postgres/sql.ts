import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql, type RawBuilder } from 'kysely';
import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';

/** Compiles only: the statements of `*.sql.ts` are pure, execution is the session's. */
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export type Statement = RawBuilder<unknown>;
export type CompiledStatement = { readonly text: string; readonly values: readonly unknown[] };

export const compile = (statement: Statement): CompiledStatement => {
  const { sql: text, parameters } = statement.compile(compiler);
  return { text, values: parameters };
};

/** `"schema"."name"`. Identifiers never go through `sql.ref`, which splits at dots. */
export const relation = (name: QualifiedName): RawBuilder<unknown> => sql.id(name.schema, name.name);

/** `a operator(schema.=) b`: our statements name their operators in full (ENGINE-RULES 1). */
export const operator = (name: QualifiedName): RawBuilder<unknown> => sql`operator(${sql.id(name.schema)}.${sql.raw(checkedOperator(name.name))})`;

const checkedOperator = (symbol: string): string => {
  if (!/^[+\-*/<>=~!@#%^&|`?]{1,63}$/.test(symbol)) throw new Error(`Not an operator: ${symbol}`);
  return symbol;
};

/** A type's name as `format_type` prints it, read from a catalogue of the same server. Never from an archive. */
export const typeName = (formatted: string): RawBuilder<unknown> => sql.raw(typeText(formatted));

/** Words of the grammar; any other name without a schema is one of pg_catalog's, which `format_type` leaves out and a user's schema could shadow. */
const typeWords = /^(?:bigint|bit|boolean|character|double|integer|interval|numeric|real|smallint|time|timestamp)\b/;
export const typeText = (formatted: string): string =>
  /^(?:"char"|[a-z_][a-z0-9_]*)(?:[([]|$)/.test(formatted) && !typeWords.test(formatted) ? `pg_catalog.${formatted}` : formatted;

export const comma = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => sql.join([...parts], sql`, `);
export const and = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => (parts.length === 0 ? sql`true` : sql.join([...parts], sql` and `));
export const or = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => (parts.length === 0 ? sql`false` : sql.join([...parts], sql` or `));
export { sql };
