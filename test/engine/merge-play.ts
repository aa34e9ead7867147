import { readFile } from 'node:fs/promises';
import type { ConflictPolicy, PlanSummary, Resolution, RowChange, TablePlan, WriteResult } from '../../src/domain/run/run.ts';
import type { Arena } from '../support/arena.ts';
import type { Imported, WriteOptions } from '../support/engine.ts';
import type { MergeCase, Round } from './merge-case.ts';
import { mergeRows, type Conflict, type Merged, type MergeMode, type NamedDatabase, type NamedRow, type NamedRows } from './merge-model.ts';
import { createSide, expectEqual, Disagreement, type Look, type Side } from './merge-side.ts';
import { isIdKept, listRows } from './named-rows.ts';
import { fill, sqlOf, type Shape } from './random-tables.ts';
import { byId, hasSuccessors, rollBackRows } from './undo-model.ts';

/** An archive that was taken in: the rows it has, and of which of them both sides then held the same. */
type Take = { readonly archive: NamedDatabase; readonly held: NamedDatabase; /** Rows the taker was without afterwards. */ readonly after: NamedDatabase };

/** Plays a case on the engine and on the reference; throws where they part. */
export const play = async (arena: Arena, found: MergeCase, tell: (line: string) => void): Promise<void> => {
  const { tables } = found;
  const schema = sqlOf(tables);
  const checks = tables.filter(({ strict }) => strict).map(({ name }) => `alter table ${name} add check (v <> 'c') not valid`);
  tell([schema, '-- source', fill(tables, found.source), '-- target', fill(tables, found.target), ...checks].join(';\n'));
  await arena.set(schema, { source: fill(tables, found.source), target: [fill(tables, found.target), ...checks].join(';\n') });
  await arena.inSource(checks.length === 0 ? 'select 1' : checks.join(';\n'));
  // Gives the target its name, which its own rows of tables without a key go by.
  if (tables.some(({ kind }) => kind === 'origin')) await arena.export(arena.target);
  const sides = [createSide(arena.source, tables, 0), createSide(arena.target, tables, 1)] as const;
  const game: Game = { arena, found, sides, takes: [], tell };
  await takeIn(game, { from: sides[0], into: sides[1], mode: 'import', options: {} });
  for (const round of found.rounds) await playRound(game, round);
};

type Game = {
  readonly arena: Arena;
  readonly found: MergeCase;
  readonly sides: readonly [Side, Side];
  takes: readonly Take[];
  readonly tell: (line: string) => void;
};

const playRound = async (game: Game, round: Round): Promise<void> => {
  const [source, target] = game.sides;
  for (const [index, side] of game.sides.entries()) {
    const script = await side.edit(round.edits[index] ?? []);
    if (script.length > 0) game.tell([`-- ${index === 0 ? 'source' : 'target'}`, ...script].join(';\n'));
  }
  const { edits: _, resolutions, direction, rollback, ...asked } = round;
  game.tell(`-- ${JSON.stringify({ direction, ...asked })}`);
  const mode = round.kind === 'replace' ? 'replace' : round.base === 'none' || game.takes.length === 0 ? 'merge' : 'three-way';
  const [from, into] = direction === 'there' ? [source, target] : [target, source];
  const found = await into.look();
  const taken = await takeIn(game, {
    from,
    into,
    mode,
    resolutions,
    options: { base: round.base, deletes: round.deletes, onConflict: round.policy, conflictPolicies: round.policies, maxDeletes: 'any' },
  });
  if (rollback !== undefined) await takeBack(game, { into, taken, rollback, found });
};

type TakingBack = { readonly into: Side; readonly taken: string; readonly rollback: NonNullable<Round['rollback']>; readonly found: Look };

