import { Refusal } from '../../domain/refusal.ts';
import { firesOnInsert } from '../ids.ts';
import { loadId, rowKey, type Load } from '../load.ts';
import type { Apply } from './apply.ts';
import { firesOnUpdate } from '../change.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { rereadInserted, rereadUpdated, writtenColumns } from './reread.sql.ts';
import type { Update } from './update.ts';

/** Reads tables with user triggers again. Changed values are told; a row whose key changed under a reference is refused. */
export const rereadTriggered = async (apply: Apply): Promise<readonly string[]> => {
  const notes: string[] = [];
  for (const load of apply.loads) {
    if (apply.inserts(load) === 0 || !firesOnInsert(load)) continue;
    notes.push(...(await rereadTable(apply, load)));
  }
  return notes;
};

const rereadTable = async ({ session, ids, loads, presence }: Apply, load: Load): Promise<readonly string[]> => {
  const key = rowKey(load);
  const triggers = load.target.triggers.filter((trigger) => trigger.enabled && trigger.events.includes('insert')).map((trigger) => trigger.name);
  const written = writtenColumns(load, ids);
  if (key.length === 0 || !key.every((name) => written.includes(name)))
    return [`${loadId(load)} has no key by which its rows could be read again after the triggers ${triggers.join(', ')}`];
  const found = await session.one<Record<string, string>>(rereadInserted(load, ids, presence(load)));
  const lost = Number(found['lost']);
  const isReferenced = loads.some((child) => child.references.some((reference) => reference.parentIndex === load.index));
  if (lost > 0 && isReferenced) {
    throw new Refusal(
      'TRIGGER_CHANGED_KEY',
      `${loadId(load)}: a trigger (${triggers.join(', ')}) gave ${lost} rows another key than planned, and other rows refer to them. Nothing was written; configure another key, or disable the trigger for the import.`,
      {
        table: loadId(load),
        triggers,
      },
    );
  }
  const changed = written.flatMap((name, position) => {
    const count = Number(found[`c${position}`]) - lost;
    return count > 0 ? [`${name} (${count})`] : [];
  });
  return [
    ...(lost > 0 ? [`${loadId(load)}: ${lost} rows have another key after the triggers ${triggers.join(', ')}`] : []),
    ...(changed.length > 0 ? [`${loadId(load)}: the triggers ${triggers.join(', ')} changed ${changed.join(', ')}`] : []),
  ];
};

/** Reads changed rows again where triggers fire: what they made of a cell that was taken is told. */
export const rereadChanged = async (session: Session, { load, columns }: Update): Promise<readonly string[]> => {
  if (!firesOnUpdate(load) || columns.length === 0) return [];
  const found = await session.one<Record<string, string>>(rereadUpdated(load, columns));
  const triggers = load.target.triggers.filter((trigger) => trigger.enabled && trigger.events.includes('update')).map((trigger) => trigger.name);
  const changed = columns.flatMap(({ name }, position) => (found[`c${position}`] === '0' ? [] : [`${name} (${found[`c${position}`]})`]));
  return changed.length === 0 ? [] : [`${loadId(load)}: the triggers ${triggers.join(', ')} changed ${changed.join(', ')} of changed rows`];
};
