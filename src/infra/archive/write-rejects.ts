import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { Issue } from '../../domain/issue.ts';
import { folderOf, formatVersion } from './format.ts';
import type { Manifest, ManifestTable } from './manifest.ts';
import type { WriteOptions } from './tar-writer.ts';
import { createArchiveWriter, type WrittenArchive } from './write-archive.ts';

/**
 * Rows that stayed out, as an archive that can be imported again once their faults are mended, with the reasons beside
 * them (`issues/000001.jsonl`, one `Issue` a line). Rows that a rejected row refers to must be among the given ones, or
 * its ids mean nothing to the next import: it finds them in the target and keeps them.
 */
export type Rejects = {
  /** Of the archive that was imported. */
  readonly manifest: Manifest;
  readonly timestamp: string;
  /** COPY text in the columns of the manifest; undefined for a table without any. */
  readonly rows: (table: ManifestTable) => AsyncIterable<Uint8Array> | undefined;
  readonly issues: AsyncIterable<Issue>;
};

export const writeRejects = async (
  target: string,
  rejects: Rejects,
  options: WriteOptions = { compression: 'zstd', recipients: [] },
): Promise<WrittenArchive> => {
  const sources = rejects.manifest.tables.flatMap((table) => {
    const rows = rejects.rows(table);
    return rows === undefined ? [] : [{ table, rows }];
  });
  const writer = await createArchiveWriter(target, options);
  try {
    await writer.begin(
      rejectManifest(
        rejects,
        sources.map(({ table }) => table),
      ),
    );
    for (const { table, rows } of sources) await writer.table(table, rows);
    await writer.issues(issueLines(rejects.issues));
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
};

const rejectManifest = ({ manifest, timestamp }: Rejects, tables: readonly ManifestTable[]): Manifest => {
  const names = tables.map(tableId);
  return {
    ...manifest,
    metadata: { ...manifest.metadata, timestamp, version: formatVersion, generator: 'waybill' },
    entities: names,
    files: Object.fromEntries(names.map((name, index) => [name, folderOf(index + 1)])),
    complete: false,
    catalogue: { ...manifest.catalogue, tables: manifest.catalogue.tables.filter((table) => names.includes(tableId(table))) },
    tables,
    notCarried: [],
  };
};

async function* issueLines(issues: AsyncIterable<Issue>): AsyncGenerator<Buffer> {
  for await (const issue of issues) yield Buffer.from(`${JSON.stringify(issue)}\n`);
}
