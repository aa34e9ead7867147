import { noVerdicts, verdicts, type Verdict, type VerdictCounts } from '../domain/run/run.ts';
import { exitCode, type ExitCode } from './exit.ts';
import type { RunDetails } from './follow-run.ts';
import { count, shown, table, type Output } from './output.ts';
import { printNotes, printResult } from './print-result.ts';

/** What a run would do, or did, for people; the same from every command that shows a run. */
export const totalOf = (run: Pick<RunDetails, 'tables'>): VerdictCounts => {
  const total: Record<Verdict, number> = { ...noVerdicts };
  for (const { counts } of run.tables) for (const verdict of verdicts) total[verdict] += counts[verdict];
  return total;
};

/** Where a merge finds nothing to do in most tables, those are one line. */
const quietTables = ({ kind, tables }: RunDetails): RunDetails['tables'] => {
  if (kind !== 'MERGE' && kind !== 'REPLACE') return [];
  const quiet = tables.filter(({ counts }) => verdicts.every((verdict) => verdict === 'same' || counts[verdict] === 0));
  return quiet.length > 3 ? quiet : [];
};

export const printTables = (run: RunDetails, output: Output): void => {
  if (run.tables.length === 0) return;
  const total = totalOf(run);
  const columns = verdicts.filter((verdict) => total[verdict] > 0 || verdict === 'insert' || verdict === 'same' || verdict === 'keep');
  const quiet = quietTables(run);
  const rows = run.tables.flatMap((each) =>
    quiet.includes(each) ? [] : [[each.table, ...columns.map((verdict) => each.counts[verdict]), each.ids.toLowerCase()]],
  );
  if (quiet.length > 0) rows.push([`${quiet.length} tables without a change`, ...columns.map((verdict) => totalOf({ tables: quiet })[verdict]), '']);
  const [head = '', ...lines] = table(['table', ...columns, 'ids'], [...rows, ['in all', ...columns.map((verdict) => total[verdict]), '']]);
  output.line(output.bold(head));
  lines.forEach(output.line);
};

export const printIssues = (run: RunDetails, output: Output): void => {
  const counts = run.plan?.issues ?? [];
  if (counts.length === 0) return;
  const total = counts.reduce((all, issue) => all + issue.count, 0);
  output.line('');
  output.line(output.bold(`${count(total)} ${total === 1 ? 'issue' : 'issues'}`));
  table(
    ['table', 'issue', 'rows'],
    counts.map((issue) => [issue.table, issue.code, issue.count]),
  ).forEach((line) => output.line(`  ${line}`));
  const issues = run.issues.edges.map(({ node }) => node);
  if (issues.length === 0) return;
  output.line('');
  // People look for a line in their file; for a row of an archive there is only its number.
  const isFile = issues.some(({ line }) => line !== null);
  table(
    ['table', isFile ? 'line' : 'row', 'column', 'issue', 'value', 'message'],
    issues.map((issue) => [
      issue.table,
      (isFile ? issue.line : issue.row) ?? '',
      issue.column ?? issue.constraint ?? '',
      issue.code,
      issue.value ?? '',
      issue.message,
    ]),
  ).forEach((line) => output.line(`  ${line}`));
  if (run.issues.pageInfo.hasNextPage)
    output.line(output.dim(`  ... the first ${issues.length} of ${count(total)}; all of them: waybill show ${run.runId} --issues ${total}`));
};

/** What a run is about, in a few words: `dev.tar.zst into shop`, `takes back run 01K... (merge of dev.tar.zst) in shop`. */
export const aboutRun = (run: Pick<RunDetails, 'kind' | 'fileName' | 'databaseName' | 'rolledBack'>): string => {
  const database = shown(run.databaseName);
  if (run.kind === 'EXPORT') return `${shown(run.fileName ?? '')} from ${database}`.trim();
  if (run.kind === 'REPLAY') return `into ${database}`;
  if (run.rolledBack === null) return `${shown(run.fileName ?? '')} into ${database}`.trim();
  const { runId, kind, fileName } = run.rolledBack;
  return `takes back run ${runId} (${kind.toLowerCase()}${fileName === null ? '' : ` of ${shown(fileName)}`}) in ${database}`;
};

export const printPlan = (run: RunDetails, output: Output): void => {
  output.line(`Plan of ${run.kind.toLowerCase()} ${run.runId}: ${aboutRun(run)}`);
  output.line('');
  printTables(run, output);
  printIssues(run, output);
  printNotes([...formatNote(run), ...basesNote(run), ...(run.plan?.notes ?? [])], output);
};

/** What was found by looking is said, so that a wrong guess is seen. */
const formatNote = ({ file }: RunDetails): readonly string[] => {
  if (file === null) return [];
  if (file.kind === 'JSONL') return [`read as JSON lines in ${file.encoding}`];
  const quoted = file.quote === '' ? 'nothing quoted' : `quotes ${file.quote ?? ''}`;
  const header = file.header === true ? 'its first line names the columns' : 'its first line is a row';
  return [`read as CSV in ${file.encoding}: fields parted by ${JSON.stringify(file.delimiter ?? '')}, ${quoted}, ${header}`];
};

/** A hash that somebody may look for in `waybill show`, short enough to read. */
const basesNote = (run: RunDetails): readonly string[] => {
  const bases = run.plan?.bases ?? [];
  if (bases.length === 0) return [];
  return [
    `base: ${bases.map((sha256) => sha256.slice(0, 12)).join(', ')} (${bases.length === 1 ? 'the archive' : `${bases.length} archives, newest first,`} that both sides held)`,
  ];
};

export const printOutcome = (run: RunDetails, output: Output): void => {
  if (run.result !== null) {
    if (run.result.__typename === 'WriteResult') {
      printTables(run, output);
      printIssues(run, output);
      output.line('');
    }
    printResult(run, run.result, totalOf(run), output);
    if (run.result.__typename === 'WriteResult') printNotes([...formatNote(run), ...basesNote(run), ...(run.plan?.notes ?? []), ...run.result.notes], output);
  } else if (run.state === 'PLANNED') printPlan(run, output);
  else printEnd(run, output);
  if (run.lost) output.note('What it wrote is not there any more: the database was restored to an earlier state.');
  if (run.rolledBackBy !== null) output.note(`Taken back by run ${run.rolledBackBy.runId}.`);
  output.note(output.dim(`run ${run.runId}; look further with: waybill show ${run.runId}`));
};

const printEnd = (run: RunDetails, output: Output): void => {
  printTables(run, output);
  printIssues(run, output);
  if (run.failure !== null)
    output.note(output.red(`${run.state === 'REFUSED' ? 'Refused' : 'Failed'}: ${shown(run.failure.message)}`) + output.dim(` (${run.failure.code})`));
  if (run.state === 'CANCELLED') output.note('Cancelled; nothing was written.');
};

/** The exit code that says what became of a run. */
export const exitCodeOfRun = (run: RunDetails): ExitCode => {
  if (run.state === 'REFUSED') return exitCode.refused;
  if (run.state === 'FAILED' || run.state === 'CANCELLED') return exitCode.fault;
  return run.result?.__typename === 'WriteResult' && run.result.rejected > 0 ? exitCode.rejected : exitCode.done;
};

/** The one object of `--json`. */
export const runAsJson = ({ issues, events, ...run }: RunDetails): Readonly<Record<string, unknown>> => ({
  ok: exitCodeOfRun(run as RunDetails) === exitCode.done || exitCodeOfRun(run as RunDetails) === exitCode.rejected,
  ...run,
  issues: issues.edges.map(({ node }) => node),
  events: events.edges.map(({ node }) => node),
});
