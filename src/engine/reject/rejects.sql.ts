import { and, comma, or, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Load, LoadReference } from '../load.ts';
import { equals } from '../rows.sql.ts';
import { rowNumber, temporary } from '../temporary.ts';

/**
 * What goes into the archive of rejected rows: the rows themselves, and every row of the archive that they refer to,
 * however far up. Without those their ids would mean nothing to the next import; it finds them in the target and keeps them.
 */
const carry = (load: Load): Statement => sql.id('pg_temp', `wb_carry_${load.index}`);

export const createCarry = (load: Load): Statement => sql`
/* engine.reject.create-carry */
create temporary table ${sql.id(`wb_carry_${load.index}`)} (src pg_catalog.tid primary key)`;

/** Rows with an issue, and rows that stay out because of another one. */
export const carryRejected = (load: Load): Statement => sql`
/* engine.reject.carry-rejected */
insert into ${carry(load)} select x.src from ${temporary('reject', load.index)} as x on conflict do nothing`;

const pairs = (reference: LoadReference, child: (column: string) => Statement): Statement => {
  const { columns, parentColumns, equality } = reference.reference;
  return and(parentColumns.map((name, position) => equals(sql`p.${sql.id(name)}`, child(columns[position] ?? ''), equality[position])));
};

export const carryParents = (child: Load, reference: LoadReference, parent: Load): Statement => sql`
/* engine.reject.carry-parents */
insert into ${carry(parent)}
select distinct p.ctid from ${carry(child)} as c join ${temporary('stage', child.index)} as s on s.ctid operator(pg_catalog.=) c.src join ${temporary('stage', parent.index)} as p on ${pairs(reference, (column) => sql`s.${sql.id(column)}`)}
on conflict do nothing`;

/** Parents of rows that could not be typed: compared as text, since a cell of the row may be anything. */
export const carryParentsOfText = (child: Load, reference: LoadReference, parent: Load): Statement => {
  const { columns, parentColumns } = reference.reference;
  return sql`
/* engine.reject.carry-parents-of-text */
insert into ${carry(parent)}
select distinct p.ctid from ${temporary('text', child.index)} as s join ${temporary('stage', parent.index)} as p
  on ${and(parentColumns.map((name, position) => sql`p.${sql.id(name)}::pg_catalog.text operator(pg_catalog.=) s.${sql.id(columns[position] ?? '')}`))}
where ${isBad(child)}
on conflict do nothing`;
};

const isBad = (load: Load): Statement =>
  sql`exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.src is null and i.row_number operator(pg_catalog.=) s.${rowNumber(load)})`;

export const countCarried = (load: Load, asText: boolean): Statement => sql`
/* engine.reject.count-carried */
select ((select pg_catalog.count(*) from ${carry(load)}) operator(pg_catalog.+) ${asText ? sql`(select pg_catalog.count(*) from ${temporary('text', load.index)} as s where ${isBad(load)})` : sql`0`})::integer as count`;

/** In the archive's own columns and order. */
export const copyCarried = (load: Load): Statement => sql`
copy (
  /* engine.reject.copy-carried */
  select ${comma(load.staged.map((column) => sql`s.${sql.id(column.name)}`))} from ${temporary('stage', load.index)} as s where exists (select 1 from ${carry(load)} as c where c.src operator(pg_catalog.=) s.ctid)
) to stdout`;

export const copyBad = (load: Load): Statement => sql`
copy (
  /* engine.reject.copy-bad */
  select ${comma(load.staged.map((column) => sql`s.${sql.id(column.name)}`))} from ${temporary('text', load.index)} as s where ${or([isBad(load)])}
) to stdout`;
