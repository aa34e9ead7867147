import { Readable } from 'node:stream';
import { Conflict, Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { isLookedUp, type Ids } from '../ids.ts';
import { columnOf, isStaged, loadId, surrogateSequence, type Load, type LoadReference } from '../load.ts';
import { analyzeTemporary, companionsOf, companionTableName, createCompanion, type OriginMatch } from '../companion.sql.ts';
import { lockCompanions, lockParents, type Child } from './lock.sql.ts';
import { createMap, mapOrder, reserveIds } from './map.sql.ts';
import type { Presence } from '../rows.sql.ts';
import { regclassText, temporaryName } from '../temporary.ts';
import {
  copyNewRowsIn,
  copyNewRowsOut,
  insertComponent,
  recordCopied,
  sequenceStand,
  type SequenceColumn,
  setSequence,
  stagePages,
  stepSequence,
  type RecordInserted,
} from './insert.sql.ts';

/**
 * Writes the plan, inside the run's one transaction: locks what new rows lean on, moves sequences past explicit ids,
 * reserves ids, then inserts component by component, parents first. Affected rows must equal the plan's.
 */
export type Apply = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly origin: OriginMatch;
  readonly presence: (load: Load) => Presence;
  /** Rows that the plan inserts, per load. */
  readonly inserts: (load: Load) => number;
};

/**
 * Locks, in FOR SHARE, the rows of the target that new rows were pointed to by key, and the ancestors those keys come from:
 * another transaction may not rename one of them before COMMIT, or a child would follow the id to the wrong parent.
 */
export const lockReferencedParents = async (apply: Apply): Promise<void> => {
  const children = new Map<number, Child[]>();
  const addParents = (child: Load, columns: ReadonlySet<string> | undefined, presence: Presence): void => {
    const reserved = columns === undefined && apply.ids[child.index]?.reserves === true;
    for (const reference of child.references) {
      const parent = reference.parentIndex;
      if (parent === undefined || reference.companion !== undefined || !isLookedUp(reference, apply.ids)) continue;
      if (!reference.reference.columns.every((name) => isStaged(child, name) && columns?.has(name) !== false)) continue;
      const known = children.get(parent) ?? [];
      if (known.some((other) => other.child === child && other.reference === reference)) continue;
      children.set(parent, [...known, { child, reference, presence, reserved }]);
      const load = apply.loads[parent];
      if (load?.key.kind === 'natural') addParents(load, new Set(load.key.columns), everyRow);
    }
  };
  for (const child of apply.loads) {
    if (apply.inserts(child) === 0) continue;
    addParents(child, undefined, apply.presence(child));
    for (const reference of companionsOf(child, apply.ids)) await lockCompanionParents(apply, child, reference);
  }
  for (const [index, users] of children) {
    const [parent, own] = [apply.loads[index], apply.ids[index]];
    if (parent !== undefined && own !== undefined && !own.empty && own.mapped.length > 0) await apply.session.run(lockParents(parent, own, users));
  }
};

const everyRow: Presence = { match: false, reject: false };

const lockCompanionParents = async ({ session }: Apply, child: Load, reference: LoadReference): Promise<void> => {
  for (const statement of lockCompanions(child, reference)) await session.run(statement);
};

/** A sequence ends at the greater of its own value and the highest id, in its direction, and is never lowered (ENGINE-RULES 16). */
export const advanceSequences = async (apply: Apply): Promise<void> => {
  for (const load of apply.loads) {
    const own = apply.ids[load.index];
    if (own === undefined || apply.inserts(load) === 0) continue;
    const generated = own.mode === 'remap' ? surrogateSequence(load)?.column : undefined;
    for (const column of load.columns) {
      // Where new ids are drawn, a sequence that lags behind its table would hand out one that is taken.
      if (column.name === generated) await advanceSequence(apply, load, { column: column.name, past: 'target' });
      else if (column.sequence !== undefined && isStaged(load, column.name)) await advanceSequence(apply, load, { column: column.name, past: 'stage' });
    }
  }
};

type Stand = { last_value: string; is_called: boolean; increment: string; maximum: string; minimum: string; highest: string | null; lowest: string | null };

/** Below this many steps nextval is called instead of setval: nobody can then be overtaken between reading and setting. */
const stepLimit = 100_000n;

export const advanceSequence = async ({ session, presence }: Pick<Apply, 'session' | 'presence'>, load: Load, written: SequenceColumn): Promise<void> => {
  const { sequence } = columnOf(load.target, written.column);
  if (sequence === undefined) return;
  const stand = await session.one<Stand>(sequenceStand(load, written, presence(load)));
  const increment = BigInt(stand.increment);
  const wanted = increment > 0n ? stand.highest : stand.lowest;
  if (wanted === null || !/^-?\d+$/.test(wanted)) return;
  const goal = BigInt(wanted);
  if (goal > BigInt(stand.maximum) || goal < BigInt(stand.minimum)) return;
  const next = stand.is_called ? BigInt(stand.last_value) + increment : BigInt(stand.last_value);
  const isBehind = increment > 0n ? next <= goal : next >= goal;
  if (!isBehind) return;
  const steps = (goal - next) / increment + 1n;
  const name = regclassText(sequence);
  await session.run(steps <= stepLimit ? stepSequence(name, Number(steps)) : setSequence(name, wanted));
};

