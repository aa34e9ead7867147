import type { Column } from '../../domain/catalogue/catalogue.ts';
import { comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Load } from '../load.ts';
import { staged, targetTable } from '../rows.sql.ts';
import { changeColumn, temporary, temporaryName } from '../temporary.ts';

/**
 * Tables without any key, three-way: how often an image was in what both sides held, arrives, and is there. What both had
 * and one side has less often, that side deleted; rows are told apart by nothing else.
 */
export type SideImage = { readonly joins: Statement; readonly of: ReadonlyMap<string, Statement> };

const imageOf = (columns: readonly Column[], value: (column: Column) => Statement, { of }: SideImage): Statement =>
  sql`pg_catalog.md5(row(${comma(columns.map((column) => of.get(column.name) ?? value(column)))})::pg_catalog.text)`;

export type ImageBase = {
  readonly load: Load;
  readonly base: Load;
  readonly columns: readonly Column[];
  readonly arriving: SideImage;
  readonly held: SideImage;
  /** Newer archives that are no base: how often one side had an image when it exported them. */
  readonly newer: readonly { readonly base: Load; readonly held: SideImage; readonly by: 'target' | 'source' | 'other' }[];
};

const stagedImage = (load: Load, columns: readonly Column[], side: SideImage): Statement => imageOf(columns, (column) => staged(load, column.name), side);

const copiesIn = (base: Load, columns: readonly Column[], held: SideImage): Statement =>
  sql`select ${stagedImage(base, columns, held)} as image, pg_catalog.count(*) as copies from ${temporary('stage', base.index)} as s${held.joins} group by 1`;

/** No more than the side had in its own newer exports. */
const heldCopies = ({ base, columns, held, newer }: ImageBase, by: 'target' | 'source'): Statement => {
  const since = newer.filter((archive) => archive.by === by);
  const joins = since.map(
    (archive, at) =>
      sql`left join (${copiesIn(archive.base, columns, archive.held)}) as ${sql.id(`n${at}`)} on ${sql.id(`n${at}`)}.image operator(pg_catalog.=) o.image`,
  );
  const least = comma([sql`o.copies`, ...since.map((_, at) => sql`coalesce(${sql.id(`n${at}`)}.copies, 0)`)]);
  return sql`select o.image, least(${least}) as copies from (${copiesIn(base, columns, held)}) as o ${sql.join(joins, sql` `)}`;
};

/** Copies that both sides held and that are not here any more stay away. */
export const createImageStay = (input: ImageBase, matched: boolean): Statement => {
  const { load, columns, arriving } = input;
  const image = stagedImage(load, columns, arriving);
  const unmatched = matched ? sql` and not exists (select 1 from ${temporary('match', load.index)} as m where m.src operator(pg_catalog.=) a.src)` : sql``;
  return sql`
/* engine.plan.create-image-stay */
create temporary table ${sql.id(temporaryName('stay', load.index))} as
with arriving as (
  select s.ctid as src, ${image} as image, pg_catalog.row_number() over (partition by ${image} order by s.ctid) as copy
  from ${temporary('stage', load.index)} as s${arriving.joins}
), held as (${heldCopies(input, 'source')})
select a.src, null::bigint as need, 'keep' as verdict
from arriving as a join held as h on h.image operator(pg_catalog.=) a.image
where a.copy operator(pg_catalog.<=) h.copies${unmatched}`;
};

/** Copies that both sides held and that do not arrive any more go. */
export const createImageGone = (input: ImageBase, here: SideImage): Statement => {
  const { load, columns, arriving } = input;
  const image = imageOf(columns, (column) => sql`t.${sql.id(column.name)}`, here);
  return sql`
/* engine.plan.create-image-gone */
create temporary table ${sql.id(temporaryName('gone', load.index))} as
with arriving as (
  select ${stagedImage(load, columns, arriving)} as image, pg_catalog.count(*) as copies from ${temporary('stage', load.index)} as s${arriving.joins} group by 1
), held as (${heldCopies(input, 'target')}), here as (
  select t.tableoid as table_oid, t.ctid as place, ${image} as image, pg_catalog.row_number() over (partition by ${image} order by t.tableoid, t.ctid) as copy, pg_catalog.count(*) over (partition by ${image}) as copies
  from ${targetTable(load)} as t${here.joins}
)
select null::bigint as need, 'delete' as verdict, e.image as name, e.table_oid as ${changeColumn('k', 'tableoid')}, e.place as ${changeColumn('k', 'ctid')}
from here as e join held as h on h.image operator(pg_catalog.=) e.image left join arriving as a on a.image operator(pg_catalog.=) e.image
where e.copy operator(pg_catalog.<=) (least(e.copies, h.copies) operator(pg_catalog.-) coalesce(a.copies, 0))`;
};
