import type { Column, QualifiedName } from '../domain/catalogue/catalogue.ts';
import { and, comma, operator, or, relation, sql, typeName, type Statement } from '../infra/postgres/sql.ts';
import { rowKeyColumns } from './change.ts';
import { isLookedUp, type Ids } from './ids.ts';
import { columnOf, isStaged, type Load, type LoadReference } from './load.ts';
import { changeColumn, companionTable, lookupColumn, temporary } from './temporary.ts';

/**
 * How a staged row reads once its references are looked up: the `from` and the expressions that resolve, validate and
 * apply share. `phase` says what is known: `known` while planning (matched rows only), `map` in apply (every row).
 */
export type LookupPhase = 'known' | 'map';

/** Where the catalogue has no other: of text, of an id, of a row's place. */
export const plainEquality: QualifiedName = { schema: 'pg_catalog', name: '=' };

export const equals = (left: Statement, right: Statement, by: QualifiedName | undefined): Statement => sql`${left} ${operator(by ?? plainEquality)} ${right}`;

/** Default equality of a column's type; key and reference columns always have one. */
export const equalityOf = (load: Load, column: string): QualifiedName | undefined => columnOf(load.target, column).equality;

/** `left` has the target's columns, `right` names a row by the `k_` columns of a temporary table. */
export const isNamedBy = (key: readonly Pick<Column, 'name' | 'equality'>[], left: Statement, right: Statement): Statement =>
  and(key.map(({ name, equality }) => equals(sql`${left}.${sql.id(name)}`, sql`${right}.${changeColumn('k', name)}`, equality)));

/** The row of the target (t) that a row of a temporary table speaks of. Only for tables whose rows have a key: any other is `isSameRow`'s. */
export const onRowKey = (load: Load, alias: Statement): Statement => isNamedBy(rowKeyColumns(load), sql`t`, alias);

/** A staged cell as its target type. */
export const staged = (load: Load, column: string): Statement => {
  const found = load.staged.find((candidate) => candidate.name === column);
  const cell = sql`s.${sql.id(column)}`;
  return found?.castTo === undefined ? cell : sql`${cell}::${typeName(found.castTo)}`;
};

const lookupAlias = (position: number): Statement => sql.id(`r${position}`);
const referenceNames = (load: Load): readonly string[] => load.references.map((candidate) => candidate.reference.name);

const lookupTable = (load: Load, reference: LoadReference, phase: LookupPhase): Statement =>
  reference.companion === undefined && reference.parentIndex !== undefined
    ? temporary(phase, reference.parentIndex)
    : companionTable(phase, load.index, reference.reference.name, referenceNames(load));

/** Equality of reference columns, parent's operator; the staged child and the looked-up value have compatible types. */
const joinCondition = (load: Load, reference: LoadReference, alias: Statement): Statement =>
  reference.companion === undefined
    ? and(
        reference.reference.columns.map((column, position) => {
          const parentColumn = reference.reference.parentColumns[position] ?? '';
          return equals(sql`${alias}.${lookupColumn('s', parentColumn)}`, staged(load, column), reference.reference.equality[position]);
        }),
      )
    : and(
        reference.companion.leaves.map((leaf, position) =>
          equals(sql`${alias}.${lookupColumn('s', leaf.name)}`, sql`s.${sql.id(leaf.name)}`, leafEquality(reference, position)),
        ),
      );

export const leafEquality = (reference: LoadReference, position: number): QualifiedName | undefined => reference.leafColumns[position]?.equality;

export const lookups = (load: Load, ids: readonly Ids[]): readonly { readonly reference: LoadReference; readonly position: number }[] =>
  load.references.map((reference, position) => ({ reference, position })).filter(({ reference }) => isLookedUp(reference, ids));

