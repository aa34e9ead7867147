import type { Column } from '../domain/catalogue/catalogue.ts';
import { columnOf, rowKey, surrogateOf, type Load } from './load.ts';

/** Which columns of a matched row a run may change, and which it must remember (see `change` in temporary.ts). */

/** The columns that are compared cell by cell: all that are written, except by which the row was matched and its own ids. */
export const comparedColumns = (load: Load): readonly Column[] => {
  const skip = new Set([...(load.key.kind === 'natural' ? load.key.columns : []), ...surrogateOf(load)]);
  return load.columns.filter((column) => !skip.has(column.name));
};

/** Those that say by themselves whether a row differs. */
export const decisiveColumns = (load: Load): readonly Column[] => {
  const passive = new Set(load.settings.passive);
  const compared = comparedColumns(load);
  const decisive = compared.filter((column) => !passive.has(column.name));
  return decisive.length === 0 ? compared : decisive;
};

export const isPassive = (load: Load, name: string): boolean => !decisiveColumns(load).some((column) => column.name === name);

export const firesOnUpdate = (load: Load): boolean =>
  load.target.triggers.some((trigger) => trigger.enabled && trigger.level === 'row' && trigger.events.includes('update'));

/** Where triggers fire, their work on other columns is part of what the run did: those are remembered too. */
export const rememberedColumns = (load: Load): readonly Column[] => {
  if (!firesOnUpdate(load)) return [];
  const own = new Set([...comparedColumns(load).map((column) => column.name), ...rowKey(load)]);
  return load.target.columns.filter((column) => column.generated === undefined && !own.has(column.name));
};

/** By which the change and delete tables name a row of the target. */
export const rowKeyColumns = (load: Load): readonly Column[] => rowKey(load).map((name) => columnOf(load.target, name));
