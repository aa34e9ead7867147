import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { Defect } from '../../domain/refusal.ts';
import { createAtomicFile } from '../files/atomic-file.ts';
import { createCopyTally } from './copy-tally.ts';
import { checkRecipients } from './encrypt.ts';
import { folderOf, issuesSegment, manifestEntry, segmentOf, summaryEntry } from './format.ts';
import type { ArchiveSummary, Manifest, ManifestTable } from './manifest.ts';
import { createTarWriter, translateWrite, type WriteOptions } from './tar-writer.ts';

/**
 * Writes an archive as a stream: tar, compressed, encrypted when recipients are given, to a temporary file that gets its
 * name only when all of it is on disk. Order: `begin`, `table` for every table of the manifest in its order, `finish`;
 * or `abort` at any time. Back-pressure reaches the source of the rows; two segments at most are in memory.
 */
export type ArchiveWriter = {
  begin(manifest: Manifest): Promise<void>;
  /** `seen` is told, as rows pass, how many rows and bytes of this table it has been so far. */
  table(table: ManifestTable, copyText: AsyncIterable<Uint8Array>, seen?: (rows: number, bytes: number) => void): Promise<WrittenTable>;
  /** Why rows were rejected, as JSON lines; only in an archive of rejected rows, after its tables. */
  issues(lines: AsyncIterable<Uint8Array>): Promise<void>;
  /** `mayPublish` is asked when all is on disk, right before the file gets its name; it throws to prevent that. */
  finish(mayPublish?: () => Promise<void>): Promise<WrittenArchive>;
  /** Removes the temporary file; safe after `finish`. */
  abort(): Promise<void>;
};

export type WrittenTable = ArchiveSummary['tables'][number];
export type WrittenArchive = { readonly summary: ArchiveSummary; readonly sha256: string; readonly bytes: number };

/** Opens the temporary file beside `target`; recipients are checked first. */
export const createArchiveWriter = async (target: string, options: WriteOptions): Promise<ArchiveWriter> => {
  checkRecipients(options.recipients);
  const file = await createAtomicFile(dirname(target)).catch((error: unknown) => {
    throw translateWrite(error);
  });
  const tar = createTarWriter(options, file);
  const written: WrittenTable[] = [];
  let manifest: { readonly tables: readonly ManifestTable[]; readonly sha256: string } | undefined;

  const table: ArchiveWriter['table'] = async (described, copyText, seen) => {
    const expected = manifest?.tables[written.length];
    if (expected?.schema !== described.schema || expected.name !== described.name)
      throw new Defect(`Table ${described.schema}.${described.name} is written out of the manifest's order`);
    const folder = folderOf(written.length + 1);
    const tally = createCopyTally();
    let segments = 0;
    const count = (chunk: Uint8Array): void => {
      tally.add(chunk);
      seen?.(tally.rows, tally.bytes);
    };
    await tar.segments(copyText, count, () => segmentOf(folder, (segments += 1)));
    if (!tally.endsRow) throw new Defect(`The COPY text of ${described.schema}.${described.name} ends inside a row`);
    const result = { table: `${described.schema}.${described.name}`, rows: tally.rows, bytes: tally.bytes, sha256: tally.sha256(), segments };
    written.push(result);
    return result;
  };

  return {
    begin: async (content) => {
      const bytes = Buffer.from(JSON.stringify(content));
      manifest = { tables: content.tables, sha256: createHash('sha256').update(bytes).digest('hex') };
      await tar.entry(manifestEntry, [bytes]);
    },
    table,
    issues: (lines) => {
      let segments = 0;
      return tar.segments(
        lines,
        () => undefined,
        () => issuesSegment((segments += 1)),
      );
    },
    finish: async (mayPublish) => {
      if (manifest === undefined || written.length !== manifest.tables.length) throw new Defect('The archive is finished before all its tables are written');
      const summary: ArchiveSummary = { tables: written, manifestSha256: manifest.sha256 };
      await tar.entry(summaryEntry, [Buffer.from(JSON.stringify(summary))]);
      const sink = await tar.end();
      await file.publish(target, mayPublish).catch((error: unknown) => {
        throw translateWrite(error);
      });
      return { summary, ...sink };
    },
    abort: async () => {
      await tar.destroy();
      await file.discard();
    },
  };
};
