import { excerpts } from './cell-text.ts';
import type { RowHistoryQuery } from './operations/generated/graphql.ts';
import { shown } from './output.ts';
import { narrowest, type Paint } from './row-diff.ts';

/** What one run did to a row, as text. */
export type Touch = RowHistoryQuery['rowHistory']['edges'][number]['node'];

const words: Readonly<Record<Touch['verdict'], string>> = {
  INSERT: 'inserted',
  UPDATE: 'changed',
  DELETE: 'deleted',
  SAME: 'found the same',
  KEEP: 'kept as it was',
  CONFLICT: 'in conflict',
  BLOCKED: 'left out',
};

const indent = '      ';

const who = ({ kind, actor }: Touch): string =>
  kind === null ? 'a run of another log' : `${kind.toLowerCase()}${actor === null ? '' : ` by ${shown(actor)}`}`;

export const touchLines = (touch: Touch, paint: Paint): readonly string[] => {
  const width = Math.max(0, ...touch.cells.map(({ column }) => shown(column).length));
  const room = Math.max(narrowest, Math.floor((paint.width - indent.length - width - 5) / 2));
  return [
    `${paint.bold(touch.at?.slice(0, 19).replace('T', ' ') ?? 'time not known')}  ${words[touch.verdict]}, ${who(touch)}  ${paint.dim(`run ${touch.runId}`)}`,
    ...(touch.note === null ? [] : [`${indent}${paint.dim(shown(touch.note))}`]),
    ...touch.cells.map((cell) => {
      const [before = '', after = ''] = excerpts([cell.before, cell.after], room);
      const name = shown(cell.column).padEnd(width);
      if (touch.verdict === 'INSERT') return `${indent}${name}  ${paint.green(after)}`;
      if (touch.verdict === 'DELETE') return `${indent}${name}  ${paint.red(before)}`;
      return `${indent}${name}  ${paint.red(before)} → ${paint.green(after)}`;
    }),
  ];
};
