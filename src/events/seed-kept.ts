import { z } from 'zod';
import { conflictsOf, resolutionOf } from '../domain/merge/resolutions.ts';
import type { BlobReference, RowChange } from '../domain/run/run.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import { readLines } from '../infra/files/read-lines.ts';
import type { RunRow } from './store.ts';

/** What a release did not get: rows that were deleted here, which the run's ledger names, and conflicts, which are in its plan. */
export type SeedKept = {
  /** Rows that the release has and that stay deleted; the first of them by name. */
  readonly deleted: { readonly count: number; readonly rows: readonly string[] };
  readonly conflicts: { readonly count: number; readonly rows: readonly KeptConflict[] };
};
type KeptConflict = { readonly row: string; /** Absent: the row was deleted here. */ readonly columns?: readonly string[] };

/** So many are named; the rest is counted, and in the run. */
const most = 100;

const ledgerLine = z.object({
  verdict: z.string(),
  n: z.number(),
  names: z.array(z.string().nullable()).nullable(),
  found: z.array(z.unknown()).nullable(),
});
const cell = z.object({
  column: z.string(),
  base: z.string().nullable().optional(),
  current: z.string().nullable(),
  incoming: z.string().nullable(),
  outcome: z.enum(['incoming', 'current', 'clash']),
});
const planLine = z.object({
  table: z.string(),
  row: z.string(),
  verdict: z.enum(['update', 'delete', 'keep', 'conflict', 'blocked']),
  deletedBy: z.enum(['incoming', 'current']).optional(),
  cells: z.array(cell),
});

const linesOf = async function* <Line>(blobs: BlobStore, file: BlobReference | undefined, shape: z.ZodType<Line>): AsyncGenerator<Line> {
  if (file === undefined || !(await blobs.has(file.sha256))) return;
  for await (const { text } of readLines(blobs.path(file.sha256), { line: 0, byte: 0 })) yield shape.parse(JSON.parse(text));
};

/** A row of one column is called by its value, others by all of them. */
const rowName = (name: string): string => {
  const [, quoted, bare] = /^\{(?:"((?:[^"\\]|\\.)*)"|([^{}",\\]+))\}$/s.exec(name) ?? [];
  return quoted?.replaceAll(/\\(.)/gs, '$1') ?? bare ?? name;
};

/** Kept without a row that was found here: it was deleted. */
const deletedIn = async (blobs: BlobStore, { result }: RunRow): Promise<SeedKept['deleted']> => {
  const rows: string[] = [];
  let count = 0;
  const file = result !== undefined && 'ledgerFile' in result ? result.ledgerFile : undefined;
  for await (const { verdict, n, names, found } of linesOf(blobs, file, ledgerLine)) {
    if (verdict !== 'keep' || found !== null) continue;
    count += n;
    rows.push(...(names ?? []).slice(0, most - rows.length).map((name) => rowName(name ?? '')));
  }
  return { count, rows };
};

/** The rows of a plan that change, as it was read. */
export const changesOf = async function* (blobs: BlobStore, { plan }: RunRow): AsyncGenerator<RowChange, void, undefined> {
  for await (const { deletedBy, cells, ...change } of linesOf(blobs, plan?.rowFile, planLine))
    yield {
      ...change,
      ...(deletedBy === undefined ? {} : { deletedBy }),
      cells: cells.map(({ base, ...rest }) => ({ ...rest, ...(base === undefined ? {} : { base }) })),
    };
};

/** Those that were decided for what is here. */
export const keptConflicts = async (blobs: BlobStore, run: RunRow): Promise<SeedKept['conflicts']> => {
  const rows: KeptConflict[] = [];
  let count = 0;
  for await (const change of changesOf(blobs, run)) {
    const kept = conflictsOf(change).filter((place) => resolutionOf(run.resolutions, place) === 'current');
    if (kept.length === 0) continue;
    count += 1;
    const columns = kept.flatMap(({ column }) => (column === undefined ? [] : [column]));
    if (rows.length < most) rows.push({ row: rowName(change.row), ...(columns.length === 0 ? {} : { columns }) });
  }
  return { count, rows };
};

export const keptBy = async (blobs: BlobStore, run: RunRow): Promise<SeedKept> => ({
  deleted: run.kind === 'merge' ? await deletedIn(blobs, run) : { count: 0, rows: [] },
  conflicts: await keptConflicts(blobs, run),
});
