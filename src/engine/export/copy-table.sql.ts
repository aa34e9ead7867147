import { tableId, type Column, type QualifiedName, type Reference } from '../../domain/catalogue/catalogue.ts';
import { column, type KeyedTable } from '../../domain/catalogue/key.ts';
import { Defect } from '../../domain/refusal.ts';
import type { ManifestTable } from '../../infra/archive/manifest.ts';
import { and, comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { equals } from '../rows.sql.ts';
import type { Selected } from './selection.sql.ts';

export const beginSnapshot = sql`/* engine.export.begin */
begin isolation level repeatable read read only`;
export const endSnapshot = sql`/* engine.export.end */
commit`;
export const abandonSnapshot = sql`/* engine.export.abandon */
rollback`;

/** Names of types and tables in values (regclass, regtype) come out with their schema. Only for this transaction. */
export const qualifiedNames = sql`/* engine.export.qualified-names */
set local search_path = pg_catalog, pg_temp`;

/** Takes no snapshot: it comes first, since a TRUNCATE or a rewrite after the snapshot would show an empty table. */
export const lockTables = (tables: readonly QualifiedName[]): Statement => sql`/* engine.export.lock-tables */
lock table ${comma(tables.map((table) => relation(table)))} in access share mode`;

export type CopyTable = {
  readonly table: KeyedTable;
  readonly manifest: ManifestTable;
  readonly tables: ReadonlyMap<string, KeyedTable>;
  readonly databaseId: string;
  /** Where the rows that came from elsewhere have their origins; absent where Waybill never wrote. */
  readonly provenance: QualifiedName | undefined;
  /** Which of its rows; absent: all. */
  readonly selected?: Selected;
};

/** Children of an inheritance parent are tables of their own; partitions are read through their root. */
export const rowsOf = (table: KeyedTable): Statement => (table.kind === 'partitioned' ? relation(table) : sql`only ${relation(table)}`);

type Join = { readonly alias: string; readonly clause: Statement; readonly table: KeyedTable };

const join = (child: { readonly alias: string; readonly table: KeyedTable }, reference: Reference, alias: string, tables: CopyTable['tables']): Join => {
  const parent = tables.get(tableId(reference.parent));
  if (parent === undefined) throw new Defect(`The parent of ${reference.name} is not in the catalogue`);
  const pairs = reference.columns.map((name, position) =>
    equals(sql.id(alias, reference.parentColumns[position] ?? ''), sql.id(child.alias, name), reference.equality[position]),
  );
  return { alias, table: parent, clause: sql`left join ${rowsOf(parent)} as ${sql.id(alias)} on ${and(pairs)}` };
};

const referenceOf = (table: KeyedTable, name: string): Reference => {
  const found = table.references.find((reference) => reference.name === name);
  if (found === undefined) throw new Defect(`${tableId(table)} has no reference ${name}`);
  return found;
};

/** One join per foreign key on the way to a companion's leaves; leaves share their way. */
export const companionColumns = ({
  table,
  manifest,
  tables,
}: Pick<CopyTable, 'table' | 'tables'> & { readonly manifest: Pick<ManifestTable, 'companions'> }): {
  readonly joins: readonly Join[];
  readonly leaves: readonly { readonly name: string; readonly value: Statement; readonly column: Column }[];
} => {
  const joins = new Map<string, Join>();
  const leaves = manifest.companions.flatMap((companion) =>
    companion.leaves.map((leaf) => {
      let at: { readonly alias: string; readonly table: KeyedTable } = { alias: 't', table };
      let way = '';
      for (const step of [companion.reference, ...leaf.path]) {
        way = JSON.stringify([way, step]);
        const found = joins.get(way) ?? join(at, referenceOf(at.table, step), `p${joins.size + 1}`, tables);
        joins.set(way, found);
        at = found;
      }
      return { name: leaf.name, value: sql.id(at.alias, leaf.column), column: column(at.table, leaf.column) };
    }),
  );
  return { joins: [...joins.values()], leaves };
};

const originKey = (table: KeyedTable): Statement => {
  const columns = table.key.kind === 'origin' ? (table.key.columns ?? table.key.surrogate) : [];
  return sql`array[${comma(columns.map((name) => sql`${sql.id('t', name)}::pg_catalog.text`))}]`;
};

/** Rows that came from another database keep the origin they have there; the others are of this database. */
const originColumns = ({ table, manifest, databaseId, provenance }: CopyTable): { join: Statement; columns: readonly Statement[] } => {
  if (manifest.origin === undefined) return { join: sql``, columns: [] };
  if (provenance === undefined) return { join: sql``, columns: [sql.lit(databaseId), originKey(table)] };
  const origins = sql`(select distinct on (v.key) v.key, v.origin_database, v.origin_key from ${relation(provenance)} as v
    where v.table_schema operator(pg_catalog.=) ${sql.lit(table.schema)} and v.table_name operator(pg_catalog.=) ${sql.lit(table.name)}
    order by v.key, v.origin_database, v.origin_key)`;
  return {
    join: sql`left join ${origins} as o on o.key operator(pg_catalog.=) ${originKey(table)}`,
    columns: [sql`coalesce(o.origin_database, ${sql.lit(databaseId)})`, sql`coalesce(o.origin_key, ${originKey(table)})`],
  };
};

/** Rows in the order in which the table holds them: sorting costs 1.2 x (ENGINE-FACTS 4), and nothing needs it. */
export const copyTable = (copy: CopyTable): Statement => {
  const companions = companionColumns(copy);
  const origin = originColumns(copy);
  const extra = companions.leaves.length + origin.columns.length;
  const own = copy.manifest.columns.slice(0, copy.manifest.columns.length - extra).map((name) => sql.id('t', name));
  return sql`/* engine.export.copy-table */
copy (
  ${copy.selected?.with ?? sql``}select ${comma([...own, ...companions.leaves.map(({ value }) => value), ...origin.columns])}
  from ${rowsOf(copy.table)} as t
  ${sql.join(
    [...companions.joins.map(({ clause }) => clause), origin.join, ...(copy.selected === undefined ? [] : [sql`where ${copy.selected.where}`])],
    sql`
  `,
  )}
) to stdout`;
};

/** Waybill's own relation, seen as any role sees it: absent where this database never took anything in, or for want of rights. */
export const findRelation = (wanted: QualifiedName): Statement => sql`/* engine.export.find-relation */
select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable
from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) ${wanted.schema} and c.relname operator(pg_catalog.=) ${wanted.name} and c.relkind operator(pg_catalog.=) 'r'`;
