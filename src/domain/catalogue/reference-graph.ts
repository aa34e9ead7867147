import { Refusal } from '../refusal.ts';
import { tableId } from './catalogue.ts';
import type { KeyedTable } from './key.ts';
import { keyReferences, parentsAmong } from './surrogates.ts';

/** Tables that refer to each other in a circle go in with one statement (ENGINE-RULES 13). A reference to itself makes no circle: it is checked when the statement ends. */
export type Component = { readonly tables: readonly KeyedTable[]; readonly cyclic: boolean };

export type ReferenceGraph = {
  /** Strongly connected components, parents first; among equals by name. */
  components(): readonly Component[];
  /** Tables in the order in which their rows can be matched: parents of key columns first. */
  matchOrder(): readonly KeyedTable[];
};

/** References to tables outside of the list do not count. */
export const referenceGraph = (tables: readonly KeyedTable[]): ReferenceGraph => {
  const byId = new Map(tables.map((table) => [tableId(table), table]));
  const find = parentsAmong(tables);
  return {
    components: () =>
      order(byId, (table) =>
        [...table.references.filter(({ enforced }) => enforced).map(({ parent }) => parent), ...(table.periodParents ?? [])].map(tableId),
      ).map((members) => ({ tables: members, cyclic: members.length > 1 })),
    matchOrder: () =>
      order(byId, (table) => keyReferences(table, find).map(({ parent }) => tableId(parent))).map((members) => {
        const [table, another] = members;
        const selfish = table !== undefined && keyReferences(table, find).some(({ parent }) => tableId(parent) === tableId(table));
        if (table === undefined || another !== undefined || selfish) throw keysInACircle(members);
        return table;
      }),
  };
};

const keysInACircle = (members: readonly KeyedTable[]): Refusal => {
  const names = members.map(tableId);
  return new Refusal(
    'KEYS_IN_A_CIRCLE',
    `The keys of ${names.join(', ')} refer to each other in a circle, so no row of them can be found by key. Configure another key for one of these tables.`,
    { tables: names },
  );
};

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Components of the graph, targets of edges first, the smallest name first among those that are free to go. */
const order = (byId: ReadonlyMap<string, KeyedTable>, edgesOf: (table: KeyedTable) => readonly string[]): readonly (readonly KeyedTable[])[] => {
  const edges = new Map([...byId].map(([id, table]) => [id, new Set(edgesOf(table).filter((target) => target !== id && byId.has(target)))]));
  const groups = stronglyConnected([...byId.keys()].toSorted(byName), edges).map((group) => group.toSorted(byName));
  const groupOf = new Map(groups.flatMap((group) => group.map((id) => [id, group] as const)));
  const waiting = new Map(
    groups.map((group) => [
      group,
      new Set(
        group
          .flatMap((id) => [...(edges.get(id) ?? [])])
          .map((target) => groupOf.get(target))
          .filter((target) => target !== group),
      ),
    ]),
  );
  const children = Map.groupBy(
    [...waiting].flatMap(([group, parents]) => [...parents].map((parent) => ({ group, parent }))),
    ({ parent }) => parent,
  );
  const free = groups.filter((group) => waiting.get(group)?.size === 0);
  const done: (readonly KeyedTable[])[] = [];
  while (free.length > 0) {
    free.sort(([a = ''], [b = '']) => byName(a, b));
    const [next = []] = free.splice(0, 1);
    done.push(next.flatMap((id) => byId.get(id) ?? []));
    for (const { group } of children.get(next) ?? []) {
      waiting.get(group)?.delete(next);
      if (waiting.get(group)?.size === 0) free.push(group);
    }
  }
  return done;
};

/** Tarjan, with a stack of its own: a chain of thousands of tables must not overflow the call stack. */
const stronglyConnected = (ids: readonly string[], edges: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] => {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const groups: (readonly string[])[] = [];
  const lower = (id: string, value: number): void => void low.set(id, Math.min(low.get(id) ?? value, value));
  const enter = (id: string): { id: string; targets: Iterator<string> } => {
    index.set(id, index.size);
    lower(id, index.size - 1);
    path.push(id);
    onPath.add(id);
    return { id, targets: (edges.get(id) ?? new Set<string>()).values() };
  };
  const close = (id: string): void => {
    if (low.get(id) !== index.get(id)) return;
    const group = path.splice(path.indexOf(id));
    group.forEach((member) => onPath.delete(member));
    groups.push(group);
  };
  const frames: ReturnType<typeof enter>[] = [];
  const follow = (from: string, target: string): void => {
    const seen = index.get(target);
    if (seen === undefined) frames.push(enter(target));
    else if (onPath.has(target)) lower(from, seen);
  };
  const leave = (id: string): void => {
    close(id);
    frames.pop();
    const caller = frames.at(-1);
    if (caller !== undefined && onPath.has(id)) lower(caller.id, low.get(id) ?? 0);
  };
  for (const root of ids) {
    if (!index.has(root)) frames.push(enter(root));
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.targets.next();
      if (next.done === true) leave(frame.id);
      else follow(frame.id, next.value);
    }
  }
  return groups;
};
