import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { Defect } from '../../../domain/refusal.ts';
import type { BlobReference, ExportResult } from '../../../domain/run/run.ts';
import { exportNested } from '../../../engine/export/export-nested.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { createNames, placeOf, publishCopy, replacedNote, shownName, targetOf } from './export-place.ts';
import { askedOf, type ExportAttempt } from './export-run.ts';

/** Of a document that holds several tables. */
const usualName = 'database_export.json';

/** The chosen tables as one JSON document: in the blob store first, then under its name. */
export const exportDocument = async (attempt: ExportAttempt): Promise<Pick<ExportResult, 'file' | 'archive' | 'files' | 'tables' | 'notes'>> => {
  const { job, ports } = attempt;
  const { input } = job;
  let stored: BlobReference | undefined;
  const exported = await exportNested(attempt.session, {
    ...askedOf(attempt),
    references: input.references ?? 'id',
    store: async (bytes) => (stored = await ports.blobs.put(bytes)),
    progress: attempt.progress,
  });
  if (stored === undefined) throw new Defect('The document was not stored');
  const { sha256, bytes } = stored;
  crashPoint('export.written');
  await attempt.mayPublish();
  const [only, another] = exported.tables;
  const target = targetOf(input, ports, input.out ?? (only === undefined || another !== undefined ? usualName : createNames('json')(only.table)));
  const replaced = placeOf(input) === 'store' ? undefined : await publishCopy(attempt, sha256, target);
  crashPoint('export.published');
  const name = shownName(input, target);
  const rows = exported.tables.reduce((all, table) => all + table.rows, 0);
  return {
    file: name,
    archive: { sha256, bytes },
    files: [{ name, rows, sha256, bytes, ...(only === undefined || another !== undefined ? {} : { table: tableId(only.table) }) }],
    tables: exported.tables.map(({ table, ...counts }) => ({ table: tableId(table), ...counts })),
    notes: [
      ...exported.manifest.notCarried.map(({ object, reason }) => `${object} is not in the document: ${reason}`),
      ...(replaced === undefined ? [] : [replacedNote(name, replaced)]),
    ],
  };
};
