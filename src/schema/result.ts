import { writeKinds, type BlobReference, type ExportResult, type ReplayResult, type WriteResult } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { pageArgs, readPage } from './connection.ts';
import { positionOf } from './cursor.ts';
import { RunKindEnum } from './run-words.ts';
import { TableVerdictsType } from './verdicts.ts';

const StoredFileType = builder.objectRef<BlobReference & { readonly name?: string }>('StoredFile').implement({
  description: 'A file in the blob store, addressed by its content.',
  fields: (t) => ({
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its bytes, in hex.' }),
    bytes: t.field({ type: 'Long', resolve: (file) => file.bytes, description: 'Its size.' }),
    name: t.string({ nullable: true, resolve: (file) => file.name, description: 'The name under which it is offered, where it has one.' }),
  }),
});

const isResult = (value: unknown, kinds: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' && kinds.includes(value.kind);

const WriteResultType = builder.objectRef<WriteResult>('WriteResult').implement({
  description: 'What a run did that wrote a database: an import, a merge, a replace or a rollback.',
  isTypeOf: (value) => isResult(value, writeKinds),
  fields: (t) => ({
    kind: t.field({ type: RunKindEnum, resolve: (result) => result.kind, description: 'Which of them it was.' }),
    rolledBack: t.string({ nullable: true, resolve: (result) => result.rolledBack, description: 'The run that was taken back, for a rollback.' }),
    bases: t.stringList({
      resolve: (result) => [...(result.plan.bases ?? [])],
      description: 'SHA-256 of the archives from which a merge took the state that both sides once held, newest first; none: two-way.',
    }),
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

const ReplayedRunType = builder.objectRef<ReplayResult['runs'][number]>('ReplayedRun').implement({
  description: 'One run of the log that was done again.',
  fields: (t) => ({
    run: t.exposeString('run', { description: 'Its ULID.' }),
    kind: t.field({ type: RunKindEnum, resolve: (replayed) => replayed.kind, description: 'What kind of work it is.' }),
    position: t.field({ type: 'Long', resolve: (replayed) => replayed.position, description: 'Where in the log it was completed.' }),
  }),
});

const ReplayedRunConnection = builder.connectionObject(
  { type: ReplayedRunType, name: 'ReplayedRunConnection', description: 'A page of runs that were done again, in the order of the log.' },
  { name: 'ReplayedRunEdge', description: 'One run of a page.' },
);

const ForeignEditsType = builder.objectRef<ReplayResult['foreign'][number]>('ForeignEdits').implement({
  description: 'Rows of a table that a run met and no run had written so: changed outside Waybill.',
  fields: (t) => ({
    run: t.exposeString('run', { description: 'The first run that met them.' }),
    table: t.exposeString('table', { description: '`schema.table`.' }),
    rows: t.field({ type: 'Long', resolve: (edits) => edits.rows, description: 'How many.' }),
    examples: t.stringList({ resolve: (edits) => [...edits.examples], description: 'Some of them, by their keys.' }),
  }),
});

const ReplayResultType = builder.objectRef<ReplayResult>('ReplayResult').implement({
  description: 'What a replay did again, and what did not come out as recorded.',
  isTypeOf: (value) => isResult(value, ['replay']),
  fields: (t) => ({
    runCount: t.int({ resolve: (result) => result.runs.length, description: 'How many runs were done again.' }),
    runs: t.field({
      type: ReplayedRunConnection,
      args: pageArgs,
      resolve: ({ runs }, args) => {
        const later = runs.filter(({ position }) => position > (positionOf(args.after) ?? 0));
        return readPage(
          args,
          async (limit) => later.slice(0, limit),
          ({ position }) => String(position),
        );
      },
      description: 'The runs, in the order of the log.',
    }),
    tables: t.field({ type: [TableVerdictsType], resolve: (result) => [...result.tables], description: 'Rows by verdict, for each table, over all of them.' }),
    foreign: t.field({
      type: [ForeignEditsType],
      resolve: (result) => [...result.foreign],
      description: 'What somebody changed outside Waybill, by the first run that met it.',
    }),
    foreignFile: t.field({
      type: StoredFileType,
      nullable: true,
      resolve: (result) => result.foreignFile,
      description: 'Every such row, as JSON lines.',
    }),
    seconds: t.exposeFloat('seconds', { description: 'How long the work took.' }),
    notes: t.stringList({ resolve: (result) => [...result.notes], description: 'What a reader of the result needs to know.' }),
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

const ExportedFileType = builder.objectRef<NonNullable<ExportResult['files']>[number]>('ExportedFile').implement({
  description: 'One file that an export wrote, also in the blob store.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name in the folder; import it again as `exchange/<name>` or `backup/<name>`.' }),
    table: t.string({ nullable: true, resolve: (file) => file.table, description: '`schema.table`, where it holds one.' }),
    rows: t.field({ type: 'Long', resolve: (file) => file.rows, description: 'Its rows.' }),
    bytes: t.field({ type: 'Long', resolve: (file) => file.bytes, description: 'Its size.' }),
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its bytes, in hex.' }),
  }),
});

const ExportResultType = builder.objectRef<ExportResult>('ExportResult').implement({
  description: 'What an export wrote.',
  isTypeOf: (value) => isResult(value, ['export']),
  fields: (t) => ({
    file: t.string({ resolve: (result) => result.file, description: 'The name of the archive, or of the first file; import it again as `backup/<name>`.' }),
    archive: t.field({ type: StoredFileType, resolve: (result) => result.archive, description: 'Its hash and size.' }),
    files: t.field({
      type: [ExportedFileType],
      resolve: (result) => [...(result.files ?? [])],
      description: 'CSV and JSON-lines files, one for each table, or the one JSON document; none where it is an archive.',
    }),
    tables: t.field({ type: [ExportedTableType], resolve: (result) => [...result.tables], description: 'What is in it.' }),
    seconds: t.exposeFloat('seconds', { description: 'How long the work took.' }),
    notes: t.stringList({ resolve: (result) => [...result.notes], description: 'What stayed behind, each by name with the reason.' }),
  }),
});

export const RunResultType = builder.unionType('RunResult', {
  description: 'What a completed run did.',
  types: [WriteResultType, ExportResultType, ReplayResultType],
});
