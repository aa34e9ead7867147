import { createHash } from 'node:crypto';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import type { Issue } from '../../domain/issue.ts';
import { Defect } from '../../domain/refusal.ts';
import type { FileFormat } from '../../domain/run/run.ts';
import { createCopyTally } from './copy-tally.ts';
import { expandFile, type ExpandedFile } from './expand.ts';
import { defaultLimits, folderOf, isSegmentName, issuesSegment, manifestEntry, segmentOf, summaryEntry, type ArchiveLimits } from './format.ts';
import { openLayout1 } from './layout-1.ts';
import { readIndex, readManifest, readSummary } from './manifest-codec.ts';
import type { ArchiveSummary, Manifest, ManifestTable } from './manifest.ts';
import { corrupt, escaped, forbidden, incomplete, overLimit, unsupported } from './refusals.ts';
import { openSingleFile } from './single-file.ts';
import { readTarEntries, type TarEntry } from './tar-entries.ts';

/**
 * An archive read front to back, in constant memory, never onto a disk. What it says is believed only after `parts()`
 * has ended: then counts and hashes were compared with the summary. Whoever uses rows earlier must be able to undo it.
 */
export type OpenArchive = {
  readonly layout: '1.0.0' | '2.0.0' | 'file';
  readonly manifest: Manifest;
  readonly encrypted: boolean;
  /** Of the file on disk, for progress. */
  readonly bytesTotal: number;
  bytesRead(): number;
  /** One part per table, in the manifest's order, once. A part that is left early is read to its end all the same. */
  parts(): AsyncIterable<ArchivePart>;
  /** After `parts()` has ended. */
  summary(): ArchiveSummary;
  /** Rows that the reader itself left out, after `parts()` has ended; empty but for layout 1.0.0. */
  issues(): readonly Issue[];
  notes(): readonly string[];
  /** On which line of the file each row begins, in order; only of single files. Reads the file once more. */
  lines?(): AsyncGenerator<number>;
  close(): Promise<void>;
};

/** COPY text of one table, in chunks of any size: a chunk may end inside a row. */
export type ArchivePart = {
  readonly table: ManifestTable;
  readonly data: AsyncIterable<Buffer>;
  /** Of this table, so far. */
  rows(): number;
  /** Rows so far that do not fit the columns, though they are in the COPY text, padded; only of single files. */
  faults?(): readonly Issue[];
};

export type OpenOptions = {
  /** age identities, `AGE-SECRET-KEY-...`. */
  readonly identities?: readonly string[];
  readonly passphrases?: readonly string[];
  readonly limits?: (Partial<ArchiveLimits> & { readonly maxLineBytes?: number }) | undefined;
  /** What the rows will go into: layout 1.0.0 has no types of its own. */
  readonly targetCatalogue?: readonly KeyedTable[];
  /** The file is no archive but rows of one table, read so. */
  readonly file?: FileFormat | undefined;
};

export type VerifiedArchive = {
  readonly layout: OpenArchive['layout'];
  readonly encrypted: boolean;
  readonly complete: boolean;
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly bytes: number; readonly sha256: string }[];
  readonly rows: number;
  readonly bytes: number;
  readonly notes: readonly string[];
};

/** Reads an entry that must fit into memory. */
export const readWhole = async (entry: TarEntry, limits: ArchiveLimits): Promise<Buffer> => {
  if (entry.size > limits.maxManifestBytes) throw overLimit(`the entry ${escaped(entry.name)} has ${entry.size} bytes`, 'limits.maxManifestBytes');
  const chunks: Buffer[] = [];
  for await (const chunk of entry.data) chunks.push(chunk);
  return Buffer.concat(chunks);
};

type Index = { readonly bytes: Buffer; readonly isFirst: boolean };

/**
 * `index.json`, which comes first but in backups of layout 1.0.0, where it may stand anywhere. A stranger's tar is judged
 * to its end, so that the worst of its entries is named and not merely the first.
 */
const findIndex = async (entries: AsyncGenerator<TarEntry>, limits: ArchiveLimits): Promise<Index> => {
  const names: string[] = [];
  for (let next = await entries.next(); next.done !== true; next = await entries.next()) {
    if (next.value.name === manifestEntry) return { bytes: await readWhole(next.value, limits), isFirst: names.length === 0 };
    if (names.length < 5) names.push(next.value.name);
  }
  throw unsupported(`it holds no index.json${names.length === 0 ? '' : `, but ${names.map(escaped).join(', ')}`}`, 'Use a file that `waybill export` wrote.');
};

