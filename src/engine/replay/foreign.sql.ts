import { tableId, type Reference, type Table } from '../../domain/catalogue/catalogue.ts';
import type { Verdict } from '../../domain/run/run.ts';
import { and, comma, or, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { imageOf, storedColumns } from '../image.sql.ts';
import { archiveName } from '../archive-name.sql.ts';
import { hashOfRow } from '../ledger/ledger.sql.ts';
import { loadId, rowKey, type Load } from '../load.ts';
import { equalityOf, equals, targetTable } from '../rows.sql.ts';
import { changeColumn, lookupColumn, temporary } from '../temporary.ts';
import { isRecordedRow } from './pair.sql.ts';
import { recorded } from './record.sql.ts';

/**
 * What a run found then and replay does not find, or finds otherwise: no run has written it so, it was changed outside
 * Waybill before that run (ENGINE-RULES 23). Rows of the archive by the archive's names, others by their key.
 */
export const createForeign: Statement = sql`
/* engine.replay.create-foreign */
create temporary table wb_foreign (table_id pg_catalog.text not null, name pg_catalog.text not null, what pg_catalog.text not null, column_names pg_catalog.text[])`;

/** Rows that an earlier run of this replay was told to have met: each is told once, with the first. */
export const createSeen: Statement = sql`
/* engine.replay.create-seen */
create temporary table wb_seen (table_id pg_catalog.text not null, name pg_catalog.text not null)`;

export const createSeenLines: Statement = sql`/* engine.replay.create-seen-lines */ create temporary table wb_seen_line (line pg_catalog.text not null)`;
export const copySeenLines: Statement = sql`
/* engine.replay.copy-seen-lines */
copy pg_temp.wb_seen_line (line) from stdin (format csv, quote e'\\x01', delimiter e'\\x02')`;
/** What an attempt that was stopped had told. */
export const readSeen: Statement = sql`
/* engine.replay.read-seen */
insert into pg_temp.wb_seen (table_id, name)
select l.line::pg_catalog.json operator(pg_catalog.->>) 'table', l.line::pg_catalog.json operator(pg_catalog.->>) 'row' from pg_temp.wb_seen_line as l`;

export const forgetSeen: Statement = sql`
/* engine.replay.forget-seen */
delete from pg_temp.wb_foreign as f using pg_temp.wb_seen as s where s.table_id operator(pg_catalog.=) f.table_id and s.name operator(pg_catalog.=) f.name`;
export const rememberSeen: Statement = sql`
/* engine.replay.remember-seen */
insert into pg_temp.wb_seen (table_id, name) select f.table_id, f.name from pg_temp.wb_foreign as f`;

type What = 'missing' | 'changed' | 'unexpected' | 'referenced';

const insertForeign = (load: Load, name: Statement, what: Statement, columns: Statement = sql`null::pg_catalog.text[]`): Statement => sql`
insert into pg_temp.wb_foreign (table_id, name, what, column_names)
select ${sql.lit(loadId(load))}, ${name}, ${what}, ${columns}`;

const word = (what: What): Statement => sql`${sql.lit(what)}::pg_catalog.text`;

/** Whether the target's row is the one that a staged row was matched with. */
const isMatchedRow = (load: Load): Statement =>
  rowKey(load).length === 0
    ? sql`false`
    : and(rowKey(load).map((name) => equals(sql`t.${sql.id(name)}`, sql`m.${lookupColumn('t', name)}`, equalityOf(load, name))));

/** Which verdicts the ledger names by the archive's words; all others were the same then. */
export type SameRows = { readonly hasMatches: boolean; readonly hasNew: boolean; readonly named: readonly Verdict[]; readonly updated: boolean };

/** Rows that were the same then: missing now, or another one. */
export const findNotSame = (load: Load, { hasMatches, hasNew, named, updated }: SameRows): Statement => {
  const name = archiveName(load);
  const conditions = [
    ...(hasNew ? [sql`not exists (select 1 from ${temporary('new', load.index)} as n where n.src operator(pg_catalog.=) s.ctid)`] : []),
    ...named.map((verdict) => sql`not exists (select 1 from ${recorded(load.index, verdict)} as r where r.name operator(pg_catalog.=) ${name})`),
    ...(updated && hasMatches
      ? [
          sql`not exists (select 1 from ${recorded(load.index, 'update')} as r join ${targetTable(load)} as t on ${isRecordedRow(load, { id: sql`r.id`, text: sql`r.key` })} where ${isMatchedRow(load)})`,
        ]
      : []),
    hasMatches ? sql`(m.src is null or m.verdict operator(pg_catalog.<>) 'same')` : sql`true`,
  ];
  const match = hasMatches ? sql` left join ${temporary('match', load.index)} as m on m.src operator(pg_catalog.=) s.ctid` : sql``;
  return sql`
/* engine.replay.find-not-same */${insertForeign(load, name, hasMatches ? sql`case when m.src is null then ${word('missing')} else ${word('changed')} end` : word('missing'))}
from ${temporary('stage', load.index)} as s${match}
where ${and(conditions)}`;
};

/** Rows that were kept then are found as they were, by the hash of the whole row. */
export const findNotKept = (load: Load): Statement => sql`
/* engine.replay.find-not-kept */${insertForeign(load, sql`r.name`, sql`case when t.tableoid is null then ${word('missing')} else ${word('changed')} end`)}
from ${recorded(load.index, 'keep')} as r left join ${targetTable(load)} as t on ${isRecordedRow(load, { id: sql`r.id`, text: sql`r.key` })}
where r.found is not null and (t.tableoid is null or r.found operator(pg_catalog.<>) ${hashOfRow(load)})`;

/** Rows without any key that the run deleted: images of which there are fewer now. */
export const findNotThere = (load: Load): Statement => {
  const image = imageOf(
    storedColumns(load.target).map(({ name }) => name),
    (name) => sql`t.${sql.id(name)}`,
  );
  return sql`
/* engine.replay.find-not-there */${insertForeign(load, sql`gone.image::pg_catalog.text`, word('missing'))}
from (select r.before as image, pg_catalog.count(*) as copies from ${recorded(load.index, 'delete')} as r group by 1) as gone
left join (select ${image} as image, pg_catalog.count(*) as copies from ${targetTable(load)} as t group by 1) as there on there.image operator(pg_catalog.=) gone.image
where coalesce(there.copies, 0) operator(pg_catalog.<) gone.copies`;
};

/** Of rows that the run changed or deleted: the cells that are not what it found. */
export const findNotBefore = (load: Load, verdict: 'update' | 'delete', columns: readonly string[]): Statement => {
  const differs = (name: string): Statement => {
    const [then, now] = [sql`(r.before operator(pg_catalog.->>) ${sql.lit(name)})`, sql`t.${sql.id(name)}::pg_catalog.text`];
    return sql`case when r.before operator(pg_catalog.?) ${sql.lit(name)} and ${isOther(then, now)} then ${sql.lit(name)}::pg_catalog.text end`;
  };
  const changed = sql`pg_catalog.array_remove(array[${comma(columns.map(differs))}]::pg_catalog.text[], null)`;
  return sql`
/* engine.replay.find-not-before */${insertForeign(load, sql`coalesce(r.key, r.id::pg_catalog.text)`, sql`case when t.tableoid is null then ${word('missing')} else ${word('changed')} end`, sql`case when found.changed operator(pg_catalog.<>) '{}' then found.changed end`)}
from ${recorded(load.index, verdict)} as r left join ${targetTable(load)} as t on ${isRecordedRow(load, { id: sql`r.id`, text: sql`r.key` })}
cross join lateral (select ${changed} as changed) as found
where t.tableoid is null or found.changed operator(pg_catalog.<>) '{}'`;
};

/** Two texts that may be NULL; IS DISTINCT FROM would take its operator from the search_path. */
export const isOther = (left: Statement, right: Statement): Statement =>
  sql`coalesce(${left} operator(pg_catalog.<>) ${right}, (${left} is null) operator(pg_catalog.<>) (${right} is null))`;

/** Rows that the run deleted and that stay here, because something refers to them that no run has written. */
export const noteStaying = (load: Load): Statement => sql`
/* engine.replay.note-staying */${insertForeign(load, rowKey(load).length === 1 ? keyText(load) : sql`array[${keyText(load)}]::pg_catalog.text`, word('referenced'))}
from ${sql.id('pg_temp', `wb_blocked_${load.index}`)} as b`;

const keyText = (load: Load): Statement => comma(rowKey(load).map((name) => sql`b.${changeColumn('k', name)}::pg_catalog.text`));

const met = (load: Load): Statement => sql.id('pg_temp', `wb_met_${load.index}`);

/** Rows that were new then, and the rows that are in their place now: the same key, or the id. There they had gone. */
export const createMet = (load: Load): Statement => sql`
/* engine.replay.create-met */
create temporary table ${sql.id(`wb_met_${load.index}`)} as
select n.src, t.tableoid as relation, t.ctid as place
from ${temporary('new', load.index)} as n join ${targetTable(load)} as t on ${isRecordedRow(load, { id: sql`n.row_id`, text: sql`n.row_key` })}
union
select n.src, t.tableoid, t.ctid
from ${temporary('new', load.index)} as n join ${temporary('match', load.index)} as m on m.src operator(pg_catalog.=) n.src join ${targetTable(load)} as t on ${isMatchedRow(load)}`;

export const countMet = (load: Load): Statement => sql`/* engine.replay.count-met */ select pg_catalog.count(*)::integer as count from ${met(load)}`;

export const findMet = (load: Load): Statement => sql`
/* engine.replay.find-met */${insertForeign(load, archiveName(load), word('unexpected'))}
from ${temporary('stage', load.index)} as s where exists (select 1 from ${met(load)} as x where x.src operator(pg_catalog.=) s.ctid)`;

export type Inbound = { readonly child: Table; readonly reference: Reference };

export const inboundReferences = (tables: readonly Table[], parent: Table): readonly Inbound[] =>
  tables.flatMap((child) => child.references.filter((reference) => tableId(reference.parent) === tableId(parent)).map((reference) => ({ child, reference })));

/** Only where nothing refers to them: a row that others hang on stays, and the recorded one does not come. */
export const removeMet = (load: Load, inbound: readonly Inbound[]): Statement => {
  const isReferenced = inbound.map(
    ({ child, reference }) =>
      sql`exists (select 1 from ${relation(child)} as c where ${and(
        reference.columns.map((name, position) =>
          equals(sql`t.${sql.id(reference.parentColumns[position] ?? '')}`, sql`c.${sql.id(name)}`, reference.equality[position]),
        ),
      )})`,
  );
  return sql`
/* engine.replay.remove-met */
delete from ${targetTable(load)} as t using ${met(load)} as x
where t.tableoid operator(pg_catalog.=) x.relation and t.ctid operator(pg_catalog.=) x.place and not (${or(isReferenced)})`;
};

export const leaveOutMet = (load: Load): Statement => sql`
/* engine.replay.leave-out-met */
delete from ${temporary('new', load.index)} as n
using ${met(load)} as x join ${targetTable(load)} as t on t.tableoid operator(pg_catalog.=) x.relation and t.ctid operator(pg_catalog.=) x.place
where n.src operator(pg_catalog.=) x.src`;

/** What the record says is new is not matched. */
export const unmatchNew = (load: Load): Statement => sql`
/* engine.replay.unmatch-new */
delete from ${temporary('match', load.index)} as m where exists (select 1 from ${temporary('new', load.index)} as n where n.src operator(pg_catalog.=) m.src)`;

export type ForeignRow = { readonly table: string; readonly rows: number; readonly examples: readonly string[] };
export const countForeign: Statement = sql`
/* engine.replay.count-foreign */
select f.table_id as "table", pg_catalog.count(*)::integer as rows, (pg_catalog.array_agg(f.name operator(pg_catalog.||) ': ' operator(pg_catalog.||) f.what order by f.name))[1:5] as examples
from pg_temp.wb_foreign as f group by 1 order by 1`;

export const foreignLines = (runId: string): Statement => sql`
copy (
  /* engine.replay.foreign-lines */
  select pg_catalog.json_strip_nulls(pg_catalog.json_build_object('run', ${sql.lit(runId)}, 'table', f.table_id, 'row', f.name, 'what', f.what, 'columns', f.column_names))::pg_catalog.text
  from pg_temp.wb_foreign as f order by f.table_id, f.name, f.what
) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`;
