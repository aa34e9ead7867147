import type { BlobReference, PlanSummary, RowChange } from '../../../domain/run/run.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { readLines } from '../../../infra/files/read-lines.ts';

/** Larger plans are held against each other by their counts alone: both files are in memory here. */
const mostBytes = 16 * 1024 * 1024;

/** Names of the rows of which two plans say other things, in the order of the plan that was approved; new ones last. */
export const driftedRows = async (blobs: BlobStore, approved: PlanSummary, found: PlanSummary): Promise<readonly string[]> => {
  const then = approved.rowFile;
  const now = found.rowFile;
  if (then === undefined || now === undefined || then.bytes + now.bytes > mostBytes || !(await blobs.has(then.sha256))) return [];
  const [before, after] = [await linesOf(blobs, then), await linesOf(blobs, now)];
  const differing = [...[...before].filter((line) => !after.has(line)), ...[...after].filter((line) => !before.has(line))];
  return [...new Set(differing.map(nameOfLine))];
};

const linesOf = async (blobs: BlobStore, file: BlobReference): Promise<ReadonlySet<string>> => {
  const lines = new Set<string>();
  for await (const { text } of readLines(blobs.path(file.sha256), { line: 0, byte: 0 })) lines.add(text);
  return lines;
};

const nameOfLine = (line: string): string => {
  const { table, row } = JSON.parse(line) as RowChange;
  return `${table} ${row}`;
};
