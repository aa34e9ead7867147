import { and, comma, or, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { stagedLeaf, type Load, type LoadReference } from '../load.ts';
import { companionRelation } from '../companion.sql.ts';
import { equals, isUnmatched, leafEquality, lookedUp, staged, type Judged } from '../rows.sql.ts';
import { lookupColumn, temporary } from '../temporary.ts';
import { insertIssues } from './validate.sql.ts';

export type ParentPresence = {
  readonly staged: boolean;
  readonly rejects: boolean;
  /** Rows that stay deleted here. */
  readonly stays: boolean;
  /** A rejected row that is there already stays as it was, and can be referred to. */
  readonly changes: boolean;
  readonly slim: boolean;
  readonly target: boolean;
};

/** New rows whose reference finds no row: neither staged (and not rejected) nor, where values are not translated, in the target. */
export const findDangling = (
  load: Load,
  reference: LoadReference,
  ids: readonly Ids[],
  parents: { readonly parent: ParentPresence; readonly own: Judged; readonly code: 'reference.missing' | 'reference.rejected' },
): Statement => {
  const { columns, parentColumns, equality } = reference.reference;
  const on = (alias: Statement): Statement =>
    and(
      parentColumns.map((parentColumn, position) => equals(sql`${alias}.${sql.id(parentColumn)}`, staged(load, columns[position] ?? ''), equality[position])),
    );
  const isTranslated = columns.some((column) => lookedUp(load, ids, column).length > 0);
  const index = reference.parentIndex;
  const notRejected =
    index !== undefined && parents.parent.rejects
      ? sql` and not exists (select 1 from ${temporary('reject', index)} as x where x.src operator(pg_catalog.=) p.ctid${parents.parent.changes ? sql` and ${isUnmatched(index, parents.parent.slim, sql`x.src`)}` : sql``})`
      : sql``;
  const notStaying =
    index !== undefined && parents.parent.stays
      ? sql` and not exists (select 1 from ${temporary('stay', index)} as y where y.src operator(pg_catalog.=) p.ctid)`
      : sql``;
  const inStage =
    index !== undefined && parents.parent.staged
      ? [sql`not exists (select 1 from ${temporary('stage', index)} as p where ${on(sql.id('p'))}${notRejected}${notStaying})`]
      : [];
  const parentTable =
    reference.parent?.kind === 'partitioned'
      ? sql`${sql.id(reference.reference.parent.schema, reference.reference.parent.name)}`
      : sql`only ${sql.id(reference.reference.parent.schema, reference.reference.parent.name)}`;
  const inTarget = parents.parent.target && !isTranslated ? [sql`not exists (select 1 from ${parentTable} as q where ${on(sql.id('q'))})`] : [];
  const refers =
    reference.reference.match === 'full'
      ? or(columns.map((column) => sql`s.${sql.id(column)} is not null`))
      : and(columns.map((column) => sql`s.${sql.id(column)} is not null`));
  const already = sql`not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) ${sql.lit(reference.reference.name)})`;
  return sql`
/* engine.validate.find-dangling */${insertIssues(
    load,
    parents.code,
    {
      constraint: reference.reference.name,
      ...(columns.length === 1 && columns[0] !== undefined ? { column: columns[0] } : {}),
      value: sql`row(${comma(columns.map((column) => sql`s.${sql.id(column)}`))})::pg_catalog.text`,
      message: `The row refers to ${reference.reference.parent.schema}.${reference.reference.parent.name}, and ${parents.code === 'reference.rejected' ? 'the row it refers to stays out' : 'there is no such row in the archive or in the target'}`,
    },
    sql`${parents.own.from}
where (${refers}) and ${parents.own.where} and ${and([...inStage, ...inTarget])} and ${already}`,
  )}`;
};

/** A companion that names a parent which is nowhere, or more than one. */
export const findDanglingCompanion = (load: Load, reference: LoadReference, own: Judged, stagedParent: Load | undefined): Statement => {
  const leaves = reference.companion?.leaves ?? [];
  const on = (alias: Statement): Statement =>
    and(leaves.map((leaf, position) => equals(sql`${alias}.${lookupColumn('s', leaf.name)}`, sql`s.${sql.id(leaf.name)}`, leafEquality(reference, position))));
  const columns = stagedParent === undefined ? [] : leaves.map((leaf) => stagedLeaf(stagedParent, leaf));
  const inStage =
    stagedParent === undefined || columns.includes(undefined)
      ? []
      : [
          sql`not exists (select 1 from ${temporary('stage', stagedParent.index)} as p where ${and(leaves.map((leaf, position) => equals(sql`p.${sql.id(columns[position] ?? '')}`, sql`s.${sql.id(leaf.name)}`, leafEquality(reference, position))))})`,
        ];
  return sql`
/* engine.validate.find-dangling-companion */${insertIssues(
    load,
    'reference.missing',
    {
      constraint: reference.reference.name,
      ...(leaves[0] === undefined ? {} : { column: leaves[0].name }),
      value: sql`row(${comma(leaves.map((leaf) => sql`s.${sql.id(leaf.name)}`))})::pg_catalog.text`,
      message: `The row names a row of ${reference.reference.parent.schema}.${reference.reference.parent.name} by its key, and there is none`,
    },
    sql`${own.from}
where (${or(leaves.map((leaf) => sql`s.${sql.id(leaf.name)} is not null`))}) and ${own.where} and ${and([sql`not exists (select 1 from ${companionRelation('known', load, reference)} as c where ${on(sql.id('c'))})`, ...inStage])}`,
  )}`;
};
