import type { ConflictPolicy } from '../../src/domain/run/run.ts';
import type { ModelDatabase } from './model.ts';
import { makeEdits, removeRow, type Edit } from './random-edits.ts';
import { makeRows, makeSchema, tieRings, type Random, type Shape } from './random-tables.ts';
import { without } from './shrink.ts';

/** Two databases, and what is done to them: an import, and then rounds of edits on both sides and a run from one to the other. */
export type MergeCase = {
  readonly tables: readonly Shape[];
  readonly source: ModelDatabase;
  readonly target: ModelDatabase;
  readonly rounds: readonly Round[];
};

export type Round = {
  readonly edits: readonly [source: readonly Edit[], target: readonly Edit[]];
  /** `back`: from the target to the source. */
  readonly direction: 'there' | 'back';
  readonly kind: 'merge' | 'replace';
  readonly base: 'auto' | 'none';
  readonly deletes: boolean;
  readonly policy: ConflictPolicy;
  readonly policies: Readonly<Record<string, ConflictPolicy>>;
  /** Who wins a conflict that nobody's policy decides, by its place in the list. */
  readonly resolutions: readonly ('incoming' | 'current')[];
  /** Taken back in the end, with edits before that (`edits`), or not at all. */
  readonly rollback: { readonly edits: readonly Edit[]; readonly policy: 'incoming' | 'current' } | undefined;
};

export const makeCase = (random: Random, rounds: number): MergeCase => {
  const tables = makeSchema(random, 'merging').map((table) => withPassive(random, table));
  const source = tieRings(random, tables, makeRows(random, tables, 0));
  const isEmpty = random.chance(40);
  const target = tieRings(random, tables, isEmpty ? {} : makeRows(random, tables, 1));
  return { tables, source, target, rounds: Array.from({ length: rounds }, () => makeRound(random, tables)) };
};

const withPassive = (random: Random, table: Shape): Shape =>
  table.columns.some(({ name }) => name === 'w') && table.kind !== 'image' && random.chance(20) ? { ...table, passive: ['w'] } : table;

const makeRound = (random: Random, tables: readonly Shape[]): Round => {
  const policy = (): ConflictPolicy => random.pick(['incoming', 'current', 'fail', 'newest:n'] as const);
  const has = (table: Shape): boolean => table.columns.some(({ name }) => name === 'n');
  const edits = (limit: number): readonly Edit[] => makeEdits(random, random.below(limit));
  return {
    edits: [edits(10), edits(10)],
    direction: random.chance(65) ? 'there' : 'back',
    kind: random.chance(85) ? 'merge' : 'replace',
    base: random.chance(80) ? 'auto' : 'none',
    deletes: random.chance(70),
    policy: random.pick(['incoming', 'current', 'fail'] as const),
    policies: Object.fromEntries(
      tables.flatMap((table) => {
        const own = policy();
        return random.chance(25) && (own !== 'newest:n' || has(table)) ? [[`public.${table.name}`, own] as const] : [];
      }),
    ),
    resolutions: Array.from({ length: 7 }, () => random.pick(['incoming', 'current'] as const)),
    rollback: random.chance(40) ? { edits: random.chance(50) ? [] : edits(6), policy: random.pick(['incoming', 'current'] as const) } : undefined,
  };
};

/** Smaller cases of the same kind: fewer rounds, edits, tables, columns and rows, and plainer settings. */
export function* smallerCases(found: MergeCase): Generator<MergeCase> {
  for (const rounds of without(found.rounds)) yield { ...found, rounds };
  for (const table of found.tables) yield* withoutTable(found, table);
  for (const [index, round] of found.rounds.entries())
    for (const smaller of smallerRounds(round)) yield { ...found, rounds: found.rounds.map((other, at) => (at === index ? smaller : other)) };
  for (const table of found.tables)
    for (const side of ['source', 'target'] as const)
      for (const row of found[side][table.name] ?? []) {
        const left = removeRow(found.tables, found[side], table, row);
        if (left !== undefined) yield { ...found, [side]: left.database };
      }
  for (const table of found.tables) yield* plainerTables(found, table);
}

function* smallerRounds(round: Round): Generator<Round> {
  if (round.rollback !== undefined) {
    yield { ...round, rollback: undefined };
    for (const edits of without(round.rollback.edits)) yield { ...round, rollback: { ...round.rollback, edits } };
  }
  const [source, target] = round.edits;
  for (const edits of without(source)) yield { ...round, edits: [edits, target] };
  for (const edits of without(target)) yield { ...round, edits: [source, edits] };
  if (Object.keys(round.policies).length > 0) yield { ...round, policies: {} };
  if (round.deletes) yield { ...round, deletes: false };
  if (round.policy === 'fail') yield { ...round, policy: 'incoming' };
}

function* withoutTable(found: MergeCase, table: Shape): Generator<MergeCase> {
  if (found.tables.some((other) => other !== table && other.references.some(({ parent }) => parent === table.name))) return;
  const index = found.tables.indexOf(table);
  // Edits name tables by their place: those of the others shall stay where they are.
  const moved = (edits: readonly Edit[]): readonly Edit[] =>
    edits.flatMap((edit) => {
      const at = edit.table % found.tables.length;
      return at === index ? [] : [{ ...edit, table: at > index ? at - 1 : at }];
    });
  yield {
    ...found,
    tables: found.tables.filter((other) => other !== table),
    rounds: found.rounds.map((round) => ({
      ...round,
      edits: [moved(round.edits[0]), moved(round.edits[1])],
      rollback: round.rollback === undefined ? undefined : { ...round.rollback, edits: moved(round.rollback.edits) },
    })),
  };
}

function* plainerTables(found: MergeCase, table: Shape): Generator<MergeCase> {
  const replaced = (plainer: Shape): MergeCase => ({ ...found, tables: found.tables.map((other) => (other === table ? plainer : other)) });
  for (const column of table.columns) {
    if (table.key.includes(column.name)) continue;
    const drop = (database: ModelDatabase): ModelDatabase => ({
      ...database,
      [table.name]: (database[table.name] ?? []).map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== column.name))),
    });
    const smaller = replaced({
      ...table,
      columns: table.columns.filter((other) => other !== column),
      references: table.references.filter((reference) => reference.column !== column.name),
      values: table.values.filter((name) => name !== column.name),
      strict: table.strict && column.name !== 'v',
    });
    yield { ...smaller, source: drop(found.source), target: drop(found.target) };
    if (column.onDelete !== undefined) {
      const { onDelete: _, ...plain } = column;
      yield replaced({ ...table, columns: table.columns.map((other) => (other === column ? plain : other)) });
    }
  }
  if (table.strict) yield replaced({ ...table, strict: false });
  const { passive, ...decisive } = table;
  if (passive !== undefined) yield replaced(decisive);
}
