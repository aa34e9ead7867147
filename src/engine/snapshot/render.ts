import { fileStem, freeFile, information, type SnapshotDefinition } from '../../domain/snapshot/definition.ts';
import type { SegmentPlan } from '../../domain/snapshot/segments.ts';
import { leading, sourceOfCsv, sourceOfNode, type Source } from '../../domain/snapshot/source.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';

/** A file of a snapshot, and what stands in it around the rows of its sources. */
export type SnapshotFilePlan = {
  readonly name: string;
  readonly sources: readonly Source[];
  head(plans: readonly SegmentPlan[]): string;
  before(source: Source): string;
  after(source: Source, isEmpty: boolean): string;
  readonly tail: string;
};

export const documentName = 'database_export.json';

export const csvFiles = (tables: readonly KeyedTable[], { csv }: SnapshotDefinition): readonly SnapshotFilePlan[] =>
  csv.map((given) => {
    const source = sourceOfCsv(tables, given);
    return {
      name: given.file,
      sources: [source],
      head: () =>
        `${leading(source)
          .cells.map(({ name }) => headerCell(name))
          .join(',')}\n`,
      before: () => '',
      after: () => '',
      tail: '',
    };
  });

/** A name is quoted only where it has to be. */
const headerCell = (name: string): string => (/^[^",\r\n\s]+( [^",\r\n\s]+)*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

export type RootsPlan = { readonly source: Source; readonly folder: string };

/** A folder for each array at the top. */
export const rootFolders = (tables: readonly KeyedTable[], { csv, document = [] }: SnapshotDefinition): readonly RootsPlan[] => {
  const taken = new Set(csv.map(({ file }) => file.normalize('NFC').toLowerCase()));
  return document.map((node) => ({ source: sourceOfNode(tables, node), folder: freeFile(fileStem(node.name), '', taken) }));
};

/** The array of a table without a key, whose rows cannot be told apart. */
export const rowsFile = (source: Source, folder: string): SnapshotFilePlan => ({
  name: `${folder}/rows.json`,
  sources: [source],
  head: () => '[',
  before: () => '',
  after: (_, isEmpty) => (isEmpty ? ']' : '\n]'),
  tail: '\n',
});

/** One document of all roots. It says first when it was written and how many rows it has. */
export const documentFile = (tables: readonly KeyedTable[], { document = [], totals }: SnapshotDefinition, timestamp: string): SnapshotFilePlan => {
  const sources = document.map((node) => sourceOfNode(tables, node));
  return {
    name: documentName,
    sources,
    head: (plans) => `{${JSON.stringify(information)}:${JSON.stringify({ timestamp, ...totalsOf(sources, plans, totals) })}`,
    before: ({ name }) => `,\n${JSON.stringify(name)}:[`,
    after: (_, isEmpty) => (isEmpty ? ']' : '\n]'),
    tail: '}\n',
  };
};

/** By the name of the array: rows of one table may stand at several places. */
const totalsOf = (sources: readonly Source[], plans: readonly SegmentPlan[], wanted: readonly string[] | undefined): Readonly<Record<string, number>> => {
  const totals = new Map<string, number>((wanted ?? []).map((name) => [name, 0]));
  sources.forEach(({ nodes }, at) =>
    nodes.forEach(({ name }, node) => {
      if (wanted === undefined || totals.has(name)) totals.set(name, (totals.get(name) ?? 0) + (plans[at]?.rows[node] ?? 0));
    }),
  );
  return Object.fromEntries([...totals].map(([name, rows]) => [`total_${name}`, rows]));
};

/** `2024-01-20T10:30:00Z`: nobody reads a snapshot by the millisecond. */
export const isoSeconds = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
