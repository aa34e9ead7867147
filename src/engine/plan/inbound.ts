import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { Statement } from '../../infra/postgres/sql.ts';
import type { Load } from '../load.ts';
import { loadId } from '../load.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import type { Removal } from '../removal.ts';
import { temporaryName } from '../temporary.ts';
import {
  countBlockedDeletes,
  countDeletes,
  countRemovals,
  createRemovals,
  findEdges,
  findNewlyReferenced,
  findReferenced,
  keepLate,
  moveBlocked,
  noteBlocked,
  settleRemovals,
  stillReferenced,
  type BlockedRow,
  type Inbound,
  type RemovalCount,
} from './inbound.sql.ts';

/**
 * Before any delete every inbound reference counts, whatever its action, from tables that the run does not touch too
 * (ENGINE-RULES 14). A row to which something refers that stays, stays itself, and so do those it refers to. A row whose
 * children an update leads elsewhere goes after that update.
 */
export type RemovalPlan = {
  /** Rows that go before the inserts and updates, and after them, per load. */
  readonly counts: ReadonlyMap<number, RemovalCount>;
  readonly blocked: readonly (BlockedRow & { readonly table: string; readonly index: number })[];
  /** Asked once more before the late ones go, when the updates are done. */
  readonly lateReferences: readonly Statement[];
};

/**
 * Fills `wb_removal`; moves rows that must stay from `wb_delete_<i>` to `wb_blocked_<i>` (k_ columns, child,
 * constraint_name). To be called again when changed rows turned out to be blocked: they lead nothing elsewhere any more,
 * and a cascade would take them along with their parent.
 */
export const planRemoval = async (removal: Removal): Promise<RemovalPlan> => {
  const { session } = removal;
  const deleting = removal.loads.filter((load) => removal.deletes(load));
  for (const statement of createRemovals) await session.run(statement);
  for (const load of deleting) await session.run(analyzeTemporary(temporaryName('delete', load.index)));
  const inbound = inboundOf(removal, deleting);
  for (const reference of inbound) {
    await session.run(findReferenced(reference));
    const newly = findNewlyReferenced(reference);
    if (newly !== undefined) await session.run(newly);
  }
  const { count } = await session.one<{ count: string }>(countRemovals);
  const blocked = count === '0' ? [] : await settle(removal, deleting, inbound);
  const counts = new Map<number, RemovalCount>();
  for (const load of deleting) counts.set(load.index, await session.one<RemovalCount>(countDeletes(load)));
  return { counts, blocked, lateReferences: inbound.filter(({ parent }) => (counts.get(parent.index)?.late ?? 0) > 0).map(stillReferenced) };
};

const inboundOf = (removal: Removal, deleting: readonly Load[]): readonly Inbound[] => {
  const byTable = new Map(removal.loads.map((load) => [loadId(load), load]));
  return deleting.flatMap((parent) =>
    removal.tables.flatMap((child) =>
      child.references
        .filter((reference) => tableId(reference.parent) === loadId(parent))
        .map((reference): Inbound => {
          const load = byTable.get(tableId(child));
          const columns = load === undefined ? [] : removal.changed(load);
          return {
            parent,
            child,
            reference,
            deleting: load !== undefined && removal.deletes(load) ? load : undefined,
            changing: load === undefined || columns.length === 0 ? undefined : { load, columns },
          };
        }),
    ),
  );
};

const settle = async ({ session }: Removal, deleting: readonly Load[], inbound: readonly Inbound[]): Promise<RemovalPlan['blocked']> => {
  for (const reference of inbound) {
    const edges = findEdges(reference);
    if (edges !== undefined) await session.run(edges);
  }
  for (const statement of settleRemovals) await session.run(statement);
  const blocked: RemovalPlan['blocked'][number][] = [];
  for (const load of deleting) {
    for (const statement of moveBlocked(load)) await session.run(statement);
    const found = await session.many<BlockedRow>(countBlockedDeletes(load));
    blocked.push(...found.map((row) => ({ ...row, table: loadId(load), index: load.index })));
  }
  for (const statement of keepLate) await session.run(statement);
  return blocked;
};

/** Each blocked row as an issue `reference.inbound` in `wb_issue`. */
export const noteBlockedRows = async ({ session, loads }: Removal, plan: RemovalPlan): Promise<void> => {
  const found = new Set(plan.blocked.map(({ index }) => index));
  for (const load of loads) if (found.has(load.index)) await session.run(noteBlocked(load));
};
