import { verdicts } from '../domain/run/run.ts';
import { exitCode, type ExitCode } from './exit.ts';
import type { RunDetails } from './follow-run.ts';
import { bytes, count, duration, shown, table, type Output } from './output.ts';

/** What a run would do, or did, for people; the same from `plan`, `import`, `apply` and `show`. */
const sum = (run: RunDetails): Readonly<Record<(typeof verdicts)[number], number>> => {
  const total = { insert: 0, update: 0, same: 0, keep: 0, delete: 0, conflict: 0, blocked: 0 };
  for (const { counts } of run.tables) for (const verdict of verdicts) total[verdict] += counts[verdict];
  return total;
};

export const printTables = (run: RunDetails, output: Output): void => {
  if (run.tables.length === 0) return;
  const total = sum(run);
  const columns = verdicts.filter((verdict) => total[verdict] > 0 || verdict === 'insert' || verdict === 'same' || verdict === 'keep');
  const rows = run.tables.map((each) => [each.table, ...columns.map((verdict) => each.counts[verdict]), each.ids.toLowerCase()]);
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
  table(
    ['table', 'row', 'column', 'issue', 'value', 'message'],
    issues.map((issue) => [issue.table, issue.row ?? '', issue.column ?? issue.constraint ?? '', issue.code, issue.value ?? '', issue.message]),
  ).forEach((line) => output.line(`  ${line}`));
  if (run.issues.pageInfo.hasNextPage)
    output.line(output.dim(`  ... the first ${issues.length} of ${count(total)}; all of them: waybill show ${run.runId} --issues ${total}`));
};

const printNotes = (notes: readonly string[], output: Output): void => {
  if (notes.length === 0) return;
  output.line('');
  notes.forEach((note) => output.line(`note: ${shown(note)}`));
};

export const printPlan = (run: RunDetails, output: Output): void => {
  output.line(`Plan of run ${run.runId}: ${shown(run.fileName ?? '')} into ${shown(run.databaseName)}`);
  output.line('');
  printTables(run, output);
  printIssues(run, output);
  printNotes(run.plan?.notes ?? [], output);
};

const printExport = (run: RunDetails, result: Extract<RunDetails['result'], { __typename: 'ExportResult' }>, output: Output): void => {
  const rows = result.exported.map((each): readonly (string | number)[] => [each.table, each.rows, bytes(each.bytes)]);
  const [head = '', ...lines] = table(['table', 'rows', 'size'], rows);
  output.line(output.bold(head));
  lines.forEach(output.line);
  output.line('');
  const total = result.exported.reduce((all, each) => all + each.rows, 0);
  output.line(`${count(total)} rows of ${shown(run.databaseName)} in ${duration(result.seconds)}: ${shown(result.file)} (${bytes(result.archive.bytes)})`);
  printNotes(result.notes, output);
};

const printImport = (run: RunDetails, result: Extract<RunDetails['result'], { __typename: 'WriteResult' }>, output: Output): void => {
  printTables(run, output);
  printIssues(run, output);
  output.line('');
  const total = sum(run);
  const parts = [
    `${count(total.insert)} inserted`,
    `${count(total.same)} the same`,
    `${count(total.keep)} kept as they are`,
    ...(result.rejected > 0 ? [`${count(result.rejected)} rejected`] : []),
  ];
  output.line(`${shown(run.fileName ?? '')} into ${shown(run.databaseName)} in ${duration(result.seconds)}: ${parts.join(', ')}`);
  if (result.rejectFile !== null)
    output.line(
      `The rejected rows are in ${shown(result.rejectFile.name ?? result.rejectFile.sha256)} in the backup folder, an archive that can be imported again.`,
    );
  printNotes([...(run.plan?.notes ?? []), ...result.notes], output);
};

export const printOutcome = (run: RunDetails, output: Output): void => {
  if (run.result?.__typename === 'ExportResult') printExport(run, run.result, output);
  else if (run.result?.__typename === 'WriteResult') printImport(run, run.result, output);
  else if (run.state === 'PLANNED') printPlan(run, output);
  else {
    printTables(run, output);
    printIssues(run, output);
    if (run.failure !== null)
      output.note(output.red(`${run.state === 'REFUSED' ? 'Refused' : 'Failed'}: ${shown(run.failure.message)}`) + output.dim(` (${run.failure.code})`));
    if (run.state === 'CANCELLED') output.note('Cancelled; nothing was written.');
  }
  output.note(output.dim(`run ${run.runId}; look further with: waybill show ${run.runId}`));
};

/** The exit code that says what became of a run. */
export const exitCodeOfRun = (run: RunDetails): ExitCode => {
  if (run.state === 'REFUSED') return exitCode.refused;
  if (run.state === 'FAILED' || run.state === 'CANCELLED') return exitCode.fault;
  return run.result?.__typename === 'WriteResult' && run.result.rejected > 0 ? exitCode.rejected : exitCode.done;
};

/** The one object of `--json`. */
export const runAsJson = ({ issues, events, ...run }: RunDetails): unknown => ({
  ok: exitCodeOfRun(run as RunDetails) === exitCode.done || exitCodeOfRun(run as RunDetails) === exitCode.rejected,
  ...run,
  issues: issues.edges.map(({ node }) => node),
  events: events.edges.map(({ node }) => node),
});
