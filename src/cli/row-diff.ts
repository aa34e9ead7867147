import { excerpts } from './cell-text.ts';
import type { RunKind } from './operations/generated/graphql.ts';
import { shown, type Output } from './output.ts';

/**
 * Rows of a plan, cell by cell, as text: what is there and what will be there, and for conflicts base, current and
 * incoming side by side.
 */
export type Side = 'INCOMING' | 'CURRENT';

export type DiffCell = {
  readonly column: string;
  readonly base: string | null;
  readonly baseKnown: boolean;
  readonly current: string | null;
  readonly incoming: string | null;
  readonly outcome: Side | 'CLASH';
  /** What somebody decided of a clash; null while it is open. */
  readonly resolution: Side | null;
};

export type DiffRow = {
  readonly table: string;
  readonly row: string;
  readonly verdict: string;
  readonly deletedBy: Side | null;
  /** What somebody decided of a row that one side deleted and the other changed. */
  readonly resolution: Side | null;
  readonly cells: readonly DiffCell[];
};

export type Paint = Pick<Output, 'red' | 'green' | 'yellow' | 'bold' | 'dim' | 'width'>;

/** The narrowest that a value is cut to, however many columns a row has and however narrow the terminal. */
export const narrowest = 16;
const indent = '      ';

const verdictPaint = (verdict: string, paint: Paint): ((text: string) => string) => {
  if (verdict === 'CONFLICT' || verdict === 'BLOCKED') return (text) => paint.bold(paint.red(text));
  if (verdict === 'DELETE') return paint.red;
  return verdict === 'UPDATE' ? paint.yellow : paint.dim;
};

/** What happened to a row on the side that has it no more, and on the other; incoming is, for a rollback, what the run had found. */
type SideWords = { readonly gone: Readonly<Record<Side, string>>; readonly changed: Readonly<Record<Side, string>> };

const mergeWords: SideWords = {
  gone: { INCOMING: 'deleted there', CURRENT: 'deleted here' },
  changed: { INCOMING: 'changed there', CURRENT: 'changed here' },
};
const replaceWords: SideWords = { ...mergeWords, gone: { ...mergeWords.gone, INCOMING: 'not in the archive' } };
const rollbackWords: SideWords = {
  gone: { INCOMING: 'the run had put it in', CURRENT: 'deleted since' },
  changed: { INCOMING: 'the run had changed it', CURRENT: 'changed since' },
};

const wordsOf = (kind: RunKind): SideWords => {
  if (kind === 'ROLLBACK') return rollbackWords;
  return kind === 'REPLACE' ? replaceWords : mergeWords;
};

const why = ({ verdict, deletedBy, resolution }: DiffRow, words: SideWords): string => {
  if (deletedBy === null) return '';
  if (verdict !== 'CONFLICT') return words.gone[deletedBy];
  const changed = words.changed[deletedBy === 'INCOMING' ? 'CURRENT' : 'INCOMING'];
  return `${words.gone[deletedBy]}, ${changed}: ${resolution === null ? 'open' : `takes ${resolution.toLowerCase()}`}`;
};

const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));

/** Changed here only, or decided so: the other side's value is worth seeing, and is not what will be. */
const staysHere = ({ outcome, resolution }: DiffCell): boolean => outcome === 'CURRENT' || resolution === 'CURRENT';

/** Old and new on one line, as much of each as fits. */
const changed = (cells: readonly DiffCell[], paint: Paint): readonly string[] => {
  const width = longest(cells.map(({ column }) => shown(column)));
  const room = Math.max(narrowest, Math.floor((paint.width - indent.length - width - 13) / 2));
  return cells.map((cell) => {
    const [old = '', fresh = ''] = excerpts([cell.current, cell.incoming], room);
    const name = `${indent}${shown(cell.column).padEnd(width)}`;
    return staysHere(cell) ? `${name}  ${old} ${paint.dim(`stays, not ${fresh}`)}` : `${name}  ${paint.red(old)} → ${paint.green(fresh)}`;
  });
};