/** Ids of the new rows, before anything leans on them. */
export const reserveNewIds = async ({ session, loads, ids, presence, inserts }: Apply): Promise<void> => {
  for (const load of loads) {
    if (ids[load.index]?.reserves !== true) continue;
    await session.run(reserveIds(load, presence(load), inserts(load) > 0));
    await session.run(analyzeTemporary(temporaryName('new', load.index)));
  }
};

/** What references will hold: every staged row of a parent by what it has, or will have, in the target. */
export const mapRows = async (apply: Apply): Promise<void> => {
  const { session, loads, ids } = apply;
  const needsStagedParent = (load: Load): boolean => companionsOf(load, ids).some((reference) => reference.parentIndex !== undefined);
  for (const load of loads.filter((candidate) => !needsStagedParent(candidate))) await createCompanionMaps(apply, load);
  for (const load of mapOrder(loads, ids)) {
    await session.run(createMap(load, ids, apply.presence(load)));
    await session.run(analyzeTemporary(temporaryName('map', load.index)));
  }
  for (const load of loads.filter(needsStagedParent)) await createCompanionMaps(apply, load);
};

const createCompanionMaps = async ({ session, loads, ids, origin }: Apply, load: Load): Promise<void> => {
  for (const reference of companionsOf(load, ids)) {
    await session.run(
      createCompanion(load, reference, { phase: 'map', origin, parent: reference.parentIndex === undefined ? undefined : loads[reference.parentIndex] }),
    );
    await session.run(analyzeTemporary(companionTableName('map', load, reference)));
  }
};

/** Inserts one component and returns when as many rows went in as the plan says. */
export const insertRows = async (apply: Apply, component: readonly Load[], record: RecordInserted): Promise<void> => {
  const filled = component.filter((load) => apply.inserts(load) > 0);
  const [only] = filled;
  if (only === undefined) return;
  if (filled.some((load) => load.target.rules.length > 0)) {
    if (filled.length > 1) throw withRules(filled);
    return refuseDifference(apply, only, await copyAroundRules(apply, only, record));
  }
  const result = await apply.session.one<Record<string, string>>(
    insertComponent(
      filled.map((load) => ({ load, presence: apply.presence(load) })),
      apply.ids,
      record,
    ),
  );
  for (const [position, load] of filled.entries()) refuseDifference(apply, load, Number(result[`n${position}`]));
};

const withRules = (loads: readonly Load[]): Refusal => {
  const rules = loads.flatMap((load) => load.target.rules);
  return new Refusal(
    'TABLE_HAS_RULES',
    `${loads.map(loadId).join(', ')} refer to each other, and rows cannot go in together where there are rules (${rules.join(', ')}). Leave the tables out, or replace the rules by triggers or partitions.`,
    {
      tables: loads.map(loadId),
    },
  );
};

/** About 4 MiB of rows in memory. */
const pagesPerSlice = 512;

/** INSERT would be rewritten by the table's rules, and the rows would go elsewhere; COPY puts them where the archive has them. */
const copyAroundRules = async ({ session, ids, presence }: Apply, load: Load, record: RecordInserted): Promise<number> => {
  const insert = { load, presence: presence(load) };
  const { pages } = await session.one<{ pages: number }>(stagePages(load));
  let rows = 0;
  for (let from = 0; from < pages; from += pagesPerSlice) {
    const chunks: Buffer[] = [];
    for await (const chunk of session.copyOut(copyNewRowsOut(insert, ids, { from, to: from + pagesPerSlice }))) chunks.push(chunk as Buffer);
    rows += await session.copyIn(copyNewRowsIn(load, ids), Readable.from(chunks));
  }
  await session.run(recordCopied(insert, ids, record));
  return rows;
};

const refuseDifference = (apply: Apply, load: Load, found: number): void => {
  if (found === apply.inserts(load)) return;
  const triggers = load.target.triggers.filter((trigger) => trigger.enabled && trigger.timing === 'before').map((trigger) => trigger.name);
  if (triggers.length > 0) {
    throw new Refusal(
      'ROWS_SUPPRESSED',
      `${loadId(load)}: ${apply.inserts(load) - found} of ${apply.inserts(load)} rows did not go in; a BEFORE trigger dropped them (${triggers.join(', ')}). Nothing was written.`,
      { table: loadId(load), triggers },
    );
  }
  throw new Conflict('ROW_COUNT_DIFFERS', `${loadId(load)}: ${found} rows went in, the plan says ${apply.inserts(load)}.`, {
    details: { table: loadId(load) },
  });
};
