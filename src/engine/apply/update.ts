import type { Column } from '../../domain/catalogue/catalogue.ts';
import { Conflict, Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { comparedColumns } from '../change.ts';
import type { Ids } from '../ids.ts';
import { loadId, type Load } from '../load.ts';
import { countTaken, fillReferences, lockNewParents, updateRows } from './update.sql.ts';

/** What the change table of a load says is to be written: how many rows, and which columns. */
export type Update = { readonly load: Load; readonly rows: number; readonly columns: readonly Column[] };

/**
 * Whether rows are where they were found when their turn comes: no trigger, rule or cascade of the run's tables writes
 * elsewhere meanwhile. (Other transactions cannot move them: the run's would fail.)
 */
export const leavesPlaces = (loads: readonly Load[]): boolean =>
  loads.every(
    ({ target }) =>
      target.rules.length === 0 &&
      target.triggers.every(({ enabled }) => !enabled) &&
      target.references.every(({ onUpdate }) => onUpdate === 'no action' || onUpdate === 'restrict'),
  );

export const readUpdate = async (session: Session, load: Load): Promise<Update> => {
  const found = await session.one<Record<string, string | boolean>>(countTaken(load));
  return { load, rows: Number(found['rows']), columns: comparedColumns(load).filter((_, position) => found[`c${position}`] === true) };
};

/** Before the first write: parents that changed rows will point to. */
export const lockParentsOfUpdate = async (session: Session, { load, rows, columns }: Update): Promise<void> => {
  if (rows === 0) return;
  const names = new Set(columns.map((column) => column.name));
  for (const { reference } of load.references) {
    if (!reference.columns.some((name) => names.has(name)) || !reference.columns.every((name) => comparedColumns(load).some((column) => column.name === name)))
      continue;
    await session.run(lockNewParents(load, reference));
  }
};

/** Affected rows equal the plan's, or the target changed, or a trigger dropped some (ENGINE-RULES 17). */
export const updateTable = async (session: Session, { load, rows, columns }: Update, ids: readonly Ids[], byPlace = false): Promise<void> => {
  if (rows === 0 || columns.length === 0) return;
  const fill = ids.length === 0 ? undefined : fillReferences(load, ids);
  if (fill !== undefined) await session.run(fill);
  const written = await session.run(updateRows(load, columns, byPlace));
  if (written === rows) return;
  const triggers = load.target.triggers
    .filter((trigger) => trigger.enabled && trigger.timing === 'before' && trigger.events.includes('update'))
    .map((trigger) => trigger.name);
  if (triggers.length > 0) {
    throw new Refusal(
      'ROWS_SUPPRESSED',
      `${loadId(load)}: ${rows - written} of ${rows} rows did not change; a BEFORE trigger dropped them (${triggers.join(', ')}). Nothing was written.`,
      { table: loadId(load), triggers },
    );
  }
  throw new Conflict('ROW_COUNT_DIFFERS', `${loadId(load)}: ${written} rows changed, the plan says ${rows}.`, { details: { table: loadId(load) } });
};
