import type { Reference } from '../../domain/catalogue/catalogue.ts';
import { Defect } from '../../domain/refusal.ts';
import type { Counted, SourceCell } from '../../domain/snapshot/source.ts';
import { and, comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { rowsOf } from '../export/copy-table.sql.ts';
import { equals } from '../rows.sql.ts';
import { plainText } from './cells.sql.ts';

/**
 * Counts of what stands below the rows `t`, each grouped once and joined. `only` gives the rows that are asked for, as
 * `from ... where ...` with the alias `t`: few of them find theirs over an index, where there is one.
 */
export const countJoins = (cells: readonly SourceCell[], isWanted: (cell: SourceCell) => boolean, only?: Statement): readonly Statement[] =>
  cells.flatMap((cell, position) => ('counted' in cell && isWanted(cell) ? [countJoin(cell.counted, position, only)] : []));

const countJoin = (counted: Counted, position: number, only: Statement | undefined): Statement => {
  const alias = sql.id(`c${position}`);
  const last = topOf(counted);
  const keys = last.columns.map((_, at) => sql.id(`k${at}`));
  const isOf = and(last.parentColumns.map((name, at) => equals(sql.id('t', name), sql`${alias}.${sql.id(`k${at}`)}`, last.equality[at])));
  return sql`left join (${counted.by === undefined ? grouped(counted, only) : objects(counted, keys, only)}) as ${alias} on ${isOf}`;
};

const topOf = ({ path }: Counted): Reference => {
  const last = path.at(-1);
  if (last === undefined) throw new Defect('A count has no way up');
  return last.by;
};

const grouped = (counted: Counted, only: Statement | undefined): Statement => {
  const { from, keys } = below(counted, only);
  const named = keys.map((key, at) => sql`${key} as ${sql.id(`k${at}`)}`);
  return sql`select ${comma([...named, sql`pg_catalog.count(*) as n`])} ${from} group by ${comma(keys)}`;
};

/** An object, value -> count, in the order of its values' bytes. */
const objects = (counted: Counted, keys: readonly Statement[], only: Statement | undefined): Statement => {
  const { from, keys: groups } = below(counted, only);
  const named = groups.map((key, at) => sql`${key} as ${sql.id(`k${at}`)}`);
  const value = counted.by === undefined ? sql`null::pg_catalog.text` : plainText(sql.id('s0', counted.by.name), counted.by);
  const all = sql`select ${comma([...named, sql`coalesce(${value}, 'null') as v`, sql`pg_catalog.count(*) as n`])} ${from} group by ${comma([...groups, sql`coalesce(${value}, 'null')`])}`;
  const members = sql`pg_catalog.string_agg(pg_catalog.concat(pg_catalog.to_json(b.v), ':', b.n), ',' order by b.v collate pg_catalog."C")`;
  const own = keys.map((key) => sql`b.${key}`);
  return sql`select ${comma([...own, sql`pg_catalog.concat('{', ${members}, '}') as n`])} from (${all}) as b group by ${comma(own)}`;
};

/** `from s0 join s1 ...` up to the table that refers to the counting one, and the columns by which it does. */
const below = ({ path, where }: Counted, only: Statement | undefined): { readonly from: Statement; readonly keys: readonly Statement[] } => {
  const last = path.length - 1;
  const tables = path.map(({ from }, at) => {
    const alias = sql.id(`s${at}`);
    const by = path[at - 1]?.by;
    if (by === undefined) return sql`from ${rowsOf(from)} as ${alias}`;
    return sql`join ${rowsOf(from)} as ${alias} on ${and(by.columns.map((name, i) => equals(sql.id(`s${at}`, by.parentColumns[i] ?? ''), sql.id(`s${at - 1}`, name), by.equality[i])))}`;
  });
  const up = topOf({ path, where });
  const conditions = where.map(({ column, value }) => sql`${plainText(sql.id('s0', column.name), column)} operator(pg_catalog.=) ${sql.lit(value)}`);
  const restricted = only === undefined ? [] : [restriction(up, last, only)];
  const keys = up.columns.map((name, at) => (only === undefined ? sql.id(`s${last}`, name) : sql.id('o', `k${at}`)));
  const filter = conditions.length === 0 ? sql`` : sql` where ${and(conditions)}`;
  return { from: sql`${sql.join([...tables, ...restricted], sql` `)}${filter}`, keys };
};

const restriction = (up: Reference, last: number, only: Statement): Statement => {
  const named = up.parentColumns.map((name, at) => sql`${sql.id('t', name)} as ${sql.id(`k${at}`)}`);
  const isBelow = and(up.columns.map((name, at) => equals(sql.id('o', `k${at}`), sql.id(`s${last}`, name), up.equality[at])));
  return sql`join (select ${comma(named)} ${only}) as o on ${isBelow}`;
};
