import { styleText } from 'node:util';

/**
 * Results go to standard output, everything about the way there to standard error. With `--json` standard output gets
 * exactly one object, and what would have been printed there goes to standard error too.
 */
export type Output = {
  readonly isJson: boolean;
  /** Somebody is there to read and to answer. */
  readonly isTerminal: boolean;
  /** A line of the result. */
  line(text: string): void;
  /** A line about the way there. */
  note(text: string): void;
  /** The one object; nothing without `--json`. */
  json(value: unknown): void;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
  /** Characters that fit on a line of the result. */
  readonly width: number;
};

/** What came from a file or a database may hold what moves the cursor or hides text. */
export const shown = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === '\n' ? '\\n' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`));

/** A file or a pipe has no edge; this much is read without scrolling nearly everywhere. */
const usualWidth = 160;

export const createOutput = (isJson: boolean): Output => {
  const lines = isJson ? process.stderr : process.stdout;
  // What is coloured may go to either: `waybill plan ... > plan.txt` writes no escape sequences into the file.
  const stream = process.stderr.isTTY === true ? lines : process.stderr;
  const styled = (style: 'red' | 'green' | 'yellow' | 'bold' | 'gray') => (text: string) => styleText(style, text, { stream });
  return {
    isJson,
    isTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
    line: (text) => void lines.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    json: (value) => {
      if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    red: styled('red'),
    green: styled('green'),
    yellow: styled('yellow'),
    bold: styled('bold'),
    dim: styled('gray'),
    width: lines.isTTY === true && lines.columns > 0 ? lines.columns : usualWidth,
  };
};

export type Cell = string | number;

const number = new Intl.NumberFormat('en-GB');
export const count = (value: number): string => number.format(value);

const units = ['B', 'kB', 'MB', 'GB', 'TB'];
export const bytes = (value: number): string => {
  const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${power === 0 ? value : (value / 1000 ** power).toFixed(1)} ${units[power]}`;
};

export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
};

/** Columns as wide as they need; numbers to the right. */
export const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] => {
  const text = (cell: Cell): string => (typeof cell === 'number' ? count(cell) : shown(cell));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => text(row[column] ?? '').length)));
  const isNumeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const align = (value: string, column: number): string =>
    isNumeric[column] === true ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0);
  return [head.map(align), ...rows.map((row) => row.map((cell, column) => align(text(cell), column)))].map((cells) => cells.join('  ').trimEnd());
};
