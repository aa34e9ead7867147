import type { SnapshotConfig } from './check-definition.ts';

/** Of a CSV file that snapshots of a database write: its table, and which column each name of its header means; null: none, it is counted. */
export type SnapshotCsvNames = { readonly table: string; readonly names: ReadonlyMap<string, string | null> };

/** Nothing where no such file is configured, or where it has the table's own columns. */
export const snapshotCsvNames = ({ csv }: SnapshotConfig, file: string): SnapshotCsvNames | undefined => {
  const found = csv === undefined || csv === false ? undefined : Object.entries(csv).find(([name]) => name === file)?.[1];
  if (found?.columns === undefined) return undefined;
  const names = new Map<string, string | null>();
  const taken = new Set<string>();
  for (const [name, column] of Object.entries(found.columns)) {
    const isFirst = typeof column === 'string' && !taken.has(column);
    names.set(name, isFirst ? column : null);
    if (isFirst) taken.add(column);
  }
  return { table: found.table ?? file.slice(0, -'.csv'.length), names };
};