/** `left join`s to the look-up tables of every translated reference; restricted to `columns` when given. */
export const lookupJoins = (load: Load, ids: readonly Ids[], phase: LookupPhase, columns?: ReadonlySet<string>): Statement => {
  const joins = lookups(load, ids)
    .filter(({ reference }) => columns === undefined || reference.reference.columns.some((column) => columns.has(column)))
    .map(({ reference, position }) => {
      const alias = lookupAlias(position);
      return sql`left join ${lookupTable(load, reference, phase)} as ${alias} on ${joinCondition(load, reference, alias)}`;
    });
  return joins.length === 0 ? sql`` : sql`\n${sql.join(joins, sql`\n`)}`;
};

/** Looked-up candidates for a reference column, in the order of its foreign keys. */
export const lookedUp = (load: Load, ids: readonly Ids[], column: string): readonly Statement[] =>
  lookups(load, ids).flatMap(({ reference, position }) => {
    const at = reference.reference.columns.indexOf(column);
    const parentColumn = reference.reference.parentColumns[at];
    if (at < 0 || parentColumn === undefined) return [];
    const parent = reference.parentIndex === undefined ? undefined : ids[reference.parentIndex];
    const isTranslated = reference.companion !== undefined || parent?.translated.has(parentColumn) === true;
    if (!isTranslated) return [];
    return [sql`${lookupAlias(position)}.${lookupColumn('t', parentColumn)}`];
  });

/** MATCH SIMPLE: a composite reference with a NULL refers to nothing, and its other columns keep what they say, if no other reference says what they mean. */
const refersToNothing = (load: Load, ids: readonly Ids[], column: string): Statement | undefined => {
  const translating = lookups(load, ids).filter(({ reference }) => reference.reference.columns.includes(column));
  const others = translating.map(({ reference }) => (reference.companion === undefined ? reference.reference.columns.filter((other) => other !== column) : []));
  if (!isStaged(load, column) || others.length === 0 || others.some((columns) => columns.length === 0)) return undefined;
  return sql`case when ${and(others.map((columns) => sql`(${or(columns.map((other) => sql`s.${sql.id(other)} is null`))})`))} then ${staged(load, column)} end`;
};

/** What a reference column will hold in the target. NULL stays NULL; a value not found is validate's issue, never a guess. */
export const referenceValue = (load: Load, ids: readonly Ids[], column: string): Statement | undefined => {
  const found = lookedUp(load, ids, column);
  if (found.length === 0) return undefined;
  const own =
    isStaged(load, column) && !load.references.some((reference) => reference.companion !== undefined && reference.reference.columns.includes(column))
      ? [staged(load, column)]
      : [];
  const all = [...found, ...own];
  return all.length === 1 ? all[0] : sql`coalesce(${comma(all)})`;
};

/** Incoming value of any column as far as a plan knows it; `undefined` values (new parents) read as NULL. */
export const plannedValue = (load: Load, ids: readonly Ids[], column: string): Statement => {
  const nothing = refersToNothing(load, ids, column);
  const found = [...lookedUp(load, ids, column), ...(nothing === undefined ? [] : [nothing])];
  const [first] = found;
  if (first === undefined) return stagedOrNull(load, column);
  return found.length === 1 ? first : sql`coalesce(${comma(found)})`;
};

