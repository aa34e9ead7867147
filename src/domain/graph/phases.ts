import { tableId, type QualifiedName, type Reference } from '../catalogue/catalogue.ts';
import type { KeyedTable } from '../catalogue/key.ts';
import { referenceGraph } from '../catalogue/reference-graph.ts';
import { Refusal } from '../refusal.ts';

/** Tables whose rows go in together: one, or those of a circle. */
export type Block = {
  readonly tables: readonly KeyedTable[];
  readonly isCircle: boolean;
  /** From 1: all that the tables refer to goes in in an earlier one. */
  readonly phase: number;
};

/** All references from one table to one other. */
export type Link = {
  readonly child: string;
  readonly parent: string;
  /** One line for each reference, for people. */
  readonly words: readonly string[];
  /** Each of them may be NULL. */
  readonly isOptional: boolean;
  readonly isInCircle: boolean;
};

/** What refers to what, and what goes in before what. Tables by `schema.table`. */
export type PhasedTables = {
  /** By phase, then by name. */
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  /** Of tables that refer to themselves: each reference in words. */
  readonly selfReferences: ReadonlyMap<string, readonly string[]>;
  /** References that PostgreSQL does not enforce order nothing. */
  readonly unenforced: number;
};

/** Above it nobody sees anything, and the drawing would take minutes. */
const mostTables = 1000;

/** Among tables of the list only; a reference to another table counts for nothing. The order of the list does not matter. */
export const phaseTables = (list: readonly KeyedTable[]): PhasedTables => {
  const tables = list.toSorted((one, other) => (tableId(one) < tableId(other) ? -1 : 1));
  if (tables.length > mostTables)
    throw new Refusal('GRAPH_TOO_LARGE', `A picture of ${tables.length} tables shows nothing. Name the tables that you mean, at most ${mostTables}.`, {
      tables: tables.length,
      most: mostTables,
    });
  const names = new Set(tables.map(tableId));
  const edges = tables.flatMap((table) => edgesOf(table).filter(({ parent }) => names.has(parent)));
  const parentsOf = Map.groupBy(edges, ({ child }) => child);
  const blockOf = new Map<string, Block>();
  const blocks = referenceGraph(tables)
    .components()
    .map(({ tables: members, cyclic }) => {
      const earlier = members.flatMap((member) => (parentsOf.get(tableId(member)) ?? []).map(({ parent }) => blockOf.get(parent)?.phase ?? 0));
      const block = { tables: members, isCircle: cyclic, phase: 1 + Math.max(0, ...earlier) };
      members.forEach((member) => blockOf.set(tableId(member), block));
      return block;
    });
  const isWithin = ({ child, parent }: Edge): boolean => blockOf.get(child) === blockOf.get(parent);
  const linked = Map.groupBy(
    edges.filter(({ child, parent }) => child !== parent),
    ({ child, parent }) => `${child}\0${parent}`,
  );
  return {
    blocks: blocks.toSorted((one, other) => one.phase - other.phase),
    links: [...linked.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { child, parent } = first;
      return [{ child, parent, words: group.map(({ words }) => words), isOptional: group.every(({ isOptional }) => isOptional), isInCircle: isWithin(first) }];
    }),
    selfReferences: new Map(
      [
        ...Map.groupBy(
          edges.filter(({ child, parent }) => child === parent),
          ({ child }) => child,
        ),
      ].map(([id, own]) => [id, own.map(({ words }) => words)]),
    ),
    unenforced: tables.flatMap(({ references }) => references).filter(({ enforced, parent }) => !enforced && names.has(tableId(parent))).length,
  };
};

type Edge = { readonly child: string; readonly parent: string; readonly words: string; readonly isOptional: boolean };

const edgesOf = (table: KeyedTable): readonly Edge[] => [
  ...table.references.filter(({ enforced }) => enforced).map((reference) => edgeOf(table, reference)),
  ...(table.periodParents ?? []).map((parent) => periodEdge(table, parent)),
];

const edgeOf = (table: KeyedTable, { columns, parent, parentColumns, name, onDelete }: Reference): Edge => ({
  child: tableId(table),
  parent: tableId(parent),
  words: `${tableId(table)} (${columns.join(', ')}) refers to ${tableId(parent)} (${parentColumns.join(', ')}): ${name}${onDelete === 'no action' ? '' : `, on delete ${onDelete}`}`,
  isOptional: columns.some((each) => table.columns.some(({ name: own, notNull }) => own === each && !notNull)),
});

const periodEdge = (table: KeyedTable, parent: QualifiedName): Edge => ({
  child: tableId(table),
  parent: tableId(parent),
  words: `${tableId(table)} refers to ${tableId(parent)} over a period`,
  isOptional: false,
});
