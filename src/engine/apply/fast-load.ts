import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { Conflict, Failure } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { loadId, type Load, type Staged } from '../load.ts';
import {
  catalogueText,
  definitions,
  dropDefinition,
  eligibility,
  isEmptyRelation,
  maintenanceMemory,
  restoreDefinition,
  type Definition,
} from './fast-load.sql.ts';

/**
 * A large table that is empty is loaded without its indexes and foreign keys, which are rebuilt in the same transaction:
 * 0.55 x the time of a plain COPY (ENGINE-FACTS 2.2, v14). Only where nothing can be lost (ENGINE-RULES 18); the catalogs
 * must read the same before COMMIT, else everything is rolled back and the ordinary way is taken.
 */
const smallestWorthIt = 20_000;

export type Candidates = { readonly session: Session; readonly loads: readonly Load[]; readonly staged: readonly Staged[]; readonly exclusive: boolean };

/** Parents are locked against readers when a foreign key is dropped, so they must be as empty as the table, or the run exclusive. */
export const fastCandidates = async ({ session, loads, staged, exclusive }: Candidates): Promise<readonly Load[]> => {
  const candidates: Load[] = [];
  for (const load of loads) {
    if (load.role !== 'write' || load.target.kind !== 'table' || (staged[load.index]?.rows ?? 0) < smallestWorthIt) continue;
    if (load.target.unforeseeable.length > 0 || load.target.rules.length > 0) continue;
    if ((await session.maybeOne(eligibility(load.target))) === undefined || !(await isEmpty(session, load.target))) continue;
    if (
      exclusive ||
      (await areEmpty(
        session,
        load.references.map((reference) => reference.reference.parent),
      ))
    )
      candidates.push(load);
  }
  return candidates;
};

const isEmpty = async (session: Session, table: QualifiedName): Promise<boolean> => (await session.one<{ empty: boolean }>(isEmptyRelation(table))).empty;

const areEmpty = async (session: Session, tables: readonly QualifiedName[]): Promise<boolean> => {
  for (const table of tables) if (!(await isEmpty(session, table))) return false;
  return true;
};

export type Dropped = { readonly load: Load; readonly before: string; readonly definitions: readonly Definition[] };

/** Whatever goes wrong here (pending trigger events, a duplicate that the rebuilt index finds) the ordinary way finds again, and names. */
const orOrdinary = async <Result>(load: Load, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'DATABASE_ERROR') throw error;
    throw new Conflict('REBUILD_DIFFERS', `${loadId(load)} cannot be loaded without its indexes (${error.message}); the ordinary way is taken.`, {
      cause: error,
    });
  }
};

export const dropForLoad = (session: Session, load: Load): Promise<Dropped> => orOrdinary(load, () => drop(session, load));
export const rebuild = (session: Session, dropped: Dropped): Promise<void> => orOrdinary(dropped.load, () => restore(session, dropped));

const drop = async (session: Session, load: Load): Promise<Dropped> => {
  const { text } = await session.one<{ text: string }>(catalogueText(load.target));
  const found = await session.many<Definition>(definitions(load.target));
  const order: readonly Definition['kind'][] = ['foreign', 'index', 'unique', 'primary'];
  for (const kind of order)
    for (const definition of found.filter((candidate) => candidate.kind === kind)) await session.run(dropDefinition(load.target, definition));
  return { load, before: text, definitions: found };
};

const restore = async (session: Session, dropped: Dropped): Promise<void> => {
  await session.run(maintenanceMemory);
  const order: readonly Definition['kind'][] = ['primary', 'unique', 'index', 'foreign'];
  for (const kind of order)
    for (const definition of dropped.definitions.filter((candidate) => candidate.kind === kind))
      await session.run(restoreDefinition(dropped.load.target, definition));
  const { text } = await session.one<{ text: string }>(catalogueText(dropped.load.target));
  if (text !== dropped.before)
    throw new Conflict('REBUILD_DIFFERS', `${loadId(dropped.load)}: its indexes and constraints did not come back the same; the ordinary way is taken.`);
};
