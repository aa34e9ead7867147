import type { Check, Column, UniqueIndex } from '../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../domain/refusal.ts';
import { sqlStateOf } from '../../infra/postgres/errors.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { columnOf, isStaged, loadId, surrogateOf, surrogateSequence, type Load, type LoadReference } from '../load.ts';
import { changedStaged, newStaged, type Judged as JudgedRows, type Presence } from '../rows.sql.ts';
import { findBrokenCheckOfChanged, findTakenOfChanged, isFreed } from './changes.sql.ts';
import { isNeeded } from '../../domain/catalogue/compare.ts';
import { comparedColumns } from '../change.ts';
import { findDangling, findDanglingCompanion, type ParentPresence } from './references.sql.ts';
import {
  addRejects,
  countMissing,
  createReject,
  findBrokenCheck,
  findDoubledMatch,
  findDuplicateOrigins,
  findDuplicates,
  findMissing,
  findTaken,
  findTakenByExpression,
  rejectNewRows,
} from './validate.sql.ts';

/**
 * Everything that the catalogue can say is evaluated in sets before anything is written (ENGINE-RULES 10): NOT NULL, CHECK,
 * duplicate keys, unique also when partial or on an expression, references. What it cannot foresee is returned as notes.
 * Only rows that would be inserted are judged: rows that stay as they are in the target are not written.
 */
export type Validation = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly rejectRows: boolean;
  /** Loads of which rows stay deleted, change, and go. */
  readonly stays: ReadonlySet<number>;
  readonly changes: ReadonlySet<number>;
  readonly deletes: ReadonlySet<number>;
};

const presenceOf = ({ ids, stays }: Validation, load: Load, rejects: boolean): Presence => ({
  match: ids[load.index]?.empty === false,
  reject: rejects,
  ...(stays.has(load.index) ? { stay: true } : {}),
  ...(ids[load.index]?.slim === true ? { slim: true } : {}),
});

export const validate = async (validation: Validation): Promise<readonly string[]> => {
  const notes: string[] = [];
  for (const load of validation.loads) {
    await validation.session.run(createReject(load));
    if (load.role === 'lookup') await validation.session.run(rejectNewRows(load, presenceOf(validation, load, false)));
    else notes.push(...(await validateTable(validation, load)));
  }
  await validateReferences(validation);
  return notes;
};

const validateTable = async (validation: Validation, load: Load): Promise<readonly string[]> => {
  const presence = presenceOf(validation, load, false);
  await findMissingValues(validation, load, presence);
  await findDuplicateKeys(validation, load, presence);
  const notes: string[] = [];
  for (const check of load.target.checks.filter((candidate) => candidate.enforced)) {
    if (!(await tryCheck({ ...validation, load }, check)))
      notes.push(`The CHECK ${check.name} of ${loadId(load)} is not foreseen by the plan; PostgreSQL decides when the rows go in`);
  }
  for (const index of load.target.uniques.filter((candidate) => candidate.valid && !isKey(load, candidate))) {
    if (!(await tryUnique({ ...validation, load }, index)))
      notes.push(`The unique index ${index.name} of ${loadId(load)} is not foreseen by the plan; PostgreSQL decides when the rows go in`);
  }
  for (const name of load.target.unforeseeable) notes.push(`${name} of ${loadId(load)} is not foreseen by the plan; PostgreSQL decides when the rows go in`);
  for (const trigger of load.target.triggers.filter((candidate) => candidate.enabled && candidate.events.includes('insert'))) {
    notes.push(`The trigger ${trigger.name} of ${loadId(load)} fires on every inserted row; what it changes or raises is not foreseen by the plan`);
  }
  return notes;
};

/** A file may have a part of the columns: of rows that are new it must have those that nothing else fills. */
const findAbsent = async ({ session }: Validation, load: Load, presence: Presence): Promise<void> => {
  if (load.ownIds !== true) return;
  const absent = load.target.columns.filter((column) => isNeeded(column) && !load.columns.some(({ name }) => name === column.name));
  for (const { name } of absent) await session.run(findMissing(load, name, newStaged(load, presence)));
};

