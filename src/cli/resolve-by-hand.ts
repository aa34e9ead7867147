import { excerpts } from './cell-text.ts';
import type { Client } from './client.ts';
import type { RunDetails } from './follow-run.ts';
import type { ResolutionInput, RunKind } from './operations/generated/graphql.ts';
import { shown, type Output } from './output.ts';
import { rowDiff, type DiffCell, type DiffRow, type Side } from './row-diff.ts';
import { readConflicts } from './run-rows.ts';

/** One question: a cell that both sides changed, or a row that one side deleted. */
export type Question = {
  readonly resolution: Omit<ResolutionInput, 'take'>;
  readonly message: string;
  readonly choices: Readonly<Record<Side, string>>;
};

const rowGone = 'no row';

const takes = (kind: RunKind): string => (kind === 'ROLLBACK' ? 'put it back' : 'take what arrives');
const keeps = 'keep what is here';

const cellQuestion = (row: DiffRow, cell: DiffCell, kind: RunKind): Question => {
  const [current = '', incoming = ''] = excerpts([cell.current, cell.incoming], 60);
  return {
    resolution: { table: row.table, row: row.row, column: cell.column },
    message: `${shown(cell.column)} of ${shown(row.row)} in ${shown(row.table)}${cell.baseKnown ? `, once ${excerpts([cell.base], 60)[0] ?? ''}` : ''}`,
    choices: { CURRENT: `${keeps}: ${current}`, INCOMING: `${takes(kind)}: ${incoming}` },
  };
};

const rowQuestion = (row: DiffRow, kind: RunKind): Question => {
  const [current, incoming] = row.deletedBy === 'CURRENT' ? [rowGone, 'the row'] : ['the row', rowGone];
  return {
    resolution: { table: row.table, row: row.row },
    message: `${shown(row.row)} in ${shown(row.table)}`,
    choices: { CURRENT: `${keeps}: ${current}`, INCOMING: `${takes(kind)}: ${incoming}` },
  };
};

/** What is open of a conflict, one question each. */
export const questionsOf = (row: DiffRow, kind: RunKind): readonly Question[] => {
  if (row.deletedBy !== null) return row.resolution === null ? [rowQuestion(row, kind)] : [];
  return row.cells.filter(({ outcome, resolution }) => outcome === 'CLASH' && resolution === null).map((cell) => cellQuestion(row, cell, kind));
};

type Answer = Side | 'LEAVE' | 'STOP';

const ask = async ({ message, choices }: Question): Promise<Answer> => {
  const { select, isCancel } = await import('@clack/prompts');
  const answer = await select<Answer>({
    message,
    options: [
      { value: 'CURRENT', label: choices.CURRENT },
      { value: 'INCOMING', label: choices.INCOMING },
      { value: 'LEAVE', label: 'leave it open' },
      { value: 'STOP', label: 'stop here, and keep what was decided so far' },
    ],
    output: process.stderr,
  });
  return isCancel(answer) ? 'STOP' : answer;
};

const pageSize = 50;

const openConflicts = async function* (client: Client, { runId, kind }: RunDetails, table: string | undefined): AsyncGenerator<DiffRow, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const page = await readConflicts(client, runId, { table, first: pageSize, after });
    yield* page.rows.filter((row) => questionsOf(row, kind).length > 0);
    if (!page.hasMore || page.cursor === null) return;
    after = page.cursor;
  }
};

/** Goes through the open conflicts one by one; what was decided is sent at the end, all of it at once. */
export const resolveByHand = async (client: Client, run: RunDetails, table: string | undefined, output: Output): Promise<readonly ResolutionInput[]> => {
  const decided: ResolutionInput[] = [];
  for await (const row of openConflicts(client, run, table)) {
    rowDiff([row], run.kind, output).forEach((line) => output.line(line));
    for (const question of questionsOf(row, run.kind)) {
      const answer = await ask(question);
      if (answer === 'STOP') return decided;
      if (answer !== 'LEAVE') decided.push({ ...question.resolution, take: answer });
    }
  }
  return decided;
};
