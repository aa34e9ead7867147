import { excerpts } from './cell-text.ts';
import type { Client } from './client.ts';
import type { ResolutionInput } from './operations/generated/graphql.ts';
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

const cellQuestion = (row: DiffRow, cell: DiffCell): Question => {
  const [current = '', incoming = ''] = excerpts([cell.current, cell.incoming], 60);
  return {
    resolution: { table: row.table, row: row.row, column: cell.column },
    message: `${shown(cell.column)} of ${shown(row.row)} in ${shown(row.table)}${cell.baseKnown ? `, once ${excerpts([cell.base], 60)[0] ?? ''}` : ''}`,
    choices: { CURRENT: `keep what is here: ${current}`, INCOMING: `take what arrives: ${incoming}` },
  };
};

const rowQuestion = (row: DiffRow): Question => {
  const isGoneHere = row.deletedBy === 'CURRENT';
  return {
    resolution: { table: row.table, row: row.row },
    message: `${shown(row.row)} in ${shown(row.table)}, ${isGoneHere ? 'deleted here and changed there' : 'changed here and deleted there'}`,
    choices: {
      CURRENT: `keep what is here: ${isGoneHere ? rowGone : 'the row'}`,
      INCOMING: `take what arrives: ${isGoneHere ? 'the row' : rowGone}`,
    },
  };
};

/** What is open of a conflict, one question each. */
export const questionsOf = (row: DiffRow): readonly Question[] => {
  if (row.deletedBy !== null) return row.resolution === null ? [rowQuestion(row)] : [];
  return row.cells.filter(({ outcome, resolution }) => outcome === 'CLASH' && resolution === null).map((cell) => cellQuestion(row, cell));
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

const openConflicts = async function* (client: Client, run: string, table: string | undefined): AsyncGenerator<DiffRow, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const page = await readConflicts(client, run, { table, first: pageSize, after });
    yield* page.rows.filter((row) => questionsOf(row).length > 0);
    if (!page.hasMore || page.cursor === null) return;
    after = page.cursor;
  }
};

/** Goes through the open conflicts one by one; what was decided is sent at the end, all of it at once. */
export const resolveByHand = async (client: Client, run: string, table: string | undefined, output: Output): Promise<readonly ResolutionInput[]> => {
  const decided: ResolutionInput[] = [];
  for await (const row of openConflicts(client, run, table)) {
    rowDiff([row], output).forEach((line) => output.line(line));
    for (const question of questionsOf(row)) {
      const answer = await ask(question);
      if (answer === 'STOP') return decided;
      if (answer !== 'LEAVE') decided.push({ ...question.resolution, take: answer });
    }
  }
  return decided;
};