/** An id that is left empty is drawn, unless the table takes ids as they come. */
const isDrawn = ({ ids }: Validation, load: Load, name: string): boolean =>
  surrogateOf(load).includes(name) && !(load.ownIds === true && isStaged(load, name) && ids[load.index]?.mode === 'preserve');

const findMissingValues = async (validation: Validation, load: Load, presence: Presence): Promise<void> => {
  const { session, changes } = validation;
  await findAbsent(validation, load, presence);
  const columns = load.columns.filter((column) => column.notNull && !isDrawn(validation, load, column.name)).map((column) => column.name);
  if (columns.length === 0) return;
  const found = await session.one<Record<string, boolean | null>>(countMissing(load, columns));
  for (const [position, name] of columns.entries()) {
    if (found[`c${position}`] !== true) continue;
    await session.run(findMissing(load, name, newStaged(load, presence)));
    if (changes.has(load.index) && isCompared(load, name)) await session.run(findMissing(load, name, changedStaged(load, [name])));
  }
};

const isCompared = (load: Load, name: string): boolean => comparedColumns(load).some((column) => column.name === name);

/**
 * A file that says two things of one row is as wrong where the table has that row: which of them counts, nobody knows. Rows
 * that are there can only be refused with the whole file.
 */
const findDuplicatesOfFile = async ({ session, rejectRows }: Validation, load: Load, columns: readonly string[], presence: Presence): Promise<void> => {
  const key = { code: 'key.duplicate', constraint: 'key', nullsNotDistinct: false } as const;
  if (!rejectRows) {
    await session.run(findDuplicates(load, columns, key, { match: false, reject: presence.reject }));
    return;
  }
  await session.run(findDuplicates(load, columns, key, presence));
  const doubled = presence.match ? await session.maybeOne<{ value: string; rows: string }>(findDoubledMatch(load, columns, presence)) : undefined;
  if (doubled !== undefined)
    throw new Refusal(
      'FILE_KEY_TWICE',
      `The file has ${doubled.rows} rows for ${columns.join(', ')} ${doubled.value}, which ${loadId(load)} has already: which of them counts, nobody knows. Leave one in the file.`,
      { table: loadId(load), columns, value: doubled.value },
    );
};

const findDuplicateKeys = async (validation: Validation, load: Load, presence: Presence): Promise<void> => {
  const { session } = validation;
  if (load.key.kind === 'natural') {
    const columns = load.key.columns.filter((name) => isStaged(load, name));
    // Enforced by the source on the snapshot that the archive's hashes prove, and by the key of the target when the rows go in.
    const index = load.target.uniques.find((unique) => isKey(load, unique));
    if (index !== undefined && sourceGuarantees(load, index)) return;
    if (columns.length !== load.key.columns.length) return;
    if (load.ownIds === true) await findDuplicatesOfFile(validation, load, columns, presence);
    else await session.run(findDuplicates(load, columns, { code: 'key.duplicate', constraint: 'key', nullsNotDistinct: false }, presence));
  }
  if (load.key.kind === 'origin' && load.origin !== undefined) await session.run(findDuplicateOrigins(load, presence));
};

const sameColumns = (left: readonly string[], right: readonly string[]): boolean => left.length === right.length && left.every((name) => right.includes(name));

const isKey = (load: Load, index: UniqueIndex): boolean =>
  load.key.kind === 'natural' && index.expressions === undefined && index.predicate === undefined && sameColumns(index.columns, load.key.columns);

/** The source has enforced the very same thing on the very same snapshot: PostgreSQL has checked it once already. */
const sourceGuarantees = (load: Load, index: UniqueIndex): boolean =>
  load.source?.uniques.some(
    (unique) =>
      unique.valid &&
      unique.expressions === undefined &&
      unique.predicate === undefined &&
      (unique.nullsNotDistinct || !index.nullsNotDistinct) &&
      sameColumns(unique.columns, index.columns),
  ) === true && index.columns.every((name) => isComparedAlike(load, name));