/** The run is rolled back, after edits or at once; at once, it can also be done again by rolling back the rollback. */
const takeBack = async (game: Game, { into, taken, rollback, found }: TakingBack): Promise<void> => {
  const { arena, tell } = game;
  const { tables } = game.found;
  const left = await into.look();
  const isTold = !hasSuccessors(tables, found.rows, left.rows);
  const script = isTold ? await into.edit(rollback.edits) : [];
  tell([`-- rollback, ${rollback.policy}`, ...script].join(';\n'));
  const current = script.length === 0 ? left : await into.look();
  const options = { onConflict: rollback.policy, maxDeletes: 'any', settings: settingsOf(game.found) } as const;
  const rolledBack = await arena.rollback(into.url, taken, options);
  const expected = rollBackRows(tables, { found: found.rows, left: left.rows, current: current.rows }, rollback.policy);
  if (isTold) expectEqual('rollback: verdicts', written(tables, countsIn(completed(rolledBack).tables)), written(tables, countsOf(expected)));
  const after = await into.look();
  expectEqual('rollback: rows', listRows(byId(tables, after.rows)), listRows(expected.rows));
  const { takes } = game;
  game.takes = takes.slice(1);
  // A CHECK that old rows break lets none of them come back.
  const isRefused = tables.some(({ name, strict }) => strict && found.rows[name]?.some((row) => row['v'] === 'c'));
  if (script.length > 0 || isRefused) return;
  expectEqual('rollback: at once', listRows(after.named.rows), listRows(found.named.rows));
  if (rollback.policy === 'current') return;
  tell('-- redo');
  await arena.rollback(into.url, rolledBack.runId, options).then(completed);
  game.takes = takes;
  expectEqual('redo', listRows((await into.look()).named.rows), listRows(left.named.rows));
  expectEqual('redo: by id', listRows(byId(tables, (await into.look()).rows)), listRows(byId(tables, left.rows)));
};

const completed = (run: Imported): WriteResult => {
  const { outcome } = run;
  if (outcome.state === 'completed' && outcome.result.kind !== 'export' && outcome.result.kind !== 'replay') return outcome.result;
  throw new Disagreement(`ended as ${outcome.state}`, JSON.stringify(outcome, undefined, 1));
};

type Taking = {
  readonly from: Side;
  readonly into: Side;
  readonly mode: MergeMode;
  readonly options: WriteOptions;
  readonly resolutions?: Round['resolutions'];
};

const settingsOf = ({ tables }: MergeCase): NonNullable<WriteOptions['settings']> =>
  Object.fromEntries(tables.flatMap(({ name, passive }) => (passive === undefined ? [] : [[`public.${name}`, { passive }]])));

/** One archive from one side to the other, as the engine and as the reference do it. */
const takeIn = async (game: Game, taking: Taking): Promise<string> => {
  const { arena, found } = game;
  const { from, into, mode } = taking;
  const archive = await arena.export(from.url);
  const [incoming, before] = [await from.look(), await into.look()];
  const kind = mode === 'import' || mode === 'replace' ? mode : 'merge';
  const options = { ...taking.options, settings: settingsOf(found), onError: 'reject-rows' as const };
  const expect = (winner: (conflict: Conflict) => 'incoming' | 'current' | undefined, current: NamedDatabase, takes: readonly Take[]): Merged =>
    mergeRows({
      mode,
      tables: found.tables.map((table) => (isIdKept(table) ? { ...table, id: 'id', unique: ['id'] } : table)),
      base: baseOf(found.tables, takes),
      incoming: incoming.named.rows,
      current,
      deletes: taking.options.deletes === true,
      winner,
    });
  const byPolicy = winnerByPolicy(taking.options);
  let expected = expect(byPolicy, before.named.rows, game.takes);
  let imported = await arena.write(kind, into.url, archive, options);
  if (expected.conflicts.length > 0) {
    const { plan, resolutions } = await readConflicts(game, imported, { expected, incoming, before, into, taking });
    const named = new Map(expected.conflicts.map((conflict, index) => [conflict, taking.resolutions?.[index % 7] ?? 'incoming'] as const));
    expected = expect((conflict) => byPolicy(conflict) ?? named.get(nameOfConflict(conflict)), before.named.rows, game.takes);
    imported = await arena.write(kind, into.url, archive, { ...options, runId: imported.runId, attempt: 2, approved: plan, resolutions });
  }
  const result = completed(imported);
  const after = await into.look();
  expectEqual(`${mode}: verdicts`, countsIn(result.tables), countsOf(expected, incoming.named.rows));
  expectEqual(`${mode}: rows`, listRows(after.named.rows), listRows(expected.rows));
  expectSameIds(mode, before, after);
  const archiveRows = incoming.named.rows;
  game.takes = [{ archive: archiveRows, held: heldBy(expected, archiveRows), after: expected.rows }, ...game.takes];
  const again = expect(byPolicy, expected.rows, game.takes);
  const planned = await arena.write(kind, into.url, archive, { ...options, approval: 'required' });
  expectEqual(`${mode}: planned again`, countsIn(planned.plans.at(-1)?.tables ?? []), countsOf(again, archiveRows));
  expectEqual(`${mode}: a plan wrote`, listRows((await into.look()).named.rows), listRows(expected.rows));
  return imported.runId;
};

