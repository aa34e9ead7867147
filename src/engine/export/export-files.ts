import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Progress } from '../../domain/run/run.ts';
import type { Manifest } from '../../infra/archive/manifest.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { copyFile } from './copy-file.sql.ts';
import { endSnapshot } from './copy-table.sql.ts';
import { createMeter } from './meter.ts';
import { columnsOf, type FileColumnsAsked } from './file-columns.ts';
import { openSnapshot, type SnapshotOptions } from './snapshot.ts';
import { stoppable } from './stoppable.ts';

export type ExportFilesOptions = Omit<SnapshotOptions, 'closed'> &
  FileColumnsAsked & {
    readonly format: 'csv' | 'jsonl';
    readonly safe: boolean;
    /** The one file that all is to go to. */
    readonly into?: string;
    /** Takes the bytes of one table, and answers with their size. */
    readonly store: (table: KeyedTable, bytes: AsyncIterable<Uint8Array>) => Promise<{ readonly bytes: number }>;
    readonly progress: (progress: Progress) => void;
  };

export type ExportedFiles = {
  readonly manifest: Manifest;
  readonly tables: readonly { readonly table: KeyedTable; readonly rows: number; readonly bytes: number }[];
  readonly notes: readonly string[];
};

/** The chosen tables of one snapshot, parents first, each as a file of its own. When it fails, the session is good for nothing but `close`. */
export const exportFiles = async (session: Session, options: ExportFilesOptions): Promise<ExportedFiles> => {
  const snapshot = await openSnapshot(session, { ...options, closed: false });
  const chosen = snapshot.manifest.tables.flatMap((table) => snapshot.byId.get(tableId(table)) ?? []);
  const columnless = chosen.filter((table) => columnsOf(table, snapshot, options).columns.length === 0);
  const carried = chosen.filter((table) => !columnless.includes(table));
  if (carried.length === 0)
    throw new Refusal(
      'NOTHING_TO_EXPORT',
      `There is no table with a column that could go into a file${chosen.length === 0 ? '' : `: ${chosen.map(tableId).join(', ')}`}. An archive holds tables without columns too.`,
    );
  if (options.into !== undefined && carried.length > 1)
    throw new Refusal(
      'ONE_FILE_FOR_ONE_TABLE',
      `${options.into} would have to hold ${carried.length} tables, and a file holds one. Name one table, or no file: then each table has its own.`,
      { tables: carried.map(tableId) },
    );
  const meter = createMeter(carried, carried.length, options.progress);
  const written: { readonly table: KeyedTable; readonly bytes: number; readonly copy: { readonly rowCount: number } }[] = [];
  for (const table of carried) {
    meter.start(tableId(table));
    const selected = snapshot.selected(table);
    const copy = session.copyOut(
      copyFile({
        table,
        manifest: columnsOf(table, snapshot, options),
        tables: snapshot.byId,
        ...(selected === undefined ? {} : { selected }),
        format: options.format,
        safe: options.safe,
        encoding: snapshot.manifest.catalogue.encoding,
      }),
    );
    const { bytes } = await options.store(table, watched(stoppable(copy, session, options.signal), meter.seen));
    written.push({ table, bytes, copy });
    meter.finish({ rows: copy.rowCount, bytes });
  }
  await session.run(endSnapshot);
  options.signal.throwIfAborted();
  return {
    manifest: snapshot.manifest,
    // PostgreSQL says how many rows it was after the last of them: before it answers the next statement, and no earlier.
    tables: written.map(({ table, bytes, copy }) => ({ table, rows: copy.rowCount, bytes })),
    notes: columnless.map((table) => `${tableId(table)} has no column that travels, so there is no file of it; an archive holds it.`),
  };
};

async function* watched(source: AsyncIterable<Uint8Array>, seen: (rows: number, bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    seen(0, bytes);
    yield chunk;
  }
}