/** Two sides may call different things equal: citext in the one and text in the other, another collation. */
const isComparedAlike = (load: Load, name: string): boolean => {
  const [ours, theirs] = [columnOf(load.target, name), load.source?.columns.find((column) => column.name === name)];
  return theirs !== undefined && equalityText(ours) === equalityText(theirs);
};

const equalityText = ({ baseType, equality, collation }: Column): string => JSON.stringify([baseType, equality, collation]);

/** Not what a cancelled statement, a lost server or a full disk gives. */
const isOfExpression = (error: unknown): boolean => {
  const state = sqlStateOf(error)?.sqlState;
  return state !== undefined && !['08', '40', '53', '55', '57', '58'].includes(state.slice(0, 2));
};

/** Runs a statement whose text comes from the user's catalogue: where it fails, the plan says that it cannot foresee. */
const attempt = async (session: Session, statement: Statement): Promise<boolean> => {
  await session.run(sql`savepoint waybill_check`);
  try {
    await session.run(statement);
    await session.run(sql`release savepoint waybill_check`);
    return true;
  } catch (error) {
    if (!isOfExpression(error)) throw error;
    await session.run(sql`rollback to savepoint waybill_check`);
    return false;
  }
};

const isPlain = (load: Load, ids: readonly Ids[], name: string): boolean =>
  isStaged(load, name) && load.columns.some((column) => column.name === name && !column.overComposite) && ids[load.index]?.translated.has(name) !== true;

type Judged = Validation & { readonly load: Load };

const tryCheck = async (judged: Judged, check: Check): Promise<boolean> => {
  const { session, load, ids, changes } = judged;
  const changed = changes.has(load.index) && check.columns.some((name) => isCompared(load, name));
  if (changed && !(await attempt(session, findBrokenCheckOfChanged(load, check)))) return false;
  if (check.columns.length === 0 || !check.columns.every((name) => isPlain(load, ids, name))) return false;
  return attempt(session, findBrokenCheck(load, check, presenceOf(judged, load, false)));
};

/** An id that a sequence hands out anew cannot meet others, alone or with other columns. */
const getsFreshIds = (load: Load, ids: Ids | undefined, index: UniqueIndex): boolean =>
  ids?.mode === 'remap' && index.expressions === undefined && index.columns.includes(surrogateSequence(load)?.column ?? '');

const tryUnique = async (judged: Judged, index: UniqueIndex): Promise<boolean> => {
  const { load, ids } = judged;
  if (getsFreshIds(load, ids[load.index], index)) return true;
  if (index.expressions !== undefined || index.predicate !== undefined) return tryExpression(judged, index);
  const written = index.columns.every((name) => load.columns.some((column) => column.name === name));
  return written ? tryColumns(judged, index) : isAlwaysNull(load, index);
};

const tryExpression = async (judged: Judged, index: UniqueIndex): Promise<boolean> => {
  const { session, load, ids, changes } = judged;
  const own = ids[load.index];
  // What rows that change make of an expression, only PostgreSQL says.
  if (changes.has(load.index)) return false;
  const presence = presenceOf(judged, load, false);
  const writesAll = load.columns.length === load.target.columns.filter((column) => column.generated === undefined).length;
  if (!writesAll || !index.columns.every((name) => isPlain(load, ids, name))) return false;
  if (!(await attempt(session, findTakenByExpression(load, index, presence, 'file')))) return false;
  return own?.empty === true || attempt(session, findTakenByExpression(load, index, presence, 'target'));
};

