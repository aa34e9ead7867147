import type { QualifiedName } from '../domain/catalogue/catalogue.ts';
import { and, comma, relation, sql, typeName, type Statement } from '../infra/postgres/sql.ts';
import { isLookedUp, type Ids } from './ids.ts';
import { columnOf, stagedLeaf, type Load, type LoadReference } from './load.ts';
import { equals, leafEquality } from './rows.sql.ts';
import { companionTable, lookupColumn, temporary } from './temporary.ts';

/** References whose parent travels as its key (DESIGN 5): the look-up that resolve makes for the plan, and apply again for the rows. */
export type OriginMatch = { readonly ownDatabaseId: string | undefined; readonly sourceDatabaseId: string; readonly provenance: QualifiedName | undefined };

const companionNames = (load: Load): readonly string[] => load.references.map((candidate) => candidate.reference.name);

/** Parent rows that a companion names, found in the target by walking the parent's key. */
const companionFromTarget = (load: Load, reference: LoadReference, origin: OriginMatch): Statement => {
  const companion = reference.companion;
  const parent = reference.parent;
  if (companion === undefined || parent === undefined) return sql``;
  const values = comma([
    ...companion.leaves.map((leaf) => sql`d.${sql.id(leaf.name)} as ${lookupColumn('s', leaf.name)}`),
    ...reference.reference.parentColumns.map((column) => sql`p.${sql.id(column)} as ${lookupColumn('t', column)}`),
  ]);
  const distinct = sql`(select distinct ${comma(companion.leaves.map((leaf) => sql`s.${sql.id(leaf.name)}`))} from ${temporary('stage', load.index)} as s where ${and(companion.leaves.map((leaf) => sql`s.${sql.id(leaf.name)} is not null`))}) as d`;
  if (companion.leaves.some((leaf) => leaf.origin === true)) return companionByOrigin(reference, values, distinct, origin);
  return sql`select ${values} from ${distinct} join ${relation(parent)} as p on ${and(
    companion.leaves.map((leaf, position) =>
      leaf.path.length === 0
        ? equals(sql`p.${sql.id(leaf.column)}`, sql`d.${sql.id(leaf.name)}`, leafEquality(reference, position))
        : walk(reference, position),
    ),
  )}`;
};

/** One step per foreign key on the path: the parent's key is itself a reference. */
const walk = (reference: LoadReference, position: number): Statement => {
  const leaf = reference.companion?.leaves[position];
  const steps = reference.steps[position];
  if (leaf === undefined || steps === undefined || steps.length === 0) return sql`false`;
  const aliases = steps.map((_, index) => sql.id(`w${index}`));
  const conditions = steps.map((step, index) => {
    const child = index === 0 ? sql.id('p') : (aliases[index - 1] ?? sql.id('p'));
    return and(
      step.columns.map((column, at) =>
        equals(sql`${aliases[index] ?? child}.${sql.id(step.parentColumns[at] ?? '')}`, sql`${child}.${sql.id(column)}`, step.equality[at]),
      ),
    );
  });
  const last = aliases[aliases.length - 1] ?? sql.id('p');
  const found = equals(sql`${last}.${sql.id(leaf.column)}`, sql`d.${sql.id(leaf.name)}`, leafEquality(reference, position));
  return sql`exists (select 1 from ${comma(steps.map((step, index) => sql`${relation(step.parent)} as ${aliases[index] ?? sql.id('p')}`))} where ${and([...conditions, found])})`;
};

