import { tableId } from '../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { isLookedUp, type Ids } from '../ids.ts';
import { loadId, type Load, type LoadReference } from '../load.ts';
import type { Presence } from '../rows.sql.ts';
import { countUnresolved, missingTables, type Unresolved } from './references.sql.ts';

export type NewRows = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly presence: (load: Load) => Presence;
  readonly inserts: (load: Load) => number;
};

/**
 * A new row whose parent is gone must not keep the archive's id, which here may be another row's. Looked for only where a
 * parent can be missing: a row that the run found and replay does not, or one that the archive names by its key alone.
 */
export const refuseUnresolved = async (rows: NewRows): Promise<void> => {
  const missing = new Set((await rows.session.many<{ table: string }>(missingTables)).map(({ table }) => table));
  for (const load of rows.loads) {
    if (rows.inserts(load) === 0) continue;
    for (const reference of load.references) {
      const canMiss = reference.companion !== undefined || missing.has(tableId(reference.reference.parent));
      if (canMiss && isLookedUp(reference, rows.ids)) await refuse(rows, load, reference);
    }
  }
};

const refuse = async ({ session, ids, presence }: NewRows, load: Load, reference: LoadReference): Promise<void> => {
  const { count, example } = await session.one<Unresolved>(countUnresolved(load, ids, presence(load), reference));
  if (count === 0) return;
  const { name, parent } = reference.reference;
  throw new Refusal(
    'REPLAY_PARENT_MISSING',
    `${loadId(load)}: ${count} recorded rows (${example ?? ''}) refer through ${name} to rows of ${tableId(parent)} that the run found in its database and no run had written. Nothing of this run was written, the runs before it are done and stay. Replay onto a full export that was made before it (--from).`,
    { table: loadId(load), constraint: name, count },
  );
};
