import { tableId } from '../../domain/catalogue/catalogue.ts';
import { referenceGraph } from '../../domain/catalogue/reference-graph.ts';
import { Conflict, Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import type { Statement } from '../../infra/postgres/sql.ts';
import { loadId, type Load } from '../load.ts';
import { deleteComponent, type DeleteLedger, type DeleteTurn } from './delete.sql.ts';

/**
 * Takes rows out, children first (ENGINE-RULES 13): `early` before inserts and updates, so that their unique values are free;
 * `late` after the updates that lead their children elsewhere. Every row goes to the ledger as it was, in the same statement.
 */
export type Deletion = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ledger: DeleteLedger;
  /** Rows to go of a load in each turn, as `planRemoval` counted them. */
  readonly counts: ReadonlyMap<number, Readonly<Record<DeleteTurn, number>>>;
  /** What still refers to rows that go late, as `planRemoval` asks it: `count` rows of `child`. */
  readonly lateReferences?: readonly Statement[];
};

export const deleteRows = async (deletion: Deletion, turn: DeleteTurn): Promise<void> => {
  const planned = (load: Load): number => deletion.counts.get(load.index)?.[turn] ?? 0;
  const byTable = new Map(deletion.loads.map((load) => [loadId(load), load]));
  if (turn === 'late' && deletion.loads.some((load) => planned(load) > 0)) await refuseReferenced(deletion);
  const components = referenceGraph(deletion.loads.map((load) => load.target)).components();
  for (const component of components.toReversed()) {
    const members = component.tables.flatMap((table) => byTable.get(tableId(table)) ?? []).filter((load) => planned(load) > 0);
    if (members.length === 0) continue;
    refuseRules(members);
    const found = await deletion.session.one<Record<string, number>>(deleteComponent(members, turn, deletion.ledger));
    for (const [position, load] of members.entries()) refuseDifference(load, planned(load), found[`n${position}`] ?? 0);
  }
};

/**
 * A last look: an update that did not lead its row elsewhere after all (a trigger had the last word, or the new parent came to
 * have the very value of the old one) would leave the row to the action of its reference.
 */
const refuseReferenced = async ({ session, lateReferences = [] }: Deletion): Promise<void> => {
  for (const statement of lateReferences) {
    const { table, child, constraint, count } = await session.one<{ table: string; child: string; constraint: string; count: number }>(statement);
    if (count > 0)
      throw new Refusal(
        'ROWS_STILL_REFERENCED',
        `${count} rows of ${child} still refer to rows of ${table} that would be deleted (${constraint}), though an update should have led them elsewhere. Nothing was written; change those rows first, or run without deletes.`,
        { table, child, constraint, count },
      );
  }
};

const refuseRules = (loads: readonly Load[]): void => {
  const ruled = loads.filter((load) => load.target.rules.length > 0);
  if (ruled.length === 0) return;
  throw new Refusal(
    'TABLE_HAS_RULES',
    `Rows of ${ruled.map(loadId).join(', ')} cannot be deleted and recorded at once where there are rules (${ruled.flatMap((load) => load.target.rules).join(', ')}). Nothing was written; leave the tables out, or replace the rules by triggers.`,
    { tables: ruled.map(loadId) },
  );
};

const refuseDifference = (load: Load, planned: number, found: number): void => {
  if (found === planned) return;
  const triggers = load.target.triggers
    .filter((trigger) => trigger.enabled && trigger.timing === 'before' && trigger.level === 'row' && trigger.events.includes('delete'))
    .map((trigger) => trigger.name);
  if (triggers.length > 0) {
    throw new Refusal(
      'ROWS_SUPPRESSED',
      `${loadId(load)}: ${planned - found} of ${planned} rows were not deleted; a BEFORE trigger kept them (${triggers.join(', ')}). Nothing was written.`,
      { table: loadId(load), triggers },
    );
  }
  throw new Conflict('ROW_COUNT_DIFFERS', `${loadId(load)}: ${found} rows were deleted, the plan says ${planned}.`, { details: { table: loadId(load) } });
};