/** The parent is known by its origin only: its id in the source, found through the recorded provenance, never by itself (ENGINE-RULES 7). */
const companionByOrigin = (reference: LoadReference, values: Statement, distinct: Statement, origin: OriginMatch): Statement => {
  const { companion, parent } = reference;
  if (companion === undefined || parent?.key.kind !== 'origin' || companion.leaves.some((leaf) => leaf.path.length > 0)) {
    return sql`select ${values} from ${distinct} cross join ${relation(reference.reference.parent)} as p where false`;
  }
  const keyColumns = parent.key.columns ?? parent.key.surrogate;
  const keyIs = (value: (position: number, type: string) => Statement, alias = 'p'): Statement =>
    and(
      keyColumns.map((name, position) => {
        const column = columnOf(parent, name);
        return equals(sql`${sql.id(alias)}.${sql.id(name)}`, value(position, column.type), column.equality);
      }),
    );
  const leaf = (position: number): Statement => sql`d.${sql.id(companion.leaves[position]?.name ?? '')}`;
  const isOwn = origin.ownDatabaseId === origin.sourceDatabaseId;
  const own = sql`select ${values} from ${distinct} join ${relation(parent)} as p on ${keyIs(leaf)}`;
  if (origin.provenance === undefined) return isOwn ? own : sql`select ${values} from ${distinct} cross join ${relation(parent)} as p where false`;
  const elsewhere = sql`select ${values} from ${distinct}
join ${relation(origin.provenance)} as v on v.table_schema operator(pg_catalog.=) ${sql.lit(parent.schema)} and v.table_name operator(pg_catalog.=) ${sql.lit(parent.name)}
  and v.origin_database operator(pg_catalog.=) ${sql.lit(origin.sourceDatabaseId)} and v.origin_key operator(pg_catalog.=) array[${comma(companion.leaves.map((_, position) => sql`${leaf(position)}::pg_catalog.text`))}]
join ${relation(parent)} as p on ${keyIs((position, type) => sql`v.key[${sql.lit(position + 1)}]::${typeName(type)}`)}`;
  // A row of one's own that was deleted and came again is known by where it lives now.
  return isOwn ? sql`${own}\nunion all\n${elsewhere} where not exists (select 1 from ${relation(parent)} as h where ${keyIs(leaf, 'h')})` : elsewhere;
};

/** The look-up of one companion. In layout 1.0.0 the parent may be in the same archive: then its staged rows count too. */
export type CompanionLookup = {
  readonly phase: 'known' | 'map';
  readonly origin: OriginMatch;
  /** The parent's load, where its rows are in the archive. */ readonly parent: Load | undefined;
};

export const createCompanion = (load: Load, reference: LoadReference, { phase, origin, parent: parentLoad }: CompanionLookup): Statement => {
  const name = companionTableName(phase, load, reference);
  const fromTarget = companionFromTarget(load, reference, origin);
  const staged = phase === 'map' && parentLoad !== undefined ? companionFromStage(reference, parentLoad) : sql``;
  return sql`
/* engine.resolve.create-companion */
create temporary table ${sql.id(name)} as
${fromTarget}${staged}`;
};

/** New parents only: those that the target has already are found there. */
const companionFromStage = (reference: LoadReference, parent: Load): Statement => {
  const leaves = (reference.companion?.leaves ?? []).map((leaf) => ({ leaf, column: stagedLeaf(parent, leaf) }));
  if (leaves.some(({ column }) => column === undefined)) return sql``;
  return sql`\nunion all\nselect ${comma([
    ...leaves.map(({ leaf, column }) => sql`q.${lookupColumn('k', column ?? '')} as ${lookupColumn('s', leaf.name)}`),
    ...reference.reference.parentColumns.map((column) => sql`q.${lookupColumn('t', column)}`),
  ])} from ${temporary('map', parent.index)} as q where q.is_new`;
};

export const companionTableName = (phase: 'known' | 'map', load: Load, reference: LoadReference): string =>
  `wb_${phase}_${load.index}_${companionNames(load).indexOf(reference.reference.name)}`;
export const companionRelation = (phase: 'known' | 'map', load: Load, reference: LoadReference): Statement =>
  companionTable(phase, load.index, reference.reference.name, companionNames(load));

export const analyzeTemporary = (name: string): Statement => sql`analyze ${sql.id('pg_temp', name)}`;

export const companionsOf = (load: Load, ids: readonly Ids[]): readonly LoadReference[] =>
  load.references.filter((reference) => reference.companion !== undefined && isLookedUp(reference, ids));
