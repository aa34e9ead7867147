import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable, TableSettings } from '../../domain/catalogue/key.ts';
import type { Load } from '../load.ts';

/** Tables of the target as loads, where no archive has them: nothing is staged, every stored column may be written. */
export const targetLoads = (tables: readonly KeyedTable[], settings: Readonly<Record<string, TableSettings>> = {}): readonly Load[] => {
  const indexes = new Map(tables.map((table, index) => [tableId(table), index]));
  return tables.map((target, index) => ({
    index,
    target,
    source: undefined,
    key: target.key,
    columns: target.columns.filter((column) => column.generated === undefined),
    staged: [],
    origin: undefined,
    references: target.references.map((reference) => {
      const parentIndex = indexes.get(tableId(reference.parent));
      return {
        reference,
        parentIndex,
        parent: parentIndex === undefined ? undefined : tables[parentIndex],
        companion: undefined,
        leafColumns: [],
        steps: [],
      };
    }),
    settings: settings[tableId(target)] ?? {},
    role: 'write',
  }));
};
