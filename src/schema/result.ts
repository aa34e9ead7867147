import type { BlobReference, ExportResult, ImportResult } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { TableVerdictsType } from './verdicts.ts';

const StoredFileType = builder.objectRef<BlobReference & { readonly name?: string }>('StoredFile').implement({
  description: 'A file in the blob store, addressed by its content.',
  fields: (t) => ({
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its bytes, in hex.' }),
    bytes: t.field({ type: 'Long', resolve: (file) => file.bytes, description: 'Its size.' }),
    name: t.string({ nullable: true, resolve: (file) => file.name, description: 'The name under which it is offered, where it has one.' }),
  }),
});

const ImportResultType = builder.objectRef<ImportResult>('ImportResult').implement({
  description: 'What an import did.',
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'import',
  fields: (t) => ({
    tables: t.field({
      type: [TableVerdictsType],
      resolve: (result) => [...result.tables],
      description: 'Rows by verdict, for each table, as they were written.',
    }),
    rejected: t.field({ type: 'Long', resolve: (result) => result.rejected, description: 'Rows that stayed out.' }),
    rejectFile: t.field({
      type: StoredFileType,
      nullable: true,
      resolve: (result) => result.rejectFile,
      description: 'An archive of the rejected rows with their issues; it can be imported again.',
    }),
    ledgerFile: t.field({
      type: StoredFileType,
      nullable: true,
      resolve: (result) => result.ledgerFile,
      description: 'What the run did to each row, for replay.',
    }),
    seconds: t.exposeFloat('seconds', { description: 'How long the work took.' }),
    notes: t.stringList({ resolve: (result) => [...result.notes], description: 'Differences that a trigger made, tables loaded the fast way, and the like.' }),
  }),
});

const ExportedTableType = builder.objectRef<ExportResult['tables'][number]>('ExportedTable').implement({
  description: 'One table of an archive.',
  fields: (t) => ({
    table: t.exposeString('table', { description: '`schema.table`.' }),
    rows: t.field({ type: 'Long', resolve: (table) => table.rows, description: 'Its rows.' }),
    bytes: t.field({ type: 'Long', resolve: (table) => table.bytes, description: 'Its size before compression.' }),
  }),
});

const ExportResultType = builder.objectRef<ExportResult>('ExportResult').implement({
  description: 'What an export wrote.',
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'export',
  fields: (t) => ({
    file: t.string({ resolve: (result) => result.file, description: 'The name of the archive in the backup folder; import it again as `backup/<name>`.' }),
    archive: t.field({ type: StoredFileType, resolve: (result) => result.archive, description: 'Its hash and size.' }),
    tables: t.field({ type: [ExportedTableType], resolve: (result) => [...result.tables], description: 'What is in it.' }),
    seconds: t.exposeFloat('seconds', { description: 'How long the work took.' }),
    notes: t.stringList({ resolve: (result) => [...result.notes], description: 'What stayed behind, each by name with the reason.' }),
  }),
});

export const RunResultType = builder.unionType('RunResult', { description: 'What a completed run did.', types: [ImportResultType, ExportResultType] });