const tryColumns = async (judged: Judged, index: UniqueIndex): Promise<boolean> => {
  const { session, load, ids, changes, deletes } = judged;
  const own = ids[load.index];
  const presence = presenceOf(judged, load, false);
  if (index.columns.every((name) => isStaged(load, name)) && !sourceGuarantees(load, index)) {
    await session.run(
      findDuplicates(load, index.columns, { code: 'unique.violated', constraint: index.name, nullsNotDistinct: index.nullsNotDistinct }, presence),
    );
  }
  const writes = { changes: changes.has(load.index), deletes: deletes.has(load.index) };
  if (own?.empty === false) await session.run(findTaken(load, ids, index, { presence, isFreed: isFreed(load, index, writes) }));
  if (writes.changes && index.columns.some((name) => isCompared(load, name))) await session.run(findTakenOfChanged(load, ids, index, { ...writes, presence }));
  return true;
};

/** A column that nobody fills is NULL, and NULLs are distinct. */
const isAlwaysNull = (load: Load, index: UniqueIndex): boolean =>
  !index.nullsNotDistinct &&
  index.columns.some(
    (name) =>
      !load.columns.some((column) => column.name === name) &&
      load.target.columns.some(
        (column) => column.name === name && column.default === undefined && column.generated === undefined && column.identity === undefined,
      ),
  );

/** References, and under REJECT_ROWS whatever depends on a row that stays out: again and again until nothing more falls. */
const validateReferences = async (validation: Validation): Promise<void> => {
  const { session, loads, rejectRows } = validation;
  const written = loads.filter((load) => load.role === 'write');
  for (const load of written)
    for (const reference of load.references.filter((candidate) => candidate.reference.enforced))
      await findDanglingRows(validation, load, reference, 'reference.missing');
  if (!rejectRows) return;
  const staysOut = async (): Promise<number> => {
    let added = 0;
    for (const load of written) added += await session.run(addRejects(load));
    return added;
  };
  while ((await staysOut()) > 0) {
    for (const load of written) await findOrphans(validation, load);
  }
};

const findOrphans = async (validation: Validation, load: Load): Promise<void> => {
  for (const reference of load.references.filter(isLookupOfStage)) await findDanglingRows(validation, load, reference, 'reference.rejected');
};

const isLookupOfStage = (reference: LoadReference): boolean => reference.companion === undefined && reference.parentIndex !== undefined;

/** Where the row that is referred to may be found. */
const parentPresence = ({ loads, ids, rejectRows, changes, stays }: Validation, { reference, parentIndex }: LoadReference, code: string): ParentPresence => {
  if (parentIndex === undefined) return { staged: false, rejects: false, stays: false, changes: false, slim: false, target: true };
  const load = loads[parentIndex];
  return {
    staged: load !== undefined && reference.parentColumns.every((name) => isStaged(load, name)),
    rejects: load?.role === 'lookup' || (rejectRows && code === 'reference.rejected'),
    stays: stays.has(parentIndex),
    changes: changes.has(parentIndex),
    slim: ids[parentIndex]?.slim === true,
    target: ids[parentIndex]?.empty === false,
  };
};

const findDanglingRows = async (
  validation: Validation,
  load: Load,
  reference: LoadReference,
  code: 'reference.missing' | 'reference.rejected',
): Promise<void> => {
  const { session, loads, ids, changes } = validation;
  // A row that stays out already is not blamed for its parents too.
  const own: JudgedRows[] = [newStaged(load, presenceOf(validation, load, code === 'reference.rejected'))];
  if (changes.has(load.index) && reference.reference.columns.every((name) => isCompared(load, name)))
    own.push(changedStaged(load, reference.reference.columns));
  const parentIndex = reference.parentIndex;
  const parentLoad = parentIndex === undefined ? undefined : loads[parentIndex];
  if (reference.companion !== undefined) {
    if (code === 'reference.missing') for (const judged of own) await session.run(findDanglingCompanion(load, reference, judged, parentLoad));
    return;
  }
  const parent = parentPresence(validation, reference, code);
  for (const judged of own) await session.run(findDangling(load, reference, ids, { parent, own: judged, code }));
};