export const openArchive = async (path: string, options: OpenOptions = {}): Promise<OpenArchive> => {
  if (options.file !== undefined)
    return openSingleFile(path, { file: options.file, targets: options.targetCatalogue ?? [], maxLineBytes: options.limits?.maxLineBytes });
  const limits = { ...defaultLimits, ...options.limits };
  const reopen = (): Promise<ExpandedFile> => expandFile(path, { identities: options.identities ?? [], passphrases: options.passphrases ?? [], limits });
  const file = await reopen();
  try {
    const entries = readTarEntries(file.tar, limits);
    const { bytes, isFirst } = await findIndex(entries, limits);
    const { layout, json } = readIndex(bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (layout === '2.0.0') {
      if (!isFirst) throw incomplete('index.json does not come first, so it was packed anew in another order');
      return openLayout2(file, entries, { manifest: readManifest(json), sha256, limits });
    }
    await file.close();
    return await openLayout1({ reopen, json, sha256, limits, targets: options.targetCatalogue ?? [] });
  } catch (error) {
    await file.close();
    throw error;
  }
};

type Layout2 = { readonly manifest: Manifest; readonly sha256: string; readonly limits: ArchiveLimits };

const openLayout2 = (file: ExpandedFile, entries: AsyncGenerator<TarEntry>, { manifest, sha256, limits }: Layout2): OpenArchive => {
  const seen: ArchiveSummary['tables'][number][] = [];
  let checked: ArchiveSummary | undefined;
  const current = createCursor(entries);

  const parts = async function* (): AsyncGenerator<ArchivePart> {
    for (const [index, table] of manifest.tables.entries()) {
      const folder = folderOf(index + 1);
      const tally = createCopyTally();
      let segments = 0;
      const data = async function* (): AsyncGenerator<Buffer> {
        for (;;) {
          const entry = await current.peek();
          if (entry?.name !== segmentOf(folder, segments + 1)) return;
          segments += 1;
          for await (const chunk of current.take(entry).data) {
            tally.add(chunk);
            yield chunk;
          }
        }
      };
      const reading = data();
      yield { table, data: restartable(reading), rows: () => tally.rows };
      for (let next = await reading.next(); next.done !== true; next = await reading.next());
      if (!tally.endsRow) throw corrupt(`the rows of ${table.schema}.${table.name} stop inside a row`);
      seen.push({ table: `${table.schema}.${table.name}`, rows: tally.rows, bytes: tally.bytes, sha256: tally.sha256(), segments });
    }
    checked = await readEnd(current, limits);
    compareSummary(checked, seen, sha256);
  };

  return {
    layout: '2.0.0',
    manifest,
    encrypted: file.encrypted,
    bytesTotal: file.bytesTotal,
    bytesRead: file.bytesRead,
    parts,
    summary: () => {
      if (checked === undefined) throw new Defect('The summary of an archive is known only after its parts');
      return checked;
    },
    issues: () => [],
    notes: () => [],
    close: async () => {
      await entries.return(undefined);
      await file.close();
    },
  };
};

/** `for await` closes a generator that it leaves early; the rest of a part must still be read. */
const restartable = (generator: AsyncGenerator<Buffer>): AsyncIterable<Buffer> => ({ [Symbol.asyncIterator]: () => ({ next: () => generator.next() }) });

type Cursor = { peek(): Promise<TarEntry | undefined>; take(entry: TarEntry): TarEntry };

const createCursor = (entries: AsyncGenerator<TarEntry>): Cursor => {
  let waiting: TarEntry | undefined;
  return {
    peek: async () => {
      if (waiting === undefined) {
        const next = await entries.next();
        waiting = next.done === true ? undefined : next.value;
      }
      return waiting;
    },
    take: (entry) => {
      waiting = undefined;
      return entry;
    },
  };
};

const readEnd = async (current: Cursor, limits: ArchiveLimits): Promise<ArchiveSummary> => {
  let entry = await current.peek();
  for (let segment = 1; entry?.name === issuesSegment(segment); segment += 1) {
    current.take(entry);
    entry = await current.peek();
  }
  if (entry === undefined) throw incomplete('it ends without summary.json, so its export did not finish');
  if (entry.name !== summaryEntry) {
    if (isSegmentName(entry.name)) throw incomplete(`the entry ${escaped(entry.name)} comes where another was expected; one is missing or out of order`);
    throw forbidden(entry.name, 'is no part of the format');
  }
  const summary = readSummary(await readWhole(current.take(entry), limits));
  const extra = await current.peek();
  if (extra !== undefined) throw forbidden(extra.name, 'comes after summary.json');
  return summary;
};

const compareSummary = (summary: ArchiveSummary, seen: ArchiveSummary['tables'], manifestSha256: string): void => {
  if (summary.manifestSha256 !== manifestSha256) throw corrupt('index.json is not the one that was exported');
  if (summary.tables.length !== seen.length) throw corrupt('index.json and summary.json list different tables');
  for (const [index, found] of seen.entries()) {
    const stated = summary.tables[index];
    if (stated?.table !== found.table) throw corrupt('index.json and summary.json list different tables');
    if (found.segments < stated.segments) throw incomplete(`${found.table} has ${found.segments} of its ${stated.segments} entries`);
    if (found.rows !== stated.rows) throw corrupt(`${found.table} has ${found.rows} rows instead of ${stated.rows}`);
    if (found.sha256 !== stated.sha256 || found.bytes !== stated.bytes || found.segments !== stated.segments)
      throw corrupt(`the rows of ${found.table} are not those that were exported`);
  }
};

/** Reads all of an archive and compares it with what it says of itself; throws the refusal that an import would meet. */
export const verifyArchive = async (path: string, options: OpenOptions = {}): Promise<VerifiedArchive> => {
  const archive = await openArchive(path, options);
  try {
    for await (const part of archive.parts()) for await (const _chunk of part.data);
    const { tables } = archive.summary();
    return {
      layout: archive.layout,
      encrypted: archive.encrypted,
      complete: archive.manifest.complete,
      tables: tables.map(({ table, rows, bytes, sha256 }) => ({ table, rows, bytes, sha256 })),
      rows: tables.reduce((total, each) => total + each.rows, 0),
      bytes: tables.reduce((total, each) => total + each.bytes, 0),
      notes: archive.notes(),
    };
  } finally {
    await archive.close();
  }
};
