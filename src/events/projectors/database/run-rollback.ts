import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { ensureTargetSchema } from '../../../engine/ledger/target-schema.ts';
import { loadId, type Load } from '../../../engine/load.ts';
import { namingOf } from '../../../engine/portable.sql.ts';
import { findUndoTables } from '../../../engine/undo/undo-tables.ts';
import { readKnownRun } from '../../../engine/undo/read-run.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { fingerprint } from '../../../infra/postgres/fingerprint.ts';
import { introspect } from '../../../infra/postgres/introspect.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import type { RunHandler, RunOutcome } from '../../job.ts';
import type { ImportPorts, TargetAttempt } from './attempt.ts';
import { meetDatabase } from './meet-database.ts';
import { onTarget, schemaOf, settledOr } from './on-target.ts';
import { readTarget } from './open-target.ts';
import { rollbackArchive } from './rollback-archive.ts';
import { planRollback, type RollbackTransaction } from './rollback-plan.ts';
import { rollbackWithRetries } from './rollback-retries.ts';

/**
 * Takes back one run of any kind that wrote rows (ENGINE-RULES 22): a merge whose base is what the run left, and whose
 * incoming rows are what it found. The ledger in the target says both; the run's archive is read again only where rows
 * that it had put in were touched since. All that holds for an import holds here: plan first, one transaction, marker.
 */
export type RollbackJob = Parameters<RunHandler<'rollback'>>[0];
export type RollbackAttempt = TargetAttempt<RollbackJob>;

export const createRollbackHandler =
  (ports: ImportPorts): RunHandler<'rollback'> =>
  (job) =>
    onTarget(ports, job, (attempt) => settledOr(attempt, (found) => takeBack(attempt, found)));

const takeBack = async (attempt: RollbackAttempt, found: TargetRelations | undefined): Promise<RunOutcome> => {
  const { job, database, session } = attempt;
  if (found === undefined)
    throw new Refusal('ROLLBACK_NOT_POSSIBLE', `Run ${job.input.run} cannot be taken back: the target has no ledger of Waybill. Nothing was written.`, {
      run: job.input.run,
    });
  const needsPlanOnly = job.input.approval === 'required' && job.approvedPlanHash === undefined;
  const relations = needsPlanOnly ? found : await ensureTargetSchema(session, schemaOf(database));
  attempt.phase('reading');
  const transaction = await prepare(attempt, relations, needsPlanOnly ? 'plan' : 'write');
  crashPoint('rollback.read');
  return needsPlanOnly ? planOnly(attempt, transaction) : rollbackWithRetries(attempt, transaction);
};

const prepare = async (attempt: RollbackAttempt, relations: TargetRelations, purpose: 'plan' | 'write'): Promise<RollbackTransaction> => {
  const { job, ports, database, session } = attempt;
  const target = await readTarget(session, database);
  const met = await meetDatabase({ session, database, purpose, ports, meta: job.meta });
  const known = await readKnownRun(session, relations, { runId: job.input.run, databaseId: met.databaseId });
  const undo = await findUndoTables({ session, ledger: relations.ledger, known, keyed: target.keyed, settings: database.tables });
  const around = tablesAround(undo.tables.map(({ load }) => load));
  // A row to which a table refers that was made meanwhile would go by that table's action: then every table counts.
  const looked = undo.tables.some(({ rows }) => rows.insert > 0) ? undefined : around;
  const before = fingerprint(target.catalogue, looked);
  const origin = { ownDatabaseId: met.databaseId, sourceDatabaseId: known.result.archive?.databaseId ?? '', provenance: relations.provenance };
  const archive = rollbackArchive({ attempt, target, origin, known });
  return {
    session,
    runId: job.runId,
    attempt: job.attempt,
    storeId: met.storeId,
    input: job.input,
    known,
    undo,
    relations,
    origin,
    naming: namingOf({ tables: target.keyed, origin }),
    catalogueTables: target.catalogue.tables,
    catalogueFingerprint: fingerprint(target.catalogue, around),
    isCatalogueSame: async () => fingerprint(await introspect(session), looked) === before,
    serverVersion: target.catalogue.serverVersion,
    blobs: ports.blobs,
    // A cancel that comes between two statements has no statement to stop.
    phase: (...shown) => {
      job.signal.throwIfAborted();
      attempt.phase(...shown);
    },
    notes: met.notes,
    matchArchive: archive.match,
    stageArchive: archive.stage,
  };
};

/** The tables of the run and all that a reference leads to from them. */
const tablesAround = (loads: readonly Load[]): ReadonlySet<string> =>
  new Set(loads.flatMap((load) => [loadId(load), ...load.target.references.map((reference) => tableId(reference.parent))]));

/** A plan to be read first: nothing is written, and the transaction is rolled back. */
const planOnly = async ({ job, session }: RollbackAttempt, transaction: RollbackTransaction): Promise<RunOutcome> => {
  for (;;) {
    await session.run(sql`begin isolation level repeatable read`);
    try {
      const planned = await planRollback(transaction, { resolutions: [], rows: 'always', guards: false });
      await job.planned(planned.summary);
      return { state: 'planned' };
    } catch (error) {
      await session.run(sql`rollback`).catch(() => 0);
      if (!(await transaction.stageArchive(error))) throw error;
    } finally {
      await session.run(sql`rollback`).catch(() => 0);
    }
  }
};