/** Per row the newest state that both sides held; rows without a key are told apart by their number alone, so there it is a whole table's. */
const baseOf = (tables: readonly Shape[], takes: readonly Take[]): NamedDatabase =>
  Object.fromEntries(
    tables.map(({ name: table, kind }): readonly [string, NamedRows] => {
      const whole = takes.find(({ archive, held }) => archive[table]?.size === held[table]?.size);
      if (kind === 'image') return [table, whole?.archive[table] ?? new Map<string, NamedRow>()];
      const names = new Set(takes.flatMap(({ held }) => [...(held[table]?.keys() ?? [])]));
      const known = [...names].flatMap((name) => {
        const newest = takes.find(({ archive, held, after }) => held[table]?.has(name) === true || !isIn(name, archive[table], after[table]));
        const row = newest?.held[table]?.get(name);
        return row === undefined ? [] : [[name, row] as const];
      });
      return [table, new Map(known)];
    }),
  );

/** An archive without the row, after which the taker was without it too: both sides held that there is none. */
const isIn = (name: string, ...places: readonly (NamedRows | undefined)[]): boolean => places.some((rows) => rows?.has(name) === true);

const heldBy = ({ verdicts }: Merged, archive: NamedDatabase): NamedDatabase =>
  Object.fromEntries(
    Object.entries(archive).map(([table, rows]) => [
      table,
      new Map([...rows].filter(([name]) => ['insert', 'update', 'same'].includes(verdicts[table]?.get(name) ?? ''))),
    ]),
  );

const winnerByPolicy =
  ({ onConflict = 'fail', conflictPolicies = {} }: WriteOptions) =>
  ({ table, column, incoming, current }: Conflict): 'incoming' | 'current' | undefined => {
    const policy: ConflictPolicy = conflictPolicies[`public.${table}`] ?? onConflict;
    if (policy === 'incoming' || policy === 'current') return policy;
    if (policy === 'fail' || column === undefined) return undefined;
    return Number(incoming?.['n']) > Number(current?.['n']) ? 'incoming' : 'current';
  };

const nameOfConflict = ({ table, row, column }: Conflict): string => `${table} ${row} ${column ?? 'whole row'}`;

/** What a rollback did; rows without a key that are gone are none of which it could say that they stay. */
const written = (tables: readonly Shape[], counts: Counts): Counts =>
  Object.fromEntries(
    Object.entries(counts)
      .map(([table, verdicts]) => {
        const silent = tables.some(({ name, kind }) => name === table && kind === 'image') ? ['same', 'keep'] : ['same'];
        return [table, Object.fromEntries(Object.entries(verdicts).filter(([verdict]) => !silent.includes(verdict)))] as const;
      })
      .filter(([, others]) => Object.keys(others).length > 0),
  );

type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Rows of the archive by verdict, and those that go. */
const countsOf = ({ verdicts }: Merged, incoming?: NamedDatabase): Counts =>
  Object.fromEntries(
    Object.entries(sorted(verdicts)).map(([table, rows]) => {
      const counts: Record<string, number> = {};
      for (const [row, verdict] of rows)
        if (verdict === 'delete' || verdict === 'conflict' || verdict === 'blocked' || incoming?.[table]?.has(row) !== false)
          counts[verdict] = (counts[verdict] ?? 0) + 1;
      return [table, sorted(counts)];
    }),
  );