/** True where the incoming row refers to something, whether or not it is known yet. */
export const refersToSomething = (load: Load, column: string): Statement => {
  const leaves = load.references
    .filter((reference) => reference.companion !== undefined && reference.reference.columns.includes(column))
    .flatMap((reference) => reference.companion?.leaves ?? []);
  const own = leaves.length === 0 && isStaged(load, column) ? [sql`s.${sql.id(column)} is not null`] : [];
  const conditions = [...own, ...leaves.map((leaf) => sql`s.${sql.id(leaf.name)} is not null`)];
  return conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`;
};

/** Inheritance parents are read and written alone, so that no row is counted twice; a partition root stands for its leaves. */
export const targetTable = (load: Load): Statement => (load.target.kind === 'partitioned' ? relation(load.target) : sql`only ${relation(load.target)}`);

/** Which tables of rows that do not go in there are. */
export type Presence = {
  readonly match: boolean;
  readonly reject: boolean;
  readonly stay?: boolean;
  /** The table of matches holds what is not the same: rows that differ, and rows that are new, by their verdict. */
  readonly slim?: boolean;
};

/** Rows of the archive that are judged: those that will be new, or those that change in some of the columns. */
export type Judged = { readonly from: Statement; readonly where: Statement };

export const newStaged = (load: Load, presence: Presence): Judged => {
  const stage = temporary('stage', load.index);
  if (!presence.match || presence.slim !== true) return { from: sql`from ${stage} as s`, where: isNew(load, presence) };
  return {
    from: sql`from ${temporary('match', load.index)} as fresh join ${stage} as s on s.ctid operator(pg_catalog.=) fresh.src`,
    where: and([sql`fresh.verdict operator(pg_catalog.=) 'new'`, isNew(load, { ...presence, match: false })]),
  };
};

/** Their places in the archive alone, in its order. */
export const newPlaces = (load: Load, presence: Presence): Statement =>
  presence.match && presence.slim === true
    ? sql`select fresh.src from ${temporary('match', load.index)} as fresh where ${and([sql`fresh.verdict operator(pg_catalog.=) 'new'`, isNew(load, { ...presence, match: false }, sql`fresh.src`)])} order by fresh.src`
    : sql`select s.ctid as src from ${temporary('stage', load.index)} as s where ${isNew(load, presence)} order by s.ctid`;

export const changedStaged = (load: Load, columns: readonly string[]): Judged => ({
  from: sql`from ${temporary('change', load.index)} as ch join ${temporary('stage', load.index)} as s on s.ctid operator(pg_catalog.=) ch.src`,
  where: sql`ch.verdict operator(pg_catalog.=) 'update' and (${or(columns.map((name) => sql`ch.${changeColumn('o', name)} operator(pg_catalog.=) 'i'`))})`,
});

/** A staged row, by its place, that is not in the target. */
export const isUnmatched = (index: number, slim: boolean, place: Statement): Statement => {
  const found = sql`select 1 from ${temporary('match', index)} as m where m.src operator(pg_catalog.=) ${place}`;
  return slim ? sql`exists (${found} and m.verdict operator(pg_catalog.=) 'new')` : sql`not exists (${found})`;
};

/** Staged rows that will be inserted: not found in the target, not rejected, not left deleted. */
export const isNew = (load: Load, presence: Presence, place: Statement = sql`s.ctid`): Statement =>
  and([
    ...(presence.stay === true ? [sql`not exists (select 1 from ${temporary('stay', load.index)} as y where y.src operator(pg_catalog.=) ${place})`] : []),
    ...(presence.match ? [isUnmatched(load.index, presence.slim === true, place)] : []),
    ...(presence.reject ? [sql`not exists (select 1 from ${temporary('reject', load.index)} as x where x.src operator(pg_catalog.=) ${place})`] : []),
  ]);

export const stagedOrNull = (load: Load, name: string): Statement => (isStaged(load, name) ? staged(load, name) : noValue(columnOf(load.target, name)));

/** NULL of the type below a domain: the domain itself may refuse it. */
const noValue = ({ type, domain }: Column): Statement => sql`null::${typeName(domain?.base ?? type)}`;

/** `\u0000` is good json and no jsonb: equal texts are equal without the cast, and what cannot be cast differs. */
export const isSameDocument = (left: Statement, right: Statement): Statement => sql`case
    when ${left} is null or ${right} is null then ${left} is null and ${right} is null
    when row(${left})::pg_catalog.record operator(pg_catalog.*=) row(${right})::pg_catalog.record then true
    when pg_catalog.strpos(${left}::pg_catalog.text, '\\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(${right}::pg_catalog.text, '\\u0000') operator(pg_catalog.>) 0 then false
    else ${left}::pg_catalog.jsonb operator(pg_catalog.=) ${right}::pg_catalog.jsonb end`;
