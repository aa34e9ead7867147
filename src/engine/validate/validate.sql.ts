import type { Check, UniqueIndex } from '../../domain/catalogue/catalogue.ts';
import { and, comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { isStaged, loadId, missingMessage, type Load } from '../load.ts';
import {
  equalityOf,
  equals,
  isNew,
  lookupJoins,
  plannedValue,
  refersToSomething,
  staged,
  stagedOrNull,
  targetTable,
  type Judged,
  type Presence,
} from '../rows.sql.ts';
import { rowNumber, temporary } from '../temporary.ts';

/** Every check is one statement over a set; what it finds goes to `wb_issue` and nothing is written elsewhere. */
export const insertIssues = (
  load: Load,
  code: string,
  parts: { readonly column?: string; readonly constraint?: string; readonly value: Statement; readonly message: string },
  from: Statement,
): Statement => sql`
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select ${sql.lit(load.index)}, s.ctid, ${sql.lit(code)}, ${sql.lit(parts.column ?? null)}, ${sql.lit(parts.constraint ?? null)}, pg_catalog.left(${parts.value}, 200), ${sql.lit(parts.message)}
${from}`;

/** One scan that says which columns have a NULL they must not have; the rows are looked for only where there are some. */
export const countMissing = (load: Load, columns: readonly string[]): Statement => sql`
/* engine.validate.count-missing */
select ${comma(columns.map((name, position) => sql`pg_catalog.bool_or(not (${isPresent(load, name)})) as ${sql.id(`c${position}`)}`))}
from ${temporary('stage', load.index)} as s`;

/** A reference that will be looked up has a value when it refers to something. */
const isPresent = (load: Load, name: string): Statement => (isStaged(load, name) ? sql`s.${sql.id(name)} is not null` : refersToSomething(load, name));

export const findMissing = (load: Load, name: string, judged: Judged): Statement => sql`
/* engine.validate.find-missing */${insertIssues(
  load,
  'value.missing',
  { column: name, value: sql`null::pg_catalog.text`, message: missingMessage(load, name) },
  sql`${judged.from} where not (${isPresent(load, name)}) and ${judged.where}`,
)}`;

/** IS NOT DISTINCT FROM would take its operator from the search_path. */
const orBothNull = (equal: Statement, left: Statement, right: Statement): Statement => sql`(${equal} or (${left} is null and (${right}) is null))`;

export const findDuplicates = (
  load: Load,
  columns: readonly string[],
  key: { readonly code: 'key.duplicate' | 'unique.violated'; readonly constraint: string; readonly nullsNotDistinct: boolean },
  presence: Presence,
): Statement => {
  const list = comma(columns.map((name) => staged(load, name)));
  const notNull = key.nullsNotDistinct ? sql`true` : and(columns.map((name) => sql`s.${sql.id(name)} is not null`));
  const same = and(
    columns.map((name, position) => {
      const equal = equals(sql`d.${sql.id(`c${position}`)}`, staged(load, name), equalityOf(load, name));
      return key.nullsNotDistinct ? orBothNull(equal, sql`d.${sql.id(`c${position}`)}`, staged(load, name)) : equal;
    }),
  );
  return sql`
/* engine.validate.find-duplicates */${insertIssues(
    load,
    key.code,
    {
      constraint: key.constraint,
      value: sql`row(${list})::pg_catalog.text`,
      message: `The row has the same ${columns.join(', ')} as another row of ${loadId(load)} in the archive`,
    },
    sql`from ${temporary('stage', load.index)} as s
join (select ${comma(columns.map((name, position) => sql`${staged(load, name)} as ${sql.id(`c${position}`)}`))} from ${temporary('stage', load.index)} as s where ${notNull} and ${isNew(load, presence)} group by ${list} having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on ${same}
where ${isNew(load, presence)}`,
  )}`;
};

/** A row of the target that more than one staged row means. */
export const findDoubledMatch = (load: Load, columns: readonly string[], presence: Presence): Statement => sql`
/* engine.validate.find-doubled-match */
select pg_catalog.left(pg_catalog.array_to_string(array[${comma(columns.map((name) => sql`(${staged(load, name)})::pg_catalog.text`))}], ', '), 200) as value, pg_catalog.count(*)::pg_catalog.text as rows
from ${temporary('stage', load.index)} as s
where ${and(columns.map((name) => sql`s.${sql.id(name)} is not null`))} and not (${isNew(load, presence)})
group by ${comma(columns.map((name) => staged(load, name)))} having pg_catalog.count(*) operator(pg_catalog.>) 1
limit 1`;

/** Over origins: a row that came twice. */
export const findDuplicateOrigins = (load: Load, presence: Presence): Statement => {
  const database = sql.id(load.origin?.database ?? '');
  const key = sql.id(load.origin?.key ?? '');
  return sql`
/* engine.validate.find-duplicate-origins */${insertIssues(
    load,
    'key.duplicate',
    { value: sql`s.${key}::pg_catalog.text`, message: `The row has the same origin as another row of ${loadId(load)} in the archive` },
    sql`from ${temporary('stage', load.index)} as s
join (select s.${database}, s.${key} from ${temporary('stage', load.index)} as s group by 1, 2 having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d.${database} operator(pg_catalog.=) s.${database} and d.${key} operator(pg_catalog.=) s.${key}
where ${isNew(load, presence)}`,
  )}`;
};

/** A new row that would meet a row of the target in a unique index that is not its key. */
export const findTaken = (
  load: Load,
  ids: readonly Ids[],
  index: UniqueIndex,
  { presence, isFreed }: { readonly presence: Presence; readonly isFreed: Statement },
): Statement => {
  const columns = index.columns;
  const isId = load.key.kind !== 'image' && columns.length > 0 && columns.every((name) => load.key.kind !== 'image' && load.key.surrogate.includes(name));
  const value = (name: string): Statement => (isId ? stagedOrNull(load, name) : plannedValue(load, ids, name));
  const same = and(
    columns.map((name, position) => {
      const left = sql`t.${sql.id(name)}`;
      const equal = equals(left, value(name), index.equality[position]);
      return index.nullsNotDistinct ? orBothNull(equal, left, value(name)) : equal;
    }),
  );
  return sql`
/* engine.validate.find-taken */${insertIssues(
    load,
    isId ? 'id.taken' : 'unique.violated',
    {
      constraint: index.name,
      value: sql`row(${comma(columns.map(value))})::pg_catalog.text`,
      message: isId
        ? `The id of the new row belongs to another row of ${loadId(load)}; configure ids: 'remap' with a default for it, or a key`
        : `Another row of ${loadId(load)} has the same ${columns.join(', ')} under another key`,
    },
    sql`from ${temporary('stage', load.index)} as s${lookupJoins(load, ids, 'known')}
where ${isNew(load, presence)} and exists (select 1 from ${targetTable(load)} as t where ${same} and not (${isFreed}))`,
  )}`;
};

/** Partial and expression indexes: the catalogue's own text, read with the staged table under the target's column names. */
export const findTakenByExpression = (load: Load, index: UniqueIndex, presence: Presence, where: 'file' | 'target'): Statement => {
  const parts = index.expressions ?? index.columns.map((name) => quoted(name));
  const keys = comma(parts.map((part, position) => sql`(${sql.raw(part)}) as ${sql.id(`waybill_k${position}`)}`));
  const predicate = index.predicate === undefined ? sql`true` : sql`(${sql.raw(index.predicate)})`;
  const incoming = sql`(select s.ctid as src, ${keys} from ${temporary('stage', load.index)} as s where ${predicate} and ${isNew(load, presence)})`;
  const names = parts.map((_, position) => sql.id(`waybill_k${position}`));
  const notNull = index.nullsNotDistinct ? sql`true` : and(names.map((name) => sql`n.${name} is not null`));
  const same = and(
    names.map((name, position) => {
      const equal = equals(sql`o.${name}`, sql`n.${name}`, index.equality[position]);
      return index.nullsNotDistinct ? orBothNull(equal, sql`o.${name}`, sql`n.${name}`) : equal;
    }),
  );
  const others =
    where === 'target'
      ? sql`(select ${keys} from ${targetTable(load)} as t where ${predicate})`
      : sql`(select ${comma(names)} from ${incoming} as n where ${notNull} group by ${comma(names)} having pg_catalog.count(*) operator(pg_catalog.>) 1)`;
  return sql`
/* engine.validate.find-taken-by-expression */${insertIssues(
    load,
    'unique.violated',
    {
      constraint: index.name,
      value: sql`row(${comma(names.map((name) => sql`n.${name}`))})::pg_catalog.text`,
      message: `The unique index ${index.name} of ${loadId(load)} has no room for the row: another one has the same value`,
    },
    sql`from ${incoming} as n join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) n.src
where ${notNull} and exists (select 1 from ${others} as o where ${same})`,
  )}`;
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A CHECK holds unless it is false. Its text is the catalogue's; columns are found by their own names in the stage. */
export const findBrokenCheck = (load: Load, check: Check, presence: Presence): Statement => sql`
/* engine.validate.find-broken-check */${insertIssues(
  load,
  'check.violated',
  {
    constraint: check.name,
    value: sql`row(${comma(check.columns.map((name) => sql`s.${sql.id(name)}`))})::pg_catalog.text`,
    message: `The row breaks the CHECK ${check.name} of ${loadId(load)}`,
  },
  sql`from ${temporary('stage', load.index)} as s where (${sql.raw(check.expression)}) is false and ${isNew(load, presence)}`,
)}`;

/** Fills the set of rows that stay out from the issues found so far; returns how many are new in it. */
export const createReject = (load: Load): Statement =>
  sql`create temporary table if not exists ${sql.id(`wb_reject_${load.index}`)} (src pg_catalog.tid primary key)`;
export const addRejects = (load: Load): Statement => sql`
/* engine.validate.add-rejects */
insert into ${temporary('reject', load.index)} (src)
select distinct i.src from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.src is not null
on conflict do nothing`;

/** A table that was not asked for gets no new rows: whoever refers to one refers to nothing. */
export const rejectNewRows = (load: Load, presence: Presence): Statement => sql`
/* engine.validate.reject-new-rows */
insert into ${temporary('reject', load.index)} (src) select s.ctid from ${temporary('stage', load.index)} as s where ${isNew(load, presence)}`;

/** Row numbers for the issues of one table: the position of the row in the archive's part. */
export const numberIssues = (load: Load, asText: boolean): Statement => {
  const stage = temporary('stage', load.index);
  const numbered = asText
    ? sql`select s.ctid as src, s.${rowNumber(load)} as row_number from ${stage} as s`
    : sql`select s.ctid as src, pg_catalog.row_number() over (order by s.ctid) as row_number from ${stage} as s`;
  return sql`
/* engine.validate.number-issues */
update pg_temp.wb_issue as i set row_number = n.row_number from (${numbered}) as n
where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.row_number is null and i.src operator(pg_catalog.=) n.src`;
};

export const issueLines = (loads: readonly Load[]): Statement => sql`
copy (
  /* engine.validate.issue-lines */
  select pg_catalog.json_strip_nulls(pg_catalog.json_build_object('code', i.code, 'table', n.id, 'row', i.row_number, 'position', i.position, 'column', i.column_name, 'constraint', i.constraint_name, 'value', i.value, 'message', i.message))::pg_catalog.text
  from pg_temp.wb_issue as i join (values ${comma(loads.map((load) => sql`(${sql.lit(load.index)}, ${sql.lit(loadId(load))})`))}) as n(load, id) on n.load operator(pg_catalog.=) i.load
  order by i.load, i.row_number, i.code
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`;
