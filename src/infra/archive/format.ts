/** Names, sizes and limits of archive layout 2 (DESIGN 7). The reader accepts these entries in this order and no other. */
export const formatVersion = '2.0.0';
export const manifestEntry = 'index.json';
export const summaryEntry = 'summary.json';

/** COPY text is cut into entries of this size: a tar entry must know its size, and a table's is not known before its end. */
export const segmentBytes = 4 * 1024 * 1024;

export const folderOf = (tableNumber: number): string => `data/${String(tableNumber).padStart(4, '0')}`;
export const segmentOf = (folder: string, segmentNumber: number): string => `${folder}/${String(segmentNumber).padStart(6, '0')}.copy`;
/** JSON lines of `Issue`: why the rows of an archive were rejected. */
export const issuesSegment = (segmentNumber: number): string => `issues/${String(segmentNumber).padStart(6, '0')}.jsonl`;
export const isSegmentName = (name: string): boolean => /^data\/\d{4,}\/\d{6,}\.copy$/.test(name);

export type ArchiveLimits = {
  readonly maxEntries: number;
  /** Of the expanded archive. */
  readonly maxExpandedBytes: number;
  /** Expanded to stored bytes; looked at from 64 MiB expanded bytes on. */
  readonly maxRatio: number;
  /** Of `index.json`, `summary.json` and, in layout 1.0.0, one row. */
  readonly maxManifestBytes: number;
};

export const defaultLimits: ArchiveLimits = {
  maxEntries: 100_000,
  maxExpandedBytes: 1024 ** 4,
  maxRatio: 500,
  maxManifestBytes: 64 * 1024 * 1024,
};

export const maxPathDepth = 8;
export const maxNameBytes = 1024;
/** `age -p` uses 18; each step doubles time and memory of whoever opens the file. */
export const maxScryptWorkFactor = 18;