const countsIn = (tables: readonly TablePlan[]): Counts =>
  sorted(
    Object.fromEntries(
      tables.map(({ table, counts }) => [table.replace('public.', ''), sorted(Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)))]),
    ),
  );

const sorted = <Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)));

/** Rows keep their ids, whatever becomes of them. */
const expectSameIds = (mode: string, before: Look, after: Look): void => {
  for (const [table, ids] of Object.entries(before.named.ids))
    for (const [name, id] of ids) {
      const now = after.named.ids[table]?.get(name);
      if (now !== undefined && now !== id) throw new Disagreement(`${mode}: another id`, `${table} ${name} had the id ${id} and has ${now}`);
    }
};

type Asked = { readonly expected: Merged; readonly incoming: Look; readonly before: Look; readonly into: Side; readonly taking: Taking };

/** The plan waits, nothing is written, and its row file names every conflict. */
const readConflicts = async (
  { arena }: Game,
  imported: Imported,
  { expected, incoming, before, into, taking }: Asked,
): Promise<{ readonly plan: PlanSummary; readonly resolutions: readonly Resolution[] }> => {
  const plan = imported.plans.at(-1);
  expectEqual('conflicts: state', imported.outcome.state, 'planned');
  expectEqual('conflicts: verdicts', countsIn(plan?.tables ?? []), countsOf(expected, incoming.named.rows));
  expectEqual('conflicts: something was written', listRows((await into.look()).named.rows), listRows(before.named.rows));
  if (plan?.rowFile === undefined) throw new Disagreement('conflicts: no row file', JSON.stringify(plan));
  const lines = (await readFile(arena.blobs.path(plan.rowFile.sha256), 'utf8')).split('\n').filter((line) => line !== '');
  const listed = lines.flatMap((line) => {
    const { table, row, verdict, deletedBy, cells } = JSON.parse(line) as RowChange;
    if (verdict !== 'conflict') return [];
    if (deletedBy !== undefined) return [{ table, row }];
    return cells.filter(({ outcome }) => outcome === 'clash').map(({ column }) => ({ table, row, column }));
  });
  const text = ({ table, row, column }: Conflict): string => `${table.replace('public.', '')} ${row} ${column ?? 'whole row'}`;
  const wanted = expected.conflicts.map((conflict, index) => ({
    conflict: writtenAs(conflict),
    take: taking.resolutions?.[index % 7] ?? ('incoming' as const),
  }));
  expectEqual('conflicts: the list', listed.map(text).toSorted(), wanted.map(({ conflict }) => conflict).toSorted());
  const resolutions = listed.map((conflict) => ({
    ...conflict,
    take: wanted.find((other) => other.conflict === text(conflict))?.take ?? ('incoming' as const),
  }));
  return { plan, resolutions };
};

/** A conflict of the reference as the row file names it. */
const writtenAs = (conflict: string): string => {
  const [table = '', ...rest] = conflict.split(' ');
  const row = rest.join(' ').replace(/ (whole row|\w+)$/, '');
  const column = conflict.slice(table.length + row.length + 2);
  if (!row.startsWith('[')) {
    const [database = '', id = ''] = row.split(' ');
    return `${table} ${arrayText([database, arrayText([id])])} ${column}`;
  }
  const leaves = leavesOf(row);
  return `${table} ${leaves.length === 1 ? leaves[0] : arrayText(leaves)} ${column}`;
};

const leavesOf = (name: string): readonly string[] =>
  (JSON.parse(name) as readonly string[]).flatMap((part) => (part.startsWith('["') && part.endsWith('"]') ? leavesOf(part) : [part]));

/** As PostgreSQL writes an array of text. */
const arrayText = (items: readonly string[]): string =>
  `{${items.map((item) => (/^[^\s{}",\\]+$/.test(item) && item.toLowerCase() !== 'null' ? item : `"${item.replaceAll(/["\\]/g, '\\$&')}"`)).join(',')}}`;
