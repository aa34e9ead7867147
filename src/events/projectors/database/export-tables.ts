import { basename } from 'node:path';
import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { Defect } from '../../../domain/refusal.ts';
import type { BlobReference, ExportResult } from '../../../domain/run/run.ts';
import { exportFiles } from '../../../engine/export/export-files.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { createNames, placeOf, publishCopy, replacedNote, shownName, targetOf } from './export-place.ts';
import { askedOf, type ExportAttempt } from './export-run.ts';

type Written = Pick<ExportResult, 'file' | 'archive' | 'files' | 'tables' | 'notes'>;
type ExportedFile = NonNullable<ExportResult['files']>[number];

/** The chosen tables as CSV or JSON lines, a file for each: all of them in the blob store first, then each under its name. */
export const exportTables = async (attempt: ExportAttempt, format: 'csv' | 'jsonl'): Promise<Written> => {
  const { job, ports } = attempt;
  const { input } = job;
  const nameOf = createNames(format);
  const stored = new Map<string, BlobReference & { readonly name: string }>();
  const exported = await exportFiles(attempt.session, {
    ...askedOf(attempt),
    format,
    ...(input.out === undefined ? {} : { into: basename(input.out) }),
    safe: input.safe ?? false,
    references: input.references ?? 'id',
    store: async (table, bytes) => {
      const blob = await ports.blobs.put(bytes);
      stored.set(tableId(table), { ...blob, name: nameOf(table) });
      return blob;
    },
    progress: attempt.progress,
  });
  crashPoint('export.written');
  const tables = exported.tables.map(({ table, rows, bytes }) => ({ table: tableId(table), rows, bytes }));
  await attempt.mayPublish();
  const files: ExportedFile[] = [];
  const notes: string[] = [];
  for (const { table, rows } of tables) {
    const blob = stored.get(table);
    if (blob === undefined) throw new Defect(`The file of ${table} was not stored`);
    const target = targetOf(input, ports, input.out ?? blob.name);
    const replaced = placeOf(input) === 'store' ? undefined : await publishCopy(attempt, blob.sha256, target);
    if (replaced !== undefined) notes.push(replacedNote(shownName(input, target), replaced));
    files.push({ name: shownName(input, target), table, rows, sha256: blob.sha256, bytes: blob.bytes });
  }
  crashPoint('export.published');
  const [first] = files;
  if (first === undefined) throw new Defect('An export without files');
  return {
    file: first.name,
    archive: { sha256: first.sha256, bytes: first.bytes },
    files,
    tables,
    notes: [...exported.manifest.notCarried.map(({ object, reason }) => `${object} is in no file: ${reason}`), ...exported.notes, ...notes],
  };
};
