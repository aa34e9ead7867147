import type { Column } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { columnOf } from '../load.ts';
import { idReferences, targetPortable, type Naming } from '../portable.sql.ts';
import type { KeyReading } from './history.sql.ts';

/** The columns by which the ledger names a row, as `rowKey` of a load. */
export const rowKeyOf = (table: KeyedTable): readonly string[] => {
  const primary = table.uniques.find((unique) => unique.primary);
  if (primary !== undefined) return primary.columns;
  return table.key.kind === 'image' ? [] : table.key.kind === 'natural' ? table.key.columns : (table.key.columns ?? table.key.surrogate);
};

/**
 * What somebody may mean by the values of a key, the likeliest first: `column=value` of a unique key; the row's name, as
 * plans and conflicts show it, in one piece or in parts; the key's columns; the primary key.
 */
export const readingsOf = (naming: Naming, table: KeyedTable, key: readonly string[]): readonly KeyReading[] => {
  const natural = table.key.kind === 'natural' ? table.key.columns : [];
  const ids = new Set(idReferences(naming, table).flatMap(({ columns }) => columns));
  const isPlain = natural.every((name) => !ids.has(name));
  const portable = targetPortable(naming, table, 't');
  const [only] = key;
  const readings: KeyReading[] = [...named(table, key)];
  if (portable !== undefined && portable.leaves.length > 1 && key.length === 1 && only?.startsWith('{') === true)
    readings.push({ kind: 'text', leaves: portable.leaves, joins: portable.joins, value: only });
  if (natural.length > 0 && isPlain && natural.length === key.length) readings.push(columns(table, natural, key));
  else if (portable !== undefined && portable.leaves.length === key.length)
    readings.push({ kind: 'name', leaves: portable.leaves, joins: portable.joins, values: key });
  const rowKey = rowKeyOf(table);
  if (rowKey.length === key.length && (!isPlain || rowKey.join('\0') !== natural.join('\0'))) readings.push(columns(table, rowKey, key));
  return readings;
};

const columns = (table: KeyedTable, names: readonly string[], values: readonly string[]): KeyReading => ({
  kind: 'columns',
  columns: names.map((name): Column => columnOf(table, name)),
  values,
});

/** `id=5`: columns of a full unique key, in any order. */
const named = (table: KeyedTable, key: readonly string[]): readonly KeyReading[] => {
  const pairs = key.map((part) => ({ name: part.slice(0, Math.max(0, part.indexOf('='))), value: part.slice(part.indexOf('=') + 1) }));
  const unique = table.uniques.find(
    (candidate) =>
      candidate.expressions === undefined &&
      candidate.predicate === undefined &&
      candidate.columns.length === pairs.length &&
      candidate.columns.every((name) => pairs.some((pair) => pair.name === name)),
  );
  if (unique === undefined) return [];
  return [
    columns(
      table,
      unique.columns,
      unique.columns.map((name) => pairs.find((pair) => pair.name === name)?.value ?? ''),
    ),
  ];
};
