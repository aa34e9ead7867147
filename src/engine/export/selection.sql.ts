import { tableId, type Reference } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { referenceGraph } from '../../domain/catalogue/reference-graph.ts';
import { Defect } from '../../domain/refusal.ts';
import { and, comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { equals } from '../rows.sql.ts';
import type { Choice } from './choose-tables.ts';
import { fitting } from './conditions.sql.ts';
import { rowsOf } from './copy-table.sql.ts';

/**
 * Which rows of a partial table belong to an export, as part of its one COPY: a snapshot that only reads can keep no
 * temporary tables. Rows are known by their place (`tableoid`, `ctid`), which is the same throughout a statement. Below a
 * table are those whose rows refer to it; what was found there comes first, each table once, and tables that refer to each
 * other in a circle, or to themselves, are followed together until nothing new is found.
 */
export type Selected = {
  /** `with recursive ...`, or nothing. */
  readonly with: Statement;
  /** On `t`. */
  readonly where: Statement;
};

/** A reference from a row of the export to a table that does not come whole. */
type Edge = { readonly from: KeyedTable; readonly reference: Reference; readonly to: KeyedTable };

export const createSelection = (keyed: readonly KeyedTable[], choice: Choice): ((table: KeyedTable) => Selected) => {
  const byId = new Map(keyed.map((table) => [tableId(table), table]));
  const partial = [...choice.partial.keys()].flatMap((name) => byId.get(name) ?? []);
  const edges: readonly Edge[] = choice.follows
    ? [...choice.names]
        .flatMap((name) => byId.get(name) ?? [])
        .flatMap((from) =>
          from.references.flatMap((reference) => {
            const to = choice.partial.has(tableId(reference.parent)) ? byId.get(tableId(reference.parent)) : undefined;
            return to === undefined || !reference.enforced ? [] : [{ from, reference, to }];
          }),
        )
    : [];
  // Children first.
  const components = referenceGraph(partial)
    .components()
    .toReversed()
    .map(({ tables }) => tables);
  const world = { choice, partial, edges };
  return (table) => {
    if (!choice.partial.has(tableId(table))) return { with: sql``, where: sql`true` };
    if (!edges.some(({ to }) => to === table)) return { with: sql``, where: isChosen(choice, table) };
    const needed = below(table, edges);
    const parts = components.filter((members) => members.some((member) => needed.has(member))).flatMap((members) => rowsIn(world, members));
    return {
      with: sql`with recursive ${sql.join(
        parts,
        sql`,
`,
      )}
`,
      where: sql`exists (select from ${found(world, table)} as f where f.o operator(pg_catalog.=) t.tableoid and f.r operator(pg_catalog.=) t.ctid)`,
    };
  };
};

type World = { readonly choice: Choice; readonly partial: readonly KeyedTable[]; readonly edges: readonly Edge[] };

/** The table, and all whose rows may lead to its rows. */
const below = (table: KeyedTable, edges: readonly Edge[]): ReadonlySet<KeyedTable> => {
  const seen = new Set([table]);
  for (const member of seen) for (const { from, to } of edges) if (to === member) seen.add(from);
  return seen;
};

const found = ({ partial }: World, table: KeyedTable): Statement => sql.id(`f${partial.indexOf(table)}`);

/** Rows of one table, or of tables in a circle, one relation each: place, and the columns that refer to partial tables. */
const rowsIn = (world: World, members: readonly KeyedTable[]): readonly Statement[] => {
  const inner = world.edges.filter(({ from, to }) => members.includes(from) && members.includes(to));
  const [only] = members;
  if (only === undefined) throw new Defect('A circle without tables');
  if (inner.length === 0)
    return members.map(
      (member) => sql`${found(world, member)} as materialized (${unite(seeds(world, member, members).map((seed) => place(world, member, seed)))})`,
    );
  const walk = sql.id(`w${world.partial.indexOf(only)}`);
  const start = members.flatMap((member) =>
    seeds(world, member, members).map((seed) => sql`select ${sql.lit(world.partial.indexOf(member))}::pg_catalog.int4, t.tableoid, t.ctid ${seed}`),
  );
  const steps = inner.map(
    ({ from, reference, to }) => sql`select ${sql.lit(world.partial.indexOf(to))}::pg_catalog.int4 as n, t.tableoid as o, t.ctid as r
    from ${rowsOf(from)} as c join ${rowsOf(to)} as t on ${refers(reference, (name) => sql.id('c', name))}
    where ${isMember(world, from)} and c.tableoid operator(pg_catalog.=) w.o and c.ctid operator(pg_catalog.=) w.r`,
  );
  return [
    sql`${walk} (n, o, r) as (
  (${unite(start)})
  union
  select x.n, x.o, x.r from ${walk} as w cross join lateral (
    ${sql.join(
      steps,
      sql`
    union all
    `,
    )}) as x)`,
    ...members.map(
      (member) =>
        sql`${found(world, member)} as materialized (${place(
          world,
          member,
          sql`from ${walk} as w join ${rowsOf(member)} as t on t.tableoid operator(pg_catalog.=) w.o and t.ctid operator(pg_catalog.=) w.r where ${isMember(world, member)}`,
        )})`,
    ),
  ];
};

const isMember = ({ partial }: World, table: KeyedTable): Statement => sql`w.n operator(pg_catalog.=) ${sql.lit(partial.indexOf(table))}`;

const unite = (parts: readonly Statement[]): Statement =>
  sql.join(
    [...parts],
    sql`
  union
  `,
  );

const place = (world: World, table: KeyedTable, from: Statement): Statement =>
  sql`select ${comma([sql`t.tableoid as o`, sql`t.ctid as r`, ...outward(world, table).map((name) => sql.id('t', name))])} ${from}`;

/** Columns of a table that refer to partial tables. */
const outward = ({ edges }: World, table: KeyedTable): readonly string[] => [
  ...new Set(edges.filter(({ from }) => from === table).flatMap(({ reference }) => reference.columns)),
];

/** Whether a row (`t`) comes for its own sake, or for that of the row which it belongs to. */
const isChosen = (choice: Choice, table: KeyedTable): Statement => {
  const filter = choice.partial.get(tableId(table));
  if (filter !== undefined) return fitting(table, filter);
  const inside = choice.within?.get(tableId(table));
  if (inside === undefined) return sql`false`;
  const { parent, by } = inside;
  const pairs = by.columns.map((name, position) => equals(sql.id('up', by.parentColumns[position] ?? ''), sql.id('t', name), by.equality[position]));
  const names = comma([...new Set(by.parentColumns)].map((name) => sql.id('t', name)));
  return sql`exists (select from (select ${names} from ${rowsOf(parent)} as t where ${isChosen(choice, parent)}) as up where ${and(pairs)})`;
};

/** Where rows of a table come from, as `from ... where ...` over `t`: those that fit its filter, and those that rows of tables outside of its circle refer to. */
const seeds = (world: World, table: KeyedTable, circle: readonly KeyedTable[]): readonly Statement[] => {
  const own = sql`from ${rowsOf(table)} as t where ${isChosen(world.choice, table)}`;
  const children = world.edges
    .filter(({ from, to }) => to === table && !circle.includes(from))
    .map(({ from, reference }) => {
      const rows = world.partial.includes(from) ? found(world, from) : rowsOf(from);
      const names = comma(reference.columns.map((name) => sql.id('c', name)));
      return sql`from ${rowsOf(table)} as t join (select distinct ${names} from ${rows} as c) as c on ${refers(reference, (name) => sql.id('c', name))}`;
    });
  return [own, ...children];
};

const refers = (reference: Reference, child: (name: string) => Statement): Statement =>
  and(reference.columns.map((name, position) => equals(sql.id('t', reference.parentColumns[position] ?? ''), child(name), reference.equality[position])));
