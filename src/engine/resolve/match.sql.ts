import { and, comma, relation, sql, typeName, type Statement } from '../../infra/postgres/sql.ts';
import type { OriginMatch } from '../companion.sql.ts';
import { knowsPlaces, type Ids } from '../ids.ts';
import { columnOf, originColumns, rowKey, surrogateOf, type Load } from '../load.ts';
import { decisiveColumns } from '../change.ts';
import { lookupColumn, temporary, temporaryName } from '../temporary.ts';
import { equalityOf, equals, isSameDocument, lookedUp, lookupJoins, plannedValue, refersToSomething, stagedOrNull, targetTable } from '../rows.sql.ts';

export type Verdict = (isEqual: Statement) => Statement;

/** Columns of a matched row that the run must know from the target: surrogates, whatever others refer to, and by what the row is found again. */
const knownColumns = (load: Load, ids: Ids): readonly string[] => [...new Set([...surrogateOf(load), ...ids.mapped, ...rowKey(load)])];

/**
 * Two cells are equal when their images are; json and jsonb by value (ENGINE-RULES 5). One record comparison for all
 * plain columns: it costs no more than IS DISTINCT FROM, and has an answer for every type.
 */
export const isEqual = (load: Load, ids: readonly Ids[]): Statement => {
  const compared = decisiveColumns(load);
  const plain = compared.filter((column) => column.baseType !== 'json' && column.baseType !== 'jsonb');
  const incoming = (name: string): Statement => plannedValue(load, ids, name);
  const images =
    plain.length === 0
      ? []
      : [
          sql`row(${comma(plain.map((column) => incoming(column.name)))})::pg_catalog.record operator(pg_catalog.*=) row(${comma(plain.map((column) => sql`t.${sql.id(column.name)}`))})::pg_catalog.record`,
        ];
  // A reference to a row that is new has no value yet, but it is not NULL.
  const presence = plain
    .filter((column) => lookedUp(load, ids, column.name).length > 0)
    .map((column) => sql`(${refersToSomething(load, column.name)}) operator(pg_catalog.=) (t.${sql.id(column.name)} is not null)`);
  const documents = compared
    .filter((column) => column.baseType === 'json' || column.baseType === 'jsonb')
    .map((column) => isSameDocument(incoming(column.name), sql`t.${sql.id(column.name)}`));
  return and([...images, ...presence, ...documents]);
};

const selected = (load: Load, ids: readonly Ids[], verdict: Verdict): Statement => {
  const own = ids[load.index];
  const known = own === undefined ? [] : knownColumns(load, own);
  return comma([
    sql`s.ctid as src`,
    sql`${verdict(isEqual(load, ids))} as verdict`,
    ...known.map((name) => sql`t.${sql.id(name)} as ${lookupColumn('t', name)}`),
  ]);
};

/** A row that came from elsewhere, or that lived under another key, is not the own row whose key it got where ids were kept. */
const isOwnRow = (load: Load, alias: string, { ownDatabaseId, provenance }: OriginMatch): Statement =>
  provenance === undefined
    ? sql`true`
    : sql`not exists (select 1 from ${relation(provenance)} as e where e.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)} and e.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)}
  and e.key operator(pg_catalog.=) array[${comma(originColumns(load).map((name) => sql`${sql.id(alias, name)}::pg_catalog.text`))}] and (e.origin_database operator(pg_catalog.<>) ${sql.lit(ownDatabaseId ?? '')} or e.origin_key operator(pg_catalog.<>) e.key))`;

/**
 * `from` clauses that pair staged rows (s) with the target's rows (t). By natural key: the key's own equality and
 * collation, a referencing column counts as its parent's key. By origin (ENGINE-RULES 7): the target's own rows come home
 * by their key, others, and own ones that were deleted and came again, through the recorded provenance; which may have given
 * the key of such a row to another one since.
 */