/** The one side that is left of a row. */
const single = (cells: readonly DiffCell[], side: 'current' | 'incoming', paint: Paint): readonly string[] => {
  const width = longest(cells.map(({ column }) => shown(column)));
  const room = Math.max(narrowest, paint.width - indent.length - width - 2);
  const colour = side === 'current' ? paint.red : paint.green;
  return cells.map((cell) => `${indent}${shown(cell.column).padEnd(width)}  ${colour(excerpts([cell[side]], room)[0] ?? '')}`);
};

const fate = ({ outcome, resolution }: DiffCell): string => {
  if (outcome !== 'CLASH') return outcome.toLowerCase();
  return resolution === null ? 'open' : `takes ${resolution.toLowerCase()}`;
};

/** A row's text where one side has none: told from NULL, which is a value. */
const gone = '(no row)';
const unknown = '(not known)';

/** Of a row that one side deleted, what the other changed; all of it where that is not known. */
const tellingCells = ({ deletedBy, cells }: DiffRow): readonly DiffCell[] => {
  if (deletedBy === null) return cells;
  const edited = cells.filter(({ base, baseKnown, current, incoming }) => baseKnown && base !== (deletedBy === 'INCOMING' ? current : incoming));
  return edited.length === 0 ? cells : edited;
};

const threeSides = (row: DiffRow, paint: Paint): readonly string[] => {
  const cells = tellingCells(row);
  const names = cells.map(({ column }) => shown(column));
  const width = Math.max('column'.length, longest(names));
  const room = Math.max(narrowest, Math.floor((paint.width - indent.length - width - 2 - 'takes incoming'.length - 6) / 3));
  const lines = cells.map((cell) => {
    const [base = '', current = '', incoming = ''] = excerpts([cell.base, cell.current, cell.incoming], room);
    return [
      cell.baseKnown ? base : unknown,
      row.deletedBy === 'CURRENT' ? gone : current,
      row.deletedBy === 'INCOMING' ? gone : incoming,
      row.deletedBy === null ? fate(cell) : '',
    ] as const;
  });
  const head = ['base', 'current', 'incoming', ''] as const;
  const widths = head.map((title, index) => longest([title, ...lines.map((line) => line[index] ?? '')]));
  const aligned = (texts: readonly string[]): readonly string[] => texts.map((text, index) => text.padEnd(widths[index] ?? 0));
  const title = `${indent}${'column'.padEnd(width)}  ${aligned(head).join('  ')}`.trimEnd();
  return [
    paint.dim(title),
    ...lines.map((line, index) => {
      const [base = '', current = '', incoming = '', word = ''] = aligned(line);
      const painted = `${paint.dim(base)}  ${paint.red(current)}  ${paint.green(incoming)}  ${paint.bold(word.trimEnd())}`;
      return `${indent}${(names[index] ?? '').padEnd(width)}  ${painted}`.trimEnd();
    }),
  ];
};

const cellLines = (row: DiffRow, paint: Paint): readonly string[] => {
  if (row.cells.length === 0) return [];
  if (row.verdict === 'CONFLICT') return threeSides(row, paint);
  if (row.verdict === 'DELETE' || row.deletedBy === 'INCOMING') return single(row.cells, 'current', paint);
  if (row.deletedBy === 'CURRENT') return single(row.cells, 'incoming', paint);
  return changed(row.cells, paint);
};

const verdictWidth = 'conflict'.length;

/** A page of rows, in the order given: one heading a table. */
export const rowDiff = (rows: readonly DiffRow[], kind: RunKind, paint: Paint): readonly string[] => {
  const words = wordsOf(kind);
  let table: string | undefined;
  return rows.flatMap((row) => {
    const heading = row.table === table ? [] : [...(table === undefined ? [] : ['']), paint.bold(shown(row.table))];
    table = row.table;
    const word = verdictPaint(row.verdict, paint)(row.verdict.toLowerCase().padEnd(verdictWidth));
    const reason = why(row, words);
    return [...heading, `  ${word}  ${shown(row.row)}${reason === '' ? '' : `  ${paint.dim(reason)}`}`, ...cellLines(row, paint)];
  });
};
