import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportDatabase, type Exported } from '../../../engine/export/export-database.ts';
import { createArchiveWriter, type ArchiveWriter } from '../../../infra/archive/write-archive.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { removeStaleFiles } from '../../../infra/files/atomic-file.ts';
import type { ExportResult } from '../../../domain/run/run.ts';
import { archiveName, folderOf, placeOf, publishCopy, shownName, targetOf } from './export-place.ts';
import { askedOf, type ExportAttempt } from './export-run.ts';

type Archived = Pick<ExportResult, 'file' | 'archive' | 'tables' | 'notes'>;

/**
 * The chosen tables as one archive. It gets its name when all of it is on disk, so an attempt that dies leaves a temporary
 * file, which the next one clears away; one that died after the rename is simply done again under the same name.
 */
export const exportArchive = async (attempt: ExportAttempt): Promise<Archived> => {
  const { job, ports } = attempt;
  const name = archiveName(attempt);
  const isBackup = placeOf(job.input) === 'backup';
  const target = isBackup ? targetOf(job.input, ports, name) : join(folderOf({ ...job.input, to: 'backup' }, ports), `.export-${job.runId}`);
  await mkdir(dirname(target), { recursive: true });
  await removeStaleFiles(dirname(target));
  const writer = await createArchiveWriter(target, { compression: job.input.compression, recipients: job.input.recipients });
  try {
    const exported = await exportDatabase(attempt.session, {
      ...askedOf(attempt),
      writer: watched(writer, attempt.mayPublish),
      progress: attempt.progress,
    });
    const published = isBackup ? { notes: await keepArchive(attempt, target, exported), target } : await moveOn(attempt, target, exported, name);
    return {
      file: shownName(job.input, published.target),
      archive: { sha256: exported.archive.sha256, bytes: exported.archive.bytes },
      tables: exported.tables.map(({ table, rows, bytes }) => ({ table, rows, bytes })),
      notes: [...exported.manifest.notCarried.map(({ object, reason }) => `${object} is not in the archive: ${reason}`), ...published.notes],
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
};

/** The export itself is done: a full disk, where the archive had to be copied, is no reason to lose it. */
const keepArchive = async ({ ports: { blobs } }: ExportAttempt, target: string, { archive }: Exported): Promise<readonly string[]> => {
  try {
    await blobs.keep(target, archive.sha256);
    return [];
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'the blob folder failed';
    return [`The archive could not be kept as the base of a later merge (${reason}). Upload it before you merge what comes back.`];
  }
};

/** Written to the backup folder first, where the blob store can take it over without a copy. */
const moveOn = async (attempt: ExportAttempt, written: string, { archive }: Exported, name: string): Promise<{ target: string; notes: readonly string[] }> => {
  const { job, ports } = attempt;
  await ports.blobs.keep(written, archive.sha256);
  await rm(written, { force: true });
  if (placeOf(job.input) === 'store') return { target: name, notes: [] };
  const target = targetOf(job.input, ports, name);
  await publishCopy(attempt, archive.sha256, target);
  return { target, notes: [] };
};

const watched = (writer: ArchiveWriter, mayPublish: () => Promise<void>): ArchiveWriter => ({
  ...writer,
  begin: async (manifest) => {
    crashPoint('export.snapshot');
    await writer.begin(manifest);
    crashPoint('export.begun');
  },
  finish: async () => {
    const written = await writer.finish(async () => {
      crashPoint('export.written');
      await mayPublish();
    });
    crashPoint('export.published');
    return written;
  },
});