const pairs = (load: Load, ids: readonly Ids[], origin: OriginMatch, restrict?: ReadonlySet<string>): readonly Statement[] => {
  const from = sql`from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known', restrict)}`;
  if (load.key.kind === 'natural') {
    return [
      sql`${from}\njoin ${targetTable(load)} as t on ${and(load.key.columns.map((name) => equals(sql`t.${sql.id(name)}`, plannedValue(load, ids, name), equalityOf(load, name))))}`,
    ];
  }
  if (load.origin === undefined) return [];
  const databaseColumn = sql`s.${sql.id(load.origin.database)}`;
  const keyColumn = sql`s.${sql.id(load.origin.key)}`;
  const keyIs = (key: Statement, alias = 't'): Statement =>
    and(
      originColumns(load).map((name, position) =>
        equals(
          sql`${sql.id(alias)}.${sql.id(name)}`,
          sql`(${key})[${sql.lit(position + 1)}]::${typeName(columnOf(load.target, name).type)}`,
          equalityOf(load, name),
        ),
      ),
    );
  const isOwn = (alias: string): Statement => isOwnRow(load, alias, origin);
  const own = sql`${from}\njoin ${targetTable(load)} as t on ${databaseColumn} operator(pg_catalog.=) ${sql.lit(origin.ownDatabaseId ?? '')} and ${keyIs(keyColumn)} and ${isOwn('t')}`;
  if (origin.provenance === undefined) return origin.ownDatabaseId === undefined ? [] : [own];
  const foreign = sql`${from}
join ${relation(origin.provenance)} as p on p.table_schema operator(pg_catalog.=) ${sql.lit(load.target.schema)} and p.table_name operator(pg_catalog.=) ${sql.lit(load.target.name)}
  and p.origin_database operator(pg_catalog.=) ${databaseColumn} and p.origin_key operator(pg_catalog.=) ${keyColumn}
join ${targetTable(load)} as t on ${keyIs(sql`p.key`)}
where (${databaseColumn} operator(pg_catalog.<>) ${sql.lit(origin.ownDatabaseId ?? '')} or not exists (select 1 from ${targetTable(load)} as h where ${keyIs(keyColumn, 'h')} and ${isOwn('h')}))`;
  return origin.ownDatabaseId === undefined ? [foreign] : [own, foreign];
};

const noPairs = (load: Load, ids: readonly Ids[], restrict?: ReadonlySet<string>): Statement =>
  sql`from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known', restrict)} cross join ${targetTable(load)} as t where false`;

const unionOf = (list: Statement, branches: readonly Statement[], none: Statement): Statement =>
  branches.length === 0
    ? sql`select ${list}\n${none}`
    : sql.join(
        branches.map((branch) => sql`select ${list}\n${branch}`),
        sql`\nunion all\n`,
      );

export const matchRows = (load: Load, ids: readonly Ids[], verdict: Verdict, origin: OriginMatch): Statement => sql`
/* engine.resolve.match-rows */
create temporary table ${sql.id(temporaryName('match', load.index))} as
${unionOf(selected(load, ids, verdict), pairs(load, ids, origin), noPairs(load, ids))}`;

/** By natural key, written down only where it is not the same: `differs`, or `new` where there is no such row. */
export const matchDifferent = (load: Load, ids: readonly Ids[], verdict: Verdict): Statement => {
  const key = load.key.kind === 'natural' ? load.key.columns : [];
  const [first] = key;
  const own = ids[load.index];
  const known = own === undefined ? [] : knownColumns(load, own);
  const on = and(key.map((name) => equals(sql`t.${sql.id(name)}`, plannedValue(load, ids, name), equalityOf(load, name))));
  const hasPlaces = knowsPlaces(load, ids);
  const list = comma([sql`q.src`, sql`q.verdict`, ...(hasPlaces ? [sql`q.there`] : []), ...known.map((name) => sql`q.${lookupColumn('t', name)}`)]);
  return sql`
/* engine.resolve.match-different */
create temporary table ${sql.id(temporaryName('match', load.index))} as
select ${list} from (
  select s.ctid as src, case when t.${sql.id(first ?? '')} is null then 'new' else ${verdict(isEqual(load, ids))} end as verdict${comma([sql``, ...(hasPlaces ? [sql`t.ctid as there`] : []), ...known.map((name) => sql`t.${sql.id(name)} as ${lookupColumn('t', name)}`)])}
  from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known')}
  left join ${targetTable(load)} as t on ${on}
  offset 0
) as q where q.verdict operator(pg_catalog.<>) 'same'`;
};

/**
 * Matched rows of a referenced table: archive's value to target's value. It needs its parents' look-ups for key columns
 * only, so that tables which refer to each other by other columns can still be compared afterwards.
 */
export const createKnown = (load: Load, ids: readonly Ids[], origin: OriginMatch): Statement => {
  const mapped = ids[load.index]?.mapped ?? [];
  const list = comma(
    mapped.flatMap((name) => [sql`${stagedOrNull(load, name)} as ${lookupColumn('s', name)}`, sql`t.${sql.id(name)} as ${lookupColumn('t', name)}`]),
  );
  const restrict = new Set(load.key.kind === 'natural' ? load.key.columns : []);
  return sql`
/* engine.resolve.create-known */
create temporary table ${sql.id(temporaryName('known', load.index))} as
${unionOf(list, pairs(load, ids, origin, restrict), noPairs(load, ids, restrict))}`;
};

/** Nothing of the table is in the target yet: no row is known. */
export const createEmptyKnown = (load: Load, ids: Ids): Statement => sql`
/* engine.resolve.create-empty-known */
create temporary table ${sql.id(temporaryName('known', load.index))} as
select ${comma(ids.mapped.flatMap((name) => [sql`${stagedOrNull(load, name)} as ${lookupColumn('s', name)}`, sql`${stagedOrNull(load, name)} as ${lookupColumn('t', name)}`]))}
from ${temporary('stage', load.index)} as s where false`;

export const needsKnown = (load: Load, ids: readonly Ids[]): boolean => (ids[load.index]?.mapped.length ?? 0) > 0;
