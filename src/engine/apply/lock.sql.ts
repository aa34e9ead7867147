import { and, comma, or, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { companionRelation } from '../companion.sql.ts';
import type { Ids } from '../ids.ts';
import { loadId, type Load, type LoadReference } from '../load.ts';
import { equalityOf, equals, isNew, staged, targetTable, type Presence } from '../rows.sql.ts';
import { lookupColumn, temporary } from '../temporary.ts';

/**
 * In one order for everybody, so that two runs never wait for each other; before the first query, so the snapshot sees it.
 * `row exclusive` is what every INSERT takes: taken early, nobody alters the tables between the plan and the rows.
 */
export const lockTables = (loads: readonly Load[], mode: 'row exclusive' | 'share row exclusive'): Statement => sql`
/* engine.apply.lock-tables */
lock table ${comma([...loads].sort((left, right) => (loadId(left) < loadId(right) ? -1 : 1)).map((load) => relation(load.target)))} in ${sql.raw(mode)} mode`;

export type Child = {
  readonly child: Load;
  readonly reference: LoadReference;
  readonly presence: Presence;
  /** Its new rows have their ids reserved: they are known by that. */ readonly reserved: boolean;
};

/** Parents that new rows refer to, and this run does not write, stay as they were seen until COMMIT (ENGINE-RULES 11). */
export const lockParents = (parent: Load, ids: Ids, children: readonly Child[]): Statement => {
  const uses = children.map(({ child, reference, presence, reserved }) => {
    const { columns, parentColumns, equality } = reference.reference;
    const on = and(
      parentColumns.map((name, position) => equals(sql`k.${lookupColumn('s', name)}`, staged(child, columns[position] ?? ''), equality[position])),
    );
    if (reserved)
      return sql`exists (select 1 from ${temporary('new', child.index)} as n join ${temporary('stage', child.index)} as s on s.ctid operator(pg_catalog.=) n.src where ${on})`;
    return sql`exists (select 1 from ${temporary('stage', child.index)} as s where ${on} and ${isNew(child, presence)})`;
  });
  const same = and(ids.mapped.map((name) => equals(sql`t.${sql.id(name)}`, sql`k.${lookupColumn('t', name)}`, equalityOf(parent, name))));
  return sql`
/* engine.resolve.lock-parents */
select pg_catalog.count(*)::integer as count from (
  select 1 from ${targetTable(parent)} as t
  where exists (select 1 from ${temporary('known', parent.index)} as k where ${same} and (${or(uses)}))
  for share of t
) as locked`;
};

/** The same for parents that are not in the archive: the rows that a companion named, then each table on the way to its key. */
export const lockCompanions = (child: Load, reference: LoadReference): readonly Statement[] => {
  const { parent, parentColumns, equality } = reference.reference;
  const found = and(parentColumns.map((name, position) => equals(sql`p.${sql.id(name)}`, sql`k.${lookupColumn('t', name)}`, equality[position])));
  const named = sql`exists (select 1 from ${companionRelation('known', child, reference)} as k where ${found})`;
  const first = sql`
/* engine.apply.lock-companions */
select pg_catalog.count(*)::integer as count from (select 1 from ${relation(parent)} as p where ${named} for share of p) as locked`;
  const ancestors = reference.steps.flatMap((steps) => steps.map((_, last) => lockAncestors(parent, named, steps.slice(0, last + 1))));
  return [first, ...ancestors];
};

const lockAncestors = (parent: LoadReference['reference']['parent'], named: Statement, steps: LoadReference['steps'][number]): Statement => {
  const alias = (position: number): Statement => (position < 0 ? sql.id('p') : sql.id(`w${position}`));
  const joins = steps.map((step, position) => {
    const on = step.columns.map((column, at) =>
      equals(sql`${alias(position)}.${sql.id(step.parentColumns[at] ?? '')}`, sql`${alias(position - 1)}.${sql.id(column)}`, step.equality[at]),
    );
    return sql`join ${relation(step.parent)} as ${alias(position)} on ${and(on)}`;
  });
  return sql`
/* engine.apply.lock-ancestors */
select pg_catalog.count(*)::integer as count from (
  select 1 from ${relation(parent)} as p ${sql.join(joins, sql` `)} where ${named} for share of ${alias(steps.length - 1)}
) as locked`;
};
