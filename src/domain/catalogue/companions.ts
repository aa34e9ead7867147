import { tableId, type QualifiedName, type Reference, type Table } from './catalogue.ts';
import { column, type KeyedTable } from './key.ts';
import { isTranslated, parentsAmong, translatingReference, type FindParent } from './surrogates.ts';

/** A reference whose parent is not in the archive travels as the parent's key (DESIGN 5). */
export type Companion = {
  /** Name of the foreign key. */
  readonly reference: string;
  readonly parent: QualifiedName;
  readonly leaves: readonly CompanionLeaf[];
};

/** One leaf of the parent's key: `path` names further foreign keys from the parent upwards where the key is itself a reference. */
export type CompanionLeaf = {
  readonly name: string;
  readonly path: readonly string[];
  readonly column: string;
  readonly type: string;
  /** The table at the path's end is known by origin only: the leaf is its id in the source, to be matched through the recorded provenance and never by itself. */
  readonly origin?: true;
};

/**
 * References of a table to parents that stay behind, with the columns `instructor_id` -> `instructor_xmlid` that travel
 * beside them. A reference over plain values (a country's code) needs none: the value is the key.
 */
export const companionsFor = (table: Table, keyed: readonly KeyedTable[], selection: ReadonlySet<string>): readonly Companion[] => {
  const byId = new Map(keyed.map((each) => [tableId(each), each]));
  const find = parentsAmong(keyed);
  const taken = new Set(table.columns.map(({ name }) => name));
  return table.references.flatMap((reference) => {
    const parent = byId.get(tableId(reference.parent));
    if (parent === undefined || selection.has(tableId(parent)) || !holdsId(reference, parent, find)) return [];
    const leaves = leavesOf(parent, [], byId, find).map(({ words, ...leaf }) => ({ name: freeName([stem(reference), ...words].join('_'), taken), ...leaf }));
    return [{ reference: reference.name, parent: reference.parent, leaves }];
  });
};

const holdsId = (reference: Reference, parent: KeyedTable, find: FindParent): boolean => {
  const surrogate = find(parent)?.surrogate ?? [];
  return reference.parentColumns.some((name) => surrogate.includes(name) || isTranslated(parent, name, find));
};

type NamelessLeaf = Omit<CompanionLeaf, 'name'> & { readonly words: readonly string[] };

const leavesOf = (table: KeyedTable, path: readonly string[], byId: ReadonlyMap<string, KeyedTable>, find: FindParent): readonly NamelessLeaf[] => {
  if (table.key.kind === 'image') return [];
  if (table.key.kind === 'origin')
    return (table.key.columns ?? table.key.surrogate).map((name) => ({ path, column: name, type: column(table, name).type, origin: true, words: [name] }));
  const done = new Set<string>();
  return table.key.columns.flatMap((name) => {
    const upwards = translatingReference(table, name, find);
    const parent = upwards === undefined ? undefined : byId.get(tableId(upwards.parent));
    if (upwards === undefined || parent === undefined) return [{ path, column: name, type: column(table, name).type, words: [name] }];
    if (done.has(upwards.name)) return [];
    done.add(upwards.name);
    return leavesOf(parent, [...path, upwards.name], byId, find).map((leaf) => ({ ...leaf, words: [stem(upwards), ...leaf.words] }));
  });
};

/** `instructor_id` and `InstructorId` lose their ending; `regio` and `paid` stay. */
const stem = (reference: Reference): string => reference.columns.map((name) => name.replace(/(?<=.)(?:_id|_ID|(?<=[a-z])I[dD])$/, '')).join('_');

/** PostgreSQL cuts names at 63 bytes, and would cut two long ones to the same. */
const freeName = (wished: string, taken: Set<string>): string => {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `_${number}`;
    const name = `${cut(wished, 63 - suffix.length)}${suffix}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
};

const cut = (text: string, bytes: number): string => {
  let [kept, used] = ['', 0];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    if (used > bytes) break;
    kept += character;
  }
  return kept;
};
