import { assertNever } from '../domain/refusal.ts';
import type { VerdictCounts } from '../domain/run/run.ts';
import type { RunDetails } from './follow-run.ts';
import { bytes, count, duration, shown, table, type Output } from './output.ts';

/** What a completed run did, by kind. */
type Result = NonNullable<RunDetails['result']>;
type ResultOf<Name extends Result['__typename']> = Extract<Result, { readonly __typename: Name }>;

export const printResult = (run: RunDetails, result: Result, total: VerdictCounts, output: Output): void => {
  switch (result.__typename) {
    case 'ExportResult':
      return printExport(run, result, output);
    case 'WriteResult':
      return printWrite(run, result, total, output);
    case 'ReplayResult':
      return printReplay(run, result, total, output);
    default:
      return assertNever(result);
  }
};

export const printNotes = (notes: readonly string[], output: Output): void => {
  if (notes.length === 0) return;
  output.line('');
  notes.forEach((note) => output.line(`note: ${shown(note)}`));
};

const printExport = (run: RunDetails, result: ResultOf<'ExportResult'>, output: Output): void => {
  const rows = result.exported.map((each): readonly (string | number)[] => [each.table, each.rows, bytes(each.bytes)]);
  const [head = '', ...lines] = table(['table', 'rows', 'size'], rows);
  output.line(output.bold(head));
  lines.forEach(output.line);
  output.line('');
  const total = result.exported.reduce((all, each) => all + each.rows, 0);
  const files = result.files.length === 0 ? [{ name: result.file, bytes: result.archive.bytes }] : result.files;
  const size = files.reduce((all, each) => all + each.bytes, 0);
  const named =
    files.length > 3 ? `${count(files.length)} files (${bytes(size)})` : files.map((file) => `${shown(file.name)} (${bytes(file.bytes)})`).join(', ');
  output.line(`${count(total)} rows of ${shown(run.databaseName)} in ${duration(result.seconds)}: ${named}`);
  printNotes(result.notes, output);
};

type Words = readonly (readonly [verdict: keyof VerdictCounts, words: string, saidOf?: readonly RunDetails['kind'][]])[];

/** What is zero is said only where its absence would be missed. */
const written: Words = [
  ['insert', 'inserted', ['IMPORT', 'MERGE', 'REPLACE', 'REPLAY']],
  ['update', 'updated', ['MERGE', 'REPLACE']],
  ['delete', 'deleted', ['REPLACE']],
  ['same', 'the same', ['IMPORT', 'MERGE', 'REPLACE']],
  ['keep', 'kept as they are', ['IMPORT']],
  ['conflict', 'in conflict'],
  ['blocked', 'blocked'],
];

const reversed: Words = [
  ['insert', 'brought back'],
  ['update', 'set back'],
  ['delete', 'taken out again'],
  ['same', 'as before already'],
  ['keep', 'kept because changed since'],
  ['conflict', 'in conflict'],
  ['blocked', 'blocked because referenced or changed in shape since'],
];

/** `4 inserted, 0 the same, 1 kept as they are`. */
const wordsOf = (words: Words, kind: RunDetails['kind'], total: VerdictCounts): string =>
  words.flatMap(([verdict, text, saidOf]) => (total[verdict] > 0 || saidOf?.includes(kind) === true ? [`${count(total[verdict])} ${text}`] : [])).join(', ');

const printWrite = (run: RunDetails, result: ResultOf<'WriteResult'>, total: VerdictCounts, output: Output): void => {
  const database = shown(run.databaseName);
  const parts = run.kind === 'ROLLBACK' ? wordsOf(reversed, run.kind, total) || 'nothing was left to take back' : wordsOf(written, run.kind, total);
  const what = run.kind === 'ROLLBACK' ? `Run ${run.rolledBack?.runId ?? ''} taken back in ${database}` : `${shown(run.fileName ?? '')} into ${database}`;
  output.line(`${what} in ${duration(result.seconds)}: ${parts}${result.rejected > 0 ? `, ${count(result.rejected)} rejected` : ''}`);
  if (run.kind === 'IMPORT' && run.file !== null && total.keep > 0)
    output.line(
      `${count(total.keep)} kept ${total.keep === 1 ? 'row differs' : 'rows differ'} from the file: \`waybill merge ${shown(run.fileName ?? 'FILE')} --into ${database}\` brings the edits in.`,
    );
  if (result.rejectFile !== null)
    output.line(
      `The rejected rows are in ${shown(result.rejectFile.name ?? result.rejectFile.sha256)} in the backup folder, an archive that can be imported again.`,
    );
};

const printReplay = (run: RunDetails, result: ResultOf<'ReplayResult'>, total: VerdictCounts, output: Output): void => {
  const [head = '', ...lines] = table(
    ['position', 'run', 'kind'],
    result.runs.edges.map(({ node }) => [node.position, node.run, node.kind.toLowerCase()]),
  );
  output.line(output.bold(head));
  lines.forEach(output.line);
  if (result.runs.pageInfo.hasNextPage) output.line(output.dim(`... the first ${result.runs.edges.length} of ${count(result.runCount)}`));
  output.line('');
  output.line(
    `${count(result.runCount)} ${result.runCount === 1 ? 'run' : 'runs'} done again in ${shown(run.databaseName)} in ${duration(result.seconds)}: ${wordsOf(written, run.kind, total)}`,
  );
  if (result.foreign.length > 0) {
    output.line('');
    output.line(output.bold('Changed outside Waybill: what these runs met, and no run had written'));
    for (const each of result.foreign)
      output.line(`  ${shown(each.table)}  ${count(each.rows)} rows, first met by run ${each.run}: ${each.examples.map(shown).join(', ')}`);
    output.line(output.dim('  Rows from before the first run are in no run: a full export brings them, with --from.'));
    if (result.foreignFile !== null) output.line(output.dim(`  all of them: ${result.foreignFile.sha256} in the blob store`));
  }
  printNotes(result.notes, output);
};
